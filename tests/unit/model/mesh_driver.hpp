// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <stdexcept>
#include <vector>

#include "model/event.hpp"
#include "model/noc/mesh.hpp"
#include "random_network.hpp"

namespace spikemesh::model {

/// Keeps what it is told.
struct EventLog : EventSink {
  void on(const Event& event) override { events.push_back(event); }
  std::vector<Event> of(EventKind kind, std::uint16_t tile) const {
    std::vector<Event> out;
    for (const Event& e : events) {
      if (e.kind == kind && e.tile == tile) out.push_back(e);
    }
    std::ranges::sort(out);
    return out;
  }
  std::vector<Event> events;
};

inline Flit spike_flit(std::uint32_t x, std::uint32_t y, std::uint32_t axon) {
  return {.addr = axon, .x = x, .y = y};
}
inline Flit spike_flit(std::uint32_t payload) {
  const auto to = spec::Fanout::unpack(payload);
  return spike_flit(to.x, to.y, to.axon);
}
inline Flit write_flit(const Word& word) {
  const auto tile = spec::Tile::unpack(word.tile);
  return {.data = word.data,
          .addr = word.address,
          .x = tile.x,
          .y = tile.y,
          .kind = static_cast<std::uint8_t>(spec::FlitKind::write)};
}
inline Flit read_flit(std::uint32_t x, std::uint32_t y, std::uint32_t address) {
  return {.addr = address, .x = x, .y = y, .kind = static_cast<std::uint8_t>(spec::FlitKind::read)};
}

/// The host tile's side of a mesh: pushes flits as soon as they may, pops what comes, calls the
/// mesh only in cycles in which something can happen.
class MeshDriver {
 public:
  explicit MeshDriver(const spec::Build& build, EventSink* sink = nullptr)
      : build(build), owned(make_mesh(build, sink)), mesh(*owned) {}

  /// A word is in its tile when the mesh is quiet again.
  void load(const std::vector<Word>& words) {
    for (const Word& word : words) to_push.push_back(write_flit(word));
    settle();
  }
  void load(std::uint32_t x, std::uint32_t y, spec::Region region, std::uint32_t index,
            std::uint32_t data) {
    const auto tile = static_cast<std::uint16_t>(spec::Tile{.x = x, .y = y}.pack());
    load({{tile, tile_address(region, index), data}});
  }

  /// One cycle, called for or not.
  void cycle() {
    const std::uint64_t c = now++;
    mesh.evaluate(c);
    const bool push = !to_push.empty() && mesh.link_ready() && may_push();
    const bool pop = mesh.host_valid() && may_pop();
    if (pop) {
      popped.push_back(mesh.host_head());
      popped_at.push_back(c);
      mesh.host_pop();
    }
    if (push) {
      mesh.link_push(to_push.front());
      to_push.pop_front();
    }
    mesh.commit(c);
    ++cycles_called;
  }

  /// Until all is pushed, popped and quiet. Throws when that takes longer than `limit` cycles.
  void settle(std::uint64_t limit = 100'000'000) {
    const std::uint64_t end = now + limit;
    for (;;) {
      const bool here = !to_push.empty() || mesh.host_valid();
      const std::uint64_t wake = mesh.next_wake();
      if (!here && wake == kNever) break;
      if (!here) now = wake;
      if (now > end) throw std::runtime_error("the mesh does not become quiet");
      cycle();
    }
    now = std::max(now, mesh.last_busy() + 1);
  }

  /// One step of the network: broadcast in u, host spikes from u + 1 on. Returns u.
  std::uint64_t step(std::uint64_t t, std::span<const std::uint32_t> spikes = {},
                     bool adapt_due = false) {
    const std::uint64_t u = ++now;
    mesh.start({.slot = static_cast<std::uint32_t>(t & build.delay_max), .adapt_due = adapt_due},
               u);
    cycle();
    for (const std::uint32_t payload : spikes) to_push.push_back(spike_flit(payload));
    settle();
    return u;
  }
  std::uint64_t sweep(std::uint32_t mask) {
    const std::uint64_t u = ++now;
    mesh.start({.phase = spec::Phase::sweep, .mask = mask}, u);
    settle();
    return u;
  }

  spec::Build build;
  std::unique_ptr<Mesh> owned;
  Mesh& mesh;
  std::uint64_t now = 0;  ///< next cycle
  std::uint64_t cycles_called = 0;
  std::deque<Flit> to_push;
  std::vector<Flit> popped;
  std::vector<std::uint64_t> popped_at;
  std::function<bool()> may_push = [] { return true; };
  std::function<bool()> may_pop = [] { return true; };
};

}  // namespace spikemesh::model
