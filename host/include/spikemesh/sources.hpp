// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spikemesh/network.hpp"
#include "spikemesh/spikes_csv.hpp"

namespace spikemesh {

/// A way to make input spikes without a file.
struct Source {
  /// How the spikes are made.
  enum class Kind : std::uint8_t {
    poisson,  ///< each neuron, each step: a spike with probability 1 - exp(-rate * dt)
    regular,  ///< all neurons in the steps phase, phase + interval, phase + 2 * interval ...
  };
  Kind kind = Kind::poisson;
  std::string population;      ///< of inputs
  double rate_hz = 0;          ///< poisson: above 0
  std::uint64_t interval = 1;  ///< regular: steps, at least 1
  std::uint64_t phase = 0;     ///< regular: first step
};

/// "POPULATION=RATE_HZ". Throws InputError that names `option`, the text and the form.
Source parse_poisson(const std::string& text, const std::string& option);
/// "POPULATION=INTERVAL" or "POPULATION=INTERVAL,PHASE", in steps.
Source parse_regular(const std::string& text, const std::string& option);

/// Spikes of steps 0 .. steps - 1 of samples 0 .. samples - 1, ordered by sample, step, neuron.
/// Poisson spikes differ from sample to sample and depend on seed, population and sample alone: the
/// same on every machine, whatever the other sources. Throws InputError for a population that is
/// none of inputs.
std::vector<SpikeRow> make_spikes(const Source& source, const Network& network, std::uint64_t steps,
                                  std::uint32_t samples, std::uint64_t seed);

}  // namespace spikemesh
