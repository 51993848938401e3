// SPDX-License-Identifier: Apache-2.0
#include "model/noc/mesh.hpp"

#include <algorithm>
#include <cassert>
#include <optional>
#include <stdexcept>
#include <vector>

#include "model/core/core.hpp"
#include "model/noc/fabric.hpp"
#include "model/noc/wheel.hpp"
#include "spikemesh/build_rules.hpp"

namespace spikemesh::model {

/// The fabric, the cores, and a wheel that names the cores that act in a known cycle. A core that
/// waits for the fabric is in no list: the fabric tells when its local port is ready again.
struct Mesh::Impl {
  struct Output {
    std::uint32_t tile;
    bool taken;
  };

  Impl(const spec::Build& build, EventSink* sink, const ForeignPlaces& foreign);
  void reset(std::uint64_t cycle);
  void evaluate(std::uint64_t cycle);
  void commit(std::uint64_t cycle);
  std::uint64_t next_wake() const;

  void commit_output(const Output& output, std::uint64_t cycle);
  void commit_input(std::uint32_t tile, std::uint64_t cycle);
  void commit_arrival(const Fabric::Arrival& arrival, std::uint64_t cycle);
  void commit_broadcast(std::uint64_t u);
  void commit_traffic(std::uint64_t step, std::uint64_t u);
  void sweep(std::uint32_t mask, std::uint64_t u);

  Core& core_at(std::uint32_t x, std::uint32_t y) {
    const std::uint32_t tile = y * context.build.mesh_w + x;
    if (fabric.foreign().holds(tile))
      throw std::logic_error("mesh: the memories of a foreign tile are not in the model");
    return cores[tile];
  }
  void wake_input(std::uint32_t tile, std::uint64_t cycle) {
    const std::uint64_t wake = cores[tile].input_wake(cycle);
    if (wake != kNever) wheel.set(2 * tile, wake);
  }
  void wake_output(std::uint32_t tile, std::uint64_t cycle) {
    if (cycle != kNever) wheel.set(2 * tile + 1, cycle);
  }

