// SPDX-License-Identifier: Apache-2.0
#include "model/mesh.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <optional>
#include <vector>

#include "model/core.hpp"
#include "model/link.hpp"
#include "model/router.hpp"
#include "model/wheel.hpp"

namespace spikemesh::model {

/// Worklists name the routers and links that could move something in the next cycle; the wheel
/// names the cores that act in a known cycle. What is blocked stands in none of them: the receiver
/// that becomes ready again lists it.
struct Mesh::Impl {
  struct Move {
    std::uint32_t tile;
    std::uint8_t input, output;
  };
  struct LinkMove {
    std::uint32_t link;
    std::uint32_t stages;  ///< one bit each
  };
  struct Output {
    std::uint32_t tile;
    bool taken;
  };

  Impl(const spec::Build& build, EventSink* sink);
  void reset();
  void evaluate(std::uint64_t cycle);
  void commit(std::uint64_t cycle);
  std::uint64_t next_wake() const;

  // Commit of one kind of change each
  void commit_output(const Output& output, std::uint64_t cycle);
  void commit_input(std::uint32_t tile, std::uint64_t cycle);
  void commit_move(const Move& move, std::uint64_t cycle);
  void commit_link(const LinkMove& move, std::uint64_t cycle);
  void commit_host(std::uint64_t cycle);
  void commit_broadcast(std::uint64_t u);
  void sweep(std::uint32_t mask, std::uint64_t u);

  void send(std::uint32_t tile, unsigned output, const Flit& flit, std::uint64_t cycle);
  void enter(std::uint32_t tile, unsigned port, const Flit& flit, std::uint64_t cycle);
  void enter_core(std::uint32_t tile, const Flit& flit, std::uint64_t cycle);
  void enter_host(const Flit& flit, std::uint64_t cycle);
  void freed(std::uint32_t tile, unsigned input, std::uint64_t cycle);
  void sender_sees_ready(std::uint32_t link);

  void list_router(std::uint32_t tile) {
    if (routers[tile].listed) return;
    routers[tile].listed = true;
    router_list.push_back(tile);
  }
  void list_link(std::uint32_t link) {
    if (links[link].listed) return;
    links[link].listed = true;
    link_list.push_back(link);
  }
  void wake_input(std::uint32_t tile, std::uint64_t cycle) {
    const std::uint64_t wake = cores[tile].input_wake(cycle);
    if (wake != kNever) wheel.set(2 * tile, wake);
  }
  void wake_output(std::uint32_t tile, std::uint64_t cycle) {
    if (cycle != kNever) wheel.set(2 * tile + 1, cycle);
  }
  std::uint32_t neighbour(std::uint32_t tile, unsigned port) const {
    return tile + static_cast<std::uint32_t>(step[port]);
  }
  bool host_port(std::uint32_t tile, unsigned port) const { return tile == 0 && port == kWest; }
  bool receiver_ready(std::uint32_t link) const {
    return link == host_link ? host_buffer.ready(context.build.router_depth)
                             : routers[link / kPorts].input_ready(link % kPorts);
  }
  std::uint16_t tile_name(std::uint32_t tile) const {
    const std::uint32_t w = context.build.mesh_w;
    return static_cast<std::uint16_t>(tile % w | tile / w << spec::kCoordBits);
  }

  CoreContext context;
  std::uint32_t tiles;
  unsigned stages;  ///< of a link: LinkLatency - 1
  std::uint32_t
      host_link;  ///< number of the link towards the host; others: receiver * kPorts + port
  std::array<std::int32_t, kPorts> step;  ///< to the neighbour behind a port
  std::vector<Flit> router_slots, core_slots, host_slots;
  std::vector<Router> routers;
  std::vector<Link> links;  ///< none if stages == 0
  std::vector<Core> cores;
  Fifo host_buffer;
  Wheel wheel;  ///< 2 * tile: input side of its core; + 1: output side

