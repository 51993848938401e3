// SPDX-License-Identifier: Apache-2.0
// Compiled together with a Verilated tile into a shared library, when a user names one
// (sim/verilated/compile.sh).
#include <svdpi.h>

#include <cstring>
#include <type_traits>

#include "instance.hpp"
#include "tile_ports.hpp"

namespace {

/// What sm_tile_probe tells while a tile is evaluated in this thread.
thread_local SpikemeshTilePorts probed;

template <class Port>
void set(Port& port, const std::uint32_t* words) {
  if constexpr (std::is_integral_v<Port>) {
    port = static_cast<Port>(*words);
  } else {
    std::memcpy(&port[0], words, sizeof(Port));
  }
}
template <class Port, std::size_t N>
void get(const Port& port, std::uint32_t (&words)[N]) {
  static_assert(sizeof(Port) <= sizeof words);
  std::memcpy(words, &port[0], sizeof(Port));
}

void drive(Vtop& tile, const SpikemeshTilePorts& ports) {
  probed.core_seen = 0;
  set(tile.x_i, &ports.x);
  set(tile.y_i, &ports.y);
  set(tile.rst_ni, &ports.reset_n);
  tile.broadcast_i = ports.broadcast;
  set(tile.valid_i, &ports.valid_in);
  set(tile.ready_i, &ports.ready_in);
  set(tile.flit_i, ports.flit_in);
}

void sample(Vtop& tile, SpikemeshTilePorts& ports) {
  ports.busy = tile.busy_o;
  ports.learn_need = tile.learn_need_o;
  ports.valid_out = tile.valid_o;
  ports.ready_out = tile.ready_o;
  ports.retire_any = tile.retire_any_o;
  get(tile.flit_o, ports.flit_out);
  get(tile.retire_o, ports.retire);
  ports.core_seen = probed.core_seen;
  ports.core_valid = probed.core_valid;
  ports.core_ready = probed.core_ready;
  std::memcpy(ports.core_flit, probed.core_flit, sizeof ports.core_flit);
}

}  // namespace

/// The import of tile_probe.sv.
extern "C" void spikemesh_core_port(svBit valid, svBit ready, const svBitVecVal* flit) {
  probed.core_seen = 1;
  probed.core_valid = valid;
  probed.core_ready = ready;
  std::memcpy(probed.core_flit, flit, sizeof probed.core_flit);
}

SPIKEMESH_SHIM(SpikemeshTilePorts, drive, sample)
