// SPDX-License-Identifier: Apache-2.0
#pragma once
// A host that insists on its answers: every frame is answered within a number of cycles, whatever
// waits in the mesh.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/stimulus/expected_run.hpp"
#include "sim/stimulus/frame_driver.hpp"

namespace spikemesh {

/// Hears the retire stream: how long the chip took to answer, and where flits moved last.
class StressWatch : public EventSink {
 public:
  void on(const Event& event) override {
    if (event.kind == EventKind::byte_in && !answering_) asked_ = event.cycle;
    if (event.kind == EventKind::byte_out && !answering_) {
      answering_ = true;
      took_ = event.cycle - asked_;
    }
    if (event.kind == EventKind::ring_out) ++pushed_;
    if (event.kind != EventKind::flit) return;
    Moved& moved = moved_[event.tile];
    ++moved.flits;
    moved.last = event.cycle;
    moved.port = event.unit;
  }
  void next_question() { answering_ = false; }
  /// Cycles from the last byte of a request to the first of its reply.
  std::uint64_t took() const { return took_; }
  /// Entries that entered the spike-out ring since power-on.
  std::uint64_t pushed() const { return pushed_; }
  std::uint64_t flits() const {
    std::uint64_t sum = 0;
    for (const auto& [tile, moved] : moved_) sum += moved.flits;
    return sum;
  }
  /// For a report: where flits came last.
  std::string moves() const {
    std::string text;
    for (const auto& [tile, moved] : moved_) {
      const spec::Tile at = spec::Tile::unpack(tile);
      const std::string name =
          tile == kHostTile ? "host tile" : fmt::format("tile ({},{})", at.x, at.y);
      text += fmt::format("\n  {}: {} flits, the last in cycle {}, port {}", name, moved.flits,
                          moved.last, moved.port);
    }
    return text;
  }

 private:
  struct Moved {
    std::uint64_t flits = 0, last = 0;
    unsigned port = 0;
  };
  std::map<std::uint16_t, Moved> moved_;
  std::uint64_t asked_ = 0, took_ = 0, pushed_ = 0;
  bool answering_ = false;
};

/// Registers, read in one frame.
struct Look {
  bool running = false;
  std::uint64_t step = 0;
  std::uint32_t cycle = 0;  ///< low word
  std::uint32_t in_write = 0, in_read = 0, out_write = 0, out_read = 0;
  std::uint32_t late = 0, bad = 0, lost = 0, stalls = 0;
};

class StressHost {
 public:
  StressHost(sim::Device& device, sim::Link link, sim::Random& random)
      : device_(device), driver_(device, link, random, &watch_) {}

  sim::Device& device() { return device_; }
  const StressWatch& watch() const { return watch_; }
  std::uint64_t answers() const { return answers_; }
  /// Of those that had to come at once.
  std::uint64_t longest_answer() const { return longest_; }

  /// The answer has to begin within `bound` cycles of the request's end.
  Reply ask(const Request& request, std::uint64_t bound) {
    watch_.next_question();
    const Reply reply = driver_.ask(request);
    ++answers_;
    if (watch_.took() > bound) {
      fail(
          fmt::format("the answer to a {} of {} words, tile 0x{:04x}, address 0x{:06x}, began {} "
                      "cycles after the request, not within {}",
                      to_string(request.command), request.length, request.tile, request.address,
                      watch_.took(), bound));
    }
    return reply;
  }
  /// Answered at once, by the status that is wanted.
  Reply ask(const Request& request, spec::Status wanted = spec::Status::ok) {
    const Reply reply = ask(request, quickly(request.length));
    longest_ = std::max(longest_, watch_.took());
    if (reply.status != wanted) {
      fail(fmt::format("a {} of {} words, tile 0x{:04x}, address 0x{:06x}, is answered {}, not {}",
                       to_string(request.command), request.length, request.tile, request.address,
                       to_string(reply.status), to_string(wanted)));
    }
    return reply;
  }

  static Request read_of(std::uint16_t tile, std::uint32_t address, std::uint32_t count) {
    return {.command = spec::Command::read,
            .tile = tile,
            .address = address,
            .length = static_cast<std::uint16_t>(count),
            .data = {}};
  }
  static Request write_of(std::uint16_t tile, std::uint32_t address,
                          std::vector<std::uint32_t> data) {
    return {.command = spec::Command::write,
            .tile = tile,
            .address = address,
            .length = static_cast<std::uint16_t>(data.size()),
            .data = std::move(data)};
  }
  static std::uint32_t number(spec::Register which) { return static_cast<std::uint32_t>(which); }

  std::uint32_t get(spec::Register which) {
    return ask(read_of(kHostTile, number(which), 1)).data.front();
  }
  void set(spec::Register which, std::uint32_t value, spec::Status wanted = spec::Status::ok) {
    ask(write_of(kHostTile, number(which), {value}), wanted);
  }
  /// Frames of loading, as many in flight as fit.
  void load(std::vector<Request> requests) {
    for (const Reply& reply : driver_.ask_all(std::move(requests)))
      if (reply.status != spec::Status::ok)
        fail(fmt::format("loading: tile 0x{:04x}, address 0x{:06x}: {}", reply.tile, reply.address,
                         to_string(reply.status)));
  }
  void wait(std::uint64_t cycles) { driver_.wait(cycles); }

  Look look() {
    constexpr auto kFirst = spec::Register::status, kLast = spec::Register::ring_out_stalls;
    const Reply reply = ask(read_of(kHostTile, number(kFirst), number(kLast) - number(kFirst) + 1));
    const auto word = [&](spec::Register which) {
      return reply.data[number(which) - number(kFirst)];
    };
    using enum spec::Register;
    return {.running = (word(status) & 1u) != 0,
            .step = word(step_lo) | std::uint64_t{word(step_hi)} << 32,
            .cycle = word(cycle_lo),
            .in_write = word(ring_in_write),
            .in_read = word(ring_in_read),
            .out_write = word(ring_out_write),
            .out_read = word(ring_out_read),
            .late = word(late_entries),
            .bad = word(bad_entries),
            .lost = word(ring_out_lost),
            .stalls = word(ring_out_stalls)};
  }

  /// Throws, with what waits in the chip as far as it can be seen.
  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error(fmt::format(
        "cycle {}: {}\nfull in some cycle (ports 0..4, core 5, host tile 6): {:#x}; moved last:{}",
        device_.cycle(), what, device_.filled_buffers(), watch_.moves()));
  }

 private:
  /// Nothing of the mesh is waited for: some cycles for the frame, and a few for each word.
  static std::uint64_t quickly(std::uint64_t words) { return 100 + 6 * words; }

  sim::Device& device_;
  StressWatch watch_;
  sim::FrameDriver driver_;
  std::uint64_t answers_ = 0, longest_ = 0;
};

}  // namespace spikemesh
