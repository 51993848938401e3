// SPDX-License-Identifier: Apache-2.0
#pragma once
// The ports of rtl/mgmt/sm_mgmt.sv as the program and the compiled module see them
// (sim/verilated/abi.hpp).

#include <cstdint>

extern "C" {

/// sm_pkg::bus_request_t.
struct SpikemeshBusRequest {
  std::uint32_t data, addr;
  std::uint16_t tile;
  std::uint8_t write;
};

struct SpikemeshMgmtPorts {
  std::uint8_t rst_n, reset_n;
  std::uint8_t valid, master;
  SpikemeshBusRequest request;
  std::uint8_t mine, answered, answered_status, answer, status;
  std::uint32_t rdata;
  std::uint8_t bus_valid;
  SpikemeshBusRequest bus_request;
  std::uint8_t bus_answer, bus_status, fencing;
  std::uint32_t bus_rdata;
  std::uint8_t quiet, running, run, run_ends, spikes, idle;
  // What is no port (mgmt.vlt).
  std::uint8_t still, due;  ///< nothing happens until a request or the timer; the timer was due
  std::uint8_t owner;       ///< OWNER
  std::uint64_t time, compare;
  std::uint64_t jump;  ///< TIME goes on by so much, before anything else
};
}
