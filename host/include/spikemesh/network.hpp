// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "spikemesh/early_exit_settings.hpp"
#include "spikemesh/values.hpp"

namespace spikemesh {

/// Neurons that the host makes fire. One may fire several times in a step, up to its declared
/// limit, which the proof that no accumulator wraps relies on.
struct InputNeurons {
  Values<std::int64_t> max_spikes_per_step = std::int64_t{1};
  bool operator==(const InputNeurons&) const = default;
};

/// Neuron parameters as the chip holds them (docs/arithmetic.md). What is not given is 0.
/// Decay factors are k / 2^decay_bits with the network's own decay_bits.
struct RawNeurons {
  Values<std::int64_t> theta{}, v_reset{}, subtract{}, bias{}, decay_i{}, decay_v{};
  Values<std::int64_t> gain{}, refractory{}, adapt_step{}, decay_adapt{};
  bool operator==(const RawNeurons&) const = default;
};

/// Neuron parameters in physical units; docs/network.md has the equations and what becomes of each.
/// Voltages have the unit that the author likes: only their ratios to r * w_in * weight count.
struct PhysicalNeurons {
  Values<double> tau_m_ms{};     ///< membrane time constant; or
  Values<double> beta{};         ///< factor of v per step; 1 means no leak, and an unscaled current
  Values<double> tau_syn_ms{};   ///< time constant of the synaptic current; or
  Values<double> alpha{};        ///< factor of the current per step; if unset, it lasts one step
  Values<double> v_threshold{};  ///< required
  Values<double> v_rest{};       ///< 0
  Values<double> v_reset{};      ///< v_rest; not with subtract
  Values<double> r{};            ///< 1: membrane resistance
  Values<double> w_in{};         ///< 1: factor of all that comes in
  Values<double> bias{};         ///< 0: constant input
  Values<double> t_refractory_ms{};  ///< 0
  Values<double> adapt_step{};       ///< 0: what a spike adds to the threshold
  Values<double> tau_adapt_ms{};     ///< not given: the threshold does not come down again
  bool subtract = false;  ///< a spike subtracts v_threshold - v_rest instead of setting v_reset
  bool operator==(const PhysicalNeurons&) const = default;
};

/// How the synapses of a plastic projection change (docs/network.md, "Learning"). Weights and
/// amplitudes have the unit of the projections' weights, traces that of one spike.
struct LearningRule {
  std::string name;
  double tau_pre_ms = 0, tau_post_ms = 0;  ///< time constants of the traces, required
  double a_plus = 0;    ///< change at a post spike, times the pre trace minus x_target
  double a_minus = 0;   ///< change at a pre spike, times the post trace; negative depresses
  double x_target = 0;  ///< what a pre trace is compared with
  double w_min = 0, w_max = 0;
  bool soft = false;  ///< amplitudes are shares of the distance to the bound ahead
  /// Largest value of a trace; 1: only the last spike counts. Not given: what the chip can hold.
  std::optional<double> pre_max{}, post_max{};
  bool operator==(const LearningRule&) const = default;
};

/// Coordinates of a tile.
struct TilePlace {
  std::uint32_t x = 0, y = 0;
  bool operator==(const TilePlace&) const = default;
};

/// Input neurons or neurons of one kind, under one name.
struct Population {
  std::string name;
  std::uint32_t size = 0;  ///< left at 0, it is that of the shape
  std::variant<InputNeurons, RawNeurons, PhysicalNeurons> neurons;
  std::vector<std::uint32_t> recorded;  ///< neurons whose spikes come back, ascending
  std::vector<TilePlace> tiles;         ///< where it must be put; empty: anywhere
  /// Adaptive thresholds at the begin: integers of the chip for raw neurons, else in the unit of v.
  Values<double> adapt{};
  /// Of physical neurons: raw V units in one unit of v; not given: as the network says, or chosen.
  Values<double> v_scale{};
  /// Length of each axis, the last one numbered fastest; empty: none but the size. Layers need
  /// [channels, height, width].
  std::vector<std::uint32_t> shape{};
  /// V and I at the begin: integers of the chip for raw neurons, else in the units of v and i.
  Values<double> v{}, i{};

