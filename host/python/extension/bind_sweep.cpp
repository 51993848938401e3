// SPDX-License-Identifier: Apache-2.0
#include <pybind11/stl/filesystem.h>

#include "host/python/extension/bind.hpp"
#include "sim/sweep/sweep.hpp"
#include "sim/traffic/traffic_run.hpp"

namespace py = pybind11;

namespace spikemesh::sim {
namespace {

/// Lets Ctrl-C end the work, and tells a function of Python, or None, how far it is.
void tell(const py::object& progress, std::string_view unit, std::uint64_t done,
          std::uint64_t all) {
  const py::gil_scoped_acquire gil;
  if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  if (!progress.is_none()) progress(std::string(unit), done, all);
}

/// Points of the sweep or shard, and how many of them ran now.
std::pair<std::uint64_t, std::uint64_t> sweep(const std::filesystem::path& file,
                                              const std::filesystem::path& out, std::uint32_t jobs,
                                              std::uint64_t part, std::uint64_t of,
                                              const py::object& progress) {
  if (jobs < 1 || of < 1 || part < 1 || part > of)
    throw InputError(
        fmt::format("jobs {}, shard ({}, {}), but jobs and shard (k, n) are at least 1 "
                    "and k is at most n",
                    jobs, part, of));
  const py::gil_scoped_release release;
  const SweepFile sweep = load_sweep(file);
  SweepOptions options{.out = out, .jobs = jobs, .shard = {part, of}};
  options.progress = [&](std::uint64_t done, std::uint64_t all) {
    tell(progress, "points", done, all);
  };
  const SweepSummary summary = run_sweep(sweep, options);
  return {summary.points, summary.ran};
}

void traffic(const std::filesystem::path& file, const std::filesystem::path& out,
             const std::string& config, const std::string& placement, std::uint64_t seed,
             std::uint64_t steps, std::uint32_t period, bool activity, const py::object& progress) {
  TrafficOptions options{.file = file,
                         .out = out,
                         .config = config,
                         .placement = placement,
                         .seed = seed,
                         .steps = steps,
                         .period = period,
                         .activity = activity};
  options.progress = [&](std::string_view unit, std::uint64_t done, std::uint64_t all) {
    tell(progress, unit, done, all);
  };
  const py::gil_scoped_release release;
  run_traffic(options);
}

}  // namespace

void bind_sweep(py::module_& module) {
  module.def("sweep", sweep, py::arg("file"), py::arg("out"), py::arg("jobs"), py::arg("part"),
             py::arg("of"), py::arg("progress").none(true),
             "Runs the points of a sweep file that have no row in the folder yet "
             "(docs/exploration/sweep.md).");
  module.def("traffic", traffic, py::arg("file"), py::arg("out"), py::arg("config"),
             py::arg("placement"), py::arg("seed"), py::arg("steps"), py::arg("period"),
             py::arg("activity"), py::arg("progress").none(true),
             "Sends the packets of a file through a mesh (docs/exploration/traffic.md).");
}

}  // namespace spikemesh::sim
