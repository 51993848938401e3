// SPDX-License-Identifier: Apache-2.0
#pragma once
// Drives a chip over its link as a host would, byte by byte, with a decoder of its own.

#include <doctest/doctest.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "sim/device/device.hpp"
#include "slip.hpp"

namespace spikemesh::test {

using Bytes = std::vector<std::uint8_t>;
using Words = std::vector<std::uint32_t>;

inline const spec::Build& named_build(std::string_view name) {
  for (const spec::NamedBuild& named : spec::kBuilds) {
    if (named.name == name) {
      return named.build;
    }
  }
  throw std::invalid_argument("no build " + std::string(name));
}

inline void put_crc(Bytes& bytes) { put(bytes, crc_of(bytes), 4); }

/// A whole request before SLIP. `length` of -1: the number of data words (reads: 1).
inline Bytes request(std::uint8_t head, std::uint16_t sequence, std::uint16_t tile,
                     std::uint32_t address, const Words& data, int length = -1) {
  Bytes raw{head};
  put(raw, sequence, 2);
  put(raw, tile, 2);
  put(raw, address, 3);
  put(raw,
      length >= 0 ? static_cast<std::uint32_t>(length)
                  : static_cast<std::uint32_t>(data.empty() ? 1 : data.size()),
      2);
  for (const std::uint32_t word : data) {
    put(raw, word, 4);
  }
  put_crc(raw);
  return raw;
}
/// Frames between ENDs, unescaped.
inline std::vector<Bytes> unslip(const Bytes& wire) {
  std::vector<Bytes> frames;
  Bytes frame;
  bool escape = false;
  for (const std::uint8_t byte : wire) {
    if (byte == 0xC0) {
      if (!frame.empty()) {
        frames.push_back(frame);
      }
      frame.clear();
    } else if (byte == 0xDB) {
      escape = true;
    } else {
      frame.push_back(!escape ? byte : byte == 0xDC ? 0xC0 : 0xDB);
      escape = false;
    }
  }
  return frames;
}

struct Reply {
  std::uint8_t head = 0;
  std::uint16_t sequence = 0;
  spec::Status status = spec::Status::ok;
  std::uint32_t done = 0;
  Words data;
};
inline Reply parse_reply(const Bytes& frame) {
  REQUIRE(frame.size() >= spec::kReplyHeader + spec::kCrcBytes);
  Bytes body(frame.begin(), frame.end() - spec::kCrcBytes);
  Bytes again = body;
  put_crc(again);
  REQUIRE(again == frame);
  Reply reply{body[0],
              static_cast<std::uint16_t>(get(body, 1, 2)),
              static_cast<spec::Status>(body[10]),
              get(body, 11, 2),
              {}};
  for (std::size_t at = spec::kReplyHeader; at < body.size(); at += 4) {
    reply.data.push_back(get(body, at, 4));
  }
  return reply;
}

/// Levels of an 8N1 line and back.
struct PinCodec {
  std::uint64_t divisor;
  std::vector<sim::PinChange> history{{0, true}};

