// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/strict_numbers.hpp"

#include <fmt/format.h>

#include <limits>

#include "spikemesh/input_file.hpp"
#include "spikemesh/number.hpp"

namespace spikemesh::sim {
namespace {

std::string check_whole(const std::string& text) {
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  if (parse_integer(text, 0, kMost)) return "";
  if (parse_integer(text)) return fmt::format("{}, but at most {} is allowed", shown(text), kMost);
  return fmt::format("{}, but a number from 0 on is needed", shown(text));
}

std::string check_real(const std::string& text) {
  if (parse_real(text)) return "";
  return fmt::format("{}, but a number such as 3, 0.5 or 1e-3 is needed", shown(text));
}

}  // namespace

void add_strict_numbers(CLI::App& app) {
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    for (CLI::Option* option : command->get_options()) {
      const std::string type = option->get_type_name();
      if (type.starts_with("UINT") || type.starts_with("INT")) option->check(check_whole);
      if (type.starts_with("FLOAT")) option->check(check_real);
    }
  }
}

}  // namespace spikemesh::sim
