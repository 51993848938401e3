// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "sim/stimulus/random.hpp"
#include "sim/wire/wire.hpp"
#include "spikemesh/link/frame.hpp"

namespace spikemesh::sim {

/// A host as unruly as the protocol lets it be: raw frames over a Wire, with random gaps between
/// bytes, random back-pressure on the byte port, several frames in flight. Deterministic: all
/// chance comes from `random`. A chip that does not answer is a failure (std::runtime_error), not a
/// time-out.
class FrameDriver {
 public:
  FrameDriver(Device& device, Link link, Random& random, EventSink* also);

  /// Sends one frame and waits for its reply.
  Reply ask(const Request& request);
  /// Sends all, as many in flight as the receive buffer holds, and waits for all replies, which
  /// come in order. Before each the line rests for `rest` cycles, and for less than `more` again.
  std::vector<Reply> ask_all(std::vector<Request> requests, std::uint64_t rest = 0,
                             std::uint64_t more = 1);
  /// A frame whose header and data are any bytes: the CRC is right, the rest need not be. `content`
  /// is at least a header; bytes 1 and 2 become the sequence number.
  Reply ask_raw(std::vector<std::uint8_t> content);
  /// More requests than the receive buffer holds, without waiting; takes what answers come.
  void flood(const Request& request, unsigned times);
  /// Bytes that are no good frame; an END follows, so that the next frame is whole.
  void noise(std::span<const std::uint8_t> bytes);
  /// A whole frame but for a bad escape: an escape byte before one of its bytes or before its END,
  /// or an invalid escape inserted between two bytes. A receiver that passes the byte on, or drops
  /// both, or forgets the escape, finds a right CRC. No reply comes.
  void bad_escape(const Request& request);
  /// Pins: pulses on the line that are no bytes; the line is left high and quiet.
  void glitches();
  /// Lets the chip run for as long, or until it is idle.
  void wait(std::uint64_t cycles);
  /// Lets the chip run until it is idle; fails after `patience` cycles.
  void settle(std::uint64_t patience);

  std::uint64_t cycle() const { return device_.cycle(); }
  std::uint64_t replies() const { return replies_; }

 private:
  void send(const std::vector<std::uint8_t>& bytes, std::uint64_t rest = 0);
  void slice(std::uint64_t cycles);
  void stutter(std::uint64_t until);
  Reply next_reply(const Request& request);
  std::vector<std::uint8_t> wrap(std::vector<std::uint8_t> content) const;

  Device& device_;
  Link link_;
  Random& random_;
  Wire wire_;
  FrameDecoder decoder_;
  std::deque<Reply> received_;
  std::uint16_t sequence_;
  std::uint64_t last_sent_ = 0;    ///< no byte is offered before the one sent before it
  std::uint64_t ready_known_ = 0;  ///< back-pressure was chosen up to this cycle
  std::uint64_t replies_ = 0;
  unsigned gaps_,
      stutters_;  ///< percent of bytes with a gap before them, of slices with back-pressure
};

}  // namespace spikemesh::sim
