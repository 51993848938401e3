// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "host/python/extension/bind.hpp"
#include "sim/share.hpp"
#include "spikemesh/input_file.hpp"
#include "spikemesh/link/management_core.hpp"
#include "spikemesh/link/transport.hpp"

namespace py = pybind11;

namespace spikemesh::sim {
namespace {

/// A management core, and the link to it.
class CoreLink {
 public:
  CoreLink(const std::string& port, unsigned baud, double timeout_s)
      : timeout_(milliseconds_of(timeout_s)) {
    client_.emplace(open_transport(port, baud), options_of(timeout_));
    client_->connect();
    core_.emplace(*client_);
  }

  ManagementCore& core() {
    if (!core_) throw RunError("the port was closed: make a new ManagementCore");
    return *core_;
  }
  /// The text and the messages among the words that have come.
  void receive() {
    for (CoreMessage& message : messages_.take(core().receive()))
      came_.push_back(std::move(message));
  }
  std::vector<CoreMessage> take() { return std::exchange(came_, {}); }
  void send(std::span<const std::uint32_t> words) { core().send_all(words, timeout_); }
  void close() {
    core_.reset();
    client_.reset();
  }

 private:
  static std::chrono::milliseconds milliseconds_of(double seconds) {
    if (!(seconds > 0 && seconds <= 86400))
      throw InputError(
          fmt::format("timeout {}: seconds above 0, up to 86400, are needed", seconds));
    return std::chrono::milliseconds(static_cast<std::int64_t>(1000 * seconds) + 1);
  }
  static ClientOptions options_of(std::chrono::milliseconds timeout) {
    ClientOptions options;
    options.connect_timeout = options.give_up = timeout;
    return options;
  }

  std::chrono::milliseconds timeout_;
  std::optional<Client> client_;
  std::optional<ManagementCore> core_;
  CoreMessages messages_;
  std::vector<CoreMessage> came_;
};

py::dict dict_of(const CoreState& state) {
  using namespace py::literals;
  return py::dict("running"_a = state.running, "asleep"_a = state.asleep,
                  "owner"_a = std::string(spec::to_string(state.owner)),
                  "cause"_a = std::string(spec::to_string(state.cause)), "pc"_a = state.pc,
                  "address"_a = state.address, "status"_a = state.status,
                  "text"_a = to_text(state));
}

}  // namespace

void bind_core(py::module_& module) {
  const auto release = py::call_guard<py::gil_scoped_release>();
  py::class_<CoreLink>(module, "CoreLink")
      .def(py::init<const std::string&, unsigned, double>(), py::arg("port"), py::arg("baud"),
           py::arg("timeout"), release)
      .def("info",
           [](CoreLink& self) {
             const CoreInfo& info = self.core().info();
             return std::tuple(info.divide, info.program_words, info.data_words);
           })
      .def("state",
           [](CoreLink& self) {
             CoreState state;
             {
               const py::gil_scoped_release unlocked;
               state = self.core().state();
             }
             return dict_of(state);
           })
      .def(
          "load",
          [](CoreLink& self, const std::string& file) {
            const std::string bytes = read_input(file);
            self.core().load({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()},
                             file);
          },
          py::arg("file"), release)
      .def(
          "start",
          [](CoreLink& self, bool own_run) {
            if (self.core().state().running) throw RunError("the core runs already; stop it first");
            self.core().start();
            if (own_run) self.core().give_run(spec::MgmtOwner::core);
          },
          py::arg("own_run"), release)
      .def(
          "stop", [](CoreLink& self) { self.core().stop(); }, release)
      .def(
          "send",
          [](CoreLink& self, const py::object& words) {
            const auto all = numbers<std::uint32_t>(words, "words");
            const py::gil_scoped_release unlocked;
            self.send(all);
          },
          py::arg("words"))
      .def("receive",
           [](CoreLink& self) {
             {
               const py::gil_scoped_release unlocked;
               self.receive();
             }
             std::vector<std::pair<std::uint32_t, std::vector<std::uint32_t>>> all;
             for (CoreMessage& each : self.take())
               all.emplace_back(each.kind, std::move(each.words));
             return all;
           })
      .def("close", &CoreLink::close);
  module.def("program_image", &program_image, py::arg("program"));
}

}  // namespace spikemesh::sim
