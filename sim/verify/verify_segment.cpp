// SPDX-License-Identifier: Apache-2.0
// A run of a random chip until some step, and its comparison with the reference.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/verify/verify_case.hpp"
#include "spikemesh/build.hpp"

namespace spikemesh::sim {

using spec::Region;
using spec::Register;
using spec::Status;

namespace {

std::uint32_t number(Register which) { return static_cast<std::uint32_t>(which); }

std::uint32_t address(Region region, std::uint32_t index) {
  return spec::TileAddr{.index = index, .region = static_cast<std::uint32_t>(region)}.pack();
}

}  // namespace

void VerifyCase::run_segment(const Segment& segment) {
  to_push_.insert(to_push_.end(), segment.entries.begin(), segment.entries.end());
  expected_->push(segment.entries);
  push_entries();
  in_time_ = in_time_ && to_push_.empty();
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
  return {.running = (word(Register::status) & 1u) != 0,
          .step = word(Register::step_lo) | std::uint64_t{word(Register::step_hi)} << 32,
          .in_read = word(Register::ring_in_read),
          .out_write = word(Register::ring_out_write),
          .out_read = word(Register::ring_out_read)};
}

void VerifyCase::push_entries() {
  const std::uint32_t depth = device_.build().ring_in;
  const std::uint32_t held = in_write_ - read_register(Register::ring_in_read);
  auto count = static_cast<std::uint32_t>(std::min<std::size_t>(depth - held, to_push_.size()));
  if (count == 0) return;
  while (count > 0) {
    const std::uint32_t place = in_write_ % depth;
    const std::uint32_t part = std::min({count, depth - place, device_.build().frame_words / 2});
    std::vector<std::uint32_t> words;
    for (std::uint32_t i = 0; i < part; ++i) {
      words.push_back(to_push_.front().step);
      words.push_back(to_push_.front().entry);
      to_push_.pop_front();
    }
    expect(ask(write_of(kHostTile, spec::kRingInBase + 2 * place, words)), Status::ok,
           "a write of ring entries");
    in_write_ += part;
    count -= part;
  }
  write_register(Register::ring_in_write, in_write_);
  if (random_.chance(10))
    write_register(Register::ring_in_write, in_write_ - 1);  // stale: no effect
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

Request VerifyCase::ring_read() {
  const std::uint32_t count = std::min(2 * device_.build().ring_in, device_.build().frame_words);
  const auto place =
      static_cast<std::uint32_t>(random_.below(2 * device_.build().ring_in - count + 1));
  return read_of(kHostTile, spec::kRingInBase + place, count);
}

void VerifyCase::pause_and_look(std::uint64_t until) {
  write_register(Register::pause, 1 | (random_.word() & ~1u));
  Poll now = poll();
  for (; now.running; now = poll()) drain(now);
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

// ---------------------------------------------------------------------------------------------
// Against the reference

bool VerifyCase::on_time() {
  const std::uint32_t late = read_register(Register::late_entries);
  const std::uint32_t bad = read_register(Register::bad_entries);
  const bool equal = late == expected_->late() && bad == expected_->bad();
  if (in_time_ && !equal) {
    fail(fmt::format("LATE_ENTRIES {}, BAD_ENTRIES {}, but the ring held {} late and {} bad ones",
                     late, bad, expected_->late(), expected_->bad()));
  }
  // While an entry is still in the ring, one that was late may be mistaken for one that will be.
  const bool all_taken = to_push_.empty() && read_register(Register::ring_in_read) == in_write_;
  comparable_ = comparable_ && equal && all_taken;
  ++(comparable_ ? result_.segments : result_.late_segments);
  return comparable_;
}

void VerifyCase::compare_spikes(std::vector<HostSpike> expected) {
  std::vector<HostSpike> got;
  std::swap(got, collector_.spikes);
  const bool comparable = on_time();
  census_->keep(comparable);
  learn_census_->keep(comparable);
  if (!comparable) return;
  const auto first = static_cast<std::uint32_t>(chip_.first_step);
  const auto order = [&](const HostSpike& a, const HostSpike& b) {
    return std::pair(a.step - first, a.label) < std::pair(b.step - first, b.label);
  };
  std::sort(got.begin(), got.end(), order);
  std::sort(expected.begin(), expected.end(), order);
  result_.host_spikes += expected.size();
  const auto [chip, reference] =
      std::mismatch(got.begin(), got.end(), expected.begin(), expected.end());
  if (chip == got.end() && reference == expected.end()) return;
  const auto text = [](const auto& at, const auto& end) {
    return at == end ? std::string("no more")
                     : fmt::format("label 0x{:06x} in step {}", at->label, at->step);
  };
  fail(fmt::format(
      "spikes to the host differ from the reference: the chip sent {} (of {}), the reference {} "
      "(of {})",
      text(chip, got.end()), got.size(), text(reference, expected.end()), expected.size()));
}

/// All but those that the reference does not have, in reads that the shortest frame holds.
void VerifyCase::compare_counters(std::uint16_t tile) {
  constexpr std::uint32_t kMost = 4;
  const auto timing = [](std::uint32_t i) {
    return spec::counts_timing(static_cast<spec::Counter>(i));
  };
  for (std::uint32_t first = 0; first < spec::kCounters;) {
    std::uint32_t end = first;
    while (end < spec::kCounters && end - first < kMost && !timing(end)) ++end;
    if (end > first) compare_words(tile, Region::counter, first, end - first);
    first = std::max(end, first + 1);
  }
}

void VerifyCase::compare_memories() {
  if (!comparable_) return;
  const spec::Build& build = device_.build();
  // Each place with a chance that keeps the whole within some hundred frames.
  const unsigned share = build.mesh_w * build.mesh_h > 4 || link_ == Link::pins ? 20 : 60;
  for (const auto& [tile, neurons] : chip_.neurons) {
    compare_counters(tile);
    for (const std::uint32_t neuron : neurons) {
      if (random_.chance(share)) compare_words(tile, Region::state, neuron * 4, 4);
      if (random_.chance(share / 4)) compare_words(tile, Region::neuron, neuron * 8, 4);
      const auto slot = static_cast<std::uint32_t>(random_.below(build.delay_max + 1));
      if (random_.chance(share / 2))
        compare_words(tile, Region::accumulator, slot * build.neurons + neuron, 1);
    }
    const auto word = static_cast<std::uint32_t>(random_.below(build.synapses / 4) * 4);
    compare_words(tile, Region::synapse, word, 4);
    const std::uint32_t axon = random_.pick(chip_.axons.at(tile));
    compare_words(tile, Region::axon, axon, 1);
    compare_words(tile, Region::pre_trace, axon, 1);
    compare_words(tile, Region::post_trace, random_.pick(neurons), 1);
    const auto row =
        spec::Axon::unpack(expected_->reference().read(tile, address(Region::axon, axon)));
    const std::uint32_t begin = row.first * build.lanes / 4 * 4;
    if (row.groups > 0) compare_words(tile, Region::synapse, begin, 4);
    for (const Region region : {Region::rule, Region::table, Region::fanin, Region::learn}) {
      const std::uint32_t words = spec::region_words(build, region);
      if (random_.chance(share / 4)) {
        compare_words(tile, region, static_cast<std::uint32_t>(random_.below(words / 4) * 4), 4);
      }
    }
    compare_words(tile, Region::fanout,
                  static_cast<std::uint32_t>(random_.below(build.fanouts / 4) * 4), 4);
  }
}

void VerifyCase::compare_words(std::uint16_t tile, Region region, std::uint32_t first,
                               std::uint32_t count) {
  const Reply reply = ask(read_of(tile, address(region, first), count));
  expect(reply, Status::ok, "a read of a tile");
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t wanted = expected_->reference().read(tile, address(region, first + i));
    if (reply.data[i] != wanted) {
      fail(fmt::format("{} {} word {} is 0x{:08x}, in the reference 0x{:08x} (before step {})",
                       tile_name(tile), to_string(region), first + i, reply.data[i], wanted,
                       expected_->reference().step()));
    }
  }
  result_.words += count;
}

/// Memories may change at a step boundary: what was known to rest must wake.
void VerifyCase::change_memory() {
  for (std::uint64_t left = 1 + random_.below(4); left > 0; --left) {
    const auto at = static_cast<std::ptrdiff_t>(random_.below(chip_.neurons.size()));
    const auto& [tile, neurons] = *std::next(chip_.neurons.begin(), at);
    const std::uint32_t neuron = random_.pick(neurons);
    if (random_.chance(50)) {
      change_learning(tile, neuron);
      continue;
    }
    const auto slot = static_cast<std::uint32_t>(random_.below(device_.build().delay_max + 1));
    const std::vector<std::uint32_t> places{
        address(Region::accumulator, slot * device_.build().neurons + neuron),
        address(Region::state, neuron * 4), address(Region::neuron, neuron * 8 + 2)};
    const std::uint32_t place = random_.pick(places);
    const std::uint32_t word = random_.word() & 0x3fffu;
    expect(ask(write_of(tile, place, {word})), Status::ok, "a write at a step boundary");
    expected_->reference().write(tile, place, word);
  }
}

/// Another weight for a synapse, another value for a trace.
void VerifyCase::change_learning(std::uint16_t tile, std::uint32_t neuron) {
  model::Reference& reference = expected_->reference();
  const spec::Build& build = device_.build();
  const auto row_of = [&](std::uint32_t number) {
    return spec::Axon::unpack(reference.read(tile, address(Region::axon, number)));
  };
  std::uint32_t axon = random_.pick(chip_.axons.at(tile));
  for (unsigned left = 8; left > 0 && !(row_of(axon).plastic && row_of(axon).groups > 0); --left)
    axon = random_.pick(chip_.axons.at(tile));
  const spec::Axon row = row_of(axon);
  std::uint32_t place = 0, word = 0;
  if (random_.chance(70) && row.groups > 0) {
    const auto at = row.first * build.lanes +
                    static_cast<std::uint32_t>(random_.below(row.groups * build.lanes));
    place = address(Region::synapse, at % build.synapses);
    word = (reference.read(tile, place) & ~0xffffu) | (random_.word() & 0xffffu);
    const auto synapse = spec::Synapse::unpack(word);
    if (row.plastic && synapse.plastic && synapse.delay != 0) hit(Bin::weight_written);
  } else {
    place =
        random_.chance(50) ? address(Region::post_trace, neuron) : address(Region::pre_trace, axon);
    const auto now = static_cast<std::uint32_t>(reference.step());
    word = spec::Trace{.value = random_.word(),
                       .stamp = now - static_cast<std::uint32_t>(random_.below(140))}
               .pack();
  }
  expect(ask(write_of(tile, place, {word})), Status::ok, "a write of a weight or trace");
  reference.write(tile, place, word);
}

}  // namespace spikemesh::sim
