// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sim/stimulus/limits.hpp"

namespace spikemesh::sim {

/// Features of the chip that `verify` must have seen at work (docs/verification/verify-random.md).
/// A bin is hit by what was observed (retire stream, counters, replies, the reference that the chip
/// equalled), never by what the stimulus meant to do.
enum class Bin : std::uint8_t {
  reset_to_value,
  reset_by_subtraction,
  refractory,
  adaptation,
  adaptation_decay,
  saturated_i,
  saturated_v,
  saturated_adaptation,
  sleep,
  wake,
  visit_all,
  visit_some,
  delay_1,
  delay_2,
  delay_3,
  delay_4,
  delay_5,
  delay_6,
  delay_7,
  delay_8,
  delay_9,
  delay_10,
  delay_11,
  delay_12,
  delay_13,
  delay_14,
  delay_15,
  fanout_tiles,
  same_axon_twice,
  plastic_axon_twice,
  full_local,  ///< as bits of Device::filled_buffers()
  full_north,
  full_east,
  full_south,
  full_west,
  full_core,
  full_host,
  ring_in_wrap,
  ring_out_wrap,
  ring_out_stall,
  ring_out_lost,
  inject_stall,
  held_step,
  held_reset,
  free_running,
  fixed_period,
  paused,
  stretched,
  late_entry,
  bad_entry,
  clear_membrane,
  clear_trace,
  clear_adaptation,
  soft_reset,
  depressed,
  depressed_upwards,
  potentiated,
  potentiated_downwards,
  soft_up,
  soft_down,
  clip_min,
  clip_max,
  rule_0,
  rule_1,
  rule_2,
  rule_3,
  same_step,
  own_input,
  learn_phase,
  weight_written,
  status_ok,
  status_bad_command,
  status_bad_length,
  status_bad_address,
  status_bad_value,
  status_running,
  status_refused,
  status_read_only,
  port_ok,
  port_bad_length,
  port_bad_address,
  port_bad_value,
  port_running,
  port_refused,
  port_read_only,
  port_window,
  port_fence,
  port_behind_link,
  link_behind_port,
  pending_run_done,
  pending_spikes,
  pending_error,
  irq_rises,
  irq_falls,
  bad_frame,
  rx_overflow,
  framing_error,
  tx_pins,
};
inline constexpr std::size_t kBins = static_cast<std::size_t>(Bin::tx_pins) + 1;
using BinCounts = std::array<std::uint64_t, kBins>;

/// Writes of each field of a tile's words at each of its limits: FieldLimits by number, Limit.
using LimitCounts = std::array<std::uint64_t, spec::kTileFields * kLimits>;

struct BinInfo {
  Bin bin;
  std::string_view name;
  std::string_view seen;   ///< what was observed
  std::string_view reach;  ///< what brings it about, beyond more cases or another seed
};
/// By number of the bin.
extern const std::array<BinInfo, kBins> kBinInfo;

/// Bits of Device::filled_buffers(): ports of routers by number, then these.
inline constexpr unsigned kFilledCore = 5, kFilledHost = 6, kFilledBits = 7;

}  // namespace spikemesh::sim
