// SPDX-License-Identifier: Apache-2.0
#include <pybind11/stl/filesystem.h>

#include "host/python/extension/results.hpp"
#include "sim/run/run_folder.hpp"
#include "sim/run/session.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/input_file.hpp"
#include "spikemesh/map_progress.hpp"
#include "spikemesh/network_json.hpp"
#include "spikemesh/output_file.hpp"

namespace py = pybind11;

namespace spikemesh::sim {
namespace {

/// (sample, step, population, neuron, count): columns of one population's spikes.
using Columns = std::tuple<std::string, py::object, py::object, py::object, py::object>;

/// kind, population, rate_hz, interval, phase, seed
using SourceTuple = std::tuple<std::string, std::string, double, std::uint64_t, std::uint64_t,
                               std::optional<std::uint64_t>>;
/// A synapse as the chip holds it.
struct SynapseRow {
  std::uint32_t pre = 0, post = 0, delay = 1;
  std::int32_t weight = 0;
};

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

/// Lets Ctrl-C end a run, and tells a function of Python how far it is.
class Progress {
 public:
  explicit Progress(py::object function) : function_(share(std::move(function))) {}
  void operator()(std::string_view unit, std::uint64_t done, std::uint64_t all) const {
    const py::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() != 0) {
      if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt) != 0) {  // which says nothing of itself
        PyErr_Clear();
        PyErr_SetString(PyExc_KeyboardInterrupt, "ended by Ctrl-C");
      }
      throw py::error_already_set();
    }
    if (function_) (*function_)(std::string(unit), done, all);
  }

 private:
  /// Wherever the last copy ends, the function is given up with Python's lock.
  static std::shared_ptr<py::object> share(py::object function) {
    if (function.is_none()) return {};
    return {new py::object(std::move(function)), [](py::object* held) {
              const py::gil_scoped_acquire gil;
              delete held;
            }};
  }
  std::shared_ptr<py::object> function_;
};

Compare compare_of(const std::string& name) {
  const auto found = kCompares.find(name);
  if (found != kCompares.end()) return found->second;
  throw InputError(fmt::format("compare: \"{}\", but it is cycles, order or spikes", shown(name)));
}

std::optional<Executor> executor_of(const std::string& name) {
  if (name == "reference") return std::nullopt;
  const auto found = kExecutors.find(name);
  if (found != kExecutors.end()) return found->second;
  throw InputError(
      fmt::format("executor: \"{}\", but it is reference, model, rtl or lockstep (or give a port)",
                  shown(name)));
}

SessionOptions session_options(
    const std::string& executor, const std::optional<std::string>& config,
    const std::optional<std::string>& port, unsigned baud, const std::optional<std::string>& waves,
    const std::vector<std::string>& rtl_tiles, const std::string& compare, const std::string& load,
    std::uint32_t threads, bool activity, bool hard_steps, bool management_core, std::uint64_t seed,
    const py::object& progress) {
  SessionOptions options;
  if (load != "direct" && load != "link")
    throw InputError(fmt::format("load: \"{}\", but it is direct or link", shown(load)));
  options.over_link = load == "link";
  options.threads = threads;
  options.activity = activity;
  options.hard_steps = hard_steps;
  options.management_core = management_core;
  if (rtl_tiles.empty()) options.executor = executor_of(executor);
  options.config = config;
  options.port = port;
  options.baud = baud;
  if (waves) options.waves = Waves{.path = *waves};
  for (const std::string& text : rtl_tiles)
    options.rtl_tiles.places.push_back(parse_rtl_tile(text, "rtl_tile"));
  options.rtl_tiles.compare = compare_of(compare);
  options.seed = seed;
  options.rerun = {std::to_string(seed), "the same script with waves=FILE"};
  options.progress = Progress(progress);
  return options;
}

/// The session's lock is waited for without Python's.
struct Unlocked {
  void operator()(Session* session) const {
    const py::gil_scoped_release release;
    delete session;
  }
};
using SessionClass = py::class_<Session, std::unique_ptr<Session, Unlocked>>;

template <typename Work>
auto unlocked(Work&& work) {
  const py::gil_scoped_release release;
  return work();
}

std::vector<Source> sources_of(const std::vector<SourceTuple>& tuples) {
  std::vector<Source> sources;
  for (const auto& [kind, population, rate_hz, interval, phase, seed] : tuples) {
    Source& source = sources.emplace_back();
    source.kind = kind == "poisson" ? Source::Kind::poisson : Source::Kind::regular;
    source.population = population;
    source.rate_hz = rate_hz;
    source.interval = interval;
    source.phase = phase;
    source.seed = seed;
  }
  return sources;
}

