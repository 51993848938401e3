// SPDX-License-Identifier: Apache-2.0
// What the neurons of a session hold between two runs, apart from reading V and I.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <span>

#include "sim/run/session.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

std::uint32_t address_of(spec::Region region, std::uint32_t index) {
  return spec::TileAddr{.index = index, .region = static_cast<std::uint32_t>(region)}.pack();
}

/// Writes a value into the states of neurons of one tile, which are neighbours: refractory counts
/// and adaptive thresholds lie between them and stay.
void write_states(Machine& machine, Quantity quantity, std::uint16_t tile,
                  const std::map<std::uint32_t, std::int32_t>& by_index) {
  const std::uint32_t first = by_index.begin()->first, last = by_index.rbegin()->first;
  const std::uint32_t address = address_of(spec::Region::state, 4 * first);
  std::vector<std::uint32_t> words = machine.read(tile, address, 4 * (last - first + 1));
  for (const auto& [index, value] : by_index) {
    std::uint32_t& v = words[4 * (index - first)];
    std::uint32_t& i = words[4 * (index - first) + 1];
    if (quantity == Quantity::v)
      v = spec::State0{.v = value, .refractory = spec::State0::unpack(v).refractory}.pack();
    else
      i = spec::State1{.i = value}.pack();
  }
  machine.write(tile, address, words);
}

using NeuronWords = std::array<std::uint32_t, 8>;

/// The neurons' words of an image by tile and index; what it does not have is 0.
class NeuronMemories {
 public:
  explicit NeuronMemories(const Image& image) {
    for (const Block& block : image.blocks) {
      const auto at = spec::TileAddr::unpack(block.address);
      if (at.region == static_cast<std::uint32_t>(spec::Region::neuron))
        blocks_[block.tile].push_back({at.index, block.words});
    }
  }
  NeuronWords of(const Image::Location& neuron) const {
    NeuronWords found{};
    const auto blocks = blocks_.find(neuron.tile);
    if (blocks == blocks_.end()) return found;
    const auto first = static_cast<std::uint32_t>(found.size()) * neuron.index;
    for (const Words& block : blocks->second)
      for (std::uint32_t k = 0; k < found.size(); ++k)
        if (first + k >= block.first && first + k - block.first < block.words.size())
          found[k] = block.words[first + k - block.first];
    return found;
  }

 private:
  struct Words {
    std::uint32_t first = 0;  ///< index of the first one
    std::span<const std::uint32_t> words;
  };
  std::map<std::uint16_t, std::vector<Words>> blocks_;
};

NeuronParameters parameters_of(const NeuronWords& words) {
  const auto threshold = spec::Neuron0::unpack(words[0]);
  const auto reset = spec::Neuron1::unpack(words[1]);
  return {.theta = threshold.theta,
          .v_reset = reset.v_reset,
          .bias = spec::Neuron2::unpack(words[2]).bias,
          .refractory = threshold.refractory,
          .gain = reset.gain,
          .subtract = reset.subtract,
          .decay_i = spec::Neuron3::unpack(words[3]).decay_i,
          .decay_v = spec::Neuron4::unpack(words[4]).decay_v,
          .decay_adapt = spec::Neuron6::unpack(words[6]).decay_adapt,
          .adapt_step = spec::Neuron5::unpack(words[5]).adapt_step};
}

}  // namespace

/// By neuron.
std::vector<Image::Location> Session::locations(const std::string& population) {
  std::vector<Image::Location> found;
  for (const Image::Location& each : mapped().image.locations)
    if (each.population == population) found.push_back(each);
  if (found.empty())
    throw InputError(
        fmt::format("\"{}\": this is no population of neurons of the network, so it "
                    "has no state",
                    population));
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.neuron < b.neuron; });
  return found;
}

