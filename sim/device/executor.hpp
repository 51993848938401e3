// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/device/device.hpp"
#include "sim/device/model_device.hpp"
#include "sim/lockstep/mismatch.hpp"
#include "sim/rtl_tile/rtl_tile.hpp"
#include "sim/waves/waves.hpp"

namespace spikemesh::sim {

/// What stands in for the chip.
enum class Executor : std::uint8_t {
  model,     ///< the cycle-accurate model: cost follows activity
  rtl,       ///< the Verilated chip
  lockstep,  ///< both, compared in every cycle
  /// The tiles of the reference behind the host tile of the model, without signals and faults.
  reference,
};
/// For the command line, where `reference` may also mean a chip without a host tile.
inline const std::map<std::string, Executor> kExecutors{
    {"model", Executor::model}, {"rtl", Executor::rtl}, {"lockstep", Executor::lockstep}};

struct DeviceOptions {
  std::optional<Waves>
      waves;  ///< of RTL or model; lockstep: of the RTL, model_waves() of the model
  Rerun rerun{"none", "the same command with --waves FILE"};
  RtlTiles rtl_tiles{};
  /// The plain model, or make_systemc_device.
  std::unique_ptr<Device> (*make_model)(const spec::Build&, Link,
                                        const model::ForeignPlaces&) = make_model_device;
  bool listened = true;  ///< somebody may listen(); RTL is faster, and compiled sooner, without
  std::string rtl_sources{};  ///< modules in place of ours in the RTL (source_list.hpp)
  /// Sources of a management core, as management_core_sources(), in place of `rtl_sources`. Its
  /// model is make_model_with_core.
  std::string management_core{};
  std::uint64_t power_on = 1;  ///< seed of what registers and memories of RTL hold at power-on
};

/// The FSTs that make_device with these options writes.
std::vector<std::string> wave_files(Executor executor, const DeviceOptions& options);

/// A new chip. With RTL tiles it is the model with these in it, whatever `executor` says; when they
/// are to be equal in every cycle, in lockstep with the model alone. Throws
/// InputError for RTL that cannot be compiled, std::invalid_argument for waves that cannot be
/// written.
std::unique_ptr<Device> make_device(Executor executor, const spec::Build& build, Link link,
                                    const DeviceOptions& options = {});

}  // namespace spikemesh::sim
