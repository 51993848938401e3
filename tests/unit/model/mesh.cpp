// SPDX-License-Identifier: Apache-2.0
#include "model/noc/mesh.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "mesh_driver.hpp"
#include "model/reference/reference.hpp"
#include "random_network.hpp"

using namespace spikemesh;
using namespace spikemesh::model;
using spec::Region;

namespace {

constexpr spec::Build kSmall{.mesh_w = 3,
                             .mesh_h = 2,
                             .neurons = 16,
                             .synapses = 64,
                             .axons = 16,
                             .fanouts = 32,
                             .router_depth = 2,
                             .core_depth = 2};

std::uint16_t name(std::uint32_t x, std::uint32_t y) {
  return static_cast<std::uint16_t>(spec::Tile{.x = x, .y = y}.pack());
}

spec::Build with(spec::Build build, std::uint32_t spec::Build::*member, std::uint32_t value) {
  build.*member = value;
  return build;
}

spec::Build latencies(const spec::Build& build, std::uint32_t link, std::uint32_t router) {
  return with(with(build, &spec::Build::link_latency, link), &spec::Build::router_latency, router);
}

/// Neuron `j` of tile (x, y) fires in every step, with `count` fan-out entries from `first` on.
void firing_neuron(MeshDriver& d, std::uint32_t x, std::uint32_t y, std::uint32_t j,
                   std::uint32_t first, std::uint32_t count) {
  d.load(x, y, Region::neuron, 8 * j + 2, spec::Neuron2{.bias = 1}.pack());
  d.load(x, y, Region::neuron, 8 * j + 7, spec::Neuron7{.first = first, .count = count}.pack());
}

/// Row of `groups` words from 0 on for axon 0 of tile (x, y), none of them empty.
void row(MeshDriver& d, std::uint32_t x, std::uint32_t y, std::uint32_t groups) {
  for (std::uint32_t i = 0; i < groups * d.build.lanes; ++i) {
    d.load(x, y, Region::synapse, i, spec::Synapse{.weight = 1, .delay = 1, .target = i}.pack());
  }
  d.load(x, y, Region::axon, 0, spec::Axon{.first = 0, .groups = groups}.pack());
}

std::vector<std::uint32_t> labels(const std::vector<Flit>& flits) {
  std::vector<std::uint32_t> out;
  for (const Flit& f : flits) out.push_back(f.addr | f.x << 12 | f.y << 18);
  std::ranges::sort(out);
  return out;
}

std::uint32_t counter(const MeshDriver& d, std::uint32_t x, std::uint32_t y, spec::Counter which) {
  return d.mesh.read(x, y, tile_address(Region::counter, static_cast<std::uint32_t>(which)));
}

}  // namespace

TEST_CASE("mesh: a hop takes the cycles of a link and of a router") {
  for (const auto& [link, router] :
       {std::pair{1u, 1u}, {2u, 1u}, {3u, 1u}, {8u, 1u}, {1u, 2u}, {1u, 8u}, {3u, 2u}, {8u, 8u}}) {
    CAPTURE(link);
    CAPTURE(router);
    EventLog log;
    MeshDriver d(latencies(kSmall, link, router), &log);
    d.now = 5;
    d.to_push.push_back(spike_flit(2, 1, 3));
    d.settle();
    const std::uint16_t path[] = {name(0, 0), name(1, 0), name(2, 0), name(2, 1)};
    const spec::Port ports[] = {spec::Port::west, spec::Port::west, spec::Port::west,
                                spec::Port::north};
    const std::uint64_t latency = link + router - 1;
    REQUIRE(log.events.size() == 4);
    for (unsigned hop = 0; hop < 4; ++hop) {
      const Event& e = log.events[hop];
      CHECK(e.cycle == 5 + latency - 1 + hop * latency);
      CHECK(e.tile == path[hop]);
      CHECK(e.unit == static_cast<unsigned>(ports[hop]));
      CHECK(Flit::of(e.as<spec::FlitEvent>()) == spike_flit(2, 1, 3));
    }
    // to the core one cycle after the last arrival, accepted in the next, busy in the one after
    CHECK(d.mesh.last_busy() == 5 + latency - 1 + 3 * latency + 3);
  }
}

