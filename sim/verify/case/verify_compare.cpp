// SPDX-License-Identifier: Apache-2.0
// The comparison of a random chip with the reference, and changes that both are given between runs.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/stimulus/words.hpp"
#include "sim/verify/case/verify_case.hpp"

namespace spikemesh::sim {

using spec::Region;
using spec::Register;
using spec::Status;

bool VerifyCase::on_time() {
  const std::uint32_t late = read_register(Register::late_entries);
  const std::uint32_t bad = read_register(Register::bad_entries);
  const bool equal = late == expected_->late() && bad == expected_->bad();
  if (in_time_ && !equal) {
    fail(fmt::format("LATE_ENTRIES {}, BAD_ENTRIES {}, but the ring held {} late and {} bad ones",
                     late, bad, expected_->late(), expected_->bad()));
  }
  // While an entry is still in the ring, one that was late may be mistaken for one that will be.
  const bool all_taken = to_push_.empty() && read_register(Register::ring_in_read) == in_write_;
  comparable_ = comparable_ && equal && all_taken;
  ++(comparable_ ? result_.segments : result_.late_segments);
  return comparable_;
}

void VerifyCase::compare_spikes(std::vector<HostSpike> expected) {
  std::vector<HostSpike> got;
  std::swap(got, collector_.spikes);
  const bool comparable = on_time();
  census_->keep(comparable);
  learn_census_->keep(comparable);
  if (!comparable) return;
  const auto first = static_cast<std::uint32_t>(chip_.first_step);
  const auto order = [&](const HostSpike& a, const HostSpike& b) {
    return std::pair(a.step - first, a.label) < std::pair(b.step - first, b.label);
  };
  std::sort(got.begin(), got.end(), order);
  std::sort(expected.begin(), expected.end(), order);
  result_.host_spikes += expected.size();
  const auto [chip, reference] =
      std::mismatch(got.begin(), got.end(), expected.begin(), expected.end());
  if (chip == got.end() && reference == expected.end()) return;
  const auto text = [](const auto& at, const auto& end) {
    return at == end ? std::string("no more")
                     : fmt::format("label 0x{:06x} in step {}", at->label, at->step);
  };
  fail(fmt::format(
      "spikes to the host differ from the reference: the chip sent {} (of {}), the reference {} "
      "(of {})",
      text(chip, got.end()), got.size(), text(reference, expected.end()), expected.size()));
}

/// All but those that the reference does not have, in reads that the shortest frame holds.
void VerifyCase::compare_counters(std::uint16_t tile) {
  constexpr std::uint32_t kMost = 4;
  const auto timing = [](std::uint32_t i) {
    return spec::counts_timing(static_cast<spec::Counter>(i));
  };
  for (std::uint32_t first = 0; first < spec::kCounters;) {
    std::uint32_t end = first;
    while (end < spec::kCounters && end - first < kMost && !timing(end)) ++end;
    if (end > first) compare_words(tile, Region::counter, first, end - first);
    first = std::max(end, first + 1);
  }
}

void VerifyCase::compare_memories() {
  if (!comparable_) return;
  const spec::Build& build = device_.build();
  // Each place with a chance that keeps the whole within some hundred frames.
  const unsigned share = build.mesh_w * build.mesh_h > 4 || link_ == Link::pins ? 20 : 60;
  for (const auto& [tile, neurons] : chip_.neurons) {
    compare_counters(tile);
    for (const std::uint32_t neuron : neurons) {
      if (random_.chance(share)) compare_words(tile, Region::state, neuron * 4, 4);
      if (random_.chance(share / 4)) compare_words(tile, Region::neuron, neuron * 8, 4);
      const auto slot = static_cast<std::uint32_t>(random_.below(build.delay_max + 1));
      if (random_.chance(share / 2))
        compare_words(tile, Region::accumulator, slot * build.neurons + neuron, 1);
    }
    const auto word = static_cast<std::uint32_t>(random_.below(build.synapses / 4) * 4);
    compare_words(tile, Region::synapse, word, 4);
    const std::uint32_t axon = random_.pick(chip_.axons.at(tile));
    compare_words(tile, Region::axon, axon, 1);
    if (features_.has(Feature::stdp)) compare_learning(tile, axon, share);
    const auto row =
        spec::Axon::unpack(expected_->reference().read(tile, address(Region::axon, axon)));
    const std::uint32_t begin = row.first * build.lanes / 4 * 4;
    if (row.groups > 0) compare_words(tile, Region::synapse, begin, 4);
    compare_words(tile, Region::fanout,
                  static_cast<std::uint32_t>(random_.below(build.fanouts / 4) * 4), 4);
  }
}

void VerifyCase::compare_learning(std::uint16_t tile, std::uint32_t axon, unsigned share) {
  compare_words(tile, Region::pre_trace, axon, 1);
  compare_words(tile, Region::post_trace, random_.pick(chip_.neurons.at(tile)), 1);
  for (const Region region : {Region::rule, Region::table, Region::fanin, Region::learn}) {
    const std::uint32_t words = spec::region_words(device_.build(), region);
    if (random_.chance(share / 4))
      compare_words(tile, region, static_cast<std::uint32_t>(random_.below(words / 4) * 4), 4);
  }
}

void VerifyCase::compare_words(std::uint16_t tile, Region region, std::uint32_t first,
                               std::uint32_t count) {
  const Reply reply = ask(read_of(tile, address(region, first), count));
  expect(reply, Status::ok, "a read of a tile");
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t wanted = expected_->reference().read(tile, address(region, first + i));
    if (reply.data[i] != wanted) {
      fail(fmt::format("{} {} word {} is 0x{:08x}, in the reference 0x{:08x} (before step {})",
                       tile_name(tile), to_string(region), first + i, reply.data[i], wanted,
                       expected_->reference().step()));
    }
  }
  result_.words += count;
}

