// SPDX-License-Identifier: Apache-2.0
// Scripts with which a shell completes subcommands, options and values. They are made from the
// declarations that the program reads its command line with, so they are always current.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>
#include <vector>

#include "sim/cli/commands.hpp"
#include "sim/cli/options/validators.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::sim {
namespace {

/// An option, as a shell needs to know it.
struct Word {
  std::vector<std::string> names;  ///< "--config"
  std::string help;
  bool takes_value = false, many = false, files = false;
  std::vector<std::string> choices;  ///< of the value
};

struct Command {
  std::string name, help;
  std::vector<Word> words;
  bool files = false;  ///< it takes a file that is no option
};

std::string help_of(const std::string& text) { return text.substr(0, text.find(';')); }

/// The values that one_of() allows: they are at the end of the type, "TEXT:{on,off}".
std::vector<std::string> members(const std::string& type) {
  const std::size_t open = type.rfind('{'), close = type.rfind('}');
  if (open == std::string::npos || close == std::string::npos || close < open) return {};
  return CLI::detail::split(type.substr(open + 1, close - open - 1), ',');
}

Word word_of(const CLI::Option& option) {
  Word word;
  for (const std::string& name : option.get_snames()) word.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) word.names.push_back("--" + name);
  word.help = help_of(option.get_description());
  word.takes_value = option.get_items_expected_max() > 0;
  word.many = option.get_items_expected_max() > 1;
  const std::string type = option.get_type_name();
  word.choices = members(type);
  word.files = word.takes_value && word.choices.empty() && type.starts_with("TEXT");
  if (option.check_lname("config"))  // a name or a file
    for (const spec::NamedBuild& build : spec::kBuilds) word.choices.emplace_back(build.name);
  return word;
}

Command command_of(const CLI::App& app) {
  Command command{app.get_name(), help_of(app.get_description()), {}, false};
  for (const CLI::Option* option : app.get_options()) {
    if (option->nonpositional())
      command.words.push_back(word_of(*option));
    else if (const Word word = word_of(*option); word.choices.empty())
      command.files = true;
    else
      command.words.push_back({word.choices, command.help, false, false, false, {}});
  }
  return command;
}

/// The program itself first, without a name; then its subcommands.
std::vector<Command> commands_of(const CLI::App& app) {
  std::vector<Command> commands{command_of(app)};
  for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; })) {
    commands.front().words.push_back(
        {{each->get_name()}, help_of(each->get_description()), false, false, false, {}});
    commands.push_back(command_of(*each));
  }
  commands.front().name.clear();
  return commands;
}

/// In single quotes of a shell.
std::string in_quotes(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

std::string names_of(const Command& command) {
  std::vector<std::string> names;
  for (const Word& word : command.words)
    names.insert(names.end(), word.names.begin(), word.names.end());
  return fmt::format("{}", fmt::join(names, " "));
}

// -------------------------------------------------------------------------------------------------

constexpr std::string_view kBash =
    R"(# $1: words that may stand here; $2: "files" if a file may, too
_spikemesh_words() {{
  COMPREPLY=($(compgen -W "$1" -- "$cur"))
  [[ $2 == files ]] || compopt +o default 2>/dev/null
}}
_spikemesh() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} command=''
  ((COMP_CWORD > 1)) && command=${{COMP_WORDS[1]}}
  if [[ $cur == = ]]; then cur=''; elif [[ $prev == = ]]; then prev=${{COMP_WORDS[COMP_CWORD-2]}}; fi
  COMPREPLY=()
  case "$command $prev" in
{}    *)
      case "$command" in
{}      esac ;;
  esac
}}
complete -o default -F _spikemesh spikemesh
)";

/// After an option comes its value: one of its choices, a file (which is what bash completes when
/// there is nothing else), or neither.
std::string bash_values(const Command& command) {
  std::string cases;
  std::vector<std::string> files, others;
  for (const Word& word : command.words) {
    if (!word.takes_value) continue;
    std::vector<std::string> patterns;
    for (const std::string& name : word.names)
      patterns.push_back(fmt::format("\"{} {}\"", command.name, name));
    const std::string pattern = fmt::format("{}", fmt::join(patterns, "|"));
    if (word.choices.empty())
      (word.files ? files : others).push_back(pattern);
    else
      cases += fmt::format("    {}) _spikemesh_words \"{}\"{} ;;\n", pattern,
                           fmt::join(word.choices, " "), word.files ? " files" : "");
  }
  if (!others.empty())
    cases += fmt::format("    {}) _spikemesh_words \"\" ;;\n", fmt::join(others, "|"));
  if (!files.empty())
    cases += fmt::format("    {}) _spikemesh_words \"\" files ;;\n", fmt::join(files, "|"));
  return cases;
}

