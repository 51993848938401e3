// SPDX-License-Identifier: Apache-2.0
// What a network holds, for reading and changing: spikemesh/network.py is made of it.
#include "host/python/extension/bind.hpp"
#include "spikemesh/current_source.hpp"

namespace py = pybind11;

namespace spikemesh::sim {
namespace {

using NetworkClass = py::class_<Network>;
using Id = Network::Id;

template <typename T>
py::object object_of(const Values<T>& values) {
  if (!values.given()) return py::none();
  if (values.single()) return py::cast(values[0]);
  return column(values.all());
}

template <typename Class, typename Owner, typename T>
void bind_values(Class& cls, const char* name, Values<T> Owner::*member) {
  cls.def_property(
      name, [member](const Owner& self) { return object_of(self.*member); },
      [member, name](Owner& self, const py::object& value) {
        self.*member = values<T>(value, name);
      },
      "One number for all neurons, or an array [size]; None: it is not given.");
}

template <typename Class>
void def_equal(py::class_<Class>& cls) {
  cls.def(
      "__eq__", [](const Class& self, const Class& other) { return self == other; },
      py::arg("other"), py::is_operator());
  cls.attr("__hash__") = py::none();
}

/// Changes lists of a network, which stays as it was where the result is refused.
template <typename Edit>
void rebuild(Network& self, Edit&& edit) {
  std::vector<Population> populations = self.populations();
  std::vector<LearningRule> rules = self.rules();
  std::vector<Projection> projections = self.projections();
  edit(populations, rules, projections);
  self.replace(std::move(populations), std::move(rules), std::move(projections));
}

template <typename List>
void expect_number(Id id, const List& list, const char* what) {
  if (id >= list.size())
    throw InputError(fmt::format("{}: {}, but there are {}", what, id, list.size()));
}

py::object neurons_object(const Population& population) {
  if (const auto* raw = std::get_if<RawNeurons>(&population.neurons)) return py::cast(*raw);
  if (const auto* given = std::get_if<PhysicalNeurons>(&population.neurons))
    return py::cast(*given);
  return py::none();
}

py::dict population_dict(const Network& self, Id id) {
  expect_number(id, self.populations(), "population");
  const Population& population = self.populations()[id];
  py::dict result;
  result["name"] = population.name;
  result["size"] = population.size;
  result["neurons"] = neurons_object(population);
  result["recorded"] = column(population.recorded);
  py::list tiles;
  for (const TilePlace& tile : population.tiles) tiles.append(py::make_tuple(tile.x, tile.y));
  result["tiles"] = tiles;
  result["adapt"] = object_of(population.adapt);
  result["v_scale"] = object_of(population.v_scale);
  result["v"] = object_of(population.v);
  result["i"] = object_of(population.i);
  result["shape"] = py::tuple(py::cast(
      population.shape.empty() ? std::vector<std::uint32_t>{population.size} : population.shape));
  const auto* input = std::get_if<InputNeurons>(&population.neurons);
  result["max_spikes_per_step"] = input ? object_of(input->max_spikes_per_step) : py::none();
  return result;
}

/// 0: the population is no current source.
double most_current(const Network& self, Id id) {
  expect_number(id, self.populations(), "population");
  if (self.populations()[id].is_input())
    for (const Projection& projection : self.projections())
      if (projection.from == id)
        if (const double most = most_of_current(self, projection); most > 0) return most;
  return 0;
}

void change_population(Network& self, Id id, const std::string& what, const py::object& value) {
  expect_number(id, self.populations(), "population");
  rebuild(self, [&](auto& populations, auto&, auto&) {
    Population& changed = populations[id];
    if (what == "recorded") {
      changed.recorded = numbers<std::uint32_t>(value, "record");
    } else if (what == "v_scale") {
      changed.v_scale = values<double>(value, "v_scale");
    } else if (what == "adapt") {
      changed.adapt = values<double>(value, "adapt");
    } else if (what == "v") {
      changed.v = values<double>(value, "v");
    } else if (what == "i") {
      changed.i = values<double>(value, "i");
    } else if (what == "shape") {
      changed.shape = numbers<std::uint32_t>(value, "shape");
    } else if (changed.is_input()) {
      changed.neurons = InputNeurons{values<std::int64_t>(value, "max_spikes_per_step")};
    } else if (py::isinstance<RawNeurons>(value)) {
      changed.neurons = value.cast<RawNeurons>();
    } else {
      changed.neurons = value.cast<PhysicalNeurons>();
    }
  });
}

const char* name_of(Connect connect) {
  switch (connect) {
    case Connect::all_to_all:
      return "all_to_all";
    case Connect::one_to_one:
      return "one_to_one";
    case Connect::dense:
      return "dense";
    case Connect::sparse:
      return "sparse";
    case Connect::conv2d:
      return "conv2d";
    case Connect::pool2d:
      return "pool2d";
  }
  return "";
}

/// The synapses that are on the chip, in the order of Network::synapse.
struct Columns {
  std::vector<std::uint32_t> pre, post, delay;
  std::vector<double> weight;
};

Columns columns_of(const Network& self, const Projection& projection) {
  Columns columns;
  for (std::size_t i = 0; i < self.synapse_count(projection); ++i) {
    const Synapse one = self.synapse(projection, i);
    // exists() is about the chip: a listed synapse of weight 0 is one that may be given a weight
    const bool listed =
        projection.connect == Connect::sparse || projection.connect == Connect::one_to_one;
    if (!listed && !self.exists(projection, one)) continue;
    columns.pre.push_back(one.pre);
    columns.post.push_back(one.post);
    columns.weight.push_back(one.weight);
    columns.delay.push_back(one.delay);
  }
  return columns;
}

py::dict projection_dict(const Network& self, Id id) {
  expect_number(id, self.projections(), "projection");
  const Projection& projection = self.projections()[id];
  const Columns columns = columns_of(self, projection);
  py::dict result;
  result["from_"] = self.populations()[projection.from].name;
  result["to"] = self.populations()[projection.to].name;
  result["connect"] = name_of(projection.connect);
  result["pre"] = column(columns.pre);
  result["post"] = column(columns.post);
  result["weight"] = column(columns.weight);
  result["delay"] = column(columns.delay);
  result["rule"] = projection.rule ? py::cast(self.rules()[*projection.rule].name) : py::none();
  return result;
}

/// From here on the synapses are listed one by one.
void list_synapses(const Network& self, Projection& projection) {
  if (projection.connect == Connect::sparse) return;
  Columns columns = columns_of(self, projection);
  projection.connect = Connect::sparse;
  projection.allow_self = true;
  projection.window = {};
  projection.pre = std::move(columns.pre);
  projection.post = std::move(columns.post);
  projection.weight = std::move(columns.weight);
  projection.delay = std::move(columns.delay);
}

void change_projection(Network& self, Id id, const py::object& weight, const py::object& delay,
                       bool in_ms) {
  expect_number(id, self.projections(), "projection");
  rebuild(self, [&](auto&, auto&, auto& projections) {
    Projection& changed = projections[id];
    const auto weights = values<double>(weight, "weight");
    const auto delays = values<std::uint32_t>(delay, "delay");
    if (weights.size() > 1 || delays.size() > 1 ||
        (weights.given() &&
         (changed.connect == Connect::dense || changed.connect == Connect::conv2d)))
      list_synapses(self, changed);
    if (weights.given()) changed.weight = weights;
    if (delays.given()) {
      changed.delay = delays;
      changed.delay_in_ms = in_ms;
    }
  });
}

Connect connect_of(const std::string& name) {
  for (const Connect each :
       {Connect::all_to_all, Connect::one_to_one, Connect::dense, Connect::sparse})
    if (name == name_of(each)) return each;
  throw InputError(fmt::format("connect: \"{}\"", name));
}

Id add_projection(Network& self, Id from, Id to, const std::string& connect, const py::object& pre,
                  const py::object& post, const py::object& weight, const py::object& delay,
                  bool allow_self, bool in_ms) {
  Projection projection{.from = from, .to = to, .connect = connect_of(connect)};
  if (projection.connect == Connect::sparse) {
    projection.pre = numbers<std::uint32_t>(pre, "pre");
    projection.post = numbers<std::uint32_t>(post, "post");
  }
  projection.weight = values<double>(weight, "weight");
  projection.delay = values<std::uint32_t>(delay, "delay");
  projection.allow_self = allow_self;
  projection.delay_in_ms = in_ms;
  return self.add(std::move(projection));
}

/// The pairs that connect_fixed_probability or connect_fixed_in_degree join.
py::tuple draw(const Network& self, Id from, Id to, const py::object& probability,
               const py::object& in_degree, const py::object& seed, bool allow_self) {
  Projection projection{.from = from, .to = to, .connect = Connect::sparse};
  projection.weight = 1.0;
  projection.allow_self = allow_self;
  const auto drawn = number<std::uint64_t>(seed, "seed");
  if (in_degree.is_none())
    self.draw_fixed_probability(projection, number<double>(probability, "probability"), drawn);
  else
    self.draw_fixed_in_degree(projection, number<std::uint32_t>(in_degree, "in_degree"), drawn);
  return py::make_tuple(column(projection.pre), column(projection.post));
}

py::dict rule_dict(const Network& self, std::uint32_t id) {
  expect_number(id, self.rules(), "rule");
  const LearningRule& rule = self.rules()[id];
  py::dict result;
  result["name"] = rule.name;
  result["tau_pre_ms"] = rule.tau_pre_ms;
  result["tau_post_ms"] = rule.tau_post_ms;
  result["a_plus"] = rule.a_plus;
  result["a_minus"] = rule.a_minus;
  result["w_min"] = rule.w_min;
  result["w_max"] = rule.w_max;
  result["x_target"] = rule.x_target;
  result["bounds"] = rule.soft ? "soft" : "hard";
  result["pre_max"] = rule.pre_max;
  result["post_max"] = rule.post_max;
  return result;
}

/// Takes the rule that was added last in the place and with the name of number `id`.
void replace_rule(Network& self, std::uint32_t id) {
  expect_number(id, self.rules(), "rule");
  rebuild(self, [&](auto&, auto& rules, auto&) {
    rules.back().name = rules[id].name;
    rules[id] = std::move(rules.back());
    rules.pop_back();
  });
}

void forget_rule(Network& self, Id projection) {
  expect_number(projection, self.projections(), "projection");
  rebuild(self, [&](auto&, auto&, auto& projections) { projections[projection].rule.reset(); });
}

}  // namespace

void bind_raw(py::class_<RawNeurons>& raw) {
  bind_values(raw, "theta", &RawNeurons::theta);
  bind_values(raw, "v_reset", &RawNeurons::v_reset);
  bind_values(raw, "subtract", &RawNeurons::subtract);
  bind_values(raw, "bias", &RawNeurons::bias);
  bind_values(raw, "decay_i", &RawNeurons::decay_i);
  bind_values(raw, "decay_v", &RawNeurons::decay_v);
  bind_values(raw, "gain", &RawNeurons::gain);
  bind_values(raw, "refractory", &RawNeurons::refractory);
  bind_values(raw, "adapt_step", &RawNeurons::adapt_step);
  bind_values(raw, "decay_adapt", &RawNeurons::decay_adapt);
  def_equal(raw);
}

bool subtracts(const std::string& reset) {
  if (reset != "subtract" && reset != "to_value")
    throw InputError(fmt::format("reset: \"{}\", but it is to_value or subtract", reset));
  return reset == "subtract";
}

void bind_physical(py::class_<PhysicalNeurons>& given) {
  bind_values(given, "tau_m_ms", &PhysicalNeurons::tau_m_ms);
  bind_values(given, "beta", &PhysicalNeurons::beta);
  bind_values(given, "tau_syn_ms", &PhysicalNeurons::tau_syn_ms);
  bind_values(given, "alpha", &PhysicalNeurons::alpha);
  bind_values(given, "v_threshold", &PhysicalNeurons::v_threshold);
  bind_values(given, "v_rest", &PhysicalNeurons::v_rest);
  bind_values(given, "v_reset", &PhysicalNeurons::v_reset);
  bind_values(given, "r", &PhysicalNeurons::r);
  bind_values(given, "w_in", &PhysicalNeurons::w_in);
  bind_values(given, "bias", &PhysicalNeurons::bias);
  bind_values(given, "t_refractory_ms", &PhysicalNeurons::t_refractory_ms);
  bind_values(given, "adapt_step", &PhysicalNeurons::adapt_step);
  bind_values(given, "tau_adapt_ms", &PhysicalNeurons::tau_adapt_ms);
  given.def_property(
      "reset", [](const PhysicalNeurons& self) { return self.subtract ? "subtract" : "to_value"; },
      [](PhysicalNeurons& self, const std::string& reset) { self.subtract = subtracts(reset); },
      "\"to_value\" or \"subtract\": what a spike does to v.");
  def_equal(given);
}

void bind_edit(NetworkClass& network) {
  bind_layers(network);
  const auto arg = [](const char* name) { return py::arg(name); };
  network.def("_population", &population_dict, arg("population"))
      .def("_change_population", &change_population, arg("population"), arg("what"), arg("value"))
      .def("_most_current", &most_current, arg("population"))
      .def("_projection", &projection_dict, arg("projection"))
      .def("_change_projection", &change_projection, arg("projection"), arg("weight"), arg("delay"),
           arg("in_ms"))
      .def("_add_projection", &add_projection, arg("from_"), arg("to"), arg("connect"), arg("pre"),
           arg("post"), arg("weight"), arg("delay"), arg("allow_self"), arg("in_ms"))
      .def("_draw", &draw, arg("from_"), arg("to"), arg("probability"), arg("in_degree"),
           arg("seed"), arg("allow_self"))
      .def("_rule", &rule_dict, arg("rule"))
      .def("_replace_rule", &replace_rule, arg("rule"))
      .def("_forget_rule", &forget_rule, arg("projection"))
      .def_property_readonly("_projections",
                             [](const Network& self) { return self.projections().size(); })
      .def(
          "_assign", [](Network& self, const Network& other) { self = other; }, arg("network"))
      .def_property(
          "integration",
          [](const Network& self) { return self.exponential ? "exponential" : "euler"; },
          [](Network& self, const std::string& name) {
            if (name != "euler" && name != "exponential")
              throw InputError(
                  fmt::format("integration: \"{}\", but it is euler or exponential", name));
            self.exponential = name == "exponential";
          },
          "How time constants become factors of a step: \"euler\" (1 - dt/tau) or \"exponential\" "
          "(exp(-dt/tau)).");
}

}  // namespace spikemesh::sim
