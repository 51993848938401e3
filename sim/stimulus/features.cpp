// SPDX-License-Identifier: Apache-2.0
#include "sim/stimulus/features.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sstream>
#include <vector>

#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

using spec::Region;

std::vector<std::string> names_of(const std::set<Feature>& features) {
  std::vector<std::string> names;
  for (const auto& [name, feature] : kFeatures)
    if (features.contains(feature)) names.push_back(name);
  return names;
}

template <class Word, class Change>
std::uint32_t changed(std::uint32_t word, Change change) {
  Word fields = Word::unpack(word);
  change(fields);
  return fields.pack();
}

}  // namespace

Features::Features() {
  for (const auto& [name, feature] : kFeatures) had_.insert(feature);
}

Features::Features(const std::string& names, const std::string& option) {
  std::istringstream in(names);
  for (std::string name; std::getline(in, name, ',');) {
    if (name == "none") continue;
    const auto found = kFeatures.find(name);
    if (found == kFeatures.end())
      throw InputError(fmt::format("{}: '{}' is none; choose from {}, or none", option, name,
                                   fmt::join(names_of(Features().had_), ",")));
    had_.insert(found->second);
  }
}

std::string Features::to_option() const {
  if (all()) return "";
  return fmt::format(" --features {}",
                     had_.empty() ? "none" : fmt::format("{}", fmt::join(names_of(had_), ",")));
}

std::uint32_t Features::without(Region region, std::uint32_t index, std::uint32_t word) const {
  if (region == Region::synapse && !has(Feature::delays))
    word = changed<spec::Synapse>(word, [](auto& s) { s.delay = s.delay != 0 ? 1 : 0; });
  if (region == Region::state && index % spec::kStateStride >= 2 && !has(Feature::adaptation))
    return 0;
  if (region == Region::state && index % spec::kStateStride == 0 && !has(Feature::refractory))
    word = changed<spec::State0>(word, [](auto& s) { s.refractory = 0; });
  if (region != Region::neuron) return word;
  switch (index % spec::kNeuronStride) {
    case 0:
      if (!has(Feature::refractory))
        word = changed<spec::Neuron0>(word, [](auto& n) { n.refractory = 0; });
      return word;
    case 1:
      return changed<spec::Neuron1>(word, [this](auto& n) {
        if (!has(Feature::gain)) n.gain = 0;
        if (!has(Feature::subtraction)) n.subtract = 0;
      });
    case 3:
      return has(Feature::current) ? word : 0;
    case 5:
    case 6:
      return has(Feature::adaptation) ? word : 0;
    default:
      return word;
  }
}

}  // namespace spikemesh::sim
