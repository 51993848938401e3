// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <optional>

#include "properties/stress_host.hpp"
#include "properties/stress_network.hpp"

namespace spikemesh {

/// What a case has seen; of several: the sums.
struct StressCounts {
  std::uint64_t spikes = 0;     ///< to the host, equal to the reference's
  std::uint64_t states = 0;     ///< words of neurons, equal to the reference's
  std::uint64_t stalls = 0;     ///< times the host came back to a chip that stood still
  std::uint64_t both_full = 0;  ///< of those: with the spike-in ring full as well
  std::uint64_t running = 0;    ///< accesses to tile memories refused while it stood still
  std::uint64_t pauses = 0;     ///< asked while it stood still
  std::uint64_t resets = 0;     ///< soft resets while it stood still
  std::uint64_t answers = 0, longest_answer = 0;  ///< frames; cycles until one was answered
  std::uint64_t cycles = 0;

  void add(const StressCounts& other) {
    spikes += other.spikes, states += other.states, stalls += other.stalls;
    both_full += other.both_full, running += other.running, pauses += other.pauses;
    resets += other.resets, answers += other.answers, cycles += other.cycles;
    longest_answer = std::max(longest_answer, other.longest_answer);
  }
};

struct StressOptions {
  Traffic traffic = Traffic::all_to_all;
  std::uint32_t steps = 6;
  std::uint64_t longest_absence = 20'000;  ///< of the host, in cycles
  bool reset = false;                      ///< once, when the chip has stopped
};

/// A run of a network with the stall policy and a host that goes away until nothing moves any more,
/// then asks, writes, pauses, resets, comes back late. Throws at the first thing that is wrong: an
/// answer that does not come within its bound, a chip that does not go on although the spike-out
/// ring has room, a spike or state that is not the reference's.
class StressCase {
 public:
  StressCase(sim::Device& device, sim::Link link, const StressOptions& options, std::uint64_t seed)
      : build_(device.build()),
        options_(options),
        random_(seed),
        network_(build_, options.traffic, options.steps, random_),
        host_(device, link, random_),
        reset_(options.reset) {}

  StressCounts run() {
    while (host_.get(spec::Register::status) & 1u) host_.wait(100);
    load();
    top_up();
    while (!finished()) {
      host_.wait(random_.chance(10) ? random_.below(options_.longest_absence) : random_.below(200));
      const Look now = host_.look();
      if (now.running && full(now)) stand_still();
      go_on();
    }
    compare_spikes();
    counts_.answers = host_.answers();
    counts_.longest_answer = host_.longest_answer();
    counts_.cycles = host_.device().cycle();
    return counts_;
  }

 private:
  static constexpr std::uint64_t kStandstill = 5'000;  ///< cycles without a flit or step: a hang
  static constexpr std::uint64_t kInVain = 200'000;    ///< without a spike to the host or a step

  bool full(const Look& now) const { return now.out_write - now.out_read == build_.ring_out; }

  void load();
  void top_up();
  void push(std::uint32_t count);
  bool finished();
  void go_on();
  void expect_progress(const Look& now);
  void at_boundary(const Look& now);
  void drain(const Look& now);
  void compare_states(const Look& now);
  void compare_spikes();

  void stand_still();
  void act(const Look& now);
  void write_what_is_refused(const Look& now);
  void try_tile();
  void pause(const Look& now);
  void reset();
  void compare_zero();

  const spec::Build build_;  ///< a copy: a model device makes its chip anew for a listener
  StressOptions options_;
  sim::Random random_;
  StressNetwork network_;
  StressHost host_;
  bool reset_;
  StressCounts counts_;
  std::uint32_t tag_ = 0, nonce_ = 0, in_write_ = 0;
  std::deque<sim::RingEntry> to_push_;
  std::optional<sim::ExpectedRun> expected_;
  std::vector<sim::HostSpike> got_, wanted_;
  std::optional<std::uint64_t> pause_;  ///< the step before which it has to stop
  struct Progress {
    std::uint64_t moves = 0, pushed = 0, step = 0;
  } progress_;  ///< when the host was there last; it leaves the spike-out ring with room
  std::uint64_t moved_ = 0, useful_ = 0;  ///< cycles until which all was well
};

}  // namespace spikemesh
