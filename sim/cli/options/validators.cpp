// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/options/validators.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "spikemesh/input_file.hpp"
#include "spikemesh/number.hpp"

namespace spikemesh::sim {
namespace {

constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kMostShown = 120;  // of a value that the user gave

std::string but(const std::string& value, const std::string& what) {
  return fmt::format("{}, but {}", shown(value, kMostShown), what);
}

/// What is needed instead of a text that is no whole number of the range.
std::string needed(const std::string& text, std::uint64_t min, std::uint64_t max) {
  if (max < kMost) return fmt::format("{}..{} are allowed", min, max);
  if (parse_integer(text).value_or(0) > min) return fmt::format("at most {} is allowed", kMost);
  return min == 0 ? "a number from 0 on is needed" : "a number above 0 is needed";
}

std::string check_whole(const std::string& text, std::uint64_t min, std::uint64_t max) {
  return parse_integer(text, min, max) ? "" : but(text, needed(text, min, max));
}

std::string check_real(const std::string& text) {
  return parse_real(text) ? "" : but(text, "a number such as 3, 0.5 or 1e-3 is needed");
}

}  // namespace

CLI::Validator one_of(const std::vector<std::string>& names) {
  return CLI::Validator(
      [names](const std::string& value) {
        const bool known = std::find(names.begin(), names.end(), value) != names.end();
        return known ? "" : but(value, fmt::format("it is one of {}", fmt::join(names, ", ")));
      },
      fmt::format("{{{}}}", fmt::join(names, ",")));
}

CLI::Validator whole(std::uint64_t min, std::uint64_t max) {
  return CLI::Validator([min, max](const std::string& text) { return check_whole(text, min, max); },
                        max < kMost ? fmt::format("{}..{}", min, max) : "");
}

CLI::Validator real(double min, double max) {
  return CLI::Validator(
      [min, max](const std::string& text) {
        const auto number = parse_real(text);
        if (number && *number >= min && *number <= max) return std::string();
        return but(text, fmt::format("{}..{} are allowed", min, max));
      },
      fmt::format("{}..{}", min, max));
}

CLI::Validator above_zero() {
  return CLI::Validator(
      [](const std::string& text) {
        return parse_real(text).value_or(0) > 0 ? "" : but(text, "a number above 0 is needed");
      },
      "");
}

void add_strict_numbers(CLI::App& app) {
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    for (CLI::Option* option : command->get_options()) {
      const std::string type = option->get_type_name();
      if (type.starts_with("UINT") || type.starts_with("INT")) option->check(whole(0));
      if (type.starts_with("FLOAT"))
        option->check([](const std::string& text) { return check_real(text); });
    }
  }
}

}  // namespace spikemesh::sim
