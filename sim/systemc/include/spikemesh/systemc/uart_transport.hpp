// SPDX-License-Identifier: Apache-2.0
#pragma once
#if __cplusplus < 202002L
#error "this header needs C++20 and SpikeMesh::host (docs/systemc.md)"
#endif
// The host library inside a simulation. Needs C++20, and SpikeMesh::host beside SpikeMesh::systemc.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <span>
#include <systemc>
#include <vector>

#include "spikemesh/error.hpp"
#include "spikemesh/link/client.hpp"
#include "spikemesh/link/transport.hpp"
#include "spikemesh/systemc/uart.hpp"

namespace spikemesh::systemc {

/// A Uart as a transport of the host library, so that Client and ChipMachine reach a chip of the
/// simulation over its pins. Time goes on inside read(): by sc_start when it is called from
/// sc_main, by wait when it is called from an SC_THREAD.
class UartTransport : public Transport {
 public:
  /// `uart` has to outlive the transport.
  explicit UartTransport(Uart& uart) : uart_(uart) {}

  void write(std::span<const std::uint8_t> bytes) override {
    uart_.send({bytes.begin(), bytes.end()});
  }

  std::size_t read(std::span<std::uint8_t> bytes, std::chrono::microseconds timeout) override {
    const sc_core::sc_time begin = sc_core::sc_time_stamp();
    const sc_core::sc_time patience(static_cast<double>(timeout.count()), sc_core::SC_US);
    take();
    while (waiting_.empty() && sc_core::sc_time_stamp() - begin < patience) {
      advance(begin + patience, sc_core::sc_time_stamp() - begin);
      take();
    }
    const std::size_t count = std::min(bytes.size(), waiting_.size());
    std::copy_n(waiting_.begin(), count, bytes.begin());
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
  }

  /// Time-outs of the client in simulated time: `Client(std::make_unique<UartTransport>(uart),
  /// UartTransport::options())`.
  static ClientOptions options() {
    ClientOptions options;
    options.now = [] {
      const double us = sc_core::sc_time_stamp().to_seconds() * 1e6;
      return ClientOptions::Clock::time_point(
          std::chrono::microseconds(static_cast<std::int64_t>(us)));
    };
    return options;
  }

 private:
  void take() {
    const std::vector<std::uint8_t> came = uart_.take_received();
    waiting_.insert(waiting_.end(), came.begin(), came.end());
  }

  /// At most to `limit`. From sc_main in pieces, short ones at first, so that a reply is seen soon.
  void advance(const sc_core::sc_time& limit, const sc_core::sc_time& waited) {
    if (sc_core::sc_get_status() == sc_core::SC_STOPPED)
      throw TransportError("the simulation was stopped: the chip does not answer any more");
    const sc_core::sc_time left = limit - sc_core::sc_time_stamp();
    if (sc_core::sc_get_current_process_handle().valid()) {
      sc_core::wait(left, uart_.received());
      return;
    }
    const sc_core::sc_time byte = uart_.bit() * 10;
    const double bytes = std::max(1.0, std::floor(waited / byte / 16));
    sc_core::sc_start(std::min(byte * bytes, left));
  }

  Uart& uart_;
  std::vector<std::uint8_t> waiting_;
};

}  // namespace spikemesh::systemc
