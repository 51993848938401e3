// SPDX-License-Identifier: Apache-2.0
// rtl/noc/sm_mesh.sv: tiles, links and the host link together, driven by public ports alone.
#include <doctest/doctest.h>

#include <array>
#include <deque>
#include <map>
#include <vector>

#include "Vmesh.h"
#include "rtl_bench.hpp"

namespace {

using namespace spikemesh;
using namespace spikemesh::rtl_test;

// As in CMakeLists.txt of this directory.
constexpr unsigned kW = 3, kH = 2, kTiles = kW * kH, kLatency = 2;
constexpr unsigned kSpike = 0, kWrite = 1, kRead = 2, kReply = 3;
constexpr unsigned kTileBits = spec::retire_tile_layout::kWidth;

/// The mesh with a host that has flits queued up and takes what comes with some chance.
class MeshBench {
 public:
  explicit MeshBench(std::uint64_t seed) : random(seed) {
    mesh->host_valid_i = mesh->host_ready_i = 0;
    mesh->broadcast_i = 0;
    mesh.reset();
    broadcast(1, 0x80);
    settle();
  }

  struct FlitEvent {
    std::uint64_t cycle;
    unsigned tile, port;
    Flit flit;
  };
  Random random;
  Clocked<Vmesh> mesh;
  double offer = 1, ready = 1;
  std::deque<Flit> input;
  std::vector<Flit> output;
  std::vector<FlitEvent> flits;
  std::array<unsigned, kTiles> accs{}, fires{};
  std::uint64_t pushed = 0, landed = 0,
                pushed_at = 0;  ///< flits from the host; writes done and replies taken
  bool busy = false;

  void broadcast(unsigned phase, unsigned mask) {
    namespace l = spec::broadcast_layout;
    mesh->broadcast_i = std::uint64_t{1} << l::kValid.low | std::uint64_t{phase} << l::kPhase.low |
                        std::uint64_t{mask} << l::kMask.low;
    tick();
  }

  void tick() {
    mesh->host_valid_i = !input.empty() && random.chance(offer);
    if (mesh->host_valid_i) input.front().to(mesh->host_flit_i);
    mesh->host_ready_i = random.chance(ready);
    mesh.settle();
    busy = mesh->busy_o != 0 || mesh->host_link_busy_o;
    observe();
    if (mesh->host_valid_o && mesh->host_ready_i) {
      output.push_back(Flit::from(mesh->host_flit_o));
      landed += output.back().kind == kReply;
    }
    if (mesh->host_valid_i && mesh->host_ready_o) {
      ++pushed;
      pushed_at = mesh.cycle();
      input.pop_front();
    }
    mesh.edge();
    mesh->broadcast_i = 0;
  }

  void settle() {
    for (int i = 0; i < 100000; ++i) {
      tick();
      if (input.empty() && !mesh->host_valid_i && !busy) return;
    }
    FAIL("the mesh never gets quiet");
  }

 private:
  void observe() {
    namespace l = spec::retire_tile_layout;
    for (unsigned tile = 0; tile < kTiles; ++tile) {
      bool any = false;
      const auto field = [&](spec::Field f) { return tile * kTileBits + f.low; };
      const auto valid = [&](spec::Field f) {
        const bool set = get_bits(mesh->retire_o, field(f) + f.bits - 1, 1);
        any |= set;
        return set;
      };
      unsigned port = 0;
      for (const spec::Field f :
           {l::kFlitLocal, l::kFlitNorth, l::kFlitEast, l::kFlitSouth, l::kFlitWest}) {
        if (valid(f)) {
          std::array<std::uint32_t, 3> words{};
          for (unsigned w = 0; w < 3; ++w) {
            words[w] = static_cast<std::uint32_t>(
                get_bits(mesh->retire_o, field(f) + 32 * w, w == 2 ? 5 : 32));
          }
          flits.push_back({mesh.cycle(), tile, port, Flit::from(words)});
        }
        ++port;
      }
      for (const spec::Field f : {l::kAcc0, l::kAcc1, l::kAcc2, l::kAcc3}) accs[tile] += valid(f);
      fires[tile] += valid(l::kFire);
      landed += valid(l::kWrite);
      REQUIRE(any == bool(mesh->retire_any_o >> tile & 1));
    }
  }
};

Flit to_tile(unsigned x, unsigned y, unsigned kind, std::uint32_t region, std::uint32_t index,
             std::uint32_t data) {
  return {data, region << 16 | index, x, y, 0, 0, kind};
}
constexpr std::uint32_t kSynapse = 0, kAxon = 1, kFanout = 2, kNeuron = 3;

}  // namespace

