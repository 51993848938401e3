// SPDX-License-Identifier: Apache-2.0
#include <pybind11/stl/filesystem.h>

#include "host/python/extension/bind.hpp"
#include "spikemesh/network_json.hpp"

namespace py = pybind11;

namespace spikemesh::sim {
namespace {

using Id = Network::Id;

/// A population by its name or by its number.
Id population_of(const Network& network, const py::object& object) {
  if (py::isinstance<py::str>(object)) {
    const auto name = object.cast<std::string>();
    if (const auto id = network.find(name)) return *id;
    std::string names;
    for (const Population& population : network.populations())
      names += (names.empty() ? "" : ", ") + population.name;
    throw InputError(network.where(fmt::format("/populations: no \"{}\"; the network has {}", name,
                                               names.empty() ? "none" : names)));
  }
  return number<Id>(object, "population");
}

std::vector<TilePlace> tiles_of(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& pairs) {
  std::vector<TilePlace> tiles;
  for (const auto& [x, y] : pairs) tiles.push_back({x, y});
  return tiles;
}

void bind_neurons(py::module_& module) {
  const auto none = py::none();
  using O = py::object;
  py::class_<RawNeurons> raw(
      module, "RawNeurons", py::dynamic_attr(),
      "Neuron parameters as the chip holds them (docs/arithmetic.md). Each is an integer for all "
      "neurons or an array [size] of integers, and 0 if it is not given. The decay factors are "
      "k / 2**decay_bits, with the decay_bits of the network.");
  raw.def(py::init([](const O& theta, const O& v_reset, const O& subtract, const O& bias,
                      const O& decay_i, const O& decay_v, const O& gain, const O& refractory,
                      const O& adapt_step, const O& decay_adapt) {
            using I = std::int64_t;
            return RawNeurons{values<I>(theta, "theta"),
                              values<I>(v_reset, "v_reset"),
                              values<I>(subtract, "subtract"),
                              values<I>(bias, "bias"),
                              values<I>(decay_i, "decay_i"),
                              values<I>(decay_v, "decay_v"),
                              values<I>(gain, "gain"),
                              values<I>(refractory, "refractory"),
                              values<I>(adapt_step, "adapt_step"),
                              values<I>(decay_adapt, "decay_adapt")};
          }),
          py::kw_only(), py::arg("theta") = none, py::arg("v_reset") = none,
          py::arg("subtract") = none, py::arg("bias") = none, py::arg("decay_i") = none,
          py::arg("decay_v") = none, py::arg("gain") = none, py::arg("refractory") = none,
          py::arg("adapt_step") = none, py::arg("decay_adapt") = none);
  bind_raw(raw);
  py::class_<PhysicalNeurons> physical(
      module, "PhysicalNeurons", py::dynamic_attr(),
      "Neuron parameters in physical units (docs/network.md has the equations). Each is one number "
      "for all neurons or an array [size]. Names that end in _ms are in milliseconds; all voltages "
      "have the same unit, whichever you choose. v_threshold is required, and so is tau_m_ms or "
      "beta. A parameter that is not given has the default value of a network file. "
      "reset: \"to_value\" (a spike sets v to v_reset) or \"subtract\" (it subtracts v_threshold - "
      "v_rest).");
  physical.def(py::init([](const O& tau_m_ms, const O& beta, const O& tau_syn_ms, const O& alpha,
                           const O& v_threshold, const O& v_rest, const O& v_reset, const O& r,
                           const O& w_in, const O& bias, const O& t_refractory_ms,
                           const O& adapt_step, const O& tau_adapt_ms, const std::string& reset) {
                 using D = double;
                 return PhysicalNeurons{values<D>(tau_m_ms, "tau_m_ms"),
                                        values<D>(beta, "beta"),
                                        values<D>(tau_syn_ms, "tau_syn_ms"),
                                        values<D>(alpha, "alpha"),
                                        values<D>(v_threshold, "v_threshold"),
                                        values<D>(v_rest, "v_rest"),
                                        values<D>(v_reset, "v_reset"),
                                        values<D>(r, "r"),
                                        values<D>(w_in, "w_in"),
                                        values<D>(bias, "bias"),
                                        values<D>(t_refractory_ms, "t_refractory_ms"),
                                        values<D>(adapt_step, "adapt_step"),
                                        values<D>(tau_adapt_ms, "tau_adapt_ms"),
                                        subtracts(reset)};
               }),
               py::kw_only(), py::arg("tau_m_ms") = none, py::arg("beta") = none,
               py::arg("tau_syn_ms") = none, py::arg("alpha") = none, py::arg("v_threshold") = none,
               py::arg("v_rest") = none, py::arg("v_reset") = none, py::arg("r") = none,
               py::arg("w_in") = none, py::arg("bias") = none, py::arg("t_refractory_ms") = none,
               py::arg("adapt_step") = none, py::arg("tau_adapt_ms") = none,
               py::arg("reset") = "to_value");
  bind_physical(physical);
}

using NetworkClass = py::class_<Network>;

/// `size`: a number, or a shape such as (2, 34, 34).
template <typename Neurons>
Id add_population(Network& self, const std::string& name, const py::object& size,
                  const Neurons& neurons) {
  Population population;
  population.name = name;
  population.neurons = neurons;
  if (py::isinstance<py::sequence>(size) && !py::isinstance<py::str>(size))
    population.shape = numbers<std::uint32_t>(size, "size");
  else
    population.size = number<std::uint32_t>(size, "size");
  return self.add(std::move(population));
}

template <typename Neurons>
Id add_neurons(Network& self, const std::string& name, const py::object& size,
               const Neurons& neurons, bool record) {
  const Id id = add_population(self, name, size, neurons);
  if (record) self.record(id);
  return id;
}

void bind_populations(NetworkClass& network) {
  network
      .def(
          "add_input",
          [](Network& self, const std::string& name, const py::object& size,
             const py::object& most) {
            return add_population(self, name, size,
                                  InputNeurons{values<std::int64_t>(most, "max_spikes_per_step")});
          },
          py::arg("name"), py::arg("size"), py::arg("max_spikes_per_step") = 1,
          "Adds `size` neurons (a number, or a shape such as (2, 34, 34)) that the host makes "
          "fire, "
          "each at most max_spikes_per_step times in "
          "a "
          "step (one number, or an array [size]). Returns the number of the population.")
      .def("add_neurons", &add_neurons<RawNeurons>, py::arg("name"), py::arg("size"),
           py::arg("neurons"), py::arg("record") = false,
           "Adds `size` neurons (a number, or a shape such as (16, 8, 8)). With record=True, a run "
           "returns the spikes of all of them. Returns "
           "the number of the population.")
      .def("add_neurons", &add_neurons<PhysicalNeurons>, py::arg("name"), py::arg("size"),
           py::arg("neurons"), py::arg("record") = false,
           "The same, with parameters in physical units.")
      .def(
          "record",
          [](Network& self, const py::object& population, const py::object& neurons) {
            const Id id = population_of(self, population);
            if (neurons.is_none()) return self.record(id);
            self.record(id, numbers<std::uint32_t>(neurons, "record"));
          },
          py::arg("population"), py::arg("neurons") = py::none(),
          "Makes a run return the spikes of these neurons: an array [n] of indices; without it, "
          "all "
          "neurons of the population.")
      .def(
          "place",
          [](Network& self, const py::object& population,
             const std::vector<std::pair<std::uint32_t, std::uint32_t>>& tiles) {
            self.place(population_of(self, population), tiles_of(tiles));
          },
          py::arg("population"), py::arg("tiles"),
          "Spreads the population over these tiles only; tiles is a list of (x, y).")
      .def_property_readonly(
          "populations",
          [](const Network& self) {
            std::vector<std::pair<std::string, std::uint32_t>> list;
            for (const Population& population : self.populations())
              list.emplace_back(population.name, population.size);
            return list;
          },
          "(name, size) of each population, by number.");
}

void bind_dense(NetworkClass& network) {
  network
      .def(
          "connect_all_to_all",
          [](Network& self, const py::object& from, const py::object& to, const py::object& weight,
             const py::object& delay, bool allow_self) {
            return self.connect_all_to_all(population_of(self, from), population_of(self, to),
                                           number<double>(weight, "weight"),
                                           number<std::uint32_t>(delay, "delay"), allow_self);
          },
          py::arg("from_"), py::arg("to"), py::arg("weight"), py::arg("delay") = 1,
          py::arg("allow_self") = true,
          "Connects every neuron to every neuron with one weight and one delay (steps, at least "
          "1); "
          "allow_self=False leaves out the synapse of a neuron to itself. Like all connect "
          "functions, "
          "it returns the number of the projection.")
      .def(
          "connect_one_to_one",
          [](Network& self, const py::object& from, const py::object& to, const py::object& weight,
             const py::object& delay) {
            return self.connect_one_to_one(population_of(self, from), population_of(self, to),
                                           values<double>(weight, "weight"),
                                           values<std::uint32_t>(delay, "delay"));
          },
          py::arg("from_"), py::arg("to"), py::arg("weight"), py::arg("delay") = 1,
          "Connects neuron i to neuron i. weight and delay (steps) are one number or an array "
          "[size].")
      .def(
          "connect_dense",
          [](Network& self, const py::object& from, const py::object& to, const py::object& weight,
             const py::object& delay) {
            const Id pre = population_of(self, from), post = population_of(self, to);
            const auto shape = py::array::ensure(weight);
            if (!shape) PyErr_Clear();
            const auto size = [&](Id id) {
              return id < self.populations().size() ? self.populations()[id].size : 0;
            };
            if (shape && shape.ndim() == 2 &&
                (shape.shape(0) != size(pre) || shape.shape(1) != size(post)))
              throw InputError(self.where_projection(
                  static_cast<Id>(self.projections().size()),
                  fmt::format("/weight: shape ({}, {}), but [pre, post] is ({}, {}){}",
                              shape.shape(0), shape.shape(1), size(pre), size(post),
                              shape.shape(0) == size(post) && shape.shape(1) == size(pre)
                                  ? "; transpose it"
                                  : "")));
            const auto delays = py::array::ensure(delay);
            if (!delays) PyErr_Clear();
            return self.connect_dense(
                pre, post, numbers<double>(weight, "weight", 2),
                delays && delays.ndim() == 2
                    ? Values<std::uint32_t>(numbers<std::uint32_t>(delay, "delay", 2))
                    : values<std::uint32_t>(delay, "delay"));
          },
          py::arg("from_"), py::arg("to"), py::arg("weight"), py::arg("delay") = 1,
          "Connects with a weight matrix [pre, post], in which 0 means no synapse. delay (steps) "
          "is "
          "one number or an array [pre, post].");
}

void bind_sparse(NetworkClass& network) {
  network
      .def(
          "connect",
          [](Network& self, const py::object& from, const py::object& to, const py::object& pre,
             const py::object& post, const py::object& weight, const py::object& delay) {
            Projection projection;
            projection.from = population_of(self, from);
            projection.to = population_of(self, to);
            projection.pre = numbers<std::uint32_t>(pre, "pre");
            projection.post = numbers<std::uint32_t>(post, "post");
            projection.weight = values<double>(weight, "weight");
            projection.delay = values<std::uint32_t>(delay, "delay");
            return self.add(std::move(projection));
          },
          py::arg("from_"), py::arg("to"), py::arg("pre"), py::arg("post"), py::arg("weight"),
          py::arg("delay") = 1,
          "Connects neuron pre[k] to neuron post[k]: both are arrays [n] of indices. weight and "
          "delay (steps) are one number or an array [n].")
      .def(
          "connect_fixed_probability",
          [](Network& self, const py::object& from, const py::object& to,
             const py::object& probability, const py::object& weight, const py::object& seed,
             const py::object& delay, bool allow_self) {
            return self.connect_fixed_probability(
                population_of(self, from), population_of(self, to),
                number<double>(probability, "probability"), number<double>(weight, "weight"),
                number<std::uint64_t>(seed, "seed"), number<std::uint32_t>(delay, "delay"),
                allow_self);
          },
          py::arg("from_"), py::arg("to"), py::arg("probability"), py::arg("weight"),
          py::arg("seed") = 1, py::arg("delay") = 1, py::arg("allow_self") = true,
          "Connects each pair independently with `probability` (0..1). The same seed gives the "
          "same "
          "synapses on every computer.")
      .def(
          "connect_fixed_in_degree",
          [](Network& self, const py::object& from, const py::object& to,
             const py::object& in_degree, const py::object& weight, const py::object& seed,
             const py::object& delay, bool allow_self) {
            return self.connect_fixed_in_degree(population_of(self, from), population_of(self, to),
                                                number<std::uint32_t>(in_degree, "in_degree"),
                                                number<double>(weight, "weight"),
                                                number<std::uint64_t>(seed, "seed"),
                                                number<std::uint32_t>(delay, "delay"), allow_self);
          },
          py::arg("from_"), py::arg("to"), py::arg("in_degree"), py::arg("weight"),
          py::arg("seed") = 1, py::arg("delay") = 1, py::arg("allow_self") = true,
          "Connects in_degree different neurons of `from_` to each neuron of `to`. The same seed "
          "gives the same synapses on every computer.");
}

/// For the prompt: what is in it.
std::string text_of(const Network& network) {
  std::string list;
  for (const Population& population : network.populations())
    list += fmt::format("{}{} {}", list.empty() ? ": " : ", ", population.name, population.size);
  return fmt::format("<Network of {} populations, {} projections{}>", network.populations().size(),
                     network.projections().size(), list);
}

using Pairs = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

std::optional<std::pair<std::string, Pairs>> early_exit_of(const Network& network) {
  if (!network.early_exit) return std::nullopt;
  Pairs margins;
  for (const ExitMargin& each : network.early_exit->margins)
    margins.emplace_back(each.steps, each.margin);
  return std::pair(network.early_exit->population, std::move(margins));
}

/// Whether the settings fit the network is checked before a run.
void set_early_exit(Network& network, const std::string& population, const py::sequence& margins,
                    bool on) {
  EarlyExitSettings settings{population, {}};
  for (const py::handle pair : margins) {
    const auto numbers_of_pair = numbers<std::uint32_t>(py::reinterpret_borrow<py::object>(pair),
                                                        "early_exit: margins: (steps, margin)");
    if (numbers_of_pair.size() != 2)
      throw InputError(fmt::format("early_exit: margins: {} values, but a pair is (steps, margin)",
                                   numbers_of_pair.size()));
    settings.margins.push_back({numbers_of_pair[0], numbers_of_pair[1]});
  }
  network.early_exit = on ? std::optional(settings) : std::nullopt;
}

}  // namespace

void bind_network(py::module_& module) {
  bind_neurons(module);
  NetworkClass network(module, "Network",
                       "A network as its author describes it, independent of a chip "
                       "(docs/network.md). Arguments that "
                       "are populations take a name or a number. Wrong arguments raise InputError, "
                       "which names their "
                       "path as in a network file.");
  network
      .def(py::init<double>(), py::arg("dt_ms") = 1.0, "dt_ms: duration of a step in milliseconds.")
      .def_property_readonly("dt_ms", &Network::dt_ms, "Duration of a step in milliseconds.")
      .def_readwrite("v_scale", &Network::v_scale,
                     "Raw V units in one unit of v; None: it is chosen.")
      .def_readwrite("adapt_period", &Network::adapt_period,
                     "p: adaptive thresholds decay every 2**p steps; None: it is chosen.")
      .def_readwrite("decay_bits", &Network::decay_bits,
                     "Number of fraction bits of raw decay factors.")
      .def_readwrite("min_tiles", &Network::min_tiles, "Smallest number of tiles to use.")
      .def_readwrite("relays", &Network::relays,
                     "Whether relay neurons are added for delays beyond the chip's.")
      .def_readwrite("split_weights", &Network::split_weights,
                     "Largest error of a weight, relative to itself, for which stronger static "
                     "synapses into the same neuron take several words; 0: each synapse takes one.")
      .def_property_readonly("_early_exit", &early_exit_of)
      .def("_set_early_exit", &set_early_exit, py::arg("population"), py::arg("margins"),
           py::arg("on"))
      .def("save", &save_network, py::arg("path"), py::arg("inline_limit") = 64,
           "Writes a network file that loads as the same network. Arrays longer than inline_limit "
           "go "
           "to .npy files beside it.")
      .def(
          "copy", [](const Network& self) { return self; }, "Returns an independent copy.")
      .def(
          "__eq__", [](const Network& self, const Network& other) { return self == other; },
          py::arg("other"), py::is_operator(),
          "Whether populations, projections and settings are the same.")
      .def("__repr__", &text_of);
  bind_populations(network);
  bind_dense(network);
  bind_sparse(network);
  bind_rules(network);
  bind_edit(network);
  module.def("load_network", &load_network, py::arg("path"),
             py::call_guard<py::gil_scoped_release>(),
             "Reads a network file (JSON, with .npy files beside it).");
  module.def("parse_network", &parse_network, py::arg("text"), py::arg("source") = "",
             py::arg("directory") = ".",
             "Reads a network from text. Errors call it `source`; .npy files lie in `directory`.");
}

}  // namespace spikemesh::sim
