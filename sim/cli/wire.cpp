// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <thread>

#include "sim/cli/commands.hpp"
#include "sim/cli/options/validators.hpp"
#include "sim/emulator/host_port.hpp"
#include "sim/wire/faulty_wire.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/link/frame.hpp"
#include "spikemesh/link/transport.hpp"

namespace spikemesh::sim {
namespace {

using std::chrono::steady_clock;

struct WireCommand {
  std::string port, link = "pty", only = "both";
  unsigned baud = 115200;
  std::uint64_t seed = 1;
  WireFaults faults;
  double longest_delay_ms = 150, break_ms = 0.1;
  std::vector<double> pull, silent;  ///< seconds: after, for
  double reset_after = 0;            ///< seconds; 0: never
  double foreign_every_ms = 0;       ///< 0: there is no second host
};

/// A part of the session in which bytes are lost.
struct Outage {
  WireTime from = ~WireTime{0}, until = 0;
  bool at(WireTime now) const { return now >= from && now < until; }
};

WireTime ns(double seconds) { return static_cast<WireTime>(seconds * 1e9); }

Outage outage(const std::vector<double>& after_for, const char* option) {
  if (after_for.empty()) return {};
  if (after_for.size() != 2 || after_for[1] <= 0) {
    throw InputError(
        fmt::format("{} {}: two numbers of seconds are needed, AFTER from 0 on and FOR "
                    "above 0",
                    option, fmt::join(after_for, " ")));
  }
  return {ns(after_for[0]), ns(after_for[0] + after_for[1])};
}

/// Bytes between a chip's port and a host's, with faults, in the user's time. What is on its way is
/// bounded: who sends faster than the other end takes feels back-pressure.
class WireSession {
 public:
  explicit WireSession(const WireCommand& options)
      : options_(options),
        pull_(outage(options.pull, "--pull")),
        silent_(outage(options.silent, "--silent")),
        chip_(open_transport(options.port, options.baud)),
        host_(options.link),
        to_chip_(of_direction("to-chip"), options.seed),
        to_host_(of_direction("to-host"), ~options.seed) {
    next_foreign_ = ns(options.foreign_every_ms * 1e-3);
  }

  void run() {
    host_.stop_on_signals();
    fmt::print("{}\n", host_.place());
    std::fflush(stdout);
    WireTime active = now();
    while (!host_.stopped()) {
      const bool busy = now() - active < 50'000'000;
      if (pass(std::chrono::microseconds(busy ? 100 : 2000))) active = now();
    }
    report();
  }

 private:
  WireFaults of_direction(const std::string& direction) const {
    if (options_.only != "both" && options_.only != direction) return {};
    WireFaults faults = options_.faults;
    faults.longest_delay = ns(options_.longest_delay_ms * 1e-3);
    faults.break_time = ns(options_.break_ms * 1e-3);
    return faults;
  }
  WireTime now() const {
    return static_cast<WireTime>(std::chrono::nanoseconds(steady_clock::now() - begin_).count());
  }

  /// Moves what has come and what is due, and waits at most `patience`; true when there was any.
  bool pass(std::chrono::microseconds patience) {
    const bool pulled = pull_.at(now());
    to_chip_.cut(pulled);
    to_host_.cut(pulled || silent_.at(now()));
    const bool asked = from_host();
    intrude();
    const bool sent = into_chip();
    const bool heard = from_chip(patience);
    const bool moved = into_host() || asked || sent || heard;
    if (!moved && room(to_host_) == 0) std::this_thread::sleep_for(patience);
    return moved;
  }

  static std::size_t room(const FaultyWire& wire) {
    return kMostOnTheWay - std::min(kMostOnTheWay, wire.on_the_way());
  }

  bool from_host() {
    const HostPort::Input input = host_.take(room(to_chip_), std::chrono::microseconds(0));
    if (input.session != session_) begin_session(input.session);
    for (const std::uint8_t byte : input.bytes) to_chip_.put(now(), byte);
    bytes_to_chip_ += input.bytes.size();
    return !input.bytes.empty();
  }

  /// A new host: nothing of the one before is on the way, and the chip's end begins anew as well.
  void begin_session(std::uint64_t session) {
    const bool first = session_ == 0;
    session_ = session;
    if (first) return;
    to_chip_.clear();
    to_host_.clear();
    due_to_chip_.clear();
    chip_.reset();
    chip_ = open_transport(options_.port, options_.baud);
  }

  bool into_chip() {
    if (due_to_chip_.empty()) due_to_chip_ = due(to_chip_);
    const std::size_t count = due_to_chip_.empty() ? 0 : chip_->write_some(due_to_chip_);
    due_to_chip_.erase(due_to_chip_.begin(),
                       due_to_chip_.begin() + static_cast<std::ptrdiff_t>(count));
    return count > 0;
  }

  bool from_chip(std::chrono::microseconds patience) {
    std::array<std::uint8_t, 4096> bytes;
    const std::size_t most = std::min(bytes.size(), room(to_host_));
    if (most == 0) return false;
    const std::size_t count = chip_->read(std::span(bytes).first(most), patience);
    for (std::size_t i = 0; i < count; ++i) to_host_.put(now(), bytes[i]);
    bytes_to_host_ += count;
    return count > 0;
  }

  bool into_host() {
    const std::vector<std::uint8_t> bytes = due(to_host_);
    if (!bytes.empty()) host_.send(session_, bytes);
    return !bytes.empty();
  }

