// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/point/area.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "sim/sweep/point/memories.hpp"
#include "spikemesh/build_rules.hpp"

using namespace spikemesh;

namespace {

using Row = std::map<std::string, std::uint64_t>;

/// tests/area/areas.csv: builds, and what Yosys made of them.
std::vector<Row> read_table() {
  std::ifstream file(SPIKEMESH_SOURCE_DIR "/tests/area/areas.csv");
  std::vector<std::string> names;
  std::vector<Row> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#")) continue;
    std::istringstream cells(line);
    std::vector<std::string> values;
    for (std::string cell; std::getline(cells, cell, ',');) values.push_back(cell);
    if (names.empty()) {
      names = values;
      continue;
    }
    Row& row = rows.emplace_back();
    for (std::size_t i = 0; i < names.size(); ++i) row[names[i]] = std::stoull(values.at(i));
  }
  return rows;
}

/// A parameter that is younger than the table is as in `default`.
spec::Build build_of(const Row& row) {
  spec::Build build;
  for (const spec::BuildRule& rule : spec::kBuildRules)
    if (const auto found = row.find(std::string(rule.name)); found != row.end())
      build.*rule.member = static_cast<std::uint32_t>(found->second);
  return build;
}

}  // namespace

TEST_CASE("the modelled area of the builds that Yosys mapped is near what it made of them") {
  const std::vector<Row> rows = read_table();
  REQUIRE(rows.size() >= 20);
  double luts = 0, ffs = 0;
  for (const Row& row : rows) {
    spec::Build build = build_of(row);
    build.mesh_w = build.mesh_h = 4;
    const sim::Area guess = sim::area(build);
    const double wanted_luts = static_cast<double>(16 * row.at("tile_lut") + row.at("host_lut"));
    const double wanted_ffs = static_cast<double>(16 * row.at("tile_ff") + row.at("host_ff"));
    CHECK(static_cast<double>(guess.luts) == doctest::Approx(wanted_luts).epsilon(0.08));
    CHECK(static_cast<double>(guess.ffs) == doctest::Approx(wanted_ffs).epsilon(0.08));
    luts += std::abs(static_cast<double>(guess.luts) / wanted_luts - 1);
    ffs += std::abs(static_cast<double>(guess.ffs) / wanted_ffs - 1);
  }
  CHECK(luts / static_cast<double>(rows.size()) < 0.03);
  CHECK(ffs / static_cast<double>(rows.size()) < 0.03);
}

TEST_CASE("block RAMs of the builds that Yosys mapped are counted exactly") {
  for (const Row& row : read_table()) {
    spec::Build build = build_of(row);
    const std::uint64_t tiles = std::uint64_t{build.mesh_w} * build.mesh_h;
    CAPTURE(row.at("Synapses"));
    CHECK(sim::block_rams(build) == tiles * row.at("tile_ram") + row.at("host_ram"));
  }
}
