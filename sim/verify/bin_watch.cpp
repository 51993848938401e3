// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/bin_watch.hpp"

#include <algorithm>
#include <utility>

#include "model/core/neuron.hpp"
#include "sim/stimulus/words.hpp"

namespace spikemesh::sim {
namespace {

using spec::Region;

void hit(BinCounts& counts, Bin bin) { ++counts[static_cast<std::size_t>(bin)]; }

Bin after(Bin first, std::uint32_t distance) {
  return static_cast<Bin>(static_cast<std::uint32_t>(first) + distance);
}

void add(BinCounts& to, const BinCounts& from) {
  for (std::size_t i = 0; i < kBins; ++i) to[i] += from[i];
}

std::uint32_t updates_of(const model::Reference& reference, std::uint16_t tile) {
  return reference.read(
      tile, address(Region::counter, static_cast<std::uint32_t>(spec::Counter::updates)));
}

model::NeuronParameters parameters(const model::Reference& reference, std::uint16_t tile,
                                   std::uint32_t neuron) {
  const auto word = [&](std::uint32_t field) {
    return reference.read(tile, address(Region::neuron, neuron * 8 + field));
  };
  const auto first = spec::Neuron0::unpack(word(0));
  const auto second = spec::Neuron1::unpack(word(1));
  return {.theta = first.theta,
          .v_reset = second.v_reset,
          .bias = spec::Neuron2::unpack(word(2)).bias,
          .decay_i = word(3),
          .decay_v = word(4),
          .decay_adapt = word(6),
          .adapt_step = word(5),
          .refractory = static_cast<std::uint8_t>(first.refractory),
          .gain = static_cast<std::uint8_t>(second.gain),
          .subtract = second.subtract != 0};
}

model::NeuronState state(const model::Reference& reference, std::uint16_t tile,
                         std::uint32_t neuron) {
  const auto word = [&](std::uint32_t field) {
    return reference.read(tile, address(Region::state, neuron * 4 + field));
  };
  const auto first = spec::State0::unpack(word(0));
  return {.adapt = word(2) | std::uint64_t{word(3) & 0xffu} << 32,
          .v = first.v,
          .i = spec::State1::unpack(word(1)).i,
          .refractory = static_cast<std::uint8_t>(first.refractory)};
}

/// What the Update of one neuron goes over.
void observe(const model::NeuronParameters& p, const model::NeuronState& s, std::int32_t acc,
             bool due, unsigned bits, BinCounts& hits) {
  const model::NeuronUpdate now = model::update_neuron(p, s, acc, due, bits);
  const auto adapt_before = static_cast<std::int64_t>(s.adapt);
  const auto adapt =
      due ? static_cast<std::uint64_t>(model::decay(adapt_before, p.decay_adapt, bits)) : s.adapt;
  const std::int64_t i =
      model::decay(s.i, p.decay_i, bits) + (std::int64_t{acc} << p.gain) + p.bias;
  if (i != now.state.i) hit(hits, Bin::saturated_i);
  if (adapt != s.adapt) hit(hits, Bin::adaptation_decay);
  if (s.refractory > 0) return hit(hits, Bin::refractory);
  const std::int64_t v = model::decay(s.v, p.decay_v, bits) + now.state.i;
  if (v != model::sat24(v)) hit(hits, Bin::saturated_v);
  if (!now.spike) return;
  if (now.state.adapt > adapt) hit(hits, Bin::adaptation);
  if (now.state.adapt != adapt + p.adapt_step) hit(hits, Bin::saturated_adaptation);
}

}  // namespace

void BinWatch::on(const Event& event) {
  switch (event.kind) {
    case EventKind::flit:
      return flit(event);
    case EventKind::fire:
      return fire(event);
    case EventKind::acc:
      return delivery(event);
    case EventKind::weight:
      return weight(event);
    case EventKind::phase:
      return phase(event);
    case EventKind::bus:
      contention(event);
      return bus(event);
    case EventKind::port:
      return port(event);
    case EventKind::irq:
      return hit(event.as<spec::IrqEvent>().level != 0 ? Bin::irq_rises : Bin::irq_falls);
    case EventKind::ring_in:
      return taken(event);
    case EventKind::ring_out:
      if (++recorded_ > build_.ring_out) hit(Bin::ring_out_wrap);
      return;
    default:
      return;
  }
}

/// A hold entry keeps its step open if it was the last that the host had delivered.
void BinWatch::taken(const Event& event) {
  if (++taken_ > build_.ring_in) hit(Bin::ring_in_wrap);
  const auto words = event.as<spec::RingInEvent>();
  const bool holds =
      spec::Entry::unpack(words.entry).kind == static_cast<std::uint32_t>(spec::EntryKind::hold);
  if (holds && words.step == static_cast<std::uint32_t>(step_) &&
      static_cast<std::uint32_t>(taken_) == delivered_)
    hit(Bin::held_step);
}

/// A packet enters exactly one input buffer of the router of the tile that it is for.
void BinWatch::flit(const Event& event) {
  const auto flit = event.as<spec::FlitEvent>();
  if (event.tile == kHostTile || flit.host != 0) return;
  if (flit.kind != static_cast<std::uint32_t>(spec::FlitKind::spike)) return;
  const spec::Tile to{.x = flit.x, .y = flit.y};
  if (to.pack() != event.tile) return;
  if (!packets_.emplace(event.tile, flit.addr).second) hit(Bin::same_axon_twice);
}

void BinWatch::fire(const Event& event) {
  if (reference_ == nullptr) return;
  const auto group = event.as<spec::FireEvent>();
  for (std::uint32_t lane = 0; lane < build_.lanes; ++lane) {
    const std::uint32_t neuron = group.group * build_.lanes + lane;
    if ((group.lanes >> lane & 1) != 0) fired(event.tile, neuron);
  }
}

void BinWatch::fired(std::uint16_t tile, std::uint32_t neuron) {
  const auto word = [&](Region region, std::uint32_t index) {
    return reference_->read(tile, address(region, index));
  };
  const auto second = spec::Neuron1::unpack(word(Region::neuron, neuron * 8 + 1));
  hit(second.subtract != 0 ? Bin::reset_by_subtraction : Bin::reset_to_value);
  const auto list = spec::Neuron7::unpack(word(Region::neuron, neuron * 8 + 7));
  std::set<std::pair<std::uint32_t, std::uint32_t>> tiles;
  for (std::uint32_t i = 0; i < list.count && tiles.size() < 2; ++i) {
    const auto to = spec::Fanout::unpack(word(Region::fanout, (list.first + i) % build_.fanouts));
    if (to.host == 0) tiles.emplace(to.x, to.y);
  }
  if (tiles.size() >= 2) hit(Bin::fanout_tiles);
}

void BinWatch::delivery(const Event& event) {
  const std::uint32_t slot = event.as<spec::AccEvent>().slot;
  const std::uint32_t delay = (slot - static_cast<std::uint32_t>(step_)) & build_.delay_max;
  if (delay != 0) hit(after(Bin::delay_1, delay - 1));
}

/// A weight that changes twice before the Learn phase is in a row that was walked twice.
void BinWatch::weight(const Event& event) {
  if (learning_phase_) return;
  const std::uint32_t lane = event.tile << 8 | event.unit;
  if (!depressed_.emplace(lane, event.as<spec::WeightEvent>().row).second)
    hit(Bin::plastic_axon_twice);
}

void BinWatch::phase(const Event& event) {
  const auto [step, mask, phase] = event.as<spec::PhaseEvent>();
  learning_phase_ = phase == static_cast<std::uint32_t>(spec::Phase::learn);
  if (phase == static_cast<std::uint32_t>(spec::Phase::sweep)) {
    for (std::uint32_t bit = 0; bit < 3; ++bit) {
      if ((mask >> bit & 1) != 0) hit(after(Bin::clear_membrane, bit));
    }
    if ((mask >> static_cast<unsigned>(spec::ClearMask::all) & 1) == 0) return;
    if (wiped_) hit(Bin::soft_reset);
    wiped_ = true;
    taken_ = recorded_ = delivered_ = 0;
    period_ = 0;
    last_begin_.reset();
    return;
  }
  if (phase == static_cast<std::uint32_t>(spec::Phase::learn)) {
    return hit(Bin::learn_phase);
  }
  if (last_begin_ && period_ == 0) hit(Bin::free_running);
  if (last_begin_ && period_ != 0 && event.cycle - *last_begin_ == period_) hit(Bin::fixed_period);
  if (last_begin_ && period_ == 0) step_cycles_ = event.cycle - *last_begin_;
  last_begin_ = event.cycle;
  step_ = step;
  packets_.clear();
  depressed_.clear();
}

/// Fields of a word that the chip took, or the one that it refused.
void BinWatch::tile_word(const spec::BusEvent& access) {
  const bool taken = access.status == static_cast<std::uint32_t>(spec::Status::ok);
  if (!taken && access.status != static_cast<std::uint32_t>(spec::Status::bad_value)) return;
  const spec::TileAddr at = spec::TileAddr::unpack(access.addr);
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const FieldLimits& of = fields_[i];
    if (static_cast<std::uint32_t>(of.word->region) != at.region) continue;
    if (at.index % of.word->stride != of.word->word) continue;
    const std::uint32_t value = of.get(access.data);
    const bool refused = of.at(Limit::beyond) && value >= *of.at(Limit::beyond);
    if (!taken && !refused) continue;
    for (std::size_t limit = 0; limit < kLimits; ++limit)
      if (of.values[limit] == value) ++limits_[i * kLimits + limit];
  }
}

