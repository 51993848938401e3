// SPDX-License-Identifier: Apache-2.0
// Spikes, states and what is learned are a network's own: no mesh, placement, buffer, latency, lane
// count, host timing or executor changes one.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "properties/chosen_run.hpp"
#include "properties/covering.hpp"
#include "sim/device/model_device.hpp"
#include "sim/device/rtl_device.hpp"
#include "sim/run/reference_machine.hpp"
#include "sim/stimulus/random.hpp"
#include "sim/wire/device_transport.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/chip_machine.hpp"
#include "spikemesh/learned.hpp"
#include "spikemesh/mapper.hpp"
#include "spikemesh/network.hpp"

namespace spikemesh {
namespace {

constexpr std::uint64_t kSteps = 60;

using Spike = std::tuple<std::uint64_t, std::string, std::uint32_t>;  // step, population, neuron

/// What a network is like; small enough for every build, or for the smallest.
struct NetworkKind {
  const char* name;
  std::uint32_t inputs, first, second;  ///< sizes of the populations
  std::uint32_t synapses;               ///< of each projection, about
  std::int64_t delay_min, delay_max;
  std::int64_t weight_min, weight_max;
  std::int64_t bias_max;
  bool learns = false;
};
constexpr std::array<NetworkKind, 6> kNetworks{
    {{"recurrent", 12, 24, 20, 95, 1, 7, -60, 90, 30},
     {"long delays", 12, 24, 20, 95, 5, 7, -60, 110, 30},
     {"congested", 12, 30, 30, 170, 1, 2, -50, 60, 120},  // most fire, and each to every tile
     {"plastic", 12, 24, 20, 95, 1, 7, -60, 90, 30, true},
     {"small", 6, 8, 7, 30, 1, 7, -60, 110, 40},
     {"small plastic", 6, 8, 7, 20, 1, 7, -60, 110, 40, true}}};
constexpr unsigned kSmall = 4;  // from here on: for every build

/// Two recurrent populations with all neuron features, and an input population. Another number of
/// fraction bits makes another notation of the same network.
Network random_network(const NetworkKind& kind, std::uint64_t seed, std::uint32_t decay_bits = 12) {
  sim::Random random(seed);
  Network network;
  const auto values = [&](std::uint32_t size, std::int64_t first, std::int64_t last,
                          std::int64_t times = 1) {
    std::vector<std::int64_t> each(size);
    for (auto& value : each) value = times * random.between(first, last);
    return Values<std::int64_t>(std::move(each));
  };
  const std::int64_t times = std::int64_t{1} << (decay_bits - 12);
  const auto neurons = [&](std::uint32_t size) {
    RawNeurons raw;
    raw.theta = values(size, 100, 400);
    raw.v_reset = values(size, -50, 50);
    raw.subtract = values(size, 0, 1);
    raw.bias = values(size, -5, kind.bias_max);
    raw.decay_i = values(size, 0, 4096, times);
    raw.decay_v = values(size, 2048, 4096, times);
    raw.gain = values(size, 0, 2);
    raw.refractory = values(size, 0, 3);
    raw.adapt_step = values(size, 0, 1 << 22);
    raw.decay_adapt = values(size, 3000, 4096, times);
    return raw;
  };
  const auto input = network.add_input("input", kind.inputs, InputNeurons{std::int64_t{2}});
  const auto first = network.add_neurons("first", kind.first, neurons(kind.first));
  const auto second = network.add_neurons("second", kind.second, neurons(kind.second));
  network.adapt_period = 2;
  network.decay_bits = decay_bits;
  std::optional<std::uint32_t> textbook, soft;
  if (kind.learns) {
    textbook = network.add(LearningRule{.name = "textbook",
                                        .tau_pre_ms = 12,
                                        .tau_post_ms = 20,
                                        .a_plus = 9,
                                        .a_minus = -7,
                                        .w_min = -80,
                                        .w_max = 120});
    soft = network.add(LearningRule{.name = "soft",
                                    .tau_pre_ms = 6,
                                    .tau_post_ms = 9,
                                    .a_plus = -0.2,
                                    .a_minus = 0.2,
                                    .x_target = 0.4,
                                    .w_min = -70,
                                    .w_max = 100,
                                    .soft = true,
                                    .pre_max = 1});
  }
  const auto join = [&](Network::Id from, std::uint32_t from_size, Network::Id to,
                        std::uint32_t to_size, std::optional<std::uint32_t> rule) {
    Projection projection{.from = from, .to = to, .rule = rule};
    std::vector<double> weights;
    std::vector<std::uint32_t> delays;
    for (std::size_t i = 0; i < kind.synapses; ++i) {
      projection.pre.push_back(std::uint32_t(random.below(from_size)));
      projection.post.push_back(std::uint32_t(random.below(to_size)));
      weights.push_back(double(random.between(kind.weight_min, kind.weight_max)));
      delays.push_back(std::uint32_t(random.between(kind.delay_min, kind.delay_max)));
    }
    projection.weight = std::move(weights);
    projection.delay = std::move(delays);
    network.add(std::move(projection));
  };
  join(input, kind.inputs, first, kind.first, textbook);
  join(first, kind.first, second, kind.second, soft);
  join(second, kind.second, first, kind.first, std::nullopt);
  join(first, kind.first, first, kind.first, textbook);
  network.record(first);
  network.record(second);
  return network;
}

/// At most 4 spikes a step: with an entry for each of 15 tiles, what a ring of 64 holds.
std::vector<std::pair<std::uint64_t, std::uint32_t>> random_input(const NetworkKind& kind,
                                                                  std::uint64_t seed) {
  sim::Random random(seed + 1);
  std::vector<std::pair<std::uint64_t, std::uint32_t>> spikes;
  for (std::uint64_t step = 0; step < kSteps; ++step) {
    for (std::uint64_t left = random.below(5); left > 0; --left)
      spikes.emplace_back(step, random.below(kind.inputs));
  }
  std::sort(spikes.begin(), spikes.end());
  // No neuron more often in a step than the network says.
  for (std::size_t i = 2; i < spikes.size();) {
    const bool third = spikes[i] == spikes[i - 1] && spikes[i] == spikes[i - 2];
    third ? void(spikes.erase(spikes.begin() + static_cast<std::ptrdiff_t>(i))) : void(++i);
  }
  return spikes;
}

using Input = std::vector<std::pair<std::uint64_t, std::uint32_t>>;  // step, neuron

/// What a run came to: spikes, weights that were learned, and V, I, refractory count and adaptive
/// threshold of every neuron.
struct Result {
  std::vector<Spike> spikes;
  std::vector<std::vector<double>> weights;  ///< of each plastic projection
  std::map<std::pair<std::string, std::uint32_t>, std::vector<std::uint32_t>> states;
  bool operator==(const Result&) const = default;
};

std::vector<InEntry> entries_of(const Image& image, const Input& input) {
  std::vector<InEntry> entries;
  for (const auto& [step, on] : std::initializer_list<std::pair<std::uint64_t, bool>>{
           {0, true}, {kSteps / 2, false}, {kSteps / 2 + 5, true}})
    entries.push_back({step, on, spec::EntryKind::learning});
  for (const auto& [step, neuron] : input) {
    const auto source =
        std::find_if(image.inputs.begin(), image.inputs.end(),
                     [neuron = neuron](const auto& one) { return one.neuron == neuron; });
    if (source == image.inputs.end()) continue;
    for (const std::uint32_t payload : source->payloads) entries.push_back({step, payload});
  }
  in_order(entries);
  return entries;
}

/// Runs in the pieces that `stops` end, the last of which is kSteps.
Result run(Machine& machine, const Network& network, const Mapped& mapped, const Input& input,
           const std::vector<std::uint64_t>& stops = {kSteps}) {
  const Image& image = mapped.image;
  const std::vector<InEntry> entries = entries_of(image, input);
  Result result;
  std::size_t next = 0;
  for (const std::uint64_t stop : stops) {
    const std::size_t first = next;
    while (next < entries.size() && entries[next].step < stop) ++next;
    for (const OutSpike& out : machine.run(std::span(entries).subspan(first, next - first), stop)) {
      const Image::Label& label = image.labels.at(out.label);
      result.spikes.emplace_back(out.step, label.population, label.neuron);
    }
  }
  std::sort(result.spikes.begin(), result.spikes.end());
  for (const Image::Location& at : image.locations) {
    const spec::TileAddr address{.index = 4 * at.index,
                                 .region = static_cast<std::uint32_t>(spec::Region::state)};
    result.states[{at.population, at.neuron}] = machine.read(at.tile, address.pack(), 4);
  }
  const Network learned = read_learned(network, mapped, machine);
  for (const Projection& projection : learned.projections())
    if (projection.rule) result.weights.push_back(projection.weight.all());
  return result;
}

Result reference(const Network& network, const spec::Build& build, const Input& input,
                 const MapOptions& options = {}) {
  sim::ReferenceMachine machine(build);
  const Mapped mapped = map_network(network, build, options);
  machine.load(mapped.image);
  return run(machine, network, mapped, input);
}

/// A host that is busy with other things now and then: the chip continues meanwhile.
class SlowHost : public Transport {
 public:
  SlowHost(sim::Device& device, std::unique_ptr<Transport> below, std::uint64_t seed)
      : device_(device), below_(std::move(below)), random_(seed) {}
  void write(std::span<const std::uint8_t> bytes) override {
    if (random_.chance(20)) device_.advance(device_.cycle() + random_.below(20'000));
    below_->write(bytes);
  }
  std::size_t read(std::span<std::uint8_t> bytes, std::chrono::microseconds timeout) override {
    return below_->read(bytes, timeout);
  }

 private:
  sim::Device& device_;
  std::unique_ptr<Transport> below_;
  sim::Random random_;
};

/// What a host may do that must not matter.
enum class HostTiming : unsigned { at_once, in_pieces, slow, over_pins, fixed_period };
constexpr unsigned kHostTimings = 5;
constexpr std::array<const char*, kHostTimings> kHostTimingNames{"at once", "in pieces", "slow",
                                                                 "over pins", "fixed period"};

/// A network, a chip, how the one is put on the other, and how the host treats it.
struct Combination {
  unsigned network = 0;  ///< of kNetworks
  spec::Build build;
  MapOptions map;
  HostTiming timing = HostTiming::at_once;
  std::uint64_t seed = 0;  ///< of the timing
};

std::string describe(const Combination& one) {
  return fmt::format("network {}, {}, placement seed {}, min_tiles {}, host {}",
                     kNetworks[one.network].name, to_json(one.build), one.map.seed,
                     one.map.min_tiles, kHostTimingNames[static_cast<unsigned>(one.timing)]);
}

using MakeDevice = std::function<std::unique_ptr<sim::Device>(const spec::Build&, sim::Link)>;

Result run_on(const MakeDevice& make, const Network& network, const Combination& one,
              const Input& input) {
  const sim::Link link = one.timing == HostTiming::over_pins ? sim::Link::pins : sim::Link::bytes;
  const auto device = make(one.build, link);
  auto below = std::make_unique<sim::DeviceTransport>(*device, link);
  ClientOptions options;
  options.seed = one.seed;
  options.now = [clock = below.get()] { return clock->now(); };
  std::unique_ptr<Transport> transport = std::move(below);
  if (one.timing == HostTiming::slow)
    transport = std::make_unique<SlowHost>(*device, std::move(transport), one.seed);
  ChipMachine machine(Client(std::move(transport), options));
  const Mapped mapped = map_network(network, one.build, one.map);
  machine.load(mapped.image);
  if (one.timing == HostTiming::fixed_period)
    machine.client().write_register(spec::Register::period, 400 + one.seed % 400);
  std::vector<std::uint64_t> stops{kSteps};
  if (one.timing == HostTiming::in_pieces)
    for (sim::Random random(one.seed); stops.size() < 7;) stops.push_back(1 + random.below(kSteps));
  std::sort(stops.begin(), stops.end());
  stops.erase(std::unique(stops.begin(), stops.end()), stops.end());
  return run(machine, network, mapped, input, stops);
}

// Levels of the factors of a combination
constexpr std::array<std::array<std::uint32_t, 2>, 8> kMeshes{
    {{1, 1}, {2, 1}, {1, 3}, {2, 2}, {3, 2}, {4, 4}, {8, 1}, {5, 3}}};
constexpr std::array<std::uint32_t, 4> kSpread{1, 2, 5, 15};  ///< min_tiles, at most the mesh
constexpr std::array<std::uint32_t, 4> kRouterDepths{1, 2, 4, 8};
constexpr std::array<std::uint32_t, 3> kCoreDepths{1, 2, 4};
constexpr std::array<std::uint32_t, 4> kLatencies{1, 2, 3, 5};
constexpr std::array<std::uint32_t, 3> kLanes{1, 2, 4};
constexpr std::array<std::uint32_t, 3> kRouterLatencies{1, 2, 4};
constexpr std::array<std::array<std::uint32_t, 2>, 3> kTrees{{{4, 1}, {2, 3}, {3, 2}}};
constexpr std::array<std::uint32_t, 3> kRingsIn{64, 128, 512};
constexpr std::array<std::uint32_t, 3> kRingsOut{4, 32, 256};

Combination combination(const std::vector<unsigned>& row, std::uint64_t seed) {
  Combination one;
  one.build = load_build("odd");
  one.build.weight_bits = 16;
  one.build.decay_bits = 12;
  one.build.neurons = 64;
  one.build.synapses = 2048;
  one.build.axons = 128;
  one.build.fanouts = 512;
  one.build.plastics = 1024;
  one.build.mesh_w = kMeshes[row[0]][0];
  one.build.mesh_h = kMeshes[row[0]][1];
  one.map = {.seed = seed,
             .min_tiles = std::min(kSpread[row[1]], one.build.mesh_w * one.build.mesh_h)};
  one.build.router_depth = kRouterDepths[row[2]];
  one.build.core_depth = kCoreDepths[row[3]];
  one.build.link_latency = kLatencies[row[4]];
  one.build.lanes = kLanes[row[5]];
  one.build.ring_in = kRingsIn[row[6]];
  one.build.ring_out = kRingsOut[row[7]];
  one.timing = static_cast<HostTiming>(row[8]);
  one.network = row[9];
  one.build.router_latency = kRouterLatencies[row[10]];
  one.build.tree_fan_in = kTrees[row[11]][0];
  one.build.tree_latency = kTrees[row[11]][1];
  one.seed = seed;
  return one;
}

/// The covering set of a seed: every pair of levels at least twice, 100 combinations at least.
std::vector<Combination> combinations(std::uint64_t seed) {
  const std::vector<unsigned> levels{
      kMeshes.size(),    kSpread.size(),   kRouterDepths.size(),    kCoreDepths.size(),
      kLatencies.size(), kLanes.size(),    kRingsIn.size(),         kRingsOut.size(),
      kHostTimings,      kNetworks.size(), kRouterLatencies.size(), kTrees.size()};
  const CoveringSet set(levels, 2, 100, seed);
  REQUIRE(set.rows().size() >= 100);
  // Counted again from the rows alone.
  for (unsigned a = 0; a < levels.size(); ++a) {
    for (unsigned b = 0; b < a; ++b) {
      std::map<std::pair<unsigned, unsigned>, unsigned> pairs;
      for (const auto& row : set.rows()) ++pairs[{row[a], row[b]}];
      REQUIRE(pairs.size() == levels[a] * levels[b]);
      for (const auto& [pair, times] : pairs) REQUIRE(times >= 2);
    }
  }
  std::vector<Combination> all;
  for (const auto& row : set.rows()) all.push_back(combination(row, seed + all.size()));
  return all;
}

/// The networks of a seed, their inputs, and what the reference makes of them.
struct Expected {
  Network network;
  Input input;
  Result result;
};
Expected expected_of(const NetworkKind& kind, std::uint64_t seed) {
  Expected expected{random_network(kind, seed), random_input(kind, seed), {}};
  expected.result = reference(expected.network, load_build("default"), expected.input);
  INFO(kind.name);
  REQUIRE(expected.result.spikes.size() > 50);
  REQUIRE(expected.result.weights.size() == (kind.learns ? 3 : 0));
  std::size_t before = 0;
  for (const Projection& projection : expected.network.projections()) {
    if (!projection.rule) continue;
    REQUIRE(expected.result.weights.at(before) != projection.weight.all());
    ++before;
  }
  return expected;
}

// Patterns of the cases' names; a comma would begin another one.
constexpr const char* kOnModel = "*on every mesh";
constexpr const char* kOnRtl = "*in RTL";

}  // namespace

TEST_CASE(
    "a network gives the same spikes, states and weights on every mesh, placement, buffer depth, "
    "latency, lane count and with every timing of the host") {
  const std::uint64_t seed = seed_of_this_run();
  const auto all = combinations(seed);
  std::vector<Expected> expected;
  for (const NetworkKind& kind : kNetworks) expected.push_back(expected_of(kind, seed));
  std::size_t compared = 0, spikes = 0, states = 0, weights = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!wanted(i)) continue;
    INFO(rerun("same_spikes", kOnModel, seed, i));
    INFO(describe(all[i]));
    const auto& [network, input, result] = expected[all[i].network];
    CHECK(reference(network, all[i].build, input, all[i].map) == result);
    const auto model = [](const spec::Build& build, sim::Link link) {
      return sim::make_model_device(build, link);
    };
    CHECK(run_on(model, network, all[i], input) == result);
    ++compared, spikes += result.spikes.size(), states += result.states.size();
    for (const auto& learned : result.weights) weights += learned.size();
  }
  MESSAGE(compared << " combinations, seed " << seed << ": " << spikes << " spikes, the states of "
                   << states << " neurons and " << weights << " plastic synapses equal");
  CHECK(compared > 0);
}

TEST_CASE(
    "a network gives the same spikes, states and weights in RTL, with every timing of the host") {
  const std::uint64_t seed = seed_of_this_run();
  const MakeDevice make = [](const spec::Build& build, sim::Link link) {
    return sim::make_rtl_device(build, link);
  };
  std::size_t number = 0, compared = 0;
  for (const char* name : {"tiny", "odd", "ecp5", "default"}) {
    const spec::Build build = load_build(name);
    const std::uint32_t tiles = build.mesh_w * build.mesh_h;
    for (unsigned timing = 0; timing < kHostTimings; ++timing, ++number) {
      if (!wanted(number)) continue;
      const unsigned kind = build.neurons < 256 ? kSmall + timing % 2 : timing % kNetworks.size();
      const Combination one{kind,
                            build,
                            {.seed = seed + timing, .min_tiles = std::min(1 + timing, tiles)},
                            static_cast<HostTiming>(timing),
                            seed + timing};
      const auto [network, input, result] = expected_of(kNetworks[kind], seed);
      INFO(rerun("same_spikes", kOnRtl, seed, number));
      INFO(describe(one));
      CHECK(run_on(make, random_network(kNetworks[kind], seed, build.decay_bits), one, input) ==
            result);
      ++compared;
    }
  }
  MESSAGE(compared << " combinations, seed " << seed);
  CHECK(compared > 0);
}

}  // namespace spikemesh
