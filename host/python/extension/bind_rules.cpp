// SPDX-License-Identifier: Apache-2.0
#include "host/python/extension/bind.hpp"

namespace py = pybind11;

namespace spikemesh::sim {
namespace {

std::uint32_t rule_of(const Network& network, const py::object& rule) {
  if (!py::isinstance<py::str>(rule)) return number<std::uint32_t>(rule, "rule");
  const auto name = rule.cast<std::string>();
  if (const auto found = network.find_rule(name)) return *found;
  throw InputError(fmt::format("rule: no rule \"{}\" in this network; add_rule it first", name));
}

std::optional<double> bound_of(const py::object& value, const char* name) {
  return value.is_none() ? std::nullopt : std::optional(number<double>(value, name));
}

}  // namespace

void bind_rules(py::class_<Network>& network) {
  network
      .def(
          "add_rule",
          [](Network& self, const std::string& name, const py::object& tau_pre_ms,
             const py::object& tau_post_ms, const py::object& a_plus, const py::object& a_minus,
             const py::object& w_min, const py::object& w_max, const py::object& x_target,
             const std::string& bounds, const py::object& pre_max, const py::object& post_max) {
            if (bounds != "hard" && bounds != "soft")
              throw InputError(fmt::format("bounds: \"{}\", but it is hard or soft", bounds));
            return self.add(LearningRule{
                name, number<double>(tau_pre_ms, "tau_pre_ms"),
                number<double>(tau_post_ms, "tau_post_ms"), number<double>(a_plus, "a_plus"),
                number<double>(a_minus, "a_minus"), number<double>(x_target, "x_target"),
                number<double>(w_min, "w_min"), number<double>(w_max, "w_max"), bounds == "soft",
                bound_of(pre_max, "pre_max"), bound_of(post_max, "post_max")});
          },
          py::arg("name"), py::kw_only(), py::arg("tau_pre_ms"), py::arg("tau_post_ms"),
          py::arg("a_plus"), py::arg("a_minus"), py::arg("w_min"), py::arg("w_max"),
          py::arg("x_target") = 0.0, py::arg("bounds") = "hard", py::arg("pre_max") = py::none(),
          py::arg("post_max") = py::none(),
          "Adds a learning rule (docs/network.md, \"Learning\") and returns its number. tau_pre_ms "
          "and tau_post_ms are the time constants of the traces. A post spike changes a weight by "
          "a_plus * (pre trace - x_target), a pre spike by a_minus * post trace; a negative "
          "amplitude "
          "depresses. Amplitudes have the unit of the weights; with bounds=\"soft\" they are "
          "shares of "
          "the "
          "distance to the bound that the weight moves towards. pre_max and post_max limit the "
          "traces, in which one spike counts 1.")
      .def(
          "set_rule",
          [](Network& self, const py::object& projection, const py::object& rule) {
            if (py::isinstance<py::str>(projection))
              throw InputError(fmt::format(
                  "projection: {}, but the number that a connect function returned is needed; "
                  "net.projections lists them",
                  py::repr(projection).cast<std::string>()));
            const auto id = number<std::uint32_t>(projection, "projection");
            if (id >= self.projections().size())
              throw InputError(
                  fmt::format("projection: {}, but there are {}", id, self.projections().size()));
            self.set_rule(id, rule_of(self, rule));
          },
          py::arg("projection"), py::arg("rule"),
          "Makes a projection plastic: `projection` is the number that a connect function "
          "returned, "
          "`rule` a name or a number. Its weights must lie within w_min..w_max; a weight of 0 is "
          "then "
          "a synapse, too.")
      .def_property_readonly(
          "_rules",
          [](const Network& self) {
            std::vector<std::string> names;
            for (const LearningRule& rule : self.rules()) names.push_back(rule.name);
            return names;
          },
          "Name of each learning rule, by number.");
}

}  // namespace spikemesh::sim
