// SPDX-License-Identifier: Apache-2.0
#include "sim/stimulus/frame_driver.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <stdexcept>

#include "sim/stimulus/chances.hpp"

namespace spikemesh::sim {
namespace {

/// More than any answer takes: a byte over the slowest line, a bus time-out, a wipe.
constexpr std::uint64_t kPatience = 4'000'000;

std::string name(const Request& request) {
  return fmt::format("{} of {} words, tile 0x{:04x}, address 0x{:06x}", to_string(request.command),
                     request.length, request.tile, request.address);
}

}  // namespace

FrameDriver::FrameDriver(Device& device, Link link, Random& random, EventSink* also)
    : device_(device),
      link_(link),
      random_(random),
      wire_(device, link, also),
      sequence_(static_cast<std::uint16_t>(random.word())),
      gaps_(random.chance(kNoGaps) ? 0 : static_cast<unsigned>(random.below(30))),
      stutters_(random.chance(kNoStutter) ? 0 : static_cast<unsigned>(random.below(100))) {}

Reply FrameDriver::ask(const Request& request) { return ask_all({request}).front(); }

std::vector<Reply> FrameDriver::ask_all(std::vector<Request> requests, std::uint64_t rest,
                                        std::uint64_t more) {
  std::vector<Reply> replies;
  std::size_t sent = 0, in_flight = 0;
  std::vector<std::size_t> sizes;
  while (replies.size() < requests.size()) {
    while (sent < requests.size()) {
      requests[sent].sequence = ++sequence_;
      const std::vector<std::uint8_t> bytes = encode(requests[sent]);
      if (in_flight != 0 && in_flight + bytes.size() > device_.build().rx_buffer) break;
      send(bytes, rest + random_.below(more));
      in_flight += bytes.size();
      sizes.push_back(bytes.size());
      ++sent;
    }
    in_flight -= sizes[replies.size()];
    replies.push_back(next_reply(requests[replies.size()]));
  }
  return replies;
}

Reply FrameDriver::ask_raw(std::vector<std::uint8_t> content) {
  ++sequence_;
  content[1] = static_cast<std::uint8_t>(sequence_);
  content[2] = static_cast<std::uint8_t>(sequence_ >> 8);
  const auto byte = [&](std::size_t at) { return std::uint32_t{content[at]}; };
  const Request header{.sequence = sequence_,
                       .tile = static_cast<std::uint16_t>(byte(3) | byte(4) << 8),
                       .address = byte(5) | byte(6) << 8 | byte(7) << 16,
                       .length = static_cast<std::uint16_t>(byte(8) | byte(9) << 8),
                       .data = {}};
  send(wrap(std::move(content)));
  return next_reply(header);
}

std::vector<std::uint8_t> FrameDriver::wrap(std::vector<std::uint8_t> content) const {
  const auto crc =
      static_cast<std::uint32_t>(crc32(0, content.data(), static_cast<uInt>(content.size())));
  for (unsigned i = 0; i < spec::kCrcBytes; ++i)
    content.push_back(static_cast<std::uint8_t>(crc >> 8 * i));
  std::vector<std::uint8_t> wire{std::uint8_t{spec::kSlipEnd}};
  for (const std::uint8_t byte : content) {
    const bool escaped = byte == spec::kSlipEnd || byte == spec::kSlipEsc;
    if (escaped) wire.push_back(spec::kSlipEsc);
    wire.push_back(byte == spec::kSlipEnd ? std::uint8_t{spec::kSlipEscEnd}
                   : escaped              ? std::uint8_t{spec::kSlipEscEsc}
                                          : byte);
  }
  wire.push_back(spec::kSlipEnd);
  return wire;
}

void FrameDriver::flood(const Request& request, unsigned times) {
  Request each = request;
  for (unsigned i = 0; i < times; ++i) {
    each.sequence = ++sequence_;
    send(encode(each));
  }
  settle(kPatience);
  noise({});
  settle(kPatience);
  received_.clear();
}

void FrameDriver::send(const std::vector<std::uint8_t>& bytes, std::uint64_t rest) {
  std::uint64_t at = std::max(last_sent_, device_.cycle()) + rest +
                     (random_.chance(gaps_) ? random_.below(300) : 0);
  for (const std::uint8_t byte : bytes) {
    if (random_.chance(gaps_)) at += random_.below(random_.chance(kShortGap) ? 12 : 200);
    wire_.send({&byte, 1}, at);
  }
  last_sent_ = at;
}

void FrameDriver::noise(std::span<const std::uint8_t> bytes) {
  std::vector<std::uint8_t> all(bytes.begin(), bytes.end());
  all.push_back(spec::kSlipEnd);
  send(all);
}

void FrameDriver::bad_escape(const Request& request) {
  Request each = request;
  each.sequence = ++sequence_;
  std::vector<std::uint8_t> bytes = encode(each);
  const auto special = [](std::uint8_t byte) {
    return byte == spec::kSlipEnd || byte == spec::kSlipEsc || byte == spec::kSlipEscEnd ||
           byte == spec::kSlipEscEsc;
  };
  std::vector<std::size_t> places;  // bytes that no escape may precede, and none does
  for (std::size_t i = 1; i < bytes.size(); ++i) {
    if (!special(bytes[i]) && bytes[i - 1] != spec::kSlipEsc) places.push_back(i);
  }
  const std::size_t place = random_.chance(kEscapeAtEnd) ? bytes.size() - 1 : random_.pick(places);
  std::vector<std::uint8_t> extra{std::uint8_t{spec::kSlipEsc}};
  if (place + 1 != bytes.size() && random_.chance(kEscapeTwoBytes)) extra.push_back(0x11);
  bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(place), extra.begin(), extra.end());
  send(bytes);
}

