// SPDX-License-Identifier: Apache-2.0
#include "machine/probe_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "spikemesh/error.hpp"

namespace spikemesh {
namespace {

constexpr std::uint32_t kGap = 16;  // words between two wanted ones that are read along

Place place(std::uint16_t tile, spec::Region region, std::uint32_t index) {
  return {tile,
          spec::TileAddr{.index = index, .region = static_cast<std::uint32_t>(region)}.pack()};
}

/// The words of an image by place; those that it does not have are 0, as on a chip.
class Words {
 public:
  explicit Words(const Image& image) {
    for (const Block& block : image.blocks) blocks_[{block.tile, block.address}] = &block;
  }
  std::uint32_t at(const Place& wanted) const {
    auto found = blocks_.upper_bound(wanted);
    if (found == blocks_.begin()) return 0;
    const Block& block = *(--found)->second;
    if (block.tile != wanted.tile || wanted.address - block.address >= block.words.size()) return 0;
    return block.words[wanted.address - block.address];
  }

 private:
  std::map<Place, const Block*> blocks_;
};

void make_extents(ProbePlan& plan) {
  const std::set<Place> sorted(plan.places.begin(), plan.places.end());
  std::map<Place, std::pair<std::uint32_t, std::uint32_t>> where;
  for (const Place& each : sorted) {
    const PlaceExtent* last = plan.extents.empty() ? nullptr : &plan.extents.back();
    const bool near = last != nullptr && last->first.tile == each.tile &&
                      each.address - last->first.address <= last->count + kGap &&
                      each.address >> 16 == last->first.address >> 16;
    if (!near) plan.extents.push_back({each, 0});
    PlaceExtent& extent = plan.extents.back();
    extent.count = each.address - extent.first.address + 1;
    where[each] = {static_cast<std::uint32_t>(plan.extents.size() - 1), extent.count - 1};
  }
  for (const Place& each : plan.places) plan.sources.push_back(where.at(each));
}

/// The neurons of a tile are few: reading along those that nobody wants costs nothing.
void make_columns(ProbePlan& plan) {
  constexpr std::uint32_t kWords = 4;  // of a neuron's state
  const auto neuron = [](const Place& place) {
    return spec::TileAddr::unpack(place.address).index / kWords;
  };
  std::map<std::uint16_t, std::pair<std::uint32_t, std::uint32_t>> ends;  // first, last
  for (const Place& each : plan.places) {
    const auto [found, fresh] = ends.try_emplace(each.tile, std::pair(neuron(each), neuron(each)));
    auto& [first, last] = found->second;
    first = std::min(first, neuron(each));
    last = std::max(last, neuron(each));
  }
  std::map<std::uint16_t, std::uint32_t> begins;  // of a tile, minus its first neuron
  std::uint32_t begin = 0;
  for (const auto& [tile, range] : ends) {
    const std::uint32_t count = range.second - range.first + 1;
    plan.neurons.push_back({{tile, range.first}, count});
    begins[tile] = begin - range.first;
    begin += count;
  }
  for (const Place& each : plan.places) plan.columns.push_back(begins.at(each.tile) + neuron(each));
}

/// Finds columns in an image.
class Planner {
 public:
  explicit Planner(const Image& image) : image_(image), words_(image) {}

  /// `may_be_empty`: no synapse is an answer, too.
  ProbePlan plan(const Probe& probe, bool may_be_empty = false) {
    ProbePlan plan;
    plan.header.probe = probe;
    const std::vector<const Image::Location*> neurons = chosen(probe);
    if (probe.quantity == Quantity::weight)
      add_synapses(probe, neurons, plan, may_be_empty);
    else
      add_states(probe, neurons, plan);
    make_extents(plan);
    if (probe.quantity != Quantity::weight) make_columns(plan);
    return plan;
  }

 private:
  [[noreturn]] static void fail(const Probe& probe, const std::string& why) {
    const std::string from = probe.from.empty() ? "" : probe.from + ",";
    throw InputError(fmt::format("recording {}:{}{}: {}", to_string(probe.quantity), from,
                                 probe.population, why));
  }

  std::vector<const Image::Location*> chosen(const Probe& probe) const {
    std::vector<const Image::Location*> all, some;
    std::string names;
    for (const Image::Location& each : image_.locations) {
      if (each.population == probe.population) all.push_back(&each);
      if (each.neuron == 0) names += (names.empty() ? "" : ", ") + each.population;
    }
    if (all.empty())
      fail(probe, fmt::format("the network has no neurons \"{}\"; it has {}", probe.population,
                              names.empty() ? "none" : names));
    if (probe.neurons.empty()) return all;
    for (const std::uint32_t neuron : probe.neurons) {
      if (neuron >= all.size())
        fail(probe, fmt::format("neuron {}, but the neurons of \"{}\" are 0..{}", neuron,
                                probe.population, all.size() - 1));
      some.push_back(all[neuron]);
    }
    return some;
  }

  static void add_states(const Probe& probe, const std::vector<const Image::Location*>& neurons,
                         ProbePlan& plan) {
    const std::uint32_t field = probe.quantity == Quantity::v ? 0 : 1;
    for (const Image::Location* neuron : neurons) {
      plan.header.neurons.push_back(neuron->neuron);
      plan.places.push_back(place(neuron->tile, spec::Region::state, 4 * neuron->index + field));
    }
  }

