// SPDX-License-Identifier: Apache-2.0
// The bus of the host tile, its masters and the interrupt: part of model/host/host_tile.cpp.
#include <span>

#include "model/core/tile_memory.hpp"
#include "model/host/host_tile.hpp"

namespace spikemesh::model {

using spec::FlitKind;
using spec::Status;

void HostTile::access(std::uint64_t at, const WordAccess& access) {
  port_.offer(at, access);
  own_wake_.reset();
}

void HostTile::attach(ManagementCore& core) {
  core_ = &core;
  arbiter_ = BusArbiter(kMasters + 1);
  own_wake_.reset();
}

bool HostTile::access(BusRequest& request, std::uint64_t cycle) {
  if (core_ != nullptr) return false;  // it may refuse, and it sees every request
  if ((request.tile >> 15 & 1) != 0) {
    if (request.address < spec::kRingInBase || registers_.check(request) != Status::ok)
      return false;
    if (!request.write) request.data = registers_.read(request, cycle);
    if (request.write) registers_.write(request, blocks_.step.state());
    return true;
  }
  if (tile_port_.check(request, tiles_busy()) != Status::ok) return false;
  const auto at = spec::Tile::unpack(request.tile);
  if (!request.write) request.data = mesh_.read(at.x, at.y, request.address);
  if (request.write) mesh_.write(at.x, at.y, request.address, std::span(&request.data, 1));
  return true;
}

bool HostTile::tiles_busy() const {
  return blocks_.step.running() || tile_port_.busy() || mesh_.next_wake() != kNever;
}

bool HostTile::write(std::uint16_t tile, std::uint32_t address,
                     std::span<const std::uint32_t> words, std::uint64_t cycle) {
  if (words.empty()) return true;
  BusRequest request{.write = true, .tile = tile, .address = address, .data = words.front()};
  if (to_host(request)) {
    for (; !words.empty(); words = words.subspan(1), ++request.address) {
      request.data = words.front();
      if (!access(request, cycle)) return false;
    }
    return true;
  }
  if (tile_port_.check(request, tiles_busy()) != Status::ok) return false;
  const auto at = spec::Tile::unpack(tile);
  const std::size_t count = count_writable(build_, address, words);
  mesh_.write(at.x, at.y, address, words.first(count));
  if (count < words.size()) return false;
  mesh_.passed(at.x, at.y, false);
  return true;
}

bool HostTile::read(std::uint16_t tile, std::uint32_t address, std::span<std::uint32_t> words,
                    std::uint64_t cycle) {
  if (words.empty()) return true;
  BusRequest request{.tile = tile, .address = address};
  if (to_host(request)) {
    for (std::uint32_t& word : words) {
      if (!access(request, cycle)) return false;
      word = request.data, ++request.address;
    }
    return true;
  }
  if (tile_port_.check(request, tiles_busy()) != Status::ok) return false;
  if (count_readable(build_, address, words.size()) < words.size()) return false;
  const auto at = spec::Tile::unpack(tile);
  mesh_.memory(at.x, at.y).read(address, words);
  mesh_.passed(at.x, at.y, true);
  return true;
}

bool HostTile::register_now(BusRequest& request, std::uint64_t cycle) {
  const auto reg = static_cast<spec::Register>(request.address);
  const bool takes_time = reg == spec::Register::run_tag || reg == spec::Register::reset_nonce;
  if (registers_.check(request) != Status::ok || (request.write && takes_time)) return false;
  if (request.write) registers_.write(request, blocks_.step.state());
  if (!request.write) request.data = registers_.read(request, cycle);
  return true;
}

bool HostTile::access_now(WordAccess& access, std::uint64_t cycle) {
  if (core_ != nullptr || port_.check(access) != Status::ok) return false;
  if (auto request = port_.map(access)) {
    const bool is_register = to_host(*request) && request->address < spec::kRingInBase;
    if (!(is_register ? register_now(*request, cycle) : this->access(*request, cycle)))
      return false;
    access.data = request->data;
  } else if (access.write) {
    port_.write_own(access);
  } else {
    access.data = port_.own_word(access.address);
  }
  own_wake_.reset();
  return true;
}

std::uint32_t HostTile::asks() const {
  const bool core = core_ != nullptr && core_->requesting();
  return (bridge().requesting() ? 1u : 0u) | (port_.requesting() ? 2u : 0u) | (core ? 4u : 0u);
}

const BusRequest& HostTile::request_of(unsigned master) const {
  if (master == ManagementCore::kMaster) return core_->request();
  return master == 0 ? bridge().request() : port_.request();
}

/// While a master waits for quiet, the others keep out of a mesh at rest.
bool HostTile::waits_for_fence(const BusRequest& request, bool step_idle) const {
  return !to_host(request) && fencing() && step_idle;
}

bool HostTile::irq_wanted() const {
  return (blocks_.irq.pending(blocks_.ring_out.holds()) & blocks_.irq.mask()) != 0;
}

/// Of what the management core sees, all but what `commit_core` adds.
void HostTile::evaluate_core() {
  if (bus_ == Bus::core) {
    if (const auto& answer = core_->answer()) set_answer(*answer);
  }
  ManagementCore::Inputs& core = core_inputs_;
  core.answer.reset();
  core.asked = wires_.asks != 0;
  if (core.asked) {
    core.master = arbiter_.owner(wires_.asks);
    core.request = request_of(core.master);
    if (bus_ == Bus::idle) wires_.core_takes = core_->takes(core.request, core.master);
  }
  if (bus_ == Bus::answer) core.answer = answer_;
  core.running = blocks_.step.running();
  core.spikes = blocks_.ring_out.holds();
}

void HostTile::evaluate_exec(std::uint64_t cycle) {
  const BusRequest& request = this->request();
  BusAnswer& result = wires_.exec;
  if (!to_host()) {
    result.status = tile_port_.check(request, blocks_.step.running());
  } else {
    result.status = registers_.check(request);
    wires_.ring_port = result.status == Status::ok && registers_.takes_ring_port(request);
  }
  const bool read = !request.write && result.status == Status::ok && to_host();
  result.data = request.write ? request.data : read ? registers_.read(request, cycle) : 0;
}

void HostTile::commit_bus(std::uint64_t cycle, Step::State before) {
  if (bus_ == Bus::idle && wires_.asks == 0) return;
  arbiter_.commit(wires_.asks, bus_ == Bus::answer);
  const BusRequest& request = this->request();
  switch (bus_) {
    case Bus::idle:
      bus_ = wires_.core_takes                            ? Bus::core
             : waits_for_fence(request, wires_.step_idle) ? Bus::idle
                                                          : Bus::exec;
      break;
    case Bus::exec:
      commit_exec(cycle, before);
      break;
    case Bus::tile: {
      const Flit* reply =
          wires_.sunk && wires_.sunk->flit_kind() == FlitKind::reply ? &*wires_.sunk : nullptr;
      if (wires_.tile_accepted) {
        blocks_.step.hand_off(cycle);
      }
      if (const auto answer = tile_port_.commit(cycle, wires_.tile_accepted, reply)) {
        set_answer(*answer);
      }
      break;
    }
    case Bus::fetch:
      bus_ = Bus::answer;
      break;
    case Bus::core:
      break;  // it says when it answers
    case Bus::reset:
      if (cycle >= reset_at_ + 2 && wires_.step_idle) {
        set_answer({Status::ok, request.data});
      }
      break;
    case Bus::answer:
      emit(cycle, spec::BusEvent{.data = request.write ? request.data : answer_.data,
                                 .addr = request.address,
                                 .tile = request.tile,
                                 .write = request.write,
                                 .status = static_cast<std::uint32_t>(answer_.status),
                                 .master = arbiter_.owner()});
      bus_ = Bus::idle;
      break;
  }
}

void HostTile::commit_masters(std::uint64_t cycle) {
  blocks_.bridge.commit(cycle, wires_.bridge);
  const WordAccess access = port_.access();
  if (const auto answer = port_.commit(cycle, wires_.port)) {
    emit(cycle, spec::PortEvent{.data = access.write ? access.data : answer->data,
                                .addr = access.address,
                                .write = access.write,
                                .status = static_cast<std::uint32_t>(answer->status)});
  }
  if (wires_.irq == irq_) return;
  irq_ = wires_.irq;
  emit(cycle, spec::IrqEvent{.level = irq_});
}

void HostTile::commit_core(std::uint64_t cycle, Step::State before) {
  if (core_ == nullptr) return;
  ManagementCore::Inputs& core = core_inputs_;
  core.quiet = wires_.port.quiet;
  core.run = wires_.run;
  core.reset = resets(cycle);
  core.run_ends = !core.reset && before == Step::State::check && blocks_.step.idle();
  const bool changes =
      core.run || core.run_ends || core.reset || core.spikes != core_->spikes_seen();
  if (core_->wakes() <= cycle || changes || wires_.core_takes) core_->commit(cycle, core);
}

/// What happened in this cycle; it wins over what the bus cleared.
void HostTile::commit_irq(Step::State before, std::uint32_t errors) {
  const bool idle = blocks_.step.idle();
  if (before == Step::State::check && idle) blocks_.irq.run_ended();
  if (this->errors() != errors) blocks_.irq.count_error();
}

std::uint32_t HostTile::errors() const {
  return blocks_.step.late() + blocks_.step.bad() + blocks_.ring_out.lost();
}

void HostTile::commit_exec(std::uint64_t cycle, Step::State before) {
  const BusRequest& request = this->request();
  const bool ok = wires_.exec.status == Status::ok;
  if (ok && !to_host()) {
    tile_port_.begin(cycle, request);
    bus_ = Bus::tile;
    return;
  }
  set_answer(wires_.exec);
  if (ok && registers_.fetches(request)) bus_ = Bus::fetch;
  if (ok && registers_.resets(request)) {
    bus_ = Bus::reset;
    reset_at_ = cycle + 1;
  }
  if (ok && request.write) {
    registers_.write(request, before);
  }
}

void HostTile::set_answer(const BusAnswer& answer) {
  answer_ = answer;
  bus_ = Bus::answer;
}

}  // namespace spikemesh::model