  std::vector<std::uint8_t> due(FaultyWire& wire) const {
    std::vector<std::uint8_t> bytes;
    for (const FaultyWire::Symbol& symbol : wire.take(now(), kMostAtOnce))
      bytes.push_back(symbol.byte);
    return bytes;
  }

  /// What a second host would send into the middle.
  void intrude() {
    if (due_to_chip_.size() > kMostAtOnce) return;
    if (options_.foreign_every_ms > 0 && now() >= next_foreign_) {
      next_foreign_ = now() + ns(options_.foreign_every_ms * 1e-3);
      send({spec::Command::read, static_cast<std::uint16_t>(foreign_++), kHostTileField, 0, 4, {}});
    }
    if (options_.reset_after > 0 && !reset_done_ && now() >= ns(options_.reset_after)) {
      reset_done_ = true;
      const auto nonce = static_cast<std::uint32_t>(options_.seed) | 0x80000000u;
      const auto place = static_cast<std::uint32_t>(spec::Register::reset_nonce);
      send({spec::Command::write, 0, kHostTileField, place, 1, {nonce}});
    }
  }
  void send(const Request& request) {
    const std::vector<std::uint8_t> frame = encode(request);
    due_to_chip_.insert(due_to_chip_.end(), frame.begin(), frame.end());
  }

  void report() const {
    fmt::print(stderr, "wire: {} bytes to the chip, {} from it;", bytes_to_chip_, bytes_to_host_);
    for (std::size_t i = 0; i < kFaults; ++i) {
      fmt::print(stderr, " {} {}", kFaultNames[i], to_chip_.done()[i] + to_host_.done()[i]);
    }
    fmt::print(stderr, "\n");
  }

  static constexpr std::size_t kMostOnTheWay = 64 * 1024, kMostAtOnce = 4096;

  WireCommand options_;
  steady_clock::time_point begin_ = steady_clock::now();
  Outage pull_, silent_;
  std::unique_ptr<Transport> chip_;
  HostPort host_;
  FaultyWire to_chip_, to_host_;
  std::vector<std::uint8_t> due_to_chip_;  ///< that the chip's port has not taken yet
  std::uint64_t session_ = 0;              ///< whose bytes these are
  WireTime next_foreign_ = 0;
  unsigned foreign_ = 0;
  bool reset_done_ = false;
  std::uint64_t bytes_to_chip_ = 0, bytes_to_host_ = 0;
};

void add_faults(CLI::App& command, WireCommand& options) {
  constexpr const char* kWhat[kFaults] = {
      "chance that a byte is lost",
      "chance that a bit of a byte is changed",
      "chance that a byte comes twice",
      "chance that a byte is late, together with all bytes after it",
      "chance that a random byte is inserted before a byte",
      "chance that a byte and some bytes after it become random or are lost",
      "chance that a break begins: bytes are lost, and a zero byte arrives",
      "chance per byte that the whole frame with this byte is lost",
      "chance per byte that an older frame is sent again after the frame with this byte"};
  for (std::size_t i = 0; i < kFaults; ++i) {
    command.add_option(fmt::format("--{}", kFaultNames[i]), options.faults.rate[i], kWhat[i])
        ->check(real(0.0, 1.0));
  }
  command.add_option("--longest-delay-ms", options.longest_delay_ms, "longest delay of --delay")
      ->check(real(0.0, 1e6))
      ->capture_default_str();
  command
      .add_option("--longest-burst", options.faults.longest_burst,
                  "longest burst of --burst, in bytes")
      ->check(whole(1, 65536))
      ->capture_default_str();
  command.add_option("--break-ms", options.break_ms, "time that a break of --break takes")
      ->check(real(0.0, 1e6))
      ->capture_default_str();
}

void add_events(CLI::App& command, WireCommand& options) {
  const CLI::Validator seconds = real(0.0, 1e6);
  command
      .add_option(
          "--pull", options.pull,
          "AFTER FOR, in seconds: the wire is unplugged AFTER seconds from now, FOR seconds long")
      ->expected(2)
      ->check(seconds);
  command
      .add_option("--silent", options.silent,
                  "AFTER FOR, in seconds: nothing comes from the chip, AFTER seconds from now, FOR "
                  "seconds long")
      ->expected(2)
      ->check(seconds);
  command
      .add_option("--reset-after", options.reset_after,
                  "resets the chip once, after this many seconds")
      ->check(seconds);
  command
      .add_option("--foreign-every-ms", options.foreign_every_ms,
                  "a second host sends the chip a request in intervals of this length")
      ->check(real(1.0, 1e9));
}

}  // namespace

void add_wire(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "wire", "puts a wire with faults between a host and a chip; prints the port for the host");
  const auto options = std::make_shared<WireCommand>();
  command
      ->add_option("--port", options->port,
                   "port of the chip: a serial port, tcp:HOST:PORT, or mem:FILE@OFFSET")
      ->required();
  command->add_option("--baud", options->baud, "baud rate of a serial port")
      ->check(whole(300u, 25'000'000u))
      ->capture_default_str();
  command->add_option("--link", options->link, "port for the host: pty, pty:PATH or tcp:PORT")
      ->capture_default_str();
  command->add_option("--only", options->only, "direction of the faults: to-chip, to-host or both")
      ->check(one_of({"to-chip", "to-host", "both"}))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "seed of the faults")->capture_default_str();
  add_faults(*command, *options);
  add_events(*command, *options);
  command->callback([options] { WireSession(*options).run(); });
}

}  // namespace spikemesh::sim
