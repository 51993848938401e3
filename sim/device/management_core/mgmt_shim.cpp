// SPDX-License-Identifier: Apache-2.0
// Compiled together with a Verilated management core into a shared library
// (sim/verilated/compile.sh).
#include "Vtop___024root.h"
#include "instance.hpp"
#include "mgmt_ports.hpp"

// Signals that mgmt.vlt makes public.
#define REGS(name) rootp->sm_mgmt__DOT__u_regs__DOT__##name

namespace {

template <class Port>
void pack(Port& port, const SpikemeshBusRequest& request) {
  port[0] = request.data;
  port[1] = request.addr | static_cast<std::uint32_t>(request.tile) << 24;
  port[2] = request.tile >> 8 | static_cast<std::uint32_t>(request.write) << 8;
}

template <class Port>
SpikemeshBusRequest unpack(const Port& port) {
  return {.data = port[0],
          .addr = port[1] & 0xFFFFFF,
          .tile = static_cast<std::uint16_t>(port[1] >> 24 | (port[2] & 0xFF) << 8),
          .write = static_cast<std::uint8_t>(port[2] >> 8 & 1)};
}

void drive(Vtop& core, const SpikemeshMgmtPorts& ports) {
  core.rst_ni = ports.rst_n;
  core.reset_ni = ports.reset_n;
  core.valid_i = ports.valid;
  pack(core.request_i, ports.request);
  core.master_i = ports.master;
  core.answered_i = ports.answered;
  core.answered_status_i = ports.answered_status;
  core.bus_answer_i = ports.bus_answer;
  core.bus_status_i = ports.bus_status;
  core.bus_rdata_i = ports.bus_rdata;
  core.quiet_i = ports.quiet;
  core.running_i = ports.running;
  core.run_i = ports.run;
  core.run_ends_i = ports.run_ends;
  core.spikes_i = ports.spikes;
  core.REGS(u_timer__DOT__time_q) += ports.jump;
}

void sample(Vtop& core, SpikemeshMgmtPorts& ports) {
  ports.mine = core.REGS(takes);
  ports.answer = core.answer_o;
  ports.status = core.status_o;
  ports.rdata = core.rdata_o;
  ports.bus_valid = core.bus_valid_o;
  ports.bus_request = unpack(core.bus_request_o);
  ports.fencing = core.fencing_o;
  ports.idle = core.idle_o;
  ports.still = core.REGS(still);
  ports.owner = core.REGS(owner);
  ports.due = core.REGS(u_timer__DOT__due_q);
  ports.time = core.REGS(u_timer__DOT__time_q);
  ports.compare = core.REGS(u_timer__DOT__compare_q);
}

}  // namespace

SPIKEMESH_SHIM(SpikemeshMgmtPorts, drive, sample)
