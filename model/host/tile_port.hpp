// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "model/host/bus.hpp"
#include "model/noc/flit.hpp"

namespace spikemesh::model {

/// The bus's way into the mesh: one write or read of a tile's word at a time
/// (docs/blocks/host_tile.md). It does not know the step controller: who calls `check` says whether
/// tile memories answer now.
class TilePort {
 public:
  explicit TilePort(const spec::Build& build) : build_(build) {}

  /// Status of the exec cycle: ok means that the flit is offered from the next cycle on.
  spec::Status check(const BusRequest& request, bool running) const;
  /// End of the exec cycle `cycle` of a request that was found ok.
  void begin(std::uint64_t cycle, const BusRequest& request);
  void reset() {
    state_ = State::idle;
    replied_.reset();
  }

  bool offers() const { return state_ == State::offer; }
  bool reads() const { return state_ == State::wait; }
  /// Its part of the host tile's busy leaf.
  bool busy() const { return state_ != State::idle; }
  const Flit& flit() const { return flit_; }
  /// The cycle in which it goes on by itself: it takes a reply, or gives up.
  std::uint64_t deadline() const { return replied_ ? 0 : deadline_; }

  /// End of a cycle: the link took the offer; this reply was popped. Returns the answer of the next
  /// cycle.
  std::optional<BusAnswer> commit(std::uint64_t cycle, bool accepted, const Flit* reply);

 private:
  enum class State : std::uint8_t { idle, offer, wait };

  spec::Build build_;
  State state_ = State::idle;
  Flit flit_;
  std::uint64_t deadline_ = 0;
  std::optional<std::uint32_t> replied_;  // data of the reply of the last cycle
};

}  // namespace spikemesh::model
