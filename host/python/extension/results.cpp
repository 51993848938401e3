// SPDX-License-Identifier: Apache-2.0
// What a session gives, as Python gets it.
#include "host/python/extension/results.hpp"

#include <map>
#include <memory>
#include <utility>

namespace py = pybind11;

namespace spikemesh::sim {

/// population -> (sample, step, neuron)
py::dict columns_of(const std::vector<SpikeRow>& rows) {
  struct Lists {
    std::vector<std::uint32_t> sample, neuron;
    std::vector<std::int64_t> step;
  };
  std::map<std::string, Lists> lists;
  for (const SpikeRow& row : rows) {
    Lists& list = lists[row.population];
    for (std::uint32_t i = 0; i < row.count; ++i) {
      list.sample.push_back(row.sample);
      list.step.push_back(static_cast<std::int64_t>(row.step));
      list.neuron.push_back(row.neuron);
    }
  }
  py::dict result;
  for (const auto& [population, list] : lists)
    result[py::str(population)] =
        py::make_tuple(column(list.sample), column(list.step), column(list.neuron));
  return result;
}

namespace {

py::dict tile_of(const MachineStats::Tile& tile) {
  const spec::Tile at = spec::Tile::unpack(tile.tile);
  py::dict result;
  result["x"] = at.x;
  result["y"] = at.y;
  for (std::uint32_t i = 0; i < spec::kCounters; ++i)
    result[py::str(std::string(spec::to_string(static_cast<spec::Counter>(i))))] = tile.counters[i];
  return result;
}

}  // namespace

/// The names are those of stats.json; those of tiles are summed up, and given tile by tile.
py::dict stats_of(const MachineStats& stats) {
  if (!stats.exact)
    throw RunError(
        "the counters of the tiles, which have 32 bits on the chip, may have wrapped: load the "
        "network, and run fewer steps at a time");
  py::dict result;
  result["steps"] = stats.steps;
  result["cycles"] = stats.cycles;
  result["stretched"] = stats.stretched;
  result["late_entries"] = stats.late_entries;
  result["bad_entries"] = stats.bad_entries;
  result["lost_spikes"] = stats.lost_spikes;
  result["ring_out_stalls"] = stats.ring_out_stalls;
  result["inject_stalls"] = stats.inject_stalls;
  for (std::uint32_t i = 0; i < spec::kCounters; ++i) {
    const auto which = static_cast<spec::Counter>(i);
    result[py::str(std::string(spec::to_string(which)))] = stats.total(which);
  }
  py::list tiles;
  for (const MachineStats::Tile& tile : stats.tiles) tiles.append(tile_of(tile));
  result["tiles"] = tiles;
  return result;
}

/// Parameter -> [size].
py::dict parameters_of(const std::vector<NeuronParameters>& neurons) {
  py::dict result;
  const auto add = [&](const char* name, auto member) {
    std::vector<std::int64_t> each;
    for (const NeuronParameters& neuron : neurons) each.push_back(neuron.*member);
    result[name] = column(each);
  };
  add("theta", &NeuronParameters::theta);
  add("v_reset", &NeuronParameters::v_reset);
  add("bias", &NeuronParameters::bias);
  add("refractory", &NeuronParameters::refractory);
  add("gain", &NeuronParameters::gain);
  add("subtract", &NeuronParameters::subtract);
  add("decay_i", &NeuronParameters::decay_i);
  add("decay_v", &NeuronParameters::decay_v);
  add("adapt_step", &NeuronParameters::adapt_step);
  add("decay_adapt", &NeuronParameters::decay_adapt);
  return result;
}

/// Unit -> [size].
py::dict units_of(const std::vector<NeuronUnits>& neurons) {
  py::dict result;
  const auto add = [&](const char* name, auto member) {
    std::vector<double> each;
    for (const NeuronUnits& neuron : neurons) each.push_back(neuron.*member);
    result[name] = column(each);
  };
  add("v_scale", &NeuronUnits::v_scale);
  add("v_rest", &NeuronUnits::v_rest);
  add("v_threshold", &NeuronUnits::v_threshold);
  add("i_scale", &NeuronUnits::i_scale);
  add("weight_scale", &NeuronUnits::weight_scale);
  return result;
}

namespace {

template <typename T>
py::array_t<T> table(const std::vector<T>& values, std::vector<py::ssize_t> shape) {
  return py::array_t<T>(std::move(shape), values.data());
}

/// An array that keeps the values where they are: traces are large.
template <typename T>
py::array_t<T> table(std::vector<T>&& values, std::vector<py::ssize_t> shape) {
  auto kept = std::make_unique<std::vector<T>>(std::move(values));
  const T* const data = kept->data();
  const py::capsule owner(kept.release(),
                          [](void* held) { delete static_cast<std::vector<T>*>(held); });
  return py::array_t<T>(std::move(shape), data, owner);
}

/// What a recording is, for spikemesh.Trace.
py::dict trace_of(RecordedTrace&& recorded) {
  Trace& trace = recorded.trace;
  py::dict result;
  result["probe"] = recorded.text;
  result["quantity"] = std::string(to_string(trace.probe.quantity));
  result["population"] = trace.probe.population;
  result["values"] = table(std::move(trace.values), {static_cast<py::ssize_t>(trace.samples),
                                                     static_cast<py::ssize_t>(trace.steps.size()),
                                                     static_cast<py::ssize_t>(trace.columns())});
  result["steps"] = column(std::vector<std::int64_t>(trace.steps.begin(), trace.steps.end()));
  for (const auto& [name, each] : recorded.units) result[py::str(name)] = column(each);
  if (trace.probe.quantity != Quantity::weight) {
    result["neurons"] = column(trace.neurons);
    return result;
  }
  std::vector<std::uint32_t> synapses;
  for (const Trace::Synapse& each : trace.synapses)
    synapses.insert(synapses.end(), {each.pre, each.post, each.delay});
  result["from_"] = trace.probe.from;
  result["synapses"] = table(synapses, {static_cast<py::ssize_t>(trace.synapses.size()), 3});
  result["begin"] = column(recorded.begin);
  return result;
}

}  // namespace

py::list traces_of(std::vector<RecordedTrace>&& recorded) {
  py::list traces;
  for (RecordedTrace& each : recorded) traces.append(trace_of(std::move(each)));
  return traces;
}

py::dict neurons_of(const std::vector<RunResult::Recorded>& recorded) {
  py::dict neurons;
  for (const RunResult::Recorded& each : recorded)
    neurons[py::str(each.population)] = column(each.neurons);
  return neurons;
}

py::object answers_of(const RunResult& result) {
  if (!result.early_exit) return py::none();
  py::list rows;
  for (const RunResult::Answer& each : result.answers) {
    const std::int64_t neuron = each.neuron ? std::int64_t{*each.neuron} : -1;
    rows.append(std::tuple(each.sample, neuron, each.steps, each.margin));
  }
  return rows;
}

}  // namespace spikemesh::sim