  std::vector<std::uint32_t> router_list, link_list;
  std::vector<Move> moves;
  std::vector<LinkMove> link_moves;
  std::vector<std::uint32_t> inputs;
  std::vector<Output> outputs;
  std::optional<Flit> host_push;
  bool host_pop = false;
  bool host_news = false;  ///< a flit newly shows at the head of the host's buffer
  std::optional<Broadcast> broadcast;
  std::uint64_t broadcast_cycle = kNever;
  std::uint64_t next = 0;  ///< the cycle after the last committed one
};

Mesh::Impl::Impl(const spec::Build& build, EventSink* sink)
    : context{.build = build,
              .need = NeedSet(build.mesh_w * build.mesh_h, build.delay_max + 1),
              .sink = sink},
      tiles(build.mesh_w * build.mesh_h),
      stages(build.link_latency - 1),
      host_link(tiles * kPorts),
      step{0, -static_cast<std::int32_t>(build.mesh_w), 1, static_cast<std::int32_t>(build.mesh_w),
           -1},
      router_slots(std::size_t{tiles} * kPorts * build.router_depth),
      core_slots(std::size_t{tiles} * build.core_depth),
      host_slots(build.router_depth),
      links(stages == 0 ? 0 : host_link + 1),
      wheel(2 * tiles) {
  routers.reserve(tiles);
  cores.reserve(tiles);
  for (std::uint32_t t = 0; t < tiles; ++t) {
    routers.emplace_back(t % build.mesh_w, t / build.mesh_w, build.router_depth,
                         &router_slots[std::size_t{t} * kPorts * build.router_depth]);
    cores.emplace_back(context, t, &core_slots[std::size_t{t} * build.core_depth]);
  }
  router_list.reserve(tiles);
  link_list.reserve(links.size());
  moves.reserve(std::size_t{tiles} * kPorts);
  link_moves.reserve(links.size());
  inputs.reserve(tiles);
  outputs.reserve(tiles);
  reset();
}

void Mesh::Impl::reset() {
  const std::uint32_t w = context.build.mesh_w, h = context.build.mesh_h;
  for (std::uint32_t t = 0; t < tiles; ++t) {
    const unsigned outputs_there = 1u | (t >= w ? 2u : 0u) | (t % w + 1 < w ? 4u : 0u) |
                                   (t / w + 1 < h ? 8u : 0u) | (t % w > 0 || t == 0 ? 16u : 0u);
    routers[t].reset(outputs_there);
    routers[t].listed = false;
    cores[t].reset();
  }
  for (Link& link : links) link.reset(), link.listed = false;
  host_buffer.reset();
  context.need.reset();
  context.slot = 0;
  context.open_at = context.last_busy = 0;
  wheel.reset(next);
  router_list.clear(), link_list.clear(), moves.clear(), link_moves.clear();
  inputs.clear(), outputs.clear();
  host_push.reset(), broadcast.reset();
  host_pop = host_news = false;
  broadcast_cycle = kNever;
}

std::uint64_t Mesh::Impl::next_wake() const {
  if (!router_list.empty() || !link_list.empty() || host_news) return next;
  return std::min(wheel.first(), broadcast_cycle);
}

void Mesh::Impl::evaluate(std::uint64_t cycle) {
  assert(cycle >= next && cycle <= next_wake());
  wheel.take(cycle, [&](std::uint32_t unit) {
    const std::uint32_t tile = unit / 2;
    if (unit % 2 != 0) {
      const bool taken = cores[tile].offers(cycle) && routers[tile].input_ready(kLocal);
      outputs.push_back({tile, taken});
    } else if (cores[tile].input_wake(cycle) == cycle) {
      inputs.push_back(tile);
    } else {
      wake_input(tile, cycle);  // a phase began since
    }
  });
  for (const std::uint32_t tile : router_list) {
    routers[tile].listed = false;
    routers[tile].evaluate([&](unsigned input, unsigned output) {
      moves.push_back({tile, static_cast<std::uint8_t>(input), static_cast<std::uint8_t>(output)});
    });
  }
  router_list.clear();
  for (const std::uint32_t link : link_list) {
    links[link].listed = false;
    const unsigned moving = links[link].evaluate(stages, receiver_ready(link));
    if (moving != 0) link_moves.push_back({link, moving});
  }
  link_list.clear();
  host_news = false;
}

void Mesh::Impl::commit(std::uint64_t cycle) {
  next = cycle + 1;
  if (!moves.empty() || !link_moves.empty()) context.busy_until(cycle);
  // Emit before the routers: a core that is refused must be known when its buffer becomes ready.
  for (const Output& output : outputs) commit_output(output, cycle);
  for (const std::uint32_t tile : inputs) commit_input(tile, cycle);
  for (const Move& move : moves) commit_move(move, cycle);
  for (const LinkMove& move : link_moves) commit_link(move, cycle);
  outputs.clear(), inputs.clear(), moves.clear(), link_moves.clear();
  commit_host(cycle);
  if (broadcast_cycle == cycle) commit_broadcast(cycle);
}

void Mesh::Impl::commit_output(const Output& output, std::uint64_t cycle) {
  Core& core = cores[output.tile];
  const bool reply = output.taken && core.reply_wake() != kNever;
  if (output.taken) enter(output.tile, kLocal, core.offer(), cycle);
  // Whatever waits for Config is not in the wheel while a read is under way.
  const bool config_waits = reply && core.input_valid() && core.input_wake(0) == kNever;
  wake_output(output.tile, core.output(cycle, output.taken));
  if (config_waits) wake_input(output.tile, cycle + 1);
}

void Mesh::Impl::commit_input(std::uint32_t tile, std::uint64_t cycle) {
  Core& core = cores[tile];
  const bool idle = core.reply_wake() == kNever;
  if (core.accept(cycle)) {
    routers[tile].set_ready(kLocal);
    list_router(tile);
  }
  if (idle) wake_output(tile, core.reply_wake());
  if (core.input_valid()) wake_input(tile, cycle + 1);
}

void Mesh::Impl::commit_move(const Move& move, std::uint64_t cycle) {
  Router& router = routers[move.tile];
  const Flit flit = router.head(move.input);
  if (router.pop(move.input, move.output)) freed(move.tile, move.input, cycle);
  if (router.any_valid()) list_router(move.tile);
  send(move.tile, move.output, flit, cycle);
}

void Mesh::Impl::commit_link(const LinkMove& move, std::uint64_t cycle) {
  Link& link = links[move.link];
  Flit flit;
  if (link.commit(stages, move.stages, flit)) sender_sees_ready(move.link);
  if (move.stages >> (stages - 1) & 1) {
    if (move.link == host_link) {
      enter_host(flit, cycle);
    } else {
      enter(move.link / kPorts, move.link % kPorts, flit, cycle);
    }
  }
  if (link.any_valid(stages)) list_link(move.link);
}

void Mesh::Impl::commit_host(std::uint64_t cycle) {
  if (host_pop) {
    const bool was_full = !host_buffer.ready(context.build.router_depth);
    host_buffer.pop(context.build.router_depth);
    context.busy_until(cycle);
    host_news |= host_buffer.valid();
    if (was_full && stages > 0) list_link(host_link);
    if (was_full && stages == 0) routers[0].set_ready(kWest), list_router(0);
    host_pop = false;
  }
  if (host_push) {
    if (stages == 0) {
      enter(0, kWest, *host_push, cycle);
    } else {
      links[kWest].push(*host_push);
      list_link(kWest);
    }
    host_push.reset();
  }
}

void Mesh::Impl::commit_broadcast(std::uint64_t u) {
  const Broadcast now = *broadcast;
  broadcast.reset();
  broadcast_cycle = kNever;
  if (now.phase == spec::Phase::sweep) return sweep(now.mask, u);
  context.slot = now.slot;
  for (const std::uint32_t tile : context.need.begin(now.slot, now.adapt_due)) {
    wake_output(tile, cores[tile].update(now.adapt_due, u));
  }
}

void Mesh::Impl::sweep(std::uint32_t mask, std::uint64_t u) {
  const auto selected = [&](spec::ClearMask bit) {
    return (mask >> static_cast<unsigned>(bit) & 1) != 0;
  };
  const spec::Build& b = context.build;
  const bool all = selected(spec::ClearMask::all);
  const bool membrane = all || selected(spec::ClearMask::membrane);
  const bool adaptation = all || selected(spec::ClearMask::adaptation);
  const std::uint32_t ring = (b.delay_max + 1) * b.neurons / b.lanes;
  std::uint32_t length = membrane ? ring : adaptation ? b.neurons / b.lanes : 0;
  if (all) length = std::max({b.synapses / b.lanes, b.axons, b.fanouts, length});
  if (length == 0) return;
  for (Core& core : cores) core.memory().sweep(mask);
  context.need.swept(membrane, adaptation);
  context.open_at = u + length + 1;
  context.busy_until(u + length);
}

/// A flit leaves a router by `output`, whose receiver is ready.
void Mesh::Impl::send(std::uint32_t tile, unsigned output, const Flit& flit, std::uint64_t cycle) {
  if (output == kLocal) return enter_core(tile, flit, cycle);
  const bool to_host = host_port(tile, output);
  if (stages > 0) {
    const std::uint32_t link =
        to_host ? host_link : neighbour(tile, output) * kPorts + facing(output);
    if (links[link].push(flit)) routers[tile].clear_ready(output);
    list_link(link);
  } else if (to_host) {
    enter_host(flit, cycle);
    if (!host_buffer.ready(context.build.router_depth)) routers[tile].clear_ready(output);
  } else {
    const std::uint32_t receiver = neighbour(tile, output);
    enter(receiver, facing(output), flit, cycle);
    if (!routers[receiver].input_ready(facing(output))) routers[tile].clear_ready(output);
  }
}

void Mesh::Impl::enter(std::uint32_t tile, unsigned port, const Flit& flit, std::uint64_t cycle) {
  if (context.sink) {
    context.sink->on({cycle,
                      tile_name(tile),
                      EventKind::flit,
                      static_cast<std::uint8_t>(port),
                      {flit.low(), flit.high()}});
  }
  if (routers[tile].push(port, flit)) list_router(tile);
}

void Mesh::Impl::enter_core(std::uint32_t tile, const Flit& flit, std::uint64_t cycle) {
  Core& core = cores[tile];
  const bool shows = !core.input_valid();
  core.push(flit);
  if (shows) wake_input(tile, cycle + 1);
  if (!core.input_ready()) routers[tile].clear_ready(kLocal);
}

void Mesh::Impl::enter_host(const Flit& flit, std::uint64_t cycle) {
  if (context.sink) {
    context.sink->on({cycle, kHostTile, EventKind::flit, 0, {flit.low(), flit.high()}});
  }
  host_news |= !host_buffer.valid();
  host_slots[host_buffer.push(context.build.router_depth)] = flit;
}

/// A full input buffer of a router was popped: who feeds it sees it ready from the next cycle on.
void Mesh::Impl::freed(std::uint32_t tile, unsigned input, std::uint64_t cycle) {
  if (input == kLocal) {
    if (cores[tile].blocked()) wake_output(tile, cycle + 1);
  } else if (stages > 0) {
    list_link(tile * kPorts + input);
  } else {
    sender_sees_ready(tile * kPorts + input);
  }
}

/// The router at the near end of a link; the host at its own looks by itself.
void Mesh::Impl::sender_sees_ready(std::uint32_t link) {
  const std::uint32_t receiver = link / kPorts, port = link % kPorts;
  if (link != host_link && host_port(receiver, port)) return;
  const std::uint32_t sender = link == host_link ? 0 : neighbour(receiver, port);
  routers[sender].set_ready(link == host_link ? kWest : facing(port));
  list_router(sender);
}

// ---------------------------------------------------------------------------------------------

Mesh::Mesh(const spec::Build& build, EventSink* sink)
    : impl_(std::make_unique<Impl>(build, sink)) {}
Mesh::~Mesh() = default;

void Mesh::reset() { impl_->reset(); }

void Mesh::start(const Broadcast& broadcast, std::uint64_t u) {
  assert(!impl_->broadcast && u >= impl_->next);
  impl_->broadcast = broadcast;
  impl_->broadcast_cycle = u;
}

bool Mesh::link_ready() const {
  return impl_->stages > 0 ? impl_->links[kWest].ready() : impl_->routers[0].input_ready(kWest);
}

void Mesh::link_push(const Flit& flit) {
  assert(link_ready() && !impl_->host_push);
  impl_->host_push = flit;
}

bool Mesh::host_valid() const { return impl_->host_buffer.valid(); }

const Flit& Mesh::host_head() const {
  assert(host_valid());
  return impl_->host_slots[impl_->host_buffer.head()];
}

void Mesh::host_pop() {
  assert(host_valid() && !impl_->host_pop);
  impl_->host_pop = true;
}

void Mesh::evaluate(std::uint64_t cycle) { impl_->evaluate(cycle); }
void Mesh::commit(std::uint64_t cycle) { impl_->commit(cycle); }
std::uint64_t Mesh::next_wake() const { return impl_->next_wake(); }
std::uint64_t Mesh::last_busy() const { return impl_->context.last_busy; }

std::uint32_t Mesh::read(std::uint32_t x, std::uint32_t y, std::uint32_t address) const {
  return impl_->cores[y * impl_->context.build.mesh_w + x].memory().read(address);
}

}  // namespace spikemesh::model
