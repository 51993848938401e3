// SPDX-License-Identifier: Apache-2.0
#include "model/host/host_tile.hpp"

#include <algorithm>

namespace spikemesh::model {

using spec::EntryKind;
using spec::FlitKind;

namespace {
Flit spike_to(const spec::Entry& entry) {
  const auto place = spec::Fanout::unpack(entry.payload);
  Flit flit;
  flit.addr = place.axon & 0xFFFu;
  flit.x = place.x & 63u;
  flit.y = place.y & 63u;
  return flit;
}

RingWords recorded(const Flit& flit, std::uint64_t step) {
  const spec::Fanout label{flit.addr & 0xFFFu, flit.x, flit.y, 0, 0};
  const spec::Entry entry{label.pack(), 0, static_cast<std::uint32_t>(EntryKind::spike)};
  return {static_cast<std::uint32_t>(step), entry.pack()};
}
}  // namespace

HostTile::HostTile(const spec::Build& build, LinkMode mode, Mesh& mesh, EventSink* events)
    : build_(build),
      mesh_(mesh),
      events_(events),
      link_(build, mode),
      blocks_(build),
      registers_(build, blocks_),
      tile_port_(build) {}

void HostTile::set_rx(std::uint64_t now, std::uint64_t at, bool level) {
  link_.set_rx(now, at, level);
  own_wake_.reset();
}

void HostTile::keep_rings(const HostTile& other) {
  blocks_.ring_in.keep_words(other.blocks_.ring_in);
  blocks_.ring_out.keep_words(other.blocks_.ring_out);
}

void HostTile::offer(std::uint64_t at, std::uint8_t byte) {
  link_.offer(at, byte);
  own_wake_.reset();
}

void HostTile::set_ready(std::uint64_t at, bool ready) {
  link_.set_ready(at, ready);
  own_wake_.reset();
}

// ---------------------------------------------------------------------------------------------
// What a cycle decides

bool HostTile::evaluate(std::uint64_t cycle) {
  wires_ = Wires{};
  Wires& w = wires_;
  w.arrival = link_.arrival(cycle);
  if (bridge().receiving() && link_.buffer().valid(cycle)) {
    w.bridge.byte = link_.buffer().head();
  }
  w.bridge.accepted = bridge().offers() && link_.ready(cycle);
  w.divisor_changes =
      registers_.divisor_waits() && bridge().receiving() && link_.transmitter_idle() <= cycle;
  w.asks = asks();
  w.irq = irq_wanted();
  if (core_ != nullptr) evaluate_core();
  if (bus_ == Bus::answer && arbiter_.owner() != ManagementCore::kMaster) {
    (arbiter_.owner() == 0 ? w.bridge.answer : w.port.answer) = answer_;
  }
  w.step_idle = blocks_.step.idle();
  w.bridge.quiet = w.port.quiet = quiet_from() <= cycle;
  if (resets(cycle)) {
    return false;
  }
  if (bus_ == Bus::exec) {
    evaluate_exec(cycle);
    const BusRequest& request = this->request();
    w.run = w.exec.status == spec::Status::ok && request.write && to_host() &&
            request.address == static_cast<std::uint32_t>(spec::Register::run_tag);
  }
  w.step = blocks_.step.evaluate(cycle, step_inputs(w.bridge.quiet));
  if (injecting(cycle)) {
    evaluate_inject(cycle);
  }
  evaluate_sink();
  if (tile_port_.offers() && mesh_.link_ready()) {
    mesh_.link_push(tile_port_.flit());
    w.tile_accepted = true;
  }
  return w.tile_accepted || w.sunk ||
         (w.inject_pop && !w.inject_late && !w.inject_bad && !w.inject_hold);
}

bool HostTile::deliverable(const spec::Entry& entry) const {
  const Flit flit = spike_to(entry);
  return static_cast<EntryKind>(entry.kind) == EntryKind::spike && flit.x < build_.mesh_w &&
         flit.y < build_.mesh_h && flit.addr < build_.axons;
}

void HostTile::evaluate_inject(std::uint64_t cycle) {
  Wires& w = wires_;
  const RingIn& ring = blocks_.ring_in;
  if (!ring.head_valid()) {
    w.inject_ends = !ring.waits() && !held_;
    return;
  }
  const auto entry = spec::Entry::unpack(ring.head().entry);
  const auto kind = static_cast<EntryKind>(entry.kind);
  const std::int32_t ahead =
      distance(static_cast<std::uint32_t>(blocks_.step.step()), ring.head().step);
  if (ahead > 0) {
    w.inject_ends = true;
  } else if (ahead < 0 || kind == EntryKind::clear || kind == EntryKind::learning) {
    w.inject_pop = w.inject_late = true;
  } else if (kind == EntryKind::hold) {
    w.inject_pop = w.inject_hold = true;
  } else if (!deliverable(entry)) {
    w.inject_pop = w.inject_bad = true;
  } else if (mesh_.link_ready()) {
    Flit spike = spike_to(entry);
    spike.born = static_cast<std::uint32_t>(cycle) & kBornMask;
    if (hard_steps_) spike.data = ring.head().step & kLateMask;
    mesh_.link_push(spike);
    if (observer_ != nullptr) observer_->inject(spike, cycle);
    w.inject_pop = true;
  } else {
    w.inject_stalls = true;
  }
}

void HostTile::evaluate_sink() {
  if (!mesh_.host_valid()) {
    return;
  }
  const Flit& head = mesh_.host_head();
  if (head.flit_kind() == FlitKind::reply || blocks_.ring_out.accepts()) {
    wires_.sunk = head;
    mesh_.host_pop();
  } else {
    wires_.sink_stalls = true;
  }
}

Step::Inputs HostTile::step_inputs(bool quiet) const {
  return {.quiet = quiet,
          .learn = mesh_.learn_needed(),
          .ring = &blocks_.ring_in,
          .period = registers_.period(),
          .adapt_period = registers_.adapt_period(),
          .hard = hard_steps_ && registers_.period() > 0,
          .injecting = inject_from_ != kNever};
}

std::uint64_t HostTile::quiet_from() const {
  if (inject_from_ != kNever || tile_port_.busy() || mesh_.next_wake() != kNever ||
      mesh_.host_valid() || mesh_.blocked()) {
    return kNever;
  }
  const std::uint64_t busy_end = std::max(busy_end_, mesh_.last_busy() + 1);
  return std::max(blocks_.step.settled_at(), busy_end + blocks_.step.depth());
}

// ---------------------------------------------------------------------------------------------
// The edge at the end of a cycle

void HostTile::commit(std::uint64_t cycle) {
  own_wake_.reset();
  const Step::State before = blocks_.step.state();
  const std::uint32_t errors = this->errors();
  commit_link(cycle);
  if (resets(cycle)) {
    commit_bus(cycle, before);
    commit_masters(cycle);
    commit_core(cycle, before);
    reset(cycle);
    return;
  }
  if (tile_port_.busy() || injecting(cycle)) {
    busy_end_ = cycle + 1;
  }
  commit_step(cycle);
  commit_rings(cycle);
  commit_bus(cycle, before);
  commit_masters(cycle);
  commit_irq(before, errors);
  commit_core(cycle, before);
  const RingIn& ring = blocks_.ring_in;
  const bool waits = inject_from_ != kNever && held_ && !ring.head_valid() && !ring.waits();
  waiting_from_ = waits ? std::min(waiting_from_, cycle + 1) : kNever;
}

void HostTile::commit_link(std::uint64_t cycle) {
  using Kind = ByteLink::Arrival::Kind;
  const ByteLink::Arrival& arrival = wires_.arrival;
  link_.commit(cycle, arrival, wires_.bridge.byte.has_value());
  if (arrival.kind == Kind::pushed) {
    emit(cycle, spec::ByteInEvent{.data = arrival.byte});
  }
  blocks_.rx_overflows += arrival.kind == Kind::overflow ? 1 : 0;
  blocks_.framing_errors += arrival.kind == Kind::framing_error ? 1 : 0;
  if (wires_.bridge.accepted) {
    link_.send(cycle, bridge().offer(), registers_.divisor());
    emit(cycle, spec::ByteOutEvent{.data = bridge().offer()});
  }
  if (wires_.divisor_changes) {
    registers_.change_divisor();
    link_.set_divisor(cycle + 1, registers_.divisor());
  }
}

void HostTile::commit_step(std::uint64_t cycle) {
  const Step::Action& action = wires_.step;
  blocks_.step.commit(cycle, action);
  if (action.step_done) {
    const std::uint64_t decided = blocks_.step.decided_at();
    mesh_.activity().count_steps(decided, 1, cycle + 1 - decided);
  }
  if (observer_ != nullptr && action.step_done) observer_->end(cycle);
  if (!action.decision) {
    return;
  }
  const Broadcast& broadcast = *action.decision;
  const std::uint64_t seen = cycle + blocks_.step.depth();
  mesh_.start(broadcast, seen);
  if (broadcast.phase == spec::Phase::step) {
    inject_from_ = seen + 1;
    held_ = false;
    if (observer_ != nullptr) observer_->begin(blocks_.step.step(), cycle);
  }
  emit(cycle, spec::PhaseEvent{.step = blocks_.step.step(),
                               .mask = broadcast.mask,
                               .phase = static_cast<std::uint32_t>(broadcast.phase)});
}

void HostTile::commit_rings(std::uint64_t cycle) {
  const Wires& w = wires_;
  const bool pop = w.step.pop || w.inject_pop;
  if (pop) {
    const RingWords& head = blocks_.ring_in.head();
    emit(cycle, spec::RingInEvent{.entry = head.entry, .step = head.step});
  }
  if (pop) held_ = w.inject_hold;
  blocks_.ring_in.commit(pop, w.ring_port, w.step.step_done);
  if (w.inject_late) {
    blocks_.step.count_late();
  }
  if (w.inject_bad) {
    blocks_.step.count_bad();
  }
  if (w.inject_ends) {
    inject_from_ = kNever;
    mesh_.inputs_end(cycle);
  }
  if (w.sunk && w.sunk->flit_kind() != FlitKind::reply) {
    const RingWords entry = recorded(*w.sunk, blocks_.step.step());
    blocks_.ring_out.push(entry);
    emit(cycle, spec::RingOutEvent{.entry = entry.entry, .step = entry.step});
  }
  injector_stalled_ = w.inject_stalls;
  sink_stalled_ = w.sink_stalls;
  blocks_.inject_stalls.note(cycle, w.inject_stalls);
  blocks_.ring_out_stalls.note(cycle, w.sink_stalls);
}

void HostTile::reset(std::uint64_t cycle) {
  blocks_.step.reset();
  blocks_.ring_in.reset();
  blocks_.ring_out.reset();
  blocks_.inject_stalls = CycleCounter{};
  blocks_.ring_out_stalls = CycleCounter{};
  blocks_.irq.reset();
  registers_.reset();
  tile_port_.reset();
  inject_from_ = kNever;
  held_ = false;
  waiting_from_ = kNever;
  injector_stalled_ = sink_stalled_ = false;
  busy_end_ = cycle + 1;
}

}  // namespace spikemesh::model
