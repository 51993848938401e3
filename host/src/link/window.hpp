// SPDX-License-Identifier: Apache-2.0
#pragma once
// The window of frames in flight: what is sent when, what was lost, when to ask again, when to give
// up.

#include <chrono>
#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "spikemesh/link/client.hpp"
#include "spikemesh/link/frame.hpp"
#include "spikemesh/link/transport.hpp"

namespace spikemesh {

/// Sends requests that commute and collects their replies over a wire that loses and changes bytes
/// but keeps their order.
///
/// Every transmission has a sequence number of its own. Because the wire keeps order, the reply to
/// one transmission proves that all before it were answered or lost; those that were lost, and only
/// those, are sent again. After a time without progress a small read (a probe) is sent, whose reply
/// proves the same, so a slow chip is asked often but never given work twice.
class Window {
 public:
  Window(Transport& transport, const ClientOptions& options, std::uint16_t first_sequence);

  /// Bytes that may be in flight (RX_BUFFER); before it is known: the least that a chip can have.
  void set_buffer(std::uint32_t bytes) { buffer_ = bytes; }

  /// Sends all `requests` (their sequence numbers are chosen here); they must commute.
  /// Returns one reply each, in their order, whatever their status.
  /// Throws LinkError when no answer came for `give_up`, TransportError when the other end is gone.
  std::vector<Reply> exchange(std::vector<Request> requests, std::chrono::milliseconds give_up);

  /// Takes in what comes for at most this long.
  void listen(std::chrono::microseconds time);

  const LinkStats& stats() const { return stats_; }

 private:
  using Time = ClientOptions::Clock::time_point;
  static constexpr std::size_t kNobody = ~std::size_t{0};

  /// A request, or a part of one that was too long for a bad wire.
  struct Piece {
    Request request;
    std::size_t owner;     ///< index of the request it is part of
    std::uint16_t offset;  ///< its first word there
    unsigned losses = 0;
    bool answered = false;
  };
  /// A frame that went out and may still be answered.
  struct Transmission {
    Request header;           ///< without data
    std::size_t piece;        ///< whom it serves, kNobody for a probe or one of an earlier exchange
    std::size_t bytes;        ///< on the wire
    std::size_t reply_bytes;  ///< of its reply, about
    std::size_t work;  ///< bytes that had to move until its reply was whole, when it was sent
    Time sent;
    bool counted = true;  ///< still taken to fill the receive buffer
  };
  /// A frame ready to go that did not fit yet.
  struct Staged {
    std::size_t piece = kNobody;
    std::uint16_t sequence = 0;
    std::vector<std::uint8_t> bytes;
  };

  void begin(std::vector<Request> requests);
  void send_what_fits();
  bool stage_next();
  void split(std::size_t piece);
  void transmit(const Staged& frame, const Request& request);
  void flush();
  bool receive(Time until);
  void on_reply(Reply reply);
  void drop_until(std::uint16_t sequence);
  void on_loss(std::size_t piece);
  void take(const Piece& piece, Reply reply);
  void on_silence(Time now);
  Time deadline() const;
  void forget_flight();
  std::size_t data_limit() const;
  [[noreturn]] void give_up() const;

  Transport& transport_;
  ClientOptions options_;
  LinkStats stats_;
  FrameDecoder decoder_;
  std::uint32_t buffer_;
  std::uint16_t sequence_;
  std::vector<std::uint8_t> outgoing_;

  std::deque<Transmission> flight_;  ///< oldest first
  std::size_t in_flight_ = 0;        ///< sum of the bytes of counted transmissions
  std::size_t replies_due_ = 0;      ///< sum of their reply bytes
  double seconds_per_byte_ = 0;      ///< how slow the link was, lately; 0: not known
  double back_off_ = 1;
  Time progress_;  ///< last sign of life, or last sending into silence
  std::uint64_t bytes_since_reply_ = 0;
  unsigned silences_ = 0;  ///< time-outs since the last reply

  // of the exchange under way
  std::chrono::milliseconds give_up_after_{0};
  std::vector<Piece> pieces_;
  std::vector<Reply> replies_;
  std::size_t unanswered_ = 0;       ///< pieces
  std::deque<std::size_t> waiting_;  ///< pieces to be sent, or sent again, in this order
  Staged staged_;
  std::uint32_t most_words_ = 256;  ///< words a frame: fewer on a wire that loses many
};

}  // namespace spikemesh
