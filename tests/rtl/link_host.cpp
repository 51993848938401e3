// SPDX-License-Identifier: Apache-2.0
#include "rtl/link_host.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "spikemesh/spec.hpp"

namespace spikemesh::test {
namespace {

Reply parse(const std::vector<std::uint8_t>& frame) {
  if (frame.size() < spec::kReplyHeader + spec::kCrcBytes) {
    throw std::runtime_error(fmt::format("reply of {} bytes is too short", frame.size()));
  }
  const std::size_t end = frame.size() - spec::kCrcBytes;
  if (get(frame, end, 4) != crc_of({frame.data(), end}))
    throw std::runtime_error("reply with a wrong CRC");
  Reply reply{frame[0],
              static_cast<std::uint16_t>(get(frame, 1, 2)),
              static_cast<std::uint16_t>(get(frame, 3, 2)),
              get(frame, 5, 3),
              static_cast<std::uint16_t>(get(frame, 8, 2)),
              frame[10],
              static_cast<std::uint16_t>(get(frame, 11, 2)),
              {}};
  for (std::size_t at = spec::kReplyHeader; at < end; at += 4)
    reply.data.push_back(get(frame, at, 4));
  return reply;
}

}  // namespace

std::vector<std::uint8_t> frame_of(const Request& request) {
  std::vector<std::uint8_t> bytes{request.first};
  put(bytes, request.sequence, 2);
  put(bytes, request.tile, 2);
  put(bytes, request.address, 3);
  put(bytes, request.length, 2);
  for (const std::uint32_t word : request.data) put(bytes, word, 4);
  put(bytes, crc_of(bytes), 4);
  return bytes;
}

std::vector<Event> EventLog::of(EventKind kind, std::uint16_t tile) const {
  std::vector<Event> some;
  for (const Event& event : events) {
    if (event.kind == kind && event.tile == tile) some.push_back(event);
  }
  return some;
}

void LinkHost::send(std::span<const std::uint8_t> bytes) {
  next_ = std::max(next_, device_.cycle());
  for (const std::uint8_t byte : bytes) {
    if (link_ == sim::Link::bytes) {
      device_.offer(next_, byte);
      continue;
    }
    const std::uint32_t bits = 1u << 9 | std::uint32_t{byte} << 1;  // start, data, stop
    for (unsigned i = 0; i < 10; ++i) device_.set_rx(next_ + i * divisor_, bits >> i & 1);
    next_ += 10 * divisor_;
  }
}

void LinkHost::collect() {
  if (link_ == sim::Link::bytes) {
    for (const sim::TimedByte& byte : device_.take_bytes()) received_.push_back(byte.byte);
  } else {
    for (const sim::PinChange& change : device_.take_tx()) changes_.push_back(change);
    decode_pins();
  }
}

void LinkHost::decode_pins() {
  while (!changes_.empty() &&
         device_.cycle() > changes_.front().cycle + 9 * divisor_ + divisor_ / 2) {
    const std::uint64_t start = changes_.front().cycle;
    if (changes_.front().level)
      throw std::runtime_error(fmt::format("tx: no start bit at cycle {}", start));
    std::uint32_t bits = 0;
    for (unsigned i = 0; i < 10; ++i) {
      while (!changes_.empty() && changes_.front().cycle <= start + i * divisor_ + divisor_ / 2) {
        level_ = changes_.front().level;
        changes_.pop_front();
      }
      bits |= std::uint32_t{level_} << i;
    }
    if ((bits & 1) || !(bits >> 9))
      throw std::runtime_error(fmt::format("tx: framing at cycle {}", start));
    received_.push_back(static_cast<std::uint8_t>(bits >> 1));
  }
}

std::optional<Reply> LinkHost::receive(std::uint64_t patience) {
  const std::uint64_t limit = std::max(next_, device_.cycle()) + patience;
  std::vector<std::uint8_t> frame;
  for (bool escaped = false;;) {
    for (; used_ < received_.size(); ++used_) {
      const std::uint8_t byte = received_[used_];
      if (byte == 0xC0) {
        if (frame.empty()) continue;
        ++used_;
        return parse(frame);
      }
      if (byte == 0xDB) {
        escaped = true;
        continue;
      }
      frame.push_back(!escaped ? byte : byte == 0xDC ? 0xC0 : 0xDB);
      escaped = false;
    }
    if (device_.cycle() >= limit) return std::nullopt;
    const std::uint64_t before = device_.cycle();
    device_.advance(std::min(limit, before + 100));
    collect();
    if (device_.cycle() == before && used_ == received_.size() && changes_.empty())
      return std::nullopt;
  }
}

Reply LinkHost::call(const Request& request) {
  send(slip(frame_of(request)));
  const std::optional<Reply> reply = receive();
  if (!reply) throw std::runtime_error(fmt::format("no reply to address {:#x}", request.address));
  if (reply->sequence != request.sequence || reply->tile != request.tile ||
      reply->address != request.address || reply->length != request.length ||
      reply->first != (request.first | 8)) {
    throw std::runtime_error(
        fmt::format("reply to address {:#x} does not echo the request", request.address));
  }
  return *reply;
}

std::uint32_t LinkHost::read(std::uint32_t address, std::uint16_t tile) {
  const Reply reply =
      call({.first = 0x11, .sequence = ++sequence_, .tile = tile, .address = address});
  if (reply.status != 0)
    throw std::runtime_error(fmt::format("read of {:#x}: status {}", address, reply.status));
  return reply.data.at(0);
}

std::uint8_t LinkHost::write(std::uint32_t address, std::vector<std::uint32_t> data,
                             std::uint16_t tile) {
  const auto length = static_cast<std::uint16_t>(data.size());
  return call({.first = 0x12,
               .sequence = ++sequence_,
               .tile = tile,
               .address = address,
               .length = length,
               .data = std::move(data)})
      .status;
}

void LinkHost::wait_boundary() {
  while (read(static_cast<std::uint32_t>(spec::Register::status)) & 1) {
  }
}

}  // namespace spikemesh::test
