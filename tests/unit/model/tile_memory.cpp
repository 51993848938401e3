// SPDX-License-Identifier: Apache-2.0
#include "model/core/tile_memory.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <random>
#include <span>
#include <vector>

using namespace spikemesh;
using namespace spikemesh::model;
using spec::Region;
using spec::Status;

namespace {

constexpr spec::Build kTiny{
    .mesh_w = 1, .mesh_h = 1, .neurons = 16, .synapses = 256, .axons = 64, .fanouts = 64};
constexpr spec::Build kOdd{.mesh_w = 3,
                           .mesh_h = 2,
                           .neurons = 64,
                           .synapses = 1024,
                           .axons = 128,
                           .fanouts = 256,
                           .lanes = 2,
                           .weight_bits = 8,
                           .decay_bits = 14,
                           .delay_max = 7};

struct RegionRange {
  Region region;
  std::uint32_t size;
};

std::vector<RegionRange> writable(const spec::Build& b) {
  return {{Region::synapse, b.synapses},
          {Region::axon, b.axons},
          {Region::fanout, b.fanouts},
          {Region::neuron, 8 * b.neurons},
          {Region::state, 4 * b.neurons},
          {Region::accumulator, (b.delay_max + 1) * b.neurons},
          {Region::rule, 32},
          {Region::table, 1024},
          {Region::fanin, b.plastics},
          {Region::learn, b.neurons},
          {Region::pre_trace, b.axons},
          {Region::post_trace, b.neurons}};
}

/// Bits of a word that a build stores.
std::uint32_t stored(const spec::Build& b, Region region, std::uint32_t index) {
  const auto bits = [](std::uint32_t n) { return (std::uint32_t{1} << n) - 1; };
  const auto log2 = [](std::uint32_t n) { return static_cast<std::uint32_t>(std::countr_zero(n)); };
  const std::uint32_t rows = log2(b.synapses / b.lanes), list = log2(b.fanouts);
  switch (region) {
    case Region::synapse:
      return bits(b.weight_bits) | b.delay_max << 16 | 1u << 20 | (b.neurons - 1) << 21;
    case Region::axon:
      return bits(rows) | bits(std::min(rows + 1, 13u)) << 16 | 7u << 29;
    case Region::rule: {
      const std::uint32_t bounds = bits(b.weight_bits) * 0x10001u;
      const std::uint32_t masks[] = {~0u, bits(17), bounds, ~0u, ~0u, 0, 0, 0};
      return masks[index % 8];
    }
    case Region::table:
      return bits(17);
    case Region::fanin:
      return bits(rows) | (b.axons - 1) << 16 | 3u << 28;
    case Region::learn:
      return bits(log2(b.plastics / b.lanes)) | bits(log2(b.plastics / b.lanes) + 1) << 15 |
             3u << 30;
    case Region::pre_trace:
    case Region::post_trace:
      return ~0u;
    case Region::fanout:
      return bits(27);
    case Region::neuron: {
      const std::uint32_t factor = bits(b.decay_bits + 1);
      const std::uint32_t masks[] = {~0u,    bits(29), bits(24), factor,
                                     factor, ~0u,      factor,   bits(list) | bits(list + 1) << 16};
      return masks[index % 8];
    }
    case Region::state: {
      const std::uint32_t masks[] = {~0u, bits(24), ~0u, bits(8)};
      return masks[index % 4];
    }
    default:
      return bits(24);
  }
}

void put(TileMemory& m, Region region, std::uint32_t index, std::uint32_t word) {
  m.write(tile_address(region, index), word);
}
std::uint32_t get(const TileMemory& m, Region region, std::uint32_t index) {
  return m.read(tile_address(region, index));
}

}  // namespace

TEST_CASE("tile memory: every word reads back what was written, cut to what the build stores") {
  for (const spec::Build& build : {spec::Build{}, kTiny, kOdd}) {
    TileMemory memory(build);
    std::mt19937 rng(7);
    std::vector<std::uint32_t> written;
    for (const auto& [region, size] : writable(build)) {
      for (std::uint32_t i = 0; i < size; ++i) {
        written.push_back(rng());
        put(memory, region, i, written.back());
      }
    }
    std::size_t at = 0, wrong = 0;
    for (const auto& [region, size] : writable(build)) {
      for (std::uint32_t i = 0; i < size; ++i) {
        wrong += get(memory, region, i) != (written[at++] & stored(build, region, i));
      }
    }
    CHECK(at > 0);
    CHECK(wrong == 0);
  }
}

