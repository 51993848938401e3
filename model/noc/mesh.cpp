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

namespace {

/// The fabric, the cores, and a wheel that names the cores that act in a known cycle. A core that
/// waits for the fabric is in no list: the fabric tells when its local port is ready again.
struct FabricMesh final : Mesh {
  FabricMesh(const spec::Build& build, EventSink* sink, const ForeignPlaces& foreign);

  void reset(std::uint64_t cycle) override;
  void send(std::shared_ptr<const Traffic> sent) override {
    traffic = std::move(sent);
    context.traffic = traffic.get();
  }
  bool sends_traffic() const override { return traffic != nullptr; }
  void set_hard_steps(bool on) override { context.hard_steps = on; }
  void observe(Observer* observer) override {
    context.observer = observer;
    fabric.observe(observer);
  }
  void plant(const Faults& faults) override;
  bool blocked() const override { return fabric.blocked(); }

  void start(const Broadcast& now, std::uint64_t u) override {
    assert(!broadcast && u >= next);
    broadcast = now;
    broadcast_cycle = u;
  }
  void inputs_end(std::uint64_t) override {}  // cores take each spike when it comes

  bool link_ready() const override { return fabric.link_ready(); }
  void link_push(const Flit& flit) override {
    assert(link_ready());
    fabric.link_push(flit);
  }
  bool host_valid() const override { return fabric.host_valid(); }
  const Flit& host_head() const override {
    assert(host_valid());
    return fabric.host_head();
  }
  void host_pop() override {
    assert(host_valid());
    fabric.host_pop();
  }

  void evaluate(std::uint64_t cycle) override;
  void commit(std::uint64_t cycle) override;
  std::uint64_t next_wake() const override {
    return fabric.any_work() ? next : std::min(wheel.first(), broadcast_cycle);
  }
  std::uint64_t last_busy() const override { return context.last_busy; }
  bool learn_needed() const override {
    return !context.learners.empty() || fabric.foreign().learn_needed();
  }
  std::uint64_t rest(std::uint64_t step, unsigned adapt_period) const override;

  std::uint32_t read(std::uint32_t x, std::uint32_t y, std::uint32_t address) const override {
    return core_at(x, y).memory().read(address);
  }
  const TileMemory& memory(std::uint32_t x, std::uint32_t y) const override {
    return core_at(x, y).memory();
  }
  void write(std::uint32_t x, std::uint32_t y, std::uint32_t address,
             std::span<const std::uint32_t> words) override {
    assert(next_wake() == kNever);
    core_at(x, y).write(address, words);
  }
  void passed(std::uint32_t x, std::uint32_t y, bool read) override;
  std::uint32_t filled_buffers() const override;
  Activity& activity() override { return record; }

  struct Output {
    std::uint32_t tile;
    bool taken;
  };

  void commit_output(const Output& output, std::uint64_t cycle);
  void commit_input(std::uint32_t tile, std::uint64_t cycle);
  void commit_arrival(const Fabric::Arrival& arrival, std::uint64_t cycle);
  void commit_broadcast(std::uint64_t u);
  void commit_traffic(std::uint64_t step, std::uint64_t u);
  void sweep(std::uint32_t mask, std::uint64_t u);

  std::uint32_t own_tile(std::uint32_t x, std::uint32_t y) const {
    const std::uint32_t tile = y * context.build.mesh_w + x;
    if (fabric.foreign().holds(tile))
      throw std::logic_error("mesh: the memories of a foreign tile are not in the model");
    return tile;
  }
  const Core& core_at(std::uint32_t x, std::uint32_t y) const { return cores[own_tile(x, y)]; }
  Core& core_at(std::uint32_t x, std::uint32_t y) { return cores[own_tile(x, y)]; }
  void wake_input(std::uint32_t tile, std::uint64_t cycle) {
    const std::uint64_t wake = cores[tile].input_wake(cycle);
    if (wake != kNever) wheel.set(2 * tile, wake);
  }
  void wake_output(std::uint32_t tile, std::uint64_t cycle) {
    if (cycle != kNever) wheel.set(2 * tile + 1, cycle);
  }

