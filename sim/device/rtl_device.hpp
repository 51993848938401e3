// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "sim/device/device.hpp"
#include "sim/waves/waves.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::sim {

/// What is compiled into a Verilated chip; each costs compile time and speed.
enum class RtlForm : std::uint8_t {
  plain,   ///< the chip alone: nobody can listen
  retire,  ///< with its retire stream, and with its assertions where the mesh is small
  waves,   ///< with all signals, too
};

/// The shared library of the chip of this build (sim/verilated/library.hpp), compiled if it was
/// not before. Throws InputError.
std::filesystem::path rtl_library(const spec::Build& build, RtlForm form);

/// The same with the modules of a user's files in place of ours of the same name; modules and
/// includes that they need are looked for in the folder of the first.
std::filesystem::path rtl_library_with(const std::vector<std::filesystem::path>& files,
                                       const spec::Build& build, RtlForm form);

/// The chip of rtl/sm_chip.sv, Verilated. Without waves nothing is traced; with `retire` somebody
/// may listen, without it listen() throws std::logic_error. An assertion of the RTL that fails
/// throws std::runtime_error.
/// Throws InputError when it cannot be compiled, std::invalid_argument when the wave file cannot be
/// opened.
std::unique_ptr<Device> make_rtl_device(const spec::Build& build, Link link,
                                        const std::optional<Waves>& waves = std::nullopt,
                                        bool retire = true);

}  // namespace spikemesh::sim