/// Memories may change at a step boundary: what was known to rest must wake.
void VerifyCase::change_memory() {
  for (std::uint64_t left = 1 + random_.below(4); left > 0; --left) {
    const auto at = static_cast<std::ptrdiff_t>(random_.below(chip_.neurons.size()));
    const auto& [tile, neurons] = *std::next(chip_.neurons.begin(), at);
    const std::uint32_t neuron = random_.pick(neurons);
    if (random_.chance(50) && features_.has(Feature::stdp)) {
      change_learning(tile, neuron);
      continue;
    }
    const auto slot = static_cast<std::uint32_t>(random_.below(device_.build().delay_max + 1));
    const std::vector<std::uint32_t> places{
        address(Region::accumulator, slot * device_.build().neurons + neuron),
        address(Region::state, neuron * 4), address(Region::neuron, neuron * 8 + 2)};
    const std::uint32_t place = random_.pick(places);
    const spec::TileAddr parts = spec::TileAddr::unpack(place);
    const std::uint32_t word =
        features_.without(static_cast<Region>(parts.region), parts.index, random_.word() & 0x3fffu);
    put(tile, place, word, "a write at a step boundary");
  }
}

/// Another weight for a synapse, another value for a trace.
void VerifyCase::change_learning(std::uint16_t tile, std::uint32_t neuron) {
  model::Reference& reference = expected_->reference();
  const spec::Build& build = device_.build();
  const auto row_of = [&](std::uint32_t number) {
    return spec::Axon::unpack(reference.read(tile, address(Region::axon, number)));
  };
  std::uint32_t axon = random_.pick(chip_.axons.at(tile));
  for (unsigned left = 8; left > 0 && !(row_of(axon).plastic && row_of(axon).groups > 0); --left)
    axon = random_.pick(chip_.axons.at(tile));
  const spec::Axon row = row_of(axon);
  std::uint32_t place = 0, word = 0;
  if (random_.chance(70) && row.groups > 0) {
    const auto at = row.first * build.lanes +
                    static_cast<std::uint32_t>(random_.below(row.groups * build.lanes));
    place = address(Region::synapse, at % build.synapses);
    word = (reference.read(tile, place) & ~0xffffu) | (random_.word() & 0xffffu);
    const auto synapse = spec::Synapse::unpack(word);
    if (row.plastic && synapse.plastic && synapse.delay != 0) hit(Bin::weight_written);
  } else {
    place =
        random_.chance(50) ? address(Region::post_trace, neuron) : address(Region::pre_trace, axon);
    const auto now = static_cast<std::uint32_t>(reference.step());
    word = spec::Trace{.value = random_.word(),
                       .stamp = now - static_cast<std::uint32_t>(random_.below(140))}
               .pack();
  }
  put(tile, place, word, "a write of a weight or trace");
}

}  // namespace spikemesh::sim
