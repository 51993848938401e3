// SPDX-License-Identifier: Apache-2.0
// Flits of test sources through routers and links, without cores: uniform random traffic.
#include "sim/bench/fabric.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <random>
#include <vector>

#include "model/noc/fabric.hpp"
#include "spikemesh/build.hpp"

namespace spikemesh::bench {
namespace {

constexpr std::uint32_t kMesh = 16, kTiles = kMesh * kMesh, kCycles = 2000;

/// A flit that a source makes in a cycle. The queue of a source has room for any number.
struct Departure {
  std::uint32_t cycle, tile;
  model::Flit flit;
};

std::vector<Departure> departures(double rate) {
  std::mt19937 random(3);
  std::bernoulli_distribution made(rate);
  std::vector<Departure> list;
  for (std::uint32_t cycle = 0; cycle < kCycles; ++cycle)
    for (std::uint32_t tile = 0; tile < kTiles; ++tile) {
      if (!made(random)) continue;
      model::Flit flit;
      flit.x = random() % kMesh;
      flit.y = random() % kMesh;
      list.push_back({cycle, tile, flit});
    }
  return list;
}

/// Routers and links with a source and a sink on each tile.
class Bare {
 public:
  explicit Bare(double rate) : list_(departures(rate)), queues_(kTiles), waiting_(kTiles) {}

  void run() {
    auto next = list_.begin();
    for (std::uint32_t i = 0; i < kCycles; ++i, ++cycle_) {
      for (; next != list_.end() && next->cycle == i; ++next) {
        queues_[next->tile].push_back(next->flit);
        waiting_.add(next->tile);
      }
      taken_.clear();
      waiting_.drain([&](std::uint32_t tile) {
        (fabric_.local_ready(tile) ? taken_ : refused_).push_back(tile);
      });
      fabric_.evaluate();
      for (const std::uint32_t tile : taken_) send_first_of(tile);
      for (const std::uint32_t tile : refused_) waiting_.add(tile);
      refused_.clear();
      fabric_.commit(cycle_, nullptr);
      arrived_ += fabric_.arrivals().size();
    }
  }
  std::uint64_t arrived() const { return arrived_; }
  /// Flits that crossed a link between two tiles.
  std::uint64_t hops() const {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < activity_.flits.size() - 1; ++i)
      if (i % model::kPorts != model::kLocal) sum += activity_.flits[i];
    return sum;
  }

 private:
  static spec::Build build() {
    spec::Build build = load_build("default");
    build.mesh_w = build.mesh_h = kMesh;
    return build;
  }
  void send_first_of(std::uint32_t tile) {
    std::vector<model::Flit>& queue = queues_[tile];
    fabric_.enter_local(tile, queue.front(), cycle_);
    queue.erase(queue.begin());
    waiting_.add(tile, !queue.empty());
  }

  std::vector<Departure> list_;
  std::vector<std::vector<model::Flit>> queues_;
  model::WorkSet waiting_;  ///< tiles whose queue is not empty
  std::vector<std::uint32_t> taken_, refused_;
  model::Activity activity_;
  model::Fabric fabric_{build(), nullptr, {}, activity_};
  std::uint64_t cycle_ = 0, arrived_ = 0;
};

void fabric_of(benchmark::State& state, double rate) {
  Bare bare(rate);
  bare.run();
  const std::uint64_t before = bare.hops(), arrived = bare.arrived();
  for (auto _ : state) bare.run();
  const auto a_second = benchmark::Counter::kIsRate;
  state.counters["flit_hops/s"] = {static_cast<double>(bare.hops() - before), a_second};
  state.counters["flits/s"] = {static_cast<double>(bare.arrived() - arrived), a_second};
  state.counters["cycles/s"] = {static_cast<double>(state.iterations()) * kCycles, a_second};
}

}  // namespace

void register_fabric() {
  benchmark::RegisterBenchmark("fabric/16x16_0.04", fabric_of, 0.04)->Unit(benchmark::kMillisecond);
}

}  // namespace spikemesh::bench
