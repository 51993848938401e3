// SPDX-License-Identifier: Apache-2.0
// Steps in which nothing happens: the model and the reference jump over them, and nobody can tell.
// A chip that somebody listens to does not jump, so it says what is right.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "model/reference/reference.hpp"
#include "sim/device/model_device.hpp"
#include "tests/unit/model/chip_bench.hpp"

using namespace spikemesh;
using namespace spikemesh::test;
using spec::Region;
using spec::Register;

namespace {

struct Random {
  explicit Random(std::uint32_t seed) : engine(seed) {}
  std::uint32_t operator()() { return static_cast<std::uint32_t>(engine()); }
  std::mt19937 engine;
};

/// What is sent to a chip, each frame in a cycle of its own.
class Script {
 public:
  explicit Script(std::uint64_t begin) : at_(begin) {}

  void wait(std::uint64_t cycles) { at_ += cycles; }
  void write(std::uint16_t tile, std::uint32_t address, const Words& words) {
    send(request(0x12, ++sequence_, tile, address, words));
  }
  void write(Register which, const Words& words) {
    write(kHostTile, static_cast<std::uint32_t>(which), words);
  }
  void write(Region region, std::uint32_t index, const Words& words) {
    write(0, spec::TileAddr{index, static_cast<std::uint32_t>(region)}.pack(), words);
  }
  void read(std::uint16_t tile, std::uint32_t address, unsigned words) {
    send(request(0x11, ++sequence_, tile, address, {}, static_cast<int>(words)));
  }
  void run_until(std::uint64_t step) {
    write(Register::run_until_lo,
          {static_cast<std::uint32_t>(step), static_cast<std::uint32_t>(step >> 32), 7});
  }
  std::uint64_t end() const { return at_; }

  /// All that comes back, with its cycles.
  std::vector<sim::TimedByte> play(sim::Device& device) const {
    for (const sim::TimedByte& byte : bytes_) device.offer(byte.cycle, byte.byte);
    while (device.cycle() < at_ && !device.idle()) device.advance(at_);
    return device.take_bytes();
  }

 private:
  void send(const Bytes& frame) {
    for (const std::uint8_t byte : slip(frame)) bytes_.push_back({at_, byte});
    at_ += 1000;  // more than frame and reply take
  }

