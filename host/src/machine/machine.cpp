// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/machine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "spikemesh/build.hpp"

namespace spikemesh {
namespace {

int rank(spec::EntryKind kind) {
  switch (kind) {
    case spec::EntryKind::clear:
      return 0;
    case spec::EntryKind::learning:
      return 1;
    case spec::EntryKind::spike:
    case spec::EntryKind::hold:
      break;
  }
  return 2;
}

[[noreturn]] void refuse(std::size_t index, const InEntry& entry, const std::string& why) {
  throw InputError(fmt::format("entry {} ({} of step {}): {}", index, spec::to_string(entry.kind),
                               entry.step, why));
}

void check_block(const Block& block, const spec::Build& build) {
  const spec::Tile tile = spec::Tile::unpack(block.tile);
  if (tile.host != 0 || tile.x >= build.mesh_w || tile.y >= build.mesh_h) {
    throw InputError(fmt::format(
        "the image has words for {}, but the chip has {} x {} tiles: map the network for this chip",
        word_name(block.tile, block.address), build.mesh_w, build.mesh_h));
  }
  const spec::TileAddr first = spec::TileAddr::unpack(block.address);
  const auto region = static_cast<spec::Region>(first.region);
  const std::uint32_t words = spec::region_writable(region) ? spec::region_words(build, region) : 0;
  if (first.index + block.words.size() > words) {
    throw InputError(
        fmt::format("the image has {} words from {} on, but the chip has {} of that "
                    "kind a tile: map the network for this chip",
                    block.words.size(), word_name(block.tile, block.address), words));
  }
}

}  // namespace

void in_order(std::vector<InEntry>& entries) {
  std::stable_sort(entries.begin(), entries.end(), [](const InEntry& a, const InEntry& b) {
    return std::tuple(a.step, rank(a.kind)) < std::tuple(b.step, rank(b.kind));
  });
}

void check_clear_mask(std::uint32_t mask) {
  if ((mask & ~kClearEverything) == 0) return;
  throw InputError(
      fmt::format("clear mask {:#x}: bits 0 (membrane), 1 (trace), 2 (adaptation) are "
                  "known",
                  mask));
}

void check_entries(std::span<const InEntry> entries, std::uint64_t first, std::uint64_t until,
                   std::optional<std::uint32_t> ring) {
  std::size_t begin = 0;  // of the step under way
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const InEntry& entry = entries[i];
    if (entry.step < first || entry.step >= until) {
      refuse(i, entry, fmt::format("outside of the run, which is [{}, {})", first, until));
    }
    if (entry.kind == spec::EntryKind::clear) check_clear_mask(entry.payload);
    if (entry.kind == spec::EntryKind::hold) {
      refuse(i, entry, "a run holds its steps itself where it has to: leave it out");
    }
    if (entry.payload >> spec::kLabelBits != 0) {
      refuse(i, entry, fmt::format("payload {:#x} is wider than 24 bits", entry.payload));
    }
    if (i > 0 && std::tuple(entry.step, rank(entry.kind)) <
                     std::tuple(entries[i - 1].step, rank(entries[i - 1].kind))) {
      refuse(i, entry,
             fmt::format("comes after a {} of step {}: sort them with in_order",
                         spec::to_string(entries[i - 1].kind), entries[i - 1].step));
    }
    if (i == 0 || entry.step != entries[i - 1].step) begin = i;
    if (ring && entry.kind != spec::EntryKind::spike && i - begin >= *ring - 1) {
      refuse(i, entry,
             fmt::format("its step has more than {} clear and learning entries; the chip's "
                         "spike-in ring has to hold them at once: join clears by the sum of "
                         "their masks, and leave out learning entries before the last",
                         *ring - 1));
    }
  }
}

void check_image(const Image& image, const spec::Build& build) {
  const spec::Build& made = image.build;
  const auto need = [](bool good, const char* what, std::uint32_t mapped, std::uint32_t chip) {
    if (good) return;
    throw InputError(
        fmt::format("the image was mapped for {} = {}, but the chip has {}: map the "
                    "network for this chip",
                    what, mapped, chip));
  };
  need(made.lanes == build.lanes, "Lanes", made.lanes, build.lanes);
  need(made.decay_bits == build.decay_bits, "DecayBits", made.decay_bits, build.decay_bits);
  need(made.weight_bits <= build.weight_bits, "WeightBits", made.weight_bits, build.weight_bits);
  need(made.delay_max <= build.delay_max, "DelayMax", made.delay_max, build.delay_max);
  for (const Block& block : image.blocks) check_block(block, build);
}

std::uint64_t MachineStats::total(spec::Counter which) const {
  std::uint64_t sum = 0;
  for (const Tile& tile : tiles) sum += tile[which];
  return sum;
}

MachineStats operator-(const MachineStats& after, const MachineStats& before) {
  MachineStats difference = after;
  difference.steps -= before.steps;
  difference.cycles -= before.cycles;
  difference.stretched -= before.stretched;
  difference.late_entries -= before.late_entries;
  difference.bad_entries -= before.bad_entries;
  difference.lost_spikes -= before.lost_spikes;
  difference.ring_out_stalls -= before.ring_out_stalls;
  difference.inject_stalls -= before.inject_stalls;
  difference.exact = after.exact && before.exact;
  for (std::size_t i = 0; i < std::min(after.tiles.size(), before.tiles.size()); ++i)
    for (std::size_t k = 0; k < spec::kCounters; ++k)
      difference.tiles[i].counters[k] -= before.tiles[i].counters[k];
  return difference;
}

std::vector<std::vector<OutSpike>> run_samples(Machine& machine,
                                               std::span<const std::vector<InEntry>> samples,
                                               std::uint64_t steps, std::uint32_t clear_mask) {
  if (steps == 0) throw InputError("a sample of 0 steps cannot be run: give at least 1");
  const std::uint64_t first = machine.step();
  std::vector<InEntry> entries;
  for (std::size_t k = 0; k < samples.size(); ++k) {
    const std::uint64_t begin = first + k * steps;
    if (clear_mask != 0) entries.push_back({begin, clear_mask, spec::EntryKind::clear});
    for (const InEntry& entry : samples[k]) {
      if (entry.step >= steps) {
        throw InputError(fmt::format("sample {}: an entry of step {}, but a sample has {} steps", k,
                                     entry.step, steps));
      }
      entries.push_back({begin + entry.step, entry.payload, entry.kind});
    }
  }
  in_order(entries);
  std::vector<std::vector<OutSpike>> spikes(samples.size());
  for (const OutSpike& spike : machine.run(entries, first + samples.size() * steps)) {
    const std::uint64_t at = spike.step - first;
    spikes[at / steps].push_back({at % steps, spike.label});
  }
  return spikes;
}

}  // namespace spikemesh
