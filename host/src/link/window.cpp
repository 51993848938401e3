// SPDX-License-Identifier: Apache-2.0
#include "link/window.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace spikemesh {
namespace {

constexpr std::uint32_t kLeastBuffer = 64;  // least RxBuffer that a build can have
constexpr std::size_t kSmallFrame =
    48;  // bytes: a request that is cheap enough to serve as a probe

std::size_t reply_size(const Request& request) {
  const std::size_t words = request.command == spec::Command::read ? request.length : 0;
  return 2 + spec::kReplyHeader + spec::kCrcBytes + 4 * words;
}

constexpr std::uint32_t kMostWords = 256;  // most FrameWords that a build can have
constexpr std::uint32_t kLeastWords = 8;   // frames are not made shorter than this on a bad wire,
constexpr std::uint32_t kWholeWords = 16;  // and those of up to this many words stay whole
constexpr unsigned kMostLosses = 100;      // of one piece
constexpr std::size_t kRepliesAhead = 4;   // receive buffers full of replies that may be under way:
                                           // reads that a bad wire loses are soon asked for shorter

bool same_header(const Request& asked, const Reply& reply) {
  return asked.sequence == reply.sequence && asked.command == reply.command &&
         asked.tile == reply.tile && asked.address == reply.address && asked.length == reply.length;
}

}  // namespace

Window::Window(Transport& transport, const ClientOptions& options, std::uint16_t first_sequence)
    : transport_(transport),
      options_(options),
      buffer_(kLeastBuffer),
      sequence_(first_sequence),
      progress_(options_.now()) {}

std::size_t Window::data_limit() const {
  // "Below" the buffer, with room for two probes or more, so that asking again never overfills it.
  return buffer_ - 1 - std::min<std::size_t>(64, buffer_ / 3);
}

std::vector<Reply> Window::exchange(std::vector<Request> requests,
                                    std::chrono::milliseconds give_up_after) {
  begin(std::move(requests));
  give_up_after_ = give_up_after;
  Time answer = options_.now();
  progress_ = answer;
  while (unanswered_ > 0) {
    send_what_fits();
    const Time limit = answer + give_up_after_;
    if (receive(std::min(deadline(), limit))) {
      answer = options_.now();
      continue;
    }
    const Time now = options_.now();
    if (now >= limit) give_up();
    if (now >= deadline()) on_silence(now);
  }
  return std::move(replies_);
}

void Window::begin(std::vector<Request> requests) {
  for (Transmission& old : flight_) old.piece = kNobody;
  pieces_.clear();
  replies_.clear();
  waiting_.clear();
  staged_ = {};
  silences_ = 0;
  unanswered_ = requests.size();
  for (Request& request : requests) {
    Reply& reply = replies_.emplace_back();
    reply.command = request.command;
    reply.tile = request.tile;
    reply.address = request.address;
    reply.length = request.length;
    if (request.command == spec::Command::read) reply.data.resize(request.length);
    waiting_.push_back(pieces_.size());
    pieces_.push_back({std::move(request), pieces_.size(), 0});
  }
}

void Window::listen(std::chrono::microseconds time) { receive(options_.now() + time); }

bool Window::stage_next() {
  if (staged_.piece != kNobody) return true;
  while (!waiting_.empty() && pieces_[waiting_.front()].answered) waiting_.pop_front();
  if (waiting_.empty()) return false;
  staged_.piece = waiting_.front();
  waiting_.pop_front();
  if (pieces_[staged_.piece].request.length > std::max(most_words_, kWholeWords)) {
    split(staged_.piece);
  }
  Piece& piece = pieces_[staged_.piece];
  if (piece.losses > 0) ++stats_.resent;
  piece.request.sequence = sequence_++;
  staged_.sequence = piece.request.sequence;
  staged_.bytes = encode(piece.request);
  return true;
}

/// Cuts a piece to what the wire seems to carry; the rest waits next in line.
void Window::split(std::size_t which) {
  Piece rest = pieces_[which];
  Request& first = pieces_[which].request;
  const auto words = static_cast<std::uint16_t>(most_words_);
  rest.request.address += words;
  rest.request.length = static_cast<std::uint16_t>(rest.request.length - words);
  rest.offset = static_cast<std::uint16_t>(rest.offset + words);
  first.length = words;
  if (!first.data.empty()) {
    rest.request.data.erase(rest.request.data.begin(), rest.request.data.begin() + words);
    first.data.resize(words);
  }
  ++unanswered_;
  waiting_.push_front(pieces_.size());
  pieces_.push_back(std::move(rest));
}

