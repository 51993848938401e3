// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <memory>
#include <systemc>
#include <tlm>

#include "spikemesh/systemc/bus_status.hpp"
#include "spikemesh/systemc/clock.hpp"
#include "spikemesh/systemc/retired.hpp"

namespace spikemesh::systemc {

/// A clock input, unbound where a module has a clock of its own.
class ClockPort
    : public sc_core::sc_port<sc_core::sc_signal_in_if<bool>, 1, sc_core::SC_ZERO_OR_MORE_BOUND> {
 public:
  explicit ClockPort(const char* name);
  ~ClockPort() override;
  /// For sensitivity lists.
  sc_core::sc_event_finder& pos() const { return *pos_; }

 private:
  std::unique_ptr<sc_core::sc_event_finder> pos_;
};

/// An output that may stay unbound.
class IrqPort : public sc_core::sc_port<sc_core::sc_signal_inout_if<bool>, 1,
                                        sc_core::SC_ZERO_OR_MORE_BOUND> {
 public:
  using sc_port::sc_port;
  bool bound() const { return size() > 0; }
};

/// The pins and sockets of a chip (docs/systemc.md), and when its clock rises. Base of Chip,
/// RtlChip and CoSim, which say what the chip does in its cycles; this class counts edges, sees to
/// the reset, and takes transactions apart into accesses.
///
/// With a clock of its own, an edge comes before anything else of its time: it samples the level
/// that a pin had before. With `clk`, it samples what a process that is sensitive to clk.pos()
/// reads. In both cases the order in which processes run does not matter. The tx pin changes one
/// delta cycle after its edge.
class ChipPins : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> rst_n{"rst_n"};  ///< low in a rising edge: power-on reset
  sc_core::sc_in<bool> uart_rx{"uart_rx"};
  sc_core::sc_out<bool> uart_tx{"uart_tx"};  ///< high until the first reset
  ClockPort clk{"clk"};  ///< bind it if, and only if, the module was made without a Clock
  IrqPort irq{"irq"};    ///< the interrupt output, a level; low until the first reset
  /// The word port of the internal bus (docs/systemc.md, "The socket").
  tlm_utils::simple_target_socket_optional<ChipPins, 32> bus{"bus"};
  /// Spikes as they enter the spike-out ring, at the edge that writes them.
  AnalysisPort<Spike> spikes{"spikes"};
  /// All that the chip retires, at the edge of each event, in the order (cycle, tile, kind, unit).
  AnalysisPort<Retired> retired{"retired"};

  /// The cycle that the next edge ends; it counts from 0 since the last reset.
  std::uint64_t cycle() const;
  /// Rising edges of the clock up to now.
  std::uint64_t edges() const { return own_clock() ? edges_so_far() : edges_; }
  /// Nothing can happen any more until a pin moves (docs/blocks/link.md).
  virtual bool idle() const = 0;
  /// Traces the pins under the name of the module, as they are bound.
  void trace(sc_core::sc_trace_file* file) const override;

 protected:
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};

  explicit ChipPins(sc_core::sc_module_name name);
  ChipPins(sc_core::sc_module_name name, const Clock& clock);
  /// Drives the tx pin.
  void drive(bool level);
  /// Drives the interrupt output.
  void drive_irq(bool level);
  /// The access that was given last is over: called by `run`, once.
  void answer(const BusAnswer& answer);
  /// An access was given and is not over.
  bool accessing() const { return accessing_; }
  void end_of_elaboration() override;

 private:
  /// An edge with rst_n low: the chip is as new, before its cycle 0.
  virtual void reset() = 0;
  /// The rx pin has `level` from this cycle on; a later call for the same cycle replaces it.
  virtual void set_rx(std::uint64_t cycle, bool level) = 0;
  /// An access waits at the word port from this cycle on.
  virtual void access(std::uint64_t cycle, const BusAccess& access) = 0;
  /// The same without time; false where that cannot be done.
  virtual bool access_now(BusAccess& access) = 0;
  /// All cycles before this one have ended.
  virtual void run(std::uint64_t cycle) = 0;
  /// The cycle at whose end `run` has to be called, if no pin moves before; kNever: none.
  virtual std::uint64_t due() = 0;

  void b_transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& transaction);
  tlm::tlm_response_status transfer(tlm::tlm_generic_payload& transaction);
  BusAnswer wait_for(const BusAccess& access);
  std::uint64_t catch_up();
  void abort_access();
  void at_outputs();
  void at_event();
  void at_clk();
  void hold(bool rst, bool rx);
  void pass(std::uint64_t edges);
  void warn_of_no_reset();
  void wake_up();
  std::uint64_t edges_so_far() const;
  std::uint64_t due_edge();
  bool own_clock() const { return period_ != 0; }

  std::uint64_t period_ = 0, phase_ = 0;  ///< in units of the time resolution; no period: clk
  sc_core::sc_event wake_;
  std::uint64_t edges_ = 0;       ///< that have come
  std::uint64_t passed_ = 0;      ///< that were worked on
  std::uint64_t due_ = 0;         ///< the edge in which to act next, with clk
  std::uint64_t first_ = 0;       ///< the edge that ended cycle 0
  bool rst_ = false, rx_ = true;  ///< the levels that edges from passed_ on find
  bool begun_ = false, in_reset_ = false, running_ = false, warned_ = false;
  sc_core::sc_mutex one_at_a_time_;  ///< of several initiators
  sc_core::sc_event over_;           ///< an access is over, or the chip runs
  bool accessing_ = false, aborted_ = false;
  BusAnswer answer_;
  sc_core::sc_event outputs_;  ///< a pin moves; one process drives all, whoever made it move
  bool tx_level_ = true, irq_level_ = false;
  std::uint64_t counted_delta_ = ~std::uint64_t{0};  ///< in which at_clk ran last
};

}  // namespace spikemesh::systemc
