// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/host/bus.hpp"

namespace spikemesh::model {

/// Frame bridge (docs/blocks/link.md): takes the bytes of a request, asks the bus word by word,
/// sends the reply. What it shows is its state at the start of a cycle; `commit` ends the cycle.
class Bridge {
 public:
  explicit Bridge(const spec::Build& build)
      : frame_words_(build.frame_words), words_(build.frame_words) {}

  bool receiving() const { return state_ == State::receive; }
  bool requesting() const { return state_ == State::request; }
  bool fencing() const { return state_ == State::fence; }
  /// A byte is offered to the transmitter.
  bool offers() const { return state_ == State::send; }
  std::uint8_t offer() const { return static_cast<std::uint8_t>(reply_[sent_]); }
  const BusRequest& request() const { return request_; }
  std::uint32_t frames() const { return frames_; }
  std::uint32_t bad_frames() const { return bad_frames_; }
  /// It moves on in every cycle, whatever the others do.
  bool moves() const;
  /// The cycle in which FENCE gives up.
  std::uint64_t fence_deadline() const { return fence_deadline_; }

  struct Inputs {
    std::optional<std::uint8_t> byte;  ///< popped from the receive buffer
    std::optional<BusAnswer> answer;
    bool quiet = false;
    bool accepted = false;  ///< the offered byte was taken
  };
  void commit(std::uint64_t cycle, const Inputs& inputs);

 private:
  enum class State : std::uint8_t { receive, check, load, request, fence, load_word, send };

  void decode(std::uint8_t byte);
  void store(std::uint8_t byte);
  void end_of_frame();
  void check();
  spec::Status frame_status() const;
  void answered(std::uint64_t cycle, const BusAnswer& answer);
  void send();
  void send_raw(std::uint8_t byte, bool after_load);
  void advance_reply();
  std::uint32_t header(unsigned first, unsigned bytes) const;

  std::uint32_t frame_words_;
  State state_ = State::receive;
  std::uint32_t frames_ = 0;
  std::uint32_t bad_frames_ = 0;

  // RECEIVE
  std::uint32_t bytes_ = 0;  // since the last END; stops at kBytesMax
  std::uint32_t crc_ = 0;    // as zlib counts it
  bool escape_ = false;
  bool bad_ = false;
  std::array<std::uint8_t, spec::kFrameHeader> header_{};
  std::uint32_t shift_ = 0;  // the last four bytes of data
  std::vector<std::uint32_t> words_;

  // CHECK to FENCE
  bool write_ = false;
  std::uint32_t word_ = 0;  // index of the word under way
  std::uint32_t length_ = 0;
  std::uint32_t done_ = 0;
  spec::Status status_ = spec::Status::ok;
  bool posted_ = false;  // a tile write was answered ok
  std::uint32_t frame_bytes_ = 0;
  BusRequest request_;
  std::uint64_t fence_deadline_ = 0;

  // SEND: bytes on the wire; kAfterLoad marks one that a LOADW cycle precedes
  std::vector<std::uint16_t> reply_;
  std::size_t sent_ = 0;
};

}  // namespace spikemesh::model
