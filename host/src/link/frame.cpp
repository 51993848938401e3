// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/link/frame.hpp"

#include <zlib.h>

#include <stdexcept>

namespace spikemesh {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t kEnd = spec::kSlipEnd;
constexpr std::uint8_t kEsc = spec::kSlipEsc;
constexpr std::uint8_t kReplyBit = 8;

std::uint32_t crc_of(std::span<const std::uint8_t> bytes) {
  return static_cast<std::uint32_t>(
      crc32(crc32(0, nullptr, 0), bytes.data(), static_cast<uInt>(bytes.size())));
}

void put(Bytes& bytes, std::uint32_t value, unsigned count) {
  for (unsigned i = 0; i < count; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> 8 * i));
}

std::uint32_t get(std::span<const std::uint8_t> bytes, std::size_t at, unsigned count) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < count; ++i) value |= std::uint32_t{bytes[at + i]} << 8 * i;
  return value;
}

template <typename Frame>
void put_header(Bytes& bytes, std::uint8_t type, const Frame& frame) {
  bytes.push_back(type);
  put(bytes, frame.sequence, 2);
  put(bytes, frame.tile, 2);
  put(bytes, frame.address, 3);
  put(bytes, frame.length, 2);
}

template <typename Frame>
void get_header(std::span<const std::uint8_t> bytes, Frame& frame) {
  frame.sequence = static_cast<std::uint16_t>(get(bytes, 1, 2));
  frame.tile = static_cast<std::uint16_t>(get(bytes, 3, 2));
  frame.address = get(bytes, 5, 3);
  frame.length = static_cast<std::uint16_t>(get(bytes, 8, 2));
}

std::vector<std::uint32_t> get_words(std::span<const std::uint8_t> bytes) {
  std::vector<std::uint32_t> words(bytes.size() / 4);
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = get(bytes, 4 * i, 4);
  return words;
}

Bytes wrap(Bytes content) {
  put(content, crc_of(content), spec::kCrcBytes);
  Bytes wire;
  wire.reserve(content.size() + content.size() / 16 + 2);
  wire.push_back(kEnd);
  for (const std::uint8_t byte : content) {
    if (byte == kEnd) {
      wire.insert(wire.end(), {kEsc, std::uint8_t{spec::kSlipEscEnd}});
    } else if (byte == kEsc) {
      wire.insert(wire.end(), {kEsc, std::uint8_t{spec::kSlipEscEsc}});
    } else {
      wire.push_back(byte);
    }
  }
  wire.push_back(kEnd);
  return wire;
}

}  // namespace

Bytes encode(const Request& request) {
  const std::size_t words = request.command == spec::Command::write ? request.length : 0;
  if (request.data.size() != words) {
    throw std::invalid_argument("spikemesh: a request's length is not that of its data");
  }
  Bytes bytes;
  bytes.reserve(spec::kFrameHeader + 4 * words + spec::kCrcBytes);
  put_header(bytes, static_cast<std::uint8_t>(spec::kVersion << 4 | unsigned(request.command)),
             request);
  for (const std::uint32_t word : request.data) put(bytes, word, 4);
  return wrap(std::move(bytes));
}

Bytes encode(const Reply& reply) {
  const bool carries = reply.command == spec::Command::read && reply.status == spec::Status::ok;
  if (reply.data.size() != (carries ? reply.length : 0u)) {
    throw std::invalid_argument("spikemesh: a reply's length is not that of its data");
  }
  Bytes bytes;
  bytes.reserve(spec::kReplyHeader + 4 * reply.data.size() + spec::kCrcBytes);
  put_header(bytes,
             static_cast<std::uint8_t>(reply.version << 4 | kReplyBit | unsigned(reply.command)),
             reply);
  bytes.push_back(static_cast<std::uint8_t>(reply.status));
  put(bytes, reply.done, 2);
  for (const std::uint32_t word : reply.data) put(bytes, word, 4);
  return wrap(std::move(bytes));
}

std::size_t encoded_size(const Request& request) { return encode(request).size(); }

std::optional<Request> parse_request(std::span<const std::uint8_t> content) {
  if (content.size() < spec::kFrameHeader || content[0] >> 4 != spec::kVersion) return {};
  Request request;
  const unsigned type = content[0] & 15u;
  if (type != unsigned(spec::Command::read) && type != unsigned(spec::Command::write)) return {};
  request.command = static_cast<spec::Command>(type);
  get_header(content, request);
  const auto data = content.subspan(spec::kFrameHeader);
  const std::size_t words = request.command == spec::Command::write ? request.length : 0;
  if (data.size() != 4 * words) return {};
  request.data = get_words(data);
  return request;
}

std::optional<Reply> parse_reply(std::span<const std::uint8_t> content) {
  if (content.size() < spec::kReplyHeader || (content[0] & kReplyBit) == 0) return {};
  Reply reply;
  reply.version = content[0] >> 4;
  reply.command = static_cast<spec::Command>(content[0] & 7u);
  get_header(content, reply);
  reply.status = static_cast<spec::Status>(content[10]);
  reply.done = static_cast<std::uint16_t>(get(content, 11, 2));
  const auto data = content.subspan(spec::kReplyHeader);
  const bool carries = reply.command == spec::Command::read && reply.status == spec::Status::ok;
  if (data.size() != (carries ? 4u * reply.length : 0u)) return {};
  reply.data = get_words(data);
  return reply;
}

bool FrameDecoder::push(std::uint8_t byte) {
  if (byte == kEnd) return end_frame();
  if (escape_) {
    escape_ = false;
    if (byte == spec::kSlipEscEnd) {
      byte = kEnd;
    } else if (byte == spec::kSlipEscEsc) {
      byte = kEsc;
    } else {
      bad_ = true;
    }
  } else if (byte == kEsc) {
    escape_ = true;
    return false;
  }
  if (bytes_.size() < limit_) {
    bytes_.push_back(byte);
  } else {
    bad_ = true;
  }
  return false;
}

bool FrameDecoder::end_frame() {
  if (bytes_.empty() && !bad_ && !escape_) return false;  // END after END
  const std::size_t size = bytes_.size();
  bool good = !bad_ && !escape_ && size >= spec::kFrameHeader + spec::kCrcBytes;
  if (good) {
    const std::size_t end = size - spec::kCrcBytes;
    good = crc_of(std::span(bytes_).first(end)) == get(bytes_, end, spec::kCrcBytes);
    if (good) content_.assign(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(end));
  }
  if (!good) ++bad_frames_;
  bytes_.clear();
  escape_ = bad_ = false;
  return good;
}

}  // namespace spikemesh
