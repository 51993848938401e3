// SPDX-License-Identifier: Apache-2.0
#include "window.hpp"

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
  give_up_after_ = give_up_after;
  requests_ = std::move(requests);
  replies_.assign(requests_.size(), {});
  answered_.assign(requests_.size(), false);
  unanswered_ = requests_.size();
  next_ = 0;
  lost_.clear();
  staged_ = {};
  silences_ = 0;
  for (Transmission& old : flight_) old.request = kNobody;

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

void Window::listen(std::chrono::microseconds time) { receive(options_.now() + time); }

bool Window::stage_next() {
  if (staged_.request != kNobody) return true;
  while (!lost_.empty() && answered_[lost_.front()]) lost_.pop_front();
  if (!lost_.empty()) {
    staged_.request = lost_.front();
    lost_.pop_front();
    ++stats_.resent;
  } else if (next_ < requests_.size()) {
    staged_.request = next_++;
  } else {
    return false;
  }
  Request& request = requests_[staged_.request];
  request.sequence = sequence_++;
  staged_.sequence = request.sequence;
  staged_.bytes = encode(request);
  return true;
}

void Window::send_what_fits() {
  if (silences_ > 0 && !flight_.empty()) return;  // nothing new into silence
  while (stage_next()) {
    if (in_flight_ > 0 && in_flight_ + staged_.bytes.size() > data_limit()) break;
    Staged frame = std::move(staged_);
    staged_ = {};
    const Request& request = requests_[frame.request];
    transmit(std::move(frame), request);
  }
  flush();
}

void Window::transmit(Staged frame, const Request& request) {
  Request header{request.command, frame.sequence, request.tile,
                 request.address, request.length, {}};
  Transmission sent{std::move(header), frame.request, frame.bytes.size(), reply_size(request), 0,
                    options_.now()};
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
    const auto left = std::chrono::duration_cast<std::chrono::microseconds>(until - options_.now());
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
  const std::size_t request = found->request;
  const std::chrono::duration<double> took = options_.now() - found->sent;
  const double sample = took.count() / static_cast<double>(found->work);
  seconds_per_byte_ = std::max(sample, 0.875 * seconds_per_byte_ + 0.125 * sample);
  const std::uint16_t sequence = found->header.sequence;
  for (bool last = false; !last; flight_.pop_front()) {
    const Transmission& gone = flight_.front();
    last = gone.header.sequence == sequence;
    if (gone.counted) {
      in_flight_ -= gone.bytes;
      replies_due_ -= gone.reply_bytes;
    }
    // Sent before the one that is answered now, and silent: lost, unless it is under way a second
    // time.
    if (!last && gone.request != kNobody && !answered_[gone.request] &&
        requests_[gone.request].sequence == gone.header.sequence) {
      lost_.push_back(gone.request);
    }
  }
  if (request != kNobody && !answered_[request]) {
    answered_[request] = true;
    replies_[request] = std::move(reply);
    --unanswered_;
  }
  back_off_ = 1;
  silences_ = 0;
  bytes_since_reply_ = 0;
  progress_ = options_.now();
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
    return sent.request != kNobody && !answered_[sent.request];
  });
  Request probe{spec::Command::read,
                0,
                kHostTileField,
                static_cast<std::uint32_t>(spec::Register::magic),
                1,
                {}};
  Staged frame;
  if (oldest != flight_.end() && encoded_size(requests_[oldest->request]) <= kSmallFrame) {
    frame.request = oldest->request;
    probe = requests_[oldest->request];
  }
  frame.sequence = probe.sequence = sequence_++;
  frame.bytes = encode(probe);
  if (frame.request != kNobody) requests_[frame.request].sequence = frame.sequence;
  if (in_flight_ + frame.bytes.size() >= buffer_) forget_flight();
  ++stats_.probes;
  transmit(std::move(frame), probe);
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
          ? "nothing at all was received: is the chip (or emulator) running, and is this its port?"
          : fmt::format("{} bytes came that were no reply: does the baud rate fit?",
                        bytes_since_reply_);
  throw LinkError(
      fmt::format("no answer from the chip for {:.1f} s, though asked {} times; {} A "
                  "slow simulation may need a longer time-out",
                  static_cast<double>(give_up_after_.count()) / 1000.0, silences_ + 1, heard));
}

}  // namespace spikemesh
