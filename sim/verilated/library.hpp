// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/verilated/abi.hpp"

namespace spikemesh::sim {

/// What RTL is compiled of. Its library is kept (sim/verilated/cache.hpp) under a hash of all this,
/// with the contents of the files and the versions of Verilator and of the compiler.
struct VerilatedRecipe {
  std::string what;                            ///< for people: "the chip tiny"
  std::string shim;                            ///< a C++ file of share/spikemesh/verilated
  std::string optimize;                        ///< of what runs in every cycle: "-O3"
  std::vector<std::string> arguments;          ///< Verilator's: top module, parameters, assertions
  std::vector<std::filesystem::path> sources;  ///< in the order of compilation
  std::vector<std::filesystem::path> beside;   ///< what sources and shim may include
  std::vector<std::filesystem::path> folders = {};  ///< where missing modules are looked for
};

/// The RTL does not compile; what() is the output of Verilator or of the compiler.
class VerilatedError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Our sources, in the order of compilation: those of the whole chip; the first of them, up to
/// sm_tile.sv, are those of a tile. Throws InputError when they are not installed.
std::vector<std::filesystem::path> rtl_sources();

/// A list of sources (source_list.hpp) that gives a chip a management core. Throws InputError, with
/// the command that fetches it, when the processor of the core is not there.
std::string management_core_sources();

/// The library of that recipe. Compiles it, if that was not done before, and says so on the
/// standard error. Throws InputError when Verilator or the compiler is missing, or nothing can be
/// kept (with what to do); VerilatedError.
std::filesystem::path verilated_library(const VerilatedRecipe& recipe);

/// The library, loaded; it stays so: code of it may be on the way to its caller.
const SpikemeshVerilated& load_verilated(const std::filesystem::path& library);

}  // namespace spikemesh::sim
