// SPDX-License-Identifier: Apache-2.0
#include "fake_wire.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "spikemesh/error.hpp"

namespace spikemesh::test {

Client Bench::client(ClientOptions options) {
  options.now = [this] { return ClientOptions::Clock::time_point(std::chrono::microseconds(now)); };
  if (!options.seed) options.seed = random();
  return Client(std::make_unique<FakeWire>(*this), std::move(options));
}

/// Puts one byte on a line, or what the faults leave of it.
void FakeWire::put(std::deque<Timed>& line, std::uint64_t& free_at, std::uint64_t from,
                   std::uint8_t byte) {
  const Faults faults = bench_.hurt_requests || &line != &to_chip_ ? bench_.faults : Faults{};
  const auto chance = [&](double p) {
    return p > 0 && std::uniform_real_distribution<>(0, 1)(bench_.random) < p && ++bench_.faulted;
  };
  free_at = std::max(free_at, from) + bench_.byte_time;
  if (bench_.mute || chance(faults.drop)) return;
  if (chance(faults.flip)) byte = static_cast<std::uint8_t>(byte ^ (1u << bench_.random() % 8));
  if (chance(faults.delay)) free_at += bench_.random() % 50'000;
  line.push_back({free_at, byte});
  if (chance(faults.twice)) {
    free_at += bench_.byte_time;
    line.push_back({free_at, byte});
  }
}

void FakeWire::write(std::span<const std::uint8_t> bytes) {
  if (bench_.gone) throw TransportError("fake wire: the other end is gone");
  for (const std::uint8_t byte : bytes) {
    if (sent_.push(byte)) watch_request(sent_.content());
    put(to_chip_, line_in_free_, bench_.now, byte);
  }
}

std::uint64_t FakeWire::next_event() const {
  std::uint64_t at = ~0ull;
  if (!to_host_.empty()) at = std::min(at, to_host_.front().at);
  if (!to_chip_.empty()) at = std::min(at, to_chip_.front().at);
  if (!buffer_.empty()) at = std::min(at, std::max(chip_free_, bench_.now));
  return at;
}

/// Bytes that have arrived enter the receive buffer; a chip that is free eats them.
void FakeWire::chip_side() {
  while (!to_chip_.empty() && to_chip_.front().at <= bench_.now) {
    if (buffer_.size() < bench_.rx_buffer) {
      buffer_.push_back(to_chip_.front().byte);
    } else {
      ++bench_.overflows;
    }
    to_chip_.pop_front();
    bench_.most_buffered = std::max(bench_.most_buffered, buffer_.size());
  }
  bench_.chip.advance(bench_.now);
  while (!buffer_.empty() && chip_free_ <= bench_.now) {
    const auto reply = bench_.chip.take(buffer_.front());
    buffer_.pop_front();
    if (bench_.chip.frames() >= bench_.power_fails_at) {
      bench_.power_fails_at = ~0ull;
      bench_.chip.power_on();
      buffer_.clear();
      return;
    }
    if (reply.empty()) continue;
    std::vector<std::uint8_t> bytes;
    if (bench_.before_reply) bytes = bench_.before_reply();
    bytes.insert(bytes.end(), reply.begin(), reply.end());
    for (const std::uint8_t byte : bytes) {
      put(to_host_, line_out_free_, bench_.now + bench_.exec_time, byte);
    }
    chip_free_ = line_out_free_;
  }
}

std::size_t FakeWire::read(std::span<std::uint8_t> bytes, std::chrono::microseconds timeout) {
  if (bench_.gone) throw TransportError("fake wire: the other end is gone");
  const std::uint64_t until = bench_.now + static_cast<std::uint64_t>(timeout.count());
  for (;;) {
    chip_side();
    std::size_t count = 0;
    while (count < bytes.size() && !to_host_.empty() && to_host_.front().at <= bench_.now) {
      bytes[count++] = to_host_.front().byte;
      to_host_.pop_front();
    }
    for (const std::uint8_t byte : bytes.first(count)) {
      if (delivered_.push(byte)) watch_reply(delivered_.content());
    }
    if (count > 0) return count;
    const std::uint64_t next = next_event();
    bench_.now = std::min(std::max(next, bench_.now), until);
    if (next > until) {
      chip_side();
      return 0;
    }
  }
}

// ---- the rule: a write to a register goes alone, after everything before it was answered

void FakeWire::watch_request(std::span<const std::uint8_t> content) {
  auto request = parse_request(content);
  if (!request) {
    bench_.violations.push_back("a frame went out that is no request");
    return;
  }
  ++bench_.requests;
  const bool magic = request->command == spec::Command::read && request->tile == 0x8000 &&
                     request->address == 0 && request->length == 1;
  if (magic) return;  // a constant: commutes with everything
  const bool control = is_control({request->command, request->tile, request->address});
  bench_.control_writes += control;
  for (const Word& other : open_) {
    const auto [command, tile, address] = other;
    const bool own = command == request->command && tile == request->tile &&
                     address - request->address < request->length;
    if (own || (!control && !is_control(other))) continue;
    bench_.violations.push_back(
        fmt::format("{} words of {:#x} in tile {:#x} went out while word {:#x} of tile {:#x} was "
                    "not answered",
                    request->length, request->address, request->tile, address, tile));
    break;
  }
  for (std::uint32_t i = 0; i < request->length; ++i) {
    open_.insert({request->command, request->tile, request->address + i});
  }
  request->data.clear();
  by_sequence_[request->sequence] = *request;
}

bool FakeWire::is_control(const Word& word) {
  const auto [command, tile, address] = word;
  return command == spec::Command::write && tile == 0x8000 && address < spec::kRingInBase;
}

void FakeWire::watch_reply(std::span<const std::uint8_t> content) {
  const auto reply = parse_reply(content);
  if (!reply) return;
  const auto found = by_sequence_.find(reply->sequence);
  if (found == by_sequence_.end()) return;
  const Request& asked = found->second;
  if (asked.command != reply->command || asked.tile != reply->tile ||
      asked.address != reply->address || asked.length != reply->length) {
    return;
  }
  for (std::uint32_t i = 0; i < asked.length; ++i) {
    open_.erase({asked.command, asked.tile, asked.address + i});
  }
}

}  // namespace spikemesh::test
