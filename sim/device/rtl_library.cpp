// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <string>

#include "sim/device/management_core/management_core.hpp"
#include "sim/device/rtl_device.hpp"
#include "sim/verilated/library.hpp"
#include "sim/verilated/own_sources.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

/// Assertions keep Verilator from sharing the code of a tile among all tiles: only small meshes
/// carry them.
constexpr std::uint32_t kAssertedTiles = 6, kAssertedNeurons = 64;

std::string name_of(const spec::Build& build) {
  const std::string name = build_name(build);
  return name.empty() ? fmt::format("a chip of {} x {} tiles", build.mesh_w, build.mesh_h)
                      : "the chip " + name;
}

std::vector<std::string> arguments_of(const spec::Build& build, RtlForm form) {
  std::vector<std::string> arguments{"--top-module", "sm_chip", "-Wno-fatal"};
  for (const spec::BuildRule& rule : spec::kBuildRules)
    arguments.push_back(fmt::format("-G{}={}", rule.name, build.*rule.member));
  const bool small =
      build.mesh_w * build.mesh_h <= kAssertedTiles && build.neurons <= kAssertedNeurons;
  arguments.push_back(form != RtlForm::plain && small ? "--assert" : "--noassert");
  if (form == RtlForm::plain) arguments.push_back("-GRetire=0");
  if (form == RtlForm::waves) arguments.push_back("--trace-fst");
#ifdef SPIKEMESH_INSTRUMENT
  arguments.insert(arguments.end(), {"--coverage-line", "--coverage-toggle"});
#endif
  return arguments;
}

VerilatedRecipe recipe_of(const spec::Build& build, RtlForm form) {
  return {.what = name_of(build),
          .shim = "chip_shim.cpp",
          .optimize = "-O3",
          .arguments = arguments_of(build, form),
          .sources = rtl_sources(),
          .beside = {rtl_sources().front().parent_path().parent_path() / "verilated" /
                     "chip_ports.hpp"}};
}

}  // namespace

std::filesystem::path rtl_library_with(const SourceList& sources, const spec::Build& build,
                                       RtlForm form) {
  VerilatedRecipe recipe = recipe_of(build, form);
  recipe.sources = with_own_sources(recipe.sources, sources.files, "RTL of your own", "a chip");
  recipe.what += " with " + sources.files.front().string();
  for (const std::string& argument : memory_arguments(sources, "Mgmt"))
    recipe.arguments.push_back(argument);
  add_sources(recipe, sources);
  try {
    return verilated_library(recipe);
  } catch (const VerilatedError& error) {
    throw InputError(
        fmt::format("{} does not compile; correct it:\n{}", recipe.what, error.what()));
  }
}

std::filesystem::path rtl_library(const spec::Build& build, RtlForm form) {
  const VerilatedRecipe recipe = recipe_of(build, form);
  try {
    return verilated_library(recipe);
  } catch (const VerilatedError& error) {
    throw InputError(fmt::format(
        "the RTL of {} does not compile; if the message names no cause that you can mend (a full "
        "disk, a missing library: apt install verilator g++ zlib1g-dev), report it:\n{}",
        recipe.what, error.what()));
  }
}

}  // namespace spikemesh::sim