void Window::send_what_fits() {
  if (silences_ > 0 && !flight_.empty()) return;  // nothing new into silence
  while (stage_next()) {
    if (in_flight_ > 0 && (in_flight_ + staged_.bytes.size() > data_limit() ||
                           replies_due_ > kRepliesAhead * buffer_)) {
      break;
    }
    const Staged frame = std::move(staged_);
    staged_ = {};
    transmit(frame, pieces_[frame.piece].request);
  }
  flush();
}

void Window::transmit(const Staged& frame, const Request& request) {
  Request header{request.command, frame.sequence, request.tile,
                 request.address, request.length, {}};
  Transmission sent{std::move(header),   frame.piece, frame.bytes.size(),
                    reply_size(request), 0,           options_.now()};
  if (flight_.empty()) {
    progress_ = sent.sent;
    bytes_since_reply_ = 0;
  }
  in_flight_ += sent.bytes;
  replies_due_ += sent.reply_bytes;
  sent.work = in_flight_ + replies_due_;
  flight_.push_back(std::move(sent));
  outgoing_.insert(outgoing_.end(), frame.bytes.begin(), frame.bytes.end());
  ++stats_.frames;
  stats_.bytes_out += frame.bytes.size();
  stats_.most_in_flight = std::max<std::uint64_t>(stats_.most_in_flight, in_flight_);
}

void Window::flush() {
  if (outgoing_.empty()) return;
  transport_.write(outgoing_);
  outgoing_.clear();
}

/// Reads until a reply was matched (true) or the time is over (false).
bool Window::receive(Time until) {
  std::array<std::uint8_t, 4096> bytes;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::microseconds>(until - options_.now());
    const std::size_t count =
        transport_.read(bytes, std::max(left, std::chrono::microseconds::zero()));
    if (count == 0) {
      if (options_.now() >= until) return false;
      continue;
    }
    stats_.bytes_in += count;
    bytes_since_reply_ += count;
    // Noise on the wire is no progress: only as many bytes count as replies can have.
    if (bytes_since_reply_ <= 2 * replies_due_) progress_ = options_.now();
    const std::size_t before = flight_.size();
    for (const std::uint8_t byte : std::span(bytes).first(count)) {
      if (!decoder_.push(byte)) continue;
      if (auto reply = parse_reply(decoder_.content())) on_reply(std::move(*reply));
    }
    stats_.bad_replies = decoder_.bad_frames();
    if (flight_.size() < before) return true;
    if (options_.now() >= until) return false;
  }
}

void Window::on_reply(Reply reply) {
  if (reply.version != spec::kVersion) {
    throw SpecError(
        fmt::format("the chip answers in version {} of the link protocol, this host "
                    "speaks {}: build both from one rtl/spec/chip.json",
                    reply.version, spec::kVersion));
  }
  const auto found = std::find_if(flight_.begin(), flight_.end(), [&](const Transmission& sent) {
    return same_header(sent.header, reply);
  });
  if (found == flight_.end()) {
    ++stats_.stale_replies;
    return;
  }
  const std::size_t which = found->piece;
  const std::chrono::duration<double> took = options_.now() - found->sent;
  const double sample = took.count() / static_cast<double>(found->work);
  seconds_per_byte_ = std::max(sample, 0.875 * seconds_per_byte_ + 0.125 * sample);
  if (which != kNobody && !pieces_[which].answered) {
    pieces_[which].answered = true;
    --unanswered_;
    take(pieces_[which], std::move(reply));
    // Short pieces say nothing about long ones.
    if (2u * found->header.length >= most_words_)
      most_words_ = std::min(most_words_ + 1, kMostWords);
  }
  drop_until(found->header.sequence);
  back_off_ = 1;
  silences_ = 0;
  bytes_since_reply_ = 0;
  progress_ = options_.now();
}

/// Takes the transmission that was answered, and those sent before it, out of the flight.
void Window::drop_until(std::uint16_t sequence) {
  for (bool last = false; !last; flight_.pop_front()) {
    const Transmission& gone = flight_.front();
    last = gone.header.sequence == sequence;
    if (gone.counted) {
      in_flight_ -= gone.bytes;
      replies_due_ -= gone.reply_bytes;
    }
    // Silent, though one sent later is answered: lost, unless its piece is under way a second time.
    if (gone.piece != kNobody && !pieces_[gone.piece].answered &&
        pieces_[gone.piece].request.sequence == gone.header.sequence) {
      on_loss(gone.piece);
    }
  }
}

