// SPDX-License-Identifier: Apache-2.0
#pragma once
// A chip as far as the link sees it, written from docs/protocol.md and docs/blocks apart from host
// and model: frames, registers, rings, memories. Its network is an echo: a spike put in at step t
// on payload p comes out at step t with label p.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "spikemesh/spec.hpp"

namespace spikemesh::test {

class FakeChip {
 public:
  explicit FakeChip(spec::Build build, std::uint32_t spec_hash = spec::kSpecHash);

  /// One byte from the wire; the bytes of a reply if it ended a frame that gets one.
  std::vector<std::uint8_t> take(std::uint8_t byte);
  /// Runs the steps that are due at `microseconds`.
  void advance(std::uint64_t microseconds);
  /// The power went away for a moment.
  void power_on();

  // settings
  std::uint64_t step_time = 10;                ///< microseconds a step takes
  bool jumps = false;                          ///< steps without entries take no time
  std::optional<std::uint32_t> stuck_address;  ///< this word of every tile reads as 0
  bool mesh_dead = false;                      ///< tile memories answer `timeout`
  std::map<spec::Register, std::function<std::uint32_t()>> lies;  ///< what these registers read as

  // for the eyes of tests
  std::uint32_t memory(std::uint16_t tile, std::uint32_t address) const;
  const std::map<std::pair<std::uint16_t, std::uint32_t>, std::uint32_t>& memories() const {
    return memory_;
  }
  std::uint32_t reg(spec::Register which) const;
  void set_reg(spec::Register which, std::uint32_t value);
  void set_memory(std::uint16_t tile, std::uint32_t address, std::uint32_t value) {
    memory_[{tile, address}] = value;
  }
  std::uint64_t frames() const { return frames_; }
  std::uint64_t bad_frames() const { return bad_frames_; }
  std::uint64_t resets() const { return resets_; }
  std::uint64_t steps_stalled() const { return steps_stalled_; }
  const std::vector<std::pair<std::uint64_t, std::uint32_t>>& clears() const { return clears_; }

 private:
  struct Frame;
  std::vector<std::uint8_t> execute(std::span<const std::uint8_t> content);
  std::uint8_t read_word(std::uint16_t tile, std::uint32_t address, std::uint32_t& value);
  std::uint8_t write_word(std::uint16_t tile, std::uint32_t address, std::uint32_t value);
  std::uint8_t write_register(std::uint32_t address, std::uint32_t value);
  std::uint8_t check_tile(std::uint16_t tile, std::uint32_t address) const;
  bool step_once();
  void jump();
  void reset_all();

  spec::Build build_;
  std::uint32_t spec_hash_;
  std::map<std::pair<std::uint16_t, std::uint32_t>, std::uint32_t> memory_;
  std::vector<std::uint32_t> registers_;
  std::vector<std::uint32_t> ring_in_, ring_out_;
  std::vector<std::uint8_t> received_;
  bool escape_ = false, bad_ = false;
  bool running_ = false;
  std::uint64_t step_ = 0, until_ = 0, now_ = 0, next_step_at_ = 0;
  std::size_t echoed_ = 0;  ///< of the step under way
  bool held_ = false;       ///< the entry taken last was a hold
  std::uint64_t frames_ = 0, bad_frames_ = 0, resets_ = 0, steps_stalled_ = 0;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> clears_;
};

/// CRC-32 bit by bit.
std::uint32_t slow_crc(std::span<const std::uint8_t> bytes);
/// Adds the CRC and wraps it in SLIP.
std::vector<std::uint8_t> slow_wrap(std::vector<std::uint8_t> content);

}  // namespace spikemesh::test