void Session::set_state(const std::string& population, Quantity quantity,
                        std::span<const std::int32_t> values) {
  const auto held = lock();
  runnable();
  const std::vector<Image::Location> places = locations(population);
  if (values.size() != places.size())
    throw InputError(fmt::format("{}: {} values for the {} neurons of \"{}\"", to_string(quantity),
                                 values.size(), places.size(), population));
  std::map<std::uint16_t, std::map<std::uint32_t, std::int32_t>> tiles;
  for (std::size_t k = 0; k < places.size(); ++k) {
    if (values[k] < -(1 << 23) || values[k] >= 1 << 23)
      throw InputError(fmt::format("{}: {} of neuron {} of \"{}\", but the chip holds {} to {}",
                                   to_string(quantity), values[k], k, population, -(1 << 23),
                                   (1 << 23) - 1));
    tiles[places[k].tile][places[k].index] = values[k];
  }
  for (const auto& [tile, by_index] : tiles) {
    write_states(*machine_, quantity, tile, by_index);
    if (shadow_) write_states(*shadow_, quantity, tile, by_index);
  }
}

std::vector<NeuronParameters> Session::held_parameters(const std::string& population) {
  const std::vector<Image::Location> places = locations(population);
  const NeuronMemories memories(mapped_->image);
  std::vector<NeuronParameters> neurons;
  for (const Image::Location& each : places) neurons.push_back(parameters_of(memories.of(each)));
  return neurons;
}

std::vector<NeuronParameters> Session::parameters(const std::string& population) {
  const auto held = lock();
  return held_parameters(population);
}

std::vector<NeuronUnits> Session::held_units(const std::string& population) {
  const std::vector<NeuronParameters> parameters = held_parameters(population);
  const auto id = network_->find(population).value();
  const auto* given = std::get_if<PhysicalNeurons>(&network_->populations()[id].neurons);
  std::vector<NeuronUnits> units(parameters.size());
  for (std::uint32_t k = 0; k < units.size(); ++k) {
    units[k].v_threshold = parameters[k].theta;
    if (given == nullptr) continue;
    const double whole = std::ldexp(1.0, static_cast<int>(mapped_->image.build.decay_bits));
    const double gi =
        given->w_in.get(k, 1) * (given->tau_syn_ms.given() ? 1 - parameters[k].decay_i / whole : 1);
    const double gv =
        given->r.get(k, 1) * (given->tau_m_ms.given() ? 1 - parameters[k].decay_v / whole : 1);
    units[k].v_scale = mapped_->report.conversion.v_scale(population, k);
    units[k].v_rest = given->v_rest.get(k, 0);
    units[k].v_threshold = given->v_threshold[k];
    units[k].i_scale = units[k].v_scale * gv;
    units[k].weight_scale =
        units[k].i_scale * gi / std::ldexp(1.0, static_cast<int>(parameters[k].gain));
  }
  return units;
}

std::vector<NeuronUnits> Session::units(const std::string& population) {
  const auto held = lock();
  return held_units(population);
}

/// Of each column, by the keys of record.json.
std::map<std::string, std::vector<double>> Session::units_of(const Trace& trace) {
  const std::string& population = trace.probe.population;
  const auto id = network_->find(population).value();
  std::map<std::string, std::vector<double>> columns;
  const std::vector<NeuronUnits> units = held_units(population);
  if (!std::holds_alternative<PhysicalNeurons>(network_->populations()[id].neurons)) {
    if (trace.probe.quantity == Quantity::v)
      for (const std::uint32_t neuron : trace.neurons)
        columns["v_threshold"].push_back(units[neuron].v_threshold);
    return columns;
  }
  for (const std::uint32_t neuron : trace.neurons) {
    columns["v_scale"].push_back(units[neuron].v_scale);
    if (trace.probe.quantity == Quantity::i) {
      columns["i_scale"].push_back(units[neuron].i_scale);
    } else {
      columns["v_rest"].push_back(units[neuron].v_rest);
      columns["v_threshold"].push_back(units[neuron].v_threshold);
    }
  }
  for (const Trace::Synapse& synapse : trace.synapses)
    columns["weight_scale"].push_back(units[synapse.post].weight_scale);
  return columns;
}

SourcePlace Session::place() {
  const auto held = lock();
  mapped();
  return place_;
}

}  // namespace spikemesh::sim