  /// Whether the host makes these neurons fire.
  bool is_input() const { return std::holds_alternative<InputNeurons>(neurons); }
  bool operator==(const Population&) const = default;
};

/// One synapse: numbers of the neurons inside their populations, weight as in Projection.
struct Synapse {
  std::uint32_t pre = 0, post = 0;
  double weight = 0;
  std::uint32_t delay = 1;  ///< steps
  bool operator==(const Synapse&) const = default;
};

/// How a projection lists its synapses.
enum class Connect : std::uint8_t {
  all_to_all,  ///< one weight and delay; synapse i is pre * post_size + post
  one_to_one,  ///< synapse i joins neuron i to neuron i
  dense,       ///< weight matrix [pre][post], row by row; a weight of 0 is no synapse
  sparse,      ///< columns pre, post
  conv2d,      ///< a kernel [channels out][channels in / groups][height][width] slides over `from`
  pool2d,      ///< one weight for all of a window that slides over each channel of `from`
};

/// How the window of a conv2d or pool2d projection slides. Pairs are {vertical, horizontal}.
struct Window {
  using Pair = std::array<std::uint32_t, 2>;
  Pair size{1, 1};           ///< rows and columns of the kernel
  Pair stride{1, 1};         ///< from one window to the next
  Pair padding{0, 0};        ///< places without neurons on each side
  Pair dilation{1, 1};       ///< from one row or column of the kernel to the next
  std::uint32_t groups = 1;  ///< of conv2d: channels that see only channels of their group
  bool operator==(const Window&) const = default;
};

/// The shape of what a window makes of [channels, height, width]; `channels`: those of the result.
/// An axis is 0 where the window is larger than what it slides over.
std::vector<std::uint32_t> slide(const std::vector<std::uint32_t>& shape, const Window& window,
                                 std::uint32_t channels);

/// How an author wrote something: says nothing of the network, so all are equal.
struct Wording {
  bool is = false;
  Wording() = default;
  Wording(bool is) : is(is) {}                            ///< of a flag
  operator bool() const { return is; }                    ///< the flag
  bool operator==(const Wording&) const { return true; }  ///< always
};

/// Synapses from one population to another. Weights into raw neurons are integers of the chip, or
/// any numbers with `weight_scale`, which they are multiplied by; into physical neurons they are in
/// the author's unit.
struct Projection {
  std::uint32_t from = 0, to = 0;
  Connect connect = Connect::sparse;
  std::vector<std::uint32_t> pre{}, post{};  ///< sparse only
  Values<double> weight{};
  Values<std::uint32_t> delay =
      1u;                  ///< steps, at least 1: a spike of step t acts in step t + delay
  bool allow_self = true;  ///< all_to_all inside one population: neuron i to i, too
  std::optional<double> weight_scale{};
  /// Its synapses are plastic, by this rule; then a weight of 0 is a synapse, too.
  std::optional<std::uint32_t> rule{};
  Wording listed{};       ///< came as rows [pre, post, ...] of a file: errors name the row
  Wording delay_in_ms{};  ///< the file says `delay_ms`: errors name that key and its unit
  Window window{};  ///< conv2d and pool2d; weights and delays of conv2d are one, or a kernel's
  bool operator==(const Projection&) const = default;
};

/// What a network says of all its populations.
struct NetworkSettings {
  /// Raw V units in one unit of v, where a population does not say its own; not given: chosen for
  /// each neuron (docs/network.md).
  std::optional<double> v_scale{};
  /// Adaptive thresholds decay in steps that are multiples of 2^adapt_period; not given: chosen.
  std::optional<std::uint32_t> adapt_period{};
  /// Fraction bits of the decay factors of raw neurons.
  std::uint32_t decay_bits = 12;
  /// Decay factors from time constants: 1 - dt/tau, or exp(-dt/tau).
  bool exponential = false;
  /// Spread over at least this many tiles.
  std::uint32_t min_tiles = 1;
  /// Largest error of a weight relative to itself for which a stronger static synapse into the same
  /// neuron takes several words of its row (docs/network.md); 0: each synapse takes one.
  double split_weights = 0;
  /// Delays beyond the chip's take relay neurons, which the mapper adds; else they are refused.
  bool relays = false;
  /// The program early-exit of the management core runs the samples; not given: none does.
  std::optional<EarlyExitSettings> early_exit{};
  bool operator==(const NetworkSettings&) const = default;
};

/// A network as its author says it, of no particular chip. Every function that adds checks what can
/// be checked without a chip and throws InputError with the path of what is wrong, as in a network
/// file.
class Network : public NetworkSettings {
 public:
  using Id = std::uint32_t;  ///< of a population or a projection: its place in the network

