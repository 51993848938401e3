// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/point/memories.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "spikemesh/build.hpp"

using namespace spikemesh;

TEST_CASE("block RAMs are those that Yosys maps the memories of a chip to") {
  std::ifstream file(SPIKEMESH_SOURCE_DIR "/tests/rtl/synth/budget.json");
  const auto budget = nlohmann::json::parse(file);
  const auto ram = [&](const char* chip, const char* module) {
    return budget.at(chip).at(module).at("ram").get<std::uint64_t>();
  };
  CHECK(sim::block_rams(load_build("ecp5")) == ram("ecp5 ecp5 sm_chip", "sm_chip"));
  CHECK(sim::block_rams(load_build("tiny")) == ram("ecp5 tiny sm_pins flat", "sm_pins"));
}

TEST_CASE("the memories of a chip are those of its RTL, bit by bit") {
  // One tile of `tiny`, counted by hand from the instances of sm_ram_1r1w: 16 neurons, 256
  // synapses, 64 axons, 64 fan-outs, 128 fan-in entries; then rings, frame and receive buffer.
  const std::uint64_t lane = 256 * (4 + 1 + 4) + 256 * 16 +
                             16 * (32 + 29 + 24 + 13 + 13 + 32 + 13 + 14) +
                             16 * (32 + 24 + 32 + 8) + 256 * 24 + 16 * 16;
  const std::uint64_t learning = 128 * (2 + 6 + 8) + 16 * (3 + 8 + 7) + 64 * 32 + 16 * 32 +
                                 1024 * 17 + 4 * (32 + 17 + 32 + 32 + 32);
  const std::uint64_t core = 64 * (3 + 9 + 8) + 64 * (27 + 3) + 16 * (4 + 1) + 16 + 10 * 32;
  const std::uint64_t host = 4 * 64 * 32 + 32 * 32 + 256 * 8;
  CHECK(sim::memory_bits(load_build("tiny")) == lane + learning + core + host);
}