/// A request of the host tile that is seen in the cycle after another's answer is answered two
/// cycles later.
void BinWatch::contention(const Event& event) {
  constexpr std::uint64_t kBehind = 3;
  const auto access = event.as<spec::BusEvent>();
  const auto last = std::exchange(last_bus_, std::pair(event.cycle, access.master));
  if (!last || event.cycle - last->first != kBehind || access.master == last->second) return;
  hit(access.master == static_cast<std::uint32_t>(spec::BusMaster::port) ? Bin::port_behind_link
                                                                         : Bin::link_behind_port);
}

void BinWatch::port(const Event& event) {
  constexpr std::pair<spec::Status, Bin> kStatuses[] = {
      {spec::Status::ok, Bin::port_ok},
      {spec::Status::bad_length, Bin::port_bad_length},
      {spec::Status::bad_address, Bin::port_bad_address},
      {spec::Status::bad_value, Bin::port_bad_value},
      {spec::Status::running, Bin::port_running},
      {spec::Status::refused, Bin::port_refused},
      {spec::Status::read_only, Bin::port_read_only}};
  const auto access = event.as<spec::PortEvent>();
  ++port_answers_;
  port_status_ = static_cast<spec::Status>(access.status);
  for (const auto& [status, bin] : kStatuses)
    if (status == port_status_) hit(bin);
  if (port_status_ != spec::Status::ok) return;
  if (access.addr == spec::kByteFence) hit(Bin::port_fence);
  if (access.addr - spec::kByteTile < spec::kByteTileSize) hit(Bin::port_window);
  const auto irq_pending = static_cast<std::uint32_t>(spec::Register::irq_pending);
  if (access.write != 0 || access.addr != spec::kByteHost + 4 * irq_pending) return;
  const auto pending = spec::Interrupt::unpack(access.data);
  if (pending.run_done != 0) hit(Bin::pending_run_done);
  if (pending.spikes != 0) hit(Bin::pending_spikes);
  if (pending.error != 0) hit(Bin::pending_error);
}

