// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "spikemesh/spec.hpp"

namespace spikemesh::model {

/// The two words of a ring entry.
struct RingWords {
  std::uint32_t step = 0;
  std::uint32_t entry = 0;
};

/// Sign of a difference of 32-bit indices or steps.
constexpr std::int32_t distance(std::uint32_t from, std::uint32_t to) {
  return static_cast<std::int32_t>(to - from);
}

/// The memory of a ring, addressed as on the bus: word 2 i is the step, 2 i + 1 the entry of index
/// i mod depth.
class RingMemory {
 public:
  explicit RingMemory(std::uint32_t depth) : words_(depth) {}
  std::uint32_t depth() const { return static_cast<std::uint32_t>(words_.size()); }
  const RingWords& at(std::uint32_t index) const { return words_[index & (depth() - 1)]; }
  RingWords& at(std::uint32_t index) { return words_[index & (depth() - 1)]; }
  std::uint32_t word(std::uint32_t offset) const {
    return (offset & 1) != 0 ? at(offset >> 1).entry : at(offset >> 1).step;
  }
  void set_word(std::uint32_t offset, std::uint32_t value) {
    ((offset & 1) != 0 ? at(offset >> 1).entry : at(offset >> 1).step) = value;
  }

 private:
  std::vector<RingWords> words_;
};

/// Spike-in ring: written by the host, its entries fetched ahead of the step controller and the
/// injector (docs/blocks/host_tile.md, "Spike-in ring").
class RingIn {
 public:
  explicit RingIn(std::uint32_t depth) : memory_(depth) {}
  /// Pointers take their reset values; the memory keeps its words.
  void reset();
  void keep_words(const RingIn& other) { memory_ = other.memory_; }

  std::uint32_t write() const { return write_; }
  std::uint32_t read() const { return read_; }
  std::uint32_t depth() const { return memory_.depth(); }
  bool head_valid() const { return head_valid_; }
  const RingWords& head() const { return head_; }
  /// There is no head yet, but entries wait.
  bool waits() const { return !head_valid_ && write_ != read_; }
  /// An entry moves towards the head in the next cycle, if the read port is free and no step ends.
  bool moves() const {
    return reading_.has_value() || can_fetch() || (!head_valid_ && !ahead_.empty());
  }
  std::uint32_t word(std::uint32_t offset) const { return memory_.word(offset); }

  /// End of a cycle: the head was taken, the bus used the read port, the step counts one.
  void commit(bool pop, bool port_taken, bool counts);
  void set_write(std::uint32_t value) { write_ = value; }
  void set_word(std::uint32_t offset, std::uint32_t value) { memory_.set_word(offset, value); }

 private:
  static constexpr std::uint32_t kPrefetch = 4;
  /// Entries fetched that have not become the head.
  std::uint32_t fetched_ahead() const {
    return static_cast<std::uint32_t>(ahead_.size()) + (reading_ ? 1 : 0);
  }
  bool can_fetch() const { return write_ != fetched_ && fetched_ahead() < kPrefetch; }

  RingMemory memory_;
  std::uint32_t write_ = 0;
  std::uint32_t fetched_ = 0;
  std::uint32_t read_ = 0;
  std::optional<RingWords> reading_;  // at the output of the memory
  std::deque<RingWords> ahead_;       // the prefetch buffer
  bool head_valid_ = false;
  RingWords head_;
};

/// Spike-out ring with its policy; it counts what a spike waits and what is lost.
class RingOut {
 public:
  explicit RingOut(std::uint32_t depth) : memory_(depth) {}
  void reset();
  void keep_words(const RingOut& other) { memory_ = other.memory_; }

  std::uint32_t write() const { return write_; }
  std::uint32_t read() const { return read_; }
  std::uint32_t depth() const { return memory_.depth(); }
  spec::RingPolicy policy() const { return policy_; }
  std::uint32_t lost() const { return lost_; }
  std::uint32_t word(std::uint32_t offset) const { return memory_.word(offset); }
  bool accepts() const {
    return write_ - read_ < memory_.depth() || policy_ == spec::RingPolicy::overwrite;
  }

  /// The host has not taken all.
  bool holds() const { return write_ != read_; }

  /// End of a cycle in which a spike was taken.
  void push(const RingWords& entry);
  /// End of a cycle in which the bus wrote RING_OUT_READ; called after push().
  void advance_read(std::uint32_t value);
  void set_policy(spec::RingPolicy policy) { policy_ = policy; }

 private:
  RingMemory memory_;
  std::uint32_t write_ = 0;
  std::uint32_t read_ = 0;
  std::uint32_t lost_ = 0;
  spec::RingPolicy policy_ = spec::RingPolicy::stall;
};

/// A counter of cycles in which a condition holds, right across cycles that nobody evaluates:
/// the condition holds from the cycle in which it was last noted true until noted false.
class CycleCounter {
 public:
  void note(std::uint64_t cycle, bool holds) {
    settled_ = value(cycle);
    since_ = cycle;
    holds_ = holds;
  }
  /// As the register reads in `cycle`, which counts the cycles before it.
  std::uint32_t value(std::uint64_t cycle) const {
    return settled_ + (holds_ ? static_cast<std::uint32_t>(cycle - since_) : 0);
  }

 private:
  std::uint32_t settled_ = 0;
  std::uint64_t since_ = 0;
  bool holds_ = false;
};

}  // namespace spikemesh::model
