// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <span>

#include "map/mapper_learning.hpp"
#include "map/mapper_parts.hpp"

namespace spikemesh {
namespace {

struct AxonAt {
  std::uint32_t part = 0, axon = 0;
};

/// The memories of one tile as they fill up.
struct Memories {
  std::vector<std::uint32_t> synapse, axon, fanout, neuron, state;
  std::uint32_t synapses = 0;
  MapLearning learning;
};

class Filler {
 public:
  Filler(const IntegerNetwork& network, const spec::Build& build, const std::vector<MapPart>& parts)
      : network_(network),
        build_(build),
        parts_(parts),
        homes_(homes_of(network, parts)),
        memories_(parts.size()),
        axons_(network.units()) {}

  Image run(MapReport& report) {
    image_.build = build_;
    image_.adapt_period = network_.adapt_period;
    for (std::uint32_t unit = 0; unit < network_.units(); ++unit) fill_rows(unit);
    list_units();
    for (std::uint32_t part = 0; part < parts_.size(); ++part) fill_neurons(part);
    std::vector<std::uint32_t> order(parts_.size());
    for (std::uint32_t part = 0; part < parts_.size(); ++part) order[part] = part;
    const auto key = [&](std::uint32_t part) {
      return parts_[part].place.y << 6 | parts_[part].place.x;
    };
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return key(a) < key(b); });
    for (const std::uint32_t part : order) {
      report.tiles.push_back(report_tile(part));
      add_blocks(part);
    }
    return std::move(image_);
  }

 private:
  std::uint16_t tile_of(std::uint32_t part) const {
    return static_cast<std::uint16_t>(
        spec::Tile{.x = parts_[part].place.x, .y = parts_[part].place.y}.pack());
  }

  /// One axon for each part that the source has targets in, and there for each rule.
  void fill_rows(std::uint32_t source) {
    const auto of_source =
        std::span(network_.synapses)
            .subspan(network_.row[source], network_.row[source + 1] - network_.row[source]);
    keys_.clear();  // part, rule, place in the row: sorted as numbers, in the order of the row
    for (std::size_t i = 0; i < of_source.size(); ++i)
      keys_.push_back(std::uint64_t{homes_[of_source[i].target].part} << 40 |
                      std::uint64_t{of_source[i].rule} << 32 | i);
    if (!std::is_sorted(keys_.begin(), keys_.end())) std::sort(keys_.begin(), keys_.end());
    row_.clear();
    for (const std::uint64_t key : keys_) row_.push_back(of_source[key & 0xffffffff]);
    for (std::size_t first = 0, last = 0; first < keys_.size(); first = last) {
      while (last < keys_.size() && keys_[last] >> 32 == keys_[first] >> 32) ++last;
      const auto part = static_cast<std::uint32_t>(keys_[first] >> 40);
      axons_[source].push_back(
          {part, fill_row(part, std::span(row_).subspan(first, last - first))});
    }
  }

  /// Word i of a row is lane i mod Lanes: each lane's synapses go into its words, and the rest stay
  /// empty.
  std::uint32_t fill_row(std::uint32_t part, std::span<const IntegerSynapse> row) {
    Memories& memories = memories_[part];
    const auto axon = static_cast<std::uint32_t>(memories.axon.size());
    const bool plastic = row.front().rule != 0;
    const std::uint32_t rule = plastic ? memories.learning.rule(row.front().rule) : 0;
    std::array<std::uint32_t, spec::kLanesMax> length{};
    for (const IntegerSynapse& synapse : row) ++length[homes_[synapse.target].index % build_.lanes];
    const std::uint32_t groups = *std::max_element(length.begin(), length.end());
    const auto start = static_cast<std::uint32_t>(memories.synapse.size());
    memories.synapse.resize(start + groups * build_.lanes);
    memories.synapses += static_cast<std::uint32_t>(row.size());
    length.fill(0);
    for (const IntegerSynapse& synapse : row) {
      const std::uint32_t target = homes_[synapse.target].index, lane = target % build_.lanes;
      const std::uint32_t weight =
          static_cast<std::uint32_t>(synapse.weight) & ((1u << build_.weight_bits) - 1);
      const std::uint32_t at = start + length[lane]++ * build_.lanes + lane;
      memories.synapse[at] = spec::Synapse{.weight = static_cast<std::int32_t>(weight),
                                           .delay = synapse.delay,
                                           .plastic = plastic,
                                           .target = target}
                                 .pack();
      if (plastic) add_plastic(part, synapse, at, {at / build_.lanes, axon, rule});
    }
    memories.axon.push_back(spec::Axon{
        .first = start / build_.lanes, .groups = groups, .plastic = plastic, .rule = rule}
                                .pack());
    return axon;
  }

