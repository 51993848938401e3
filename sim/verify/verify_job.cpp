// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/verify_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "sim/device/executor.hpp"
#include "sim/lockstep/lockstep_device.hpp"
#include "sim/verify/case/verify_case.hpp"
#include "sim/waves/save_file.hpp"
#include "sim/waves/waves.hpp"
#include "spikemesh/build.hpp"

namespace spikemesh::sim {
namespace {

constexpr std::uint64_t kWavesBefore = 200, kWavesAfter = 100;  ///< cycles around a difference
constexpr unsigned kPinPercent = 20;                            ///< of the cases, over pins

Link link_of(std::uint64_t seed) {
  return Random(seed ^ 0x71e5).chance(kPinPercent) ? Link::pins : Link::bytes;
}

DeviceOptions device_options(const Job& job, const VerifyOptions& options) {
  DeviceOptions device{options.waves, {std::to_string(job.seed), job.rerun}, options.rtl_tiles};
  device.power_on = job.seed;
  device.rtl_sources = options.rtl_sources;
  return device;
}

void expect_whole(const Job& job, const VerifyOptions& options) {
  for (const std::string& file : wave_files(options.executor, device_options(job, options)))
    expect_whole_waves(file);
}

Outcome run_device(const Job& job, const VerifyOptions& options) {
  const Link link = link_of(job.seed);
  const auto device =
      make_device(options.executor, load_build(job.config), link, device_options(job, options));
  VerifyCase one(*device, link, job.seed, options.features);
  Outcome outcome{.result = one.run(), .pin_cases = link == Link::pins ? 1u : 0u};
  for (const Bin bin :
       {Bin::depressed, Bin::depressed_upwards, Bin::potentiated, Bin::potentiated_downwards})
    if (outcome.result.bins[static_cast<std::size_t>(bin)] != 0) outcome.learning_cases = 1;
  if (const auto* lockstep = dynamic_cast<const LockstepDevice*>(device.get())) {
    outcome.compared = lockstep->compared();
    outcome.pin_changes = lockstep->compared_pin_changes();
    outcome.bytes = lockstep->compared_bytes();
  }
  for (std::size_t i = 0; i < options.rtl_tiles.places.size(); ++i)
    outcome.tile_flits[i] = (*options.rtl_tiles.flits)[i].all();
  return outcome;
}

bool fails(const Job& job, const VerifyOptions& options) {
  try {
    run_device(job, options);
    return false;
  } catch (const Mismatch&) {
    return true;
  }
}

/// How to open the waves; those inside an RTL tile beside those of the chip, over one axis of time.
std::string look_at(const Waves& waves, const RtlTiles& tiles, std::uint64_t cycle) {
  std::string out;
  for (const RtlTile& tile : tiles.places) {
    const std::string inside = tile_waves(waves.path, tile.x, tile.y);
    write_tile_save_file(inside, cycle);
    out += fmt::format("look: twinwave {} {} + {} {}\n", inside, save_file_path(inside), waves.path,
                       save_file_path(waves.path));
  }
  return out.empty() ? fmt::format("look: gtkwave {}\n", save_file_path(waves.path)) : out;
}

}  // namespace

Outcome run_job(const Job& job, const VerifyOptions& options) {
  const Outcome outcome = run_device(job, options);
  expect_whole(job, options);
  return outcome;
}

void write_waves(const Job& job, const VerifyOptions& options, const Mismatch::Place& place) {
  VerifyOptions again = options;
  const Waves waves{.path = fmt::format("verify-{}-{}.fst", job.config, job.seed),
                    .first = place.cycle - std::min(place.cycle, kWavesBefore),
                    .last = place.cycle + kWavesAfter};
  again.waves = waves;
  try {
    if (!fails(job, again)) {
      fmt::print("no waves: the case did not fail again; it depends on more than its seed\n");
      return;
    }
    expect_whole(job, again);
    const WaveMark mark{place.cycle, place.tile};
    write_save_file(waves, load_build(job.config), mark);
    std::string files = waves.path;
    if (options.rtl_tiles.empty() && options.executor == Executor::lockstep) {
      write_save_file(model_waves(waves), load_build(job.config), mark);
      files += ", " + model_waves(waves).path;
    }
    fmt::print("waves of cycles {} to {}: {}\n{}", waves.first, waves.last, files,
               look_at(waves, options.rtl_tiles, place.cycle));
  } catch (const std::exception& error) {
    fmt::print("no waves: {}\n", error.what());
  }
}

}  // namespace spikemesh::sim
