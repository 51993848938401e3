// SPDX-License-Identifier: Apache-2.0
#include "model/host/host_registers.hpp"

#include <algorithm>
#include <array>

namespace spikemesh::model {

using spec::Register;
using spec::Status;

namespace {
constexpr std::uint32_t kDivisorMax = 65535;
constexpr std::uint32_t kAdaptPeriodMax = 31;
constexpr std::uint32_t kInterruptAll = spec::Interrupt{1, 1, 1}.pack();

static_assert(std::ranges::all_of(spec::kRegisters, [](const spec::RegisterInfo& info) {
  return info.address == spec::kRegisters[static_cast<std::size_t>(info.address)].address;
}));

constexpr std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
constexpr std::uint32_t high(std::uint64_t value) {
  return static_cast<std::uint32_t>(value >> 32);
}
}  // namespace

HostRegisters::HostRegisters(const spec::Build& build, HostBlocks& blocks)
    : build_(build), blocks_(blocks), divisor_(build.uart_divisor) {}

void HostRegisters::reset() {
  image_tag_ = until_low_ = until_high_ = run_tag_ = period_ = adapt_period_ = 0;
}

void HostRegisters::change_divisor() {
  divisor_ = *next_divisor_;
  next_divisor_.reset();
}

HostRegisters::Place HostRegisters::place(const BusRequest& request) const {
  const std::uint32_t address = request.address;
  if (address - spec::kRegisterBase < spec::kRegisters.size()) {
    return Place::reg;
  }
  if (address - spec::kRingInBase < 2 * build_.ring_in) {
    return Place::ring_in;
  }
  return address - spec::kRingOutBase < 2 * build_.ring_out ? Place::ring_out : Place::none;
}

Status HostRegisters::check(const BusRequest& request) const {
  const auto tile = spec::Tile::unpack(request.tile);
  const Place where = place(request);
  if (tile.x != 0 || tile.y != 0 || tile.reserved != 0 || where == Place::none) {
    return Status::bad_address;
  }
  if (!request.write || where == Place::ring_in) {
    return Status::ok;
  }
  if (where == Place::ring_out || !spec::kRegisters[request.address].writable) {
    return Status::read_only;
  }
  const auto reg = static_cast<Register>(request.address);
  if (reg == Register::run_tag && (image_tag_ == 0 || image_tag_ != request.data)) {
    return Status::refused;
  }
  const bool at_boundary =
      reg == Register::adapt_period || reg == Register::step_lo || reg == Register::step_hi;
  if (at_boundary && blocks_.step.running()) {
    return Status::running;
  }
  return bad_value(reg, request.data) ? Status::bad_value : Status::ok;
}

bool HostRegisters::bad_value(Register reg, std::uint32_t value) const {
  switch (reg) {
    case Register::uart_divisor:
      return value < spec::kUartDivisorMin || value > kDivisorMax;
    case Register::adapt_period:
      return value > kAdaptPeriodMax;
    case Register::ring_out_policy:
      return value > 1;
    case Register::irq_pending:
    case Register::irq_mask:
      return value > kInterruptAll;
    case Register::ring_in_write:
      return distance(blocks_.ring_in.write(), value) > 0 &&
             value - blocks_.ring_in.read() > build_.ring_in;
    case Register::ring_out_read:
      return distance(blocks_.ring_out.write(), value) > 0;
    default:
      return false;
  }
}

std::uint32_t HostRegisters::read(const BusRequest& request, std::uint64_t cycle) const {
  switch (place(request)) {
    case Place::reg:
      return read_register(static_cast<Register>(request.address), cycle);
    case Place::ring_in:
      return blocks_.ring_in.word(request.address - spec::kRingInBase);
    case Place::ring_out:
      return blocks_.ring_out.word(request.address - spec::kRingOutBase);
    case Place::none:
      break;
  }
  return 0;
}

std::uint32_t HostRegisters::read_register(Register reg, std::uint64_t cycle) const {
  if (reg < Register::uart_divisor) {
    return read_parameter(reg);
  }
  return reg < Register::cycle_lo ? read_host(reg) : read_counter(reg, cycle);
}

/// The registers that tell the build, MAGIC to FRAME_WORDS, in the order of their addresses.
std::uint32_t HostRegisters::read_parameter(Register reg) const {
  const std::array words{spec::kMagic,        spec::kSpecHash,
                         spec::kVersion,      build_.mesh_w | build_.mesh_h << 8,
                         build_.neurons,      build_.synapses,
                         build_.axons,        build_.fanouts,
                         build_.plastics,     build_.lanes,
                         build_.weight_bits,  build_.decay_bits,
                         build_.delay_max,    build_.router_depth,
                         build_.link_latency, build_.router_latency,
                         build_.tree_fan_in,  build_.tree_latency,
                         build_.core_depth,   build_.ring_in,
                         build_.ring_out,     build_.rx_buffer,
                         build_.frame_words};
  static_assert(words.size() == static_cast<std::size_t>(Register::uart_divisor));
  return words[static_cast<std::size_t>(reg)];
}

std::uint32_t HostRegisters::read_host(Register reg) const {
  const Step& step = blocks_.step;
  switch (reg) {
    case Register::uart_divisor:
      return divisor_;
    case Register::image_tag:
      return image_tag_;
    case Register::reset_nonce:
      return nonce_;
    case Register::run_until_lo:
      return until_low_;
    case Register::run_until_hi:
      return until_high_;
    case Register::run_tag:
      return run_tag_;
    case Register::pause:
      return step.paused() ? 1 : 0;
    case Register::period:
      return period_;
    case Register::adapt_period:
      return adapt_period_;
    case Register::status:
      return (step.running() ? 1u : 0u) | (step.learning() ? 2u : 0u);
    case Register::step_lo:
      return low(step.step());
    case Register::step_hi:
      return high(step.step());
    default:
      return 0;
  }
}

std::uint32_t HostRegisters::read_counter(Register reg, std::uint64_t cycle) const {
  switch (reg) {
    case Register::cycle_lo:
      return low(cycle);
    case Register::cycle_hi:
      return high(cycle);
    case Register::ring_in_write:
      return blocks_.ring_in.write();
    case Register::ring_in_read:
      return blocks_.ring_in.read();
    case Register::ring_out_write:
      return blocks_.ring_out.write();
    case Register::ring_out_read:
      return blocks_.ring_out.read();
    case Register::ring_out_policy:
      return static_cast<std::uint32_t>(blocks_.ring_out.policy());
    case Register::stretched:
      return blocks_.step.stretched();
    case Register::late_entries:
      return blocks_.step.late();
    case Register::bad_entries:
      return blocks_.step.bad();
    case Register::ring_out_lost:
      return blocks_.ring_out.lost();
    case Register::ring_out_stalls:
      return blocks_.ring_out_stalls.value(cycle);
    case Register::frames:
      return blocks_.bridge.frames();
    case Register::bad_frames:
      return blocks_.bridge.bad_frames();
    case Register::rx_overflows:
      return blocks_.rx_overflows;
    case Register::framing_errors:
      return blocks_.framing_errors;
    case Register::inject_stalls:
      return blocks_.inject_stalls.value(cycle);
    case Register::irq_pending:
      return blocks_.irq.pending(blocks_.ring_out.holds());
    case Register::irq_mask:
      return blocks_.irq.mask();
    default:
      return 0;
  }
}

bool HostRegisters::takes_ring_port(const BusRequest& request) const {
  return !request.write && place(request) == Place::ring_in;
}

bool HostRegisters::fetches(const BusRequest& request) const {
  const auto reg = static_cast<Register>(request.address);
  const bool count = reg >= Register::stretched && reg <= Register::inject_stalls;
  return !request.write && (place(request) != Place::reg || count);
}

bool HostRegisters::resets(const BusRequest& request) const {
  return request.write && place(request) == Place::reg &&
         static_cast<Register>(request.address) == Register::reset_nonce && request.data != nonce_;
}

void HostRegisters::write(const BusRequest& request, Step::State before) {
  if (place(request) == Place::ring_in) {
    blocks_.ring_in.set_word(request.address - spec::kRingInBase, request.data);
  } else {
    write_register(static_cast<Register>(request.address), request.data, before);
  }
}

void HostRegisters::write_register(Register reg, std::uint32_t value, Step::State before) {
  switch (reg) {
    case Register::uart_divisor:
      next_divisor_ = value;
      break;
    case Register::image_tag:
      image_tag_ = value;
      break;
    case Register::reset_nonce:
      nonce_ = value;
      break;
    case Register::run_until_lo:
      until_low_ = value;
      break;
    case Register::run_until_hi:
      until_high_ = value;
      break;
    case Register::run_tag:
      run_tag_ = value;
      break;
    case Register::period:
      period_ = value;
      break;
    case Register::adapt_period:
      adapt_period_ = value;
      break;
    default:
      break;
  }
  write_step(reg, value, before);
  write_rings(reg, value);
  write_irq(reg, value);
}

void HostRegisters::write_step(Register reg, std::uint32_t value, Step::State before) {
  Step& step = blocks_.step;
  if (reg == Register::run_tag) {
    step.run(std::uint64_t{until_high_} << 32 | until_low_, before);
  } else if (reg == Register::period) {
    step.renew();
  } else if (reg == Register::pause) {
    step.set_pause((value & 1) != 0);
  } else if (reg == Register::step_lo) {
    step.set_step((step.step() & ~std::uint64_t{0xFFFFFFFF}) | value);
  } else if (reg == Register::step_hi) {
    step.set_step(std::uint64_t{value} << 32 | low(step.step()));
  }
}

void HostRegisters::write_rings(Register reg, std::uint32_t value) {
  RingIn& in = blocks_.ring_in;
  if (reg == Register::ring_in_write && distance(in.write(), value) > 0) {
    in.set_write(value);
  } else if (reg == Register::ring_out_read) {
    blocks_.ring_out.advance_read(value);
  } else if (reg == Register::ring_out_policy) {
    blocks_.ring_out.set_policy(static_cast<spec::RingPolicy>(value));
  }
}

void HostRegisters::write_irq(Register reg, std::uint32_t value) {
  if (reg == Register::run_tag) {
    blocks_.irq.run_begins();
  } else if (reg == Register::irq_pending) {
    blocks_.irq.clear(value);
  } else if (reg == Register::irq_mask) {
    blocks_.irq.set_mask(value);
  }
}

}  // namespace spikemesh::model
