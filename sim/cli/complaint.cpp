// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/complaint.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <vector>

#include "spikemesh/input_file.hpp"

namespace spikemesh::sim {
namespace {

constexpr std::size_t kMostShown = 120;  // of a word that the user gave

using Options = std::vector<const CLI::Option*>;

bool is(const CLI::Error& error, CLI::ExitCodes code) {
  return error.get_exit_code() == static_cast<int>(code);
}

/// "--compare: only together with --rtl-tile": the first option that lacks another.
std::optional<std::string> needs(const Options& options) {
  for (const CLI::Option* option : options)
    for (const CLI::Option* other : option->get_needs())
      if (option->count() > 0 && other->count() == 0)
        return fmt::format("{}: only together with {}; add that, too", option->get_name(),
                           other->get_name());
  return std::nullopt;
}

std::optional<std::string> excludes(const Options& options) {
  for (const CLI::Option* option : options)
    for (const CLI::Option* other : option->get_excludes())
      if (option->count() > 0 && other->count() > 0)
        return fmt::format("{}: not together with {}; keep one of them", option->get_name(),
                           other->get_name());
  return std::nullopt;
}

std::optional<std::string> missing(const Options& options) {
  for (const CLI::Option* option : options)
    if (option->get_required() && option->count() == 0)
      return fmt::format("{} is missing; add it", option->get_name());
  return std::nullopt;
}

/// Too few values, or too many. CLI11 names the option first; the option knows what it was given.
std::optional<std::string> mismatch(const Options& options, std::string_view said) {
  for (const CLI::Option* option : options) {
    const std::string name = option->get_name();
    if (!said.starts_with(name + ":")) continue;
    const auto given = option->results().size();
    const auto least = static_cast<std::size_t>(option->get_items_expected_min());
    if (given == 0) return fmt::format("{}: its value is missing; add it", name);
    if (given < least) return fmt::format("{}: {} value, but {} are needed", name, given, least);
    return fmt::format("{}: it is given more than once; keep one", name);
  }
  return std::nullopt;
}

/// A number that is one, but not of the option's type.
std::optional<std::string> conversion(const Options& options, std::string_view said) {
  for (const CLI::Option* option : options) {
    for (const std::string& value : option->results())
      if (said.ends_with(option->get_name() + " = " + value))
        return fmt::format("{}: {}, which is too large; lower it", option->get_name(),
                           shown(value, kMostShown));
  }
  return std::nullopt;
}

/// Values are refused by validators, which say why (sim/cli/options/validators.hpp).
std::string of_options(const CLI::App& command, const CLI::Error& error) {
  const Options options = command.get_options([](const CLI::Option*) { return true; });
  std::optional<std::string> what;
  if (is(error, CLI::ExitCodes::RequiredError)) what = missing(options);
  if (is(error, CLI::ExitCodes::RequiresError)) what = needs(options);
  if (is(error, CLI::ExitCodes::ExcludesError)) what = excludes(options);
  if (is(error, CLI::ExitCodes::ArgumentMismatch)) what = mismatch(options, error.what());
  if (is(error, CLI::ExitCodes::ConversionError)) what = conversion(options, error.what());
  return what.value_or(error.what());
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
  const std::string extra = shown(given, kMostShown);
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
  const bool extras = is(error, CLI::ExitCodes::ExtrasError) || commands.empty();
  const std::vector<std::string> left = extras ? app->remaining(true) : std::vector<std::string>{};
  std::string what = "a command is missing; add one";
  if (!left.empty())
    what = of_extra(*app, left.front(), !commands.empty());
  else if (!commands.empty())
    what = of_options(*commands.front(), error);
  return fmt::format("{}: {}; see `{} --help`\n", command, what, command);
}

}  // namespace spikemesh::sim
