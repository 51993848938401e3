// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spikemesh/network.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh {

/// Parameters of a neuron as the chip holds them; docs/arithmetic.md has the ranges.
struct NeuronParameters {
  std::int32_t theta = 0, v_reset = 0, bias = 0;
  std::uint32_t refractory = 0, gain = 0, subtract = 0;
  std::uint32_t decay_i = 0, decay_v = 0, decay_adapt = 0;
  std::uint32_t adapt_step = 0;
  bool operator==(const NeuronParameters&) const = default;
};

/// A learning rule as the chip holds it, for weights of one scale (docs/blocks/learn.md).
struct IntegerRule {
  std::string name;
  std::int32_t a_plus = 0, a_minus = 0, w_min = 0, w_max = 0;
  std::uint32_t x_target = 0, pre_unit = 0, pre_max = 0, post_unit = 0, post_max = 0;
  bool soft = false;
  double tau_pre = 0, tau_post = 0;  ///< steps
  bool operator==(const IntegerRule&) const = default;
};

/// A synapse as the chip holds it.
struct IntegerSynapse {
  std::uint32_t target = 0;  ///< unit
  std::int16_t weight = 0;
  std::uint8_t delay = 1;
  std::uint8_t rule = 0;  ///< 0: static; else a number of `rules`, from 1 on
  bool operator==(const IntegerSynapse&) const = default;
};

/// A network in integers of one chip. Inputs and neurons alike are **units**, numbered through all
/// populations in their order.
struct IntegerNetwork {
  /// A population: its units are first .. first + size - 1.
  struct Part {
    std::string name;
    std::uint32_t first = 0, size = 0;  ///< units
    bool input = false;
    std::vector<TilePlace> tiles;
  };
  /// A neuron that passes on spikes which are to act later than the longest delay of the chip.
  struct Relay {
    std::uint32_t source = 0;  ///< unit whose spikes it passes on
    std::uint32_t hops = 1;    ///< it fires this many longest delays after the source
    std::uint32_t level = 0;   ///< and only if the source had more spikes than this in its step
  };
  std::vector<Relay> relays;  ///< of the last units, in a part of their own behind the populations
  std::vector<Part> parts;    ///< one a population
  std::vector<std::uint32_t> part_of;     ///< unit -> population
  std::vector<NeuronParameters> neurons;  ///< unit -> parameters (of an input: zero)
  std::vector<std::uint32_t> max_hits;    ///< unit -> most spikes in a step
  std::vector<bool> recorded;             ///< unit
  std::vector<std::uint64_t> row;         ///< unit -> its first synapse; one more at the end
  /// By source; no weight of a static one is 0. One that is split is here several times.
  std::vector<IntegerSynapse> synapses;
  /// Where a plastic synapse comes from: its weight there, times scale, is that of the chip.
  struct Origin {
    std::uint32_t projection = 0;
    std::uint64_t synapse = 0;
    double scale = 1;
  };
  std::vector<Origin> origins;
  /// Synapse -> place in `origins` (of a static one: 0); empty if none is plastic.
  std::vector<std::uint32_t> origin_of;
  std::vector<IntegerRule> rules;
  std::vector<std::uint64_t> adapt;  ///< unit -> adaptive threshold at the begin
  std::vector<std::int32_t> v, i;    ///< unit -> V and I at the begin
  std::vector<double> v_scale;       ///< unit -> raw V units in a unit of v; 0: given raw, or input
  std::uint32_t adapt_period = 0;
  std::uint32_t min_tiles = 1;
  std::string source;  ///< the network's file, for errors

  /// Number of units.
  std::uint32_t units() const { return static_cast<std::uint32_t>(part_of.size()); }
  /// Number of a unit inside its population.
  std::uint32_t index_of(std::uint32_t unit) const { return unit - parts[part_of[unit]].first; }
  /// The relay that a unit is; nullptr: it is an input or neuron of the author.
  const Relay* relay_of(std::uint32_t unit) const {
    const auto authors = units() - static_cast<std::uint32_t>(relays.size());
    return unit < authors ? nullptr : &relays[unit - authors];
  }
  /// The unit of the author whose spikes it sends: its own, or those of a relay's source.
  std::uint32_t author_of(std::uint32_t unit) const {
    const Relay* relay = relay_of(unit);
    return relay == nullptr ? unit : relay->source;
  }
  /// `neuron 3 of "hidden"`, `a relay of neuron 3 of "hidden"`.
  std::string name_of(std::uint32_t unit) const;
};

