// SPDX-License-Identifier: Apache-2.0
// The activity of the model against its retire stream and its counters.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include "sim/activity/activity_recorder.hpp"
#include "sim/device/model_device.hpp"
#include "sim/run/session.hpp"
#include "sim/wire/device_transport.hpp"
#include "spikemesh/build_rules.hpp"
#include "spikemesh/chip_machine.hpp"
#include "tests/unit/model/random_image.hpp"

using namespace spikemesh;
using namespace spikemesh::model;
using sim::ActivityRecorder;
using sim::CoreQuantity;

namespace {

constexpr std::size_t kQuantities = sim::kCoreQuantities.size();
constexpr unsigned kLocalPort = static_cast<unsigned>(spec::Port::local);

std::int64_t cell(const sim::Activity& activity, std::size_t window, std::size_t tile,
                  CoreQuantity quantity) {
  return activity
      .cores[(window * activity.tiles() + tile) * kQuantities + static_cast<std::size_t>(quantity)];
}

std::int64_t total(const sim::Activity& activity, std::size_t tile, CoreQuantity quantity) {
  std::int64_t sum = 0;
  for (std::size_t w = 0; w < activity.windows.size(); ++w)
    sum += cell(activity, w, tile, quantity);
  return sum;
}

/// What the retire stream tells of each step.
class Counter final : public EventSink {
 public:
  struct Step {
    std::uint64_t begin = 0;
    std::map<std::pair<std::size_t, unsigned>, std::int64_t> links;
    std::map<std::size_t, std::int64_t> synapses, spikes;
    std::uint64_t to_host = 0;
  };

  explicit Counter(const spec::Build& build) : width_(build.mesh_w) {}

  void on(const Event& event) override {
    if (event.kind == EventKind::phase) {
      const auto phase = event.as<spec::PhaseEvent>();
      if (static_cast<spec::Phase>(phase.phase) == spec::Phase::step)
        steps.emplace_back().begin = event.cycle;
    }
    if (steps.empty()) return;
    if (event.tile == kHostTile) return on_host(event);
    Step& now = steps.back();
    const auto at = spec::Tile::unpack(event.tile);
    const std::size_t tile = at.y * width_ + at.x;
    if (event.kind == EventKind::acc) ++now.synapses[tile];
    if (event.kind == EventKind::fire)
      now.spikes[tile] += std::popcount(event.as<spec::FireEvent>().lanes);
    if (event.kind == EventKind::flit && is_spike(event)) ++now.links[{tile, event.unit}];
    if (event.kind == EventKind::flit && event.unit == kLocalPort && is_spike(event) &&
        Flit::of(event.as<spec::FlitEvent>()).host == 0)
      ++emitted[{static_cast<std::uint32_t>(tile), event.cycle}];
  }

  /// Most flits that the host tile's buffer held after one came, by step.
  std::vector<std::uint32_t> host_held() const {
    std::vector<std::uint32_t> most(steps.size());
    for (std::size_t i = 0; i < came_.size(); ++i) {
      const auto gone = std::upper_bound(left_.begin(), left_.end(), came_[i].cycle);
      const auto held =
          static_cast<std::uint32_t>(i + 1) - static_cast<std::uint32_t>(gone - left_.begin());
      most[came_[i].step] = std::max(most[came_[i].step], held);
    }
    return most;
  }

  std::vector<Step> steps;
  /// Spikes of cores for cores, by tile and cycle.
  std::map<std::pair<std::uint32_t, std::uint64_t>, int> emitted;

 private:
  static bool is_spike(const Event& event) {
    return Flit::of(event.as<spec::FlitEvent>()).flit_kind() == spec::FlitKind::spike;
  }
  void on_host(const Event& event) {
    if (event.kind == EventKind::ring_out) left_.push_back(event.cycle);
    if (event.kind != EventKind::flit || !is_spike(event)) return;
    came_.push_back({event.cycle, steps.size() - 1});
    ++steps.back().to_host;
  }

  std::uint32_t width_;
  struct Came {
    std::uint64_t cycle;
    std::size_t step;
  };
  std::vector<Came> came_;           ///< flits that entered the host tile
  std::vector<std::uint64_t> left_;  ///< cycles in which one went on to the spike-out ring
};

/// A model that is listened to and observed, and a machine on it.
struct Bench {
  explicit Bench(const spec::Build& build, bool listens, const sim::ActivityOptions& options = {})
      : counter(build),
        device(sim::make_model_device(build, sim::Link::bytes)),
        transport(
            new sim::DeviceTransport(*device, sim::Link::bytes, listens ? &counter : nullptr)),
        machine(Client(std::unique_ptr<Transport>(transport), client_options())),
        recorder(build, options) {}

