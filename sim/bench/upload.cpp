// SPDX-License-Identifier: Apache-2.0
// Uploads over the UART pins at 3 Mbaud: how much of the wire they use, clean and with faults.
#include "sim/bench/upload.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <random>

#include "sim/device/model_device.hpp"
#include "sim/wire/link_trial.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/chip_machine.hpp"

namespace spikemesh::bench {
namespace {

using sim::Fault;
using sim::LinkTrial;

constexpr std::uint32_t kDivisor = 33;  // 3.03 Mbaud at 100 MHz
constexpr std::uint32_t kWords = 1600;  // of each of 16 tiles: 102,400 bytes
constexpr double kByteSeconds = 10 * kDivisor * 1e-9 * LinkTrial::kCycle;

Image random_image(const spec::Build& build) {
  std::mt19937_64 random(1);
  Image image;
  image.build = build;
  for (std::uint32_t tile = 0; tile < 16; ++tile) {
    Block block{static_cast<std::uint16_t>(spec::Tile{.x = tile % 4, .y = tile / 4}.pack()), 0, {}};
    for (std::uint32_t i = 0; i < kWords; ++i) {
      block.words.push_back(static_cast<std::uint32_t>(random()) & 0x07ffffffu);
    }
    image.blocks.push_back(std::move(block));
  }
  return image;
}

double seconds(sim::WireTime time) { return static_cast<double>(time) * 1e-9; }

/// Shares of what the wire carries in the simulated time: `sender`: image bytes until the last
/// write was answered; `verified`: until load() returns, with its reset, its read-back and its tag.
void upload(benchmark::State& state, Fault fault, double rate) {
  spec::Build build = load_build("default");
  build.uart_divisor = kDivisor;
  const Image image = random_image(build);
  const double bytes = 4.0 * 16 * kWords;
  for (auto _ : state) {
    LinkTrial trial([&] { return sim::make_model_device(build, sim::Link::pins); }, 1);
    sim::WireFaults faults;
    faults[fault] = rate;
    trial.set_faults(faults, faults);
    Client client(trial.plug_in(), trial.client_options(1));
    client.connect();
    const sim::WireTime begin = trial.now();
    client.write(image.blocks);
    const double sent = seconds(trial.now() - begin);
    state.counters["resent"] = static_cast<double>(client.stats().resent);
    ChipMachine machine(std::move(client));
    const sim::WireTime again = trial.now();
    machine.load(image);
    const double verified = seconds(trial.now() - again);
    state.counters["sender_percent_of_wire"] = 100 * bytes * kByteSeconds / sent;
    state.counters["verified_percent_of_wire"] = 100 * bytes * kByteSeconds / verified;
    state.SetIterationTime(sent);
  }
}

}  // namespace

void register_uploads() {
  const auto add = [](const std::string& name, Fault fault, double rate) {
    benchmark::RegisterBenchmark(name.c_str(), upload, fault, rate)
        ->UseManualTime()
        ->Iterations(1)
        ->Unit(benchmark::kMillisecond);
  };
  add("upload_3mbaud/clean", Fault::flip, 0);
  for (const Fault fault : {Fault::flip, Fault::drop, Fault::burst, Fault::lose}) {
    for (const double rate : {1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2}) {
      add(fmt::format("upload_3mbaud/{}/{:.0e}", sim::kFaultNames[static_cast<std::size_t>(fault)],
                      rate),
          fault, rate);
    }
  }
}

}  // namespace spikemesh::bench