void FrameDriver::glitches() {
  std::uint64_t at = device_.cycle();
  for (std::uint64_t left = 1 + random_.below(4); left > 0; --left) {
    at += 1 + random_.below(20);
    device_.set_rx(at, false);
    at += 1 + random_.below(random_.chance(kGlitch) ? 4 : 150);
    device_.set_rx(at, true);
  }
  const std::uint64_t quiet = at + 12ull * wire_.divisor();
  while (device_.cycle() < quiet && !wire_.idle()) slice(quiet - device_.cycle());
}

void FrameDriver::wait(std::uint64_t cycles) {
  const std::uint64_t until = device_.cycle() + cycles;
  while (device_.cycle() < until && !wire_.idle()) slice(until - device_.cycle());
}

void FrameDriver::settle(std::uint64_t patience) {
  wait(patience);
  if (!wire_.idle())
    throw std::runtime_error(fmt::format("the chip is still busy after {} cycles", patience));
}

void FrameDriver::slice(std::uint64_t cycles) {
  const std::uint64_t until =
      device_.cycle() + std::min<std::uint64_t>(cycles, 32 + random_.below(400));
  if (link_ == Link::bytes && random_.chance(stutters_)) stutter(until);
  for (const TimedByte& sent : wire_.run(until)) {
    if (!decoder_.push(sent.byte)) continue;
    const auto reply = parse_reply(decoder_.content());
    if (!reply)
      throw std::runtime_error(
          fmt::format("cycle {}: the chip sent a frame that is no reply", sent.cycle));
    received_.push_back(*reply);
  }
  if (decoder_.bad_frames() != 0) {
    throw std::runtime_error(
        fmt::format("the chip sent a broken frame before cycle {}", device_.cycle()));
  }
}

void FrameDriver::stutter(std::uint64_t until) {
  std::uint64_t at = std::max(device_.cycle(), ready_known_);
  while (at < until) {
    device_.set_ready(at, false);
    at += 1 + random_.below(random_.chance(kShortStutter) ? 6 : 60);
    device_.set_ready(at, true);
    at += 1 + random_.below(12);
  }
  ready_known_ = at;
}

Reply FrameDriver::next_reply(const Request& request) {
  const std::uint64_t give_up = device_.cycle() + kPatience;
  while (received_.empty()) {
    if (wire_.idle())
      throw std::runtime_error(
          fmt::format("the chip is idle and never answered a {}", name(request)));
    if (device_.cycle() >= give_up) {
      throw std::runtime_error(
          fmt::format("no answer to a {} in {} cycles", name(request), kPatience));
    }
    slice(give_up - device_.cycle());
  }
  const Reply reply = received_.front();
  received_.pop_front();
  ++replies_;
  if (reply.sequence != request.sequence || reply.tile != request.tile ||
      reply.address != request.address || reply.length != request.length) {
    throw std::runtime_error(fmt::format(
        "the reply to a {} names sequence {} (asked {}), tile 0x{:04x}, address 0x{:06x}",
        name(request), reply.sequence, request.sequence, reply.tile, reply.address));
  }
  return reply;
}

}  // namespace spikemesh::sim
