// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "model/host/bus.hpp"
#include "model/host/word_access.hpp"

namespace spikemesh::model {

/// Word port (docs/blocks/bus.md): a master of the bus that maps byte addresses. What it shows is
/// its state at the start of a cycle; `commit` ends the cycle.
class WordPort {
 public:
  /// `access` waits at the port from cycle `at` on, behind those given before.
  void offer(std::uint64_t at, const WordAccess& access) { waiting_.push_back({at, access}); }
  /// Answers since the last call.
  std::vector<WordAnswer> take_answers();

  bool requesting() const { return state_ == State::ask && to_bus(); }
  bool fencing() const { return state_ == State::fence; }
  /// No access is under way, and none waits or will.
  bool idle() const { return state_ == State::free && waiting_.empty(); }
  const BusRequest& request() const { return request_; }
  /// The access under way.
  const WordAccess& access() const { return access_; }
  /// When it moves on, if neither the bus nor quiet move it.
  std::uint64_t next_wake(std::uint64_t now) const;

  struct Inputs {
    std::optional<BusAnswer> answer;
    bool quiet = false;
  };
  /// Returns the answer that the port gave in this cycle.
  std::optional<WordAnswer> commit(std::uint64_t cycle, const Inputs& inputs);

  /// What it answers by itself, without the bus; ok: the bus, or quiet, has to be asked.
  spec::Status check(const WordAccess& access) const;
  /// Where the bus is asked for an access that `check` finds ok; nothing for a word of the port.
  std::optional<BusRequest> map(const WordAccess& access) const;
  /// A word of the port.
  std::uint32_t own_word(std::uint32_t address) const;
  /// Of an access that `check` finds ok.
  void write_own(const WordAccess& access);

 private:
  enum class State : std::uint8_t { free, ask, fence, answer };
  struct Waiting {
    std::uint64_t at;
    WordAccess access;
  };

  bool to_bus() const { return to_bus_; }
  void take(const WordAccess& access);
  void ask(std::uint64_t cycle, const Inputs& inputs);
  void own(std::uint64_t cycle);
  void set_answer(const BusAnswer& answer);
  void note_fault();

  State state_ = State::free;
  std::deque<Waiting> waiting_;
  WordAccess access_;
  bool to_bus_ = false;
  BusRequest request_;
  BusAnswer answer_;
  std::uint64_t deadline_ = 0;  ///< the cycle in which FENCE gives up
  std::uint32_t window_ = 0;
  spec::Status fault_ = spec::Status::ok;
  std::uint32_t fault_address_ = 0;
  std::vector<WordAnswer> answers_;
};

}  // namespace spikemesh::model
