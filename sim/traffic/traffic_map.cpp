// SPDX-License-Identifier: Apache-2.0
#include "sim/traffic/traffic_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "map/mapper_parts.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

constexpr const char* kNode = "node";
constexpr const char* kFromHost = "host";
constexpr std::uint32_t kHost = TrafficTrace::kHost;

/// What the host sends: an input of the network for each {node, words of the row}.
using HostInputs = std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t>;

HostInputs host_inputs(const TrafficTrace& trace) {
  HostInputs inputs;
  for (const TrafficTrace::Row& row : trace.rows)
    if (row.source == kHost) inputs.try_emplace({row.destination, row.synapses});
  std::uint32_t next = 0;
  for (auto& [key, input] : inputs) input = next++;
  return inputs;
}

/// Most packets of one input in a step.
std::vector<std::int64_t> most_packets(const TrafficTrace& trace, const HostInputs& inputs) {
  std::vector<std::int64_t> most(inputs.size()), now(inputs.size());
  std::uint64_t step = 0;
  for (const TrafficTrace::Row& row : trace.rows) {
    if (row.source != kHost) continue;
    if (row.step != step) std::fill(now.begin(), now.end(), 0);
    step = row.step;
    const std::uint32_t input = inputs.at({row.destination, row.synapses});
    now[input] += row.count;
    most[input] = std::max(most[input], now[input]);
  }
  return most;
}

std::vector<MapPart> parts_of(const TrafficTrace& trace, const spec::Build& build) {
  const std::size_t tiles = std::size_t{build.mesh_w} * build.mesh_h;
  if (trace.nodes.size() > tiles)
    throw InputError(fmt::format(
        "{}: {} nodes, but the mesh has {} x {} tiles, one for each; choose a larger mesh",
        trace.name, trace.nodes.size(), build.mesh_w, build.mesh_h));
  std::vector<MapPart> parts;
  for (const auto& place : trace.nodes) {
    if (place && (place->x >= build.mesh_w || place->y >= build.mesh_h))
      throw InputError(
          fmt::format("{}: tile ({}, {}), but the mesh has {} x {} tiles; choose a larger mesh",
                      trace.name, place->x, place->y, build.mesh_w, build.mesh_h));
    parts.push_back({.units = {}, .fixed = place, .place = {}});
  }
  return parts;
}

PartTraffic flits_of(const TrafficTrace& trace) {
  const std::size_t nodes = trace.nodes.size();
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> flits;
  PartTraffic made{std::vector<PartTraffic::Edges>(nodes), std::vector<std::uint64_t>(nodes)};
  for (const TrafficTrace::Row& row : trace.rows) {
    if (row.source == kHost || row.destination == kHost)
      made.host[row.source == kHost ? row.destination : row.source] += row.count;
    else if (row.source != row.destination)
      flits[std::minmax(row.source, row.destination)] += row.count;
  }
  for (const auto& [pair, count] : flits) {
    made.edges[pair.first].emplace_back(pair.second, count);
    made.edges[pair.second].emplace_back(pair.first, count);
  }
  return made;
}

/// Axon a has a row of a groups of words, all of them empty: nobody has to look at them.
class Axons {
 public:
  Axons(const TrafficTrace& trace, const spec::Build& build)
      : trace_(trace),
        build_(build),
        most_(std::min(build.axons - 1, build.synapses / build.lanes)) {}

  std::uint32_t of(std::uint32_t synapses) const {
    const std::uint32_t groups = (synapses + build_.lanes - 1) / build_.lanes;
    if (groups > most_)
      throw InputError(fmt::format(
          "{}: a packet walks {} synapses, but with Axons={}, Synapses={}, Lanes={} at most {} are "
          "possible; choose a build with more, or smaller rows",
          trace_.name, synapses, build_.axons, build_.synapses, build_.lanes,
          most_ * build_.lanes));
    return groups;
  }
  Block words(const TilePlace& at) const {
    Block block{.tile = static_cast<std::uint16_t>(spec::Tile{.x = at.x, .y = at.y}.pack()),
                .address = spec::TileAddr{.index = 1,
                                          .region = static_cast<std::uint32_t>(spec::Region::axon)}
                               .pack(),
                .words = {}};
    for (std::uint32_t groups = 1; groups <= used_; ++groups)
      block.words.push_back(
          spec::Axon{.first = 0, .groups = groups, .plastic = 0, .rule = 0}.pack());
    return block;
  }
  void use(std::uint32_t axon) { used_ = std::max(used_, axon); }

