// SPDX-License-Identifier: Apache-2.0
#include "sim/emulator/emulator.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <chrono>

#include "spikemesh/error.hpp"
#include "spikemesh/link/frame.hpp"

namespace spikemesh::sim {
namespace {

constexpr std::uint64_t kShortestChunk = 64;
constexpr std::uint64_t kLongestChunk = 1 << 22;

std::vector<std::uint8_t> bytes_of(const std::vector<TimedByte>& timed, SessionStats& stats) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(timed.size());
  for (const TimedByte& sent : timed) bytes.push_back(sent.byte);
  if (bytes.empty()) return bytes;  // zlib's crc32 starts anew at a null pointer
  stats.bytes_out += bytes.size();
  stats.crc_out = static_cast<std::uint32_t>(
      crc32(stats.crc_out, bytes.data(), static_cast<uInt>(bytes.size())));
  return bytes;
}

}  // namespace

Emulator::Emulator(Device& device, HostPort& port, Recorder* recorder)
    : device_(device), port_(port), recorder_(recorder), wire_(device, Link::pins) {}

void Emulator::set_divisor(std::uint32_t divisor) {
  const Request request{.command = spec::Command::write,
                        .sequence = 1,
                        .tile = kHostTile,
                        .address = static_cast<std::uint32_t>(spec::Register::uart_divisor),
                        .length = 1,
                        .data = {divisor}};
  wire_.send(encode(request));
  FrameDecoder decoder;
  spec::Status status = spec::Status::timeout;
  while (!wire_.idle()) {
    for (const std::uint8_t byte : advance()) {
      if (!decoder.push(byte)) continue;
      if (const auto reply = parse_reply(decoder.content())) status = reply->status;
    }
  }
  if (status != spec::Status::ok || wire_.divisor() != divisor) {
    throw InputError(
        fmt::format("the chip does not take {} cycles a UART bit (status {}); use {}..65535",
                    divisor, to_string(status), spec::kUartDivisorMin));
  }
}

void Emulator::run() {
  while (!port_.stopped()) {
    const bool asleep = wire_.idle();
    const auto patience = asleep ? std::nullopt : std::optional(std::chrono::microseconds(0));
    const std::size_t room = kMostWaiting - std::min(kMostWaiting, wire_.waiting());
    const HostPort::Input input = port_.take(room, patience);
    if (input.session != session_) begin_session(input.session);
    stats_.bytes_in += input.bytes.size();
    wire_.send(input.bytes);
    if (wire_.idle()) continue;
    const std::vector<std::uint8_t> out = advance();
    if (!out.empty()) port_.send(session_, out);
  }
  stats_.cycles = device_.cycle();
  if (recorder_ != nullptr) recorder_->finish(device_.cycle());
}

/// Lets the chip answer what the client before has asked, and drops that.
void Emulator::begin_session(std::uint64_t session) {
  session_ = session;
  wire_.drop_waiting();
  std::uint64_t heard = device_.cycle();
  const std::uint64_t frame = 40ull * 10 * wire_.divisor();
  while (!wire_.idle() && !port_.stopped() && device_.cycle() - heard < kQuietCycles + frame) {
    if (!advance().empty()) heard = device_.cycle();
  }
}

std::vector<std::uint8_t> Emulator::advance() {
  const auto begin = std::chrono::steady_clock::now();
  const std::uint64_t from = device_.cycle();
  const std::vector<std::uint8_t> out = bytes_of(wire_.run(from + chunk_), stats_);
  if (recorder_ != nullptr) recorder_->add(wire_.begun());
  if (device_.cycle() == from + chunk_) {
    tune(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return out;
}

void Emulator::tune(double seconds) {
  if (seconds < 0.0005) chunk_ = std::min(2 * chunk_, kLongestChunk);
  if (seconds > 0.002) chunk_ = std::max(chunk_ / 2, kShortestChunk);
}

SessionStats replay(Device& device, const Recording& recording) {
  Wire wire(device, Link::pins);
  SessionStats stats;
  for (const TimedByte& sent : recording.bytes) wire.send({&sent.byte, 1}, sent.cycle);
  stats.bytes_in = recording.bytes.size();
  // Shorter than the shortest byte, so that the wire sees a change of the divisor before it is
  // due.
  constexpr std::uint64_t kPiece = 9 * spec::kUartDivisorMin;
  std::uint64_t before = 0;
  while (device.cycle() < recording.end && !(wire.idle() && device.cycle() == before)) {
    before = device.cycle();
    bytes_of(wire.run(std::min(recording.end, before + kPiece)), stats);
  }
  stats.cycles = device.cycle();
  return stats;
}

}  // namespace spikemesh::sim
