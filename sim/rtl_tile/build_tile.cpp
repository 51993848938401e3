// SPDX-License-Identifier: Apache-2.0
#include "sim/rtl_tile/build_tile.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <regex>
#include <set>
#include <string_view>
#include <vector>

#include "sim/share.hpp"
#include "sim/verilated/library.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"

namespace spikemesh::sim {
namespace {

namespace fs = std::filesystem;

/// Our sources of a tile, in the order of compilation.
std::vector<fs::path> tile_sources() {
  std::vector<fs::path> files;
  for (const fs::path& file : rtl_sources()) {
    files.push_back(file);
    if (file.stem() == "sm_tile") break;
  }
  return files;
}

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

/// Parameters of the chip that a tile does not have.
bool of_the_tile(std::string_view rule) {
  for (const std::string_view other :
       {"MeshW", "MeshH", "RingIn", "RingOut", "RxBuffer", "FrameWords", "UartDivisor"}) {
    if (rule == other) return false;
  }
  return true;
}

/// `sources` of ours, but for the modules that `file` holds.
std::vector<fs::path> not_replaced(const std::vector<fs::path>& sources, const fs::path& file) {
  const std::set<std::string> mine = modules_of(read_input(file));
  std::vector<fs::path> others;
  std::string known;
  for (const fs::path& ours : sources) {
    const std::string module = ours.stem().string();
    if (module != "sm_pkg") known += (known.empty() ? "" : ", ") + module;
    if (mine.count(module) == 0) others.push_back(ours);
  }
  if (others.size() == sources.size()) {
    std::string found;
    for (const std::string& module : mine) found += (found.empty() ? "" : ", ") + module;
    throw InputError(
        fmt::format("--rtl-tile: {} holds {}, which has no place in a tile; name a "
                    "module as the one that it stands for: {}",
                    file.string(), found.empty() ? "no module" : found, known));
  }
  return others;
}

/// SystemVerilog in the folder of `file`, in the order of names.
std::vector<fs::path> beside(const fs::path& file) {
  const std::regex verilog(R"(\.s?vh?$)");
  std::set<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::absolute(file).parent_path())) {
    if (entry.is_regular_file() && std::regex_search(entry.path().string(), verilog))
      files.insert(entry.path());
  }
  return {files.begin(), files.end()};
}

VerilatedRecipe recipe_of(const fs::path& file, const spec::Build& build) {
  VerilatedRecipe recipe{
      .what = "a tile with " + file.string(),
      .shim = "tile_shim.cpp",
      .optimize = "-O1",
      .arguments = {"--top-module", "sm_tile", "--assert", "--trace-fst", "-Wno-fatal"},
      .sources = not_replaced(tile_sources(), file),
      .beside = beside(file)};
  for (const spec::BuildRule& rule : spec::kBuildRules) {
    if (of_the_tile(rule.name))
      recipe.arguments.push_back(fmt::format("-G{}={}", rule.name, build.*rule.member));
  }
  recipe.folder = fs::absolute(file).parent_path();
  recipe.sources.push_back(file);
  recipe.beside.push_back(share_folder() / "verilated" / "tile_ports.hpp");
  return recipe;
}

}  // namespace

std::string build_tile(const std::string& file, const spec::Build& build) {
  if (!fs::is_regular_file(file))
    throw InputError(fmt::format("--rtl-tile: there is no file {}; name your SystemVerilog", file));
  try {
    return verilated_library(recipe_of(file, build)).string();
  } catch (const VerilatedError& error) {
    throw InputError(fmt::format(
        "--rtl-tile: {} does not compile as part of a tile; correct it:\n{}", file, error.what()));
  }
}

}  // namespace spikemesh::sim