  Activity record;
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

FabricMesh::FabricMesh(const spec::Build& build, EventSink* sink, const ForeignPlaces& foreign)
    : context{.build = build,
              .need = NeedSet(build.mesh_w * build.mesh_h, build.delay_max + 1),
              .sink = sink,
              .learners = {},
              .activity = &record},
      fabric(build, sink, foreign, record),
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

void FabricMesh::reset(std::uint64_t cycle) {
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

void FabricMesh::evaluate(std::uint64_t cycle) {
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

void FabricMesh::commit(std::uint64_t cycle) {
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

void FabricMesh::commit_output(const Output& output, std::uint64_t cycle) {
  Core& core = cores[output.tile];
  if (output.taken) fabric.enter_local(output.tile, core.offer(), cycle);
  // What waits for Config is not in the wheel while a read is under way.
  const bool config_waited = core.input_valid() && core.input_wake(cycle) == kNever;
  wake_output(output.tile, core.output(cycle, output.taken));
  if (config_waited && !core.reading()) wake_input(output.tile, cycle + 1);
}

void FabricMesh::commit_input(std::uint32_t tile, std::uint64_t cycle) {
  Core& core = cores[tile];
  const bool was_reading = core.reading();
  if (core.accept(cycle)) fabric.set_core_ready(tile, true);
  if (core.reading() && !was_reading) wake_output(tile, core.reply_from());
  if (core.input_valid()) wake_input(tile, cycle + 1);
}

void FabricMesh::commit_arrival(const Fabric::Arrival& arrival, std::uint64_t cycle) {
  Core& core = cores[arrival.tile];
  const bool shows = !core.input_valid();
  core.push(arrival.flit);
  if (context.observer && arrival.flit.flit_kind() == spec::FlitKind::spike) {
    context.observer->enter_core(arrival.tile, core.held());
  }
  if (shows) wake_input(arrival.tile, cycle + 1);
  if (!core.input_ready()) fabric.set_core_ready(arrival.tile, false);
}

void FabricMesh::commit_broadcast(std::uint64_t u) {
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

void FabricMesh::commit_traffic(std::uint64_t step, std::uint64_t u) {
  for (const Traffic::Burst& burst : traffic->at(step))
    wake_output(burst.tile, cores[burst.tile].send(burst.first, burst.count, u));
}

void FabricMesh::sweep(std::uint32_t mask, std::uint64_t u) {
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

void FabricMesh::plant(const Faults& faults) {
  fabric.plant(faults.links);
  for (const StuckBit& stuck : faults.bits)
    core_at(stuck.x, stuck.y).memory().stick(stuck.address, stuck.bit, stuck.value);
}

std::uint64_t FabricMesh::rest(std::uint64_t step, unsigned adapt_period) const {
  if (traffic) return traffic->rest(step);
  return fabric.foreign().empty() ? context.need.rest(step, adapt_period) : 0;
}

std::uint32_t FabricMesh::filled_buffers() const {
  std::uint32_t filled = fabric.filled_buffers();
  for (const Core& core : cores) filled |= std::uint32_t{core.filled()} << kPorts;
  return filled;
}

void FabricMesh::passed(std::uint32_t x, std::uint32_t y, bool read) {
  Flit flit;
  flit.x = x & 63u;
  flit.y = y & 63u;
  fabric.passed(0, kWest, flit);
  if (!read) return;
  flit.host = 1;
  fabric.passed(y * context.build.mesh_w + x, kLocal, flit);
}

}  // namespace

std::unique_ptr<Mesh> make_mesh(const spec::Build& build, EventSink* sink,
                                const ForeignPlaces& foreign) {
  return std::make_unique<FabricMesh>(spec::require_build(build), sink, foreign);
}

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

}  // namespace spikemesh::model
