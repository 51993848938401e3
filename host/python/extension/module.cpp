// SPDX-License-Identifier: Apache-2.0
// The extension module spikemesh._core: host/python/spikemesh is what people import.
#include <string>

#include "host/python/extension/bind.hpp"
#include "sim/device/rtl_device.hpp"
#include "sim/lockstep/mismatch.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/spec.hpp"

namespace py = pybind11;

namespace {

template <typename Exception>
void bind_error(py::module_& module, const char* name, const py::object& bases, const char* doc) {
  py::register_exception<Exception>(module, name, bases).attr("__doc__") = doc;
}

void bind_errors(py::module_& module) {
  using namespace spikemesh;
  const auto also = [&](PyObject* builtin) {
    return py::make_tuple(module.attr("Error"), py::reinterpret_borrow<py::object>(builtin));
  };
  bind_error<Error>(module, "Error", py::reinterpret_borrow<py::object>(PyExc_RuntimeError),
                    "Base class of all errors here. The message names place, value and remedy.");
  bind_error<InputError>(module, "InputError", also(PyExc_ValueError),
                         "An argument is wrong: a network, an input, an option.");
  bind_error<TransportError>(module, "TransportError", also(PyExc_OSError),
                             "The port cannot be opened, or its other end is gone.");
  bind_error<LinkError>(module, "LinkError", also(PyExc_OSError),
                        "The port is open, but no answer came in the time that was allowed.");
  bind_error<SpecError>(module, "SpecError", module.attr("Error"),
                        "No SpikeMesh chip answers, or one of another specification.");
  bind_error<RunError>(module, "RunError", module.attr("Error"),
                       "No network is loaded, or the chip was reset by others or lost spikes.");
  bind_error<VerifyError>(module, "VerifyError", module.attr("Error"),
                          "The memory of the chip differs from what was written.");
  bind_error<ChipError>(module, "ChipError", module.attr("Error"),
                        "The chip refused a request with a status other than ok.");
  bind_error<sim::Mismatch>(module, "Mismatch", module.attr("Error"),
                            "Model and RTL differ (executor lockstep); the message is the report.");
}

/// Arrays of NumPy 2 are laid out otherwise than those that pybind11 before 2.12 knows: it would
/// read wrong numbers from them, silently.
void check_numpy() {
#if PYBIND11_VERSION_HEX < 0x020C0000
  const auto version = py::module_::import("numpy").attr("__version__").cast<std::string>();
  if (std::stoi(version) >= 2)
    throw py::import_error("spikemesh: this extension was built with pybind11 " PYBIND11_TOSTRING(
        PYBIND11_VERSION_MAJOR) "." PYBIND11_TOSTRING(PYBIND11_VERSION_MINOR) ", which knows "
        "NumPy 1 only, but here is NumPy " + version + "; use a Python that has NumPy 1, such as "
        "/usr/bin/python3, or install the package into this one: pip install .");
#endif
}

}  // namespace

PYBIND11_MODULE(_core, module) {
  check_numpy();
  module.doc() = "Extension of the package spikemesh: the C++ host library, model and RTL.";
  module.attr("__version__") = SPIKEMESH_VERSION;
  module.attr("spec_hash") = spikemesh::spec::kSpecHash;
  bind_errors(module);
  spikemesh::sim::bind_network(module);
  spikemesh::sim::bind_machine(module);
  spikemesh::sim::bind_sweep(module);
  spikemesh::sim::bind_core(module);
}
