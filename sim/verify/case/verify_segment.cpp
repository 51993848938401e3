// SPDX-License-Identifier: Apache-2.0
// A run of a random chip until some step; verify_compare.cpp compares it with the reference.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/stimulus/words.hpp"
#include "sim/verify/case/verify_case.hpp"
#include "spikemesh/build.hpp"

namespace spikemesh::sim {

using spec::Region;
using spec::Register;
using spec::Status;

namespace {

std::uint32_t hold_entry(std::uint32_t payload) {
  return spec::Entry{.payload = payload, .kind = static_cast<std::uint32_t>(spec::EntryKind::hold)}
      .pack();
}

}  // namespace

void VerifyCase::run_segment(const Segment& segment) {
  to_push_.insert(to_push_.end(), segment.entries.begin(), segment.entries.end());
  newest_ = static_cast<std::uint32_t>(segment.until - segment.steps);
  push_entries();
  in_time_ = in_time_ && (to_push_.empty() || held_);
  const bool parts = random_.chance(chip_.mood == Mood::recorded ? 0 : 40);
  parts ? start_in_parts(segment.until, segment.steps) : start(segment.until);
  Poll now = poll();
  while (now.running) {
    act_while_running(segment.until);
    now = poll();
    if (!racing_ && random_.chance(50)) drain(now);
  }
  if (now.step != segment.until)
    fail(fmt::format("the run ended before step {}, not {}", now.step, segment.until));
  drain(now);
  compare_spikes(expected_->run(segment.until, &*census_));
  if (std::exchange(paused_, false)) hit(Bin::paused);
  for (const Block& block : landed_)
    expected_->reference().write(block.tile, block.address, block.words);
  landed_.clear();
  if (random_.chance(60)) compare_memories();
  if (random_.chance(30)) change_memory();
}

Request VerifyCase::run_of(std::uint64_t until) const {
  const auto low = static_cast<std::uint32_t>(until);
  const auto high = static_cast<std::uint32_t>(until >> 32);
  return write_of(kHostTile, number(Register::run_until_lo), {low, high, tag_});
}

void VerifyCase::start(std::uint64_t until) { expect(ask(run_of(until)), Status::ok, "a run"); }

/// Runs of a step each, all in flight, with reads of the spike-in ring between them now and then: a
/// run comes while, and in the very cycle in which, the one before ends, and the bus reads the ring
/// while its entries are fetched.
void VerifyCase::start_in_parts(std::uint64_t until, std::uint64_t steps) {
  const bool look = random_.chance(50);
  std::vector<Request> requests;
  for (std::uint64_t left = std::min<std::uint64_t>(steps, 1 + random_.below(24)); left-- > 0;) {
    requests.push_back(run_of(until - left));
    if (look) requests.push_back(ring_read());
  }
  // Nobody says in which cycle a run ends, but steps of a chip at rest are all as long.
  const std::uint64_t step = collector_.watch.step_cycles(), frame = collector_.watch.run_cycles();
  const bool aim = random_.chance(60) && step > frame && step < frame + 2000;
  const std::uint64_t rest = aim ? step - 1 + random_.below(5) : 0;  // from frame to frame
  const std::uint64_t more = aim ? 1 : random_.pick(std::vector<std::uint64_t>{1, 20, 200});
  for (const Reply& reply : driver_.ask_all(requests, rest, more))
    expect(reply, Status::ok, "a run in parts");
  result_.statuses[0] += requests.size();
}

/// RING_OUT_READ moved again and again by a little, to where the chip moves it itself when it loses
/// entries: now and then both in the same cycle. Some tens of entries may come before it is there.
void VerifyCase::race_for_ring_out() {
  const std::uint32_t depth = device_.build().ring_out;
  for (std::uint64_t left = 8 + random_.below(16); left > 0; --left) {
    const auto ahead = static_cast<std::uint32_t>(random_.below(depth + 40));
    const Reply reply = ask(write_of(kHostTile, number(Register::ring_out_read),
                                     {collector_.recorded() - depth + ahead}));
    if (reply.status != Status::bad_value) expect(reply, Status::ok, "a write of RING_OUT_READ");
  }
}

VerifyCase::Poll VerifyCase::poll() {
  constexpr auto kFirst = Register::status;
  constexpr auto kLast = Register::ring_out_read;
  std::vector<std::uint32_t> words;
  while (words.size() < number(kLast) - number(kFirst) + 1) {
    const auto left = static_cast<std::uint32_t>(number(kLast) - number(kFirst) + 1 - words.size());
    const std::uint32_t at = number(kFirst) + static_cast<std::uint32_t>(words.size());
    const Reply reply = ask(read_of(kHostTile, at, std::min(left, device_.build().frame_words)));
    expect(reply, Status::ok, "a poll");
    words.insert(words.end(), reply.data.begin(), reply.data.end());
  }
  const auto word = [&](Register which) { return words[number(which) - number(kFirst)]; };
  out_known_ =
      std::max(out_known_, std::min(word(Register::ring_out_write), device_.build().ring_out));
  return {.running = (word(Register::status) & 1u) != 0,
          .step = word(Register::step_lo) | std::uint64_t{word(Register::step_hi)} << 32,
          .in_read = word(Register::ring_in_read),
          .out_write = word(Register::ring_out_write),
          .out_read = word(Register::ring_out_read)};
}

/// Takes the next entry that is to be pushed. `newest_` is the newest step of all that were.
RingEntry VerifyCase::next_entry() {
  const RingEntry entry = to_push_.front();
  to_push_.pop_front();
  if (static_cast<std::int32_t>(entry.step - newest_) > 0) newest_ = entry.step;
  return entry;
}

/// As many entries as the ring has room for. Where the host holds, an entry that keeps the step
/// open ends each part but the last, so that no entry comes late.
std::vector<RingEntry> VerifyCase::next_part(std::size_t room) {
  std::vector<RingEntry> part;
  const bool holds = holds_ && to_push_.size() > room;
  if (holds && room < 2) return part;
  for (std::size_t left = std::min(room - holds, to_push_.size()); left > 0; --left)
    part.push_back(next_entry());
  if (holds) part.push_back({newest_, hold_entry(random_.word())});
  if (!part.empty()) held_ = holds;
  return part;
}

void VerifyCase::push_entries() {
  const std::uint32_t depth = device_.build().ring_in;
  const std::uint32_t waiting = in_write_ - read_register(Register::ring_in_read);
  const std::vector<RingEntry> entries = next_part(depth - waiting);
  if (entries.empty()) return;
  expected_->push(entries);
  for (auto next = entries.begin(); next != entries.end();) {
    const std::uint32_t place = in_write_ % depth;
    const auto left = static_cast<std::uint32_t>(entries.end() - next);
    const std::uint32_t part = std::min({left, depth - place, device_.build().frame_words / 2});
    std::vector<std::uint32_t> words;
    for (std::uint32_t i = 0; i < part; ++i, ++next)
      words.insert(words.end(), {next->step, next->entry});
    expect(ask(write_of(kHostTile, spec::kRingInBase + 2 * place, words)), Status::ok,
           "a write of ring entries");
    in_write_ += part;
  }
  write_register(Register::ring_in_write, in_write_);
  if (random_.chance(10))
    write_register(Register::ring_in_write, in_write_ - 1);  // stale: no effect
}

/// A step whose host never delivers the rest. Returns whether the ring had room for it.
bool VerifyCase::vanish(std::uint64_t step) {
  const std::uint32_t waiting = in_write_ - read_register(Register::ring_in_read);
  if (!to_push_.empty() || waiting == device_.build().ring_in || step + 1 == 0) return false;
  holds_ = false;
  to_push_.push_back({static_cast<std::uint32_t>(step), hold_entry(random_.word())});
  push_entries();
  start(step + 1);
  driver_.wait(20'000 + random_.below(3000));
  if (random_.chance(50)) write_register(Register::pause, 1);
  const Poll now = poll();
  if (!now.running || now.step != step || now.in_read != in_write_)
    fail(fmt::format("a step that is held went on: step {}, not {}", now.step, step));
  return true;
}

void VerifyCase::drain(const Poll& now) {
  const std::uint32_t depth = device_.build().ring_out;
  const std::uint32_t held = std::min(now.out_write - now.out_read, depth);
  if (held == 0) return;
  const std::uint32_t place = now.out_read % depth;
  const std::uint32_t part = std::min({held, depth - place, device_.build().frame_words / 2});
  if (random_.chance(30)) {
    expect(ask(read_of(kHostTile, spec::kRingOutBase + 2 * place, 2 * part)), Status::ok,
           "a read of ring entries");
  }
  write_register(Register::ring_out_read, random_.chance(50) ? now.out_write : now.out_read + part);
}

void VerifyCase::act_while_running(std::uint64_t until) {
  if (racing_ && random_.chance(60)) return race_for_ring_out();
  switch (random_.below(14)) {
    case 10:
      race_for_ring_out();
      break;
    case 11:
      start_in_parts(until, std::min<std::uint64_t>(until, 4));
      break;
    case 8:
    case 0:
      abuse(true);
      break;
    case 1:
      try_memory();
      break;
    case 2:
      pause_and_look(until);
      break;
    case 3:
      for (std::uint64_t left = 1 + random_.below(6); left > 0; --left) start(until);
      break;
    case 9:
      look_at_ring();
      break;
    case 4:
      write_register(Register::period, static_cast<std::uint32_t>(random_.below(800)));
      break;
    case 5:
      write_register(Register::ring_out_policy, static_cast<std::uint32_t>(random_.below(2)));
      break;
    case 6:
      read_register(static_cast<Register>(random_.below(spec::kRegisters.size())));
      break;
    case 7:
      drain(poll());
      break;
    default:
      driver_.wait(random_.below(1500));
      break;
  }
  if (!to_push_.empty()) push_entries();
}

/// The bus reads the spike-in ring's memory through the port that fetches its head.
void VerifyCase::look_at_ring() {
  for (std::uint64_t left = 1 + random_.below(6); left > 0; --left)
    expect(ask(ring_read()), Status::ok, "a read of the spike-in ring");
}

/// A word that was never written has no value.
Request VerifyCase::ring_read() {
  in_known_ = std::max(in_known_, std::min(in_write_, device_.build().ring_in));
  if (in_known_ == 0) return read_of(kHostTile, number(Register::ring_in_write), 1);
  const std::uint32_t count = std::min(2 * in_known_, device_.build().frame_words);
  const auto place = static_cast<std::uint32_t>(random_.below(2 * in_known_ - count + 1));
  return read_of(kHostTile, spec::kRingInBase + place, count);
}

void VerifyCase::pause_and_look(std::uint64_t until) {
  write_register(Register::pause, 1 | (random_.word() & ~1u));
  Poll now = poll();
  for (; now.running; now = poll()) {
    drain(now);
    if (!to_push_.empty()) push_entries();  // a held step ends with the rest of its entries
  }
  paused_ = paused_ || now.step != until;
  for (unsigned i = 0; i < 3; ++i) {
    const auto& [tile, neurons] = *chip_.neurons.begin();
    expect(ask(read_of(tile, address(Region::state, random_.pick(neurons) * 4), 4)), Status::ok,
           "a read while paused");
  }
  start(until);
}

/// RUNNING is the answer while the chip runs; when it has just stopped the access is done.
void VerifyCase::try_memory() {
  const auto at = static_cast<std::ptrdiff_t>(random_.below(chip_.words.size()));
  const auto& [tile, memory] = *std::next(chip_.words.begin(), at);
  const auto place = static_cast<std::ptrdiff_t>(random_.below(memory.size()));
  const auto& [word_address, word] = *std::next(memory.begin(), place);
  const bool write = random_.chance(50);
  const Reply reply =
      ask(write ? write_of(tile, word_address, {word}) : read_of(tile, word_address, 1));
  if (reply.status == Status::running) return;
  expect(reply, Status::ok, "an access to a tile");
  if (write) landed_.push_back({.tile = tile, .address = word_address, .words = {word}});
}

}  // namespace spikemesh::sim
