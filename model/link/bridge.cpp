// SPDX-License-Identifier: Apache-2.0
#include "model/link/bridge.hpp"

#include <zlib.h>

#include <algorithm>

namespace spikemesh::model {

using spec::Status;

namespace {
constexpr std::uint32_t kBytesMax = (1u << 13) - 1;
constexpr std::uint32_t kFrameMin = spec::kFrameHeader + spec::kCrcBytes;
/// zlib's CRC over a frame and its own CRC: the inverted register 0xDEBB20E3.
constexpr std::uint32_t kResidue = ~0xDEBB20E3u;
constexpr std::uint16_t kAfterLoad = 0x100;
constexpr std::uint32_t kReplyBit = 8;

std::uint32_t crc_of(std::uint32_t crc, std::uint8_t byte) {
  return static_cast<std::uint32_t>(crc32(crc, &byte, 1));
}
}  // namespace

bool Bridge::moves() const {
  return state_ == State::check || state_ == State::load || state_ == State::load_word;
}

void Bridge::commit(std::uint64_t cycle, const Inputs& inputs) {
  switch (state_) {
    case State::receive:
      if (inputs.byte) {
        decode(*inputs.byte);
      }
      break;
    case State::check:
      check();
      break;
    case State::load:
      request_.data = words_[word_];
      state_ = State::request;
      break;
    case State::request:
      if (inputs.answer) {
        answered(cycle, *inputs.answer);
      }
      break;
    case State::fence:
      if (inputs.quiet || cycle >= fence_deadline_) {
        status_ = inputs.quiet ? status_ : Status::timeout;
        send();
      }
      break;
    case State::load_word:
      state_ = State::send;
      break;
    case State::send:
      if (inputs.accepted) {
        advance_reply();
      }
      break;
  }
}

void Bridge::decode(std::uint8_t byte) {
  if (byte == spec::kSlipEnd) {
    end_of_frame();
  } else if (escape_) {
    escape_ = false;
    if (byte == spec::kSlipEscEnd) {
      store(spec::kSlipEnd);
    } else if (byte == spec::kSlipEscEsc) {
      store(spec::kSlipEsc);
    } else {
      bad_ = true;
    }
  } else if (byte == spec::kSlipEsc) {
    escape_ = true;
  } else {
    store(byte);
  }
}

void Bridge::store(std::uint8_t byte) {
  crc_ = crc_of(crc_, byte);
  if (bytes_ < header_.size()) {
    header_[bytes_] = byte;
  } else {
    shift_ = shift_ >> 8 | std::uint32_t{byte} << 24;
    const std::uint32_t index = (bytes_ - spec::kFrameHeader) / 4;
    if ((bytes_ - spec::kFrameHeader) % 4 == 3 && index < frame_words_) {
      words_[index] = shift_;
    }
  }
  bytes_ = std::min(bytes_ + 1, kBytesMax);
}

void Bridge::end_of_frame() {
  if (bytes_ > 0) {
    const bool good = bytes_ >= kFrameMin && crc_ == kResidue && !bad_ && !escape_;
    frames_ += good ? 1 : 0;
    bad_frames_ += good ? 0 : 1;
    frame_bytes_ = bytes_;
    state_ = good ? State::check : State::receive;
  }
  bytes_ = 0;
  crc_ = 0;
  escape_ = false;
  bad_ = false;
}

std::uint32_t Bridge::header(unsigned first, unsigned bytes) const {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < bytes; ++i) {
    value |= std::uint32_t{header_[first + i]} << (8 * i);
  }
  return value;
}

Status Bridge::frame_status() const {
  const bool read = (header_[0] & 15u) == static_cast<unsigned>(spec::Command::read);
  if (header_[0] >> 4 != static_cast<int>(spec::kVersion) || !(read || write_)) {
    return Status::bad_command;
  }
  const std::uint32_t bytes = kFrameMin + (write_ ? 4 * length_ : 0);
  const bool fits = length_ > 0 && length_ <= frame_words_ && frame_bytes_ == bytes;
  return fits ? Status::ok : Status::bad_length;
}

void Bridge::check() {
  write_ = (header_[0] & 15u) == static_cast<unsigned>(spec::Command::write);
  length_ = header(8, 2);
  done_ = 0;
  posted_ = false;
  status_ = frame_status();
  if (status_ != Status::ok) {
    send();
    return;
  }
  request_ = {write_, static_cast<std::uint16_t>(header(3, 2)), header(5, 3), 0};
  word_ = 0;
  state_ = write_ ? State::load : State::request;
}

void Bridge::answered(std::uint64_t cycle, const BusAnswer& answer) {
  status_ = answer.status;
  if (status_ == Status::ok) {
    if (!write_) {
      words_[word_] = answer.data;
    }
    posted_ = posted_ || (write_ && spec::Tile::unpack(request_.tile).host == 0);
    ++done_;
    if (done_ < length_) {
      ++word_;
      request_.address = (request_.address + 1) & ((1u << spec::kAddrBits) - 1);
      state_ = write_ ? State::load : State::request;
      return;
    }
  }
  if (posted_) {
    state_ = State::fence;
    fence_deadline_ = cycle + 1 + spec::kMeshTimeout;
  } else {
    send();
  }
}

/// Writes the whole reply down as it will go over the wire; nothing in it changes while it is sent.
void Bridge::send() {
  std::vector<std::uint8_t> raw(header_.begin(), header_.end());
  raw[0] = static_cast<std::uint8_t>(spec::kVersion << 4 | (header_[0] & 15u) | kReplyBit);
  raw.push_back(static_cast<std::uint8_t>(status_));
  raw.push_back(static_cast<std::uint8_t>(done_));
  raw.push_back(static_cast<std::uint8_t>(done_ >> 8));
  const auto push_word = [&raw](std::uint32_t word) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
      raw.push_back(static_cast<std::uint8_t>(word >> shift));
    }
  };
  const bool data = !write_ && status_ == Status::ok;
  for (std::uint32_t i = 0; data && i < length_; ++i) {
    push_word(words_[i]);
  }
  const std::size_t data_end = raw.size();
  push_word(static_cast<std::uint32_t>(crc32(0, raw.data(), static_cast<uInt>(raw.size()))));
  reply_.assign(1, spec::kSlipEnd);
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const bool word = i >= spec::kReplyHeader && i < data_end && (i - spec::kReplyHeader) % 4 == 0;
    send_raw(raw[i], word);
  }
  reply_.push_back(spec::kSlipEnd);
  sent_ = 0;
  state_ = State::send;
}

void Bridge::send_raw(std::uint8_t byte, bool after_load) {
  const std::uint16_t mark = after_load ? kAfterLoad : 0;
  if (byte == spec::kSlipEnd || byte == spec::kSlipEsc) {
    reply_.push_back(static_cast<std::uint16_t>(spec::kSlipEsc | mark));
    reply_.push_back(byte == spec::kSlipEnd ? spec::kSlipEscEnd : spec::kSlipEscEsc);
  } else {
    reply_.push_back(static_cast<std::uint16_t>(byte | mark));
  }
}

void Bridge::advance_reply() {
  ++sent_;
  if (sent_ == reply_.size()) {
    state_ = State::receive;
  } else if ((reply_[sent_] & kAfterLoad) != 0) {
    state_ = State::load_word;
  }
}

}  // namespace spikemesh::model
