// SPDX-License-Identifier: Apache-2.0
#include "fake_chip.hpp"

#include <algorithm>

#include "slip.hpp"

namespace spikemesh::test {
namespace {

using spec::Register;

enum : std::uint8_t {
  kOk = 0,
  kBadCommand = 1,
  kBadLength = 2,
  kBadAddress = 3,
  kBadValue = 4,
  kRunning = 5,
  kRefused = 6,
  kTimeout = 7,
  kReadOnly = 8
};

std::int32_t ahead(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b); }

}  // namespace

std::uint32_t slow_crc(std::span<const std::uint8_t> bytes) {
  std::uint32_t crc = ~0u;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int i = 0; i < 8; ++i) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0u);
  }
  return ~crc;
}

std::vector<std::uint8_t> slow_wrap(std::vector<std::uint8_t> content) {
  put(content, slow_crc(content), 4);
  return slip(content);
}

FakeChip::FakeChip(spec::Build build, std::uint32_t spec_hash)
    : build_(build), spec_hash_(spec_hash), registers_(spec::kRegisters.size()) {
  power_on();
  resets_ = 0;
}

void FakeChip::power_on() {
  registers_.assign(spec::kRegisters.size(), 0);
  received_.clear();
  reset_all();
}

void FakeChip::reset_all() {
  const std::uint32_t nonce = reg(Register::reset_nonce);
  registers_.assign(spec::kRegisters.size(), 0);
  const std::uint32_t constants[] = {spec::kMagic,        spec_hash_,
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
                                     build_.frame_words,  build_.uart_divisor};
  std::copy(std::begin(constants), std::end(constants), registers_.begin());
  set_reg(Register::reset_nonce, nonce);
  memory_.clear();
  ring_in_.assign(2 * build_.ring_in, 0);
  ring_out_.assign(2 * build_.ring_out, 0);
  running_ = false;
  step_ = until_ = 0;
  echoed_ = 0;
  held_ = false;
  clears_.clear();
  ++resets_;
}

std::uint32_t FakeChip::reg(Register which) const {
  return registers_[static_cast<std::uint32_t>(which)];
}
void FakeChip::set_reg(Register which, std::uint32_t value) {
  registers_[static_cast<std::uint32_t>(which)] = value;
}

std::uint32_t FakeChip::memory(std::uint16_t tile, std::uint32_t address) const {
  const auto found = memory_.find({tile, address});
  return found == memory_.end() ? 0 : found->second;
}

// ---- steps

/// One step, or as much of it as the spike-out ring takes; true when it is done.
bool FakeChip::step_once() {
  for (;;) {
    const std::uint32_t read = reg(Register::ring_in_read);
    if (read == reg(Register::ring_in_write)) {
      if (held_) return false;
      break;
    }
    held_ = false;
    const std::uint32_t at = 2 * (read % build_.ring_in);
    const std::int32_t later = ahead(ring_in_[at], static_cast<std::uint32_t>(step_));
    if (later > 0) break;
    const spec::Entry entry = spec::Entry::unpack(ring_in_[at + 1]);
    if (later < 0) {
      set_reg(Register::late_entries, reg(Register::late_entries) + 1);
    } else if (entry.kind == static_cast<std::uint32_t>(spec::EntryKind::clear)) {
      if (echoed_ > 0) {
        set_reg(Register::late_entries, reg(Register::late_entries) + 1);
      } else {
        clears_.emplace_back(step_, entry.payload);
      }
    } else if (entry.kind == static_cast<std::uint32_t>(spec::EntryKind::hold)) {
      held_ = true;
      set_reg(Register::ring_in_read, read + 1);
      continue;
    } else if (entry.payload == 0xffffff) {
      set_reg(Register::bad_entries, reg(Register::bad_entries) + 1);
    } else {
      const std::uint32_t out = reg(Register::ring_out_write);
      if (out - reg(Register::ring_out_read) >= build_.ring_out) {
        ++steps_stalled_;
        return false;
      }
      ring_out_[2 * (out % build_.ring_out)] = static_cast<std::uint32_t>(step_);
      ring_out_[2 * (out % build_.ring_out) + 1] = spec::Entry{.payload = entry.payload}.pack();
      set_reg(Register::ring_out_write, out + 1);
      ++echoed_;
    }
    set_reg(Register::ring_in_read, read + 1);
  }
  ++step_;
  echoed_ = 0;
  return true;
}