  template <class Set>
  std::uint64_t send(std::uint64_t at, std::uint8_t byte, Set&& set, bool stop = true) const {
    set(at, false);
    for (unsigned bit = 0; bit < 8; ++bit) {
      set(at + (bit + 1) * divisor, (byte >> bit & 1) != 0);
    }
    set(at + 9 * divisor, stop);
    set(at + 10 * divisor, true);
    return at + 10 * divisor;
  }
  bool level(std::uint64_t cycle) const {
    bool level = true;
    for (const sim::PinChange& change : history) {
      level = change.cycle <= cycle ? change.level : level;
    }
    return level;
  }
  /// All whole bytes that start in `from` or later, with the cycle of their start edge.
  std::vector<sim::TimedByte> decode(std::uint64_t from = 0) const {
    std::vector<sim::TimedByte> bytes;
    std::uint64_t next = from;
    for (const sim::PinChange& change : history) {
      if (change.level || change.cycle < next) {
        continue;
      }
      std::uint8_t byte = 0;
      for (unsigned bit = 0; bit < 8; ++bit) {
        byte |= static_cast<std::uint8_t>(level(change.cycle + divisor / 2 + (bit + 1) * divisor)
                                          << bit);
      }
      bytes.push_back({change.cycle, byte});
      next = change.cycle + 9 * divisor + divisor / 2;
    }
    return bytes;
  }
};

/// Every event in order.
struct Log : EventSink {
  std::vector<Event> events;
  void on(const Event& event) override { events.push_back(event); }
  std::vector<Event> of(EventKind kind) const {
    std::vector<Event> found;
    for (const Event& event : events) {
      if (event.kind == kind) {
        found.push_back(event);
      }
    }
    return found;
  }
};

/// One request after another over the byte port.
class Bench {
 public:
  /// Waits for the wipe after power-on.
  explicit Bench(sim::Device& device) : device_(device) { device.advance(kWipe); }

  void send(const Bytes& wire) {
    for (const std::uint8_t byte : wire) {
      device_.offer(device_.cycle(), byte);
    }
  }
  /// Sends one frame and waits for its reply, at most `patience` cycles.
  Reply transact(const Bytes& raw, std::uint64_t patience = 1'000'000) {
    send(slip(raw));
    return receive(patience);
  }
  Reply receive(std::uint64_t patience = 1'000'000) {
    const std::uint64_t limit = device_.cycle() + patience;
    while (device_.cycle() < limit) {
      device_.advance(std::min(limit, device_.cycle() + 100));
      for (const sim::TimedByte& sent : device_.take_bytes()) {
        wire_.push_back(sent.byte);
      }
      const auto frames = unslip(wire_);
      if (!frames.empty() && wire_.back() == 0xC0) {
        wire_.clear();
        REQUIRE(frames.size() == 1);
        return parse_reply(frames[0]);
      }
    }
    FAIL("no reply within " << patience << " cycles");
    return {};
  }
  Reply read(std::uint16_t tile, std::uint32_t address, unsigned words = 1) {
    return transact(request(0x11, ++sequence_, tile, address, {}, static_cast<int>(words)));
  }
  Reply write(std::uint16_t tile, std::uint32_t address, const Words& data) {
    return transact(request(0x12, ++sequence_, tile, address, data));
  }
  std::uint32_t get(spec::Register reg) {
    const Reply reply = read(kHostTile, static_cast<std::uint32_t>(reg));
    REQUIRE(reply.status == spec::Status::ok);
    return reply.data.at(0);
  }
  spec::Status set(spec::Register reg, std::uint32_t value) {
    return write(kHostTile, static_cast<std::uint32_t>(reg), {value}).status;
  }
  /// Loads a tag and runs until `step`.
  void run_until(std::uint64_t step) {
    REQUIRE(set(spec::Register::image_tag, 7) == spec::Status::ok);
    const auto reply =
        write(kHostTile, static_cast<std::uint32_t>(spec::Register::run_until_lo),
              {static_cast<std::uint32_t>(step), static_cast<std::uint32_t>(step >> 32), 7});
    REQUIRE(reply.status == spec::Status::ok);
  }
  void entries(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& entries) {
    const std::uint32_t write_index = get(spec::Register::ring_in_write);
    const std::uint32_t depth = device_.build().ring_in;
    std::uint32_t index = write_index;
    for (const auto& [step, entry] : entries) {
      REQUIRE(write(kHostTile, spec::kRingInBase + 2 * (index++ % depth), {step, entry}).status ==
              spec::Status::ok);
    }
    REQUIRE(set(spec::Register::ring_in_write, index) == spec::Status::ok);
  }

 private:
  static constexpr std::uint64_t kWipe = 1'000'000;
  sim::Device& device_;
  Bytes wire_;
  std::uint16_t sequence_ = 0;
};

}  // namespace spikemesh::test
