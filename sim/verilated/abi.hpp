// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the program and a compiled module say to each other: plain C, so that neither has to know
// the other's compiler flags. The ports are of the module: chip_ports.hpp, tile_ports.hpp.

#include <cstdint>

extern "C" {

struct SpikemeshVerilated {
  /// A module, with an FST of it when `waves` is not null; null when that cannot be opened. Its
  /// registers and memories begin with random values that `seed` chooses, as after power-on.
  void* (*make)(const char* waves, std::uint64_t seed);
  void (*destroy)(void* module);
  /// Takes the inputs from `ports`, evaluates with this level of the clock, and puts the outputs
  /// there. Returns null, or why the RTL ended (an assertion, $stop, $fatal).
  const char* (*eval)(void* module, void* ports, int clock);
  /// The state at `time` (ns) goes into the FST, if there is one.
  void (*dump)(void* module, std::uint64_t time);
};

/// The one symbol of the shared library.
const SpikemeshVerilated* spikemesh_verilated();
}