void Window::on_loss(std::size_t which) {
  Piece& piece = pieces_[which];
  waiting_.push_front(which);
  if (++piece.losses > kMostLosses) {
    throw LinkError(fmt::format(
        "{} of {} words at {} was lost {} times, though the chip answers: the wire loses too many "
        "bytes; lower the baud rate, or check the wire and its ground",
        piece.request.command == spec::Command::read ? "read" : "write", piece.request.length,
        word_name(piece.request.tile, piece.request.address), piece.losses));
  }
  // A quarter less for a loss and a word more for an answer settle near the size that loses the
  // least time.
  if (2u * piece.request.length >= most_words_) {
    most_words_ = std::max(kLeastWords, most_words_ * 3 / 4);
  }
}

/// Puts the reply to a piece into that of its whole request.
void Window::take(const Piece& piece, Reply reply) {
  Reply& whole = replies_[piece.owner];
  if (reply.status == spec::Status::ok) {
    std::copy(reply.data.begin(), reply.data.end(), whole.data.begin() + piece.offset);
    if (whole.status == spec::Status::ok) {
      whole.done = static_cast<std::uint16_t>(whole.done + reply.length);
    }
    return;
  }
  const auto done = static_cast<std::uint16_t>(piece.offset + reply.done);
  if (whole.status == spec::Status::ok || done < whole.done) {
    whole.status = reply.status;
    whole.done = done;
  }
}

Window::Time Window::deadline() const {
  using std::chrono::duration;
  const duration<double> least = options_.least_timeout;
  duration<double> wait = options_.first_timeout;
  if (seconds_per_byte_ > 0 && !flight_.empty()) {
    wait =
        least + duration<double>(4 * seconds_per_byte_ * static_cast<double>(flight_.front().work));
  }
  // Not longer than a share of what is left before giving up, else a lost probe would end it all.
  const duration<double> most = std::max<duration<double>>(least, give_up_after_ / 8.0);
  return progress_ + std::chrono::duration_cast<Time::duration>(std::min(wait * back_off_, most));
}

/// No sign of life: ask with something small.
void Window::on_silence(Time now) {
  ++stats_.timeouts;
  ++silences_;
  back_off_ *= 2;
  progress_ = now;
  const auto oldest = std::find_if(flight_.begin(), flight_.end(), [&](const Transmission& sent) {
    return sent.piece != kNobody && !pieces_[sent.piece].answered;
  });
  Request probe{spec::Command::read,
                0,
                kHostTileField,
                static_cast<std::uint32_t>(spec::Register::magic),
                1,
                {}};
  Staged frame;
  // A long read asked for again might be lost again: after a second silence the least is asked.
  if (oldest != flight_.end() && encoded_size(pieces_[oldest->piece].request) <= kSmallFrame &&
      (silences_ == 1 || oldest->header.length <= kLeastWords)) {
    frame.piece = oldest->piece;
    probe = pieces_[frame.piece].request;
  }
  frame.sequence = probe.sequence = sequence_++;
  frame.bytes = encode(probe);
  if (frame.piece != kNobody) pieces_[frame.piece].request.sequence = frame.sequence;
  if (in_flight_ + frame.bytes.size() >= buffer_) forget_flight();
  ++stats_.probes;
  transmit(frame, probe);
  flush();
}

/// Several probes went unanswered: what is in flight was lost, or was read long ago.
void Window::forget_flight() {
  for (Transmission& sent : flight_) sent.counted = false;
  in_flight_ = replies_due_ = 0;
}

void Window::give_up() const {
  const std::string heard =
      bytes_since_reply_ == 0
          ? "nothing at all was received: is the chip (or emulator) running, was it reset, is this "
            "its port, and does the baud rate (in a simulation, the bit time) fit?"
          : fmt::format("{} bytes came that were no reply: does the baud rate fit?",
                        bytes_since_reply_);
  throw LinkError(
      fmt::format("no answer from the chip for {:.1f} s, though asked {} times; {} A "
                  "slow simulation may need a longer time-out",
                  static_cast<double>(give_up_after_.count()) / 1000.0, silences_ + 1, heard));
}

}  // namespace spikemesh
