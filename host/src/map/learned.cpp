// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/learned.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace spikemesh {
namespace {

/// Words of a tile's memory from index 0 on, as far as they are wanted; read once.
class Words {
 public:
  Words(Machine& machine, spec::Region region) : machine_(machine), region_(region) {}
  void want(std::uint16_t tile, std::uint32_t index) {
    sizes_[tile] = std::max(sizes_[tile], index + 1);
  }
  std::uint32_t at(std::uint16_t tile, std::uint32_t index) {
    auto& words = words_[tile];
    const spec::TileAddr base{.region = static_cast<std::uint32_t>(region_)};
    if (words.empty()) words = machine_.read(tile, base.pack(), sizes_.at(tile));
    return words.at(index);
  }

 private:
  Machine& machine_;
  spec::Region region_;
  std::map<std::uint16_t, std::uint32_t> sizes_;
  std::map<std::uint16_t, std::vector<std::uint32_t>> words_;
};

void read_weights(Network& network, const Mapped& mapped, Machine& machine) {
  Words words(machine, spec::Region::synapse);
  for (const Image::Plastic& place : mapped.image.plastics) words.want(place.tile, place.index);
  std::map<std::uint32_t, std::vector<double>> weights;
  for (Network::Id id = 0; id < network.projections().size(); ++id) {
    const Projection& projection = network.projections()[id];
    if (!projection.rule) continue;
    auto& list = weights[id];
    for (std::size_t i = 0; i < network.synapse_count(projection); ++i)
      list.push_back(network.synapse(projection, i).weight);
  }
  for (const Image::Plastic& place : mapped.image.plastics) {
    const auto word = words.at(place.tile, place.index) & 0xffffu;
    const std::int32_t raw = spec::sign_extend(word, mapped.report.build.weight_bits);
    // A bound of the chip is a rounded one, and can lie beyond the author's by half a unit.
    const LearningRule& rule = network.rules()[*network.projections()[place.projection].rule];
    weights.at(place.projection).at(place.synapse) =
        std::clamp(raw / place.scale, rule.w_min, rule.w_max);
  }
  for (auto& [id, list] : weights) network.set_weights(id, std::move(list));
}

void read_thresholds(Network& network, const Mapped& mapped, Machine& machine) {
  Words words(machine, spec::Region::state);
  for (const Image::Location& at : mapped.image.locations) words.want(at.tile, 4 * at.index + 3);
  std::map<Network::Id, std::vector<double>> adapts;
  for (const Image::Location& at : mapped.image.locations) {
    const Network::Id id = network.find(at.population).value();
    const Population& population = network.populations()[id];
    const bool raw = std::holds_alternative<RawNeurons>(population.neurons);
    const double scale =
        raw ? 1 : mapped.report.conversion.v_scale(at.population, at.neuron) * 65536;
    const double value = std::ldexp(words.at(at.tile, 4 * at.index + 3) & 0xffu, 32) +
                         words.at(at.tile, 4 * at.index + 2);
    auto& adapt = adapts[id];
    adapt.resize(population.size);
    adapt[at.neuron] = value / scale;
  }
  for (auto& [id, adapt] : adapts) {
    const bool any = std::any_of(adapt.begin(), adapt.end(), [](double a) { return a != 0; });
    if (any || network.populations()[id].adapt.given()) network.set_adapt(id, std::move(adapt));
  }
}

}  // namespace

Network read_learned(const Network& network, const Mapped& mapped, Machine& machine) {
  Network learned = network;
  for (const PopulationConversion& one : mapped.report.conversion.populations)
    if (!learned.v_scale) learned.set_v_scale(learned.find(one.name).value(), one.v_scale);
  learned.split_weights = mapped.report.conversion.split_weights;
  learned.relays = mapped.report.conversion.relays_wanted;
  learned.adapt_period = mapped.report.conversion.adapt_period;
  read_weights(learned, mapped, machine);
  read_thresholds(learned, mapped, machine);
  return learned;
}

}  // namespace spikemesh
