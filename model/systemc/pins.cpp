// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/systemc/pins.hpp"

#include <algorithm>
#include <string>

namespace spikemesh::systemc {

namespace {
using ClockInterface = sc_core::sc_signal_in_if<bool>;
}  // namespace

ClockPort::ClockPort(const char* name)
    : sc_port(name),
      pos_(std::make_unique<sc_core::sc_event_finder_t<ClockInterface>>(
          *this, &ClockInterface::posedge_event)) {}

ClockPort::~ClockPort() = default;

ChipPins::ChipPins(sc_core::sc_module_name name) : sc_module(name) {
  SC_HAS_PROCESS(ChipPins);
  SC_METHOD(at_clk);
  sensitive << clk.pos();
  dont_initialize();
  SC_METHOD(at_outputs);
  sensitive << outputs_;
  dont_initialize();
  uart_tx.initialize(true);
  bus.register_b_transport(this, &ChipPins::b_transport);
  bus.register_transport_dbg(this, &ChipPins::transport_dbg);
}

ChipPins::ChipPins(sc_core::sc_module_name name, const Clock& clock)
    : sc_module(name),
      period_(std::max<std::uint64_t>(clock.period.value(), 1)),
      phase_(clock.phase.value()) {
  SC_HAS_PROCESS(ChipPins);
  SC_METHOD(at_event);
  sensitive << rst_n << uart_rx << wake_;
  SC_METHOD(at_outputs);
  sensitive << outputs_;
  dont_initialize();
  uart_tx.initialize(true);
  bus.register_b_transport(this, &ChipPins::b_transport);
  bus.register_transport_dbg(this, &ChipPins::transport_dbg);
}

void ChipPins::end_of_elaboration() {
  if (!own_clock() && clk.size() == 0)
    SC_REPORT_ERROR(
        "/spikemesh/clock",
        (std::string(name()) + " has no clock: bind its port clk, or make the module with a Clock")
            .c_str());
  if (!own_clock() || clk.size() == 0) return;
  SC_REPORT_ERROR("/spikemesh/clock",
                  (std::string(name()) +
                   " was made with a clock of its own, and its port clk is bound: leave clk "
                   "unbound, or make the module without a Clock")
                      .c_str());
}

std::uint64_t ChipPins::cycle() const {
  if (!running_) return 0;
  return std::max(edges(), first_) - first_;
}

void ChipPins::trace(sc_core::sc_trace_file* file) const {
  const std::string path = std::string(name()) + ".";
  sc_core::sc_trace(file, rst_n, path + "rst_n");
  sc_core::sc_trace(file, uart_rx, path + "uart_rx");
  sc_core::sc_trace(file, uart_tx, path + "uart_tx");
  sc_core::sc_trace(file, irq_level_, path + "irq");
}

void ChipPins::drive(bool level) {
  if (level == tx_level_) return;
  tx_level_ = level;
  outputs_.notify();
}

void ChipPins::drive_irq(bool level) {
  if (level == irq_level_) return;
  irq_level_ = level;
  outputs_.notify();
}

/// In the same delta cycle in which they were decided.
void ChipPins::at_outputs() {
  uart_tx.write(tx_level_);
  if (irq.bound()) irq->write(irq_level_);
}

/// Edges of the own clock at or before now.
std::uint64_t ChipPins::edges_so_far() const {
  const std::uint64_t now = sc_core::sc_time_stamp().value();
  return now < phase_ ? 0 : (now - phase_) / period_ + 1;
}

/// An input moved, or an edge has come that something waits for. The pins kept their levels since
/// the last call, so the edges up to now found these.
void ChipPins::at_event() {
  if (!begun_) {
    rst_ = rst_n.read();
    rx_ = uart_rx.read();
    begun_ = true;
  }
  edges_ = edges_so_far();
  pass(edges_);
  hold(rst_n.read(), uart_rx.read());
  wake_up();
}

void ChipPins::at_clk() {
  counted_delta_ = sc_core::sc_delta_count();
  const bool rst = rst_n.read(), rx = uart_rx.read();
  const bool sleeps = edges_ < due_ && rst == rst_ && rx == rx_ && begun_;
  ++edges_;
  if (sleeps) return;
  begun_ = true;
  pass(edges_ - 1);
  hold(rst, rx);
  pass(edges_);
  due_ = due_edge();
}

/// From edge passed_ on.
void ChipPins::hold(bool rst, bool rx) {
  const bool moved = rx != rx_;
  rst_ = rst;
  rx_ = rx;
  if (running_ && moved) set_rx(passed_ - first_, rx_);
}

/// All edges before `edges` have come, and those from passed_ on found the levels that hold.
void ChipPins::pass(std::uint64_t edges) {
  if (edges == passed_) return;
  if (!rst_) {
    if (running_) run(passed_ - first_);
    running_ = false;
    if (!in_reset_) {
      reset();
      drive(true);
      drive_irq(false);
      abort_access();
    }
    in_reset_ = true;
  } else if (in_reset_) {
    in_reset_ = false;
    running_ = true;
    first_ = passed_;
    set_rx(0, rx_);
    over_.notify(sc_core::SC_ZERO_TIME);
  } else if (!running_) {
    warn_of_no_reset();
  }
  if (running_) run(edges - first_);
  passed_ = edges;
}

void ChipPins::warn_of_no_reset() {
  if (warned_) return;
  warned_ = true;
  SC_REPORT_WARNING("/spikemesh/reset",
                    (std::string(name()) +
                     " has had no reset when its clock rises, so it does nothing: hold rst_n low "
                     "for at least one rising edge")
                        .c_str());
}

/// The edge in which something is to be done if the pins hold; kNever: none.
std::uint64_t ChipPins::due_edge() {
  const bool changes = rst_ ? in_reset_ || (!running_ && !warned_) : !in_reset_;
  if (changes) return passed_;
  if (!running_ || !rst_) return kNever;
  const std::uint64_t cycle = due();
  return cycle == kNever ? kNever : std::max(first_ + cycle, passed_);
}

void ChipPins::wake_up() {
  wake_.cancel();
  const std::uint64_t edge = due_edge();
  if (edge == kNever) return;
  const std::uint64_t at = phase_ + edge * period_;
  wake_.notify(sc_core::sc_time::from_value(at - sc_core::sc_time_stamp().value()));
}

}  // namespace spikemesh::systemc
