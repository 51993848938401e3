// SPDX-License-Identifier: Apache-2.0
#include "sim/systemc/pin_device.hpp"

#include <stdexcept>
#include <utility>

namespace spikemesh::sim {

namespace {

using sc_core::sc_time;
using sc_core::sc_time_stamp;

constexpr std::uint64_t kResetEdges = 2;

/// The edge that begins a cycle; its predecessor, for cycle 0, is the last of the reset.
sc_time begin_of(std::uint64_t cycle) {
  return PinDevice::period() * static_cast<double>(kResetEdges + cycle - 1);
}
/// Between two edges time stands still, and then pins move.
const sc_time& still() {
  static const sc_time time(5, sc_core::SC_NS);
  return time;
}
const sc_time& moves() {
  static const sc_time time(7, sc_core::SC_NS);
  return time;
}

}  // namespace

PinDevice::Bench::Bench(sc_core::sc_module_name name, PinDevice& owner)
    : sc_module(name), device(owner) {
  SC_HAS_PROCESS(Bench);
  SC_METHOD(drive);
  sensitive << next;
  dont_initialize();
  SC_METHOD(record);
  sensitive << device.tx_;
  dont_initialize();
}

void PinDevice::Bench::drive() {
  for (; !device.levels_.empty(); device.levels_.pop_front()) {
    const sc_time at = begin_of(device.levels_.front().cycle) + moves();
    if (at > sc_time_stamp()) {
      next.notify(at - sc_time_stamp());
      return;
    }
    device.rx_.write(device.levels_.front().level);
  }
}

void PinDevice::Bench::record() {
  const std::uint64_t edge = sc_time_stamp().value() / period().value();
  device.changes_.push_back({edge + 1 - kResetEdges, device.tx_.read()});
}

void PinDevice::Bench::write(const systemc::Retired& event) {
  device.sink_->on({event.cycle, event.tile, static_cast<EventKind>(event.kind), event.unit,
                    spec::EventBits{event.data}});
}

PinDevice::PinDevice(systemc::ChipPins& chip, systemc::AnalysisPort<systemc::Retired>& retired,
                     const spec::Build& build)
    : chip_(chip),
      retired_(retired),
      build_(build),
      rst_n_("rst_n", false),
      rx_("uart_rx", true),
      tx_("uart_tx", true),
      bench_(sc_core::sc_gen_unique_name("bench"), *this) {
  chip.rst_n(rst_n_);
  chip.uart_rx(rx_);
  chip.uart_tx(tx_);
  also(chip);
}

PinDevice::Initiator::Initiator(sc_core::sc_module_name name, systemc::ChipPins& chip)
    : sc_module(name) {
  SC_HAS_PROCESS(Initiator);
  SC_THREAD(run);
  socket.bind(chip.bus);
}

void PinDevice::Initiator::run() {
  for (;; waiting.pop_front()) {
    while (waiting.empty()) sc_core::wait(more);
    const sc_time at = begin_of(waiting.front().first) + still();
    if (at > sc_time_stamp()) sc_core::wait(at - sc_time_stamp());
    transport(waiting.front().second);
  }
}

void PinDevice::Initiator::transport(model::WordAccess access) {
  unsigned char enables[4];
  for (unsigned byte = 0; byte < 4; ++byte)
    enables[byte] = (access.strobe >> byte & 1) != 0 ? TLM_BYTE_ENABLED : TLM_BYTE_DISABLED;
  tlm::tlm_generic_payload transaction;
  transaction.set_command(access.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  transaction.set_address(access.address);
  transaction.set_data_ptr(reinterpret_cast<unsigned char*>(&access.data));
  transaction.set_data_length(4);
  transaction.set_streaming_width(4);
  if (access.write) {
    transaction.set_byte_enable_ptr(enables);
    transaction.set_byte_enable_length(4);
  }
  sc_time delay;
  socket->b_transport(transaction, delay);
}

void PinDevice::also(systemc::ChipPins& chip) {
  initiators_.push_back(
      std::make_unique<Initiator>(sc_core::sc_gen_unique_name("initiator"), chip));
}

void PinDevice::access(std::uint64_t at, const model::WordAccess& access) {
  for (const auto& each : initiators_) {
    each->waiting.emplace_back(at, access);
    each->more.notify(sc_core::SC_ZERO_TIME);
  }
}

bool PinDevice::idle() const {
  for (const auto& each : initiators_)
    if (!each->waiting.empty()) return false;
  return cycle_ > 0 && levels_.empty() && chip_.idle();
}

void PinDevice::advance(std::uint64_t limit) {
  if (limit <= cycle_) return;
  if (cycle_ == 0) {
    sc_core::sc_start(begin_of(0) + still() - sc_time_stamp());
    rst_n_.write(true);
  }
  sc_core::sc_start(begin_of(limit) + still() - sc_time_stamp());
  cycle_ = limit;
}

void PinDevice::set_rx(std::uint64_t at, bool level) {
  levels_.push_back({at, level});
  if (levels_.size() > 1) return;
  const sc_time due = begin_of(at) + moves();
  bench_.next.notify(due - sc_time_stamp());
}

std::vector<PinChange> PinDevice::take_tx() { return std::exchange(changes_, {}); }

void PinDevice::offer(std::uint64_t, std::uint8_t) {
  throw std::logic_error("pin device: it has no byte port");
}

void PinDevice::listen(EventSink* sink) {
  if (sink_ == nullptr) retired_(bench_);
  sink_ = sink;
}

}  // namespace spikemesh::sim
