// SPDX-License-Identifier: Apache-2.0
#include "model/reference/reference.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "random_network.hpp"

using namespace spikemesh;
using namespace spikemesh::model;
using spec::Region;

namespace {

using Labels = std::vector<std::uint32_t>;

spec::Build named(std::string_view name) {
  for (const auto& known : spec::kBuilds) {
    if (known.name == name) return known.build;
  }
  throw std::invalid_argument("no such build");
}

Labels step(Reference& r, const Labels& in = {}) {
  const auto out = r.step(in);
  return {out.begin(), out.end()};
}

void put(Reference& r, Region region, std::uint32_t index, std::uint32_t word) {
  r.write(0, tile_address(region, index), word);
}

std::int32_t state(const Reference& r, std::uint32_t neuron, std::uint32_t field) {
  const auto word = r.read(0, tile_address(Region::state, 4 * neuron + field));
  return spec::State1::unpack(word).i;
}

/// Two neurons: 0 sums without a leak, resets to -2 and is refractory for a step; 1 leaks by half
/// and subtracts. Axon 0 drives neuron 0 after 2 steps; neuron 0 drives 1 and inhibits itself.
Reference two_neurons() {
  Reference r(named("tiny"));
  put(r, Region::neuron, 0, spec::Neuron0{.theta = 10, .refractory = 1}.pack());
  put(r, Region::neuron, 1, spec::Neuron1{.v_reset = -2}.pack());
  put(r, Region::neuron, 4, 4096);
  put(r, Region::neuron, 7, spec::Neuron7{.first = 63, .count = 2}.pack());
  put(r, Region::neuron, 8, spec::Neuron0{.theta = 4}.pack());
  put(r, Region::neuron, 9, spec::Neuron1{.subtract = 1}.pack());
  put(r, Region::neuron, 11, 2048);
  put(r, Region::neuron, 12, 2048);
  put(r, Region::neuron, 15, spec::Neuron7{.first = 7, .count = 1}.pack());
  put(r, Region::fanout, 63, spec::Fanout{.axon = 0x123, .host = 1}.pack());
  put(r, Region::fanout, 0, spec::Fanout{.axon = 1}.pack());
  put(r, Region::fanout, 7, spec::Fanout{.axon = 0x456, .x = 63, .y = 1, .host = 1}.pack());
  put(r, Region::axon, 0, spec::Axon{.first = 0, .groups = 1}.pack());
  put(r, Region::axon, 1, spec::Axon{.first = 1, .groups = 2}.pack());
  put(r, Region::synapse, 0, spec::Synapse{.weight = 6, .delay = 2, .target = 0}.pack());
  put(r, Region::synapse, 1, spec::Synapse{.weight = 5, .delay = 1, .target = 1}.pack());
  put(r, Region::synapse, 2, spec::Synapse{.weight = -3, .delay = 3, .target = 0}.pack());
  return r;
}

/// The same arithmetic with nothing skipped: every neuron of every tile in every step.
class Plain {
 public:
  Plain(const spec::Build& build, const std::vector<Word>& words) : build_(build) {
    for (std::uint32_t t = 0; t < build.mesh_w * build.mesh_h; ++t) tiles_.emplace_back(build);
    for (const Word& word : words) tile(word.tile).write(word.address, word.data);
  }

  Labels step(const Labels& in, bool adapt_due) {
    const auto slot = static_cast<std::uint32_t>(step_++ % (build_.delay_max + 1));
    Labels packets = in, labels;
    for (TileMemory& memory : tiles_) {
      std::vector<Fired> fired;
      memory.update(slot, adapt_due, Visit::all, fired);
      for (const Fired& group : fired) {
        for (std::uint32_t lane = 0; lane < build_.lanes; ++lane) {
          if (!(group.mask >> lane & 1)) continue;
          const auto list = memory.fanout_list(group.group * build_.lanes + lane);
          for (std::uint32_t k = 0; k < list.count; ++k) {
            const std::uint32_t word = memory.fanout(list.first + k);
            (spec::Fanout::unpack(word).host ? labels : packets).push_back(word & 0xffffff);
          }
        }
      }
    }
    for (const std::uint32_t packet : packets) deliver(packet, slot);
    std::ranges::sort(labels);
    return labels;
  }
  TileMemory& tile(std::uint16_t name) {
    const auto at = spec::Tile::unpack(name);
    return tiles_[at.y * build_.mesh_w + at.x];
  }

