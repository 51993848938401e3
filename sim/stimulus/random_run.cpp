// SPDX-License-Identifier: Apache-2.0
// The run of a random chip: its entries of the spike-in ring, step by step, and how the steps go.
#include <iterator>

#include "sim/stimulus/chances.hpp"
#include "sim/stimulus/random_chip.hpp"

namespace spikemesh::sim {
namespace {

/// Makes the entries of a step: clears and learning first, then spikes, some of them for no one.
class Entries {
 public:
  /// `burst`: most spikes of a step, now and then.
  Entries(const RandomChip& chip, std::uint64_t burst, Random& random)
      : chip_(chip), burst_(burst), random_(random) {}

  void add_step(std::uint64_t step, std::vector<RingEntry>& out) {
    if (random_.chance(kLateSpike)) add(step - 1 - random_.below(5), spike(), out);  // late
    if (random_.chance(kClear)) add(step, entry(spec::EntryKind::clear, random_.word()), out);
    if (random_.chance(kLearningEntry))
      add(step, entry(spec::EntryKind::learning, random_.word()), out);
    if (random_.chance(kOddKind)) add(step, odd_kind(), out);
    const bool none = chip_.mood == Mood::quiet && random_.chance(kQuietStep);
    const std::uint64_t spikes = none ? 0 : spikes_of_step();
    for (std::uint64_t i = 0; i < spikes; ++i) {
      add(step, random_.chance(kBadSpike) ? bad_spike() : spike(), out);
      if (random_.chance(kClearAfterSpike))
        add(step, entry(spec::EntryKind::clear, 7), out);  // after a spike: too late
      if (random_.chance(kOddKindAmongSpikes)) add(step, odd_kind(), out);
      if (random_.chance(kHold)) add(step, entry(spec::EntryKind::hold, random_.word()), out);
    }
  }

  std::uint32_t spike() {
    const auto at = static_cast<std::uint64_t>(random_.below(chip_.axons.size()));
    const auto& [tile, axons] = *std::next(chip_.axons.begin(), static_cast<std::ptrdiff_t>(at));
    const spec::Tile place = spec::Tile::unpack(tile);
    const std::uint32_t axon = random_.chance(kAxonHasRow)
                                   ? random_.pick(axons)
                                   : static_cast<std::uint32_t>(random_.below(chip_.build.axons));
    return entry(spec::EntryKind::spike,
                 spec::SpikePayload{.axon = axon, .x = place.x, .y = place.y}.pack());
  }

 private:
  std::uint64_t spikes_of_step() {
    switch (random_.pick(kSpikesOfStep)) {
      case SpikesOfStep::few:
        return random_.below(3);
      case SpikesOfStep::some:
        return random_.below(12);
      case SpikesOfStep::burst:
        break;
    }
    return random_.below(burst_);
  }
  void add(std::uint64_t step, std::uint32_t word, std::vector<RingEntry>& out) {
    out.push_back({static_cast<std::uint32_t>(step), word});
  }
  static std::uint32_t entry(spec::EntryKind kind, std::uint32_t payload) {
    return spec::Entry{.payload = payload, .kind = static_cast<std::uint32_t>(kind)}.pack();
  }
  std::uint32_t odd_kind() {
    return spec::Entry{.payload = random_.word(),
                       .reserved = random_.word(),
                       .kind = 4 + static_cast<std::uint32_t>(random_.below(12))}
        .pack();
  }
  /// Of a tile or axon that does not exist, where the build leaves room for one.
  std::uint32_t bad_spike() {
    const auto x = static_cast<std::uint32_t>(random_.between(chip_.build.mesh_w, 64)) & 63u;
    const spec::SpikePayload nobody = random_.chance(kBadByAxon)
                                          ? spec::SpikePayload{.axon = chip_.build.axons}
                                          : spec::SpikePayload{.x = x};
    return entry(spec::EntryKind::spike, nobody.pack());
  }

  const RandomChip& chip_;
  std::uint64_t burst_;
  Random& random_;
};

std::uint32_t learning_on() {
  return spec::Entry{.payload = 1, .kind = static_cast<std::uint32_t>(spec::EntryKind::learning)}
      .pack();
}

bool is_hold(const RingEntry& entry) {
  return spec::Entry::unpack(entry.entry).kind == static_cast<std::uint32_t>(spec::EntryKind::hold);
}

std::uint32_t period_of(Period period, Random& random) {
  switch (period) {
    case Period::free_running:
      return 0;
    case Period::kept:
      return static_cast<std::uint32_t>(random.below(1500));
    case Period::too_short:
      break;
  }
  return static_cast<std::uint32_t>(1 + random.below(20));
}

}  // namespace

void choose_run(RandomChip& chip, const RandomChipSize& size, Random& random) {
  chip.adapt_period = static_cast<std::uint32_t>(
      random.chance(kShortAdaptPeriod) ? random.below(3) : random.below(32));
  chip.period = period_of(random.pick(kPeriods), random);
  chip.policy = random.chance(kStalls) ? spec::RingPolicy::stall : spec::RingPolicy::overwrite;
  if (chip.mood == Mood::recorded && random.chance(kRecordedUnstalled)) {
    chip.period = 0;
    chip.policy = spec::RingPolicy::overwrite;
  }
  std::uint64_t step = chip.first_step;
  const std::uint64_t most_entries =
      random.chance(kEntriesFitRing) ? chip.build.ring_in : ~std::uint64_t{0};
  Entries entries(chip, random.pick(kBursts), random);
  for (std::uint64_t left = 1 + random.below(4); left > 0; --left) {
    Segment segment;
    const std::uint64_t most = chip.mood == Mood::quiet      ? 2 * size.steps
                               : chip.mood == Mood::recorded ? 4 * size.steps
                                                             : size.steps / 2;
    const std::uint64_t steps = 1 + random.below(most);
    for (std::uint64_t i = 0; i < steps; ++i) entries.add_step(step + i, segment.entries);
    step += steps;
    segment.until = step;
    segment.steps = steps;
    if (chip.segments.empty()) {
      // However the dice fell, one spike is on time: it leads the first step's.
      const spec::Entry first{.payload = spec::Entry::unpack(entries.spike()).payload};
      segment.entries.insert(segment.entries.begin(),
                             {static_cast<std::uint32_t>(chip.first_step), first.pack()});
    }
    if (chip.segments.empty() && chip.learns) {
      segment.entries.insert(segment.entries.begin(),
                             {static_cast<std::uint32_t>(chip.first_step), learning_on()});
    }
    if (segment.entries.size() > most_entries) segment.entries.resize(most_entries);
    // Behind a hold there is an entry, or its step never ends.
    while (!segment.entries.empty() && is_hold(segment.entries.back())) segment.entries.pop_back();
    chip.segments.push_back(std::move(segment));
  }
}

}  // namespace spikemesh::sim
