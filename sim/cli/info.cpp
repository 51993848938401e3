// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/cli/commands.hpp"
#include "sim/cli/options/baud_option.hpp"
#include "sim/cli/options/validators.hpp"
#include "spikemesh/link/client.hpp"

namespace spikemesh::sim {
namespace {

struct InfoCommand {
  std::string port;
  unsigned baud = 0;
  unsigned timeout_s = 10;
  bool json = false;
};

struct Named {
  std::string_view name;
  std::uint32_t value;
};

/// All registers, parameters first, as the chip has them now.
std::vector<Named> registers_of(Client& client) {
  constexpr auto count = static_cast<std::uint32_t>(spec::kRegisters.size());
  const auto words = client.read_registers(spec::kRegisters.front().address, count);
  std::vector<Named> named;
  for (std::uint32_t i = 0; i < count; ++i) named.push_back({spec::kRegisters[i].name, words[i]});
  return named;
}

constexpr bool registers_are_dense() {
  for (std::uint32_t i = 0; i < spec::kRegisters.size(); ++i) {
    if (static_cast<std::uint32_t>(spec::kRegisters[i].address) != i) return false;
  }
  return true;
}
static_assert(registers_are_dense(), "registers_of reads them as one range");

/// The named build that has these parameters, whatever its UART divisor.
std::string_view name_of(spec::Build build) {
  for (const spec::NamedBuild& named : spec::kBuilds) {
    build.uart_divisor = named.build.uart_divisor;
    if (build == named.build) return named.name;
  }
  for (const spec::NamedBuild& named : spec::kCoverBuilds) {
    build.uart_divisor = named.build.uart_divisor;
    if (build == named.build) return named.name;
  }
  return "none of this host's";
}

void print_json(const ChipInfo& info, const std::vector<Named>& registers) {
  nlohmann::ordered_json out;
  out["spec_hash"] = fmt::format("{:#010x}", info.spec_hash);
  out["protocol_version"] = info.version;
  out["build"] = name_of(info.build);
  for (const spec::BuildRule& rule : spec::kBuildRules) {
    out["parameters"][std::string(rule.name)] = info.build.*rule.member;
  }
  for (const Named& each : registers) out["registers"][std::string(each.name)] = each.value;
  fmt::print("{}\n", out.dump(2));
}

void print_table(const ChipInfo& info, const std::vector<Named>& registers) {
  fmt::print("specification  {:#010x} (as this host), protocol version {}\nbuild          {}\n\n",
             info.spec_hash, info.version, name_of(info.build));
  for (const spec::BuildRule& rule : spec::kBuildRules) {
    fmt::print("{:<16} {:>10}\n", rule.name, info.build.*rule.member);
  }
  fmt::print("\n");
  constexpr std::size_t first = kInfoRegisters;  // those before say the parameters above
  for (std::size_t i = first; i < registers.size(); ++i) {
    fmt::print("{:<16} {:>10}\n", registers[i].name, registers[i].value);
  }
}

void run(const InfoCommand& options) {
  ClientOptions timing;
  timing.connect_timeout = timing.give_up = std::chrono::seconds(options.timeout_s);
  Client client(open_transport(options.port), timing);
  if (options.baud > 0) {
    print_baud(negotiate_baud(client, options.baud));
  } else {
    client.connect();
  }
  const ChipInfo& info = client.info();
  const std::vector<Named> registers = registers_of(client);
  options.json ? print_json(info, registers) : print_table(info, registers);
}

}  // namespace

void add_info(CLI::App& app) {
  CLI::App* command = app.add_subcommand("info", "prints parameters, state and counters of a chip");
  const auto options = std::make_shared<InfoCommand>();
  command->add_option("--port", options->port, "a serial port, tcp:HOST:PORT, or mem:FILE@OFFSET")
      ->required();
  command
      ->add_option(
          "--baud", options->baud,
          "changes a serial port and its chip to this baud rate, or to the next lower one that "
          "works (default: 115200, unchanged)")
      ->check(whole(300u, 25'000'000u));
  command->add_option("--timeout", options->timeout_s, "seconds to wait for the chip's answer")
      ->check(whole(1, 86400))
      ->capture_default_str();
  command->add_flag("--json", options->json, "prints JSON instead of a table");
  command->callback([options] { run(*options); });
}

}  // namespace spikemesh::sim