/// As --poisson and --regular give them.
void describe(const std::vector<Source>& sources, RunConfig& config) {
  for (const Source& source : sources)
    if (source.kind == Source::Kind::poisson)
      config.poisson.push_back(
          fmt::format("{}={},{}", source.population, source.rate_hz, source.seed.value_or(1)));
    else
      config.regular.push_back(
          fmt::format("{}={},{}", source.population, source.interval, source.phase));
}

/// Leaves what `spikemesh run` leaves, and beside it the network and the inputs that were arrays.
void save(RunFolder& folder, Session& session, const std::string& executor,
          const RunRequest& request, const RunResult& result) {
  const MapReport map = session.report();
  const Network network = session.network();
  RunConfig config{.network = "network.json",
                   .input = request.inputs.empty() ? "" : "inputs.csv",
                   .executor = executor,
                   .clear = std::string(to_string(request.go_on ? Clear::none : request.clear)),
                   .dt_ms = network.dt_ms(),
                   .steps = request.steps,
                   .samples = result.samples,
                   .seed = map.seed,
                   .min_tiles = map.min_tiles,
                   .poisson = {},
                   .regular = {},
                   .source_seed = request.source_seed,
                   .record = request.record,
                   .period = request.period,
                   .hard_steps = result.hard_steps.has_value(),
                   .firmware = request.firmware};
  describe(request.sources, config);
  folder.write(config, map, result);
  save_network(network, folder.path() / config.network);
  if (config.input.empty()) return;
  OutputFile inputs(folder.path() / config.input);
  write_spikes(inputs.stream(), request.inputs);
  inputs.commit();
}

/// Every check, then the run; a failed run is raised when what there was of it is saved.
RunResult run(Session& session, const RunRequest& request, const std::optional<std::string>& out,
              const std::string& executor) {
  const RunPlan plan = session.plan(request);
  std::optional<RunFolder> folder;
  if (out) folder.emplace(*out, OptionStyle{});
  RunResult result = session.run(plan, out.has_value());
  if (folder && (!result.failure || result.steps > 0))
    save(*folder, session, executor, request, result);
  if (result.failure) std::rethrow_exception(result.failure);
  session.expect_reference(result);
  return result;
}

void bind_runs(SessionClass& session) {
  session
      .def(
          "run",
          [](Session& self, const std::vector<Columns>& inputs,
             const std::vector<SourceTuple>& sources, std::uint64_t steps,
             std::optional<std::uint32_t> samples, const std::string& clear, bool go_on,
             const std::vector<std::string>& record, std::uint32_t period, bool firmware,
             const std::optional<std::string>& out, const std::string& executor) {
            const RunRequest request{.steps = steps,
                                     .samples = samples,
                                     .clear = parse_clear(clear, {}),
                                     .go_on = go_on,
                                     .inputs = rows_of(inputs),
                                     .sources = sources_of(sources),
                                     .record = record,
                                     .period = period,
                                     .firmware = firmware};
            RunResult result = unlocked([&] { return run(self, request, out, executor); });
            return py::make_tuple(result.samples, columns_of(result.spikes),
                                  neurons_of(result.recorded), traces_of(std::move(result.traces)),
                                  result.hard_steps ? py::cast(hard_steps_json(*result.hard_steps))
                                                    : py::object(py::none()),
                                  answers_of(result));
          },
          py::arg("inputs"), py::arg("sources"), py::arg("steps"), py::arg("samples"),
          py::arg("clear"), py::arg("go_on"), py::arg("record"), py::arg("period"),
          py::arg("firmware"), py::arg("out"), py::arg("executor"))
      .def_property(
          "learning", [](Session& self) { return unlocked([&] { return self.learning(); }); },
          [](Session& self, bool on) { unlocked([&] { self.set_learning(on); }); })
      .def("learned", [](Session& self) { return unlocked([&] { return self.learned(); }); })
      .def(
          "state",
          [](Session& self, const std::string& population, const std::string& quantity) {
            const Quantity which = quantity == "v" ? Quantity::v : Quantity::i;
            return column(unlocked([&] { return self.state(population, which); }));
          },
          py::arg("population"), py::arg("quantity"))
      .def(
          "set_state",
          [](Session& self, const std::string& population, const std::string& quantity,
             const py::object& given) {
            const Quantity which = quantity == "v" ? Quantity::v : Quantity::i;
            const auto raw = numbers<std::int32_t>(given, quantity.c_str());
            unlocked([&] { self.set_state(population, which, raw); });
          },
          py::arg("population"), py::arg("quantity"), py::arg("values"))
      .def(
          "parameters",
          [](Session& self, const std::string& population) {
            return parameters_of(unlocked([&] { return self.parameters(population); }));
          },
          py::arg("population"))
      .def(
          "units",
          [](Session& self, const std::string& population) {
            return units_of(unlocked([&] { return self.units(population); }));
          },
          py::arg("population"))
      .def_property_readonly("place",
                             [](Session& self) {
                               const SourcePlace place = unlocked([&] { return self.place(); });
                               return std::pair(place.sample, place.step);
                             })
      .def(
          "synapses",
          [](Session& self, const std::string& from, const std::string& to) {
            const SynapseWeights found = unlocked([&] { return self.synapses(from, to); });
            std::vector<SynapseRow> rows;
            for (std::size_t i = 0; i < found.synapses.size(); ++i) {
              const Trace::Synapse& at = found.synapses[i];
              rows.push_back({at.pre, at.post, at.delay, found.weights[i]});
            }
            return py::array_t<SynapseRow>(static_cast<py::ssize_t>(rows.size()), rows.data());
          },
          py::arg("from_"), py::arg("to"))
      .def("stats", [](Session& self) { return stats_of(unlocked([&] { return self.stats(); })); });
}

