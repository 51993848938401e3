// SPDX-License-Identifier: Apache-2.0
#pragma once
// Frames of the link as bytes (docs/protocol.md): SLIP around header, data and CRC-32. No input or
// output here.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "spikemesh/spec.hpp"

namespace spikemesh {

/// What the host asks. A write carries `length` words of data, a read none.
struct Request {
  spec::Command command = spec::Command::read;
  std::uint16_t sequence = 0;
  std::uint16_t tile = 0;     ///< spec::Tile::pack()
  std::uint32_t address = 0;  ///< word address, 24 bit
  std::uint16_t length = 0;   ///< words, 1..FRAME_WORDS
  std::vector<std::uint32_t> data;

  bool operator==(const Request&) const = default;
};

/// What the chip answers: the request's header, how it ended, and the words of a good read.
struct Reply {
  std::uint8_t version = spec::kVersion;
  spec::Command command = spec::Command::read;
  std::uint16_t sequence = 0;
  std::uint16_t tile = 0;
  std::uint32_t address = 0;
  std::uint16_t length = 0;
  spec::Status status = spec::Status::ok;
  std::uint16_t done = 0;  ///< words executed
  std::vector<std::uint32_t> data;

  bool operator==(const Reply&) const = default;
};

/// Bytes on the wire, from END to END. Throws std::invalid_argument when data and length disagree.
std::vector<std::uint8_t> encode(const Request& request);
/// The same for a reply. Only a read with status ok has data.
std::vector<std::uint8_t> encode(const Reply& reply);

/// Bytes that `encode(request)` has.
std::size_t encoded_size(const Request& request);

/// Most bytes that a frame with `words` words of data can take, every byte escaped.
constexpr std::size_t largest_request(std::size_t words) {
  return 2 + 2 * (spec::kFrameHeader + 4 * words + spec::kCrcBytes);
}

/// A frame's content (without CRC) as a request or a reply; nothing if it is none.
std::optional<Request> parse_request(std::span<const std::uint8_t> content);
/// The same for a reply.
std::optional<Reply> parse_reply(std::span<const std::uint8_t> content);

/// Takes bytes as they come and hands out the content of whole frames with a right CRC.
/// Whatever came before, the byte after an END starts a frame. A frame that grows beyond `limit`
/// bytes is dropped.
class FrameDecoder {
 public:
  /// `limit`: bytes of a frame, without escapes.
  explicit FrameDecoder(std::size_t limit = 1 << 16) : limit_(limit) {}

  /// One byte; true when it ended a good frame, whose content is then in content() until the next
  /// push.
  bool push(std::uint8_t byte);
  /// Header and data of the frame that ended, CRC taken off.
  std::span<const std::uint8_t> content() const { return content_; }
  /// Frames dropped: too short, too long, a wrong escape or CRC.
  std::uint64_t bad_frames() const { return bad_frames_; }

 private:
  bool end_frame();

  std::size_t limit_;
  std::vector<std::uint8_t> bytes_;
  std::vector<std::uint8_t> content_;
  bool escape_ = false;
  bool bad_ = false;
  std::uint64_t bad_frames_ = 0;
};

}  // namespace spikemesh
