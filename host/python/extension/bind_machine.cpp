// SPDX-License-Identifier: Apache-2.0
#include <pybind11/stl/filesystem.h>

#include <fstream>

#include "host/python/extension/bind.hpp"
#include "sim/run/session.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/sources.hpp"

namespace py = pybind11;

namespace spikemesh::sim {
namespace {

/// (sample, step, population, neuron, count): columns of one population's spikes.
using Columns = std::tuple<std::string, py::object, py::object, py::object, py::object>;

std::vector<SpikeRow> rows_of(const std::vector<Columns>& inputs) {
  std::vector<SpikeRow> rows;
  for (const auto& [population, sample, step, neuron, count] : inputs) {
    const auto samples = numbers<std::uint32_t>(sample, "sample");
    const auto steps = numbers<std::uint64_t>(step, "step");
    const auto neurons = numbers<std::uint32_t>(neuron, "neuron");
    const auto counts = numbers<std::uint32_t>(count, "count");
    if (steps.size() != samples.size() || neurons.size() != samples.size() ||
        counts.size() != samples.size())
      throw InputError(fmt::format("inputs \"{}\": columns of different lengths", population));
    for (std::size_t i = 0; i < samples.size(); ++i)
      if (counts[i] > 0)
        rows.push_back({samples[i], steps[i], population, neurons[i], counts[i], 0});
  }
  return rows;
}

/// population -> (sample, step, neuron)
py::dict columns_of(const std::vector<SpikeRow>& rows) {
  struct Lists {
    std::vector<std::uint32_t> sample, neuron;
    std::vector<std::uint64_t> step;
  };
  std::map<std::string, Lists> lists;
  for (const SpikeRow& row : rows) {
    Lists& list = lists[row.population];
    for (std::uint32_t i = 0; i < row.count; ++i) {
      list.sample.push_back(row.sample);
      list.step.push_back(row.step);
      list.neuron.push_back(row.neuron);
    }
  }
  py::dict result;
  for (const auto& [population, list] : lists)
    result[py::str(population)] =
        py::make_tuple(column(list.sample), column(list.step), column(list.neuron));
  return result;
}

/// Lets Ctrl-C end a run.
void check_signals() {
  const py::gil_scoped_acquire gil;
  if (PyErr_CheckSignals() != 0) throw py::error_already_set();
}

SessionOptions session_options(const std::string& executor,
                               const std::optional<std::string>& config, const std::string& port,
                               unsigned baud, const std::optional<std::string>& waves,
                               std::uint64_t seed) {
  return {executor, config, port, baud, waves, seed, check_signals};
}

/// The kernel's lock is waited for without Python's.
struct Unlocked {
  void operator()(Session* session) const {
    const py::gil_scoped_release release;
    delete session;
  }
};
using SessionClass = py::class_<Session, std::unique_ptr<Session, Unlocked>>;

py::dict stats_of(const MachineStats& stats) {
  py::dict result;
  result["steps"] = stats.steps;
  result["cycles"] = stats.cycles;
  result["stretched"] = stats.stretched;
  result["late_entries"] = stats.late_entries;
  result["bad_entries"] = stats.bad_entries;
  result["lost_spikes"] = stats.lost_spikes;
  result["out_stalls"] = stats.out_stalls;
  result["in_stalls"] = stats.in_stalls;
  MachineStats::Tile sum;
  for (const MachineStats::Tile& tile : stats.tiles) {
    sum.spikes += tile.spikes;
    sum.packets += tile.packets;
    sum.synapse_events += tile.synapse_events;
    sum.saturations += tile.saturations;
    sum.updates += tile.updates;
    sum.weight_updates += tile.weight_updates;
    sum.clips_min += tile.clips_min;
    sum.clips_max += tile.clips_max;
  }
  result["spikes"] = sum.spikes;
  result["packets"] = sum.packets;
  result["synapse_events"] = sum.synapse_events;
  result["saturations"] = sum.saturations;
  result["updates"] = sum.updates;
  result["weight_updates"] = sum.weight_updates;
  result["clips_min"] = sum.clips_min;
  result["clips_max"] = sum.clips_max;
  return result;
}

template <typename Work>
auto unlocked(Work&& work) {
  const py::gil_scoped_release release;
  return work();
}

void bind_runs(SessionClass& session) {
  session
      .def(
          "run",
          [](Session& self, const std::vector<Columns>& inputs, std::uint64_t steps) {
            const auto rows = rows_of(inputs);
            return columns_of(unlocked([&] { return self.run(rows, steps); }));
          },
          py::arg("inputs"), py::arg("steps"))
      .def(
          "run_samples",
          [](Session& self, const std::vector<Columns>& inputs, std::uint64_t steps,
             std::uint32_t samples, const std::string& clear) {
            const auto rows = rows_of(inputs);
            return columns_of(
                unlocked([&] { return self.run_samples(rows, steps, samples, clear); }));
          },
          py::arg("inputs"), py::arg("steps"), py::arg("samples"), py::arg("clear"))
      .def_property(
          "learning", [](Session& self) { return unlocked([&] { return self.learning(); }); },
          [](Session& self, bool on) { unlocked([&] { self.set_learning(on); }); })
      .def("learned", [](Session& self) { return unlocked([&] { return self.learned(); }); })
      .def(
          "state",
          [](Session& self, const std::string& population, std::uint32_t field) {
            return column(unlocked([&] { return self.state(population, field); }));
          },
          py::arg("population"), py::arg("field"))
      .def(
          "synapses",
          [](Session& self, const std::string& from, const std::string& to) {
            const auto rows = unlocked([&] { return self.synapses(from, to); });
            return py::array_t<SynapseRow>(static_cast<py::ssize_t>(rows.size()), rows.data());
          },
          py::arg("from_"), py::arg("to"))
      .def("stats", [](Session& self) { return stats_of(unlocked([&] { return self.stats(); })); });
}

}  // namespace

void bind_machine(py::module_& module) {
  PYBIND11_NUMPY_DTYPE(SynapseRow, pre, post, delay, weight);
  SessionClass session(module, "Session", "A machine and the network on it.");
  session
      .def(py::init([](const std::string& executor, const std::optional<std::string>& config,
                       const std::string& port, unsigned baud,
                       const std::optional<std::string>& waves, std::uint64_t seed) {
             const auto options = session_options(executor, config, port, baud, waves, seed);
             const py::gil_scoped_release release;
             return std::unique_ptr<Session, Unlocked>(new Session(options));
           }),
           py::arg("executor"), py::arg("config"), py::arg("port"), py::arg("baud"),
           py::arg("waves"), py::arg("seed"))
      .def(
          "load",
          [](Session& self, const Network& network, std::uint64_t seed, std::uint32_t min_tiles) {
            const py::gil_scoped_release release;
            const MapReport report = self.load(network, {seed, min_tiles});
            return std::pair(to_text(report), to_json(report));
          },
          py::arg("network"), py::arg("seed"), py::arg("min_tiles"))
      .def("close", [](Session& self) { unlocked([&] { self.close(); }); })
      .def_property_readonly(
          "build", [](Session& self) { return unlocked([&] { return to_json(self.build()); }); })
      .def_property_readonly("step",
                             [](Session& self) { return unlocked([&] { return self.step(); }); });
  bind_runs(session);
  module.def(
      "make_spikes",
      [](const Network& network, const std::string& population, double rate_hz,
         std::uint64_t interval, std::uint64_t phase, std::uint64_t steps, std::uint32_t samples,
         std::uint64_t seed) {
        const auto kind = rate_hz > 0 ? Source::Kind::poisson : Source::Kind::regular;
        return columns_of(make_spikes({kind, population, rate_hz, interval, phase}, network, steps,
                                      samples, seed));
      },
      py::arg("network"), py::arg("population"), py::arg("rate_hz"), py::arg("interval"),
      py::arg("phase"), py::arg("steps"), py::arg("samples"), py::arg("seed"));
  module.def(
      "read_spikes",
      [](const std::filesystem::path& path) { return columns_of(read_spikes(path)); },
      py::arg("path"));
  module.def(
      "map_network",
      [](const Network& network, const std::string& config, std::uint64_t seed,
         std::uint32_t min_tiles) {
        const py::gil_scoped_release release;
        const Mapped mapped = map_network(network, load_build(config), {seed, min_tiles});
        return std::pair(to_text(mapped.report), to_json(mapped.report));
      },
      py::arg("network"), py::arg("config"), py::arg("seed"), py::arg("min_tiles"));
}

}  // namespace spikemesh::sim