TEST_CASE("tile memory: the checks refuse what the bridge refuses") {
  const auto check = [](Region r, std::uint32_t index, std::uint32_t word) {
    return check_write(kOdd, tile_address(r, index), word);
  };
  for (const auto& [region, size] : writable(kOdd)) {
    CHECK(check(region, size - 1, 0) == Status::ok);
    CHECK(check(region, size, 0) == Status::bad_address);
    CHECK(check_read(kOdd, tile_address(region, size)) == Status::bad_address);
  }
  CHECK(check_write(kOdd, 1u << 20, 0) == Status::bad_address);
  CHECK(check_write(kOdd, 13u << 16, 0) == Status::bad_address);
  CHECK(check(Region::counter, spec::kCounters - 1, 0) == Status::read_only);
  CHECK(check(Region::counter, spec::kCounters, 0) == Status::bad_address);
  CHECK(check_read(kOdd, tile_address(Region::counter, spec::kCounters - 1)) == Status::ok);
  CHECK(check(Region::table, 3, 65536) == Status::ok);
  CHECK(check(Region::table, 3, 65537) == Status::bad_value);
  CHECK(check(Region::fanout, 0, spec::Fanout{.axon = 127, .x = 2, .y = 1}.pack()) == Status::ok);
  CHECK(check(Region::fanout, 0, spec::Fanout{.axon = 128}.pack()) == Status::bad_value);
  CHECK(check(Region::fanout, 0, spec::Fanout{.x = 3}.pack()) == Status::bad_value);
  CHECK(check(Region::fanout, 0, spec::Fanout{.y = 2}.pack()) == Status::bad_value);
  CHECK(check(Region::fanout, 0, spec::Fanout{.mode = 1}.pack()) == Status::bad_value);
  CHECK(check(Region::fanout, 0, spec::Fanout{.host = 1, .mode = 2}.pack()) == Status::bad_value);
  CHECK(check(Region::fanout, 0, spec::Fanout{.axon = 4095, .x = 63, .y = 63, .host = 1}.pack()) ==
        Status::ok);
  for (const std::uint32_t field : {3u, 4u, 6u}) {
    CHECK(check(Region::neuron, 8 + field, 1u << 14) == Status::ok);
    CHECK(check(Region::neuron, 8 + field, (1u << 14) + 1) == Status::bad_value);
    CHECK(check(Region::neuron, 8 + field, 1u << 16) == Status::bad_value);
  }
}

TEST_CASE("tile memory: words together are written and read as one by one, up to a refused one") {
  for (const spec::Build& build : {kTiny, kOdd}) {
    std::mt19937 rng(9);
    TileMemory together(build), alone(build);
    std::size_t whole = 0, ended = 0;
    for (const auto& [region, size] : writable(build)) {
      for (unsigned k = 0; k < 40; ++k) {
        const std::uint32_t first = rng() % size, address = tile_address(region, first);
        std::vector<std::uint32_t> words(1 + rng() % (k < 20 ? 4 : size));
        for (std::uint32_t& word : words) word = rng() >> rng() % 32;
        std::uint32_t wanted = 0;
        while (wanted < words.size() && first + wanted < size &&
               check_write(build, address + wanted, words[wanted]) == Status::ok)
          alone.write(address + wanted, words[wanted]), ++wanted;
        REQUIRE(count_writable(build, address, words) == wanted);
        together.write(address, std::span(words).first(wanted));
        ++(wanted == words.size() ? whole : ended);

        std::vector<std::uint32_t> got(count_readable(build, address, words.size()));
        REQUIRE(got.size() == std::min<std::size_t>(words.size(), size - first));
        together.read(address, got);
        for (std::uint32_t i = 0; i < got.size(); ++i) REQUIRE(got[i] == alone.read(address + i));
      }
    }
    CHECK(whole > 100);
    CHECK(ended > 50);
  }
  const std::uint32_t word = 0;
  CHECK(count_writable(kOdd, tile_address(Region::counter, 0), std::span(&word, 1)) == 0);
  CHECK(count_writable(kOdd, 1u << 20, std::span(&word, 1)) == 0);
  CHECK(count_readable(kOdd, 1u << 20, 1) == 0);
}