/// On to the next step that has an entry, or to the end of the run.
void FakeChip::jump() {
  std::uint64_t next = until_;
  const std::uint32_t read = reg(Register::ring_in_read);
  if (read != reg(Register::ring_in_write)) {
    const std::int32_t later =
        ahead(ring_in_[2 * (read % build_.ring_in)], static_cast<std::uint32_t>(step_));
    if (later >= 0) next = std::min(next, step_ + static_cast<std::uint32_t>(later));
  }
  step_ = std::max(step_, next);
}

void FakeChip::advance(std::uint64_t microseconds) {
  now_ = microseconds;
  if (jumps && running_ && !held_) jump();
  while (running_ && next_step_at_ <= now_) {
    if (step_ >= until_ || (reg(Register::pause) != 0 && !held_)) {
      running_ = false;
    } else if (step_once()) {
      next_step_at_ += step_time;
    } else {
      next_step_at_ = now_ + 1;
    }
  }
  set_reg(Register::status, running_ ? 1 : 0);
  set_reg(Register::step_lo, static_cast<std::uint32_t>(step_));
  set_reg(Register::step_hi, static_cast<std::uint32_t>(step_ >> 32));
  set_reg(Register::cycle_lo, static_cast<std::uint32_t>(now_ * 100));
  set_reg(Register::cycle_hi, static_cast<std::uint32_t>(now_ * 100 >> 32));
}

// ---- words

std::uint8_t FakeChip::check_tile(std::uint16_t tile, std::uint32_t address) const {
  const std::uint32_t x = tile & 63u, y = tile >> 6 & 63u;
  if (tile >> 12 != 0 || x >= build_.mesh_w || y >= build_.mesh_h || address >> 20 != 0) {
    return kBadAddress;
  }
  const std::uint32_t sizes[] = {build_.synapses,
                                 build_.axons,
                                 build_.fanouts,
                                 8 * build_.neurons,
                                 4 * build_.neurons,
                                 (build_.delay_max + 1) * build_.neurons,
                                 10,
                                 32,
                                 1024,
                                 build_.plastics,
                                 build_.neurons,
                                 build_.axons,
                                 build_.neurons};
  const std::uint32_t region = address >> 16;
  if (region > 12 || (address & 0xffffu) >= sizes[region]) return kBadAddress;
  return mesh_dead ? kTimeout : running_ ? kRunning : kOk;
}

std::uint8_t FakeChip::read_word(std::uint16_t tile, std::uint32_t address, std::uint32_t& value) {
  if (tile != 0x8000) {
    const std::uint8_t status = check_tile(tile, address);
    value = address == stuck_address ? 0 : memory(tile, address);
    return status;
  }
  if (address < registers_.size()) {
    const auto lie = lies.find(static_cast<Register>(address));
    value = lie == lies.end() ? registers_[address] : lie->second();
  } else if (address - spec::kRingInBase < ring_in_.size()) {
    value = ring_in_[address - spec::kRingInBase];
  } else if (address - spec::kRingOutBase < ring_out_.size()) {
    value = ring_out_[address - spec::kRingOutBase];
  } else {
    return kBadAddress;
  }
  return kOk;
}

std::uint8_t FakeChip::write_word(std::uint16_t tile, std::uint32_t address, std::uint32_t value) {
  if (tile != 0x8000) {
    const std::uint8_t status = check_tile(tile, address);
    if (status != kOk) return status;
    if (address >> 16 == 6) return kReadOnly;
    memory_[{tile, address}] = value;
    return kOk;
  }
  if (address < registers_.size()) return write_register(address, value);
  if (address - spec::kRingInBase < ring_in_.size()) {
    ring_in_[address - spec::kRingInBase] = value;
    return kOk;
  }
  return address - spec::kRingOutBase < ring_out_.size() ? kReadOnly : kBadAddress;
}

