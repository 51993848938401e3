// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
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
#include "spikemesh/output_file.hpp"

extern char** environ;

namespace spikemesh::sim {
namespace {

namespace fs = std::filesystem;

struct FirmwareCommand {
  std::string action, port, out;
  std::vector<std::string> files;  ///< an image, or sources
  std::vector<std::uint32_t> words;
  std::uint32_t program_bytes = 0, data_bytes = 0;  ///< 0: as link.ld says
  bool own_run = false;
  unsigned timeout_s = 10;
};

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
  if (options.files.size() != 1)
    throw InputError("firmware load: one image is needed; name the .bin file of a program");
  const std::string bytes = read_input(options.files.front());
  core.load(bytes_of(bytes), options.files.front());
}

void start(ManagementCore& core, const FirmwareCommand& options) {
  if (core.state().running)
    throw RunError("the core runs already; stop it first: spikemesh firmware stop");
  core.start();
  if (options.own_run) core.give_run(spec::MgmtOwner::core);
}

/// The monitor, and what it finds; a chip that has a fault makes the command fail.
void test(Client& client, const FirmwareCommand& options) {
  const std::string image =
      options.files.empty() ? program_image("monitor") : options.files.front();
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

/// Runs a command whose output is the caller's. True: it ended with 0.
bool succeeds(const std::vector<std::string>& command) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  pid_t pid = 0;
  if (const int error = ::posix_spawn(&pid, words.front(), nullptr, nullptr, words.data(), environ);
      error != 0)
    throw InputError(fmt::format("{} cannot be run: {}", command.front(), std::strerror(error)));
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// Checks the sources and where the image goes, which is returned.
fs::path check_build(const FirmwareCommand& options) {
  if (options.files.empty()) throw InputError("firmware build: no source given; name .c files");
  for (const fs::path source : options.files) {
    if (source.extension() != ".c" && source.extension() != ".S")
      throw InputError(fmt::format("firmware build: {}: sources are in C (.c) or assembler (.S)",
                                   source.string()));
    if (std::error_code none; !fs::is_regular_file(source, none))
      throw InputError(fmt::format("firmware build: {}: there is no such file", source.string()));
  }
  const fs::path out = options.out.empty()
                           ? fs::path(options.files.front()).filename().replace_extension(".bin")
                           : fs::path(options.out);
  if (out.extension() != ".bin")
    throw InputError(fmt::format("--out {}: a program image has the extension .bin", out.string()));
  check_output_file(out);
  check_output_file(fs::path(out).replace_extension(".elf"));
  return out;
}

/// The compiler speaks for itself, also of what it warns of.
void build(const FirmwareCommand& options) {
  const fs::path out = check_build(options);
  const fs::path script = share_folder() / "firmware" / "build.sh";
  if (!fs::exists(script))
    throw InputError(
        fmt::format("{} is missing; install SpikeMesh whole (docs/install.md)", script.string()));
  std::vector<std::string> command{"/bin/sh", script.string(), out.string()};
  for (const fs::path source : options.files)  // what begins with - would be an option
    command.push_back(source.is_absolute() ? source.string() : (fs::path(".") / source).string());
  if (options.program_bytes != 0)
    command.push_back(fmt::format("-Wl,--defsym=sm_program_bytes={}", options.program_bytes));
  if (options.data_bytes != 0)
    command.push_back(fmt::format("-Wl,--defsym=sm_data_bytes={}", options.data_bytes));
  if (!succeeds(command))
    throw InputError(
        fmt::format("firmware build: {} was not made; what is wrong is said above", out.string()));
}

void run(const FirmwareCommand& options) {
  if (options.action == "build") return build(options);
  if (options.port.empty())
    throw InputError(fmt::format("firmware {}: --port is needed: a serial port, or tcp:HOST:PORT",
                                 options.action));
  ClientOptions timing;
  timing.connect_timeout = timing.give_up = std::chrono::seconds(options.timeout_s);
  Client client(open_transport(options.port), timing);
  client.connect();
  if (options.action == "test") return test(client, options);
  ManagementCore core(client);
  if (options.action == "load") load(core, options);
  if (options.action == "start") start(core, options);
  if (options.action == "stop") core.stop();
  if (options.action == "send")
    core.send_all(options.words, std::chrono::seconds(options.timeout_s));
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
          "whose image is lost), build (an image of C files; needs no chip)")
      ->required()
      ->check(one_of({"state", "load", "start", "send", "log", "stop", "test", "build"}));
  command->add_option(
      "files", options->files,
      "for load: program image, a .bin file; for test: the program, if it is another than the "
      "installed monitor; for build: sources");
  command->add_option("--port", options->port,
                      "a serial port, or tcp:HOST:PORT; of all actions but build");
  command->add_option("--out", options->out,
                      "for build: the image (default: the first source, with .bin)");
  for (const auto& [name, bytes] :
       {std::pair("program", &options->program_bytes), std::pair("data", &options->data_bytes)})
    command
        ->add_option(fmt::format("--{}-bytes", name), *bytes,
                     fmt::format("for build: {} memory that the program may need (default: what a "
                                 "chip has unless it was built with more)",
                                 name))
        ->check(whole(1024, 1 << 18));
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
