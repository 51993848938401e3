// SPDX-License-Identifier: Apache-2.0
#pragma once
// A wire between host and fake chip in a time of its own, with faults, and an eye on the rules of
// the link.

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "fake_chip.hpp"
#include "spikemesh/link/client.hpp"
#include "spikemesh/link/transport.hpp"

namespace spikemesh::test {

/// Chance of each fault a byte, either way.
struct Faults {
  double drop = 0, flip = 0, twice = 0, delay = 0;
};

/// Everything that a test looks at; it lives longer than the transport that the client owns.
struct Bench {
  Bench(const spec::Build& build, std::uint64_t seed, std::uint32_t spec_hash = spec::kSpecHash)
      : chip(build, spec_hash), rx_buffer(build.rx_buffer), random(seed) {}

  FakeChip chip;
  std::uint32_t rx_buffer;
  std::mt19937_64 random;
  Faults faults;
  bool hurt_requests = true;     ///< else only replies meet the faults
  std::uint64_t byte_time = 10;  ///< microseconds a byte takes on the wire
  std::uint64_t exec_time = 20;  ///< microseconds between a frame's end and its reply's begin
  bool mute = false;             ///< nothing passes, either way
  bool gone = false;             ///< the other end has closed
  std::uint64_t power_fails_at =
      ~0ull;  ///< frames that the chip executes before its power fails, once
  std::function<std::vector<std::uint8_t>()>
      before_reply;  ///< bytes put on the wire before each reply

  // seen
  std::uint64_t now = 0;                ///< microseconds
  std::size_t most_buffered = 0;        ///< bytes in the chip's receive buffer at the worst moment
  std::uint64_t overflows = 0;          ///< bytes that found it full
  std::uint64_t faulted = 0;            ///< bytes hurt
  std::uint64_t control_writes = 0;     ///< register writes that went out
  std::uint64_t requests = 0;           ///< frames that went out
  std::vector<std::string> violations;  ///< of "a register write goes alone"

  /// A client on this wire, with time-outs that fit it; its time is the wire's.
  Client client(ClientOptions options = {});
};

class FakeWire final : public Transport {
 public:
  explicit FakeWire(Bench& bench) : bench_(bench) {}
  void write(std::span<const std::uint8_t> bytes) override;
  std::size_t read(std::span<std::uint8_t> bytes, std::chrono::microseconds timeout) override;

 private:
  struct Timed {
    std::uint64_t at;
    std::uint8_t byte;
  };
  using Word = std::tuple<spec::Command, std::uint16_t, std::uint32_t>;  // command, tile, address

  void put(std::deque<Timed>& line, std::uint64_t& free_at, std::uint64_t from, std::uint8_t byte);
  void chip_side();
  std::uint64_t next_event() const;
  static bool is_control(const Word& word);
  void watch_request(std::span<const std::uint8_t> content);
  void watch_reply(std::span<const std::uint8_t> content);

  Bench& bench_;
  std::deque<Timed> to_chip_, to_host_;
  std::deque<std::uint8_t> buffer_;  ///< the chip's receive buffer
  std::uint64_t line_in_free_ = 0, line_out_free_ = 0, chip_free_ = 0;
  FrameDecoder sent_, delivered_;
  std::map<unsigned, Request> by_sequence_;  ///< without data
  std::set<Word> open_;                      ///< words asked for and not answered
};

}  // namespace spikemesh::test
