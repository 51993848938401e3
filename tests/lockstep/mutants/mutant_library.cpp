// SPDX-License-Identifier: Apache-2.0
// rtl_library() and rtl_library_with() of the RTL with mutants, in place of those of the program.
#include <fmt/format.h>

#include <fstream>
#include <string>

#include "sim/device/rtl_device.hpp"
#include "sim/verilated/library.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh::sim {

/// Without assertions: one that fails ends a case before it is known where. All modules of a tile
/// become one: Verilator 5.006 takes an upward name in a module that it keeps apart for that of one
/// and the same instance.
std::filesystem::path rtl_library(const spec::Build& build, RtlForm form) {
  VerilatedRecipe recipe{
      .what = "the chip with mutants",
      .shim = "chip_shim.cpp",
      .optimize = "-O1",
      .arguments = {"--top-module", "sm_chip", "--noassert", "--inline-mult", "0"},
      .sources = {},
      .beside = {}};
  for (const spec::BuildRule& rule : spec::kBuildRules)
    recipe.arguments.push_back(fmt::format("-G{}={}", rule.name, build.*rule.member));
  if (form == RtlForm::waves) recipe.arguments.push_back("--trace-fst");
  std::ifstream list(SPIKEMESH_MUTANTS);
  for (std::string file; std::getline(list, file);) recipe.sources.emplace_back(file);
  try {
    return verilated_library(recipe);
  } catch (const VerilatedError& error) {
    throw InputError(fmt::format("the RTL with mutants does not compile:\n{}", error.what()));
  }
}

std::filesystem::path rtl_library_with(const SourceList&, const spec::Build&, RtlForm) {
  throw InputError("--rtl: the chip with mutants takes no other RTL; leave this option out");
}

}  // namespace spikemesh::sim
