// SPDX-License-Identifier: Apache-2.0
#include "properties/stress_case.hpp"

namespace spikemesh {

using spec::Region;
using spec::Register;
using spec::Status;

namespace {

std::uint32_t address(Region region, std::uint32_t index) {
  return spec::TileAddr{.index = index, .region = static_cast<std::uint32_t>(region)}.pack();
}

/// Cycles that an access of `words` words to a tile takes at a step boundary, at most.
std::uint64_t at_rest(std::uint64_t words) { return 300 + 200 * words; }

/// Cycles that the memories take to become zero, at most.
std::uint64_t wipe(const spec::Build& build) {
  return 1000 + 4 * std::max({build.synapses, build.fanouts, build.axons, 8 * build.neurons,
                              (build.delay_max + 1) * build.neurons});
}

}  // namespace

// ---------------------------------------------------------------------------------------------
// Load, feed, run

void StressCase::load() {
  expected_.emplace(build_);
  std::vector<Request> requests;
  for (const Block& block : network_.chip().blocks(build_.frame_words)) {
    requests.push_back(StressHost::write_of(block.tile, block.address, block.words));
    expected_->reference().write(block.tile, block.address, block.words);
  }
  host_.load(std::move(requests));
  expected_->push(network_.entries());
  to_push_.assign(network_.entries().begin(), network_.entries().end());
  in_write_ = 0;
  got_.clear();
  wanted_.clear();
  pause_.reset();
  progress_ = {};
  moved_ = useful_ = host_.device().cycle();
  host_.set(Register::ring_out_policy, static_cast<std::uint32_t>(spec::RingPolicy::stall));
  host_.set(Register::period,
            static_cast<std::uint32_t>(random_.chance(70) ? 0 : random_.below(500)));
  tag_ = random_.word() | 1u;
  host_.set(Register::image_tag, tag_);
}

/// Fills the spike-in ring, and lets the chip run as far as entries are there.
void StressCase::top_up() {
  const std::uint32_t held = in_write_ - host_.get(Register::ring_in_read);
  push(static_cast<std::uint32_t>(std::min<std::size_t>(build_.ring_in - held, to_push_.size())));
  if (pause_) return;
  const std::uint32_t until = to_push_.empty() ? options_.steps : to_push_.front().step;
  host_.ask(StressHost::write_of(kHostTile, StressHost::number(Register::run_until_lo),
                                 {until, 0, tag_}));
}

void StressCase::push(std::uint32_t count) {
  if (count == 0) return;
  while (count > 0) {
    const std::uint32_t place = in_write_ % build_.ring_in;
    const std::uint32_t part = std::min({count, build_.ring_in - place, build_.frame_words / 2});
    std::vector<std::uint32_t> words;
    for (std::uint32_t i = 0; i < part; ++i, to_push_.pop_front()) {
      words.push_back(to_push_.front().step);
      words.push_back(to_push_.front().entry);
    }
    host_.ask(StressHost::write_of(kHostTile, spec::kRingInBase + 2 * place, std::move(words)));
    in_write_ += part;
    count -= part;
  }
  host_.set(Register::ring_in_write, in_write_);
}

/// The host is there: takes what is in the ring, gives what there is room for.
void StressCase::go_on() {
  const Look now = host_.look();
  expect_progress(now);
  if (!now.running) at_boundary(now);
  drain(now);
  if (!now.running || random_.chance(20)) top_up();
  if (full(now)) moved_ = useful_ = host_.device().cycle();  // there is room since the drain
}

/// With room in the ring something has to move, and before long that brings a spike to the host or
/// ends the step; and no more spikes come than there are.
void StressCase::expect_progress(const Look& now) {
  const std::uint64_t cycle = host_.device().cycle();
  const Progress seen{host_.watch().flits() + host_.watch().pushed(), host_.watch().pushed(),
                      now.step};
  if (!now.running || seen.moves != progress_.moves || seen.step != progress_.step) moved_ = cycle;
  if (!now.running || seen.pushed != progress_.pushed || seen.step != progress_.step)
    useful_ = cycle;
  if (cycle - moved_ > kStandstill || cycle - useful_ > kInVain) {
    host_.fail(
        fmt::format("step {} does not go on although the spike-out ring has room: nothing "
                    "moved for {} cycles, no spike came for {} (RING_OUT_STALLS {}, "
                    "spike-in ring {} of {})",
                    now.step, cycle - moved_, cycle - useful_, now.stalls,
                    now.in_write - now.in_read, build_.ring_in));
  }
  if (got_.size() > network_.most_labels() * options_.steps)
    host_.fail(fmt::format("{} spikes came to the host, more than there can be", got_.size()));
  progress_ = seen;
}

bool StressCase::finished() {
  const Look now = host_.look();
  if (now.running || now.step != options_.steps || !to_push_.empty()) return false;
  for (Look rest = now; rest.out_write != rest.out_read; rest = host_.look()) drain(rest);
  compare_states(now);
  if (now.lost != 0 || now.late != 0 || now.bad != 0 || now.in_read != in_write_) {
    host_.fail(fmt::format("RING_OUT_LOST {}, LATE_ENTRIES {}, BAD_ENTRIES {}, {} entries left",
                           now.lost, now.late, now.bad, in_write_ - now.in_read));
  }
  return true;
}

void StressCase::at_boundary(const Look& now) {
  if (pause_ && now.step != *pause_) {
    host_.fail(fmt::format("PAUSE was written in step {}, but the chip stopped before step {}",
                           *pause_ - 1, now.step));
  }
  pause_.reset();
  if (random_.chance(30)) compare_states(now);
}

void StressCase::drain(const Look& now) {
  const std::uint32_t held = now.out_write - now.out_read;
  if (held == 0) return;
  const auto wanted =
      static_cast<std::uint32_t>(random_.chance(70) ? held : 1 + random_.below(held));
  for (std::uint32_t taken = 0; taken < wanted;) {
    const std::uint32_t place = (now.out_read + taken) % build_.ring_out;
    const std::uint32_t part =
        std::min({wanted - taken, build_.ring_out - place, build_.frame_words / 2});
    const Reply reply =
        host_.ask(StressHost::read_of(kHostTile, spec::kRingOutBase + 2 * place, 2 * part));
    for (std::uint32_t i = 0; i < part; ++i)
      got_.push_back({reply.data[2 * i], spec::Entry::unpack(reply.data[2 * i + 1]).payload});
    taken += part;
  }
  host_.set(Register::ring_out_read, now.out_read + wanted);
}

// ---------------------------------------------------------------------------------------------
// Against the reference

void StressCase::compare_states(const Look& now) {
  const auto more = expected_->run(now.step);
  wanted_.insert(wanted_.end(), more.begin(), more.end());
  for (const auto& [tile, neurons] : network_.chip().neurons) {
    for (const std::uint32_t neuron : neurons) {
      const std::uint32_t first = address(Region::state, 4 * neuron);
      const Reply reply = host_.ask(StressHost::read_of(tile, first, 4), at_rest(4));
      if (reply.status != Status::ok)
        host_.fail(fmt::format("a state at a step boundary: {}", to_string(reply.status)));
      for (std::uint32_t i = 0; i < 4; ++i, ++counts_.states) {
        const std::uint32_t wanted = expected_->reference().read(tile, first + i);
        if (reply.data[i] == wanted) continue;
        host_.fail(
            fmt::format("tile 0x{:04x}, neuron {}, state word {} before step {}: {:#x}, in "
                        "the reference {:#x}",
                        tile, neuron, i, now.step, reply.data[i], wanted));
      }
    }
  }
}

void StressCase::compare_spikes() {
  std::sort(got_.begin(), got_.end());
  std::sort(wanted_.begin(), wanted_.end());
  const auto [got, wanted] =
      std::mismatch(got_.begin(), got_.end(), wanted_.begin(), wanted_.end());
  const auto text = [](const auto& at, const auto& end) {
    return at == end ? std::string("no more")
                     : fmt::format("label 0x{:06x} in step {}", at->label, at->step);
  };
  if (got != got_.end() || wanted != wanted_.end()) {
    host_.fail(fmt::format(
        "of the spikes to the host the first that differs is {} (of {}), in the "
        "reference {} (of {})",
        text(got, got_.end()), got_.size(), text(wanted, wanted_.end()), wanted_.size()));
  }
  counts_.spikes += got_.size();
}

// ---------------------------------------------------------------------------------------------
// While the chip has stopped

/// The spike-out ring is full: waits until every cycle is one of waiting, then does what a host may
/// do. None of it may move the chip, and all of it has to be answered.
void StressCase::stand_still() {
  const Look before = host_.look();
  host_.wait(random_.below(options_.longest_absence));
  const Look still = host_.look();
  if (still.stalls - before.stalls != still.cycle - before.cycle) return;
  ++counts_.stalls;
  for (std::uint64_t left = 2 + random_.below(6); left > 0; --left) act(still);
  const Look after = host_.look();
  counts_.both_full += after.in_write - after.in_read == build_.ring_in;
  if (!after.running || after.step != still.step || after.out_write != still.out_write ||
      after.stalls - still.stalls != after.cycle - still.cycle) {
    host_.fail(
        fmt::format("a chip that waits for the spike-out ring went on: step {} and then {}, "
                    "RING_OUT_WRITE {} and {}, {} of {} cycles waited",
                    still.step, after.step, still.out_write, after.out_write,
                    after.stalls - still.stalls, after.cycle - still.cycle));
  }
  if (reset_ && random_.chance(30)) reset();
}

void StressCase::act(const Look& now) {
  switch (random_.below(9)) {
    case 0:
      host_.get(static_cast<Register>(random_.below(spec::kRegisters.size())));
      break;
    case 1:
      host_.ask(
          StressHost::read_of(kHostTile, spec::kRingOutBase, 2 * std::min(4u, build_.ring_out)));
      break;
    case 2:
      host_.ask(
          StressHost::read_of(kHostTile, spec::kRingInBase, 2 * std::min(4u, build_.ring_in)));
      break;
    case 3:
    case 4:
      try_tile();
      break;
    case 5:
      write_what_is_refused(now);
      break;
    case 6:
      top_up();
      break;
    case 7:
      if (!pause_ && random_.chance(40)) pause(now);
      break;
    default:
      host_.wait(random_.below(options_.longest_absence));
      break;
  }
}

void StressCase::try_tile() {
  const auto tile = static_cast<std::uint16_t>(
      spec::Tile{.x = static_cast<std::uint32_t>(random_.below(build_.mesh_w)),
                 .y = static_cast<std::uint32_t>(random_.below(build_.mesh_h))}
          .pack());
  const Region regions[] = {Region::synapse, Region::axon, Region::neuron, Region::state};
  const std::uint32_t at = address(regions[random_.below(4)], 0);
  const Reply reply =
      host_.ask(random_.chance(50) ? StressHost::write_of(tile, at, {random_.word(), 0})
                                   : StressHost::read_of(tile, at, 2),
                Status::running);
  if (reply.done != 0) host_.fail("an access that is answered RUNNING says that words were done");
  ++counts_.running;
}

void StressCase::write_what_is_refused(const Look& now) {
  switch (random_.below(6)) {
    case 0:
      return host_.set(Register::step_lo, random_.word(), Status::running);
    case 1:
      return host_.set(Register::adapt_period, 1, Status::running);
    case 2:
      return host_.set(Register::ring_in_write, now.in_read + 2 * build_.ring_in + 1,
                       Status::bad_value);
    case 3:
      return host_.set(Register::ring_out_read, now.out_write + 1, Status::bad_value);
    case 4:
      return host_.set(Register::run_tag, tag_ ^ 2u, Status::refused);
    default:
      host_.set(Register::ring_out_read, now.out_read - 1);  // stale: no effect
      return host_.set(Register::ring_in_write, in_write_ - 1);
  }
}

void StressCase::pause(const Look& now) {
  host_.set(Register::pause, 1);
  pause_ = now.step + 1;
  ++counts_.pauses;
}

// ---------------------------------------------------------------------------------------------
// Soft reset while the mesh is full

void StressCase::reset() {
  reset_ = false;
  nonce_ += 1 + static_cast<std::uint32_t>(random_.below(1000));
  const Reply reply = host_.ask(
      StressHost::write_of(kHostTile, StressHost::number(Register::reset_nonce), {nonce_}),
      wipe(build_));
  if (reply.status != Status::ok)
    host_.fail(fmt::format("a reset of a chip that stands still: {}", to_string(reply.status)));
  const Look now = host_.look();
  if (now.running || now.step != 0 || now.in_write != 0 || now.in_read != 0 || now.out_write != 0 ||
      now.out_read != 0 || now.stalls != 0)
    host_.fail("registers are not zero after a reset");
  compare_zero();
  ++counts_.resets;
  const std::uint64_t entries = host_.watch().pushed();
  host_.wait(kStandstill);
  if (host_.watch().pushed() != entries) host_.fail("a spike came to the host after a reset");
  load();
  top_up();
}

/// What was written, and every state and accumulator.
void StressCase::compare_zero() {
  std::vector<Request> requests;
  for (const Block& block : network_.chip().blocks(build_.frame_words)) {
    requests.push_back(StressHost::read_of(block.tile, block.address,
                                           static_cast<std::uint32_t>(block.words.size())));
  }
  for (const auto& [tile, neurons] : network_.chip().neurons) {
    for (const auto& [region, words] :
         {std::pair(Region::state, 4 * build_.neurons),
          std::pair(Region::accumulator, (build_.delay_max + 1) * build_.neurons)}) {
      for (std::uint32_t at = 0; at < words; at += build_.frame_words) {
        requests.push_back(StressHost::read_of(tile, address(region, at),
                                               std::min(build_.frame_words, words - at)));
      }
    }
  }
  for (const Request& request : requests) {
    const Reply reply = host_.ask(request, at_rest(request.length));
    const bool zero = std::all_of(reply.data.begin(), reply.data.end(),
                                  [](std::uint32_t word) { return word == 0; });
    if (reply.status != Status::ok || !zero) {
      host_.fail(fmt::format("tile 0x{:04x}, {} words from address 0x{:06x} on, after a reset: {}",
                             request.tile, request.length, request.address,
                             zero ? to_string(reply.status) : "not zero"));
    }
  }
}

}  // namespace spikemesh
