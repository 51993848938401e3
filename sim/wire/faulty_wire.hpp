// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <span>
#include <string_view>
#include <vector>

namespace spikemesh::sim {

/// Time of a wire in nanoseconds, from any beginning.
using WireTime = std::uint64_t;

/// What can go wrong with bytes on their way.
enum class Fault : std::uint8_t {
  drop,    ///< a byte is lost
  flip,    ///< one bit of it is changed
  twice,   ///< it comes twice
  delay,   ///< it comes late, and everything after it
  insert,  ///< a random byte comes before it
  burst,   ///< it and some bytes after it become random, or are lost
  hold,    ///< a break: the wire is held low for a while
  lose,    ///< the whole frame that it is part of is lost
  stale,   ///< after its frame, an older frame comes again
};
inline constexpr std::size_t kFaults = 9;
/// Their names, also as options of `spikemesh wire`.
inline constexpr std::array<std::string_view, kFaults> kFaultNames{
    "drop", "flip", "twice", "delay", "insert", "burst", "break", "lose", "stale"};

/// The chance of each fault, a byte, and how large it is then.
struct WireFaults {
  std::array<double, kFaults> rate{};
  WireTime longest_delay = 150'000'000;  ///< ns; each is drawn from 0 to this
  std::uint32_t longest_burst = 32;      ///< bytes; likewise
  WireTime break_time = 100'000;         ///< ns

  double& operator[](Fault fault) { return rate[static_cast<std::size_t>(fault)]; }
  double operator[](Fault fault) const { return rate[static_cast<std::size_t>(fault)]; }
};

/// One direction of a wire: bytes go in, and what the faults leave of them comes out, in order.
/// It keeps no clock: times are given. The same seed and bytes give the same faults.
class FaultyWire {
 public:
  /// A byte, or a break (`low` above 0) with the zero that a receiver may take it for.
  struct Symbol {
    WireTime at = 0;  ///< when it may begin at the far end
    std::uint8_t byte = 0;
    WireTime low = 0;
  };

  /// A byte takes `byte_time` on the wire; 0: whoever receives sets the pace.
  FaultyWire(const WireFaults& faults, std::uint64_t seed, WireTime byte_time = 0);

  void set_faults(const WireFaults& faults) { faults_ = faults; }
  void set_byte_time(WireTime byte_time) { byte_time_ = byte_time; }
  /// While cut, bytes that are put are lost.
  void cut(bool cut) { cut_ = cut; }

  /// The sender begins with `byte` at `at`, or when the wire is free.
  void put(WireTime at, std::uint8_t byte);
  /// When the first symbol on its way comes out.
  std::optional<WireTime> next() const;
  /// Symbols that have come out by `now`, at most `most`.
  std::vector<Symbol> take(WireTime now, std::size_t most = ~std::size_t{0});
  /// Bytes and breaks on their way.
  std::size_t on_the_way() const { return out_.size() + frame_.size(); }
  /// What is on its way is lost.
  void clear();

  /// How often each fault was done.
  const std::array<std::uint64_t, kFaults>& done() const { return done_; }
  std::uint64_t faults_done() const;

 private:
  bool chance(Fault fault, std::size_t bytes = 1);
  void put_framed(WireTime at, std::uint8_t byte);
  void end_frame(WireTime at);
  void emit(WireTime at, std::uint8_t byte);
  bool hurt(std::uint8_t& byte);
  void push(std::uint8_t byte) { out_.push_back({free_at_, byte, 0}); }

  WireFaults faults_;
  std::mt19937_64 random_;
  WireTime byte_time_;
  bool cut_ = false;
  WireTime free_at_ = 0;
  WireTime low_until_ = 0;
  std::uint32_t burst_left_ = 0;
  std::deque<Symbol> out_;
  std::vector<std::uint8_t> frame_;              ///< of a wire that loses or repeats frames
  std::deque<std::vector<std::uint8_t>> older_;  ///< frames that may come again
  std::array<std::uint64_t, kFaults> done_{};
};

}  // namespace spikemesh::sim
