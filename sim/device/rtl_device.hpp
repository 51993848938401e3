// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "sim/device/device.hpp"
#include "sim/verilated/source_list.hpp"
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

/// The same with the modules of a user's files in place of ours of the same name.
std::filesystem::path rtl_library_with(const SourceList& sources, const spec::Build& build,
                                       RtlForm form);

/// The chip of rtl/sm_chip.sv, Verilated. Without waves nothing is traced; with `retire` somebody
/// may listen, without it listen() throws std::logic_error. `seed` chooses what registers and
/// memories hold at power-on; `sources`, if any: modules in place of ours (source_list.hpp). An
/// assertion of the RTL that fails throws std::runtime_error.
/// Throws InputError when it cannot be compiled, std::invalid_argument when the wave file cannot be
/// opened.
std::unique_ptr<Device> make_rtl_device(const spec::Build& build, Link link,
                                        const std::optional<Waves>& waves = std::nullopt,
                                        bool retire = true, std::uint64_t seed = 1,
                                        const std::string& sources = "");

}  // namespace spikemesh::sim
