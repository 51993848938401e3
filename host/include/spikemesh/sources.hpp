// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
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
  std::string population;               ///< of inputs
  double rate_hz = 0;                   ///< poisson: 0 or more
  std::uint64_t interval = 1;           ///< regular: steps, at least 1
  std::uint64_t phase = 0;              ///< regular: first step
  std::optional<std::uint64_t> seed{};  ///< poisson: of its own
};

/// "POPULATION=RATE_HZ" or "POPULATION=RATE_HZ,SEED". Throws InputError that names `option`, the
/// text and the form.
Source parse_poisson(const std::string& text, const std::string& option);
/// "POPULATION=INTERVAL" or "POPULATION=INTERVAL,PHASE", in steps.
Source parse_regular(const std::string& text, const std::string& option);

/// How far a run has come in the samples given to a machine since its network was loaded.
struct SourcePlace {
  std::uint32_t sample = 0;
  std::uint64_t step = 0;  ///< from the begin of that sample
};

/// Makes the spikes of sources, piece by piece: a run in pieces has the spikes of the whole.
///
/// Poisson spikes depend on seed, population, sample and step alone, whatever the other sources;
/// the second source of one population and seed, and further ones, draw numbers of their own.
/// Going on where the last piece ended costs its own steps, anything else also those before it.
class SourceSpikes {
 public:
  SourceSpikes();
  ~SourceSpikes();
  /// A copy goes on where the original stands.
  SourceSpikes(const SourceSpikes&);
  SourceSpikes& operator=(const SourceSpikes&);
  SourceSpikes(SourceSpikes&&) noexcept;
  SourceSpikes& operator=(SourceSpikes&&) noexcept;

  /// Spikes of `steps` steps of each of `samples` samples, the first of them from `place` on. Rows
  /// count samples and steps from there, ordered by source, sample, step, neuron. `seed`: of those
  /// without a seed of their own. Throws InputError for a population that is none of inputs.
  std::vector<SpikeRow> make(std::span<const Source> sources, const Network& network,
                             SourcePlace place, std::uint64_t steps, std::uint32_t samples,
                             std::uint64_t seed);

 private:
  class Stream;
  std::map<std::string, std::unique_ptr<Stream>> streams_;
};

/// How many spikes a source makes in a step on average, for each neuron of its population.
double mean_spikes(const Source& source, double dt_ms);

/// Spikes of steps 0 .. steps - 1 of samples 0 .. samples - 1 of one source.
std::vector<SpikeRow> make_spikes(const Source& source, const Network& network, std::uint64_t steps,
                                  std::uint32_t samples, std::uint64_t seed);

}  // namespace spikemesh