  ClientOptions client_options() {
    ClientOptions options;
    options.seed = 5;
    options.now = [this] { return transport->now(); };
    options.write_at_once = [this](auto... words) { return device->write_words(words...); };
    options.read_at_once = [this](auto... words) { return device->read_words(words...); };
    return options;
  }
  sim::Activity run(const Image& image, const std::vector<InEntry>& entries, std::uint64_t steps) {
    machine.load(image);
    counter.steps.clear();
    before = machine.stats();
    REQUIRE(device->observe(&recorder));
    machine.run(entries, steps);
    device->observe(nullptr);
    counted = machine.stats() - before;
    return recorder.take();
  }

  Counter counter;
  std::unique_ptr<sim::Device> device;
  sim::DeviceTransport* transport;
  ChipMachine machine;
  ActivityRecorder recorder;
  MachineStats before, counted;
};

void check_counters(const sim::Activity& activity, const MachineStats& stats) {
  std::uint64_t packets = 0, latencies = 0;
  REQUIRE(stats.tiles.size() == activity.tiles());
  for (const MachineStats::Tile& each : stats.tiles) {
    const auto at = spec::Tile::unpack(each.tile);
    const std::size_t tile = at.y * activity.build.mesh_w + at.x;
    for (const auto& [quantity, counter] :
         {std::pair{CoreQuantity::updates, spec::Counter::updates},
          {CoreQuantity::spikes, spec::Counter::spikes},
          {CoreQuantity::packets, spec::Counter::packets},
          {CoreQuantity::synapse_events, spec::Counter::synapse_events},
          {CoreQuantity::emitted, spec::Counter::emitted},
          {CoreQuantity::emit_stalls, spec::Counter::emit_stalls},
          {CoreQuantity::weight_updates, spec::Counter::weight_updates}}) {
      CAPTURE(spec::to_string(counter));
      CHECK(total(activity, tile, quantity) == static_cast<std::int64_t>(each[counter]));
    }
    packets += each[spec::Counter::packets];
  }
  for (const auto& [cycles, count] : activity.latency) latencies += count;
  CHECK(packets > 0);
  CHECK(latencies == packets);
}

void check_cycles(const sim::Activity& activity) {
  for (std::size_t w = 0; w < activity.windows.size(); ++w)
    for (std::size_t tile = 0; tile < activity.tiles(); ++tile) {
      std::int64_t cycles = 0;
      for (std::size_t i = 0; i < sim::kCoreClasses; ++i) {
        const auto each = cell(activity, w, tile, static_cast<CoreQuantity>(i));
        REQUIRE(each >= 0);
        cycles += each;
      }
      REQUIRE(cycles == static_cast<std::int64_t>(activity.windows[w].cycles));
    }
}

/// The step controller finds the chip quiet D cycles after the last one in which something was
/// busy, or at the end of the shortest step. Returns how many steps a core's span ended.
std::uint64_t check_quiet(const sim::Activity& activity) {
  const std::uint64_t depth = spec::tree_depth(activity.build);
  std::uint64_t compared = 0;
  for (std::size_t i = 0; i < activity.spans.size();) {
    const auto& step = activity.spans[i];
    REQUIRE(step.kind == sim::SpanKind::step);
    std::uint64_t last = 0;
    for (++i; i < activity.spans.size() && activity.spans[i].kind != sim::SpanKind::step; ++i)
      last = std::max(last, activity.spans[i].span.to);
    const std::uint64_t shortest = step.span.from + 2 * depth + 3;
    REQUIRE(step.span.to == std::max(last + depth + 1, shortest));
    compared += last + depth + 1 > shortest;
  }
  return compared;
}

}  // namespace