TEST_CASE("mesh: a flit enters its own router after the router's stages, the host after the link") {
  for (const auto& [link, router] : {std::pair{1u, 1u}, {4u, 1u}, {1u, 4u}, {2u, 8u}, {8u, 3u}}) {
    CAPTURE(link);
    CAPTURE(router);
    EventLog log;
    MeshDriver d(latencies(kSmall, link, router), &log);
    d.load(1, 0, Region::fanout, 0, spec::Fanout{.axon = 3, .host = 1}.pack());
    firing_neuron(d, 1, 0, 9, 0, 1);
    log.events.clear();
    const std::uint64_t fetch = d.step(0) + kSmall.neurons + 8;

    const auto local = log.of(EventKind::flit, name(1, 0));
    REQUIRE(local.size() == 1);
    CHECK(local[0].unit == static_cast<unsigned>(spec::Port::local));
    CHECK(local[0].cycle == fetch + 5 + router - 1);  // without stages: fetch + 5
    const auto corner = log.of(EventKind::flit, name(0, 0));
    REQUIRE(corner.size() == 1);
    CHECK(corner[0].unit == static_cast<unsigned>(spec::Port::east));
    CHECK(corner[0].cycle == local[0].cycle + link + router - 1);
    const auto host = log.of(EventKind::flit, kHostTile);
    REQUIRE(host.size() == 1);
    CHECK(host[0].cycle == corner[0].cycle + link);
  }
}

TEST_CASE("mesh: Update, Emit and Integrate keep to the cycles of the page") {
  for (const std::uint32_t lanes : {1u, 2u, 4u}) {
    CAPTURE(lanes);
    const spec::Build build = with(kSmall, &spec::Build::lanes, lanes);
    const std::uint64_t groups = build.neurons / lanes;
    EventLog log;
    MeshDriver d(build, &log);
    d.load(1, 0, Region::fanout, 5, spec::Fanout{.axon = 0, .x = 1, .y = 0}.pack());
    d.load(1, 0, Region::fanout, 6, spec::Fanout{.axon = 1, .x = 1, .y = 0}.pack());
    row(d, 1, 0, 3);
    firing_neuron(d, 1, 0, 9, 5, 2);
    firing_neuron(d, 1, 0, 14, 6, 1);
    log.events.clear();
    const std::uint64_t u = d.step(0);

    const auto fires = log.of(EventKind::fire, name(1, 0));
    REQUIRE(fires.size() == 2);
    CHECK(fires[0].cycle == u + 8 + 9 / lanes);
    CHECK(fires[0].as<spec::FireEvent>() ==
          spec::FireEvent{.lanes = 1u << 9 % lanes, .group = 9 / lanes});
    CHECK(fires[1].cycle == u + 8 + 14 / lanes);

    const auto flits = log.of(EventKind::flit, name(1, 0));
    REQUIRE(flits.size() == 3);
    const std::uint64_t fetch = u + groups + 8;
    CHECK(flits[0].cycle == fetch + 5);  // FETCH, PICK, POINT, LOAD, SEND, offered
    CHECK(flits[1].cycle == fetch + 6);
    CHECK(flits[2].cycle == fetch + 9);  // FETCH again in fetch + 4, beside SEND
    CHECK(flits[0].unit == static_cast<unsigned>(spec::Port::local));

    const auto accs = log.of(EventKind::acc, name(1, 0));
    REQUIRE(accs.size() == 3 * lanes);
    const std::uint64_t accepted = fetch + 7;
    for (std::uint32_t i = 0; i < 3 * lanes; ++i) {
      CHECK(accs[i].cycle == accepted + 6 + i / lanes);
      CHECK(accs[i].unit == i % lanes);
      CHECK(accs[i].as<spec::AccEvent>() ==
            spec::AccEvent{.value = 1, .group = i / lanes, .slot = 1});
    }
    CHECK(counter(d, 1, 0, spec::Counter::packets) == 3);
    CHECK(counter(d, 1, 0, spec::Counter::emit_stalls) == 0);
  }
}

TEST_CASE("mesh: lanes of one group are emitted one after the other") {
  EventLog log;
  MeshDriver d(with(kSmall, &spec::Build::lanes, 4), &log);
  for (std::uint32_t k = 0; k < 3; ++k) d.load(0, 0, Region::fanout, k, 1u << 24);
  firing_neuron(d, 0, 0, 4, 0, 1);
  firing_neuron(d, 0, 0, 5, 0, 0);
  firing_neuron(d, 0, 0, 7, 1, 1);
  log.events.clear();
  const std::uint64_t u = d.step(0);
  const auto flits = log.of(EventKind::flit, name(0, 0));
  REQUIRE(flits.size() == 2);
  const std::uint64_t fetch = u + 4 + 8;
  CHECK(flits[0].cycle == fetch + 5);
  // beside SEND in fetch + 4: POINT, LOAD without entries, POINT, LOAD; SEND
  CHECK(flits[1].cycle == fetch + 4 + 4 + 1);
}

