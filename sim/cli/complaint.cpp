// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/complaint.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <regex>
#include <string_view>
#include <vector>

#include "spikemesh/input_file.hpp"

namespace spikemesh::sim {
namespace {

struct Wording {
  const char *cli11, *ours;
};
/// What CLI11 says, in the words of the rest of the program.
constexpr Wording kWordings[] = {
    {"(.*): Value (.*) not in range 0.000000 to [0-9.]{99,}",
     "$1: $2, but a number above 0 is needed"},
    {"(.*): Value (.*) not in range (.*) to (.*)", "$1: $2, but $3..$4 are allowed"},
    {"Could not convert: (.*) = (.*)", "$1: $2, but a number from 0 on is needed"},
    {"(.*): (.*) not in \\{(.*)\\}", "$1: $2, but it is one of $3"},
    {"(.*): At Most 1 required but received .*", "$1: it is given more than once; keep one"},
    {"(.*): At least (.*) required but received (.*)", "$1: $3 value, but $2 are needed"},
    {"(.*): .* required .* missing", "$1: its value is missing; add it"},
    {"(.*) excludes (.*)", "$1: not together with $2; keep one of them"},
    {"(.*) requires (.*)", "$1: only together with $2; add that, too"},
    {"(.*) is required", "$1 is missing; add it"},
};

/// Words beyond the length of any option's value are cut: messages stay short, and <regex> recurses
/// over each character.
std::string with_short_words(const std::string& what) {
  std::string text;
  for (std::size_t at = 0; at < what.size();) {
    const std::size_t end = std::min(what.find(' ', at), what.size());
    text += shown(std::string_view(what).substr(at, end - at), 120);
    if (end < what.size()) text += ' ';
    at = end + 1;
  }
  return text;
}

std::string reword(const std::string& said) {
  std::string what = with_short_words(said);
  if (what.find(" not in {") != std::string::npos)
    what = std::regex_replace(what, std::regex("([a-z]),(?=[a-z])"), "$1, ");
  for (const Wording& wording : kWordings) {
    const std::regex pattern(wording.cli11);
    if (!std::regex_match(what, pattern)) continue;
    const std::string text = std::regex_replace(what, pattern, wording.ours);
    return std::regex_replace(text, std::regex("\\.0{6}\\b"), "");  // 1.000000
  }
  return what;
}

std::vector<std::string> commands_with(const CLI::App& app, const std::string& option) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    const CLI::Option* found = command->get_option_no_throw(option);
    if (found != nullptr && found->nonpositional())
      names.push_back("`spikemesh " + command->get_name() + "`");
  }
  return names;
}

/// What nothing takes.
std::string of_extra(const CLI::App& app, const std::string& given, bool known_command) {
  const std::string extra = shown(given, 120);
  if (!known_command && !extra.starts_with('-')) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
      names.push_back(command->get_name());
    return fmt::format("{}: no such command; there are {}", extra, fmt::join(names, ", "));
  }
  if (!extra.starts_with('-')) return fmt::format("{}: one argument too many; remove it", extra);
  const auto others = commands_with(app, extra.substr(0, extra.find('=')));
  return fmt::format("{}: no such option here; {}", extra,
                     others.empty() ? "remove it or correct it"
                                    : fmt::format("it belongs to {}", fmt::join(others, ", ")));
}

}  // namespace

std::string complain(const CLI::App* app, const CLI::Error& error) {
  const auto commands = app->get_subcommands();
  const std::string command =
      commands.empty() ? "spikemesh" : "spikemesh " + commands.front()->get_name();
  const bool extras =
      error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError) || commands.empty();
  const std::vector<std::string> left = extras ? app->remaining(true) : std::vector<std::string>{};
  std::string what =
      left.empty() ? reword(error.what()) : of_extra(*app, left.front(), !commands.empty());
  if (left.empty() && commands.empty()) what = "a command is missing; add one";
  return fmt::format("{}: {}; see `{} --help`\n", command, what, command);
}

}  // namespace spikemesh::sim
