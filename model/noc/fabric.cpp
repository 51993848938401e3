// SPDX-License-Identifier: Apache-2.0
#include "model/noc/fabric.hpp"

#include <type_traits>

namespace spikemesh::model {

Fabric::Fabric(const spec::Build& build, EventSink* sink, const ForeignPlaces& foreign,
               Activity& activity)
    : sink_(sink),
      activity_(activity),
      width_(build.mesh_w),
      height_(build.mesh_h),
      depth_(build.router_depth),
      stages_(build.link_latency + build.router_latency - 2),
      local_stages_(build.router_latency - 1),
      host_stages_(build.link_latency - 1),
      host_link_(width_ * height_ * kPorts),
      step_{0, -static_cast<std::int32_t>(width_), 1, static_cast<std::int32_t>(width_), -1},
      router_slots_(std::size_t{host_link_} * depth_),
      host_slots_(depth_),
      links_(stages_ == 0 ? 0 : host_link_ + 1),
      foreign_(build, sink, foreign),
      router_work_(width_ * height_),
      link_work_(host_link_ + 1),
      moves_(host_link_),
      arriving_(width_ * height_),
      local_freed_(width_ * height_) {
  const std::uint32_t tiles = width_ * height_;
  activity_.flits.assign(std::size_t{tiles} * kPorts + 1, 0);
  for (std::uint32_t t = 0; t < tiles; ++t) {
    const std::uint32_t x = t % width_, y = t / width_;
    names_.push_back(static_cast<std::uint16_t>(spec::Tile{.x = x, .y = y}.pack()));
    routers_.emplace_back(x, y, depth_, &router_slots_[std::size_t{t} * kPorts * depth_]);
  }
  link_moves_.reserve(links_.size());
  arrivals_.reserve(tiles);
  reset();
}

void Fabric::reset() {
  for (std::uint32_t t = 0; t < routers_.size(); ++t) {
    const std::uint32_t x = t % width_, y = t / width_;
    unsigned outputs = 1u | unsigned{y > 0} << 1 | unsigned{x + 1 < width_} << 2 |
                       unsigned{y + 1 < height_} << 3 | unsigned{x > 0 || t == 0} << 4;
    for (unsigned port = 0; broken_ && port < kPorts; ++port)
      outputs &= ~(unsigned{(*broken_)[t * kPorts + port].never_ready} << port);
    routers_[t].reset(outputs);
  }
  for (Link& link : links_) link.reset();
  host_buffer_.reset();
  router_work_.clear(), link_work_.clear();
  moves_.clear(), arriving_.clear(), link_moves_.clear();
  arrivals_.clear(), local_freed_.clear();
  host_push_.reset();
  host_pop_ = news_ = false;
}

void Fabric::plant(const std::vector<BrokenLink>& links) {
  if (links.empty()) return;
  broken_ = std::make_unique<std::vector<Break>>(host_link_ + 1);
  for (const BrokenLink& link : links) {
    const std::uint32_t sender =
        (link.y * width_ + link.x) * kPorts + static_cast<unsigned>(link.port);
    Break& at = (*broken_)[link.from_host ? host_link_ : sender];
    at.never_ready |= link.defect == LinkDefect::never_ready;
    at.never_valid |= link.defect == LinkDefect::never_valid;
    if (link.defect == LinkDefect::stuck) (link.value ? at.ones : at.zeros) |= 1u << link.bit;
  }
  reset();
}

std::optional<Flit> Fabric::broken(std::uint32_t link, Flit flit) const {
  const Break& at = (*broken_)[link];
  if (at.never_valid) return {};
  flit.data = (flit.data | at.ones) & ~at.zeros;
  return flit;
}

bool Fabric::blocked() const {
  if (!broken_) return false;
  for (const Router& router : routers_)
    if (router.any_valid()) return true;
  for (const Link& link : links_)
    if (link.any_valid(stages_)) return true;
  return false;
}

void Fabric::evaluate() {
  auto moves = moves_.back(), arriving = arriving_.back();
  for (const std::uint32_t tile : router_work_) {
    routers_[tile].evaluate([&](unsigned input, unsigned output, bool moves_on) {
      const Move move{tile, static_cast<std::uint16_t>(input), static_cast<std::uint16_t>(output)};
      (output == kLocal ? arriving : moves).push(move, moves_on);
    });
  }
  moves_.back() = moves, arriving_.back() = arriving;
  router_work_.clear();
  link_work_.drain([this](std::uint32_t link) {
    const unsigned moving = links_[link].evaluate(stages_of(link), receiver_ready(link));
    if (moving != 0) link_moves_.push_back({link, moving});
  });
  news_ = false;
}

template <bool kPlain>
[[gnu::always_inline]] inline void Fabric::enter(std::uint32_t tile, unsigned port,
                                                 const Flit& flit, std::uint64_t cycle,
                                                 TileList::Back& work) {
  if (!kPlain && sink_) retire(cycle, names_[tile], port, flit);
  if (!kPlain && observer_) note_entry(tile * kPorts + port, flit);
  routers_[tile].push(port, flit);
  look_at(tile, work);
}

/// A flit leaves a router by `output`, whose receiver is ready.
template <bool kPlain>
[[gnu::always_inline]] inline void Fabric::send(std::uint32_t tile, unsigned output,
                                                const Flit& flit, std::uint64_t cycle,
                                                TileList::Back& work) {
  ++activity_.flits[tile * kPorts + output];
  if (kPlain || !broken_) return send_whole<kPlain>(tile, output, flit, cycle, work);
  if (const auto rest = broken(tile * kPorts + output, flit))
    send_whole<kPlain>(tile, output, *rest, cycle, work);
}

/// The same on a link that is whole, or of what a broken one leaves.
template <bool kPlain>
[[gnu::always_inline]] inline void Fabric::send_whole(std::uint32_t tile, unsigned output,
                                                      const Flit& flit, std::uint64_t cycle,
                                                      TileList::Back& work) {
  const bool to_host = host_port(tile, output);
  if (!kPlain && !to_host && foreign_.holds(neighbour(tile, output))) {
    foreign_.arrive(neighbour(tile, output), facing(output), flit);
  } else if (!kPlain && (to_host ? host_stages_ : stages_) > 0) {
    const std::uint32_t link =
        to_host ? host_link_ : neighbour(tile, output) * kPorts + facing(output);
    push(link, flit);
    routers_[tile].set_ready(output, links_[link].ready());
  } else if (to_host) {
    enter_host(flit, cycle);
    routers_[tile].set_ready(output, host_buffer_.ready(depth_));
  } else {
    const std::uint32_t receiver = neighbour(tile, output);
    enter<kPlain>(receiver, facing(output), flit, cycle, work);
    routers_[tile].sent(output, !routers_[receiver].input_ready(facing(output)));
  }
}

inline void Fabric::set_ready_of(std::uint32_t tile, unsigned output, bool ready) {
  routers_[tile].set_ready(output, ready);
  look_at(tile);
}

/// Tells the router or the core at the near end of a link; the host looks for itself.
inline void Fabric::sender_sees_ready(std::uint32_t link) {
  if (link == host_link_) return set_ready_of(0, kWest, true);
  const std::uint32_t receiver = link / kPorts;
  const unsigned port = link % kPorts;
  if (port == kLocal) return local_freed_.push(receiver);
  if (!host_port(receiver, port)) set_ready_of(neighbour(receiver, port), facing(port), true);
}

/// A full input buffer of a router was popped: who feeds it sees it ready from the next cycle on.
template <bool kPlain>
[[gnu::always_inline]] inline void Fabric::freed(std::uint32_t tile, unsigned input,
                                                 TileList::Back& work) {
  const std::uint32_t link = tile * kPorts + input;
  if (!kPlain && stages_of(link) > 0) return link_work_.add(link);
  if (!kPlain) return sender_sees_ready(link);
  if (host_port(tile, input)) return;
  local_freed_.push(tile, input == kLocal);
  const std::uint32_t sender = neighbour(tile, input);
  routers_[sender].freed(facing(input));
  look_at(sender, work);
}

/// Takes a flit out of its router, in which it stands until the next one comes.
template <bool kPlain>
[[gnu::always_inline]] inline const Flit& Fabric::take(const Move& move, TileList::Back& work) {
  Router& router = routers_[move.tile];
  const Flit& flit = router.head(move.input);
  if (router.pop(move.input, move.output)) freed<kPlain>(move.tile, move.input, work);
  return flit;
}

template <bool kPlain>
void Fabric::commit_moves(std::uint64_t cycle) {
  std::conditional_t<kPlain, TileList::Back, TileList::Back&> work = router_work_.back();
  for (const Move& move : arriving_) {
    ++activity_.flits[move.tile * kPorts + kLocal];
    arrivals_.push_back({move.tile, take<kPlain>(move, work)});
    look_at(move.tile, work);
  }
  for (const Move& move : moves_) {
    send<kPlain>(move.tile, move.output, take<kPlain>(move, work), cycle, work);
    look_at(move.tile, work);
  }
  router_work_.back() = work;
}

bool Fabric::commit(std::uint64_t cycle, const Broadcast* broadcast) {
  const bool moved = host_pop_ || !moves_.empty() || !arriving_.empty() || !link_moves_.empty();
  arrivals_.clear(), local_freed_.clear();
  // All that is offered comes from the state before the cycle, so before anything is committed.
  foreign_.evaluate(cycle, [this](std::uint32_t tile) { return routers_[tile].ready(); });
  plain() ? commit_moves<true>(cycle) : commit_moves<false>(cycle);
  for (const LinkMove& move : link_moves_) commit_link(move, cycle);
  moves_.clear(), arriving_.clear(), link_moves_.clear();
  if (host_pop_) commit_host_pop();
  if (host_push_) commit_host_push(cycle);
  if (observer_) tell_entries();
  if (foreign_.empty()) return moved;
  commit_foreign(cycle, broadcast);
  return moved || foreign_.was_busy();
}

/// Takes what foreign tiles offer, then gives them their clock edge and tells their neighbours who
/// is ready.
void Fabric::commit_foreign(std::uint64_t cycle, const Broadcast* broadcast) {
  foreign_.for_each_offer([&](std::uint32_t tile, unsigned output, const Flit& flit) {
    send<false>(tile, output, flit, cycle, router_work_.back());
  });
  foreign_.clock(cycle, broadcast, [this](std::uint32_t tile, unsigned port, bool ready) {
    const bool edge = (port == 1 && tile < width_) || (port == 2 && tile % width_ + 1 == width_) ||
                      (port == 3 && tile / width_ + 1 == height_) ||
                      (port == kWest && tile % width_ == 0);
    if (!edge) set_ready_of(neighbour(tile, port), facing(port), ready);
  });
}

void Fabric::commit_link(const LinkMove& move, std::uint64_t cycle) {
  Flit flit;
  const unsigned stages = stages_of(move.link);
  if (links_[move.link].commit(stages, move.stages, flit)) sender_sees_ready(move.link);
  link_work_.add(move.link, links_[move.link].any_valid(stages));
  if (!(move.stages >> (stages - 1) & 1)) return;
  if (move.link == host_link_) {
    enter_host(flit, cycle);
  } else {
    enter<false>(move.link / kPorts, move.link % kPorts, flit, cycle, router_work_.back());
  }
}

void Fabric::commit_host_pop() {
  const bool was_full = !host_buffer_.ready(depth_);
  host_buffer_.pop(depth_);
  news_ |= host_buffer_.valid();
  host_pop_ = false;
  if (!was_full) return;
  if (host_stages_ > 0) {
    link_work_.add(host_link_);
  } else {
    routers_[0].set_ready(kWest, true);
    look_at(0);
  }
}

void Fabric::commit_host_push(std::uint64_t cycle) {
  activity_.entered(cycle);
  ++activity_.flits.back();
  if (broken_) host_push_ = broken(host_link_, *host_push_);
  if (!host_push_) return;
  if (foreign_.holds(0)) {
    foreign_.arrive(0, kWest, *host_push_);
  } else if (stages_ > 0) {
    push(kWest, *host_push_);
  } else {
    enter<false>(0, kWest, *host_push_, cycle, router_work_.back());
  }
  host_push_.reset();
}

void Fabric::enter_local(std::uint32_t tile, const Flit& flit, std::uint64_t cycle) {
  activity_.entered(cycle);
  if (local_stages_ > 0) return push(tile * kPorts, flit);
  enter<false>(tile, kLocal, flit, cycle, router_work_.back());
}

void Fabric::passed(std::uint32_t tile, unsigned port, const Flit& flit) {
  for (;;) {
    const unsigned output = routers_[tile].route(flit);
    routers_[tile].passed(port, output);
    if (output == kLocal || host_port(tile, output)) return;
    tile = neighbour(tile, output);
    port = facing(output);
  }
}

void Fabric::enter_host(const Flit& flit, std::uint64_t cycle) {
  activity_.left(cycle);
  if (sink_) retire(cycle, kHostTile, 0, flit);
  if (observer_) note_entry(host_link_, flit);
  news_ |= !host_buffer_.valid();
  host_slots_[host_buffer_.push(depth_)] = flit;
  host_filled_ |= !host_buffer_.ready(depth_);
}

void Fabric::retire(std::uint64_t cycle, std::uint16_t tile, unsigned port, const Flit& flit) {
  sink_->on(Event::of(cycle, tile, port, flit.retired()));
}

void Fabric::note_entry(std::uint32_t buffer, const Flit& flit) {
  if (flit.flit_kind() == spec::FlitKind::spike) entered_.push_back(buffer);
}

/// When the cycle is over: only then is known what each buffer holds.
void Fabric::tell_entries() {
  for (const std::uint32_t buffer : entered_) {
    if (buffer == host_link_) {
      observer_->enter_host(host_buffer_.count());
    } else {
      const std::uint32_t tile = buffer / kPorts;
      observer_->enter(tile, buffer % kPorts, routers_[tile].held(buffer % kPorts));
    }
  }
  entered_.clear();
}

}  // namespace spikemesh::model
