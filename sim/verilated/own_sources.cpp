// SPDX-License-Identifier: Apache-2.0
#include "sim/verilated/own_sources.hpp"

#include <fmt/format.h>

#include <regex>
#include <set>

#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"

namespace spikemesh::sim {
namespace {

namespace fs = std::filesystem;

/// Verilog without its comments. By hand: <regex> recurses over each character of a match, and a
/// long comment would use up the stack.
std::string without_comments(const std::string& text) {
  std::string code;
  for (std::size_t at = 0; at < text.size();) {
    const bool line = text.compare(at, 2, "//") == 0, block = text.compare(at, 2, "/*") == 0;
    if (!line && !block) {
      code += text[at++];
      continue;
    }
    const std::size_t end = text.find(line ? "\n" : "*/", at + 2);
    code += ' ';
    at = end == std::string::npos ? text.size() : end + (line ? 0 : 2);
  }
  return code;
}

std::set<std::string> modules_of(const std::string& text) {
  static const std::regex kModule(R"(\bmodule\s+(\w+))");
  const std::string code = without_comments(text);
  std::set<std::string> names;
  for (std::sregex_iterator at(code.begin(), code.end(), kModule), end; at != end; ++at)
    names.insert((*at)[1]);
  return names;
}

std::set<std::string> modules_of(const std::vector<fs::path>& files, const std::string& who) {
  std::set<std::string> modules;
  for (const fs::path& file : files) {
    if (!fs::is_regular_file(file))
      throw InputError(
          fmt::format("{}: there is no file {}; name your SystemVerilog", who, file.string()));
    modules.merge(modules_of(read_input(file)));
  }
  return modules;
}

std::string names_of(const std::vector<fs::path>& files) {
  std::string names;
  for (const fs::path& file : files) names += (names.empty() ? "" : ", ") + file.string();
  return names;
}

}  // namespace

std::vector<fs::path> with_own_sources(const std::vector<fs::path>& ours,
                                       const std::vector<fs::path>& mine, const std::string& who,
                                       const std::string& place) {
  const std::set<std::string> modules = modules_of(mine, who);
  std::vector<fs::path> sources;
  std::string known;
  for (const fs::path& file : ours) {
    const std::string module = file.stem().string();
    if (module != "sm_pkg") known += (known.empty() ? "" : ", ") + module;
    if (modules.count(module) == 0) sources.push_back(file);
  }
  if (sources.size() == ours.size()) {
    std::string found;
    for (const std::string& module : modules) found += (found.empty() ? "" : ", ") + module;
    throw InputError(
        fmt::format("{}: {} holds {}, which has no place in {}; name a module as the one that it "
                    "stands for: {}",
                    who, names_of(mine), found.empty() ? "no module" : found, place, known));
  }
  sources.insert(sources.end(), mine.begin(), mine.end());
  return sources;
}

namespace {

/// SystemVerilog in this folder, in the order of names; none if there is no such folder.
std::set<fs::path> verilog_in(const fs::path& folder) {
  const std::regex verilog(R"(\.s?vh?$)");
  std::set<fs::path> files;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    if (entry.is_regular_file() && std::regex_search(entry.path().string(), verilog))
      files.insert(entry.path());
  }
  return files;
}

}  // namespace

void add_sources(VerilatedRecipe& recipe, const SourceList& sources) {
  recipe.folders = sources.folders;
  recipe.arguments.insert(recipe.arguments.end(), sources.defines.begin(), sources.defines.end());
  for (const fs::path& folder : sources.folders) {
    const std::set<fs::path> there = verilog_in(folder);
    recipe.beside.insert(recipe.beside.end(), there.begin(), there.end());
  }
}

}  // namespace spikemesh::sim