 private:
  void deliver(std::uint32_t packet, std::uint32_t slot) {
    const auto to = spec::Fanout::unpack(packet);
    TileMemory& memory = tiles_[to.y * build_.mesh_w + to.x];
    const auto word = memory.read(tile_address(Region::axon, to.axon));
    const auto row = spec::Axon::unpack(word);
    for (std::uint32_t k = 0; k < row.groups * build_.lanes; ++k) {
      const std::uint32_t index = (row.first * build_.lanes + k) % build_.synapses;
      const auto synapse = spec::Synapse::unpack(memory.read(tile_address(Region::synapse, index)));
      if (synapse.delay == 0) continue;
      const std::uint32_t target = synapse.target / build_.lanes * build_.lanes + k % build_.lanes;
      const std::uint32_t at = (slot + synapse.delay) % (build_.delay_max + 1) * build_.neurons;
      const auto address = tile_address(Region::accumulator, at + target);
      const auto weight =
          spec::sign_extend(static_cast<std::uint32_t>(synapse.weight), build_.weight_bits);
      memory.write(address, memory.read(address) + static_cast<std::uint32_t>(weight));
    }
  }

  spec::Build build_;
  std::uint64_t step_ = 0;
  std::vector<TileMemory> tiles_;
};

}  // namespace

TEST_CASE("reference: two neurons with delays, reset and refractoriness go as by hand") {
  Reference r = two_neurons();
  const Labels expected[] = {{}, {}, {}, {0x123}, {0x7f456}, {}, {}, {}};
  const std::int32_t v0[] = {0, 0, 6, -2, -2, 4, 1, 1}, i0[] = {0, 0, 6, 6, 6, 6, -3, 0};
  const std::int32_t v1[] = {0, 0, 0, 0, 1, 2, 2, 1}, i1[] = {0, 0, 0, 0, 5, 2, 1, 0};
  for (std::uint32_t t = 0; t < 8; ++t) {
    CAPTURE(t);
    CHECK(r.step() == t);
    CHECK(step(r, t < 4 ? Labels{0} : Labels{}) == expected[t]);
    const auto word = r.read(0, tile_address(Region::state, 0));
    CHECK(spec::State0::unpack(word).v == v0[t]);
    CHECK(spec::State0::unpack(word).refractory == (t == 3 ? 1 : 0));
    CHECK(state(r, 0, 1) == i0[t]);
    CHECK(state(r, 1, 0) == v1[t]);
    CHECK(state(r, 1, 1) == i1[t]);
  }
  CHECK(r.total(spec::Counter::spikes) == 2);
  CHECK(r.total(spec::Counter::packets) == 5);
  CHECK(r.total(spec::Counter::synapse_events) == 6);
  CHECK(r.total(spec::Counter::emitted) == 3);
}

TEST_CASE("reference: the adaptive threshold rises with spikes and decays every 2^p steps") {
  Reference r(named("tiny"));
  put(r, Region::neuron, 0, spec::Neuron0{.theta = 9}.pack());
  put(r, Region::neuron, 2, spec::Neuron2{.bias = 10}.pack());
  put(r, Region::neuron, 5, 5u << 16);
  put(r, Region::neuron, 6, 2048);
  put(r, Region::neuron, 7, spec::Neuron7{.first = 0, .count = 1}.pack());
  put(r, Region::fanout, 0, spec::Fanout{.axon = 1, .host = 1}.pack());
  r.set_adapt_period(1);
  for (std::uint32_t t = 0; t < 13; ++t) {
    CAPTURE(t);
    CHECK(step(r) == (t == 0 || t == 6 || t == 12 ? Labels{1} : Labels{}));
    if (t == 3) CHECK(r.read(0, tile_address(Region::state, 2)) == 5u << 15);
  }
}