  void add_plastic(std::uint32_t part, const IntegerSynapse& synapse, std::uint32_t at,
                   const spec::Fanin& entry) {
    memories_[part].learning.add(homes_[synapse.target].index, entry);
    const IntegerNetwork::Origin& origin = network_.origins[synapse.origin];
    image_.plastics.push_back({origin.projection, origin.synapse, origin.scale, tile_of(part), at});
  }

  void list_units() {
    label_of_.resize(network_.units());
    for (std::uint32_t unit = 0; unit < network_.units(); ++unit) {
      const IntegerNetwork::Relay* relay = network_.relay_of(unit);
      const std::uint32_t author = network_.author_of(unit);
      const std::string& population = network_.parts[network_.part_of[author]].name;
      const std::uint32_t index = network_.index_of(author);
      if (relay != nullptr) {
        if (relay->level == 0)
          image_.relays.push_back({population, index, tile_of(homes_[unit].part),
                                   homes_[unit].index, relay->hops * build_.delay_max});
        continue;
      }
      if (homes_[unit].part == kNoPart) {
        Image::Input input{population, index, {}, network_.max_hits[unit]};
        for (const AxonAt& axon : axons_[unit])
          input.payloads.push_back(spec::Fanout{
              .axon = axon.axon, .x = parts_[axon.part].place.x, .y = parts_[axon.part].place.y}
                                       .pack());
        image_.inputs.push_back(std::move(input));
        continue;
      }
      image_.locations.push_back(
          {population, index, tile_of(homes_[unit].part), homes_[unit].index});
      if (!network_.recorded[unit]) continue;
      label_of_[unit] = static_cast<std::uint32_t>(image_.labels.size());
      image_.labels.push_back({population, index});
    }
  }

  void fill_neurons(std::uint32_t part) {
    Memories& memories = memories_[part];
    for (const std::uint32_t unit : parts_[part].units) {
      const auto first = static_cast<std::uint32_t>(memories.fanout.size());
      for (const AxonAt& axon : axons_[unit])
        memories.fanout.push_back(spec::Fanout{
            .axon = axon.axon, .x = parts_[axon.part].place.x, .y = parts_[axon.part].place.y}
                                      .pack());
      if (network_.recorded[unit]) memories.fanout.push_back(host_entry(label_of_[unit]));
      const auto count = static_cast<std::uint32_t>(memories.fanout.size()) - first;
      fill_parameters(memories, network_.neurons[unit], count > 0 ? first : 0, count);
      const std::uint64_t adapt = network_.adapt.empty() ? 0 : network_.adapt[unit];
      const std::int32_t v = network_.v.empty() ? 0 : network_.v[unit];
      const std::int32_t i = network_.i.empty() ? 0 : network_.i[unit];
      for (const std::uint32_t word :
           {spec::State0{.v = v}.pack(), spec::State1{.i = i}.pack(),
            static_cast<std::uint32_t>(adapt), static_cast<std::uint32_t>(adapt >> 32)})
        memories.state.push_back(word);
    }
  }

  static std::uint32_t host_entry(std::uint32_t label) {
    spec::Fanout entry = spec::Fanout::unpack(label);  // {y, x, axon} is the label
    entry.host = 1;
    return entry.pack();
  }

