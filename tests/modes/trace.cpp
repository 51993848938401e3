// SPDX-License-Identifier: Apache-2.0
#include "sim/traffic/trace.hpp"

#include <doctest/doctest.h>

#include <sstream>

#include "sim/traffic/traffic_map.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/error.hpp"

using namespace spikemesh;
using sim::TrafficTrace;

namespace {

TrafficTrace read(const std::string& text) {
  std::istringstream in(text);
  return sim::read_trace(in, "t.csv");
}

std::string refused(const std::string& text) {
  try {
    read(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "nothing was refused";
}

std::string unmappable(const TrafficTrace& trace, const spec::Build& build) {
  try {
    sim::map_traffic(trace, build, {.placement = Placement::row_major});
  } catch (const InputError& error) {
    return error.what();
  }
  return "nothing was refused";
}

}  // namespace

TEST_CASE("a file of packets is read in any order of columns and steps") {
  const TrafficTrace trace =
      read("destination,count,step,source,synapses\n2,3,5,0,7\n\n host ,1,1,2,1\n1,1,5,host,0\n");
  REQUIRE(trace.rows.size() == 3);
  CHECK(trace.steps() == 6);
  CHECK(trace.packets == 5);
  CHECK(trace.nodes.size() == 3);
  CHECK(trace.rows[0].destination == TrafficTrace::kHost);
  CHECK(trace.rows[1].count == 3);
  CHECK(trace.rows[1].synapses == 7);
  CHECK(trace.rows[2].source == TrafficTrace::kHost);
}

TEST_CASE("messages of a run keep their tiles and go in the order of their offers") {
  const TrafficTrace trace = read(
      "step,source_x,source_y,target_x,target_y,axon,synapses,offered,entered,taken\n"
      "0,1,2,0,0,9,4,31,32,40\n0,1,2,3,0,9,4,30,31,50\n0,host,host,3,0,9,4,20,21,22\n");
  REQUIRE(trace.nodes.size() == 3);
  CHECK(trace.nodes[0]->x == 1);
  CHECK(trace.nodes[0]->y == 2);
  CHECK(trace.rows[0].source == TrafficTrace::kHost);
  CHECK(trace.rows[1].destination == trace.rows[0].destination);
  CHECK(trace.rows[2].destination == 1);
  const auto traffic = sim::map_traffic(trace, load_build("default"), {});
  REQUIRE(traffic.sent->bursts.size() == 1);
  CHECK(traffic.sent->bursts[0].tile == 2 * 4 + 1);
  CHECK(traffic.sent->bursts[0].count == 2);
  const auto word = spec::Fanout::unpack(traffic.sent->packets[0]);
  CHECK(word.x == 3);
  CHECK(word.y == 0);
  CHECK(word.axon == 4);
}

TEST_CASE("what is wrong in a file of packets is named with its line") {
  CHECK(refused("") ==
        "t.csv:1: the file is empty; begin it with the header step,source,destination");
  CHECK(refused("step,source,target\n").starts_with("t.csv:1: column \"target\" is unknown"));
  CHECK(refused("step,source\n0,1\n").starts_with("t.csv:1: the header holds step and either"));
  CHECK(refused("step,source,destination,source\n") ==
        "t.csv:1: column source occurs twice; keep one");
  CHECK(refused("step,source,destination\n0,1\n") ==
        "t.csv:2: 2 values, but the header has 3 columns; give one for each");
  CHECK(refused("step,source,destination\n0,1,x\n") ==
        "t.csv:2: destination \"x\", but a whole number from 0 to 4095 is needed");
  CHECK(refused("step,source,destination\n0,host,host\n") ==
        "t.csv:2: from the host to the host; name a node at one end");
  CHECK(refused("step,source,destination\n").ends_with("there is no packet; give a row for each"));
}

TEST_CASE("traffic that a chip has no room for is refused with a remedy") {
  const TrafficTrace many = read("step,source,destination\n0,0,20\n");
  CHECK(unmappable(many, load_build("default")) ==
        "t.csv: 21 nodes, but the mesh has 4 x 4 tiles, one for each; choose a larger mesh");
  const TrafficTrace long_rows = read("step,source,destination,synapses\n0,0,1,2000\n");
  CHECK(unmappable(long_rows, load_build("default")).starts_with("t.csv: a packet walks 2000"));
  const TrafficTrace outside = read("step,source_x,source_y,target_x,target_y\n0,4,0,0,0\n");
  CHECK(unmappable(outside, load_build("default")).starts_with("t.csv: tile (4, 0), but the mesh"));
}