std::string to_bash(const std::vector<Command>& commands) {
  std::string values, words;
  for (const Command& command : commands) {
    values += bash_values(command);
    words += fmt::format("        {}) {}_spikemesh_words \"{}\"{} ;;\n", in_quotes(command.name),
                         command.files ? "[[ $cur == -* ]] && " : "", names_of(command),
                         command.files ? " files" : "");
  }
  return "# bash completion of spikemesh, written by: spikemesh completion bash\n" +
         fmt::format(fmt::runtime(kBash), values, words);
}

// -------------------------------------------------------------------------------------------------

constexpr std::string_view kZsh = R"(_spikemesh() {{
  local context state state_descr line
  typeset -A opt_args
  _arguments -C {}':command:->command' '*::argument:->argument'
  case $state in
    command)
      local -a commands=({})
      _describe command commands ;;
    argument)
      case $words[1] in
{}      esac ;;
  esac
}}
if [[ $funcstack[1] == _spikemesh ]]; then _spikemesh "$@"; else compdef _spikemesh spikemesh; fi
)";

std::string zsh_option(const Word& word) {
  std::string value;
  if (word.takes_value && word.choices.empty())
    value = word.files ? ":value:_files" : ":value: ";
  else if (word.takes_value)
    value = fmt::format(":value:{}{}{}", word.files ? "{compadd -- " : "(",
                        fmt::join(word.choices, " "), word.files ? "; _files}" : ")");
  std::string help, out;
  for (const char c : word.help)
    help += c == '[' || c == ']' ? std::string{'\\', c} : std::string{c};
  for (const std::string& name : word.names)
    out += in_quotes(fmt::format("{}{}[{}]{}", word.many ? "*" : "", name, help, value)) + " ";
  return out;
}

std::string to_zsh(const std::vector<Command>& commands) {
  std::string options, names, cases;
  for (const Word& word : commands.front().words)
    if (word.names.front().starts_with('-'))
      options += zsh_option(word);
    else
      names += in_quotes(word.names.front() + ":" + word.help) + " ";
  for (const Command& command : commands) {
    if (command.name.empty()) continue;
    std::string arguments;
    for (const Word& word : command.words)
      arguments += word.names.front().starts_with('-')
                       ? zsh_option(word)
                       : in_quotes(fmt::format(":value:({})", fmt::join(word.names, " "))) + " ";
    if (command.files) arguments += "'*:file:_files'";
    cases += fmt::format("        {}) _arguments {} ;;\n", command.name, arguments);
  }
  return "#compdef spikemesh\n# zsh completion of spikemesh, written by: spikemesh completion "
         "zsh\n" +
         fmt::format(fmt::runtime(kZsh), options, names, cases);
}

// -------------------------------------------------------------------------------------------------

std::string fish_option(const Word& word) {
  std::string out;
  for (const std::string& name : word.names)
    out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (word.takes_value) out += word.files ? " -r -F" : " -x";
  if (!word.choices.empty()) out += fmt::format(" -a '{}'", fmt::join(word.choices, " "));
  return out + " -d " + in_quotes(word.help);
}

std::string to_fish(const std::vector<Command>& commands) {
  std::string out = "# fish completion of spikemesh, written by: spikemesh completion fish\n";
  for (const Command& command : commands) {
    const std::string here = command.name.empty() ? "complete -c spikemesh -n __fish_use_subcommand"
                                                  : fmt::format(
                                                        "complete -c spikemesh -n "
                                                        "'__fish_seen_subcommand_from {}'",
                                                        command.name);
    if (!command.files) out += here + " -f\n";
    for (const Word& word : command.words)
      out += word.names.front().starts_with('-')
                 ? here + fish_option(word) + "\n"
                 : fmt::format("{} -a '{}' -d {}\n", here, fmt::join(word.names, " "),
                               in_quotes(word.help));
  }
  return out;
}

/// "bash", "zsh" or "fish".
std::string completion_script(const CLI::App& app, const std::string& shell) {
  const std::vector<Command> commands = commands_of(app);
  return shell == "bash"  ? to_bash(commands)
         : shell == "zsh" ? to_zsh(commands)
                          : to_fish(commands);
}

}  // namespace

void add_completion(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "completion",
      "prints a script with which bash, zsh or fish completes the options of this program");
  const auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(one_of({"bash", "zsh", "fish"}));
  command->callback([&app, shell] { fmt::print("{}", completion_script(app, *shell)); });
}

}  // namespace spikemesh::sim
