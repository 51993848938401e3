// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the cores and links of a chip did in a run (docs/exploration/report.md).

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "model/observer.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::sim {

/// Quantities of a core in a window of steps. The first six are cycles and share each step among
/// themselves: what comes first of them holds.
enum class CoreQuantity : std::uint8_t {
  update,          ///< Update
  learn,           ///< Learn
  integrate,       ///< Integrate is busy
  stalled,         ///< the router refuses a packet, and nothing is integrated
  emit,            ///< Emit is busy otherwise
  waiting,         ///< none of these
  updates,         ///< Updates
  neuron_updates,  ///< neurons that they visited
  spikes,          ///< neurons that fired
  packets,         ///< packets that were integrated
  synapse_events,  ///< synapses that they delivered
  emitted,         ///< packets that were handed to the router
  emit_stalls,     ///< cycles in which the router refused one
  weight_updates,  ///< plastic synapses that were depressed or potentiated
  critical,        ///< steps in which this core ended last
};
inline constexpr std::array<const char*, 15> kCoreQuantities{
    "update",         "learn",   "integrate",      "stalled",        "emit",
    "waiting",        "updates", "neuron_updates", "spikes",         "packets",
    "synapse_events", "emitted", "emit_stalls",    "weight_updates", "critical"};
inline constexpr std::size_t kCoreClasses = 6;

/// What spans are of.
enum class SpanKind : std::uint8_t { step, update, learn, integrate, emit, stalled };
inline constexpr std::array<const char*, 6> kSpanKinds{"step",      "update", "learn",
                                                       "integrate", "emit",   "stalled"};

/// By windows of equally many steps, the last of which may be shorter. Sums of windows are those of
/// the run. Tiles are y * MeshW + x; buffers of a tile are those of its ports, then its core's.
struct Activity {
  static constexpr unsigned kBuffers = spec::kPorts + 1;

  struct Window {
    std::uint64_t first_step = 0, steps = 0, cycles = 0;
    std::uint64_t shortest = 0, longest = 0;  ///< cycles of a step
    std::uint64_t to_host = 0;                ///< flits that entered the host tile
    std::uint32_t host_held = 0;              ///< most flits in its input buffer
  };
  /// Steps that rested are not among them.
  struct SpanRow {
    std::uint32_t tile = 0;  ///< kNoTile of a step
    SpanKind kind = SpanKind::step;
    model::Span span;  ///< cycles since power-on
  };
  static constexpr std::uint32_t kNoTile = ~std::uint32_t{0};
  /// A packet on its way to a core, in cycles since power-on.
  struct Message {
    std::uint64_t step = 0;
    std::uint32_t source = 0;  ///< tile; kNoTile: the host
    std::uint32_t target = 0, axon = 0, synapses = 0;
    std::uint64_t offered = 0;  ///< to the router of its source
    std::uint64_t entered = 0;  ///< the input buffer of this router, or left the host
    std::uint64_t taken = 0;    ///< by the core
  };

  spec::Build build;
  std::uint64_t window_steps = 1;
  std::vector<Window> windows;
  std::vector<std::int64_t> cores;  ///< [window][tile][CoreQuantity]
  std::vector<std::int64_t> links;  ///< [window][tile][port]: spikes that came in
  std::vector<std::uint32_t> held;  ///< [window][tile][buffer]: most flits in it
  std::map<std::uint64_t, std::uint64_t> step_cycles;  ///< cycles of a step: how many steps
  std::map<std::uint32_t, std::uint64_t> latency;      ///< cycles of a packet: how many packets
  std::vector<SpanRow> spans;
  std::uint64_t spanned_steps = 0;  ///< steps from the first one whose spans are all there
  std::vector<Message> messages;
  std::uint64_t messaged_steps = 0;  ///< the same of messages; 0: none were wanted

  std::size_t tiles() const { return std::size_t{build.mesh_w} * build.mesh_h; }
};

}  // namespace spikemesh::sim
