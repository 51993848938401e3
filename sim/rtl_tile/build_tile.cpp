// SPDX-License-Identifier: Apache-2.0
#include "sim/rtl_tile/build_tile.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <string_view>
#include <vector>

#include "sim/share.hpp"
#include "sim/verilated/library.hpp"
#include "sim/verilated/own_sources.hpp"
#include "spikemesh/error.hpp"

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

/// Parameters of the chip that a tile does not have.
bool of_the_tile(std::string_view rule) {
  for (const std::string_view other :
       {"MeshW", "MeshH", "RingIn", "RingOut", "RxBuffer", "FrameWords", "UartDivisor"}) {
    if (rule == other) return false;
  }
  return true;
}

VerilatedRecipe recipe_of(const fs::path& file, const spec::Build& build) {
  VerilatedRecipe recipe{
      .what = "a tile with " + file.string(),
      .shim = "tile_shim.cpp",
      .optimize = "-O1",
      .arguments = {"--top-module", "sm_tile", "--assert", "--trace-fst", "-Wno-fatal"},
      .sources = with_own_sources(tile_sources(), {file}, "--rtl-tile", "a tile"),
      .beside = verilog_beside(file)};
  for (const spec::BuildRule& rule : spec::kBuildRules) {
    if (of_the_tile(rule.name))
      recipe.arguments.push_back(fmt::format("-G{}={}", rule.name, build.*rule.member));
  }
  recipe.folder = fs::absolute(file).parent_path();
  recipe.beside.push_back(share_folder() / "verilated" / "tile_ports.hpp");
  return recipe;
}

}  // namespace

std::string build_tile(const std::string& file, const spec::Build& build) {
  try {
    return verilated_library(recipe_of(file, build)).string();
  } catch (const VerilatedError& error) {
    throw InputError(fmt::format(
        "--rtl-tile: {} does not compile as part of a tile; correct it:\n{}", file, error.what()));
  }
}

}  // namespace spikemesh::sim
