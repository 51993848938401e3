// SPDX-License-Identifier: Apache-2.0
#include "sim/run/reference_machine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <utility>

#include "sim/hash.hpp"

namespace spikemesh::sim {

namespace {

/// Processes that do different things would wait for one another forever.
void expect_equal(const Hash& hash, const char* what, model::Peers& peers) {
  const std::array mine{static_cast<std::uint32_t>(hash.value()),
                        static_cast<std::uint32_t>(hash.value() >> 32)};
  const std::vector<std::uint32_t> all = peers.gather(mine);
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i] != mine[i % mine.size()])
      throw InputError(
          fmt::format("the processes of rank {} and {} have different {}; give all the "
                      "same files and options",
                      peers.rank(), i / mine.size(), what));
}

Hash hash_of(const Image& image) {
  Hash hash;
  for (const Block& block : image.blocks) {
    hash.add(std::uint64_t{block.tile}), hash.add(std::uint64_t{block.address});
    for (const std::uint32_t word : block.words) hash.add(std::uint64_t{word});
  }
  return hash;
}

Hash hash_of(std::span<const InEntry> entries, std::uint64_t until,
             std::span<const std::uint64_t> watched) {
  Hash hash;
  hash.add(until);
  for (const InEntry& entry : entries)
    hash.add(entry.step), hash.add(std::uint64_t{entry.payload}),
        hash.add(static_cast<std::uint64_t>(entry.kind));
  for (const std::uint64_t step : watched) hash.add(step);
  return hash;
}

}  // namespace

/// Nobody watches behind the end of a run.
struct ReferenceMachine::Unwatched {
  ~Unwatched() { machine.watch({}, {}); }
  ReferenceMachine& machine;
};

void ReferenceMachine::load(const Image& image) {
  check_image(image, build());
  if (peers_ != nullptr) expect_equal(hash_of(image), "networks", *peers_);
  reference_ = model::Reference(build(), threads_, peers_);
  for (const Block& block : image.blocks) reference_.write(block.tile, block.address, block.words);
  reference_.set_adapt_period(image.adapt_period);
  clear_ = 0;
}

std::vector<OutSpike> ReferenceMachine::run(std::span<const InEntry> entries, std::uint64_t until) {
  check_entries(entries, step(), until, std::nullopt);
  const Unwatched after{*this};
  if (peers_ != nullptr)
    expect_equal(hash_of(entries, until, watched_), "inputs, steps or recordings", *peers_);
  if (step() < until) reference_.clear(std::exchange(clear_, 0));
  spikes_.clear();
  std::vector<std::uint32_t> payloads;
  auto next = entries.begin();
  while (step() < until) {
    tell_ends();
    if (reference_.rest(next == entries.end() ? until : next->step) != 0) continue;
    const std::uint64_t now = step();
    if (progress_) tell_progress(now);
    payloads.clear();
    for (; next != entries.end() && next->step == now; ++next) {
      if (next->kind == spec::EntryKind::clear) reference_.clear(next->payload);
      if (next->kind == spec::EntryKind::learning) reference_.set_learning(next->payload & 1);
      if (next->kind == spec::EntryKind::spike) payloads.push_back(next->payload);
    }
    for (const std::uint32_t label : reference_.step(payloads)) spikes_.push_back({now, label});
  }
  tell_ends();
  if (reference_.bad_entries() != 0)
    throw RunError(fmt::format(
        "{} spikes were sent to a tile or axon that does not exist: map the network for this build",
        reference_.bad_entries()));
  return std::move(spikes_);
}

/// What it throws in one process ends the run in all of them.
void ReferenceMachine::tell_progress(std::uint64_t step) {
  if (peers_ == nullptr) return progress_(step);
  std::exception_ptr end;
  try {
    progress_(step);
  } catch (...) {
    end = std::current_exception();
  }
  const std::uint32_t ended = end != nullptr;
  const std::vector<std::uint32_t> all = peers_->gather({&ended, 1});
  if (end) std::rethrow_exception(end);
  if (std::ranges::find(all, 1u) != all.end())
    throw RunError(fmt::format("the process of rank {} was told to end",
                               std::ranges::find(all, 1u) - all.begin()));
}

bool ReferenceMachine::watch(std::span<const std::uint64_t> steps, const StepEnd& at_end) {
  watched_.assign(steps.begin(), steps.end());
  told_ = 0;
  at_end_ = at_end;
  return true;
}

/// Of the steps that are over. Those that the reference rested through changed nothing.
void ReferenceMachine::tell_ends() {
  if (told_ == watched_.size()) return;
  StepReader reader{.words = [this](auto... where) { return read(where...); }, .states = {}};
  if (peers_ == nullptr) reader.states = [this](auto... what) { reference_.read_states(what...); };
  while (told_ < watched_.size() && watched_[told_] < step()) at_end_(watched_[told_++], reader);
}

void ReferenceMachine::clear(std::uint32_t mask) {
  check_clear_mask(mask);
  clear_ |= mask;
}

std::vector<std::uint32_t> ReferenceMachine::read(std::uint16_t tile, std::uint32_t address,
                                                  std::uint32_t count) {
  std::vector<std::uint32_t> words(count);
  reference_.read(tile, address, words);
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
  const std::vector<std::uint64_t> counters = reference_.counters();
  auto next = counters.begin();
  for (std::uint32_t y = 0; y < build().mesh_h; ++y)
    for (std::uint32_t x = 0; x < build().mesh_w; ++x) {
      MachineStats::Tile& tile = stats.tiles.emplace_back();
      tile.tile = static_cast<std::uint16_t>(spec::Tile{.x = x, .y = y}.pack());
      std::copy_n(next, spec::kCounters, tile.counters.begin());
      next += spec::kCounters;
    }
  return stats;
}

}  // namespace spikemesh::sim
