// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "spikemesh/spec.hpp"

namespace spikemesh::sim {

/// What a core may lack.
enum class Feature : std::uint8_t {
  stdp,         ///< learning of any kind
  adaptation,   ///< thresholds that rise with each spike
  refractory,   ///< steps after a spike in which a neuron is held
  subtraction,  ///< a reset that subtracts the threshold
  gain,         ///< a shift of what arrives
  current,      ///< a synaptic current that lasts longer than its step
  delays,       ///< longer than one step
};
/// For the command line.
inline const std::map<std::string, Feature> kFeatures{{"stdp", Feature::stdp},
                                                      {"adaptation", Feature::adaptation},
                                                      {"refractory", Feature::refractory},
                                                      {"subtraction", Feature::subtraction},
                                                      {"gain", Feature::gain},
                                                      {"current", Feature::current},
                                                      {"delays", Feature::delays}};

/// Those that a random chip may use.
class Features {
 public:
  /// All of them.
  Features();
  /// "stdp,delays", or "none". Throws InputError, which begins with `option`, for another name.
  Features(const std::string& names, const std::string& option);

  bool all() const { return had_.size() == kFeatures.size(); }
  bool has(Feature feature) const { return had_.contains(feature); }
  /// " --features NAMES", or nothing when it is all.
  std::string to_option() const;
  /// A word of a tile, without what the core lacks.
  std::uint32_t without(spec::Region region, std::uint32_t index, std::uint32_t word) const;

 private:
  std::set<Feature> had_;
};

}  // namespace spikemesh::sim
