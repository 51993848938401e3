// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/point/memories.hpp"

#include <algorithm>
#include <bit>

namespace spikemesh::sim {
namespace {

std::uint64_t clog2(std::uint64_t value) { return std::bit_width(value - 1); }

/// A field of the fan-in lists counts up to 2^15 - 1 entries (chip.json, /words/learn).
constexpr std::uint64_t kListBits = 15, kGroupsBits = 13;

/// Of each lane of each core (rtl/core/sm_lane.sv, sm_accumulators.sv, sm_nonzero.sv).
void add_lane(const spec::Build& b, std::uint64_t lanes, std::vector<Memory>& all) {
  const std::uint64_t groups = b.neurons / b.lanes, rows = b.synapses / b.lanes;
  const std::uint64_t slots = std::uint64_t{b.delay_max} + 1,
                      flags = std::min<std::uint64_t>(groups, 16);
  const std::uint64_t decay = b.decay_bits + 1u, first = clog2(b.fanouts);
  all.push_back({"synapse", clog2(b.neurons) + 1 + clog2(slots), rows, lanes});
  all.push_back({"weight", b.weight_bits, rows, lanes});
  const std::uint64_t params[] = {32, 29, 24, decay, decay, 32, decay, 2 * first + 2};
  for (const std::uint64_t width : params) all.push_back({"neuron", width, groups, lanes});
  for (const std::uint64_t width : {32u, 24u, 32u, 8u})
    all.push_back({"state", width, groups, lanes});
  all.push_back({"accumulator", 24, groups * slots, lanes});
  all.push_back({"nonzero", flags, groups / flags * slots, lanes});
}

/// Of learning, also of each lane (rtl/core/sm_plastic.sv).
void add_learning(const spec::Build& b, std::uint64_t lanes, std::vector<Memory>& all) {
  const std::uint64_t groups = b.neurons / b.lanes, entries = b.plastics / b.lanes;
  const std::uint64_t entry = clog2(entries), count = std::min(entry + 1, kListBits);
  all.push_back({"fanin", 2 + clog2(b.axons) + clog2(b.synapses / b.lanes), entries, lanes});
  all.push_back({"learn", 3 + count + entry, groups, lanes});
  all.push_back({"pre_trace", 32, b.axons, lanes});
  all.push_back({"post_trace", 32, groups, lanes});
  all.push_back({"table", 17, std::uint64_t{spec::kRules} * 2 * spec::kTraceSteps, lanes});
  for (const std::uint64_t width : {32u, 17u, 2 * b.weight_bits, 32u, 32u})
    all.push_back({"rule", width, spec::kRules, lanes});
}

/// Of each core (rtl/core/sm_lanes.sv, sm_emit.sv, sm_update.sv, sm_counters.sv).
void add_core(const spec::Build& b, std::uint64_t tiles, std::vector<Memory>& all) {
  const std::uint64_t groups = b.neurons / b.lanes, row = clog2(b.synapses / b.lanes);
  const std::uint64_t flags = std::min<std::uint64_t>(groups, 16);
  all.push_back({"axon", 3 + std::min(row + 1, kGroupsBits) + row, b.axons, tiles});
  all.push_back({"fanout", 3 + 27, b.fanouts, tiles});  // with the way of its entry
  all.push_back({"spike_list", clog2(groups) + b.lanes, groups, tiles});
  all.push_back({"restless", flags, groups / flags, tiles});
  all.push_back({"counter", 32, spec::kCounters, tiles});
}

/// Widths and depths of a block RAM of an ECP5 (DP16KD).
constexpr std::uint64_t kShapes[][2] = {{36, 512}, {18, 1024}, {9, 2048},
                                        {4, 4096}, {2, 8192},  {1, 16384}};

/// Block RAMs of one copy.
std::uint64_t fewest_blocks(const Memory& memory) {
  std::uint64_t least = ~std::uint64_t{0};
  for (const auto& [width, depth] : kShapes)
    least =
        std::min(least, (memory.width + width - 1) / width * ((memory.depth + depth - 1) / depth));
  return least;
}

}  // namespace

std::vector<Memory> memories(const spec::Build& build) {
  const std::uint64_t tiles = std::uint64_t{build.mesh_w} * build.mesh_h;
  std::vector<Memory> all;
  add_lane(build, tiles * build.lanes, all);
  add_learning(build, tiles * build.lanes, all);
  add_core(build, tiles, all);
  all.push_back({"ring_in", 32, build.ring_in, 2, true});
  all.push_back({"ring_out", 32, build.ring_out, 2, true});
  all.push_back({"frame", 32, build.frame_words, 1, true});
  all.push_back({"rx_buffer", 8, build.rx_buffer, 1, true});
  return all;
}

std::uint64_t memory_bits(const spec::Build& build) {
  std::uint64_t bits = 0;
  for (const Memory& each : memories(build)) bits += each.width * each.depth * each.copies;
  return bits;
}

const std::vector<Part>& parts() {
  static const std::vector<Part> all{
      {"ecp5-25", 56}, {"ecp5-45", 108}, {"ecp5-85", 208}, {"ecp5", ~std::uint64_t{0}}};
  return all;
}

/// As Yosys weighs it: 4 for 16 words of 4 bits of distributed RAM, 1 for each bit of its output
/// register and a half for each that chooses among banks, against 128 for a block RAM.
/// tests/sweep/area.cpp holds it to what Yosys did.
bool is_distributed(const Memory& memory) {
  const std::uint64_t width = memory.width, banks = (memory.depth + 15) / 16;
  const std::uint64_t twice = 8 * ((width + 3) / 4) * banks + 2 * width + (width + 1) * (banks - 1);
  return twice <= 2 * 128 * fewest_blocks(memory);
}

std::uint64_t block_rams(const spec::Build& build) {
  std::uint64_t sum = 0;
  for (const Memory& memory : memories(build))
    if (!is_distributed(memory)) sum += fewest_blocks(memory) * memory.copies;
  return sum;
}

}  // namespace spikemesh::sim
