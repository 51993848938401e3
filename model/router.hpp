// SPDX-License-Identifier: Apache-2.0
#pragma once
// docs/blocks/noc.md

#include <array>
#include <bit>
#include <cstdint>

#include "model/fifo.hpp"
#include "model/flit.hpp"

namespace spikemesh::model {

inline constexpr unsigned kPorts = spec::kPorts;
inline constexpr unsigned kLocal = static_cast<unsigned>(spec::Port::local);
inline constexpr unsigned kWest = static_cast<unsigned>(spec::Port::west);

/// The port of the neighbour that faces `port` (not local).
constexpr unsigned facing(unsigned port) { return ((port - 1) ^ 2) + 1; }

/// Registers of one router: input buffers, the last grant of each output, and, as copies of what
/// its receivers hold, which outputs are ready. Moves nothing by itself: the mesh commits what
/// evaluate grants, and tells it of its receivers' state.
class Router {
 public:
  /// Tile (x, y); `slots` has room for kPorts * depth flits and outlives the router.
  Router(unsigned x, unsigned y, unsigned depth, Flit* slots)
      : x_(static_cast<std::uint8_t>(x)),
        y_(static_cast<std::uint8_t>(y)),
        depth_(static_cast<std::uint8_t>(depth)),
        slots_(slots) {}

  /// Registers after reset; `outputs`: one bit for each port behind which there is a receiver.
  void reset(unsigned outputs) {
    buffers_ = {};
    last_ = {};
    valid_ = 0;
    ready_ = static_cast<std::uint8_t>(outputs);
  }

  /// Calls take(input, output) for every flit that moves in this cycle.
  template <class Take>
  void evaluate(Take&& take) const;

  bool any_valid() const { return valid_ != 0; }
  bool input_ready(unsigned port) const { return buffers_[port].ready(depth_); }
  const Flit& head(unsigned port) const { return slots_[port * depth_ + buffers_[port].head()]; }

  /// Commit of a grant. Returns true if the input buffer was full: its sender sees it ready again.
  bool pop(unsigned input, unsigned output) {
    last_[output] = static_cast<std::uint8_t>(input);
    Fifo& buffer = buffers_[input];
    const bool was_full = buffer.count() == depth_;
    buffer.pop(depth_);
    if (buffer.valid()) {
      want_[input] = route(head(input));
    } else {
      valid_ &= static_cast<std::uint8_t>(~(1u << input));
    }
    return was_full;
  }
  /// Commit of an arrival. Returns true if it shows at the head: the router has something to do.
  bool push(unsigned port, const Flit& flit) {
    slots_[port * depth_ + buffers_[port].push(depth_)] = flit;
    if (valid_ >> port & 1) return false;
    valid_ |= static_cast<std::uint8_t>(1u << port);
    want_[port] = route(flit);
    return true;
  }
  void set_ready(unsigned output) { ready_ |= static_cast<std::uint8_t>(1u << output); }
  void clear_ready(unsigned output) { ready_ &= static_cast<std::uint8_t>(~(1u << output)); }

  bool listed = false;  ///< stands in the mesh's worklist

 private:
  std::uint8_t route(const Flit& flit) const;

  std::uint8_t x_, y_, depth_;
  std::uint8_t valid_ = 0;                   ///< one bit a port: its buffer holds a flit
  std::uint8_t ready_ = 0;                   ///< one bit a port: its receiver is ready
  std::array<std::uint8_t, kPorts> want_{};  ///< output that the head of each buffer asks for
  std::array<std::uint8_t, kPorts> last_{};  ///< port that each output took from last
  std::array<Fifo, kPorts> buffers_{};
  Flit* slots_;
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
  const unsigned valid = valid_;
  if ((valid & (valid - 1)) == 0) {  // one head at most: it wins what it asks for
    if (valid == 0) return;
    const auto port = static_cast<unsigned>(std::countr_zero(valid));
    if (ready_ >> want_[port] & 1) take(port, unsigned{want_[port]});
    return;
  }
  std::array<std::uint8_t, kPorts> asking{};
  unsigned wanted = 0;
  for (unsigned left = valid; left != 0; left &= left - 1) {
    const auto port = static_cast<unsigned>(std::countr_zero(left));
    asking[want_[port]] |= static_cast<std::uint8_t>(1u << port);
    wanted |= 1u << want_[port];
  }
  for (unsigned left = wanted & ready_; left != 0; left &= left - 1) {
    const auto output = static_cast<unsigned>(std::countr_zero(left));
    take(unsigned{router_detail::kGrants[last_[output]][asking[output]]}, output);
  }
}

inline std::uint8_t Router::route(const Flit& flit) const {
  const unsigned to_x = flit.host ? 0u : flit.x, to_y = flit.host ? 0u : flit.y;
  const unsigned column = (to_x < x_) | (to_x > x_) << 1, row = (to_y < y_) | (to_y > y_) << 1;
  return router_detail::kRoutes[flit.host][row][column];
}

}  // namespace spikemesh::model
