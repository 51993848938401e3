// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <ostream>
#include <tlm>

namespace spikemesh::systemc {

/// A spike that entered the chip's spike-out ring.
struct Spike {
  std::uint64_t cycle = 0;  ///< the cycle that the edge ends which wrote it
  std::uint32_t step = 0;   ///< the low 32 bits of its step
  std::uint32_t label = 0;  ///< of the neuron, as its fan-out entry gives it

  bool operator==(const Spike& other) const {
    return cycle == other.cycle && step == other.step && label == other.label;
  }
};
std::ostream& operator<<(std::ostream& out, const Spike& spike);

/// An event of the retire stream (docs/verification/lockstep.md).
struct Retired {
  std::uint64_t cycle = 0;              ///< the cycle that the edge ends which changes the register
  std::uint16_t tile = 0;               ///< x | y << 6, or 0x8000: the host tile
  std::uint8_t kind = 0;                ///< as in chip.json, /events
  std::uint8_t unit = 0;                ///< port or lane of the tile, where there are several
  std::array<std::uint64_t, 2> data{};  ///< the fields, packed

  bool operator==(const Retired& other) const {
    return cycle == other.cycle && tile == other.tile && kind == other.kind && unit == other.unit &&
           data == other.data;
  }
};
std::ostream& operator<<(std::ostream& out, const Retired& event);

/// A tlm_analysis_port that knows whether anybody is bound to it: nobody pays for one that is not.
/// Bind before the simulation starts.
template <class T>
class AnalysisPort : public tlm::tlm_analysis_port<T> {
 public:
  using tlm::tlm_analysis_port<T>::tlm_analysis_port;
  void bind(tlm::tlm_analysis_if<T>& to) override {
    bound_ = true;
    tlm::tlm_analysis_port<T>::bind(to);
  }
  bool bound() const { return bound_; }

 private:
  bool bound_ = false;
};

}  // namespace spikemesh::systemc