TEST_CASE("mesh: a core that fires nowhere is busy until its last LOAD") {
  MeshDriver d(kSmall);
  firing_neuron(d, 2, 1, 0, 0, 0);
  firing_neuron(d, 2, 1, 8, 0, 0);
  const std::uint64_t u = d.step(0);
  CHECK(d.mesh.last_busy() == u + 16 + 8 + 7);  // FETCH, PICK, POINT, LOAD twice
  CHECK(d.popped.empty());
}

TEST_CASE("mesh: neurons with four entries or more are sent without a gap") {
  EventLog log;
  MeshDriver d(kSmall, &log);
  for (std::uint32_t k = 0; k < 4; ++k) d.load(0, 0, Region::fanout, k, 1u << 24);
  for (std::uint32_t j = 0; j < 5; ++j) firing_neuron(d, 0, 0, 3 * j, 0, 4);
  log.events.clear();
  const std::uint64_t u = d.step(0);
  const auto flits = log.of(EventKind::flit, name(0, 0));
  REQUIRE(flits.size() == 20);
  for (std::uint32_t k = 0; k < 20; ++k) CHECK(flits[k].cycle == u + 16 + 8 + 5 + k);
}

TEST_CASE("mesh: a row of n groups takes max(1, n) cycles and is busy until its last write") {
  for (const std::uint32_t n : {0u, 1u, 7u}) {
    CAPTURE(n);
    EventLog log;
    MeshDriver d(kSmall, &log);
    row(d, 0, 0, n);
    d.load(0, 0, Region::synapse, 20, spec::Synapse{.weight = 2, .delay = 1, .target = 3}.pack());
    d.load(0, 0, Region::axon, 1, spec::Axon{.first = 20, .groups = 1}.pack());
    log.events.clear();
    const std::uint64_t pushed = d.now;
    d.to_push = {spike_flit(0, 0, 0), spike_flit(0, 0, 1)};
    d.settle();
    const std::uint64_t accepted = pushed + 2;
    const auto accs = log.of(EventKind::acc, name(0, 0));
    REQUIRE(accs.size() == n + 1);
    for (std::uint32_t i = 0; i < n; ++i) CHECK(accs[i].cycle == accepted + 6 + i);
    CHECK(accs[n].cycle == accepted + std::max(n, 1u) + 6);
    CHECK(d.mesh.last_busy() == accepted + std::max(n, 1u) + 6);
  }
}

TEST_CASE("mesh: an output takes turns among the ports that ask, north first after reset") {
  EventLog log;
  MeshDriver d(kSmall, &log);
  for (std::uint32_t k = 0; k < 8; ++k) {
    d.load(0, 0, Region::fanout, k, spec::Fanout{.axon = k, .x = 2, .y = 0}.pack());
  }
  firing_neuron(d, 0, 0, 0, 0, 8);
  log.events.clear();
  const std::uint64_t u = ++d.now;
  d.mesh.start({}, u);
  const std::uint64_t first_offer = u + 16 + 8 + 5;  // enters the local buffer in this cycle
  for (d.now = u; d.now < first_offer;) d.cycle();
  for (std::uint32_t k = 8; k < 16; ++k) d.to_push.push_back(spike_flit(2, 0, k));
  d.settle();
  std::vector<unsigned> from_core;
  for (const Event& e : log.of(EventKind::flit, name(1, 0))) {
    from_core.push_back((e.as<spec::FlitEvent>().addr & 15) < 8);
  }
  REQUIRE(from_core.size() == 16);
  CHECK(from_core[0] == 0);
  for (unsigned k = 1; k < 14; ++k) CHECK(from_core[k] != from_core[k - 1]);
  CHECK(counter(d, 0, 0, spec::Counter::emitted) == 8);
  CHECK(counter(d, 0, 0, spec::Counter::emit_stalls) > 0);
}

