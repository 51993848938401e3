// SPDX-License-Identifier: Apache-2.0
#pragma once
// docs/blocks/noc.md

#include <array>
#include <bit>
#include <cstdint>

#include "model/noc/fifo.hpp"
#include "model/noc/flit.hpp"

namespace spikemesh::model {

inline constexpr unsigned kPorts = spec::kPorts;
inline constexpr unsigned kLocal = static_cast<unsigned>(spec::Port::local);
inline constexpr unsigned kWest = static_cast<unsigned>(spec::Port::west);

/// The port of the neighbour that faces `port` (not local).
constexpr unsigned facing(unsigned port) { return ((port - 1) ^ 2) + 1; }

/// Registers of one router: input buffers, the last grant of each output, and, as copies of what
/// its receivers hold, which outputs are ready. Moves nothing by itself: the fabric commits what
/// evaluate grants, and tells it of its receivers' state.
class alignas(64) Router {
 public:
  /// A place of an input buffer: a flit, and the output that it asks for.
  struct alignas(16) Slot {
    Flit flit;
    std::uint8_t want = 0;
  };

  /// Tile (x, y); `slots` has room for kPorts * depth entries and outlives the router.
  Router(unsigned x, unsigned y, unsigned depth, Slot* slots)
      : slots_(slots),
        x_(static_cast<std::uint8_t>(x)),
        y_(static_cast<std::uint8_t>(y)),
        depth_(static_cast<std::uint8_t>(depth)) {}

  /// Registers after reset; `outputs`: one bit for each port that leads to a receiver.
  void reset(unsigned outputs) {
    buffers_ = {};
    last_ = {};
    asking_ = 0;
    usable_ = 0;
    for (unsigned port = 0; port < kPorts; ++port)
      if (outputs >> port & 1) usable_ |= lane(port);
    ready_ = usable_;
  }

  /// Calls take(input, output) for every flit that moves in this cycle.
  template <class Take>
  void evaluate(Take&& take) const;

  /// One bit a port: its buffer was full at some time.
  unsigned filled() const { return filled_; }
  bool any_valid() const { return asking_ != 0; }
  /// Outputs whose receiver is ready: one bit each.
  unsigned ready() const {
    unsigned outputs = 0;
    for (unsigned port = 0; port < kPorts; ++port)
      outputs |= unsigned{(ready_ & lane(port)) != 0} << port;
    return outputs;
  }
  bool input_ready(unsigned port) const { return buffers_[port].ready(depth_); }
  /// Flits in an input buffer.
  unsigned held(unsigned port) const { return buffers_[port].count(); }
  /// Stays as it is until the next push to this port, even when popped.
  const Flit& head(unsigned port) const { return head_slot(port).flit; }

  /// A flit went this way: no more than what it leaves behind.
  void passed(unsigned input, unsigned output) { last_[output] = static_cast<std::uint8_t>(input); }
  /// Commit of a grant. Returns true if the input buffer was full: its sender sees it ready again.
  bool pop(unsigned input, unsigned output) {
    passed(input, output);
    Fifo& buffer = buffers_[input];
    const bool was_full = !buffer.ready(depth_);
    buffer.pop(depth_);
    asking_ &= ~ask(input, output);
    if (buffer.valid()) asking_ |= ask(input, head_slot(input).want);
    return was_full;
  }
  /// Commit of an arrival.
  [[gnu::always_inline]] void push(unsigned port, const Flit& flit) {
    const std::uint8_t want = route(flit);
    if (!buffers_[port].valid()) asking_ |= ask(port, want);
    Slot& slot = slots_[port * depth_ + buffers_[port].push(depth_)];
    slot.flit = flit;  // one by one: a copy of both at once would wait for its own parts
    slot.want = want;
    filled_ |= static_cast<std::uint8_t>(unsigned{!input_ready(port)} << port);
  }
  /// The output that a flit asks for here.
  std::uint8_t route(const Flit& flit) const;
  void set_ready(unsigned output, bool ready) {
    ready_ = ready ? ready_ | (lane(output) & usable_) : ready_ & ~lane(output);
  }

 private:
  static constexpr std::uint64_t lane(unsigned output) { return std::uint64_t{0xff} << 8 * output; }
  static constexpr std::uint64_t ask(unsigned input, unsigned output) {
    return std::uint64_t{1} << (8 * output + input);
  }
  const Slot& head_slot(unsigned port) const {
    return slots_[port * depth_ + buffers_[port].head()];
  }

  Slot* slots_;
  std::uint64_t asking_ = 0;  ///< a byte an output: one bit for each input whose head asks for it
  std::uint64_t ready_ = 0;   ///< a byte an output, all ones: its receiver is ready
  std::uint64_t usable_ = 0;  ///< a byte an output, all ones: it can ever be
  std::uint8_t x_, y_, depth_;
  std::uint8_t filled_ = 0;                  ///< one bit a port: its buffer was full
  std::array<std::uint8_t, kPorts> last_{};  ///< port that each output took from last
  std::array<Fifo, kPorts> buffers_{};
};

namespace router_detail {

/// [last][ports that ask]: the first of last + 1, last + 2, ... (mod 5) that asks.
constexpr auto grants() {
  std::array<std::array<std::uint8_t, 1 << kPorts>, kPorts> table{};
  for (unsigned last = 0; last < kPorts; ++last) {
    for (unsigned asking = 1; asking < 1 << kPorts; ++asking) {
      unsigned port = (last + 1) % kPorts;
      while (!(asking >> port & 1)) port = (port + 1) % kPorts;
      table[last][asking] = static_cast<std::uint8_t>(port);
    }
  }
  return table;
}
inline constexpr auto kGrants = grants();

/// [host][y: equal, destination north, south][x: equal, destination west, east]: X first, then Y.
inline constexpr std::uint8_t kRoutes[2][3][3] = {{{0, 4, 2}, {1, 4, 2}, {3, 4, 2}},
                                                  {{4, 4, 4}, {1, 4, 4}, {4, 4, 4}}};

}  // namespace router_detail

template <class Take>
void Router::evaluate(Take&& take) const {
  for (std::uint64_t left = asking_ & ready_; left != 0;) {
    const unsigned output = static_cast<unsigned>(std::countr_zero(left)) / 8;
    const auto ports = static_cast<std::uint8_t>(left >> 8 * output);
    take(unsigned{router_detail::kGrants[last_[output]][ports]}, output);
    left &= ~lane(output);
  }
}

inline std::uint8_t Router::route(const Flit& flit) const {
  const unsigned to_x = flit.host ? 0u : flit.x, to_y = flit.host ? 0u : flit.y;
  const unsigned column = (to_x < x_) | (to_x > x_) << 1, row = (to_y < y_) | (to_y > y_) << 1;
  return router_detail::kRoutes[flit.host][row][column];
}

}  // namespace spikemesh::model
