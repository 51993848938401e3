// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "model/link/pins.hpp"
#include "model/noc/mesh.hpp"

namespace spikemesh::model {

/// The history of a wire, and as much of its future as is known; it holds its last level for ever.
class Line {
 public:
  explicit Line(bool level) : base_(level) {}

  /// Cycles ascend; a second level for the same cycle replaces the first.
  void set(std::uint64_t cycle, bool level);
  bool level(std::uint64_t cycle) const;
  /// First cycle >= `from` with this level; kNever if none is known.
  std::uint64_t find(std::uint64_t from, bool level) const;
  /// Cycle of the last change; 0 if there is none.
  std::uint64_t last_change() const { return changes_.empty() ? 0 : changes_.back().cycle; }
  /// Nobody will ask for a cycle before this one any more.
  void forget(std::uint64_t before);

 private:
  bool base_;
  std::deque<LineChange> changes_;
};

/// UART receiver, after its two registers (docs/blocks/link.md). It works on the history of the
/// pin: a byte costs one wake, at its stop sample.
class UartRx {
 public:
  explicit UartRx(std::uint32_t divisor) : divisor_(divisor) {}

  /// The pin has `level` from cycle `at` >= `now` on; every cycle before `now` is past.
  void set_pin(std::uint64_t now, std::uint64_t at, bool level);
  /// Bytes that start in cycle `from` or later take this divisor; every cycle before `from` is
  /// past.
  void set_divisor(std::uint64_t from, std::uint32_t divisor);

  /// Cycle of the next stop sample, as far as the line is known.
  std::uint64_t next_wake() const { return stop_; }
  struct Sample {
    bool stop = false;  ///< level at the stop sample: false is a framing error
    std::uint8_t byte = 0;
  };
  /// What the samples of the byte say whose stop sample is in `next_wake()`.
  Sample sample() const;
  /// The cycle of the stop sample is past.
  void commit();

  /// First cycle from which the receiver is IDLE with both registers 1 and stays so, if the pin
  /// holds; kNever if it does not get there.
  std::uint64_t idle_from() const;

 private:
  enum class State : std::uint8_t { idle, receiving, wait };
  struct Position {
    State state = State::idle;
    std::uint64_t from = 0;  ///< first cycle in the state (receiving: cycle of the start edge)
    std::uint32_t divisor = 0;
  };
  static std::uint64_t sample_cycle(const Position& byte, unsigned k);
  void run(Position& position, std::uint64_t limit) const;
  void predict();

  Line line_{true};  // as seen after the two registers
  std::uint32_t divisor_;
  Position position_;   // what is certain
  Position predicted_;  // where the known line leads: the next byte, or rest
  std::uint64_t stop_ = kNever;
};

/// UART transmitter: a byte accepted in a cycle becomes ten bits on the pin from the next cycle on.
class UartTx {
 public:
  bool ready(std::uint64_t cycle) const { return cycle >= ready_at_; }
  /// First cycle in which it is ready.
  std::uint64_t ready_at() const { return ready_at_; }
  void accept(std::uint64_t cycle, std::uint8_t byte, std::uint32_t divisor);
  /// Changes of the pin before cycle `before` that were not taken yet.
  std::vector<LineChange> take(std::uint64_t before);
  /// Cycle of the first change that was not taken yet; kNever if none is known.
  std::uint64_t next_change() const { return changes_.empty() ? kNever : changes_.front().cycle; }

 private:
  void drive(std::uint64_t cycle, bool level);

  std::uint64_t ready_at_ = 0;
  bool level_ = true;
  std::deque<LineChange> changes_;
};

/// The receive buffer: a FIFO in a memory with a read of one cycle. A byte pushed in cycle c can be
/// popped in c + 2.
class RxBuffer {
 public:
  explicit RxBuffer(std::uint32_t depth) : depth_(depth) {}

  bool full() const { return bytes_.size() >= depth_; }
  bool empty() const { return bytes_.empty(); }
  bool valid(std::uint64_t cycle) const { return valid_from() <= cycle; }
  /// First cycle in which a byte shows; kNever if none is held.
  std::uint64_t valid_from() const;
  std::uint8_t head() const { return bytes_.front().byte; }

  void push(std::uint64_t cycle, std::uint8_t byte) { bytes_.push_back({cycle, byte}); }
  void pop(std::uint64_t cycle);

 private:
  struct Held {
    std::uint64_t pushed = 0;
    std::uint8_t byte = 0;
  };
  std::uint32_t depth_;
  std::uint64_t after_pop_ = 0;  // the cycle after the last pop
  std::deque<Held> bytes_;
};

}  // namespace spikemesh::model
