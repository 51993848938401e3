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

/// By port: the one of the neighbour that faces it; for the local one a number that is no port's.
inline constexpr std::uint32_t kFacing[kPorts] = {kPorts, 3, 4, 1, 2};
constexpr unsigned facing(unsigned port) { return kFacing[port]; }

/// Registers of one router: input buffers, the last grant of each output, and, as copies of what
/// its receivers hold, which outputs are ready. Moves nothing by itself: the fabric commits what
/// evaluate grants, and tells it of its receivers' state.
class alignas(64) Router {
 public:
  /// A place of an input buffer: a flit, and the output that it asks for.
  struct alignas(16) Slot {
    Flit flit;
    std::uint16_t want = 0;
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
    listed_ = 0;
    asking_ = 0;
    usable_ = static_cast<std::uint16_t>(outputs);
    ready_ = 0;
    for (unsigned port = 0; port < kPorts; ++port) set_ready(port, true);
  }

  /// Calls take(input, output, moves) for every output: `moves` if a flit does in this cycle. There
  /// is no telling which does, so that branches would mostly be predicted wrongly, here and below.
  template <class Take>
  void evaluate(Take&& take);

  /// One bit a port: its buffer was full at some time.
  unsigned filled() const { return filled_; }
  bool any_valid() const { return asking_ != 0; }
  /// Some flit moves in the next cycle, as the state is now.
  bool can_move() const { return (asking_ & ready_) != 0; }
  /// The same, but false if it was asked before in this cycle and was true.
  bool newly_can_move() {
    const unsigned listed = listed_, lists = unsigned{can_move()} & ~listed;
    listed_ = static_cast<std::uint16_t>(listed | lists);
    return lists != 0;
  }
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
  void passed(unsigned input, unsigned output) {
    last_[output] = static_cast<std::uint16_t>(input);
  }
  /// Commit of a grant. Returns true if the input buffer was full: its sender sees it ready again.
  bool pop(unsigned input, unsigned output) {
    passed(input, output);
    Fifo& buffer = buffers_[input];
    const bool was_full = !buffer.ready(depth_);
    buffer.pop(depth_);
    asking_ += ask(input, head_slot(input).want, buffer.valid()) - ask(input, output);
    return was_full;
  }
  /// Commit of an arrival.
  [[gnu::always_inline]] void push(unsigned port, const Flit& flit) {
    const std::uint8_t want = route(flit);
    asking_ |= ask(port, want, !buffers_[port].valid());
    Slot& slot = slots_[port * depth_ + buffers_[port].push(depth_)];
    slot.flit = flit;  // one by one: a copy of both at once would wait for its own parts
    slot.want = want;
    filled_ |= static_cast<std::uint16_t>(unsigned{!input_ready(port)} << port);
  }
  /// The output that a flit asks for here.
  std::uint8_t route(const Flit& flit) const;
  /// The receiver at an output, which was ready, takes a flit and is full then, or is not.
  void sent(unsigned output, bool full) { ready_ &= ~lane(output, full); }
  /// The receiver at an output, which was full, is ready again.
  void freed(unsigned output) { ready_ |= lane(output); }
  void set_ready(unsigned output, bool ready) {
    ready_ &= ~lane(output);
    ready_ |= lane(output, ready && usable(output));
  }

 private:
  static constexpr std::uint64_t lane(unsigned output, bool really = true) {
    return ((std::uint64_t{really} << 8) - std::uint64_t{really}) << 8 * output;
  }
  bool usable(unsigned output) const { return (usable_ >> output & 1) != 0; }
  static constexpr std::uint64_t ask(unsigned input, unsigned output, bool really = true) {
    return std::uint64_t{really} << (8 * output + input);
  }
  const Slot& head_slot(unsigned port) const {
    return slots_[port * depth_ + buffers_[port].head()];
  }

  Slot* slots_;
  std::uint64_t asking_ = 0;  ///< a byte an output: one bit for each input whose head asks for it
  std::uint64_t ready_ = 0;   ///< a byte an output, all ones: its receiver is ready
  // What changes has 16 bits: the compiler may take any byte that it writes for a pointer's.
  std::uint8_t x_, y_, depth_;
  std::uint16_t usable_ = 0;                  ///< one bit an output: it can ever be ready
  std::uint16_t listed_ = 0;                  ///< of newly_can_move
  std::uint16_t filled_ = 0;                  ///< one bit a port: its buffer was full
  std::array<std::uint16_t, kPorts> last_{};  ///< port that each output took from last
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

/// [own][destination]: the output towards it along x, then along y; kLocal: it is here.
constexpr auto ways(unsigned less, unsigned greater) {
  std::array<std::array<std::uint8_t, 64>, 64> table{};
  for (unsigned own = 0; own < 64; ++own)
    for (unsigned to = 0; to < 64; ++to)
      table[own][to] = static_cast<std::uint8_t>(to < own ? less : to > own ? greater : kLocal);
  return table;
}
inline constexpr auto kColumnWays = ways(kWest, static_cast<unsigned>(spec::Port::east));
inline constexpr auto kRowWays =
    ways(static_cast<unsigned>(spec::Port::north), static_cast<unsigned>(spec::Port::south));

}  // namespace router_detail

template <class Take>
void Router::evaluate(Take&& take) {
  const std::uint64_t going = asking_ & ready_;
  listed_ = 0;
  for (unsigned output = 0; output < kPorts; ++output) {
    const auto ports = static_cast<std::uint8_t>(going >> 8 * output);
    take(unsigned{router_detail::kGrants[last_[output]][ports]}, output, ports != 0);
  }
}

/// X first, then Y; to the host by way of the west port of tile (0, 0).
inline std::uint8_t Router::route(const Flit& flit) const {
  constexpr auto kNorth = static_cast<std::uint8_t>(spec::Port::north);
  if (flit.host) [[unlikely]]
    return x_ == 0 && y_ != 0 ? kNorth : std::uint8_t{kWest};
  const std::uint8_t along_x = router_detail::kColumnWays[x_][flit.x];
  return along_x != kLocal ? along_x : router_detail::kRowWays[y_][flit.y];
}

}  // namespace spikemesh::model