  /// Where the spikes of an input or neuron go, and how many steps later than they are fired.
  struct Sender {
    std::uint32_t neuron = 0, later = 0;
    std::vector<spec::Fanout> axons;
  };

  Sender sender(std::uint32_t number, std::uint16_t tile, std::uint32_t index) const {
    Sender made{number, 0, {}};
    const auto held =
        spec::Neuron7::unpack(words_.at(place(tile, spec::Region::neuron, 8 * index + 7)));
    for (std::uint32_t i = 0; i < held.count; ++i) {
      const auto entry =
          spec::Fanout::unpack(words_.at(place(tile, spec::Region::fanout, held.first + i)));
      if (entry.host == 0) made.axons.push_back(entry);
    }
    return made;
  }

  /// All that sends the spikes of a population: its inputs or neurons, and their relays.
  std::vector<Sender> senders(const Probe& probe) const {
    std::vector<Sender> list;
    for (const Image::Input& input : image_.inputs) {
      if (input.population != probe.from) continue;
      list.push_back({input.neuron, 0, {}});
      for (const std::uint32_t payload : input.payloads)
        list.back().axons.push_back(spec::Fanout::unpack(payload));
    }
    for (const Image::Location& neuron : image_.locations)
      if (neuron.population == probe.from)
        list.push_back(sender(neuron.neuron, neuron.tile, neuron.index));
    for (const Image::Relay& relay : image_.relays) {
      if (relay.population != probe.from) continue;
      list.push_back(sender(relay.neuron, relay.tile, relay.index));
      list.back().later = relay.delay;
    }
    if (list.empty())
      fail(probe, fmt::format("the network has no population \"{}\"; name one that sends to \"{}\"",
                              probe.from, probe.population));
    return list;
  }

  void add_synapses(const Probe& probe, const std::vector<const Image::Location*>& neurons,
                    ProbePlan& plan, bool may_be_empty) const {
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> post_of;  // tile, index
    for (const Image::Location* neuron : neurons)
      post_of[{neuron->tile, neuron->index}] = neuron->neuron;
    std::vector<std::pair<Trace::Synapse, Place>> found;
    for (const Sender& from : senders(probe))
      for (const spec::Fanout& axon : from.axons) {
        const auto tile = static_cast<std::uint16_t>(spec::Tile{.x = axon.x, .y = axon.y}.pack());
        const auto row = spec::Axon::unpack(words_.at(place(tile, spec::Region::axon, axon.axon)));
        const std::uint32_t lanes = image_.build.lanes;
        for (std::uint32_t i = row.first * lanes; i < (row.first + row.groups) * lanes; ++i) {
          const Place at = place(tile, spec::Region::synapse, i);
          const auto synapse = spec::Synapse::unpack(words_.at(at));
          const auto post = post_of.find({tile, synapse.target});
          if (synapse.delay != 0 && post != post_of.end())
            found.push_back({{from.neuron, post->second, synapse.delay + from.later}, at});
        }
      }
    if (found.empty() && !may_be_empty)
      fail(probe,
           fmt::format("no synapse leads from \"{}\" to these neurons; choose others", probe.from));
    std::sort(found.begin(), found.end());
    for (const auto& [synapse, at] : found) {
      plan.header.synapses.push_back(synapse);
      plan.places.push_back(at);
    }
  }

  const Image& image_;
  Words words_;
};

}  // namespace

std::vector<ProbePlan> plan_probes(const Image& image, const std::vector<Probe>& probes) {
  Planner planner(image);
  std::vector<ProbePlan> plans;
  for (const Probe& probe : probes)
    if (probe.quantity != Quantity::spikes) plans.push_back(planner.plan(probe));
  return plans;
}

ProbePlan plan_synapses(const Image& image, const Probe& probe) {
  return Planner(image).plan(probe, true);
}

void read_values(const StepReader& read, const ProbePlan& plan, const spec::Build& build,
                 std::vector<std::int32_t>& values) {
  const std::size_t before = values.size();
  values.resize(before + plan.sources.size());
  auto next = values.begin() + static_cast<std::ptrdiff_t>(before);
  if (read.states && plan.header.probe.quantity != Quantity::weight) {
    std::vector<std::int32_t> states;
    for (const auto& [first, count] : plan.neurons) {
      states.resize(states.size() + count);
      read.states(first.tile, plan.header.probe.quantity == Quantity::i, first.address,
                  std::span(states).last(count));
    }
    for (const std::uint32_t column : plan.columns) *next++ = states[column];
    return;
  }
  std::vector<std::vector<std::uint32_t>> words;
  for (const PlaceExtent& extent : plan.extents)
    words.push_back(read.words(extent.first.tile, extent.first.address, extent.count));
  const auto take = [&](auto&& value) {  // a loop of its own for each quantity
    for (const auto& [extent, word] : plan.sources) *next++ = value(words[extent][word]);
  };
  const Quantity quantity = plan.header.probe.quantity;
  if (quantity == Quantity::v)
    take([](std::uint32_t word) { return spec::State0::unpack(word).v; });
  else if (quantity == Quantity::i)
    take([](std::uint32_t word) { return spec::State1::unpack(word).i; });
  else
    take([unused = 32 - build.weight_bits](std::uint32_t word) {
      const auto raw = static_cast<std::uint32_t>(spec::Synapse::unpack(word).weight);
      return static_cast<std::int32_t>(raw << unused) >> unused;
    });
}

}  // namespace spikemesh
