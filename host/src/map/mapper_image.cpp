// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "map/mapper_learning.hpp"
#include "map/mapper_parts.hpp"

namespace spikemesh {
namespace {

/// The memories of one tile as they fill up.
struct Memories {
  std::vector<std::uint32_t> synapse, axon, fanout, neuron, state;
  std::uint32_t synapses = 0;
  MapLearning learning;
};

class Filler {
 public:
  Filler(IntegerNetwork& network, const spec::Build& build, const std::vector<MapPart>& parts)
      : network_(network),
        build_(build),
        parts_(parts),
        homes_(homes_of(network, parts)),
        memories_(parts.size()) {
    for (Memories& memories : memories_) memories.synapse.reserve(build.synapses);
    first_axon_.reserve(network.units());
  }

  Image run(MapReport& report) {
    image_.build = build_;
    image_.adapt_period = network_.adapt_period;
    for (std::uint32_t unit = 0; unit < network_.units(); ++unit) fill_rows(unit);
    // They are words now, and the largest part of the network: `= {}` would keep their memory.
    network_.synapses = std::vector<IntegerSynapse>();
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
    if (source % kTogether == 0) begin_axons();
    first_axon_.push_back(static_cast<std::uint32_t>(axons_.back().size()));
    const std::uint64_t first_synapse = network_.row[source];
    const std::uint64_t count = network_.row[source + 1] - first_synapse;
    keys_.clear();  // part, rule, place in the row: sorted as numbers, in the order of the row
    for (std::uint64_t i = 0; i < count; ++i) {
      const IntegerSynapse& synapse = network_.synapses[first_synapse + i];
      keys_.push_back(std::uint64_t{homes_[synapse.target].part} << 40 |
                      std::uint64_t{synapse.rule} << 32 | i);
    }
    if (!std::is_sorted(keys_.begin(), keys_.end())) std::sort(keys_.begin(), keys_.end());
    for (std::size_t first = 0, last = 0; first < keys_.size(); first = last) {
      row_.clear();
      for (; last < keys_.size() && keys_[last] >> 32 == keys_[first] >> 32; ++last)
        row_.push_back(first_synapse + (keys_[last] & 0xffffffff));
      const auto part = static_cast<std::uint32_t>(keys_[first] >> 40);
      const TilePlace& place = parts_[part].place;
      axons_.back().push_back(
          spec::Fanout{.axon = fill_row(part), .x = place.x, .y = place.y}.pack());
    }
  }
  void begin_axons() {
    if (!axons_.empty()) axons_.back().shrink_to_fit();
    axons_.emplace_back();
  }
  /// Fan-out entries of a unit, but for one to the host.
  std::span<const std::uint32_t> axons_of(std::uint32_t unit) const {
    const std::span<const std::uint32_t> list(axons_[unit / kTogether]);
    const std::uint32_t next = unit + 1;
    const bool last = next % kTogether == 0 || next == first_axon_.size();
    return list.first(last ? list.size() : first_axon_[next]).subspan(first_axon_[unit]);
  }

  /// Word i of a row is lane i mod Lanes: each lane's synapses go into its words, and the rest stay
  /// empty.
  std::uint32_t fill_row(std::uint32_t part) {
    Memories& memories = memories_[part];
    const auto axon = static_cast<std::uint32_t>(memories.axon.size());
    const std::uint8_t numbered = network_.synapses[row_.front()].rule;
    const bool plastic = numbered != 0;
    const std::uint32_t rule = plastic ? memories.learning.rule(numbered) : 0;
    std::array<std::uint32_t, spec::kLanesMax> length{};
    for (const std::uint64_t i : row_)
      ++length[homes_[network_.synapses[i].target].index % build_.lanes];
    const std::uint32_t groups = *std::max_element(length.begin(), length.end());
    const auto start = static_cast<std::uint32_t>(memories.synapse.size());
    memories.synapse.resize(start + groups * build_.lanes);
    memories.synapses += static_cast<std::uint32_t>(row_.size());
    length.fill(0);
    for (const std::uint64_t i : row_) {
      const IntegerSynapse& synapse = network_.synapses[i];
      const std::uint32_t target = homes_[synapse.target].index, lane = target % build_.lanes;
      const std::uint32_t weight =
          static_cast<std::uint32_t>(synapse.weight) & ((1u << build_.weight_bits) - 1);
      const std::uint32_t at = start + length[lane]++ * build_.lanes + lane;
      memories.synapse[at] = spec::Synapse{.weight = static_cast<std::int32_t>(weight),
                                           .delay = synapse.delay,
                                           .plastic = plastic,
                                           .target = target}
                                 .pack();
      if (plastic) add_plastic(part, i, at, {at / build_.lanes, axon, rule});
    }
    memories.axon.push_back(spec::Axon{
        .first = start / build_.lanes, .groups = groups, .plastic = plastic, .rule = rule}
                                .pack());
    return axon;
  }

  void add_plastic(std::uint32_t part, std::uint64_t synapse, std::uint32_t at,
                   const spec::Fanin& entry) {
    memories_[part].learning.add(homes_[network_.synapses[synapse].target].index, entry);
    const IntegerNetwork::Origin& origin = network_.origins[network_.origin_of[synapse]];
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
        input.payloads.assign(axons_of(unit).begin(), axons_of(unit).end());
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
    memories.neuron.reserve(8 * parts_[part].units.size());
    memories.state.reserve(4 * parts_[part].units.size());
    for (const std::uint32_t unit : parts_[part].units) {
      const auto first = static_cast<std::uint32_t>(memories.fanout.size());
      memories.fanout.insert(memories.fanout.end(), axons_of(unit).begin(), axons_of(unit).end());
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
    add(spec::Region::synapse, std::move(memories_[part].synapse));
    add(spec::Region::axon, std::move(memories_[part].axon));
    add(spec::Region::fanout, std::move(memories_[part].fanout));
    add(spec::Region::neuron, std::move(memories_[part].neuron));
    add(spec::Region::state, std::move(memories_[part].state));
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

  IntegerNetwork& network_;
  const spec::Build& build_;
  const std::vector<MapPart>& parts_;
  std::vector<MapHome> homes_;
  std::vector<Memories> memories_;
  /// Of one unit after another, as fan-out entries; a list for so many units, as one for all would
  /// be copied while it grows, where memory is at its most.
  std::vector<std::vector<std::uint32_t>> axons_;
  static constexpr std::uint32_t kTogether = 4096;
  std::vector<std::uint32_t> first_axon_;  ///< by unit: its first one in its list
  std::vector<std::uint32_t> label_of_;
  std::vector<std::uint64_t> keys_;  ///< of one source, used again for the next
  std::vector<std::uint64_t> row_;   ///< of one row: places in the network's synapses
  Image image_;
};

}  // namespace

Image fill_image(IntegerNetwork network, const spec::Build& build,
                 const std::vector<MapPart>& parts, MapReport& report) {
  return Filler(network, build, parts).run(report);
}

}  // namespace spikemesh
