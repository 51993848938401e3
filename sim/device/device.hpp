// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <vector>

#include "model/activity.hpp"
#include "model/event.hpp"
#include "model/fault.hpp"
#include "model/host/word_access.hpp"
#include "model/link/pins.hpp"
#include "model/observer.hpp"
#include "model/traffic.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::sim {

using Link = model::LinkMode;
using PinChange = model::LineChange;
using TimedByte = model::SentByte;

/// A chip seen from outside: its clock, its pins, its byte port, its retire stream.
/// Cycle 0 is the first after power-on reset. Inputs may be given for any cycle >= cycle(), in
/// ascending order.
class Device {
 public:
  virtual ~Device() = default;
  virtual const spec::Build& build() const = 0;
  /// The next cycle to be simulated.
  virtual std::uint64_t cycle() const = 0;
  /// Simulates until cycle() == limit, or stops earlier, when nothing can happen any more without
  /// new input
  /// (`idle()`, docs/blocks/link.md); given inputs that lie ahead count as something that can
  /// happen.
  virtual void advance(std::uint64_t limit) = 0;
  virtual bool idle() const = 0;

  /// Pins: the rx pin has `level` from cycle `at` on (idle level, at first: 1).
  virtual void set_rx(std::uint64_t at, bool level) = 0;
  /// Pins: changes of the tx pin since the last call.
  virtual std::vector<PinChange> take_tx() = 0;

  /// Byte port: `byte` is offered from cycle `at` on (after those given before it) until the chip
  /// accepts it.
  virtual void offer(std::uint64_t at, std::uint8_t byte) = 0;
  /// Byte port: the outside is ready for bytes from cycle `at` on, or not (at first: ready).
  virtual void set_ready(std::uint64_t at, bool ready) = 0;
  /// Byte port: bytes that the chip sent since the last call.
  virtual std::vector<TimedByte> take_bytes() = 0;

  /// Word port: `access` waits from cycle `at` on (after those given before it) until it is taken;
  /// answers come in the retire stream (`port`).
  virtual void access(std::uint64_t, const model::WordAccess&) {
    throw std::logic_error("device: it has no word port");
  }

  /// Whoever wants the retire stream, before the first cycle; events come in the order of cycles,
  /// and all events before cycle() have come when advance() returns.
  virtual void listen(EventSink* sink) = 0;

  /// Words of tiles' memories and rings, `tile` and `address` as in a frame, at once instead of
  /// over the link (model/chip.hpp says more). False: the link has to be used.
  virtual bool write_words(std::uint16_t, std::uint32_t, std::span<const std::uint32_t>) {
    return false;
  }
  virtual bool read_words(std::uint16_t, std::uint32_t, std::span<std::uint32_t>) { return false; }

  /// Words of a tile's memories as they are now, also while the chip runs. Only the model knows
  /// them; others say false.
  virtual bool peek_words(std::uint16_t, std::uint32_t, std::span<std::uint32_t>) { return false; }
  /// V, or I (`current`), of a tile's neurons from `first` on, likewise.
  virtual bool peek_states(std::uint16_t, bool /*current*/, std::uint32_t /*first*/,
                           std::span<std::int32_t>) {
    return false;
  }

  /// Input buffers that were full in some cycle since power-on: bit p for port p of any router,
  /// bit 5 for any core, bit 6 for the host tile. Only the model knows; others say none.
  virtual std::uint32_t filled_buffers() const { return 0; }

  /// Whoever takes what happens from the next cycle on, or nullptr (model/observer.hpp). Only the
  /// model can tell it; others say false.
  virtual bool observe(model::Observer*) { return false; }

  /// Hard steps, and packets instead of spikes (model/chip.hpp). Only the model can; others say
  /// false.
  virtual bool set_hard_steps(bool) { return false; }
  virtual bool send(std::shared_ptr<const model::Traffic>) { return false; }

  /// Defects that the chip has from power-on on (model/chip.hpp). Only the model can have them;
  /// others say false.
  virtual bool plant(const model::Faults&) { return false; }

  /// Cycles up to now in which surely no counter of a tile rose. Only the model knows; others say
  /// none.
  virtual std::uint64_t rested() const { return 0; }
  /// Where time and traffic went since power-on. Only the model knows; others have none.
  virtual const model::Activity* activity() const { return nullptr; }
};

}  // namespace spikemesh::sim
