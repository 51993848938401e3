// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "spikemesh/convert.hpp"

namespace spikemesh {

/// Every quantity of a population that rounds, with the name that reports give it and its JSON key.
struct PopulationQuantity {
  const char* name;
  const char* key;
  RoundingError PopulationConversion::*error;
};
inline constexpr PopulationQuantity kPopulationQuantities[] = {
    {"thresholds", "threshold", &PopulationConversion::threshold},
    {"reset values", "v_reset", &PopulationConversion::v_reset},
    {"biases", "bias", &PopulationConversion::bias},
    {"membrane time constants", "tau_m", &PopulationConversion::tau_m},
    {"synaptic time constants", "tau_syn", &PopulationConversion::tau_syn},
    {"refractory times", "refractory", &PopulationConversion::refractory},
    {"adaptation steps", "adapt_step", &PopulationConversion::adapt_step},
    {"adaptation time constants", "tau_adapt", &PopulationConversion::tau_adapt},
    {"initial adaptation values", "adapt", &PopulationConversion::adapt},
    {"initial potentials", "v", &PopulationConversion::v},
    {"initial currents", "i", &PopulationConversion::i},
};

struct RuleQuantity {
  const char* name;
  const char* key;
  RoundingError RuleConversion::*error;
};
inline constexpr RuleQuantity kRuleQuantities[] = {
    {"amplitudes", "amplitude", &RuleConversion::amplitude},
    {"bounds", "bound", &RuleConversion::bound},
    {"trace values", "trace", &RuleConversion::trace},
};

/// The part of `spikemesh map`'s table that tells of conversion; empty for a network of raw
/// integers.
std::string to_text(const ConversionReport& report);

}  // namespace spikemesh