  Activity activity;
  std::shared_ptr<const Traffic> traffic;
  CoreContext context;
  Fabric fabric;
  std::vector<Flit> core_slots;
  std::vector<Core> cores;
  Wheel wheel;  ///< 2 * tile: input side of its core; + 1: output side
  std::vector<std::uint32_t> inputs;
  std::vector<Output> outputs;
  std::optional<Broadcast> broadcast;
  std::uint64_t broadcast_cycle = kNever;
  std::uint64_t next = 0;  ///< the cycle after the last committed one
};

Mesh::Impl::Impl(const spec::Build& build, EventSink* sink, const ForeignPlaces& foreign)
    : context{.build = build,
              .need = NeedSet(build.mesh_w * build.mesh_h, build.delay_max + 1),
              .sink = sink,
              .learners = {},
              .activity = &activity},
      fabric(build, sink, foreign, activity),
      core_slots(std::size_t{build.mesh_w} * build.mesh_h * build.core_depth),
      wheel(2 * build.mesh_w * build.mesh_h) {
  const std::uint32_t tiles = build.mesh_w * build.mesh_h;
  const auto pool = std::make_shared<ZeroPool>(tiles * TileMemory::bytes(build));
  cores.reserve(tiles);
  for (std::uint32_t t = 0; t < tiles; ++t) {
    cores.emplace_back(context, t, fabric.tile_name(t), &core_slots[t * build.core_depth],
                       TileMemory(build, pool));
  }
  inputs.reserve(tiles);
  outputs.reserve(tiles);
}

void Mesh::Impl::reset(std::uint64_t cycle) {
  next = cycle + 1;
  fabric.reset();
  fabric.foreign().reset(cycle);
  for (Core& core : cores) core.reset();
  context.need.reset();
  context.slot = 0;
  context.open_at = context.last_busy = 0;
  context.learning = false;
  context.now = 0;
  context.learners.clear();
  wheel.reset(next);
  inputs.clear(), outputs.clear();
  broadcast.reset();
  broadcast_cycle = kNever;
}

std::uint64_t Mesh::Impl::next_wake() const {
  return fabric.any_work() ? next : std::min(wheel.first(), broadcast_cycle);
}

void Mesh::Impl::evaluate(std::uint64_t cycle) {
  assert(cycle >= next && cycle <= next_wake());
  fabric.catch_up(cycle);
  wheel.take(cycle, [&](std::uint32_t unit) {
    const std::uint32_t tile = unit / 2;
    if (unit % 2 != 0) {
      outputs.push_back({tile, cores[tile].offers(cycle) && fabric.local_ready(tile)});
    } else if (cores[tile].input_wake(cycle) == cycle) {
      inputs.push_back(tile);
    } else {
      wake_input(tile, cycle);  // a phase began since
    }
  });
  fabric.evaluate();
}

void Mesh::Impl::commit(std::uint64_t cycle) {
  next = cycle + 1;
  // Emit before the routers: a core that is refused must be known when its buffer becomes ready.
  for (const Output& output : outputs) commit_output(output, cycle);
  for (const std::uint32_t tile : inputs) commit_input(tile, cycle);
  outputs.clear(), inputs.clear();
  if (fabric.commit(cycle, broadcast_cycle == cycle ? &*broadcast : nullptr)) {
    context.busy_until(cycle);
  }
  for (const std::uint32_t tile : fabric.local_freed()) {
    if (cores[tile].blocked()) wake_output(tile, cycle + 1);
  }
  for (const Fabric::Arrival& arrival : fabric.arrivals()) commit_arrival(arrival, cycle);
  if (broadcast_cycle == cycle) commit_broadcast(cycle);
}

void Mesh::Impl::commit_output(const Output& output, std::uint64_t cycle) {
  Core& core = cores[output.tile];
  if (output.taken) fabric.enter_local(output.tile, core.offer(), cycle);
  // What waits for Config is not in the wheel while a read is under way.
  const bool config_waited = core.input_valid() && core.input_wake(cycle) == kNever;
  wake_output(output.tile, core.output(cycle, output.taken));
  if (config_waited && !core.reading()) wake_input(output.tile, cycle + 1);
}

void Mesh::Impl::commit_input(std::uint32_t tile, std::uint64_t cycle) {
  Core& core = cores[tile];
  const bool was_reading = core.reading();
  if (core.accept(cycle)) fabric.set_core_ready(tile, true);
  if (core.reading() && !was_reading) wake_output(tile, core.reply_from());
  if (core.input_valid()) wake_input(tile, cycle + 1);
}

void Mesh::Impl::commit_arrival(const Fabric::Arrival& arrival, std::uint64_t cycle) {
  Core& core = cores[arrival.tile];
  const bool shows = !core.input_valid();
  core.push(arrival.flit);
  if (context.observer && arrival.flit.flit_kind() == spec::FlitKind::spike) {
    context.observer->enter_core(arrival.tile, core.held());
  }
  if (shows) wake_input(arrival.tile, cycle + 1);
  if (!core.input_ready()) fabric.set_core_ready(arrival.tile, false);
}

void Mesh::Impl::commit_broadcast(std::uint64_t u) {
  const Broadcast now = *broadcast;
  broadcast.reset();
  broadcast_cycle = kNever;
  if (now.phase == spec::Phase::sweep) return sweep(now.mask, u);
  if (now.phase == spec::Phase::learn) {
    for (const std::uint32_t tile : context.learners) cores[tile].learn(u);
    context.learners.clear();
    return;
  }
  context.slot = now.slot;
  context.learning = now.learning;
  context.now = now.now;
  if (traffic) return commit_traffic(now.step, u);
  for (const std::uint32_t tile : context.need.begin(now.slot, now.adapt_due)) {
    if (fabric.foreign().holds(tile)) {
      context.need.updated(tile, {.rested = true});  // the core in this place does nothing
    } else {
      wake_output(tile, cores[tile].update(now.adapt_due, u));
    }
  }
}

void Mesh::Impl::commit_traffic(std::uint64_t step, std::uint64_t u) {
  for (const Traffic::Burst& burst : traffic->at(step))
    wake_output(burst.tile, cores[burst.tile].send(burst.first, burst.count, u));
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
  const bool trace = all || selected(spec::ClearMask::trace);
  std::uint32_t length = membrane ? ring : adaptation ? b.neurons / b.lanes : 0;
  if (trace) length = std::max({b.axons, b.neurons / b.lanes, length});
  if (all) {
    const std::uint32_t table = spec::kRules * 2 * spec::kTraceSteps;
    length = std::max({b.synapses / b.lanes, b.fanouts, b.plastics / b.lanes, table, length});
  }
  if (length == 0) return;
  for (Core& core : cores) core.memory().sweep(mask);
  context.need.swept(membrane);
  context.open_at = u + length + 1;
  context.busy_until(u + length);
}

// ---------------------------------------------------------------------------------------------

Mesh::Mesh(const spec::Build& build, EventSink* sink, const ForeignPlaces& foreign)
    : impl_(std::make_unique<Impl>(spec::require_build(build), sink, foreign)) {}
Mesh::~Mesh() = default;

void Mesh::reset(std::uint64_t cycle) { impl_->reset(cycle); }

void Mesh::send(std::shared_ptr<const Traffic> traffic) {
  impl_->traffic = std::move(traffic);
  impl_->context.traffic = impl_->traffic.get();
}

bool Mesh::sends_traffic() const { return impl_->traffic != nullptr; }

void Mesh::set_hard_steps(bool on) { impl_->context.hard_steps = on; }

void Mesh::observe(Observer* observer) {
  impl_->context.observer = observer;
  impl_->fabric.observe(observer);
}

void Mesh::start(const Broadcast& broadcast, std::uint64_t u) {
  assert(!impl_->broadcast && u >= impl_->next);
  impl_->broadcast = broadcast;
  impl_->broadcast_cycle = u;
}

void Mesh::plant(const Faults& faults) {
  impl_->fabric.plant(faults.links);
  for (const StuckBit& stuck : faults.bits)
    impl_->core_at(stuck.x, stuck.y).memory().stick(stuck.address, stuck.bit, stuck.value);
}
bool Mesh::blocked() const { return impl_->fabric.blocked(); }

bool has_bit(const spec::Build& build, const StuckBit& bit) {
  if (bit.x >= build.mesh_w || bit.y >= build.mesh_h || bit.bit > 31) return false;
  // A word that the chip takes: of a fan-out entry any x, y and axon, if it leads to the host.
  const auto at = spec::TileAddr::unpack(bit.address);
  const bool fanout = at.region == static_cast<std::uint32_t>(spec::Region::fanout);
  const std::uint32_t word =
      1u << bit.bit | (fanout ? spec::Fanout{.host = 1}.pack() : std::uint32_t{0});
  if (check_write(build, bit.address, word) != spec::Status::ok) return false;
  TileMemory memory(build);
  memory.write(bit.address, word);
  return (memory.read(bit.address) >> bit.bit & 1) != 0;
}

bool Mesh::link_ready() const { return impl_->fabric.link_ready(); }
void Mesh::link_push(const Flit& flit) {
  assert(link_ready());
  impl_->fabric.link_push(flit);
}
bool Mesh::host_valid() const { return impl_->fabric.host_valid(); }
const Flit& Mesh::host_head() const {
  assert(host_valid());
  return impl_->fabric.host_head();
}
void Mesh::host_pop() {
  assert(host_valid());
  impl_->fabric.host_pop();
}

void Mesh::evaluate(std::uint64_t cycle) { impl_->evaluate(cycle); }
void Mesh::commit(std::uint64_t cycle) { impl_->commit(cycle); }
std::uint64_t Mesh::next_wake() const { return impl_->next_wake(); }

std::uint64_t Mesh::rest(std::uint64_t step, unsigned adapt_period) const {
  if (impl_->traffic) return impl_->traffic->rest(step);
  const bool foreign = !impl_->fabric.foreign().empty();
  return foreign ? 0 : impl_->context.need.rest(step, adapt_period);
}

bool Mesh::learn_needed() const {
  return !impl_->context.learners.empty() || impl_->fabric.foreign().learn_needed();
}
std::uint64_t Mesh::last_busy() const { return impl_->context.last_busy; }

Activity& Mesh::activity() { return impl_->activity; }

std::uint32_t Mesh::filled_buffers() const {
  std::uint32_t filled = impl_->fabric.filled_buffers();
  for (const Core& core : impl_->cores) filled |= std::uint32_t{core.filled()} << kPorts;
  return filled;
}

std::uint32_t Mesh::read(std::uint32_t x, std::uint32_t y, std::uint32_t address) const {
  return impl_->core_at(x, y).memory().read(address);
}

const TileMemory& Mesh::memory(std::uint32_t x, std::uint32_t y) const {
  return impl_->core_at(x, y).memory();
}

void Mesh::write(std::uint32_t x, std::uint32_t y, std::uint32_t address,
                 std::span<const std::uint32_t> words) {
  assert(next_wake() == kNever);
  impl_->core_at(x, y).write(address, words);
}

void Mesh::passed(std::uint32_t x, std::uint32_t y, bool read) {
  Flit flit;
  flit.x = x & 63u;
  flit.y = y & 63u;
  impl_->fabric.passed(0, kWest, flit);
  if (!read) return;
  flit.host = 1;
  impl_->fabric.passed(y * impl_->context.build.mesh_w + x, kLocal, flit);
}

}  // namespace spikemesh::model