  static void fill_parameters(Memories& memories, const NeuronParameters& n, std::uint32_t first,
                              std::uint32_t count) {
    for (const std::uint32_t word :
         {spec::Neuron0{.theta = n.theta, .refractory = n.refractory}.pack(),
          spec::Neuron1{.v_reset = n.v_reset, .gain = n.gain, .subtract = n.subtract}.pack(),
          spec::Neuron2{.bias = n.bias}.pack(), spec::Neuron3{.decay_i = n.decay_i}.pack(),
          spec::Neuron4{.decay_v = n.decay_v}.pack(),
          spec::Neuron5{.adapt_step = n.adapt_step}.pack(),
          spec::Neuron6{.decay_adapt = n.decay_adapt}.pack(),
          spec::Neuron7{.first = first, .count = count}.pack()})
      memories.neuron.push_back(word);
  }

  void add_blocks(std::uint32_t part) {
    const auto add = [&](spec::Region region, std::vector<std::uint32_t> words) {
      while (!words.empty() && words.back() == 0) words.pop_back();
      const std::uint32_t address =
          spec::TileAddr{.index = 0, .region = static_cast<std::uint32_t>(region)}.pack();
      if (!words.empty()) image_.blocks.push_back({tile_of(part), address, std::move(words)});
    };
    add(spec::Region::synapse, memories_[part].synapse);
    add(spec::Region::axon, memories_[part].axon);
    add(spec::Region::fanout, memories_[part].fanout);
    add(spec::Region::neuron, memories_[part].neuron);
    add(spec::Region::state, memories_[part].state);
    const auto words = memories_[part].learning.words(network_.rules, build_);
    for (const auto& [region, memory] : words) add(region, memory);
  }

  MapReport::Tile report_tile(std::uint32_t part) const {
    const Memories& m = memories_[part];
    const auto use = [](std::size_t used, std::uint32_t available) {
      return MapReport::Use{static_cast<std::uint32_t>(used), available};
    };
    MapReport::Tile tile;
    tile.x = parts_[part].place.x;
    tile.y = parts_[part].place.y;
    tile.neurons = use(parts_[part].units.size(), build_.neurons);
    tile.synapses = use(m.synapse.size(), build_.synapses);
    tile.axons = use(m.axon.size(), build_.axons);
    tile.fanouts = use(m.fanout.size(), build_.fanouts);
    tile.plastics = use(m.learning.entries(), build_.plastics);
    tile.rules = use(m.learning.rules(), spec::kRules);
    tile.padding = static_cast<std::uint32_t>(m.synapse.size()) - m.synapses;
    for (std::uint32_t i = 0; i < parts_[part].units.size(); ++i) {
      const std::uint32_t unit = parts_[part].units[i];
      if (network_.relay_of(unit) != nullptr) {
        ++tile.relays;
        continue;
      }
      if (tile.ranges.empty() || unit != parts_[part].units[i - 1] + 1 ||
          network_.index_of(unit) == 0)
        tile.ranges.push_back(
            {network_.parts[network_.part_of[unit]].name, network_.index_of(unit), 0, i});
      ++tile.ranges.back().count;
    }
    return tile;
  }

  const IntegerNetwork& network_;
  const spec::Build& build_;
  const std::vector<MapPart>& parts_;
  std::vector<MapHome> homes_;
  std::vector<Memories> memories_;
  std::vector<std::vector<AxonAt>> axons_;  ///< of each unit
  std::vector<std::uint32_t> label_of_;
  std::vector<std::uint64_t> keys_;  ///< of one source, used again for the next
  std::vector<IntegerSynapse> row_;
  Image image_;
};

}  // namespace

Image fill_image(const IntegerNetwork& network, const spec::Build& build,
                 const std::vector<MapPart>& parts, MapReport& report) {
  return Filler(network, build, parts).run(report);
}

}  // namespace spikemesh
