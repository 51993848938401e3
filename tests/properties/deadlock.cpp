// SPDX-License-Identifier: Apache-2.0
// Mesh and host never wait for one another for ever: with buffers of one flit, rings of a few
// entries, traffic that crosses, and a host that is away, the chip answers, and goes on once there
// is room.
#include <doctest/doctest.h>

#include "properties/chosen_run.hpp"
#include "properties/stress_case.hpp"
#include "sim/device/model_device.hpp"
#include "sim/device/rtl_device.hpp"
#include "sim/lockstep/lockstep_device.hpp"
#include "spikemesh/build.hpp"

namespace spikemesh {
namespace {

/// The smallest buffers and rings there are, on a mesh that the seed chooses.
spec::Build tight_build(sim::Random& random) {
  constexpr std::array<std::array<std::uint32_t, 2>, 8> kMeshes{
      {{1, 1}, {2, 1}, {1, 3}, {2, 2}, {3, 2}, {4, 4}, {8, 1}, {5, 3}}};
  spec::Build build = load_build("odd");
  const auto& mesh = kMeshes[random.below(kMeshes.size())];
  build.mesh_w = mesh[0];
  build.mesh_h = mesh[1];
  build.neurons = 16;
  build.fanouts = 512;
  build.lanes = 1u << random.below(3);
  build.router_depth = build.core_depth = 1;
  build.link_latency = random.pick(std::vector<std::uint32_t>{1, 2, 3, 5, 8});
  build.router_latency = random.pick(std::vector<std::uint32_t>{1, 2, 8});
  build.tree_fan_in = random.pick(std::vector<std::uint32_t>{2, 3, 4, 16});
  build.tree_latency = random.pick(std::vector<std::uint32_t>{1, 4});
  build.ring_in = build.ring_out = 4;
  return build;
}

/// A case, and what to say when it fails.
StressCounts run_case(sim::Device& device, sim::Link link, const StressOptions& options,
                      std::uint64_t seed) {
  const std::string what = fmt::format("{}, traffic {}, over {}", to_json(device.build()),
                                       kTrafficNames[static_cast<unsigned>(options.traffic)],
                                       link == sim::Link::pins ? "pins" : "bytes");
  INFO(what);
  try {
    return StressCase(device, link, options, seed).run();
  } catch (const std::exception& error) {
    FAIL_CHECK(std::string(error.what()));
  }
  return {};
}

void say(const StressCounts& counts, std::uint64_t cases, std::uint64_t seed) {
  MESSAGE(cases << " cases, seed " << seed << ": " << counts.spikes << " spikes and "
                << counts.states << " state words equal; the chip stood still " << counts.stalls
                << " times (" << counts.both_full << " with both rings full), " << counts.running
                << " accesses answered RUNNING, " << counts.pauses << " pauses, " << counts.resets
                << " resets; " << counts.answers << " answers, each within "
                << counts.longest_answer << " cycles; " << counts.cycles << " cycles");
}

constexpr const char* kOnModel = "a mesh of one-flit buffers";
constexpr const char* kOnRtl = "RTL of one-flit buffers";

}  // namespace

TEST_CASE(
    "a mesh of one-flit buffers with a host that is away answers, goes on and loses nothing") {
  const std::uint64_t seed = seed_of_this_run();
  const std::uint64_t cases = from_environment("SPIKEMESH_CASES", 20);
  StressCounts all;
  for (std::uint64_t number = 0; number < cases; ++number) {
    if (!wanted(number)) continue;
    INFO(rerun("deadlock", kOnModel, seed, number));
    sim::Random random(seed + number);
    const sim::Link link = number % 8 == 7 ? sim::Link::pins : sim::Link::bytes;
    const auto device = sim::make_model_device(tight_build(random), link);
    all.add(
        run_case(*device, link,
                 {.traffic = static_cast<Traffic>(number % kTraffics), .reset = random.chance(50)},
                 random.seed()));
  }
  say(all, cases, seed);
  CHECK(all.spikes > 0);
  if (from_environment("SPIKEMESH_ONLY", cases) != cases) return;
  CHECK(all.both_full > 0);
  CHECK(all.running > 0);
  CHECK(all.pauses > 0);
  CHECK(all.resets > 0);
}

TEST_CASE("RTL of one-flit buffers does so in the cycles of the model") {
  const std::uint64_t seed = seed_of_this_run();
  constexpr std::array<const char*, 3> kBuilds{"odd", "cover6", "cover1"};
  const std::uint64_t cases = from_environment("SPIKEMESH_CASES", 6);
  StressCounts all;
  for (std::uint64_t number = 0; number < cases; ++number) {
    if (!wanted(number)) continue;
    const std::string again = rerun("deadlock", kOnRtl, seed, number);
    INFO(again);
    sim::Random random(seed + number);
    const spec::Build build = load_build(kBuilds[number % kBuilds.size()]);
    REQUIRE(build.router_depth == 1);
    REQUIRE(build.core_depth == 1);
    constexpr sim::Link link = sim::Link::bytes;
    sim::LockstepDevice device(sim::make_rtl_device(build, link),
                               sim::make_model_device(build, link),
                               {fmt::to_string(seed + number), again});
    all.add(run_case(device, link,
                     {.traffic = static_cast<Traffic>(number % kTraffics),
                      .steps = 4,
                      .longest_absence = 3'000,
                      .reset = random.chance(50)},
                     random.seed()));
    for (unsigned kind = 0; kind < kEventKinds; ++kind) {
      // Nothing learns here, and the link is the only master.
      if (kind == static_cast<unsigned>(EventKind::weight) ||
          kind == static_cast<unsigned>(EventKind::port) ||
          kind == static_cast<unsigned>(EventKind::irq))
        continue;
      CAPTURE(spec::kEvents[kind].name);
      CHECK(device.compared()[kind] > 0);
    }
  }
  say(all, cases, seed);
  CHECK(all.stalls > 0);
  CHECK(all.spikes > 0);
}

}  // namespace spikemesh
