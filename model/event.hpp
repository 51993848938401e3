// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace spikemesh {

/// What the chip retires, seen alike from the model and the RTL (docs/lockstep.md).
/// Fields beyond those named are 0.
enum class EventKind : std::uint8_t {
  flit,  ///< pushed into the input buffer of port `unit` (host tile: unit 0); data = packed flit,
         ///< low 64 bits first
  fire,  ///< data[0] = group, data[1] = mask of lanes
  acc,   ///< accumulator of lane `unit`; data[0] = slot << 16 | group, data[1] = new value, 24 bits
  write,  ///< word written by a write flit; data[0] = address in the tile, data[1] = data of the
          ///< flit
  bus,    ///< internal bus answered; data[0] = tile << 32 | address, data[1] = write << 40 | status
          ///< << 32 | data
  byte_in,   ///< pushed into the receive buffer; data[0] = byte
  byte_out,  ///< accepted by the UART transmitter or the byte port; data[0] = byte
  phase,     ///< decision of the step controller; data[0] = step, data[1] = phase << 8 | mask
  ring_in,   ///< entry popped from the spike-in ring; data[0] = step word, data[1] = entry word
  ring_out,  ///< entry written to the spike-out ring; data[0] = step word, data[1] = entry word
  weight,    ///< learning wrote a weight of lane `unit`; data[0] = group of the synapse, data[1] =
             ///< new value, WeightBits
};
inline constexpr unsigned kEventKinds = 11;
inline constexpr std::array<std::string_view, kEventKinds> kEventNames{
    "flit",     "fire",  "acc",     "write",    "bus",   "byte_in",
    "byte_out", "phase", "ring_in", "ring_out", "weight"};

/// Tile number of the host tile; others are x | y << 6.
inline constexpr std::uint16_t kHostTile = 0x8000;

/// One change of a register, stamped with the cycle whose closing edge makes it.
/// In one cycle each {tile, kind, unit} occurs at most once.
struct Event {
  std::uint64_t cycle = 0;
  std::uint16_t tile = 0;
  EventKind kind = EventKind::flit;
  std::uint8_t unit = 0;
  std::array<std::uint64_t, 2> data{};

  auto operator<=>(const Event&) const = default;
};

/// Takes the retire stream. Without one, nobody pays for it.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on(const Event& event) = 0;
};

}  // namespace spikemesh