TEST_CASE("mesh: a reply is offered four cycles after its read was accepted") {
  EventLog log;
  MeshDriver d(kSmall, &log);
  d.load(1, 1, Region::state, 5, 0xabcdef);
  log.events.clear();
  const std::uint64_t pushed = d.now;
  const auto address = tile_address(Region::state, 5);
  d.to_push = {read_flit(1, 1, address), read_flit(1, 1, address)};
  d.settle();
  const std::uint64_t accepted = pushed + 2 + 2;  // two hops, into the core, taken
  const auto flits = log.of(EventKind::flit, name(1, 1));
  REQUIRE(flits.size() == 4);
  CHECK(flits[2].cycle == accepted + 4);
  CHECK(flits[3].cycle ==
        accepted + 4 + 5);  // the second is accepted one cycle after the reply left
  REQUIRE(d.popped.size() == 2);
  CHECK(d.popped[0] == Flit{.data = 0xabcdef,
                            .addr = address,
                            .x = 1,
                            .y = 1,
                            .host = 1,
                            .kind = static_cast<std::uint8_t>(spec::FlitKind::reply)});
  CHECK(d.popped_at[0] == accepted + 4 + 4);  // west, north, host, its head shows
}

TEST_CASE("mesh: a write lands one cycle after it was accepted, one a cycle") {
  EventLog log;
  MeshDriver d(kSmall, &log);
  for (std::uint32_t k = 0; k < 5; ++k) d.to_push.push_back(write_flit({0, k, 100 + k}));
  d.settle();
  const auto writes = log.of(EventKind::write, name(0, 0));
  REQUIRE(writes.size() == 5);
  for (std::uint32_t k = 0; k < 5; ++k) {
    CHECK(writes[k].cycle == 3 + k);
    CHECK(writes[k].as<spec::WriteEvent>() == spec::WriteEvent{.data = 100 + k, .addr = k});
  }
  CHECK(d.mesh.last_busy() == 7);
}

TEST_CASE("mesh: a sweep takes as long as the largest memory that it zeros") {
  MeshDriver d(kSmall);  // 64 synapses, 16 slots of 16 neurons
  d.load(2, 0, Region::synapse, 1, 5);
  d.load(2, 0, Region::state, 1, 5);
  d.load(2, 0, Region::state, 2, 5);
  std::uint64_t u = d.sweep(1u << 1);
  CHECK(d.mesh.last_busy() == u + 16);  // 16 post traces
  u = d.sweep(1u << 2);
  CHECK(d.mesh.last_busy() == u + 16);
  CHECK(d.mesh.read(2, 0, tile_address(Region::state, 1)) == 5);
  CHECK(d.mesh.read(2, 0, tile_address(Region::state, 2)) == 0);
  u = d.sweep(1u << 0);
  CHECK(d.mesh.last_busy() == u + 256);
  CHECK(d.mesh.read(2, 0, tile_address(Region::state, 1)) == 0);
  CHECK(d.mesh.read(2, 0, tile_address(Region::synapse, 1)) == 5);
  d.sweep(1u << 7);
  CHECK(d.mesh.read(2, 0, tile_address(Region::synapse, 1)) == 0);
}

TEST_CASE("mesh: a step of a mesh at rest calls no cycle but its own") {
  MeshDriver d(with(with(spec::Build{}, &spec::Build::mesh_w, 64), &spec::Build::mesh_h, 64));
  d.step(0);
  d.step(1);
  const std::uint64_t before = d.cycles_called;
  for (std::uint64_t t = 2; t < 1002; ++t) d.step(t);
  CHECK(d.cycles_called == before + 1000);
  CHECK(counter(d, 63, 63, spec::Counter::updates) == 1);
}

TEST_CASE("mesh: a full spike-out side stalls the senders and loses nothing") {
  for (const auto& [link, router] : {std::pair{1u, 1u}, {3u, 1u}, {1u, 3u}, {3u, 2u}}) {
    MeshDriver d(latencies(kSmall, link, router));
    for (std::uint32_t x = 0; x < 3; ++x) {
      for (std::uint32_t k = 0; k < 32; ++k) {
        d.load(x, 1, Region::fanout, k, spec::Fanout{.axon = k, .x = x, .host = 1}.pack());
      }
      firing_neuron(d, x, 1, 3, 0, 32);
    }
    d.may_pop = [&] { return d.now % 7 == 0; };
    d.step(0);
    CHECK(d.popped.size() == 96);
    std::vector<std::uint32_t> expected;
    for (std::uint32_t k = 0; k < 96; ++k) expected.push_back(k % 32 | k / 32 << 12);
    CHECK(labels(d.popped) == expected);
    CHECK(counter(d, 2, 1, spec::Counter::emitted) == 32);
    CHECK(counter(d, 2, 1, spec::Counter::emit_stalls) > 32);
  }
}

