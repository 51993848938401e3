// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/cli/commands.hpp"
#include "sim/cli/options/validators.hpp"
#include "sim/share.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"
#include "spikemesh/link/client.hpp"
#include "spikemesh/link/management_core.hpp"
#include "spikemesh/link/self_test.hpp"

namespace spikemesh::sim {
namespace {

using std::chrono::steady_clock;

struct FirmwareCommand {
  std::string action, image, port;
  std::vector<std::uint32_t> words;
  bool own_run = false;
  unsigned timeout_s = 10;
};

/// Sends all words; waits while the mailbox is full, and not for ever.
void send(ManagementCore& core, Client& client, const FirmwareCommand& options) {
  std::span<const std::uint32_t> left = options.words;
  auto last = steady_clock::now();
  while (!left.empty()) {
    const std::size_t sent = core.send(left);
    left = left.subspan(sent);
    if (sent > 0) last = steady_clock::now();
    if (steady_clock::now() - last > std::chrono::seconds(options.timeout_s))
      throw RunError(fmt::format("the core takes no words from its mailbox, {} are left: {}",
                                 left.size(), to_text(core.state())));
    if (sent == 0) client.wait(std::chrono::milliseconds(1));
  }
}

/// Prints what the program says until it stops.
void follow(ManagementCore& core, Client& client) {
  CoreLog log;
  for (bool running = true; running;) {
    running = core.state().running;  // first: what it said before it stopped is there
    const std::vector<std::uint32_t> words = core.receive();
    fmt::print("{}", log.take(words));
    std::fflush(stdout);
    if (running && words.empty()) client.wait(std::chrono::milliseconds(5));
  }
}

std::span<const std::uint8_t> bytes_of(const std::string& bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

void load(ManagementCore& core, const FirmwareCommand& options) {
  if (options.image.empty())
    throw InputError("firmware load: no image given; name the .bin file of a program");
  const std::string bytes = read_input(options.image);
  core.load(bytes_of(bytes), options.image);
}

void start(ManagementCore& core, const FirmwareCommand& options) {
  if (core.state().running)
    throw RunError("the core runs already; stop it first: spikemesh firmware stop");
  core.start();
  if (options.own_run) core.give_run(spec::MgmtOwner::core);
}

/// The monitor, and what it finds; a chip that has a fault makes the command fail.
void test(Client& client, const FirmwareCommand& options) {
  const std::string image = options.image.empty()
                                ? (share_folder() / "firmware" / "monitor.bin").string()
                                : options.image;
  if (options.image.empty() && !std::filesystem::exists(image))
    throw InputError(fmt::format(
        "firmware test: the program monitor is not at {}; it is built where the compiler is (apt "
        "install gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf), or name its .bin file",
        image));
  const std::string bytes = read_input(image);
  const SelfTestReport report =
      self_test(client, bytes_of(bytes), image, std::chrono::seconds(options.timeout_s));
  fmt::print("{}", to_text(report));
  if (!report.good()) throw CLI::RuntimeError(1);
}

/// A program that the log has followed and that did not end by itself, with 0, makes it fail.
void report(const CoreState& state) {
  const bool well = state.running || state.cause == spec::MgmtStop::none ||
                    state.cause == spec::MgmtStop::host ||
                    (state.cause == spec::MgmtStop::exit && state.status == 0);
  if (!well) throw CLI::RuntimeError(1);
}

void run(const FirmwareCommand& options) {
  ClientOptions timing;
  timing.connect_timeout = timing.give_up = std::chrono::seconds(options.timeout_s);
  Client client(open_transport(options.port), timing);
  client.connect();
  if (options.action == "test") return test(client, options);
  ManagementCore core(client);
  if (options.action == "load") load(core, options);
  if (options.action == "start") start(core, options);
  if (options.action == "stop") core.stop();
  if (options.action == "send") send(core, client, options);
  if (options.action == "log") follow(core, client);
  if (options.action == "state")
    fmt::print("{} words of program memory, {} of data memory, one cycle in {} of the chip\n",
               core.info().program_words, core.info().data_words, core.info().divide);
  if (options.action != "log" && options.action != "state") return;
  const CoreState state = core.state();
  fmt::print(stderr, "{}\n", to_text(state));
  if (options.action == "log") report(state);
}

}  // namespace

void add_firmware(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("firmware", "loads and runs programs of a chip's management core");
  const auto options = std::make_shared<FirmwareCommand>();
  command
      ->add_option(
          "action", options->action,
          "state (what the core does), load (IMAGE), start, send (words to its mailbox), "
          "log (prints what it says until it stops), stop, test (the self-test of the chip, "
          "whose image is lost)")
      ->required()
      ->check(one_of({"state", "load", "start", "send", "log", "stop", "test"}));
  command->add_option(
      "image", options->image,
      "for load: program image, a .bin file; for test: the program, if it is another than the "
      "installed monitor");
  command->add_option("--port", options->port, "a serial port, or tcp:HOST:PORT")->required();
  command
      ->add_option("--words", options->words, "for send: numbers of 32 bits, with commas between")
      ->delimiter(',');
  command->add_flag("--own-run", options->own_run, "for start: the program owns the run");
  command->add_option("--timeout", options->timeout_s, "seconds to wait for the chip's answer")
      ->check(whole(1, 86400))
      ->capture_default_str();
  command->callback([options] { run(*options); });
}

}  // namespace spikemesh::sim