TEST_CASE("the activity of each step is what its retire stream tells") {
  for (const std::size_t which : {std::size_t{0}, std::size_t{3}}) {
    CAPTURE(which);
    const spec::Build& build = spec::kBuilds[which].build;
    RandomNetwork network(build, 3);
    Bench bench(build, true);
    const auto entries = entries_of(network, 0, 30, 4);
    const sim::Activity activity = bench.run(image_of(build, network, true), entries, 30);
    const auto& steps = bench.counter.steps;
    const auto host_held = bench.counter.host_held();
    REQUIRE(activity.windows.size() == 30);
    REQUIRE(steps.size() == 30);
    std::int64_t links = 0, synapses = 0, to_host = 0;
    for (std::size_t w = 0; w < steps.size(); ++w) {
      CAPTURE(w);
      if (w > 0) CHECK(activity.windows[w - 1].cycles == steps[w].begin - steps[w - 1].begin);
      CHECK(activity.windows[w].to_host == steps[w].to_host);
      CHECK(activity.windows[w].host_held == host_held[w]);
      to_host += static_cast<std::int64_t>(steps[w].to_host);
      for (std::size_t tile = 0; tile < activity.tiles(); ++tile) {
        const auto of = [tile](const auto& counts) {
          const auto found = counts.find(tile);
          return found == counts.end() ? 0 : found->second;
        };
        CHECK(cell(activity, w, tile, CoreQuantity::synapse_events) == of(steps[w].synapses));
        CHECK(cell(activity, w, tile, CoreQuantity::spikes) == of(steps[w].spikes));
        synapses += of(steps[w].synapses);
        for (unsigned port = 0; port < spec::kPorts; ++port) {
          const auto found = steps[w].links.find({tile, port});
          const std::size_t at = (w * activity.tiles() + tile) * spec::kPorts + port;
          CHECK(activity.links[at] == (found == steps[w].links.end() ? 0 : found->second));
          links += activity.links[at];
          const std::uint32_t held =
              activity.held[(w * activity.tiles() + tile) * sim::Activity::kBuffers + port];
          CHECK(held <= build.router_depth);
          if (held == build.router_depth) CHECK((bench.device->filled_buffers() >> port & 1) == 1);
        }
      }
    }
    CHECK(links > 1000);
    CHECK(synapses > 1000);
    CHECK(to_host > 100);
    check_counters(activity, bench.counted);
    check_cycles(activity);
  }
}

TEST_CASE("a step ends when the last span of its cores has gone through the quiet tree") {
  for (const std::size_t which : {std::size_t{0}, std::size_t{3}}) {
    const spec::Build& build = spec::kBuilds[which].build;
    RandomNetwork network(build, 7);
    Bench bench(build, false);
    const auto entries = entries_of(network, 0, 40, 3);
    const sim::Activity activity = bench.run(image_of(build, network), entries, 40);
    CHECK(activity.spanned_steps == 40);
    CHECK(check_quiet(activity) > 20);
  }
}