TEST_CASE("mesh: a reset forgets what is under way") {
  MeshDriver d(kSmall);
  d.load(1, 0, Region::fanout, 0, spec::Fanout{.axon = 3, .host = 1}.pack());
  firing_neuron(d, 1, 0, 3, 0, 1);
  d.to_push = {spike_flit(2, 1, 0), spike_flit(2, 1, 1)};
  d.mesh.start({}, d.now + 3);
  for (int k = 0; k < 12; ++k) d.cycle();
  d.mesh.reset(d.now);
  ++d.now;
  CHECK(d.mesh.next_wake() == kNever);
  CHECK(d.mesh.link_ready());
  CHECK_FALSE(d.mesh.host_valid());
  CHECK(counter(d, 1, 0, spec::Counter::updates) == 0);
  d.sweep(1u << 7);
  d.step(0);
  CHECK(d.popped.empty());
  CHECK(counter(d, 1, 0, spec::Counter::updates) == 1);
}

namespace {

/// Runs a random network on a mesh and on the reference; every step must give the same spikes, the
/// end the same memories and counters. Returns the spikes that the host saw.
std::size_t compare(const spec::Build& build, std::uint32_t seed, MeshDriver& d) {
  RandomNetwork network(build, seed);
  Reference r(build);
  for (const Word& word : network.words()) r.write(word.tile, word.address, word.data);
  const unsigned period = seed % 3;
  r.set_adapt_period(period);
  d.load(network.words());
  std::size_t spikes = 0;
  for (std::uint64_t t = 0; t < 40; ++t) {
    const auto in = network.spikes(t % 16 < 8 ? network.below(20) : 0);
    const auto expected = r.step(in);
    d.popped.clear();
    d.step(t, in, (t & ((1u << period) - 1)) == 0);
    REQUIRE(labels(d.popped) == std::vector(expected.begin(), expected.end()));
    spikes += expected.size();
  }
  for (std::uint32_t y = 0; y < build.mesh_h; ++y) {
    for (std::uint32_t x = 0; x < build.mesh_w; ++x) {
      const auto same = [&](Region region, std::uint32_t index) {
        const auto address = tile_address(region, index);
        return d.mesh.read(x, y, address) == r.read(name(x, y), address);
      };
      for (std::uint32_t i = 0; i < 4 * build.neurons; ++i) REQUIRE(same(Region::state, i));
      for (std::uint32_t i = 0; i < (build.delay_max + 1) * build.neurons; ++i) {
        REQUIRE(same(Region::accumulator, i));
      }
      for (std::uint32_t i = 0; i < spec::kCounters; ++i) {
        if (!spec::counts_timing(static_cast<spec::Counter>(i))) REQUIRE(same(Region::counter, i));
      }
    }
  }
  return spikes;
}

}  // namespace

TEST_CASE("mesh: it computes what the reference computes") {
  for (const auto& known : spec::kBuilds) {
    for (std::uint32_t seed = 1; seed <= 3; ++seed) {
      CAPTURE(known.name);
      CAPTURE(seed);
      MeshDriver d(known.build);
      CHECK(compare(known.build, seed, d) > 0);
    }
  }
}

TEST_CASE("mesh: neither stalls nor depths nor latencies change what is computed") {
  for (std::uint32_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    spec::Build build = kSmall;
    std::mt19937 rng(seed);
    build.router_depth = 1 + static_cast<std::uint32_t>(rng() % 4);
    build.core_depth = 1 + static_cast<std::uint32_t>(rng() % 4);
    build.link_latency = 1 + static_cast<std::uint32_t>(rng() % 4);
    build.router_latency = 1 + static_cast<std::uint32_t>(rng() % 4);
    build.lanes = 1u << rng() % 3;
    EventLog log;
    MeshDriver d(build, seed % 2 == 0 ? &log : nullptr);
    const auto often = static_cast<std::uint32_t>(2 + rng() % 6);
    d.may_pop = [&rng, often] { return rng() % often == 0; };
    d.may_push = [&rng, often] { return rng() % often == 0; };
    CHECK(compare(build, seed, d) > 0);
  }
}

TEST_CASE("mesh: in one cycle a tile retires each kind and unit at most once") {
  EventLog log;
  const spec::Build build = with(kSmall, &spec::Build::lanes, 2);
  MeshDriver d(build, &log);
  CHECK(compare(build, 5, d) > 0);
  std::ranges::sort(log.events);
  CHECK(log.events.size() > 1000);
  const auto same = [](const Event& a, const Event& b) {
    return a.cycle == b.cycle && a.tile == b.tile && a.kind == b.kind && a.unit == b.unit;
  };
  CHECK(std::ranges::adjacent_find(log.events, same) == log.events.end());
}
