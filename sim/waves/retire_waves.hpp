// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/event.hpp"
#include "sim/device/device.hpp"
#include "sim/waves/fst_writer.hpp"
#include "sim/waves/waves.hpp"

namespace spikemesh::sim {

/// Pins of sm_chip that can be told from outside it.
enum class Pin : std::uint8_t {
  uart_rx,
  uart_tx,
  byte_mode,
  byte_rx_valid,
  byte_rx_data,
  byte_tx_ready
};
inline constexpr std::size_t kPins = 6;

/// Waves made from a retire stream: the retire ports of every tile and of the host tile, and pins,
/// under the names that they have in a dump of the RTL. A field is zero in cycles in which nothing
/// was retired in it. Costs follow events; a cycle without any costs nothing.
///
/// Not in the file: every other signal of the RTL, the clock among them.
class RetireWaves : public EventSink {
 public:
  /// Throws std::invalid_argument when the file cannot be written.
  RetireWaves(const spec::Build& build, Link link, const Waves& waves);

  /// Cycles ascend. Those outside the window are dropped.
  void on(const Event& event) override;
  /// The pin has `value` from `cycle` on; any cycle from the last write_until() on. Of two for one
  /// cycle the later call holds.
  void set(Pin pin, std::uint64_t cycle, std::uint32_t value);
  /// Writes all before `cycle`, of which everything was told.
  void write_until(std::uint64_t cycle);

 private:
  /// A variable and its value.
  struct Signal {
    FstWriter::Variable variable = 0;
    unsigned bits = 1;
    std::vector<std::uint32_t> words{};
  };
  /// The retire port of a tile.
  struct Port {
    Signal fields, any;
    bool touched = false;  ///< in the cycle that is being written
  };

  Signal declare(const std::string& name, unsigned bits);
  void declare_pins();
  void declare_host();
  void declare_tiles();
  void emit(const Signal& signal);
  void begin(std::uint64_t until);
  std::uint64_t next_change() const;
  void write_cycle(std::uint64_t cycle);
  void apply(Pin pin, std::uint32_t value) {
    pins_[static_cast<std::size_t>(pin)].words[0] = value;
  }
  Port& port(std::uint16_t tile);

  spec::Build build_;
  Waves waves_;
  FstWriter file_;
  std::array<Signal, kPins> pins_;
  std::vector<Port> ports_;  ///< by y * mesh_w + x; the host tile is the last
  std::vector<Port*> lit_;   ///< those that show events, of cycle lit_cycle_
  std::uint64_t lit_cycle_ = 0;
  std::vector<Event> events_;  ///< not written yet
  std::size_t next_event_ = 0;
  std::multimap<std::uint64_t, std::pair<Pin, std::uint32_t>> changes_;  ///< not written yet
  bool begun_ = false;
};

}  // namespace spikemesh::sim