py::dict saved_run(const std::filesystem::path& folder) {
  SavedRun saved = unlocked([&] { return read_run_folder(folder); });
  py::dict result;
  result["config"] = saved.config;
  result["stats"] = saved.stats;
  result["map"] = saved.map;
  result["spikes"] = columns_of(saved.spikes);
  result["traces"] = traces_of(std::move(saved.traces));
  return result;
}

MapOptions options_of(std::uint64_t seed, std::uint32_t min_tiles,
                      std::optional<double> split_weights, std::optional<bool> relays) {
  MapOptions options;
  options.seed = seed;
  options.min_tiles = min_tiles;
  options.split_weights = split_weights;
  options.relays = relays;
  return options;
}

void bind_functions(py::module_& module) {
  module.def(
      "read_spikes",
      [](const std::filesystem::path& path) { return columns_of(read_spikes(path)); },
      py::arg("path"));
  module.def("read_run_folder", &saved_run, py::arg("folder"));
  module.def(
      "map_network",
      [](const Network& network, const std::string& config, std::uint64_t seed,
         std::uint32_t min_tiles, std::optional<double> split_weights, std::optional<bool> relays) {
        const Progress progress{py::none()};
        const py::gil_scoped_release release;
        const Mapped mapped =
            map_network(network, load_build(config),
                        options_of(seed, min_tiles, split_weights, relays), progress);
        return std::pair(to_text(mapped.report), to_json(mapped.report));
      },
      py::arg("network"), py::arg("config"), py::arg("seed"), py::arg("min_tiles"),
      py::arg("split_weights"), py::arg("relays"));
}

}  // namespace

void bind_machine(py::module_& module) {
  PYBIND11_NUMPY_DTYPE(SynapseRow, pre, post, delay, weight);
  SessionClass session(module, "Session", "A machine and the network on it.");
  session
      .def(py::init([](const std::string& executor, const std::optional<std::string>& config,
                       const std::optional<std::string>& port, unsigned baud,
                       const std::optional<std::string>& waves,
                       const std::vector<std::string>& rtl_tiles, const std::string& compare,
                       const std::string& load, std::uint32_t threads, bool activity,
                       bool hard_steps, bool management_core, std::uint64_t seed,
                       const py::object& progress) {
             const auto options =
                 session_options(executor, config, port, baud, waves, rtl_tiles, compare, load,
                                 threads, activity, hard_steps, management_core, seed, progress);
             const py::gil_scoped_release release;
             return std::unique_ptr<Session, Unlocked>(new Session(options));
           }),
           py::arg("executor"), py::arg("config"), py::arg("port"), py::arg("baud"),
           py::arg("waves"), py::arg("rtl_tiles"), py::arg("compare"), py::arg("load"),
           py::arg("threads"), py::arg("activity"), py::arg("hard_steps"),
           py::arg("management_core"), py::arg("seed"), py::arg("progress"))
      .def(
          "load",
          [](Session& self, const Network& network, std::uint64_t seed, std::uint32_t min_tiles,
             std::optional<double> split_weights, std::optional<bool> relays) {
            const py::gil_scoped_release release;
            const MapReport report =
                self.load(network, options_of(seed, min_tiles, split_weights, relays));
            return std::pair(to_text(report), to_json(report));
          },
          py::arg("network"), py::arg("seed"), py::arg("min_tiles"), py::arg("split_weights"),
          py::arg("relays"))
      .def("close", [](Session& self) { unlocked([&] { self.close(); }); })
      .def_property_readonly(
          "build", [](Session& self) { return unlocked([&] { return to_json(self.build()); }); })
      .def_property_readonly("step",
                             [](Session& self) { return unlocked([&] { return self.step(); }); });
  bind_runs(session);
  bind_functions(module);
}

}  // namespace spikemesh::sim