TEST_CASE("tile memory: a sweep zeros what its mask names and nothing else") {
  for (const std::uint32_t mask : {1u, 2u, 4u, 5u, 7u, 128u}) {
    TileMemory memory(kTiny);
    for (const auto& [region, size] : writable(kTiny)) {
      for (std::uint32_t i = 0; i < size; ++i) put(memory, region, i, ~0u);
    }
    memory.sweep(mask);
    for (const auto& [region, size] : writable(kTiny)) {
      for (std::uint32_t i = 0; i < size; ++i) {
        const bool membrane =
            region == Region::accumulator || (region == Region::state && i % 4 < 2);
        const bool adaptation = region == Region::state && i % 4 >= 2;
        const bool trace = region == Region::pre_trace || region == Region::post_trace;
        const bool zero = mask == 128 || (membrane && mask & 1) || (trace && mask & 2) ||
                          (adaptation && mask & 4);
        const std::uint32_t word = zero ? 0 : stored(kTiny, region, i);
        REQUIRE(get(memory, region, i) == word);
      }
    }
  }
}

TEST_CASE("tile memory: a row is delivered into the slots of its delays, around both ends") {
  TileMemory memory(kOdd);  // 2 lanes, 8-bit weights, 8 slots
  const std::uint32_t last = kOdd.synapses - 2;
  put(memory, Region::synapse, last, spec::Synapse{.weight = -128, .delay = 7, .target = 9}.pack());
  put(memory, Region::synapse, last + 1,
      spec::Synapse{.weight = 5, .delay = 1, .target = 8}.pack());
  put(memory, Region::synapse, 0, spec::Synapse{.weight = 99, .delay = 8, .target = 3}.pack());
  put(memory, Region::synapse, 1, spec::Synapse{.weight = 0x7f, .delay = 9, .target = 63}.pack());
  put(memory, Region::axon, 4, spec::Axon{.first = last / 2, .groups = 2}.pack());
  const Row& row = memory.row(4 + kOdd.axons);
  CHECK(row.groups == 2);
  CHECK(row.synapses == 3);  // a delay of 8 is 0 in this build: empty
  CHECK(memory.deliver(row, 6) == (1u << 5 | 1u << 7));
  CHECK(get(memory, Region::accumulator, 5 * 64 + 8) == (0xffffff & -128));  // lane 0
  CHECK(get(memory, Region::accumulator, 7 * 64 + 9) == 5);                  // lane 1
  CHECK(get(memory, Region::accumulator, 7 * 64 + 63) == 127);
  CHECK(memory.counter(spec::Counter::packets) == 1);
  CHECK(memory.counter(spec::Counter::synapse_events) == 3);
}

TEST_CASE("tile memory: delivering one by one writes the same and tells each value") {
  TileMemory bulk(kOdd), single(kOdd);
  std::mt19937 rng(3);
  for (std::uint32_t i = 0; i < kOdd.synapses; ++i) {
    const std::uint32_t word = rng();
    put(bulk, Region::synapse, i, word);
    put(single, Region::synapse, i, word);
  }
  for (std::uint32_t axon = 0; axon < 20; ++axon) {
    const std::uint32_t word = static_cast<std::uint32_t>(rng());
    put(bulk, Region::axon, axon, word);
    put(single, Region::axon, axon, word);
    std::uint32_t synapses = 0;
    const auto one = single.deliver_each(
        single.row(axon), axon % 8,
        [&](std::uint32_t k, std::uint32_t slot, std::uint32_t target, std::uint32_t value) {
          ++synapses;
          REQUIRE(target % 2 == k % 2);
          REQUIRE(value == get(single, Region::accumulator, slot * 64 + target));
        });
    CHECK(bulk.deliver(bulk.row(axon), axon % 8) == one);
    CHECK(bulk.row(axon).synapses == synapses);
  }
  for (std::uint32_t i = 0; i < 8 * 64; ++i) {
    REQUIRE(get(bulk, Region::accumulator, i) == get(single, Region::accumulator, i));
  }
}

TEST_CASE("tile memory: an accumulator wraps at 24 bits and comes back") {
  TileMemory memory(kTiny);
  put(memory, Region::synapse, 0, spec::Synapse{.weight = 1, .delay = 1, .target = 2}.pack());
  put(memory, Region::synapse, 1, spec::Synapse{.weight = -1, .delay = 1, .target = 2}.pack());
  put(memory, Region::axon, 0, spec::Axon{.first = 0, .groups = 1}.pack());
  put(memory, Region::axon, 1, spec::Axon{.first = 1, .groups = 1}.pack());
  put(memory, Region::accumulator, 16 + 2, 0x7fffff);
  memory.deliver(memory.row(0), 0);
  CHECK(get(memory, Region::accumulator, 18) == 0x800000);
  memory.deliver(memory.row(1), 0);
  CHECK(get(memory, Region::accumulator, 18) == 0x7fffff);
}

