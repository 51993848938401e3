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

/// A request of the host. A write carries `length` words of data, a read none.
struct Request {
  spec::Command command = spec::Command::read;
  std::uint16_t sequence = 0;
  std::uint16_t tile = 0;     ///< spec::Tile::pack()
  std::uint32_t address = 0;  ///< word address, 24 bit
  std::uint16_t length = 0;   ///< words, 1..FRAME_WORDS
  std::vector<std::uint32_t> data;

  bool operator==(const Request&) const = default;
};

/// A reply of the chip: the header of the request, the status, and the data of a good read.
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

/// The bytes of a frame on the link, from END to END. Throws std::invalid_argument when data and
/// length disagree.
std::vector<std::uint8_t> encode(const Request& request);
/// The same for a reply. Only a read with status ok has data.
std::vector<std::uint8_t> encode(const Reply& reply);

/// Number of bytes of `encode(request)`.
std::size_t encoded_size(const Request& request);

/// Largest number of bytes of a frame with `words` words of data, with every byte escaped.
constexpr std::size_t largest_request(std::size_t words) {
  return 2 + 2 * (spec::kFrameHeader + 4 * words + spec::kCrcBytes);
}

/// The content of a frame (without CRC) as a request; nothing if it is not a request.
std::optional<Request> parse_request(std::span<const std::uint8_t> content);
/// The same for a reply.
std::optional<Reply> parse_reply(std::span<const std::uint8_t> content);

/// Takes bytes as they arrive, and gives the content of whole frames with a correct CRC.
/// Whatever came before, the byte after an END starts a frame. A frame that grows beyond `limit`
/// bytes is dropped.
class FrameDecoder {
 public:
  /// `limit`: bytes of a frame, without escapes.
  explicit FrameDecoder(std::size_t limit = 1 << 16) : limit_(limit) {}

  /// Takes one byte. Returns true if it ended a good frame, whose content is then in content()
  /// until the next push.
  bool push(std::uint8_t byte);
  /// Header and data of the frame that ended, CRC taken off.
  std::span<const std::uint8_t> content() const { return content_; }
  /// Number of frames dropped because of their length, an escape or the CRC.
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
