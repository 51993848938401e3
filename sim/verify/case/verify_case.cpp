// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/case/verify_case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "sim/stimulus/chances.hpp"
#include "sim/stimulus/words.hpp"

namespace spikemesh::sim {

using spec::Register;
using spec::Status;

namespace {

constexpr unsigned kPortBeside = 20;  ///< percent of frames with accesses of the word port beside

RandomChipSize size_of(const spec::Build& build, Link link, Random& random) {
  // The line takes a hundred cycles a byte: less of everything there.
  if (link == Link::pins) return {.words = 200, .steps = 12};
  const std::uint32_t tiles = build.mesh_w * build.mesh_h;
  return {.words = std::min(4000u, tiles * (200 + static_cast<std::uint32_t>(random.below(500)))),
          .steps = 6 + static_cast<std::uint32_t>(random.below(36))};
}

}  // namespace

VerifyCase::VerifyCase(Device& device, Link link, std::uint64_t seed, const Features& features)
    : device_(device),
      link_(link),
      seed_(seed),
      features_(features),
      random_(seed),
      collector_(device.build()),
      driver_(device, link, random_, &collector_) {}

void VerifyCase::Collector::on(const Event& event) {
  watch.on(event);
  if (event.kind != EventKind::ring_out) return;
  const auto [entry, step] = event.as<spec::RingOutEvent>();
  spikes.push_back({step, spec::Entry::unpack(entry).payload});
}

CaseResult VerifyCase::run() {
  wake_up();
  const unsigned rounds = random_.pick(kRounds);
  for (unsigned i = 1; i <= rounds; ++i) {
    if (i > 1) reset();
    round(rounds, i == rounds);
  }
  count_edges();
  driver_.settle(1'000'000);
  count_bins();
  result_.cycles = device_.cycle();
  return result_;
}

/// More rounds are smaller, so that a case takes as long.
void VerifyCase::round(unsigned rounds, bool last) {
  RandomChipSize size = size_of(device_.build(), link_, random_);
  size.words /= rounds;
  size.steps = std::max(size.steps / rounds, 4u);
  chip_ = make_random_chip(device_.build(), size, random_, features_);
  expected_ = std::make_unique<ExpectedRun>(device_.build());
  collector_.watch.parameters_of(expected_->reference());
  census_.emplace(chip_.neurons, chip_.adapt_period);
  learn_census_.emplace(expected_->reference());
  expected_->reference().watch_learning(&*learn_census_);
  comparable_ = in_time_ = true;
  // Nobody drains then: with the other policy the chip would wait for ever.
  racing_ = chip_.policy == spec::RingPolicy::overwrite &&
            random_.chance(chip_.mood == Mood::recorded ? 90 : 40);
  holds_ = random_.chance(60);
  held_ = false;
  race_for_run_end();
  load();
  configure();
  for (const Segment& segment : chip_.segments) {
    run_segment(segment);
    for (unsigned i = 0; i < 4; ++i) {
      if (random_.chance(50)) abuse(false);
    }
  }
  const spec::Build& build = device_.build();
  result_.steps += expected_->steps();
  result_.skipped_updates += expected_->steps() * build.mesh_w * build.mesh_h -
                             expected_->reference().total(spec::Counter::updates);
  for (std::size_t i = 0; i < kBins; ++i)
    result_.bins[i] += census_->hits()[i] + learn_census_->hits()[i];
  if (last || !random_.chance(50)) return;
  // A reset in the middle of things: everything that is under way must vanish.
  const std::uint64_t next = chip_.segments.back().until;
  if (random_.chance(40) && vanish(next)) return hit(Bin::held_reset);
  start(next + 50);
  driver_.wait(random_.below(3000));
}

// ---------------------------------------------------------------------------------------------
// Frames

Reply VerifyCase::ask(const Request& request) {
  if (random_.chance(kPortBeside)) use_port();
  const Reply reply = driver_.ask(request);
  ++result_.statuses[static_cast<unsigned>(reply.status) & 15u];
  return reply;
}

Request VerifyCase::read_of(std::uint16_t tile, std::uint32_t address, std::uint32_t count) const {
  return {.command = spec::Command::read,
          .tile = tile,
          .address = address,
          .length = static_cast<std::uint16_t>(count),
          .data = {}};
}

Request VerifyCase::write_of(std::uint16_t tile, std::uint32_t address,
                             std::vector<std::uint32_t> data) const {
  const auto count = static_cast<std::uint16_t>(data.size());
  return {.command = spec::Command::write,
          .tile = tile,
          .address = address,
          .length = count,
          .data = std::move(data)};
}

std::uint32_t VerifyCase::read_register(Register which) {
  const Reply reply = ask(read_of(kHostTile, number(which), 1));
  expect(reply, Status::ok, "a read of a register");
  return reply.data.front();
}

void VerifyCase::write_register(Register which, std::uint32_t value) {
  expect(ask(write_of(kHostTile, number(which), {value})), Status::ok, "a write of a register");
}

void VerifyCase::expect(const Reply& reply, Status wanted, const std::string& what) {
  const bool all = reply.status != Status::ok || reply.done == reply.length;
  if (reply.status == wanted && all) return;
  fail(fmt::format(
      "{} (tile 0x{:04x}, address 0x{:06x}, {} words): the chip answers {} after {} words, not {}",
      what, reply.tile, reply.address, reply.length, to_string(reply.status), reply.done,
      to_string(wanted)));
}

void VerifyCase::fail(const std::string& what) const {
  throw std::runtime_error(fmt::format("cycle {}: {}", device_.cycle(), what));
}

// ---------------------------------------------------------------------------------------------
// Power-on, load, reset

void VerifyCase::wake_up() {
  if (random_.chance(50)) driver_.wait(random_.below(2000));
  if (random_.chance(50)) {
    const Reply reply = ask(read_of(0, 0, 1));
    if (reply.status != Status::running)
      expect(reply, Status::ok, "a read of a tile during the wipe");
  }
  while ((read_register(Register::status) & 1u) != 0) driver_.wait(random_.below(500));
  const spec::Build& build = device_.build();
  const std::vector<std::uint32_t> wanted{
      spec::kMagic,      spec::kSpecHash,    spec::kVersion,     build.mesh_w | build.mesh_h << 8,
      build.neurons,     build.synapses,     build.axons,        build.fanouts,
      build.plastics,    build.lanes,        build.weight_bits,  build.decay_bits,
      build.delay_max,   build.router_depth, build.link_latency, build.router_latency,
      build.tree_fan_in, build.tree_latency, build.core_depth,   build.ring_in,
      build.ring_out,    build.rx_buffer,    build.frame_words,  build.uart_divisor};
  for (std::uint32_t at = 0; at < wanted.size(); at += 3) {
    const Reply reply = ask(read_of(kHostTile, at, 3));
    expect(reply, Status::ok, "a read of the first registers");
    for (std::uint32_t i = 0; i < 3; ++i) {
      if (reply.data[i] != wanted[at + i])
        fail(fmt::format("register {} reads {}, not {}", at + i, reply.data[i], wanted[at + i]));
    }
  }
  if (link_ == Link::pins && random_.chance(70)) {
    write_register(Register::uart_divisor, 4 + static_cast<std::uint32_t>(random_.below(6)));
  }
}

/// Pairs of runs, the second written in the very cycle in which the first ends, or near it. Nobody
/// says which cycle that is, but in a chip that is empty all steps but the first are as long.
void VerifyCase::race_for_run_end() {
  constexpr unsigned kTries = 12;
  constexpr std::uint64_t kWarmUp = 8, kEarly = 2, kSweep = 6, kPatience = 100'000;
  if (link_ == Link::pins) return;  // a run takes a thousand cycles there
  tag_ = random_.word() | 1u;
  write_register(Register::image_tag, tag_);
  std::uint64_t until = kWarmUp;
  for (const Reply& reply : driver_.ask_all({run_of(until / 2), run_of(until)}))
    expect(reply, Status::ok, "a run of an empty chip");
  driver_.settle(kPatience);
  if (const std::uint64_t now = poll().step; now != until)
    fail(fmt::format("an empty chip ran until step {}, not {}", now, until));
  const std::uint64_t step = collector_.watch.step_cycles(), frame = collector_.watch.run_cycles();
  const std::uint64_t steps = (frame + kEarly) / step + 1;
  for (unsigned i = 0; i < kTries; ++i) {
    const std::vector<Request> runs{run_of(until + steps), run_of(until + 2 * steps)};
    for (const Reply& reply : driver_.ask_all(runs, steps * step + 1 - kEarly + i % kSweep))
      expect(reply, Status::ok, "a run that comes when one ends");
    until += 2 * steps;
    driver_.settle(kPatience);
  }
  expected_->run(until);
  write_register(Register::image_tag, tag_ = 0);
}

void VerifyCase::load() {
  std::vector<Request> requests;
  const std::size_t longest = 1 + random_.below(device_.build().frame_words);
  for (const Block& block : chip_.blocks(longest)) {
    requests.push_back(write_of(block.tile, block.address, block.words));
    expected_->reference().write(block.tile, block.address, block.words);
  }
  for (std::size_t i = requests.size(); i > 1; --i)
    std::swap(requests[i - 1], requests[random_.below(i)]);
  const bool many = random_.chance(70);
  for (const Reply& reply : many ? driver_.ask_all(requests) : std::vector<Reply>{}) {
    expect(reply, Status::ok, "a write of the image");
  }
  for (std::size_t i = 0; !many && i < requests.size(); ++i) {
    expect(ask(requests[i]), Status::ok, "a write of the image");
    if (random_.chance(2)) abuse(false);
  }
  result_.statuses[0] += many ? requests.size() : 0;
  compare_memories();
}

void VerifyCase::configure() {
  expected_->reference().set_adapt_period(chip_.adapt_period);
  expected_->reference().set_step(chip_.first_step);
  write_register(Register::adapt_period, chip_.adapt_period);
  write_register(Register::period, chip_.period);
  write_register(Register::ring_out_policy, static_cast<std::uint32_t>(chip_.policy));
  write_register(Register::irq_mask, spec::Interrupt{.run_done = 1}.pack() | random_.below(8));
  const auto low = static_cast<std::uint32_t>(chip_.first_step);
  expect(ask(write_of(kHostTile, number(Register::step_lo),
                      {low, static_cast<std::uint32_t>(chip_.first_step >> 32)})),
         Status::ok, "a write of STEP");
  if (random_.chance(20)) {  // without a tag nothing runs
    expect(ask(write_of(kHostTile, number(Register::run_until_lo), {low + 1, 0, 0})),
           Status::refused, "a run without a tag");
  }
  tag_ = random_.word() | 1u;
  write_register(Register::image_tag, tag_);
}

/// A reset clears most of them: what a case did before it is not counted.
void VerifyCase::count_edges() {
  for (std::size_t i = 0; i < kEdgeCounters.size(); ++i)
    result_.edges[i] += read_register(kEdgeCounters[i]);
  for (const auto& [tile, neurons] : chip_.neurons) {
    const auto at = [](spec::Counter counter) {
      return spec::TileAddr{.index = static_cast<std::uint32_t>(counter),
                            .region = static_cast<std::uint32_t>(spec::Region::counter)}
          .pack();
    };
    for (const auto& [counter, sum] :
         {std::pair{spec::Counter::emit_stalls, &result_.emit_stalls},
          std::pair{spec::Counter::saturations, &result_.saturations}}) {
      const Reply reply = ask(read_of(tile, at(counter), 1));
      expect(reply, Status::ok, "a read of a counter");
      *sum += reply.data.front();
    }
  }
}

void VerifyCase::count_bins() {
  constexpr std::pair<Register, Bin> kCounters[] = {
      {Register::stretched, Bin::stretched},
      {Register::late_entries, Bin::late_entry},
      {Register::bad_entries, Bin::bad_entry},
      {Register::ring_out_lost, Bin::ring_out_lost},
      {Register::ring_out_stalls, Bin::ring_out_stall},
      {Register::bad_frames, Bin::bad_frame},
      {Register::rx_overflows, Bin::rx_overflow},
      {Register::framing_errors, Bin::framing_error},
      {Register::inject_stalls, Bin::inject_stall}};
  constexpr std::pair<Status, Bin> kStatuses[] = {{Status::ok, Bin::status_ok},
                                                  {Status::bad_command, Bin::status_bad_command},
                                                  {Status::bad_length, Bin::status_bad_length},
                                                  {Status::bad_address, Bin::status_bad_address},
                                                  {Status::bad_value, Bin::status_bad_value},
                                                  {Status::running, Bin::status_running},
                                                  {Status::refused, Bin::status_refused},
                                                  {Status::read_only, Bin::status_read_only}};
  for (const auto& [counter, bin] : kCounters) {
    const auto at = std::find(kEdgeCounters.begin(), kEdgeCounters.end(), counter);
    hit(bin, result_.edges[static_cast<std::size_t>(at - kEdgeCounters.begin())]);
  }
  for (const auto& [status, bin] : kStatuses)
    hit(bin, result_.statuses[static_cast<unsigned>(status)]);
  for (unsigned bit = 0; bit < kFilledBits; ++bit) {
    if ((device_.filled_buffers() >> bit & 1u) != 0)
      ++result_.bins[static_cast<unsigned>(Bin::full_local) + bit];
  }
  for (std::size_t i = 0; i < kBins; ++i) result_.bins[i] += collector_.watch.hits()[i];
  result_.limits = collector_.watch.limits();
  // A reply over pins was read from the tx pin.
  if (link_ == Link::pins && driver_.replies() != 0) hit(Bin::tx_pins);
}

void VerifyCase::reset() {
  const std::uint32_t nonce = nonce_ + 1 + static_cast<std::uint32_t>(random_.below(1000));
  write_register(Register::reset_nonce, nonce);
  nonce_ = nonce;
  in_known_ = std::max(in_known_, std::min(in_write_, device_.build().ring_in));
  if (random_.chance(30)) write_register(Register::reset_nonce, nonce);  // again: nothing
  in_write_ = 0;
  to_push_.clear();
  landed_.clear();
  for (const Register zero :
       {Register::image_tag, Register::status, Register::step_lo, Register::step_hi,
        Register::ring_in_write, Register::ring_in_read, Register::ring_out_write,
        Register::ring_out_read, Register::late_entries, Register::bad_entries}) {
    if (const std::uint32_t value = read_register(zero); value != 0) {
      fail(fmt::format("register {} reads {} after a reset", number(zero), value));
    }
  }
  collector_.spikes.clear();
  // The reference of a chip after reset is all zeros.
  expected_ = std::make_unique<ExpectedRun>(device_.build());
  collector_.watch.parameters_of(expected_->reference());
  comparable_ = true;
  compare_memories();
}

}  // namespace spikemesh::sim