  std::uint64_t at_;
  std::uint16_t sequence_ = 0;
  std::vector<sim::TimedByte> bytes_;
};

std::uint64_t wide(Random& random) { return std::uint64_t{random()} << 32 | random(); }

/// Neurons with adaptive thresholds that are frozen or decay; one whose current is always clipped.
void write_neurons(Script& script, const spec::Build& build, Random& random) {
  const std::uint32_t one = 1u << build.decay_bits;
  for (std::uint32_t j = 0; j < 3; ++j) {
    const std::uint32_t decay_adapt = random() % 3 == 0 ? one - 1 - random() % 200 : one;
    script.write(
        Region::neuron, 8 * j,
        {spec::Neuron0{(1 << 23) - 1, 0}.pack(), 0, 0, one / 2, one / 2, 0, decay_adapt, 0});
    if (random() % 2 != 0) script.write(Region::state, 4 * j + 2, {1 + random() % 4000, 0});
  }
  if (random() % 2 != 0) {
    script.write(Region::neuron, 8 * 3,
                 {spec::Neuron0{(1 << 23) - 1, 0}.pack(), 0, spec::Neuron2{(1 << 23) - 1}.pack(),
                  one, 0, 0, one, 0});
  }
  // Axon 1: a row into neurons 0 and 1, a few steps later.
  const auto synapse = [&](std::uint32_t target, std::uint32_t delay) {
    return spec::Synapse{.weight = 5, .delay = delay, .plastic = 0, .target = target}.pack();
  };
  script.write(Region::synapse, 0, {synapse(0, 1), synapse(1, build.delay_max)});
  script.write(Region::axon, 1,
               {spec::Axon{.first = 0, .groups = 1, .plastic = 0, .rule = 0}.pack()});
}

/// A few entries ahead of `step`, some of them late, all kinds.
void write_entries(Script& script, std::uint64_t step, std::uint64_t steps, Random& random) {
  const std::uint32_t count = random() % 5;
  std::vector<std::uint64_t> at(count);
  for (std::uint64_t& each : at) each = step - 2 + random() % steps;
  std::sort(at.begin(), at.end());
  Words words;
  for (const std::uint64_t each : at) {
    const spec::Entry entry{.payload = 1u + random() % 2, .reserved = 0, .kind = random() % 4};
    words.insert(words.end(), {static_cast<std::uint32_t>(each), entry.pack()});
  }
  if (count > 0) script.write(kHostTile, spec::kRingInBase, words);
  script.write(Register::ring_in_write, {count});
}

/// A run of some thousand steps, most of them of nothing, and questions at any time.
Script random_script(const spec::Build& build, std::uint32_t seed) {
  Random random(seed);
  Script script(3000);
  const std::uint32_t periods[]{0, 0, 1, 5, 7, 8, 9, 20, 45, 300, random() % 100};
  const std::uint64_t firsts[]{0, 0xffffffc0u, (std::uint64_t{1} << 40) - 100, wide(random) >> 1};
  const std::uint64_t first = firsts[random() % 4], steps = 1 + random() % 3000;
  const auto low = [](std::uint64_t value) { return static_cast<std::uint32_t>(value); };
  script.write(Register::image_tag, {7});
  script.write(Register::period, {periods[random() % std::size(periods)]});
  script.write(Register::adapt_period, {random() % 7});
  script.write(Register::step_lo, {low(first), low(first >> 32)});
  write_neurons(script, build, random);
  write_entries(script, first, steps, random);
  script.run_until(first + steps);
  for (unsigned ask = 0; ask < 6; ++ask) {
    script.wait(random() % 20'000);
    switch (random() % 4) {
      case 0:
        script.write(Register::pause, {1});
        break;
      case 1:
        script.write(Register::period, {periods[random() % std::size(periods)]});
        break;
      default:
        break;
    }
    script.read(kHostTile, static_cast<std::uint32_t>(Register::status), 15);
  }
  script.run_until(first + steps);
  script.wait(1'000'000);
  script.read(kHostTile, static_cast<std::uint32_t>(Register::status), 15);
  for (std::uint32_t y = 0; y < build.mesh_h; ++y) {
    for (std::uint32_t x = 0; x < build.mesh_w; ++x) {
      const auto tile = static_cast<std::uint16_t>(spec::Tile{.x = x, .y = y}.pack());
      script.read(tile, spec::TileAddr{0, static_cast<std::uint32_t>(Region::counter)}.pack(),
                  spec::kCounters);
      script.read(tile, spec::TileAddr{0, static_cast<std::uint32_t>(Region::state)}.pack(), 16);
    }
  }
  return script;
}

}  // namespace

TEST_CASE("a chip that jumps over steps answers the same in the same cycles as one that does not") {
  std::uint64_t answers = 0, phases = 0;
  for (const char* name : {"tiny", "odd"}) {
    for (std::uint32_t seed = 0; seed < 150; ++seed) {
      CAPTURE(name);
      CAPTURE(seed);
      const Script script = random_script(named_build(name), seed);
      const auto watched = sim::make_model_device(named_build(name), sim::Link::bytes);
      const auto alone = sim::make_model_device(named_build(name), sim::Link::bytes);
      Log log;
      watched->listen(&log);
      const auto wanted = script.play(*watched);
      CHECK(script.play(*alone) == wanted);
      CHECK(alone->cycle() == watched->cycle());
      answers += wanted.size();
      phases += log.of(EventKind::phase).size();
    }
  }
  CHECK(answers > 300 * 500);
  CHECK(phases > 300 * 500);
}

TEST_CASE("a million million steps of nothing take no time and are counted") {
  for (const std::uint32_t period : {0u, 3u, 1000u}) {
    CAPTURE(period);
    auto device = sim::make_model_device(named_build("tiny"), sim::Link::bytes);
    Bench bench(*device);
    REQUIRE(bench.set(Register::period, period) == spec::Status::ok);
    bench.run_until(1);  // its Update finds the core at rest
    device->advance(device->cycle() + 10'000);
    const std::uint64_t begin = device->cycle(), steps = 1'000'000'000'000;
    bench.run_until(1 + steps);
    while (!device->idle()) device->advance(~std::uint64_t{0});
    CHECK(bench.get(Register::step_hi) == (steps + 1) >> 32);
    CHECK(bench.get(Register::step_lo) == static_cast<std::uint32_t>(steps + 1));
    const std::uint64_t length = std::max(5u, period);
    CHECK(device->cycle() - begin >= (steps - 1) * length);
    CHECK(device->cycle() - begin < steps * length + 10'000);
    const std::uint64_t late = period == 3 ? steps - 1 : 0;
    CHECK(bench.get(Register::stretched) == static_cast<std::uint32_t>(late));
  }
}

namespace {

/// Frozen and decaying adaptive thresholds, a neuron that is clipped in each step, a row.
model::Reference resting_chip(std::uint32_t seed, Random& random) {
  const spec::Build build = named_build(seed % 2 == 0 ? "tiny" : "odd");
  const std::uint32_t one = 1u << build.decay_bits, high = (1u << 23) - 1;
  model::Reference chip(build);
  const auto write = [&](Region region, std::uint32_t index, const Words& words) {
    chip.write(0, spec::TileAddr{index, static_cast<std::uint32_t>(region)}.pack(), words);
  };
  for (std::uint32_t j = 0; j < 3; ++j) {
    write(Region::neuron, 8 * j,
          {high, 0, 0, one / 2, one / 2, 0, random() % 2 ? one : one - 40, 0});
    if (random() % 2 != 0) write(Region::state, 4 * j + 2, {random() % 4000});
  }
  if (random() % 2 != 0) write(Region::neuron, 8 * 3, {high, 0, high, one, 0, 0, one, 0});
  write(Region::synapse, 0,
        {spec::Synapse{.weight = 5, .delay = 1, .plastic = 0, .target = 0}.pack(),
         spec::Synapse{.weight = 5, .delay = build.delay_max, .plastic = 0, .target = 1}.pack()});
  write(Region::axon, 1, {spec::Axon{.first = 0, .groups = 1, .plastic = 0, .rule = 0}.pack()});
  chip.set_adapt_period(random() % 7);
  if (random() % 2 != 0) chip.set_step(wide(random) >> 1);
  return chip;
}

}  // namespace

TEST_CASE("a reference that jumps over steps ends as one that computes each") {
  std::uint64_t jumped = 0;
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    Random random(seed), same(seed);
    model::Reference jumps = resting_chip(seed, random), walks = resting_chip(seed, same);
    const std::uint64_t first = walks.step();
    for (unsigned part = 0; part < 4; ++part) {
      const std::uint64_t until = walks.step() + random() % 500;
      while (walks.step() < until) walks.step({});
      while (jumps.step() < until) {
        const std::uint64_t steps = jumps.rest(until);
        jumped += steps;
        if (steps == 0) jumps.step({});
      }
      REQUIRE(jumps.step() == until);
      const std::uint32_t payload =
          spec::Fanout{.axon = 1, .x = 0, .y = 0, .host = 0, .mode = 0}.pack();
      jumps.step({&payload, 1});
      walks.step({&payload, 1});
    }
    const std::uint32_t counters =
        spec::TileAddr{0, static_cast<std::uint32_t>(Region::counter)}.pack();
    for (std::uint32_t i = 0; i < spec::kCounters; ++i)
      CHECK(jumps.read(0, counters + i) == walks.read(0, counters + i));
    const std::uint32_t states =
        spec::TileAddr{0, static_cast<std::uint32_t>(Region::state)}.pack();
    for (std::uint32_t i = 0; i < 16; ++i)
      CHECK(jumps.read(0, states + i) == walks.read(0, states + i));
    CHECK(jumps.step() > first);
  }
  CHECK(jumped > 50'000);
}

TEST_CASE("a million million steps of a resting reference take no time") {
  model::Reference chip(named_build("default"));
  chip.step({});  // its Updates find every tile at rest
  CHECK(chip.rest(1'000'000'000'001) == 1'000'000'000'000);
  CHECK(chip.step() == 1'000'000'000'001);
  CHECK(chip.total(spec::Counter::updates) == 16);
}