  /// `dt_ms`: time of a step in milliseconds, above 0.
  explicit Network(double dt_ms = 1.0);

  /// Adds input neurons and returns the number of the population.
  Id add_input(std::string name, std::uint32_t size, InputNeurons neurons = {});
  /// Adds neurons with parameters as the chip holds them.
  Id add_neurons(std::string name, std::uint32_t size, RawNeurons neurons);
  /// Adds neurons with parameters in physical units.
  Id add_neurons(std::string name, std::uint32_t size, PhysicalNeurons neurons);
  /// Adds a population that is complete already, as a network file gives it.
  Id add(Population population);
  /// Makes the spikes of all neurons of the population come back.
  void record(Id population);
  /// Makes the spikes of these neurons come back.
  void record(Id population, std::vector<std::uint32_t> neurons);
  /// The population may only be put on these tiles, filled in this order.
  void place(Id population, std::vector<TilePlace> tiles);

  /// Joins each neuron of `from` to each of `to`; delay in steps. Like every function here that
  /// adds synapses, it returns the number of the projection.
  Id connect_all_to_all(Id from, Id to, double weight, std::uint32_t delay = 1,
                        bool allow_self = true);
  /// Joins neuron i of `from` to neuron i of `to`; both have the same size.
  Id connect_one_to_one(Id from, Id to, Values<double> weight, Values<std::uint32_t> delay = 1u);
  /// weight[pre * size(to) + post], row by row; a weight of 0 is no synapse.
  Id connect_dense(Id from, Id to, std::vector<double> weight, Values<std::uint32_t> delay = 1u);
  /// Joins the pairs that are listed; a pair may occur several times.
  Id connect(Id from, Id to, const std::vector<Synapse>& synapses);
  /// Each pair of neurons is joined with `probability`, 0..1, on its own. The same seed gives the
  /// same synapses on every machine; they become a sparse projection, and are saved as one.
  Id connect_fixed_probability(Id from, Id to, double probability, double weight,
                               std::uint64_t seed, std::uint32_t delay = 1, bool allow_self = true);
  /// Each neuron of `to` receives from `in_degree` different neurons of `from`.
  Id connect_fixed_in_degree(Id from, Id to, std::uint32_t in_degree, double weight,
                             std::uint64_t seed, std::uint32_t delay = 1, bool allow_self = true);
  /// Slides a kernel [channels of `to`][channels of `from` / groups][rows][columns], row by row,
  /// over `from`; both have shapes [channels, height, width]. A weight of 0 is no synapse. delay:
  /// one, or one for each place of the kernel.
  Id connect_conv2d(Id from, Id to, std::vector<double> kernel, Window window,
                    Values<std::uint32_t> delay = 1u);
  /// Throws InputError unless this conv2d projection, which is not added yet, takes a kernel of
  /// this shape.
  void check_kernel(const Projection& projection, const std::vector<std::size_t>& shape) const;
  /// Slides a window over each channel of `from`; all its synapses have one weight.
  Id connect_pool2d(Id from, Id to, double weight, Window window, std::uint32_t delay = 1);
  /// Adds a projection that is complete already, as a network file gives it.
  Id add(Projection projection);
  /// Projections name it by the number that this returns.
  std::uint32_t add(LearningRule rule);
  /// Makes the synapses of a projection plastic. Throws InputError when a weight is out of the
  /// rule's bounds.
  void set_rule(Id projection, std::uint32_t rule);
  /// What the two random ways of connecting draw: appends to the columns pre and post of a sparse
  /// projection that is not added yet.
  void draw_fixed_probability(Projection& projection, double probability, std::uint64_t seed) const;
  /// The same for a fixed number of senders of each neuron.
  void draw_fixed_in_degree(Projection& projection, std::uint32_t in_degree,
                            std::uint64_t seed) const;