TEST_CASE("tile memory: neurons that fire are listed by group, ascending") {
  TileMemory memory(kOdd);
  for (const std::uint32_t j : {0u, 5u, 6u, 7u, 63u}) put(memory, Region::neuron, 8 * j + 2, 1);
  std::vector<Fired> fired;
  const UpdateResult result = memory.update(0, false, Visit::all, fired);
  REQUIRE(fired.size() == 4);
  const std::uint32_t groups[] = {0, 2, 3, 31}, masks[] = {1, 2, 3, 2};
  for (unsigned k = 0; k < 4; ++k) {
    CHECK(fired[k].group == groups[k]);
    CHECK(fired[k].mask == masks[k]);
    CHECK(fired[k].scan == groups[k]);
  }
  CHECK(result.changed);
  CHECK_FALSE(result.waits);
  CHECK(result.visited == 32);
  CHECK(result.scans == 32);
  CHECK(memory.counter(spec::Counter::spikes) == 5);
  CHECK(memory.counter(spec::Counter::updates) == 1);
}

TEST_CASE("tile memory: an Update appends to the spike list, also behind the same group") {
  TileMemory memory(kOdd);
  put(memory, Region::neuron, 8 * 6 + 2, 1);
  std::vector<Fired> fired{{.group = 3, .mask = 2}};  // waits to be sent since the step before
  memory.update(0, false, Visit::all, fired);
  REQUIRE(fired.size() == 2);
  CHECK(fired[0].mask == 2);
  CHECK(fired[1].group == 3);
  CHECK(fired[1].mask == 1);
}

TEST_CASE("tile memory: input reaches a neuron that has no words of its own") {
  TileMemory memory(kOdd);
  std::vector<Fired> fired;
  const spec::Synapse synapse{.weight = 3, .delay = 1, .target = 62};
  put(memory, Region::synapse, 0, synapse.pack());
  put(memory, Region::axon, 0, spec::Axon{.first = 0, .groups = 1}.pack());
  memory.update(0, false, Visit::all, fired);
  CHECK(fired.empty());
  CHECK(memory.deliver(memory.row(0), 0) == 1u << 1);
  const UpdateResult result = memory.update(1, false, Visit::that_can_change, fired);
  CHECK(result.visited == 1);
  REQUIRE(fired.size() == 1);
  CHECK(fired[0].group == 31);
  CHECK(fired[0].mask == 1);
}

TEST_CASE("tile memory: an Update visits groups that changed or have input, and no others") {
  TileMemory memory(kOdd);
  const std::uint32_t one = 1u << kOdd.decay_bits;
  const auto update = [&](std::uint32_t slot, bool due, Visit visit) {
    std::vector<Fired> fired;
    return memory.update(slot, due, visit, fired);
  };
  for (const std::uint32_t j : {9u, 11u, 40u, 41u}) {
    put(memory, Region::neuron, 8 * j, 1000);
    put(memory, Region::neuron, 8 * j + 3, one);
  }
  put(memory, Region::state, 4 * 9 + 2, 1 << 20);   // an adaptive threshold,
  put(memory, Region::neuron, 8 * 9 + 6, one - 1);  // which decays
  put(memory, Region::state, 4 * 11 + 2, 1 << 20);  // and one which does not
  put(memory, Region::neuron, 8 * 11 + 6, one);
  UpdateResult result = update(0, false, Visit::all);
  CHECK_FALSE(result.changed);
  CHECK(result.waits);
  CHECK(result.visited == 32);
  result = update(1, false, Visit::that_can_change);
  CHECK_FALSE(result.waits);  // nothing was looked at
  CHECK(result.visited == 0);
  CHECK(result.scans == 2);  // a cycle a word of 16 groups
  put(memory, Region::accumulator, 2 * 64 + 40, 5);
  put(memory, Region::accumulator, 2 * 64 + 9, 0x1000000);  // 24 bits are stored: zero
  result = update(2, false, Visit::that_can_change);
  CHECK(result.visited == 1);
  CHECK(result.scans == 2);
  result = update(3, true, Visit::all);  // the threshold of 9; I and V of 40 stay as they are
  CHECK(result.changed);
  CHECK(result.visited == 32);
  result = update(4, false, Visit::that_can_change);
  CHECK(result.visited == 1);
  CHECK(result.waits);
  CHECK(result.scans == 2);
}