TEST_CASE(
    "every tile holds what the host wrote, and some leaf is busy exactly while a flit is under "
    "way") {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    MeshBench bench(seed);
    Random random(seed + 100);
    bench.offer = seed % 2 ? 1 : 0.3;
    bench.ready = seed % 3 ? 1 : 0.2;
    std::map<std::array<unsigned, 3>, std::uint32_t> expected;  // {x, y, index} of synapse words
    std::vector<std::array<unsigned, 3>> asked;
    for (int i = 0; i < 300; ++i) {
      const std::array<unsigned, 3> at{unsigned(random.below(kW)), unsigned(random.below(kH)),
                                       unsigned(random.below(16))};
      if (random.chance(0.6)) {
        const std::uint32_t data = static_cast<std::uint32_t>(random.below(128)) | 1u << 16;
        expected[at] = data;
        bench.input.push_back(to_tile(at[0], at[1], kWrite, kSynapse, at[2], data));
      } else {
        asked.push_back(at);
        bench.input.push_back(to_tile(at[0], at[1], kRead, kSynapse, at[2], 0));
      }
      if (random.chance(0.8)) continue;
      // Order between tiles is not promised: finish before a word is asked for that may change
      // after.
      while (!bench.input.empty() || bench.landed < bench.pushed) {
        const bool under_way = bench.landed < bench.pushed;
        bench.tick();
        REQUIRE(bench.busy == under_way);
      }
      bench.tick();
      REQUIRE(!bench.busy);
      for (const auto& place : asked) {
        bench.input.push_back(to_tile(place[0], place[1], kRead, kSynapse, place[2], 0));
      }
      bench.output.clear();
      bench.settle();
      REQUIRE(bench.output.size() == asked.size());
      for (const Flit& reply : bench.output) {
        REQUIRE(reply.kind == kReply);
        REQUIRE(reply.data == expected[{reply.x, reply.y, reply.addr}]);
      }
      asked.clear();
    }
    CHECK(bench.landed > 300);
  }
}

TEST_CASE(
    "a flit goes along x first, one link latency a tile, and its reply comes back to the host") {
  MeshBench bench(1);
  bench.flits.clear();
  bench.input.push_back(to_tile(2, 1, kRead, kNeuron, 5, 0));
  bench.settle();
  const std::uint64_t first = bench.pushed_at + kLatency - 1;
  const std::array<std::array<unsigned, 2>, 4> there{
      {{0, 4}, {1, 4}, {2, 4}, {5, 1}}};  // {tile, port}
  REQUIRE(bench.flits.size() == 8);
  for (unsigned k = 0; k < 4; ++k) {
    CHECK(bench.flits[k].tile == there[k][0]);
    CHECK(bench.flits[k].port == there[k][1]);
    CHECK(bench.flits[k].cycle == first + k * kLatency);
  }
  // Into the core, a + 4, then the local buffer of the router; west twice, north, and out.
  const std::array<std::array<unsigned, 2>, 4> back{{{5, 0}, {4, 2}, {3, 2}, {0, 3}}};
  for (unsigned k = 0; k < 4; ++k) {
    CHECK(bench.flits[4 + k].tile == back[k][0]);
    CHECK(bench.flits[4 + k].port == back[k][1]);
    CHECK(bench.flits[4 + k].cycle == first + 3 * kLatency + 1 + 1 + 4 + k * kLatency);
  }
  REQUIRE(bench.output.size() == 1);
  CHECK(bench.output[0] == Flit{0, kNeuron << 16 | 5, 2, 1, 1, 0, kReply});
}

TEST_CASE("spikes from every tile reach every tile and the host, whatever the back-pressure") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    MeshBench bench(seed);
    for (unsigned t = 0; t < kTiles; ++t) {
      const unsigned x = t % kW, y = t / kW;
      // Two neurons fire in every step; each sends to every tile and to the host.
      for (unsigned j = 0; j < 2; ++j) {
        bench.input.push_back(to_tile(x, y, kWrite, kNeuron, j * 8 + 0, 0xFFFFFF));  // threshold -1
        bench.input.push_back(to_tile(x, y, kWrite, kNeuron, j * 8 + 7, (kTiles + 1) << 16));
      }
      for (unsigned j = 2; j < 8; ++j)
        bench.input.push_back(to_tile(x, y, kWrite, kNeuron, j * 8, 0x7FFFFF));
      for (unsigned d = 0; d < kTiles; ++d) {
        bench.input.push_back(
            to_tile(x, y, kWrite, kFanout, d, t % 4 | (d % kW) << 12 | (d / kW) << 18));
      }
      bench.input.push_back(to_tile(x, y, kWrite, kFanout, kTiles, 1u << 24 | t));
      for (unsigned a = 0; a < 4; ++a)
        bench.input.push_back(to_tile(x, y, kWrite, kAxon, a, a | 1 << 16));
      for (unsigned i = 0; i < 8; ++i)
        bench.input.push_back(to_tile(x, y, kWrite, kSynapse, i, 1 | 1 << 16 | 2 << 21));
    }
    bench.settle();
    bench.ready = seed == 1 ? 1 : 0.1;
    constexpr unsigned kSteps = 5;
    for (unsigned step = 0; step < kSteps; ++step) {
      bench.broadcast(0, 0);
      bench.settle();
    }
    CHECK(bench.output.size() == kSteps * kTiles * 2);
    std::array<unsigned, kTiles> labels{};
    for (const Flit& flit : bench.output) {
      CHECK(flit.kind == kSpike);
      CHECK(flit.host == 1);
      ++labels.at(flit.addr);
    }
    for (unsigned t = 0; t < kTiles; ++t) {
      CHECK(labels[t] == kSteps * 2);
      CHECK(bench.fires[t] == kSteps);                  // one group of two lanes
      CHECK(bench.accs[t] == kSteps * kTiles * 2 * 2);  // packets, lanes
    }
  }
}