 private:
  const TrafficTrace& trace_;
  const spec::Build& build_;
  std::uint32_t most_, used_ = 0;
};

/// What nodes send, by step and tile, on the way to where the nodes are.
std::shared_ptr<const model::Traffic> sent_by(const TrafficTrace& trace, const spec::Build& build,
                                              const std::vector<MapPart>& parts, Axons& axons) {
  const auto sent = std::make_shared<model::Traffic>();
  std::map<std::uint32_t, std::vector<std::uint32_t>> now;  // tile -> packets of a step
  for (auto row = trace.rows.begin(); row != trace.rows.end();) {
    const std::uint64_t step = row->step;
    now.clear();
    for (; row != trace.rows.end() && row->step == step; ++row) {
      if (row->source == kHost) continue;
      spec::Fanout word{.axon = row->source, .x = 0, .y = 0, .host = 1, .mode = 0};
      if (row->destination != kHost) {
        const TilePlace& to = parts[row->destination].place;
        word = {.axon = axons.of(row->synapses), .x = to.x, .y = to.y, .host = 0, .mode = 0};
        axons.use(word.axon);
      }
      const TilePlace& from = parts[row->source].place;
      auto& packets = now[from.y * build.mesh_w + from.x];
      packets.insert(packets.end(), row->count, word.pack());
    }
    if (now.empty()) continue;
    sent->steps.push_back({step, static_cast<std::uint32_t>(sent->bursts.size()),
                           static_cast<std::uint32_t>(now.size())});
    for (const auto& [tile, packets] : now) {
      sent->bursts.push_back({tile, static_cast<std::uint32_t>(sent->packets.size()),
                              static_cast<std::uint32_t>(packets.size())});
      sent->packets.insert(sent->packets.end(), packets.begin(), packets.end());
    }
  }
  return sent;
}

}  // namespace

Network traffic_network(const TrafficTrace& trace) {
  Network network;
  network.source = trace.name;
  const auto nodes = network.add_neurons(kNode, static_cast<std::uint32_t>(trace.nodes.size()),
                                         RawNeurons{.theta = std::int64_t{1}});
  network.record(nodes);
  const HostInputs inputs = host_inputs(trace);
  if (!inputs.empty())
    network.add_input(kFromHost, static_cast<std::uint32_t>(inputs.size()),
                      {.max_spikes_per_step = most_packets(trace, inputs)});
  return network;
}

std::vector<SpikeRow> host_packets(const TrafficTrace& trace) {
  const HostInputs inputs = host_inputs(trace);
  std::vector<SpikeRow> rows;
  for (const TrafficTrace::Row& row : trace.rows)
    if (row.source == kHost)
      rows.push_back({.step = row.step,
                      .population = kFromHost,
                      .neuron = inputs.at({row.destination, row.synapses}),
                      .count = row.count});
  return rows;
}

MappedTraffic map_traffic(const TrafficTrace& trace, const spec::Build& build,
                          const MapOptions& options) {
  std::vector<MapPart> parts = parts_of(trace, build);
  MappedTraffic made;
  MapReport& report = made.mapped.report;
  report.build = build;
  report.seed = options.seed;
  report.min_tiles = options.min_tiles;
  report.flit_hops = place_parts(flits_of(trace), build, options, parts);
  Axons axons(trace, build);
  made.sent = sent_by(trace, build, parts, axons);
  Image& image = made.mapped.image;
  image.build = build;
  const std::vector<std::int64_t> most = most_packets(trace, host_inputs(trace));
  for (const auto& [key, input] : host_inputs(trace)) {
    const TilePlace& to = parts[key.first].place;
    const std::uint32_t axon = axons.of(key.second);
    axons.use(axon);
    image.inputs.push_back(
        {kFromHost,
         input,
         {spec::Fanout{.axon = axon, .x = to.x, .y = to.y, .host = 0, .mode = 0}.pack()},
         static_cast<std::uint32_t>(most[input])});
  }
  for (std::uint32_t node = 0; node < parts.size(); ++node) {
    image.labels.push_back({kNode, node});
    if (Block words = axons.words(parts[node].place); !words.words.empty())
      image.blocks.push_back(std::move(words));
    MapReport::Tile& tile = report.tiles.emplace_back();
    tile.x = parts[node].place.x;
    tile.y = parts[node].place.y;
    tile.ranges.push_back({kNode, node, 1, 0});
  }
  std::sort(report.tiles.begin(), report.tiles.end(),
            [](const auto& a, const auto& b) { return std::pair(a.y, a.x) < std::pair(b.y, b.x); });
  return made;
}

}  // namespace spikemesh::sim
