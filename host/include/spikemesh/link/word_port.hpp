// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "spikemesh/link/frame.hpp"
#include "spikemesh/link/transport.hpp"

namespace spikemesh {

/// How an access of some words ended.
struct WordResult {
  spec::Status status = spec::Status::ok;
  std::size_t done = 0;  ///< words before the one that has this status; all, if it is ok
};

/// A way for words to a chip and back: its word port (docs/blocks/bus.md), reached over the bus of
/// a simulation or of a machine. Addresses are of bytes and multiples of 4; words lie one behind
/// the other. Each word is accessed once, by rising address, and none after one that was refused.
class WordPort {
 public:
  virtual ~WordPort() = default;
  /// Reads as many words as `words` has, from byte `address` on.
  virtual WordResult read(std::uint32_t address, std::span<std::uint32_t> words) = 0;
  /// Writes the words from byte `address` on.
  virtual WordResult write(std::uint32_t address, std::span<const std::uint32_t> words) = 0;
  /// Lets time pass while nothing is accessed.
  virtual void wait(std::chrono::microseconds time) = 0;
};

/// A word port as a transport, so that Client and ChipMachine work over it as over a link: it does
/// what the frame bridge of the chip does with each frame. Nothing gets lost on the way.
class WordTransport final : public Transport {
 public:
  /// `port` has to outlive the transport.
  explicit WordTransport(WordPort& port) : port_(port) {}

  /// Returns when the chip has answered all frames that end in these bytes.
  void write(std::span<const std::uint8_t> bytes) override;
  std::size_t read(std::span<std::uint8_t> bytes, std::chrono::microseconds timeout) override;

 private:
  void execute(const Request& request);
  WordResult access(const Request& request, std::vector<std::uint32_t>& data);

  WordPort& port_;
  FrameDecoder decoder_;
  std::vector<std::uint8_t> replies_;  ///< bytes that were not read yet
};

}  // namespace spikemesh
