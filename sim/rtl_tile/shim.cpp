// SPDX-License-Identifier: Apache-2.0
// Compiled together with a Verilated tile into a shared library, when a user names one
// (sim/rtl_tile/compile.cpp).
#include "shim.hpp"

#include <verilated_fst_c.h>

#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "Vtile.h"

/// VL_USER_FATAL, VL_USER_STOP: an assertion or $fatal of the RTL must not end the program.
void vl_fatal(const char* file, int line, const char*, const char* message) {
  throw std::runtime_error(std::string(file) + ":" + std::to_string(line) + ": " + message);
}
void vl_stop(const char* file, int line, const char*) {
  vl_fatal(file, line, "", "an assertion failed, or $stop was reached");
}

namespace {

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

struct Tile {
  explicit Tile(const char* waves) : tile(&context) {
    if (waves == nullptr) return;
    context.traceEverOn(true);
    fst = std::make_unique<VerilatedFstC>();
    fst->set_time_unit("1ns");
    fst->set_time_resolution("1ns");
    tile.trace(fst.get(), 99);
    fst->open(waves);
  }
  ~Tile() {
    enter();
    if (fst) fst->close();
  }
  /// Verilator asks the thread for its context: it must not be that of a tile that is gone.
  void enter() { Verilated::threadContextp(&context); }

  VerilatedContext context;
  Vtile tile;
  std::unique_ptr<VerilatedFstC> fst;
  std::string message;
};

const char* eval(void* handle, SpikemeshTilePorts* ports, int clock) {
  Tile& self = *static_cast<Tile*>(handle);
  Vtile& tile = self.tile;
  set(tile.x_i, &ports->x);
  set(tile.y_i, &ports->y);
  set(tile.rst_ni, &ports->reset_n);
  tile.broadcast_i = ports->broadcast;
  set(tile.valid_i, &ports->valid_in);
  set(tile.ready_i, &ports->ready_in);
  set(tile.flit_i, ports->flit_in);
  tile.clk_i = clock != 0;
  self.enter();
  try {
    tile.eval();
  } catch (const std::exception& error) {
    self.message = error.what();
    return self.message.c_str();
  }
  ports->busy = tile.busy_o;
  ports->learn_need = tile.learn_need_o;
  ports->valid_out = tile.valid_o;
  ports->ready_out = tile.ready_o;
  ports->retire_any = tile.retire_any_o;
  get(tile.flit_o, ports->flit_out);
  get(tile.retire_o, ports->retire);
  return nullptr;
}

constexpr SpikemeshTile kTile{
    [](const char* waves) -> void* { return new Tile(waves); },
    [](void* tile) { delete static_cast<Tile*>(tile); },
    eval,
    [](void* tile, std::uint64_t time) {
      if (Tile& self = *static_cast<Tile*>(tile); self.fst) self.fst->dump(time);
    },
};

}  // namespace

extern "C" __attribute__((visibility("default"))) const SpikemeshTile* spikemesh_tile() {
  return &kTile;
}
