// SPDX-License-Identifier: Apache-2.0
#include "machine/run_loop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "machine/rings.hpp"

namespace spikemesh {
namespace {

using spec::Register;

constexpr auto kFirstPolled = Register::image_tag;
constexpr auto kLastPolled = Register::ring_out_lost;
constexpr std::uint32_t kPolled =
    static_cast<std::uint32_t>(kLastPolled) - static_cast<std::uint32_t>(kFirstPolled) + 1;

// Steps are compared by their low words, as signed: what is further apart would seem to be late.
constexpr std::uint64_t kHorizon = (std::uint64_t{1} << 31) - 1;

constexpr unsigned kMostTorn = 8;  // one is likely enough, once in 2^32 steps

std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
std::uint32_t high(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }

/// The first entry, and the one behind the last, of the step of entry `at`.
std::size_t step_begin(std::span<const InEntry> entries, std::size_t at) {
  const auto first = std::ranges::lower_bound(entries, entries[at].step, {}, &InEntry::step);
  return static_cast<std::size_t>(first - entries.begin());
}
std::size_t step_end(std::span<const InEntry> entries, std::size_t at) {
  const auto last = std::ranges::upper_bound(entries, entries[at].step, {}, &InEntry::step);
  return static_cast<std::size_t>(last - entries.begin());
}

}  // namespace

RunLoop::RunLoop(Client& client, LoadedChip& chip, const ChipMachineOptions& options,
                 std::span<const InEntry> entries, std::uint64_t until, std::function<void()> count)
    : client_(client),
      chip_(chip),
      options_(options),
      entries_(entries),
      until_(until),
      first_(chip.step),
      complete_(chip.step),
      until_sent_(chip.step),
      step_high_(high(chip.step)),
      count_(std::move(count)),
      stall_(client) {}

std::uint64_t cycles_to_wrap(const spec::Build& build) {
  constexpr std::uint64_t kCountsPerLane = 2;  // most that a counter rises in a cycle, each lane
  return (std::uint64_t{1} << 32) / (kCountsPerLane * build.lanes);
}

void LoadedChip::take_over(Client& client) {
  const auto words = client.read_registers(Register::step_lo, 2);
  step = std::uint64_t{words[1]} << 32 | words[0];
  in_write = client.read_register(Register::ring_in_write);
  passed = in_write - client.read_register(Register::ring_in_read);
  out_read = client.read_register(Register::ring_out_write);
  client.write_register(Register::ring_out_read, out_read);
  late = client.read_register(Register::late_entries);
  bad = client.read_register(Register::bad_entries);
  lost = client.read_register(Register::ring_out_lost);
  const auto cycle = client.read_registers(Register::cycle_lo, 2);
  busy_cycles = std::max(busy_cycles, std::uint64_t{cycle[1]} << 32 | cycle[0]);  // at most so many
}

std::vector<OutSpike> RunLoop::run() {
  run_to_end();
  std::sort(spikes_.begin(), spikes_.end());
  return std::move(spikes_);
}

std::vector<OutSpike> RunLoop::take_partial() {
  chip_.step = complete_;
  std::erase_if(spikes_, [this](const OutSpike& spike) { return spike.step >= complete_; });
  std::sort(spikes_.begin(), spikes_.end());
  return std::move(spikes_);
}

void RunLoop::run_to_end() {
  Poll now = poll();
  check_start(now);
  began_ = now.cycle;
  rested_ = rested();
  chip_.whole = chip_.at_rest = false;
  report(now);
  for (;;) {
    const std::size_t entered = next_;
    const bool filled = fill(now);
    now = poll();
    check_alive(now);
    check_progress(now);
    const bool drained = drain(now);
    if (!now.running && now.step == until_ && next_ == entries_.size()) break;
    if (count_in_time(now)) now = poll();  // entries were taken and written meanwhile
    report(now);
    if (next_ != entered || drained) wait_us_ = 0;
    if (!filled && !drained) pause_between_polls(now);
  }
  // A poll of several frames may have sampled the ring before the status; the ring of an idle chip
  // is final.
  now = poll();
  check_alive(now);
  drain(now);
  settle(now);
  finish(now);
}

/// Whoever is told may end the run: what it throws leaves a chip that is at rest between two steps.
void RunLoop::report(const Poll& now) {
  if (!options_.progress) return;
  try {
    options_.progress("run", now.step - first_, until_ - first_);
  } catch (...) {
    try {
      stop();
    } catch (const Error&) {  // the link failed as well: what was read until now stays
    }
    throw;
  }
}

RunLoop::Poll RunLoop::poll() {
  for (unsigned torn_before = 0;;) {
    const auto words = client_.read_registers(kFirstPolled, kPolled);
    const auto get = [&](Register which) {
      return words[static_cast<std::uint32_t>(which) - static_cast<std::uint32_t>(kFirstPolled)];
    };
    const std::uint32_t step_high = get(Register::step_hi);
    const bool torn = step_high != step_high_;  // its low word may be from before the carry
    step_high_ = step_high;
    if (torn && get(Register::image_tag) == chip_.tag) {
      if (++torn_before < kMostTorn) continue;
      throw RunError(
          fmt::format("STEP_HI differs at each of {} reads (now {}): the chip's step counter is at "
                      "fault; reset it and load the image again",
                      kMostTorn, step_high));
    }
    return {.tag = get(Register::image_tag),
            .running = (get(Register::status) & 1u) != 0,
            .step = std::uint64_t{step_high} << 32 | get(Register::step_lo),
            .cycle = std::uint64_t{get(Register::cycle_hi)} << 32 | get(Register::cycle_lo),
            .period = get(Register::period),
            .in_write = get(Register::ring_in_write),
            .in_read = get(Register::ring_in_read),
            .out_write = get(Register::ring_out_write),
            .out_read = get(Register::ring_out_read),
            .late = get(Register::late_entries),
            .bad = get(Register::bad_entries),
            .lost = get(Register::ring_out_lost)};
  }
}

void RunLoop::check_start(const Poll& now) const {
  check_alive(now);
  if (now.running || now.step != first_ || now.in_write != chip_.in_write ||
      now.in_write - now.in_read != chip_.passed) {
    throw RunError(fmt::format(
        "the chip is not where the last run left it (step {}, {}, {} "
        "entries waiting; step {} was left): another program used it; "
        "load the image again",
        now.step, now.running ? "running" : "idle", now.in_write - now.in_read, first_));
  }
}

RunLoop::Part RunLoop::loadable(const Poll& now) const {
  const std::uint32_t depth = client_.info().build.ring_in;
  const std::size_t room = depth - (chip_.in_write - now.in_read);
  const auto rest = entries_.subspan(next_);
  const auto near = std::partition_point(rest.begin(), rest.end(), [&](const InEntry& entry) {
    return entry.step < now.step + kHorizon;
  });
  const std::size_t ready = static_cast<std::size_t>(near - rest.begin());
  const Part part = cut(std::min(ready, room), room);
  // While the chip has work, half a ring at a time: fewer round trips.
  const bool works = now.running && chip_.in_write != now.in_read;
  return part.count < ready && part.count < depth / 2 && works ? Part{} : part;
}

/// Of the next `count` entries as many as may be written at once. A step that fits the ring waits
/// until it is there as a whole; one that does not is held wherever it is cut, but not before the
/// last of its entries that are no spikes.
RunLoop::Part RunLoop::cut(std::size_t count, std::size_t room) const {
  const auto splits = [&](std::size_t end) {
    return end > next_ && end < entries_.size() && entries_[end].step == entries_[end - 1].step;
  };
  if (!splits(next_ + count)) return {count, false};
  const std::size_t begin = step_begin(entries_, next_ + count);
  const std::size_t size = step_end(entries_, next_ + count) - begin;
  if (size <= client_.info().build.ring_in) return {count, false};
  const std::size_t end = next_ + std::min(count, room - 1);
  if (!splits(end)) return {end - next_, false};
  if (entries_[end].kind != spec::EntryKind::spike) return {begin - next_, false};
  return {end - next_, true};
}

/// Returns whether anything was written.
bool RunLoop::feed(const Poll& now) {
  const Part part = loadable(now);
  if (part.count > 0) write_entries(part);
  return part.count > 0;
}

/// Returns whether anything was written.
bool RunLoop::fill(const Poll& now) {
  const bool fed = feed(now);
  // Steps below the first entry that is not in the ring are complete, and one that is held may
  // begin.
  std::uint64_t until = next_ == entries_.size() ? until_ : entries_[next_].step + (holds_ ? 1 : 0);
  // Not so far that a spike's low word could be taken for another step before the ring is read.
  const bool far = now.running && until_sent_ > now.step + kHorizon / 2;
  until = std::min(until, now.step + kHorizon);
  if (until <= until_sent_ || far) return fed;
  send_until(until);
  return true;
}

void RunLoop::send_until(std::uint64_t until) {
  const std::array<std::uint32_t, 3> run{low(until), high(until), chip_.tag};
  client_.write_registers(Register::run_until_lo, run);
  until_sent_ = until;
}

void RunLoop::write_entries(const Part& part) {
  const std::uint32_t depth = client_.info().build.ring_in;
  std::vector<InEntry> entries(entries_.begin() + static_cast<std::ptrdiff_t>(next_),
                               entries_.begin() + static_cast<std::ptrdiff_t>(next_ + part.count));
  if (part.hold) entries.push_back({entries.back().step, 0, spec::EntryKind::hold});
  client_.write(ring_in_blocks(entries, chip_.in_write, depth));
  next_ += part.count;
  holds_ = part.hold;
  chip_.in_write += static_cast<std::uint32_t>(entries.size());
  client_.write_register(Register::ring_in_write, chip_.in_write);
}

/// Takes what is in the spike-out ring; returns whether there was anything.
bool RunLoop::drain(const Poll& now) {
  const std::uint32_t depth = client_.info().build.ring_out;
  const std::uint32_t count = now.out_write - chip_.out_read;
  if (count > 0)
    append_spikes(client_.read(ring_out_extents(chip_.out_read, count, depth)), now.step, spikes_);
  chip_.out_read += count;
  complete_ = now.step;
  // Room is given back half a ring at a time, or the rest of it when a run stalls on a small ring.
  if (chip_.out_read - now.out_read >= (depth + 1) / 2) {
    client_.write_register(Register::ring_out_read, chip_.out_read);
  }
  return count > 0;
}

void RunLoop::check_tag(const Poll& now) const {
  if (now.tag != chip_.tag) {
    throw RunError(
        fmt::format("the chip was reset since the image was loaded (IMAGE_TAG is {:#x}, "
                    "{:#x} was written): load the image again",
                    now.tag, chip_.tag));
  }
}

void RunLoop::check_alive(const Poll& now) const {
  check_tag(now);
  const std::uint32_t depth = client_.info().build.ring_out;
  if (now.out_write - chip_.out_read > depth) {
    throw RunError(
        fmt::format("the spike-out ring has {} entries that this host has not read, but "
                    "holds {}: another program used the chip; load the image again",
                    now.out_write - chip_.out_read, depth));
  }
  if (!now.running && now.step < until_sent_) {
    throw RunError(
        fmt::format("the chip stopped at step {} though it should run until {}: another "
                    "program paused it; load the image again",
                    now.step, until_sent_));
  }
}

/// Of a chip that answers but never comes to the end.
void RunLoop::check_progress(const Poll& now) {
  const Poll last = before_.value_or(now);
  before_ = now;
  if (now.step < last.step || now.step > std::max(until_sent_, first_)) {
    throw RunError(
        fmt::format("the chip went from step {} to step {}, though it should run until {}: another "
                    "program used it; load the image again",
                    last.step, now.step, until_sent_));
  }
  const spec::Build& build = client_.info().build;
  const std::uint64_t most =
      std::uint64_t{build.mesh_w} * build.mesh_h * build.fanouts + build.ring_out + entries_.size();
  step_spikes_ = now.step == last.step ? step_spikes_ + (now.out_write - last.out_write) : 0;
  if (step_spikes_ > most) {
    throw RunError(
        fmt::format("the chip sent {} spikes in step {}, but has fan-out entries for {}: it is at "
                    "fault; reset it and load the image again",
                    step_spikes_, now.step, most));
  }
  const bool moved = now.step != last.step || now.in_read != last.in_read ||
                     now.out_write != last.out_write || now.running != last.running;
  if (stall_.stalled(moved, static_cast<std::uint32_t>(now.cycle), now.period)) {
    throw RunError(
        fmt::format("the chip answers, but has not left step {} {} ({}): it gets nowhere; reset it "
                    "and load the image again",
                    now.step, stall_.how_long(), now.running ? "running" : "idle"));
  }
}

void RunLoop::finish(const Poll& now) {
  const std::uint32_t late = now.late - chip_.late - chip_.passed, bad = now.bad - chip_.bad,
                      lost = now.lost - chip_.lost;
  chip_.late = now.late;
  chip_.passed = 0;
  chip_.bad = now.bad;
  chip_.lost = now.lost;
  chip_.step = now.step;
  chip_.whole = chip_.at_rest = true;
  if (bad > 0) {
    throw RunError(
        fmt::format("{} input spikes of the run up to step {} name a tile or axon that "
                    "the chip does not have (BAD_ENTRIES): take their payloads from the "
                    "loaded image",
                    bad, now.step));
  }
  if (late > 0) {
    throw RunError(
        fmt::format("{} entries of the run up to step {} came late and were not "
                    "delivered (LATE_ENTRIES): another program moved the step counter",
                    late, now.step));
  }
  if (lost > 0) {
    throw RunError(
        fmt::format("{} spikes of the run up to step {} were overwritten before they "
                    "were read (RING_OUT_LOST): set RING_OUT_POLICY to stall",
                    lost, now.step));
  }
}

}  // namespace spikemesh