std::uint8_t FakeChip::write_register(std::uint32_t address, std::uint32_t value) {
  if (!spec::kRegisters[address].writable) return kReadOnly;
  const auto which = static_cast<Register>(address);
  switch (which) {
    case Register::reset_nonce:
      if (value == reg(which)) return kOk;
      set_reg(which, value);
      reset_all();
      return kOk;
    case Register::run_tag:
      if (reg(Register::image_tag) == 0 || value != reg(Register::image_tag)) return kRefused;
      until_ = std::uint64_t{reg(Register::run_until_hi)} << 32 | reg(Register::run_until_lo);
      set_reg(Register::pause, 0);
      if (!running_) next_step_at_ = now_ + step_time;
      running_ = true;
      break;
    case Register::ring_in_write:
      if (ahead(value, reg(which)) <= 0) return kOk;
      if (value - reg(Register::ring_in_read) > build_.ring_in) return kBadValue;
      break;
    case Register::ring_out_read:
      if (ahead(value, reg(Register::ring_out_write)) > 0) return kBadValue;
      if (ahead(value, reg(which)) <= 0) return kOk;
      break;
    case Register::adapt_period:
      if (running_) return kRunning;
      if (value > 31) return kBadValue;
      break;
    case Register::step_lo:
    case Register::step_hi:
      if (running_) return kRunning;
      step_ = which == Register::step_lo ? (step_ & ~0xffffffffull) | value
                                         : (step_ & 0xffffffffull) | std::uint64_t{value} << 32;
      break;
    default:
      break;
  }
  set_reg(which, value);
  return kOk;
}

// ---- frames

std::vector<std::uint8_t> FakeChip::take(std::uint8_t byte) {
  if (byte == 0xC0) {
    std::vector<std::uint8_t> reply;
    const bool empty = received_.empty() && !escape_ && !bad_;
    if (!empty) {
      // The CRC of a frame followed by its own CRC is a constant.
      if (!bad_ && !escape_ && received_.size() >= 14 && slow_crc(received_) == 0x2144DF1Cu) {
        ++frames_;
        reply = execute(std::span(received_).first(received_.size() - 4));
      } else {
        ++bad_frames_;
      }
    }
    received_.clear();
    escape_ = bad_ = false;
    return reply;
  }
  if (escape_) {
    escape_ = false;
    if (byte == 0xDC) {
      received_.push_back(0xC0);
    } else if (byte == 0xDD) {
      received_.push_back(0xDB);
    } else {
      bad_ = true;
    }
  } else if (byte == 0xDB) {
    escape_ = true;
  } else if (received_.size() < 8191) {
    received_.push_back(byte);
  }
  return {};
}

std::vector<std::uint8_t> FakeChip::execute(std::span<const std::uint8_t> in) {
  const auto get = [&](std::size_t at, int bytes) {
    std::uint32_t value = 0;
    for (int i = 0; i < bytes; ++i) value |= std::uint32_t{in[at + i]} << 8 * i;
    return value;
  };
  advance(now_);
  const std::uint8_t type = in[0];
  const auto tile = static_cast<std::uint16_t>(get(3, 2));
  const std::uint32_t address = get(5, 3), length = get(8, 2);
  const bool write = type == (spec::kVersion << 4 | 2), read = type == (spec::kVersion << 4 | 1);
  std::uint8_t status = kOk;
  std::uint32_t done = 0;
  std::vector<std::uint32_t> words;
  if (!write && !read) {
    status = kBadCommand;
  } else if (length == 0 || length > build_.frame_words ||
             in.size() != 10 + (write ? 4 * length : 0)) {
    status = kBadLength;
  }
  while (status == kOk && done < length) {
    std::uint32_t word = 0;
    status = write ? write_word(tile, address + done, get(10 + 4 * done, 4))
                   : read_word(tile, address + done, word);
    if (status != kOk) break;
    if (read) words.push_back(word);
    ++done;
  }
  std::vector<std::uint8_t> out(in.begin(), in.begin() + 10);
  out[0] |= 8;
  out.push_back(status);
  out.push_back(static_cast<std::uint8_t>(done));
  out.push_back(static_cast<std::uint8_t>(done >> 8));
  if (read && status == kOk) {
    for (const std::uint32_t word : words) {
      for (int i = 0; i < 4; ++i) out.push_back(static_cast<std::uint8_t>(word >> 8 * i));
    }
  }
  return slow_wrap(std::move(out));
}

}  // namespace spikemesh::test