/// What the host wrote into PERIOD; a run begins a new row of steps.
void BinWatch::bus(const Event& event) {
  const auto access = event.as<spec::BusEvent>();
  if (access.write != 0 && access.tile != kHostTile) return tile_word(access);
  const bool written =
      access.write != 0 && access.status == static_cast<std::uint32_t>(spec::Status::ok);
  if (!written) return;
  const auto which = static_cast<spec::Register>(access.addr);
  if (which == spec::Register::period) period_ = access.data;
  const auto ahead = static_cast<std::int32_t>(access.data - delivered_);
  if (which == spec::Register::ring_in_write && ahead > 0) delivered_ = access.data;
  const bool link = access.master == static_cast<std::uint32_t>(spec::BusMaster::link);
  if (which != spec::Register::run_tag || !link) return;
  run_cycles_ = std::min(run_cycles_, event.cycle - last_run_);
  last_run_ = event.cycle;
  last_begin_.reset();
}

void NeuronCensus::before_step(const model::Reference& reference) {
  const spec::Build& build = reference.build();
  const bool due = (reference.step() & ((std::uint64_t{1} << adapt_period_) - 1)) == 0;
  const auto slot = static_cast<std::uint32_t>(reference.step() & build.delay_max);
  for (const auto& [tile, list] : neurons_) {
    Core& core = cores_[tile];
    core.hits = {};
    core.updates = updates_of(reference, tile);
    core.visited = reference.visited(tile);
    for (const std::uint32_t neuron : list) {
      const std::uint32_t acc =
          reference.read(tile, address(Region::accumulator, slot * build.neurons + neuron));
      observe(parameters(reference, tile, neuron), state(reference, tile, neuron),
              spec::Accumulator::unpack(acc).value, due, build.decay_bits, core.hits);
    }
  }
}

void NeuronCensus::after_step(const model::Reference& reference) {
  for (auto& [tile, core] : cores_) {
    const bool updated = updates_of(reference, tile) != core.updates;
    if (updated) add(pending_, core.hits);
    if (updated && core.slept) hit(pending_, Bin::wake);
    const std::uint64_t visited = reference.visited(tile) - core.visited;
    const std::uint32_t groups = reference.build().neurons / reference.build().lanes;
    if (visited != 0) hit(pending_, visited == groups ? Bin::visit_all : Bin::visit_some);
    if (!updated) hit(pending_, Bin::sleep);
    core.slept = !updated;
  }
}

void NeuronCensus::keep(bool equal) {
  if (equal) add(hits_, pending_);
  pending_ = {};
}

}  // namespace spikemesh::sim
