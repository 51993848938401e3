// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/device/device.hpp"
#include "sim/lockstep/mismatch.hpp"
#include "sim/stimulus/expected_run.hpp"
#include "sim/stimulus/frame_driver.hpp"
#include "sim/stimulus/random_chip.hpp"
#include "sim/verify/bin_watch.hpp"
#include "sim/verify/learn_census.hpp"
#include "sim/verify/verify_bins.hpp"

namespace spikemesh::sim {

/// Counters of the host tile that say which edges a case went over.
inline constexpr std::array kEdgeCounters{
    spec::Register::stretched,     spec::Register::late_entries,    spec::Register::bad_entries,
    spec::Register::ring_out_lost, spec::Register::ring_out_stalls, spec::Register::bad_frames,
    spec::Register::rx_overflows,  spec::Register::framing_errors,  spec::Register::inject_stalls};

/// What one random case did. Plain numbers: they travel through a pipe.
struct CaseResult {
  std::array<std::uint64_t, 16> statuses{};                 ///< replies by spec::Status
  std::array<std::uint64_t, kEdgeCounters.size()> edges{};  ///< sums of kEdgeCounters
  std::uint64_t skipped_updates = 0;               ///< tiles at rest in a step, in the reference
  std::uint64_t emit_stalls = 0, saturations = 0;  ///< of the tiles that were looked at
  std::uint64_t cycles = 0;
  std::uint64_t steps = 0;          ///< run by chip and reference
  std::uint64_t host_spikes = 0;    ///< compared with the reference
  std::uint64_t words = 0;          ///< of memory and counters, compared with the reference
  std::uint64_t segments = 0;       ///< compared with the reference
  BinCounts bins{};                 ///< features seen at work
  LimitCounts limits{};             ///< fields written at their limits
  std::uint64_t late_segments = 0;  ///< not compared: the host was late with an entry
};

/// One random chip, or several with resets between, on one device, through raw frames: power-on,
/// load, read back, run in segments with all that a host may do meanwhile, compare spikes and
/// memories with the reference. The device itself (LockstepDevice) compares model and RTL.
class VerifyCase {
 public:
  /// `device` is new, made for `link`. All chance comes from `seed`. Its chips use `features` only.
  VerifyCase(Device& device, Link link, std::uint64_t seed, const Features& features = {});

  /// Throws Mismatch from the device, std::runtime_error for all else that is wrong.
  CaseResult run();

 private:
  /// Keeps the spikes that entered the spike-out ring.
  struct Collector : EventSink {
    explicit Collector(const spec::Build& build) : watch(build) {}
    void on(const Event& event) override;
    /// Entries that entered the ring since the last reset: RING_OUT_WRITE.
    std::uint32_t recorded() const { return static_cast<std::uint32_t>(watch.recorded()); }
    std::vector<HostSpike> spikes;
    BinWatch watch;
  };
  /// The pointers and flags that a host polls.
  struct Poll {
    bool running = false;
    std::uint64_t step = 0;
    std::uint32_t in_read = 0, out_write = 0, out_read = 0;
  };

  // Frames (verify_case.cpp)
  Reply ask(const Request& request);
  Request read_of(std::uint16_t tile, std::uint32_t address, std::uint32_t count) const;
  Request write_of(std::uint16_t tile, std::uint32_t address,
                   std::vector<std::uint32_t> data) const;
  std::uint32_t read_register(spec::Register which);
  void write_register(spec::Register which, std::uint32_t value);
  void expect(const Reply& reply, spec::Status wanted, const std::string& what);
  [[noreturn]] void fail(const std::string& what) const;

  // A round (verify_case.cpp)
  void round(unsigned rounds, bool last);
  void wake_up();
  void race_for_run_end();
  void load();
  void configure();
  void reset();
  void count_edges();
  void count_bins();
  void hit(Bin bin, std::uint64_t times = 1) {
    result_.bins[static_cast<std::size_t>(bin)] += times;
  }

  // A segment (verify_segment.cpp)
  void run_segment(const Segment& segment);
  Request run_of(std::uint64_t until) const;
  void start(std::uint64_t until);
  void start_in_parts(std::uint64_t until, std::uint64_t steps);
  void race_for_ring_out();
  Poll poll();
  RingEntry next_entry();
  std::vector<RingEntry> next_part(std::size_t room);
  void push_entries();
  bool vanish(std::uint64_t step);
  void drain(const Poll& now);
  void act_while_running(std::uint64_t until);
  void look_at_ring();
  Request ring_read();
  void pause_and_look(std::uint64_t until);
  void try_memory();

  // Its comparison with the reference (verify_compare.cpp)
  void compare_spikes(std::vector<HostSpike> expected);
  bool on_time();
  void compare_counters(std::uint16_t tile);
  void compare_memories();
  void compare_learning(std::uint16_t tile, std::uint32_t axon, unsigned share);
  void compare_words(std::uint16_t tile, spec::Region region, std::uint32_t first,
                     std::uint32_t count);
  void change_memory();
  void change_learning(std::uint16_t tile, std::uint32_t neuron);

  // Whatever is wrong on purpose (verify_abuse.cpp)
  void abuse(bool running);
  void abuse_address();
  void abuse_value(bool running);
  void abuse_frame();
  void abuse_line(bool running);

  // The word port (verify_port.cpp)
  void use_port();
  void offer_port(std::uint64_t at, const model::WordAccess& access);
  model::WordAccess random_access();
  std::uint32_t random_window();
  model::WordAccess random_tile_access();
  model::WordAccess random_own_access();
  model::WordAccess random_refused();
  void put(std::uint16_t tile, std::uint32_t address, std::uint32_t word, const std::string& what);
  void wait_for_port();

  Device& device_;
  Link link_;
  std::uint64_t seed_;
  Features features_;
  Random random_;
  Collector collector_;
  FrameDriver driver_;
  RandomChip chip_;
  std::unique_ptr<ExpectedRun> expected_;
  std::optional<NeuronCensus> census_;  ///< of this round
  std::optional<LearnCensus> learn_census_;
  bool comparable_ = true;  ///< nothing was late since the last reset
  bool in_time_ = true;     ///< every entry stood in the ring before its step ended
  bool holds_ = false;      ///< this round the host holds steps that the ring has no room for
  bool held_ = false;       ///< the entry written last is such a hold
  bool racing_ = false;     ///< this round the host and the chip both move RING_OUT_READ
  bool paused_ = false;     ///< PAUSE stopped this segment before its end
  std::uint32_t tag_ = 0, nonce_ = 0;
  std::deque<RingEntry> to_push_;
  std::uint32_t newest_ = 0;     ///< newest step of the entries in this segment's ring
  std::uint32_t in_write_ = 0;   ///< RING_IN_WRITE
  std::uint32_t in_known_ = 0;   ///< entries of the ring that were written since power-on
  std::uint32_t out_known_ = 0;  ///< of the spike-out ring
  std::vector<Block> landed_;    ///< written while the chip was thought to be running
  /// No access is offered before the one offered before it, nor in cycle 0, in which a socket still
  /// sees the reset.
  std::uint64_t port_at_ = 1;
  std::uint64_t port_offered_ = 0;
  CaseResult result_;
};

}  // namespace spikemesh::sim
