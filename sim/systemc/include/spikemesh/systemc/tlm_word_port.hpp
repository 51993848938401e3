// SPDX-License-Identifier: Apache-2.0
#pragma once
#if __cplusplus < 202002L
#error "this header needs C++20 and SpikeMesh::host (docs/systemc.md)"
#endif
// The host library inside a simulation, over TLM-2.0. Needs C++20, and SpikeMesh::host beside
// SpikeMesh::systemc.

#include <tlm_utils/simple_initiator_socket.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>
#include <systemc>

#include "spikemesh/error.hpp"
#include "spikemesh/link/word_port.hpp"
#include "spikemesh/systemc/bus_status.hpp"
#include "spikemesh/systemc/uart_transport.hpp"

namespace spikemesh::systemc {

/// A word port of the host library as a TLM-2.0 initiator: bind `socket` to `bus` of a chip, or to
/// an interconnect that leads there. `base` is added to each address.
///
/// Called from an SC_THREAD it is that process that accesses the bus and waits; called from
/// sc_main, time goes on by sc_start.
class TlmWordPort : public sc_core::sc_module, public WordPort {
 public:
  explicit TlmWordPort(sc_core::sc_module_name name, std::uint64_t base = 0)
      : sc_module(name), base_(base) {
    SC_HAS_PROCESS(TlmWordPort);
    SC_THREAD(serve);
  }

  tlm_utils::simple_initiator_socket<TlmWordPort, 32> socket{"socket"};

  WordResult read(std::uint32_t address, std::span<std::uint32_t> words) override {
    return access(tlm::TLM_READ_COMMAND, address, words.data(), words.size());
  }
  WordResult write(std::uint32_t address, std::span<const std::uint32_t> words) override {
    // A target does not change the data of a write.
    return access(tlm::TLM_WRITE_COMMAND, address, const_cast<std::uint32_t*>(words.data()),
                  words.size());
  }
  void wait(std::chrono::microseconds time) override {
    const sc_core::sc_time span(static_cast<double>(std::max<std::int64_t>(time.count(), 1)),
                                sc_core::SC_US);
    if (in_process()) {
      sc_core::wait(span);
    } else {
      run(span);
    }
  }
  /// Time-outs of a Client in simulated time.
  static ClientOptions options() { return UartTransport::options(); }

 private:
  static bool in_process() { return sc_core::sc_get_current_process_handle().valid(); }

  WordResult access(tlm::tlm_command command, std::uint32_t address, std::uint32_t* words,
                    std::size_t count) {
    BusStatus status;
    tlm::tlm_generic_payload transaction;
    transaction.set_command(command);
    transaction.set_address(base_ + address);
    transaction.set_data_ptr(reinterpret_cast<unsigned char*>(words));
    transaction.set_data_length(static_cast<unsigned>(4 * count));
    transaction.set_streaming_width(static_cast<unsigned>(4 * count));
    transaction.set_extension(&status);
    transport(transaction);
    transaction.clear_extension(&status);
    if (transaction.is_response_ok()) return {spec::Status::ok, count};
    if (status.code == 0)
      throw TransportError(std::string(name()) + ": the bus of the simulation answers " +
                           transaction.get_response_string() +
                           ", and no chip is there: bind it to " +
                           "the socket of a chip, or correct its base address");
    return {static_cast<spec::Status>(status.code), status.done};
  }

  void transport(tlm::tlm_generic_payload& transaction) {
    if (in_process()) {
      sc_core::sc_time delay;
      socket->b_transport(transaction, delay);
      return;
    }
    transaction_ = &transaction;
    asked_.notify(sc_core::SC_ZERO_TIME);
    while (transaction_ != nullptr) run(sc_core::sc_time(1, sc_core::SC_MS));
  }

  /// For sc_main, which cannot wait.
  void serve() {
    for (;; sc_core::wait(asked_)) {
      if (transaction_ == nullptr) continue;
      sc_core::sc_time delay;
      socket->b_transport(*transaction_, delay);
      transaction_ = nullptr;
      sc_core::sc_pause();
    }
  }

  static void run(const sc_core::sc_time& span) {
    if (sc_core::sc_get_status() == sc_core::SC_STOPPED)
      throw TransportError("the simulation was stopped: the chip does not answer any more");
    sc_core::sc_start(span);
  }

  std::uint64_t base_;
  tlm::tlm_generic_payload* transaction_ = nullptr;
  sc_core::sc_event asked_;
};

}  // namespace spikemesh::systemc
