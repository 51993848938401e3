// SPDX-License-Identifier: Apache-2.0
// The program early-exit of the management core and its host, on the Verilated chip, the model and
// the reference, against the rule of docs/firmware.md computed here from the spikes of the
// reference.
#include "spikemesh/link/early_exit.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "model/reference/reference.hpp"
#include "sim/device/executor.hpp"
#include "sim/lockstep/lockstep_device.hpp"
#include "sim/wire/device_transport.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/chip_machine.hpp"
#include "spikemesh/mapper.hpp"

namespace {

using namespace spikemesh;

constexpr const char* kShare = SPIKEMESH_SHARE;
constexpr std::uint32_t kSteps = 18;

bool core_is_missing() {
  if (std::filesystem::exists(std::string(kShare) + "/ibex/fetched")) return false;
  MESSAGE("SKIPPED: the processor of the management core was not fetched (rtl/mgmt/ibex.py)");
  return true;
}

/// What the error says that `action` throws; empty if it throws none.
template <typename Error>
std::string error_of(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::vector<std::uint8_t> image_of(const std::string& name) {
  std::ifstream file(SPIKEMESH_FIRMWARE "/" + name + ".bin", std::ios::binary);
  REQUIRE(file.good());
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Three classes that inhibit one another, and neurons that are recorded and do not count.
Network classes() {
  Network network(1.0);
  network.add_input("in", 6);
  network.add_neurons("other", 4, RawNeurons{.theta = 90, .subtract = 1, .decay_v = 3900});
  network.add_neurons("out", 3, RawNeurons{.theta = 100, .subtract = 1, .decay_v = 4000});
  network.record(1);
  network.record(2);
  for (std::uint32_t i = 0; i < 6; ++i) {
    network.connect(0, 1, {{i, i % 4, 60, 1 + i % 2}});
    network.connect(0, 2, {{i, i / 2, 55, 1 + i % 3}});
  }
  network.connect_all_to_all(2, 2, -15, 1, false);
  return network;
}

/// Spikes of the inputs of one class more often than of the others; some steps have none.
std::vector<InEntry> sample_of(const Image& image, std::mt19937_64& random) {
  const std::uint64_t favoured = random() % 3, strength = 1 + random() % 6;
  std::vector<InEntry> entries{{0, kClearEverything, spec::EntryKind::clear}};
  for (std::uint64_t step = 0; step < kSteps; ++step) {
    for (const Image::Input& input : image.inputs) {
      const std::uint64_t chance = input.neuron / 2 == favoured ? 1 + strength : 2;
      if (random() % 8 >= chance || step % 7 == 6) continue;
      for (const std::uint32_t payload : input.payloads) entries.push_back({step, payload});
    }
  }
  return entries;
}

/// What the reference gives for all steps of a sample.
std::vector<OutSpike> spikes_of(const Image& image, const std::vector<InEntry>& entries) {
  model::Reference chip(image.build);
  for (const Block& block : image.blocks) chip.write(block.tile, block.address, block.words);
  std::vector<OutSpike> spikes;
  for (std::uint64_t step = 0; step < kSteps; ++step) {
    std::vector<std::uint32_t> payloads;
    for (const InEntry& entry : entries)
      if (entry.step == step && entry.kind == spec::EntryKind::spike)
        payloads.push_back(entry.payload);
    for (const std::uint32_t label : chip.step(payloads)) spikes.push_back({step, label});
  }
  std::sort(spikes.begin(), spikes.end());
  return spikes;
}

/// The rule, from all spikes of a sample.
EarlyAnswer rule(const Image& image, const std::vector<OutSpike>& spikes,
                 const std::vector<ExitMargin>& margins) {
  EarlyAnswer answer;
  for (std::uint32_t steps = 1; steps <= kSteps; ++steps) {
    std::vector<std::uint32_t> counts(3);
    for (const OutSpike& spike : spikes)
      if (spike.step < steps && image.labels[spike.label].population == "out")
        ++counts[image.labels[spike.label].neuron];
    const auto best = std::max_element(counts.begin(), counts.end());
    std::vector<std::uint32_t> sorted = counts;
    std::sort(sorted.rbegin(), sorted.rend());
    answer.neuron.reset();
    if (*best > 0) answer.neuron = static_cast<std::uint32_t>(best - counts.begin());
    answer.steps = steps;
    answer.margin = sorted[0] - sorted[1];
    std::uint32_t wanted = ~0u;
    for (const ExitMargin& each : margins)
      if (each.steps <= steps) wanted = each.margin;
    if (answer.margin >= wanted) break;
  }
  for (const OutSpike& spike : spikes)
    if (spike.step < answer.steps) answer.spikes.push_back(spike);
  return answer;
}

std::unique_ptr<sim::Device> make_chip(sim::Executor executor, const spec::Build& build) {
  sim::DeviceOptions options;
  options.management_core = std::string(kShare) + "/rtl/mgmt.f";
  return sim::make_device(executor, build, sim::Link::bytes, options);
}

/// A chip with a core and the network on it.
struct Board {
  explicit Board(sim::Executor executor = sim::Executor::rtl, const std::string& name = "tiny")
      : build(load_build(name)),
        image(map_network(classes(), build, {}).image),
        device(make_chip(executor, build)),
        chip(Client(std::make_unique<sim::DeviceTransport>(*device, sim::Link::bytes),
                    {.seed = 1})) {
    chip.load(image);
  }
  EarlyExit start(const EarlyExitSettings& settings) {
    return EarlyExit(chip.client(), image, settings, image_of("early-exit"), "early-exit.bin");
  }

  spec::Build build;
  Image image;
  std::unique_ptr<sim::Device> device;
  ChipMachine chip;
};

/// What the answers of some samples were, so that a test knows that it tested something.
struct Seen {
  std::uint32_t samples = 0, saved = 0, whole = 0, silent = 0;
};

/// Eight samples of each of three rules.
void run_samples(Board& board, std::mt19937_64& random, Seen& seen) {
  for (const std::vector<ExitMargin>& margins :
       {std::vector<ExitMargin>{{5, 4}, {9, 2}, {14, 1}}, std::vector<ExitMargin>{{1, 3}},
        std::vector<ExitMargin>{}}) {
    EarlyExit program = board.start({"out", margins});
    for (unsigned i = 0; i < 8; ++i, ++seen.samples) {
      std::vector<InEntry> entries = sample_of(board.image, random);
      if (i == 5) entries.resize(1);  // a clear, and no spike
      const EarlyAnswer wanted = rule(board.image, spikes_of(board.image, entries), margins);
      const EarlyAnswer answer = program.run(entries, kSteps, kSteps + 2);
      CAPTURE(margins.size());
      CAPTURE(i);
      CHECK(answer.neuron == wanted.neuron);
      CHECK(answer.steps == wanted.steps);
      CHECK(answer.margin == wanted.margin);
      CHECK(answer.spikes == wanted.spikes);
      seen.saved += kSteps - answer.steps;
      seen.whole += answer.steps == kSteps;
      seen.silent += !answer.neuron;
    }
  }
}

void check(Board& board, const Seen& seen) {
  CHECK(seen.saved > 40);
  CHECK(seen.whole > 8);
  CHECK(seen.silent >= 3);
  const MachineStats stats = board.chip.stats();
  CHECK(stats.late_entries > 0);  // of steps that were not run
  CHECK(stats.bad_entries == 0);
  CHECK(stats.steps == seen.samples * (kSteps + 2));
}

/// Model and RTL, compared in every cycle.
void compare(const std::string& build) {
  if (core_is_missing()) return;
  constexpr std::uint64_t kCycles = 10'000'000;
  Board board(sim::Executor::lockstep, build);
  std::mt19937_64 random(2);
  Seen seen;
  while (board.device->cycle() < kCycles) run_samples(board, random, seen);
  check(board, seen);
  const auto& counts = dynamic_cast<sim::LockstepDevice&>(*board.device).compared();
  MESSAGE(board.device->cycle() << " cycles, " << seen.samples
                                << " samples: " << sim::counts_line(counts));
  for (const EventKind kind : {EventKind::bus, EventKind::fire, EventKind::ring_out})
    CHECK(counts[static_cast<std::size_t>(kind)] > 0);
}

}  // namespace

TEST_CASE("early-exit ends each sample at the step of its rule, with the spikes of the reference") {
  if (core_is_missing()) return;
  for (const sim::Executor executor :
       {sim::Executor::lockstep, sim::Executor::rtl, sim::Executor::reference}) {
    CAPTURE(static_cast<int>(executor));
    Board board(executor);
    std::mt19937_64 random(1);
    Seen seen;
    run_samples(board, random, seen);
    check(board, seen);
  }
}

TEST_CASE("model and RTL are equal for ten million cycles of early-exit on tiny" *
          doctest::skip()) {
  compare("tiny");
}
TEST_CASE("model and RTL are equal for ten million cycles of early-exit on ecp5" *
          doctest::skip()) {
  compare("ecp5");
}

TEST_CASE("early-exit settings and samples that cannot be are refused, with their place") {
  if (core_is_missing()) return;
  Board board;
  const auto refused = [&](const EarlyExitSettings& settings) {
    return error_of<InputError>([&] { check_early_exit(settings, board.image, "/settings"); });
  };
  CHECK(refused({"aut", {}}).find("/settings/population: \"aut\"") == 0);
  CHECK(refused({"in", {}}).find("/settings/population: \"in\" is no population") == 0);
  CHECK(refused({"out", {{3, 1}, {3, 2}}}).find("/settings/margins/1: from 3 steps") == 0);
  CHECK(refused({"out", {{0, 1}}}).find("/settings/margins/0: from 0 steps") == 0);
  CHECK(refused({"out", {{1, 0}}}).find("/settings/margins/0: a margin of 0") == 0);
  Network partly = classes();
  partly.record(2, {0, 2});
  const Image part = map_network(partly, board.build, {}).image;
  CHECK(error_of<InputError>([&] {
          check_early_exit({"out", {}}, part, "/settings");
        }).find("1 of its 3 neurons are not recorded") != std::string::npos);

  EarlyExit program = board.start({"out", {{1, 3}}});
  std::vector<InEntry> many(board.build.ring_in / 2 + 1, {4, board.image.inputs[0].payloads[0]});
  CHECK(error_of<InputError>([&] {
          program.run(many, 18, 18);
        }).find("step 4 of a sample has 33") == 0);
  CHECK_FALSE(error_of<InputError>([&] { program.run({}, 0, 18); }).empty());
  CHECK_FALSE(error_of<InputError>([&] { program.run({}, 18, 17); }).empty());
  CHECK(program.run({}, 18, 18).steps == 18);  // none of this did any harm
  program.stop();
  const std::string stopped = error_of<RunError>([&] { program.run({}, 18, 18); });
  CHECK(stopped.find("the host stopped the core") != std::string::npos);
}
