// SPDX-License-Identifier: Apache-2.0
#include "sim/run/reference_machine.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace spikemesh::sim {

void ReferenceMachine::load(const Image& image) {
  check_image(image, build());
  reference_ = model::Reference(build(), threads_);
  for (const Block& block : image.blocks) reference_.write(block.tile, block.address, block.words);
  reference_.set_adapt_period(image.adapt_period);
  clear_ = 0;
}

std::vector<OutSpike> ReferenceMachine::run(std::span<const InEntry> entries, std::uint64_t until) {
  check_entries(entries, step(), until, std::nullopt);
  if (step() < until) reference_.clear(std::exchange(clear_, 0));
  spikes_.clear();
  std::vector<std::uint32_t> payloads;
  auto next = entries.begin();
  while (step() < until) {
    if (reference_.rest(next == entries.end() ? until : next->step) != 0) continue;
    const std::uint64_t now = step();
    if (progress_) progress_(now);
    payloads.clear();
    for (; next != entries.end() && next->step == now; ++next) {
      if (next->kind == spec::EntryKind::clear) reference_.clear(next->payload);
      if (next->kind == spec::EntryKind::learning) reference_.set_learning(next->payload & 1);
      if (next->kind == spec::EntryKind::spike) payloads.push_back(next->payload);
    }
    for (const std::uint32_t label : reference_.step(payloads)) spikes_.push_back({now, label});
  }
  if (reference_.bad_entries() != 0)
    throw RunError(fmt::format(
        "{} spikes were sent to a tile or axon that does not exist: map the network for this build",
        reference_.bad_entries()));
  return std::move(spikes_);
}

void ReferenceMachine::clear(std::uint32_t mask) {
  check_clear_mask(mask);
  clear_ |= mask;
}

std::vector<std::uint32_t> ReferenceMachine::read(std::uint16_t tile, std::uint32_t address,
                                                  std::uint32_t count) {
  std::vector<std::uint32_t> words(count);
  for (std::uint32_t i = 0; i < count; ++i) words[i] = reference_.read(tile, address + i);
  return words;
}

void ReferenceMachine::write(std::uint16_t tile, std::uint32_t address,
                             std::span<const std::uint32_t> words) {
  reference_.write(tile, address, words);
}

MachineStats ReferenceMachine::stats() {
  MachineStats stats;
  stats.steps = step();
  stats.bad_entries = reference_.bad_entries();
  for (std::uint32_t y = 0; y < build().mesh_h; ++y)
    for (std::uint32_t x = 0; x < build().mesh_w; ++x) {
      MachineStats::Tile& tile = stats.tiles.emplace_back();
      tile.tile = static_cast<std::uint16_t>(spec::Tile{.x = x, .y = y}.pack());
      for (std::uint32_t i = 0; i < spec::kCounters; ++i)
        tile.counters[i] =
            reference_.tile(y * build().mesh_w + x).counter(static_cast<spec::Counter>(i));
    }
  return stats;
}

}  // namespace spikemesh::sim