TEST_CASE("messages are the packets of the run, each with its way") {
  const spec::Build& build = spec::kBuilds[0].build;
  std::vector<sim::Activity> activities;
  for (const std::size_t most : {std::size_t{100'000}, std::size_t{500}}) {
    RandomNetwork network(build, 3);
    Bench bench(build, true, {.most_messages = most});
    const auto entries = entries_of(network, 0, 30, 4);
    activities.push_back(bench.run(image_of(build, network, true), entries, 30));
    if (most == 500) break;
    const sim::Activity& activity = activities.back();
    std::map<std::uint32_t, std::uint64_t> latency;
    std::map<std::pair<std::uint32_t, std::uint64_t>, int> entered;
    for (const auto& message : activity.messages) {
      CHECK(message.offered <= message.entered);
      CHECK(message.entered < message.taken);
      ++latency[static_cast<std::uint32_t>(message.taken - message.offered)];
      if (message.source != sim::Activity::kNoTile) ++entered[{message.source, message.entered}];
    }
    CHECK(activity.messages.size() > 1000);
    CHECK(latency == activity.latency);
    CHECK(activity.messaged_steps == 30);
    CHECK(entered == bench.counter.emitted);
  }
  const sim::Activity &all = activities[0], &some = activities[1];
  REQUIRE(some.messaged_steps > 0);
  REQUIRE(some.messages.size() < 500);
  for (std::size_t i = 0; i < some.messages.size(); ++i)
    CHECK(some.messages[i].taken == all.messages[i].taken);
  CHECK(some.messages.back().step < some.messaged_steps);
  CHECK(all.messages[some.messages.size()].step == some.messaged_steps);
}

TEST_CASE("windows that are merged hold the same sums, and spans that do not fit are told") {
  const spec::Build& build = spec::kBuilds[3].build;
  std::vector<sim::Activity> activities;
  for (const std::size_t most : {std::size_t{1024}, std::size_t{4}}) {
    RandomNetwork network(build, 7);
    Bench bench(build, false, {.most_windows = most, .most_spans = most});
    const auto entries = entries_of(network, 0, 37, 3);
    activities.push_back(bench.run(image_of(build, network), entries, 37));
    check_cycles(activities.back());
    check_counters(activities.back(), bench.counted);
  }
  const sim::Activity &fine = activities[0], &coarse = activities[1];
  CHECK(fine.windows.size() == 37);
  CHECK(coarse.window_steps == 16);
  REQUIRE(coarse.windows.size() == 3);
  CHECK(coarse.windows[2].first_step == 32);
  CHECK(coarse.windows[2].steps == 5);
  CHECK(coarse.step_cycles == fine.step_cycles);
  CHECK(coarse.latency == fine.latency);
  CHECK(coarse.spanned_steps < 4);
  CHECK(coarse.spans.size() == 4);
  for (std::size_t i = 0; i < coarse.held.size(); ++i) {
    const std::size_t row = fine.tiles() * sim::Activity::kBuffers;
    std::uint32_t most = 0;
    for (std::size_t w = i / row * 16; w < std::min<std::size_t>(37, i / row * 16 + 16); ++w)
      most = std::max(most, fine.held[w * row + i % row]);
    CHECK(coarse.held[i] == most);
  }
}

TEST_CASE("steps that are jumped over count as those that are simulated") {
  const spec::Build& build = spec::kBuilds[3].build;
  std::vector<sim::Activity> activities;
  for (const bool listens : {true, false}) {
    RandomNetwork network(build, 7, 0);
    Bench bench(build, listens);
    Image image = image_of(build, network);
    std::erase_if(image.blocks, [](const auto& block) {  // no neuron: nothing changes by itself
      const auto at = spec::TileAddr::unpack(block.address);
      return at.region == static_cast<std::uint32_t>(spec::Region::neuron) ||
             at.region == static_cast<std::uint32_t>(spec::Region::state);
    });
    auto entries = entries_of(network, 0, 2, 3);
    entries.push_back({3000, network.spikes(1).front()});
    activities.push_back(bench.run(image, entries, 5000));
    CHECK((bench.device->rested() > 0) == !listens);
  }
  const sim::Activity &simulated = activities[0], &jumped = activities[1];
  CHECK(jumped.windows.size() == 625);
  CHECK(jumped.step_cycles == simulated.step_cycles);
  CHECK(jumped.cores == simulated.cores);
  CHECK(jumped.links == simulated.links);
  for (std::size_t w = 0; w < jumped.windows.size(); ++w) {
    CHECK(jumped.windows[w].steps == simulated.windows[w].steps);
    CHECK(jumped.windows[w].cycles == simulated.windows[w].cycles);
    CHECK(jumped.windows[w].first_step == simulated.windows[w].first_step);
  }
}

TEST_CASE("a run of a network that learns counts what its cores learned") {
  sim::SessionOptions options;
  options.executor = sim::Executor::model;
  options.activity = true;
  sim::Session session(options);
  Network network(1.0);
  const auto rule = network.add(LearningRule{.name = "stdp",
                                             .tau_pre_ms = 20,
                                             .tau_post_ms = 20,
                                             .a_plus = 0.4,
                                             .a_minus = -0.3,
                                             .w_min = 0,
                                             .w_max = 60});
  const auto in = network.add_input("in", 40);
  const auto out =
      network.add_neurons("out", 300, RawNeurons{.theta = 100, .decay_i = 2000, .decay_v = 3900});
  network.set_rule(network.connect_fixed_probability(in, out, 0.3, 20, 1), rule);
  network.min_tiles = 4;
  session.load(network, MapOptions{});
  Source source;
  source.population = "in";
  source.rate_hz = 120;
  sim::RunRequest request;
  request.steps = 60;
  request.sources = {source};
  const sim::RunResult result = session.run(session.plan(request), true);
  REQUIRE(result.activity);
  const sim::Activity& activity = *result.activity;
  check_counters(activity, *result.stats);
  check_cycles(activity);
  CHECK(check_quiet(activity) > 30);
  std::int64_t learned = 0;
  for (std::size_t tile = 0; tile < activity.tiles(); ++tile)
    learned += total(activity, tile, CoreQuantity::learn);
  CHECK(learned > 0);
  CHECK(result.stats->total(spec::Counter::weight_updates) > 1000);
}

TEST_CASE("who cannot record the activity says so, and who can") {
  sim::SessionOptions options;
  options.activity = true;
  CHECK_THROWS_WITH_AS(sim::Session{options},
                       "activity: only the model records it; use executor model or lockstep, "
                       "without a port and without RTL tiles",
                       InputError);
}
