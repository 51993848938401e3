// SPDX-License-Identifier: Apache-2.0
// When the host tile has something to do: the other half of model/host/host_tile.cpp.
#include <algorithm>

#include "model/host/host_tile.hpp"

namespace spikemesh::model {

/// What the mesh cannot change is found once after each change of the host tile itself; a mesh at
/// work asks in every cycle.
std::uint64_t HostTile::next_wake(std::uint64_t now) const {
  if (!own_wake_) {
    own_wake_ = own_wake(now);
  }
  if (mesh_serves()) {
    return now;
  }
  const std::uint64_t quiet = quiet_from();
  const std::uint64_t own = std::min(std::max(now, *own_wake_), core_wake(now));
  return quiet == kNever ? own : std::min(own, wake_of_quiet(now, quiet));
}

/// The mesh offers what the host tile waits for.
bool HostTile::mesh_serves() const {
  if (mesh_.host_valid()) {
    const bool spike = mesh_.host_head().flit_kind() != spec::FlitKind::reply;
    const bool stalls = spike && !blocks_.ring_out.accepts();
    if (!stalls || !sink_stalled_) {
      return true;
    }
  }
  return (tile_port_.offers() || injector_stalled_) && mesh_.link_ready();
}

std::uint64_t HostTile::wake_of_quiet(std::uint64_t now, std::uint64_t quiet) const {
  const std::uint64_t step = blocks_.step.next_wake(now, quiet, step_inputs(false));
  return fencing() ? std::min(step, std::max(now, quiet)) : step;
}

std::uint64_t HostTile::own_wake(std::uint64_t now) const {
  std::uint64_t wake = std::max(now, link_.next_arrival(now));
  wake = std::min(wake, blocks_.step.next_wake(now, kNever, step_inputs(false)));
  wake = std::min(wake, blocks_.ring_in.moves() ? now : kNever);
  // The injector waits for the mesh, or for an entry: one that moves, or one that the host owes.
  const RingIn& ring = blocks_.ring_in;
  const bool waits = injector_stalled_ || (!ring.head_valid() && (ring.waits() || held_));
  wake = std::min(wake, waits ? kNever : std::max(now, inject_from_));
  const std::uint64_t irq = irq_wanted() != irq_ ? now : kNever;
  return std::min({wake, wake_of_bridge(now), wake_of_bus(now), port_.next_wake(now), irq});
}

std::uint64_t HostTile::wake_of_bridge(std::uint64_t now) const {
  if (bridge().moves()) {
    return now;
  }
  if (bridge().offers()) {
    return link_.ready_from(now);
  }
  if (bridge().fencing()) {
    return std::max(now, bridge().fence_deadline());
  }
  if (!bridge().receiving()) {
    return kNever;  // the bus has the word
  }
  const std::uint64_t divisor = registers_.divisor_waits() ? link_.transmitter_idle() : kNever;
  return std::max(now, std::min(link_.buffer().valid_from(), divisor));
}

std::uint64_t HostTile::wake_of_bus(std::uint64_t now) const {
  switch (bus_) {
    case Bus::idle:
      return asks() == 0 || waits_for_fence(request_of(arbiter_.owner(asks())), blocks_.step.idle())
                 ? kNever
                 : now;
    case Bus::exec:
    case Bus::fetch:
    case Bus::core:
    case Bus::answer:
      return now;
    case Bus::tile:
      return std::max(now, tile_port_.deadline());
    case Bus::reset:
      if (now <= reset_at_) {
        return reset_at_;
      }
      return blocks_.step.idle() ? std::max(now, reset_at_ + 2) : kNever;
  }
  return kNever;
}

/// The bridge alone sends. Only while it waits for the bus or for quiet does the mesh decide when
/// it goes on; else a mesh at work does not matter here.
std::uint64_t HostTile::next_tx(std::uint64_t now) const {
  if (link_.next_tx() != kNever) {
    return link_.next_tx();
  }
  const bool waits_for_mesh = bridge().requesting() || bridge().fencing();
  std::uint64_t wake =
      waits_for_mesh ? std::min(next_wake(now), mesh_.next_wake()) : wake_of_bridge(now);
  if (bridge().receiving()) {
    wake = std::min(wake, std::max(now, link_.next_arrival(now)));
  }
  return wake == kNever ? kNever : wake + 1;
}

/// While nothing interrupts, an access or a frame has to come first.
std::uint64_t HostTile::next_port(std::uint64_t now) const {
  if (blocks_.irq.mask() != 0 || irq_ || !port_.idle() || asks() != 0 || fencing())
    return std::min(next_wake(now), mesh_.next_wake());
  return std::min(wake_of_bridge(now), std::max(now, link_.next_arrival(now)));
}

/// Of a step that waits for the host, and in which nothing else happens.
std::uint64_t HostTile::held_from() const {
  if (waiting_from_ == kNever || mesh_.next_wake() != kNever || mesh_.host_valid() ||
      mesh_.blocked()) {
    return kNever;
  }
  return std::max(waiting_from_, mesh_.last_busy() + 1) + blocks_.step.depth();
}

std::uint64_t HostTile::idle_from(std::uint64_t now) const {
  const bool at_rest = bridge().receiving() && link_.buffer().empty() &&
                       !registers_.divisor_waits() && port_.idle() && irq_wanted() == irq_ &&
                       core_idle();
  const std::uint64_t quiet = blocks_.step.idle() ? quiet_from() : held_from();
  const std::uint64_t inputs = link_.inputs_rest();
  if (!at_rest || quiet == kNever || inputs == kNever) {
    return kNever;
  }
  return std::max({now, quiet, inputs, link_.transmitter_idle()});
}

}  // namespace spikemesh::model
