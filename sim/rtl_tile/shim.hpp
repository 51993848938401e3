// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the program and a compiled tile say to each other: plain C, so that neither has to know the
// other's compiler flags.

#include <cstdint>

extern "C" {

/// Words of the ports of rtl/noc/sm_tile.sv, lowest first; bit p - 1 of a mask is port p.
struct SpikemeshTilePorts {
  std::uint32_t x, y, reset_n;
  std::uint64_t broadcast;
  std::uint32_t valid_in, ready_in;
  std::uint32_t flit_in[9];
  std::uint32_t busy, learn_need, valid_out, ready_out, retire_any;
  std::uint32_t flit_out[9];
  std::uint32_t retire[23];
};

/// Functions that may fail return a message, or null.
struct SpikemeshTile {
  void* (*make)(const char* waves);
  void (*destroy)(void* tile);
  /// Takes the inputs, evaluates with this level of the clock, gives the outputs.
  const char* (*eval)(void* tile, SpikemeshTilePorts* ports, int clock);
  void (*dump)(void* tile, std::uint64_t time);
};

/// The one symbol of the shared library.
const SpikemeshTile* spikemesh_tile();
}