/// What rounding did to the values of one quantity: thresholds of a population, weights of a
/// projection, ... Values that are 0 do not count: they stay 0.
struct RoundingError {
  std::uint64_t count = 0;     ///< values
  std::uint64_t vanished = 0;  ///< of these, how many became 0
  std::uint64_t coarse = 0;    ///< how many are off by more than kLossBound (or became 0)
  double max_absolute = 0;     ///< largest error, in the author's unit (of times: in steps)
  double max = 0;              ///< largest error of a value relative to itself
  double rms = 0;              ///< root of the mean squared error, relative to that of the values
  std::string worst;  ///< path of what has the error `max`; empty while nothing was rounded

  /// True if its relative error is the largest so far: the caller then names it in `worst`.
  bool add(double exact, double rounded);
  /// Adds the errors of another report of the same quantity.
  void add(const RoundingError& other);
  /// More than kLossBound of the values became 0, or kCoarseBound of them are coarse, or `rms` is
  /// above kLossBound: worth a warning.
  bool lost() const;
  /// More than kLossBound of the values became 0.
  bool vanished_much() const;

 private:
  double errors_ = 0, squares_ = 0;
};
inline constexpr double kLossBound = 0.01;
inline constexpr double kCoarseBound = 0.05;  ///< trained weights near 0 alone are 1 or 2 % of all

/// What became of a population of `neuron` objects.
struct PopulationConversion {
  std::string name, path;
  Values<double> v_scale;      ///< raw V units in a unit of v: one for all neurons, or one for each
  std::uint32_t gain_max = 0;  ///< largest left shift of an accumulator
  /// Expected offset of V towards v_rest because decay truncates, relative to the distance of
  /// threshold and v_rest: the largest of its neurons.
  double pull = 0;
  bool rest_forgotten = false;  ///< the threshold is below a v_rest of 0 that nobody gave
  RoundingError threshold, v_reset, bias, tau_m, tau_syn, refractory, adapt_step, tau_adapt, adapt,
      v, i;
};

/// What became of a projection into such a population, or of one with a weight_scale.
struct ProjectionConversion {
  std::string from, to, path;
  double step = 0;            ///< smallest weight above 0 that each of its neurons holds
  double strongest = 0;       ///< largest weight into the neuron for which this is so
  bool shifted = false;       ///< and it is so because of that weight: the neuron has a gain
  std::uint64_t clipped = 0;  ///< weights that alone go beyond what I holds
  std::uint64_t split = 0, split_words = 0;  ///< synapses of several words, and these words
  RoundingError weight;
};

/// What became of a learning rule, for all scales of weights together.
struct RuleConversion {
  std::string name, path;
  RoundingError amplitude, bound, trace;
};

/// What conversion chose, and what rounding did.
struct ConversionReport {
  std::uint32_t adapt_period = 0;
  double split_weights = 0;                  ///< as in Network: what conversion was told
  std::uint64_t split = 0, split_words = 0;  ///< synapses of several words, and these words
  bool relays_wanted = false;                ///< as Network::relays: what conversion was told
  std::uint64_t relays = 0, relayed = 0;     ///< relay neurons, and units whose spikes they pass on
  std::uint64_t relay_words = 0;             ///< synapse words that the network has because of them
  std::vector<PopulationConversion> populations;
  std::vector<ProjectionConversion> projections;
  std::vector<RuleConversion> rules;

  /// All weights together.
  RoundingError weights() const;
  /// The scale of V of one neuron; 0 if it is raw or no such neuron is there.
  double v_scale(const std::string& population, std::uint32_t neuron) const;
  /// One line for each population, projection or rule in which something was lost.
  std::vector<std::string> warnings() const;
};

/// A network in integers, and the report about it.
struct Converted {
  IntegerNetwork network;
  ConversionReport report;
};

/// Turns a network into integers of the chip `build`. `split_weights`, `relays`: instead of the
/// network's. Throws InputError where a value has no place there.
Converted convert(const Network& network, const spec::Build& build,
                  std::optional<double> split_weights = {}, std::optional<bool> relays = {});

/// Proves that no accumulator can wrap: for each neuron, the sums of all positive and of all
/// negative weights into it (of a plastic synapse: of its rule's bounds), each times the most hits
/// a step of its source, must fit 24 bits. (Whatever the delays, a slot gets at most one step's
/// spikes of each synapse.) Throws InputError that names the neuron. Returns the largest magnitude
/// met.
std::int64_t prove_no_overflow(const IntegerNetwork& network);

}  // namespace spikemesh
