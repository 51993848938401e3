// SPDX-License-Identifier: Apache-2.0
#include "sim/rtl_tile/build_tile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <vector>

#include "sim/share.hpp"
#include "sim/verilated/library.hpp"
#include "sim/verilated/own_sources.hpp"
#include "sim/verilated/source_list.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWho = "--rtl-tile";

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
  for (const std::string_view other : {"MeshW", "MeshH", "TreeFanIn", "TreeLatency", "RingIn",
                                       "RingOut", "RxBuffer", "FrameWords", "UartDivisor"}) {
    if (rule == other) return false;
  }
  return true;
}

/// Whether `sources` have our own module.
bool has_ours(const std::vector<fs::path>& sources, std::string_view module) {
  return std::any_of(sources.begin(), sources.end(), [&](const fs::path& file) {
    return file.parent_path() == share_folder() / "rtl" && file.stem() == module;
  });
}

VerilatedRecipe recipe_of(const std::string& text, const spec::Build& build) {
  const SourceList mine = source_list_of(text, kWho);
  VerilatedRecipe recipe{
      .what = "a tile with " + text,
      .shim = "tile_shim.cpp",
      .optimize = "-O1",
      .arguments = {"--top-module", "sm_tile", "--assert", "--trace-fst", "--trace-structs",
                    "--timescale-override", "1ns/1ns", "-Wno-fatal"},
      .sources = with_own_sources(tile_sources(), mine.files, kWho, "a tile"),
      .beside = {}};
  add_sources(recipe, mine);
  // A tile that is another's altogether need not have a core with these ports.
  if (has_ours(recipe.sources, "sm_tile") || has_ours(recipe.sources, "sm_core"))
    recipe.sources.push_back(share_folder() / "verilated" / "tile_probe.sv");
  for (const spec::BuildRule& rule : spec::kBuildRules) {
    if (of_the_tile(rule.name))
      recipe.arguments.push_back(fmt::format("-G{}={}", rule.name, build.*rule.member));
  }
  recipe.beside.push_back(share_folder() / "verilated" / "tile_ports.hpp");
  return recipe;
}

}  // namespace

std::string build_tile(const std::string& sources, const spec::Build& build) {
  try {
    return verilated_library(recipe_of(sources, build)).string();
  } catch (const VerilatedError& error) {
    throw InputError(fmt::format("{}: {} does not compile as part of a tile; correct it:\n{}", kWho,
                                 sources, error.what()));
  }
}

}  // namespace spikemesh::sim