TEST_CASE("reference: a chip at rest executes no Update, and wakes for what touches it") {
  Reference r = two_neurons();
  const auto updates = [&] { return r.total(spec::Counter::updates); };
  step(r);
  CHECK(updates() == 1);
  step(r);
  CHECK(updates() == 1);
  step(r, {0});  // delivered into step 4
  step(r);
  CHECK(updates() == 1);
  step(r);
  CHECK(updates() == 2);
  for (int t = 0; t < 100; ++t) step(r);
  const auto rested = updates();
  CHECK(rested < 10);
  put(r, Region::neuron, 8 * 5 + 2, spec::Neuron2{.bias = 1}.pack());
  step(r);
  CHECK(updates() == rested + 1);
}

TEST_CASE("reference: a clear forgets what its mask names") {
  Reference r = two_neurons();
  for (int t = 0; t < 4; ++t) step(r, {0});
  r.clear(1u << static_cast<unsigned>(spec::ClearMask::membrane));
  for (int t = 0; t < 20; ++t) CHECK(step(r).empty());
  for (std::uint32_t j = 0; j < 2; ++j) CHECK((state(r, j, 0) == 0 && state(r, j, 1) == 0));
  CHECK(r.read(0, tile_address(Region::synapse, 0)) != 0);
}

TEST_CASE("reference: what the chip would refuse is an error that names the place") {
  Reference r(named("odd"));
  CHECK_THROWS_WITH_AS(r.write(3, 0, 0), "tile (3, 0) is not in the mesh of 3 x 2 tiles",
                       std::invalid_argument);
  CHECK_THROWS_AS(r.write(spec::kCoordBits, tile_address(Region::counter, 0), 0),
                  std::invalid_argument);
  CHECK_THROWS_AS(r.write(0, tile_address(Region::neuron, 3), 1u << 15), std::invalid_argument);
  CHECK_THROWS_AS(r.read(0, tile_address(Region::axon, 128)), std::invalid_argument);
  CHECK_THROWS_AS(r.set_adapt_period(32), std::invalid_argument);
  spec::Build bad;
  bad.neurons = 100;
  CHECK_THROWS_WITH_AS(Reference{bad},
                       "build parameters: /Neurons: 100, but 4..2048, a power of two is allowed",
                       std::invalid_argument);
  CHECK(step(r, {spec::Fanout{.x = 3}.pack(), spec::Fanout{.axon = 128}.pack()}).empty());
  CHECK(r.bad_entries() == 2);
  CHECK(r.total(spec::Counter::packets) == 0);
}

TEST_CASE("reference: skipping what rests changes nothing") {
  for (const std::string_view name : {"tiny", "odd", "default"}) {
    const spec::Build build = named(name);
    for (std::uint32_t seed = 1; seed <= 6; ++seed) {
      CAPTURE(name);
      CAPTURE(seed);
      RandomNetwork network(build, seed);
      Reference r(build);
      for (const Word& word : network.words()) r.write(word.tile, word.address, word.data);
      Plain plain(build, network.words());
      const unsigned period = seed % 4;
      r.set_adapt_period(period);
      std::size_t spikes = 0;
      for (std::uint32_t t = 0; t < 60; ++t) {
        const Labels in = t % 20 < 10 ? network.spikes(network.below(12)) : Labels{};
        const Labels out = step(r, in);
        REQUIRE(out == plain.step(in, t % (1u << period) == 0));
        spikes += out.size();
      }
      CHECK(spikes > 0);
      for (std::uint32_t y = 0; y < build.mesh_h; ++y) {
        for (std::uint32_t x = 0; x < build.mesh_w; ++x) {
          const auto tile = static_cast<std::uint16_t>(spec::Tile{.x = x, .y = y}.pack());
          for (std::uint32_t i = 0; i < 4 * build.neurons; ++i) {
            const auto address = tile_address(Region::state, i);
            REQUIRE(r.read(tile, address) == plain.tile(tile).read(address));
          }
        }
      }
    }
  }
}