  /// Time of a step in milliseconds.
  double dt_ms() const { return dt_ms_; }
  /// By number, in the order in which they were added.
  const std::vector<Population>& populations() const { return populations_; }
  /// By number, in the order in which they were added.
  const std::vector<Projection>& projections() const { return projections_; }
  /// By number, in the order in which they were added.
  const std::vector<LearningRule>& rules() const { return rules_; }
  /// Index of a rule by name.
  std::optional<std::uint32_t> find_rule(const std::string& name) const;
  /// How many weights it lists where it has more than one for all: one for each synapse, but those
  /// of a kernel.
  std::size_t weight_count(const Projection& projection) const;
  /// The number of the weight of the i-th synapse among these.
  std::size_t weight_of(const Projection& projection, std::size_t i) const;
  /// Gives each synapse of a projection a weight of its own, in the order of `synapse`; an
  /// all_to_all, conv2d or pool2d projection becomes a sparse one.
  void set_weights(Id projection, std::vector<double> weights);
  /// Takes these lists instead of its own, after every check; where one is refused, it stays as it
  /// was.
  void replace(std::vector<Population> populations, std::vector<LearningRule> rules,
               std::vector<Projection> projections);
  /// Adaptive thresholds to begin with, one for each neuron, as in Population::adapt.
  void set_adapt(Id population, std::vector<double> adapt);
  /// Raw V units in one unit of v for this population: one value, or one for each neuron.
  void set_v_scale(Id population, Values<double> v_scale);
  /// Index of a population by name.
  std::optional<Id> find(const std::string& name) const;

  /// How many synapses a projection lists, those of weight 0 included.
  std::size_t synapse_count(const Projection& projection) const;
  static constexpr std::uint32_t kNone = 0xffffffff;  ///< `pre` of a synapse without a sender
  /// The i-th of them. One that allow_self or a dense zero excludes has weight 0, and one that
  /// reaches beyond the edge of a layer has no sender (`pre` is kNone) as well.
  Synapse synapse(const Projection& projection, std::size_t i) const;
  /// Whether a listed synapse is on the chip: not excluded, and its weight counts.
  bool exists(const Projection& projection, const Synapse& synapse) const;

  /// What errors name before the path: the file, if it came from one.
  std::string source;
  /// `net.json: /projections/2/delay`, or the path alone.
  std::string where(const std::string& path) const;
  /// The same for a path below a population.
  std::string where_population(Id population, const std::string& rest = "") const;
  /// The same for a path below a rule.
  std::string where_rule(std::uint32_t rule, const std::string& rest = "") const;
  /// The same for a path below a projection.
  std::string where_projection(Id projection, const std::string& rest = "") const;
  /// Whether both describe the same network, wherever they came from (`source`).
  bool operator==(const Network& other) const;

 private:
  Population& neurons_of(Id population, const std::string& what);
  std::uint32_t size_of(Id population) const;  ///< 0 for none: add says what is wrong

  double dt_ms_;
  std::vector<Population> populations_;
  std::vector<Projection> projections_;
  std::vector<LearningRule> rules_;
};

}  // namespace spikemesh
