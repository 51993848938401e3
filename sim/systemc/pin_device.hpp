// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <systemc>
#include <utility>
#include <vector>

#include "sim/device/device.hpp"
#include "spikemesh/systemc/pins.hpp"
#include "spikemesh/systemc/retired.hpp"

namespace spikemesh::sim {

/// A SystemC module with the pins of a chip as a device: it drives the pins by signals, and time
/// only goes on in advance(), also while the chip is idle. One in a process, as it owns the time of
/// the kernel. It has no byte port, and the word port is the socket.
class PinDevice : public Device {
 public:
  /// The clock that the chip has to have: edges at 0, 10 ns, 20 ns ...
  static sc_core::sc_time period() { return {10, sc_core::SC_NS}; }

  /// `retired` is of `chip`; it is bound when somebody listens.
  PinDevice(systemc::ChipPins& chip, systemc::AnalysisPort<systemc::Retired>& retired,
            const spec::Build& build);

  const spec::Build& build() const override { return build_; }
  std::uint64_t cycle() const override { return cycle_; }
  void advance(std::uint64_t limit) override;
  bool idle() const override;
  void set_rx(std::uint64_t at, bool level) override;
  std::vector<PinChange> take_tx() override;
  void offer(std::uint64_t, std::uint8_t) override;
  void set_ready(std::uint64_t, bool) override {}
  std::vector<TimedByte> take_bytes() override { return {}; }
  void listen(EventSink* sink) override;
  void access(std::uint64_t at, const model::WordAccess& access) override;
  /// Another chip on the same pins gets the same accesses.
  void also(systemc::ChipPins& chip);

  // Of the chip, for others who want to be bound to them.
  sc_core::sc_signal<bool>& rst_n() { return rst_n_; }
  sc_core::sc_signal<bool>& uart_rx() { return rx_; }
  sc_core::sc_signal<bool>& uart_tx() { return tx_; }

 private:
  /// The processes beside the chip.
  struct Bench : sc_core::sc_module, tlm::tlm_analysis_if<systemc::Retired> {
    Bench(sc_core::sc_module_name name, PinDevice& device);
    void drive();
    void record();
    void write(const systemc::Retired& event) override;
    PinDevice& device;
    sc_core::sc_event next;
  };

  /// Gives accesses to the socket of a chip, each from the begin of a cycle on.
  struct Initiator : sc_core::sc_module {
    Initiator(sc_core::sc_module_name name, systemc::ChipPins& chip);
    void run();
    void transport(model::WordAccess access);
    tlm_utils::simple_initiator_socket<Initiator> socket{"socket"};
    sc_core::sc_event more;
    std::deque<std::pair<std::uint64_t, model::WordAccess>> waiting;
  };

  systemc::ChipPins& chip_;
  systemc::AnalysisPort<systemc::Retired>& retired_;
  spec::Build build_;
  sc_core::sc_signal<bool> rst_n_, rx_, tx_;
  EventSink* sink_ = nullptr;
  std::uint64_t cycle_ = 0;
  std::deque<PinChange> levels_;
  std::vector<PinChange> changes_;
  Bench bench_;
  std::vector<std::unique_ptr<Initiator>> initiators_;
};

}  // namespace spikemesh::sim
