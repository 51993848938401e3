// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <random>

#include "tests/unit/model/host/host_rig.hpp"

using namespace spikemesh;
using namespace spikemesh::test;
using spec::EntryKind;
using spec::Register;
using spec::Status;

namespace {

constexpr std::uint32_t address(spec::Region region, std::uint32_t index) {
  return spec::TileAddr{index, static_cast<std::uint32_t>(region)}.pack();
}
constexpr std::uint32_t entry(EntryKind kind, std::uint32_t payload) {
  return spec::Entry{payload, 0, static_cast<std::uint32_t>(kind)}.pack();
}
constexpr std::uint32_t reg(Register r) { return static_cast<std::uint32_t>(r); }

Rig ready_rig(std::string_view build = "tiny", model::LinkMode mode = model::LinkMode::bytes,
              bool eager = false) {
  return Rig(named_build(build), mode, eager, 100'000);
}

/// Neurons first.. of a tile fire in every step, each into one fan-out entry of the host's.
void make_firing(Rig& rig, std::uint16_t tile, unsigned neurons, unsigned first = 0) {
  for (unsigned j = first; j < first + neurons; ++j) {
    const Words parameters{
        spec::Neuron0{10, 0}.pack(), spec::Neuron1{0, 0, 0}.pack(), 20, 0, 0, 0, 0,
        spec::Neuron7{j, 1}.pack()};
    REQUIRE(rig.write(tile, address(spec::Region::neuron, 8 * j), parameters).status == Status::ok);
    const spec::Fanout label{100 + j, 5, 3, 1, 0};
    REQUIRE(rig.write(tile, address(spec::Region::fanout, j), {label.pack()}).status == Status::ok);
  }
}
void run_until(Rig& rig, std::uint32_t step) {
  REQUIRE(rig.set(Register::image_tag, 7) == Status::ok);
  REQUIRE(rig.write(kHostTile, reg(Register::run_until_lo), {step, 0, 7}).status == Status::ok);
}
void put_entries(Rig& rig, const std::vector<std::pair<std::uint32_t, std::uint32_t>>& entries) {
  std::uint32_t index = rig.get(Register::ring_in_write);
  const std::uint32_t depth = rig.get(Register::ring_in_depth);
  for (const auto& [step, word] : entries) {
    REQUIRE(rig.write(kHostTile, spec::kRingInBase + 2 * (index++ % depth), {step, word}).status ==
            Status::ok);
  }
  REQUIRE(rig.set(Register::ring_in_write, index) == Status::ok);
}

}  // namespace

TEST_CASE("the parameter registers tell the build") {
  for (const spec::NamedBuild& named : spec::kBuilds) {
    Rig rig(named.build);
    rig.run(100'000);
    const spec::Build& b = named.build;
    const Words expected{spec::kMagic,  spec::kSpecHash, spec::kVersion, b.mesh_w | b.mesh_h << 8,
                         b.neurons,     b.synapses,      b.axons,        b.fanouts,
                         b.plastics,    b.lanes,         b.weight_bits,  b.decay_bits,
                         b.delay_max,   b.router_depth,  b.link_latency, b.router_latency,
                         b.tree_fan_in, b.tree_latency,  b.core_depth,   b.ring_in,
                         b.ring_out,    b.rx_buffer,     b.frame_words,  b.uart_divisor};
    for (unsigned i = 0; i < expected.size(); ++i) {
      CHECK(rig.get(static_cast<Register>(i)) == expected[i]);
    }
  }
}

TEST_CASE("addresses that do not exist are refused") {
  Rig rig = ready_rig("odd");
  const auto status = [&](std::uint32_t tile, std::uint32_t address) {
    return rig.read(static_cast<std::uint16_t>(tile), address).status;
  };
  CHECK(status(2 | 1 << 6, address(spec::Region::synapse, 1023)) == Status::ok);
  CHECK(status(3, 0) == Status::bad_address);
  CHECK(status(2 << 6, 0) == Status::bad_address);
  CHECK(status(1 << 12, 0) == Status::bad_address);
  CHECK(status(0, 1 << 20) == Status::bad_address);
  CHECK(status(0, address(spec::Region::synapse, 1024)) == Status::bad_address);
  CHECK(status(0, address(spec::Region::axon, 128)) == Status::bad_address);
  CHECK(status(0, address(spec::Region::fanout, 256)) == Status::bad_address);
  CHECK(status(0, address(spec::Region::neuron, 512)) == Status::bad_address);
  CHECK(status(0, address(spec::Region::state, 256)) == Status::bad_address);
  CHECK(status(0, address(spec::Region::accumulator, 511)) == Status::ok);
  CHECK(status(0, address(spec::Region::accumulator, 512)) == Status::bad_address);
  CHECK(status(0, address(spec::Region::counter, spec::kCounters - 1)) == Status::ok);
  CHECK(status(0, address(spec::Region::counter, spec::kCounters)) == Status::bad_address);
  CHECK(status(0, 13 << 16) == Status::bad_address);
  CHECK(status(kHostTile | 1, 0) == Status::bad_address);
  CHECK(status(kHostTile | 1 << 12, 0) == Status::bad_address);
  CHECK(status(kHostTile, spec::kRegisters.size()) == Status::bad_address);
  CHECK(status(kHostTile, spec::kRingInBase - 1) == Status::bad_address);
  CHECK(status(kHostTile, spec::kRingInBase + 63) == Status::ok);
  CHECK(status(kHostTile, spec::kRingInBase + 64) == Status::bad_address);
  CHECK(status(kHostTile, spec::kRingOutBase + 31) == Status::ok);
  CHECK(status(kHostTile, spec::kRingOutBase + 32) == Status::bad_address);
}

TEST_CASE("values that a word does not take are refused") {
  Rig rig = ready_rig("odd");
  const auto status = [&](std::uint32_t tile, std::uint32_t address, std::uint32_t value) {
    return rig.write(static_cast<std::uint16_t>(tile), address, {value}).status;
  };
  const std::uint32_t fanout = address(spec::Region::fanout, 0);
  CHECK(status(0, fanout, spec::Fanout{127, 2, 1, 0, 0}.pack()) == Status::ok);
  CHECK(status(0, fanout, spec::Fanout{128, 2, 1, 0, 0}.pack()) == Status::bad_value);
  CHECK(status(0, fanout, spec::Fanout{127, 3, 1, 0, 0}.pack()) == Status::bad_value);
  CHECK(status(0, fanout, spec::Fanout{127, 2, 2, 0, 0}.pack()) == Status::bad_value);
  CHECK(status(0, fanout, spec::Fanout{4095, 63, 63, 1, 0}.pack()) == Status::ok);
  CHECK(status(0, fanout, spec::Fanout{0, 0, 0, 1, 1}.pack()) == Status::bad_value);
  for (const std::uint32_t field : {3u, 4u, 6u}) {
    CHECK(status(0, address(spec::Region::neuron, 8 + field), 1 << 14) == Status::ok);
    CHECK(status(0, address(spec::Region::neuron, 8 + field), (1 << 14) + 1) == Status::bad_value);
    CHECK(status(0, address(spec::Region::neuron, 8 + field), 1u << 31) == Status::bad_value);
  }
  CHECK(status(0, address(spec::Region::neuron, 5), 1u << 31) == Status::ok);
  CHECK(status(0, address(spec::Region::counter, 0), 0) == Status::read_only);
  CHECK(status(kHostTile, reg(Register::magic), 0) == Status::read_only);
  CHECK(status(kHostTile, spec::kRingOutBase, 0) == Status::read_only);
  CHECK(status(kHostTile, reg(Register::uart_divisor), 3) == Status::bad_value);
  CHECK(status(kHostTile, reg(Register::uart_divisor), 65536) == Status::bad_value);
  CHECK(status(kHostTile, reg(Register::adapt_period), 32) == Status::bad_value);
  CHECK(status(kHostTile, reg(Register::ring_out_policy), 2) == Status::bad_value);
}

TEST_CASE("a run is refused without the image's tag") {
  Rig rig = ready_rig();
  CHECK(rig.set(Register::run_tag, 0) == Status::refused);
  REQUIRE(rig.set(Register::image_tag, 9) == Status::ok);
  CHECK(rig.set(Register::run_tag, 8) == Status::refused);
  CHECK(rig.get(Register::run_tag) == 0);
  REQUIRE(rig.write(kHostTile, reg(Register::run_until_lo), {3, 0, 9}).status == Status::ok);
  CHECK(rig.get(Register::run_tag) == 9);
  CHECK(rig.get(Register::step_lo) == 3);
}

TEST_CASE("tile memories answer RUNNING while the chip runs, host registers always answer") {
  Rig rig = ready_rig();
  REQUIRE(rig.set(Register::period, 1'000'000) == Status::ok);
  run_until(rig, 100);
  CHECK(rig.get(Register::status) == 1);
  CHECK(rig.read(0, 0).status == Status::running);
  CHECK(rig.write(0, 0, {1}).status == Status::running);
  CHECK(rig.set(Register::adapt_period, 1) == Status::running);
  CHECK(rig.set(Register::step_lo, 1) == Status::running);
  CHECK(rig.set(Register::pause, 1) == Status::ok);
  CHECK(rig.get(Register::status) == 0);
  CHECK(rig.read(0, 0).status == Status::ok);
  CHECK(rig.set(Register::step_hi, 1) == Status::ok);
  CHECK(rig.get(Register::step_hi) == 1);
}

TEST_CASE("another nonce resets the chip but for the link, the same one does nothing") {
  Rig rig = ready_rig();
  REQUIRE(rig.write(0, address(spec::Region::synapse, 3), {0x12345}).status == Status::ok);
  REQUIRE(rig.set(Register::image_tag, 5) == Status::ok);
  REQUIRE(rig.set(Register::uart_divisor, 77) == Status::ok);
  REQUIRE(rig.set(Register::ring_out_policy, 1) == Status::ok);
  put_entries(rig, {{4, 0}, {5, 0}});
  rig.exchange({0xC0, 1, 0xC0});
  REQUIRE(rig.set(Register::reset_nonce, 99) == Status::ok);
  CHECK(rig.get(Register::image_tag) == 0);
  CHECK(rig.get(Register::ring_in_write) == 0);
  CHECK(rig.get(Register::ring_out_policy) == 0);
  CHECK(rig.get(Register::uart_divisor) == 77);
  CHECK(rig.get(Register::bad_frames) == 1);
  CHECK(rig.get(Register::frames) > 10);
  CHECK(rig.get(Register::reset_nonce) == 99);
  CHECK(rig.read(0, address(spec::Region::synapse, 3)).data == Words{0});
  CHECK(rig.read(kHostTile, spec::kRingInBase).data == Words{4});  // its memory keeps its words
  REQUIRE(rig.set(Register::image_tag, 5) == Status::ok);
  REQUIRE(rig.set(Register::reset_nonce, 99) == Status::ok);
  CHECK(rig.get(Register::image_tag) == 5);
}

TEST_CASE("a reset takes the cycles of the page") {
  Rig rig = ready_rig();
  rig.log.events.clear();
  REQUIRE(rig.set(Register::reset_nonce, 1) == Status::ok);
  const std::uint64_t r = rig.log.of(EventKind::byte_in).back().cycle + 2 + 3;  // CHECK, LOAD, r
  const auto phases = rig.log.of(EventKind::phase);
  REQUIRE(phases.size() == 1);
  CHECK(phases[0].cycle == r + 3);
  CHECK(phases[0].as<spec::PhaseEvent>().phase == static_cast<std::uint32_t>(spec::Phase::sweep));
  CHECK(phases[0].as<spec::PhaseEvent>().mask == 0x80);
  const std::uint64_t swept = r + 3 + 1 + 1024;                         // u + len: the decay tables
  CHECK(rig.log.of(EventKind::bus)[0].cycle == swept + 1 + 1 + 1 + 1);  // quiet, IDLE = y, y + 1
}

TEST_CASE("ring pointers move forward only and within the ring") {
  Rig rig = ready_rig();
  CHECK(rig.set(Register::ring_in_write, 65) == Status::bad_value);
  CHECK(rig.set(Register::ring_in_write, 64) == Status::ok);
  CHECK(rig.get(Register::ring_in_write) == 64);
  CHECK(rig.set(Register::ring_in_write, 3) == Status::ok);
  CHECK(rig.set(Register::ring_in_write, 0x80000041u) == Status::ok);
  CHECK(rig.get(Register::ring_in_write) == 64);
  CHECK(rig.set(Register::ring_out_read, 1) == Status::bad_value);
  CHECK(rig.set(Register::ring_out_read, 0xFFFFFFFFu) == Status::ok);
  CHECK(rig.get(Register::ring_out_read) == 0);
}

TEST_CASE("late, bad and control entries do as the page says") {
  Rig rig = ready_rig("odd");
  put_entries(rig, {{0, entry(EntryKind::learning, 1)},         // before step 0
                    {0, spec::Fanout{5, 1, 1, 0, 0}.pack()},    // a spike of step 0
                    {0, entry(EntryKind::clear, 7)},            // after its step's spikes: late
                    {0, spec::Fanout{200, 0, 0, 0, 0}.pack()},  // no such axon
                    {0, spec::Fanout{0, 3, 0, 0, 0}.pack()},    // no such tile
                    {0, 0x50000000},                            // no such kind
                    {2, entry(EntryKind::clear, 0xFF)},         // before step 2
                    {1, 0},                                     // late then
                    {2, 0x90000000},                            // no such kind
                    {2, entry(EntryKind::learning, 0)}});
  run_until(rig, 4);
  CHECK(rig.get(Register::step_lo) == 4);
  CHECK(rig.get(Register::ring_in_read) == 10);
  CHECK(rig.get(Register::late_entries) == 2);
  CHECK(rig.get(Register::bad_entries) == 4);
  CHECK(rig.get(Register::status) == 0);
  CHECK(rig.log.of(EventKind::ring_in).size() == 10);
  CHECK(rig.read(1 | 1 << 6, address(spec::Region::counter, 1)).data == Words{1});
  std::vector<std::uint64_t> sweeps;
  for (const Event& phase : rig.log.of(EventKind::phase)) {
    const auto [step, mask, kind] = phase.as<spec::PhaseEvent>();
    if (kind == static_cast<std::uint32_t>(spec::Phase::sweep)) sweeps.push_back(mask);
  }
  CHECK(sweeps == std::vector<std::uint64_t>{0x80, 7});
}

TEST_CASE("a hold entry keeps its step open until the host delivers, or resets the chip") {
  Rig rig = ready_rig();
  const std::uint32_t spike = 0, hold = entry(EntryKind::hold, 0);
  const auto runs_at = [&](std::uint32_t step) {
    rig.run(10'000);
    return rig.get(Register::status) == 1 && rig.get(Register::step_lo) == step;
  };
  put_entries(rig, {{0, spike}, {0, hold}});
  run_until(rig, 2);
  CHECK(runs_at(0));
  CHECK(rig.get(Register::ring_in_read) == 2);
  put_entries(rig, {{0, spike}, {0, spike}, {0, hold}});  // a part that goes on as well
  CHECK(runs_at(0));
  put_entries(rig, {{0, spike}, {1, entry(EntryKind::learning, 1)}, {1, hold}, {1, spike}});
  rig.run(10'000);
  CHECK(rig.get(Register::step_lo) == 2);
  CHECK(rig.get(Register::status) == 2);
  CHECK(rig.get(Register::late_entries) == 0);
  CHECK(rig.get(Register::bad_entries) == 0);
  CHECK(rig.read(0, address(spec::Region::counter, 1)).data == Words{5});
  put_entries(rig, {{1, hold}, {2, hold}});  // one that is late, and a host that does not come back
  run_until(rig, 3);
  REQUIRE(rig.set(Register::pause, 1) == Status::ok);
  rig.run(100'000);
  CHECK(rig.get(Register::status) == 3);
  CHECK(rig.get(Register::late_entries) == 1);
  REQUIRE(rig.set(Register::reset_nonce, 9) == Status::ok);
  CHECK(rig.get(Register::status) == 0);
  CHECK(rig.get(Register::step_lo) == 0);
}

TEST_CASE("learning is switched by an entry and shows in STATUS") {
  Rig rig = ready_rig();
  CHECK(rig.get(Register::status) == 0);
  put_entries(rig, {{0, entry(EntryKind::learning, 1)}});
  run_until(rig, 1);
  CHECK(rig.get(Register::status) == 2);
}

TEST_CASE("a full spike-out ring with policy stall holds the spikes and counts the cycles") {
  Rig rig = ready_rig("odd");  // 16 entries
  make_firing(rig, 0, 10);
  run_until(rig, 3);
  CHECK(rig.get(Register::status) == 1);
  CHECK(rig.get(Register::ring_out_write) == 16);
  const auto last = rig.log.of(EventKind::ring_out).back();
  const std::uint32_t stalls = rig.get(Register::ring_out_stalls);
  const std::uint64_t sampled = rig.log.of(EventKind::bus).back().cycle - 1;
  CHECK(stalls + last.cycle + 1 >= sampled - 200);
  CHECK(stalls <= sampled - last.cycle);
  const std::uint32_t later = rig.get(Register::ring_out_stalls);
  CHECK(later - stalls == rig.log.of(EventKind::bus).back().cycle - 1 - sampled);
  CHECK(rig.read(kHostTile, spec::kRingOutBase, 4).data ==
        Words{0, (3 << 18 | 5 << 12 | 100), 0, (3 << 18 | 5 << 12 | 101)});
  REQUIRE(rig.set(Register::ring_out_read, 16) == Status::ok);
  CHECK(rig.get(Register::step_lo) == 3);
  CHECK(rig.get(Register::ring_out_write) == 30);
  CHECK(rig.get(Register::ring_out_lost) == 0);
}

TEST_CASE("a full spike-out ring with policy overwrite loses the oldest and counts them") {
  Rig rig = ready_rig("odd");
  make_firing(rig, 0, 10);
  REQUIRE(rig.set(Register::ring_out_policy, 1) == Status::ok);
  run_until(rig, 3);
  CHECK(rig.get(Register::step_lo) == 3);
  CHECK(rig.get(Register::ring_out_write) == 30);
  CHECK(rig.get(Register::ring_out_read) == 14);
  CHECK(rig.get(Register::ring_out_lost) == 14);
  CHECK(rig.get(Register::ring_out_stalls) == 0);
}

TEST_CASE("a new divisor holds once the reply to its write has been sent") {
  Rig rig = ready_rig("tiny", model::LinkMode::pins);
  const PinCodec codec{8};
  const auto set = [&](std::uint64_t at, bool level) { rig.host.set_rx(rig.cycle(), at, level); };
  std::uint64_t at = rig.cycle();
  for (const std::uint8_t byte :
       slip(request(0x12, 1, kHostTile, reg(Register::uart_divisor), {20}))) {
    at = codec.send(at, byte, set);
  }
  rig.run(1'000'000);
  const std::uint64_t reply_end = rig.log.of(EventKind::byte_out).back().cycle;
  PinCodec slow{20};
  at = rig.cycle();
  for (const std::uint8_t byte :
       slip(request(0x11, 2, kHostTile, reg(Register::uart_divisor), {}))) {
    at = slow.send(at, byte, set);
  }
  rig.run(1'000'000);
  slow.history = {{0, true}};
  PinCodec fast{8};
  for (const model::LineChange& change : rig.host.take_tx(rig.cycle())) {
    (change.cycle <= reply_end + 80 ? fast : slow).history.push_back({change.cycle, change.level});
  }
  const auto collect = [](const PinCodec& line) {
    Bytes bytes;
    for (const auto& byte : line.decode()) {
      bytes.push_back(byte.byte);
    }
    return unslip(bytes);
  };
  REQUIRE(collect(fast).size() == 1);
  CHECK(parse_reply(collect(fast)[0]).status == Status::ok);
  REQUIRE(collect(slow).size() == 1);
  CHECK(parse_reply(collect(slow)[0]).data == Words{20});
}

TEST_CASE("bytes beyond a full receive buffer are dropped and counted") {
  Rig rig = ready_rig("tiny", model::LinkMode::pins);
  const auto set = [&](std::uint64_t at, bool level) { rig.host.set_rx(rig.cycle(), at, level); };
  const PinCodec codec{8};
  std::uint64_t at = rig.cycle();
  // A read whose reply takes much longer than what follows it; 300 bytes then meet a buffer of 256.
  for (const std::uint8_t byte : slip(request(0x11, 1, kHostTile, 0, {}, 32))) {
    at = codec.send(at, byte, set);
  }
  for (unsigned i = 0; i < 130; ++i) {
    at = codec.send(at, 0x33, set);
  }
  rig.run(at + 40);
  CHECK(rig.log.of(EventKind::byte_in).size() == 16 + 130);
  at = rig.cycle();
  for (unsigned frame = 0; frame < 30; ++frame) {
    for (const std::uint8_t byte : slip(request(0x11, 1, kHostTile, 0, {}, 32))) {
      at = codec.send(at, byte, set);
    }
  }
  at = codec.send(at, 0x33, set, false);
  rig.run(5'000'000);
  for (const std::uint8_t byte : slip(request(0x11, 1, kHostTile, reg(Register::frames), {}, 4))) {
    at = codec.send(std::max(at, rig.cycle()), byte, set);
  }
  rig.host.take_tx(rig.cycle());
  rig.run(6'000'000);
  PinCodec line{8};
  for (const model::LineChange& change : rig.host.take_tx(rig.cycle())) {
    line.history.push_back({change.cycle, change.level});
  }
  Bytes bytes;
  for (const auto& byte : line.decode()) {
    bytes.push_back(byte.byte);
  }
  const Words counters = parse_reply(unslip(bytes).at(0)).data;
  const std::uint64_t given = 16 + 130 + 30 * 16 + 16;
  CHECK(counters.at(2) > 0);
  CHECK(counters.at(2) + rig.log.of(EventKind::byte_in).size() == given);
  CHECK(counters.at(3) == 1);
}

namespace {

/// Random requests, mostly sane; rings, runs, resets and reads of everything.
Bytes random_request(std::mt19937& random, const spec::Build& build) {
  const auto any = [&](std::uint32_t limit) {
    return static_cast<std::uint32_t>(random() % limit);
  };
  const std::uint16_t tile =
      static_cast<std::uint16_t>(any(build.mesh_w + (any(20) == 0)) | any(build.mesh_h) << 6);
  const std::uint16_t sequence = static_cast<std::uint16_t>(random());
  const auto host_write = [&](Register r, Words words) {
    return request(0x12, sequence, kHostTile, reg(r), words);
  };
  switch (any(16)) {
    case 0:
      return host_write(Register::image_tag, {7});
    case 1:
    case 2:
      return host_write(Register::run_until_lo, {any(40), 0, 7});
    case 3:
      return host_write(Register::pause, {any(2)});
    case 4:
      return host_write(Register::period, {any(3) == 0 ? 0 : any(400)});
    case 5:
      return host_write(Register::step_lo, {any(40)});
    case 6:
      return host_write(Register::ring_out_policy, {any(2)});
    case 7:
      return host_write(Register::ring_out_read, {any(60)});
    case 8:
      return host_write(Register::ring_in_write, {any(40)});
    case 9: {
      const spec::Entry word{
          spec::Fanout{any(build.axons + 9), any(build.mesh_w), any(build.mesh_h), 0, 0}.pack(), 0,
          any(6) == 0 ? any(4) : 0};
      return request(0x12, sequence, kHostTile, spec::kRingInBase + 2 * any(build.ring_in),
                     {any(40), word.pack()});
    }
    case 10:
      return request(0x11, sequence, kHostTile, any(2) ? spec::kRingInBase : spec::kRingOutBase, {},
                     8);
    case 11:
      return request(0x11, sequence, kHostTile, 32, {}, 16);
    case 12:
      return request(0x11, sequence, kHostTile, 19, {}, 13);
    case 13:
      return request(0x11, sequence, tile, address(static_cast<spec::Region>(any(7)), any(7)), {},
                     1);
    case 14:
      if (any(4) == 0) {
        return host_write(Register::reset_nonce, {any(3)});
      }
      return request(0x12, sequence, tile, address(spec::Region::synapse, any(64)),
                     {static_cast<std::uint32_t>(random()), 5});
    default:
      return request(0x12, sequence, tile, address(spec::Region::axon, any(16)),
                     {any(40) | any(4) << 16});
  }
}

struct Outcome {
  std::vector<Event> events;
  std::vector<model::LineChange> tx;
  std::uint64_t cycle;
};

/// Of the word port: any register, with a bias to the interrupt's, a tile, or a word of its own.
model::WordAccess random_access(std::mt19937& random) {
  const std::uint32_t mask = spec::kByteHost + 4 * reg(Register::irq_mask);
  switch (random() % 5) {
    case 0:
      return {.write = true, .address = mask, .data = static_cast<std::uint32_t>(random() % 8)};
    case 1:
      return {.address = spec::kByteWindow + 4 * static_cast<std::uint32_t>(random() % 5)};
    case 2:
      return {.write = random() % 2 == 0,
              .address = spec::kByteTile + 4 * static_cast<std::uint32_t>(random() % 300),
              .data = static_cast<std::uint32_t>(random())};
    case 3:
      return {.write = true,
              .address = mask - 4,
              .data = static_cast<std::uint32_t>(random() % 9),
              .strobe = static_cast<std::uint8_t>(random() % 16)};
    default:
      return {.address = spec::kByteHost + static_cast<std::uint32_t>(random() % 220)};
  }
}

/// One random life of a chip, the same for lazy and eager evaluation.
Outcome live(std::uint32_t seed, model::LinkMode mode, bool eager) {
  std::mt19937 random(seed);
  const spec::Build& build = named_build(seed % 2 == 0 ? "tiny" : "odd");
  Rig rig(build, mode, eager);
  model::HostTile& link = rig.host;
  const PinCodec codec{build.uart_divisor};
  std::uint64_t at = 0;
  Bytes pending;
  for (unsigned j = 0; j < 6; ++j) {
    const Words words{spec::Neuron0{100, 1}.pack(), 0, 60, 0, 1u << 12, 0, 0,
                      spec::Neuron7{j, 2}.pack()};
    const Bytes raw = slip(request(0x12, 1, 0, address(spec::Region::neuron, 8 * j), words));
    pending.insert(pending.end(), raw.begin(), raw.end());
    const Words lists{spec::Fanout{j, 1, 1, 1, 0}.pack(), spec::Fanout{j, 0, 0, 0, 0}.pack()};
    const Bytes fan = slip(request(0x12, 1, 0, address(spec::Region::fanout, 2 * j), lists));
    pending.insert(pending.end(), fan.begin(), fan.end());
    const Bytes row =
        slip(request(0x12, 1, 0, address(spec::Region::axon, j), {2 * j | 2 << 16 | 1 << 29}));
    pending.insert(pending.end(), row.begin(), row.end());
    const Words synapses{spec::Synapse{30, 1, 1, j}.pack(), spec::Synapse{-20, 2, 0, j + 1}.pack()};
    const Bytes words_of_row =
        slip(request(0x12, 1, 0, address(spec::Region::synapse, 2 * j), synapses));
    pending.insert(pending.end(), words_of_row.begin(), words_of_row.end());
    const Bytes entry = slip(request(0x12, 1, 0, address(spec::Region::fanin, j), {j | j << 16}));
    pending.insert(pending.end(), entry.begin(), entry.end());
    const Bytes list =
        slip(request(0x12, 1, 0, address(spec::Region::learn, j), {j / 2 | 1 << 15}));
    pending.insert(pending.end(), list.begin(), list.end());
  }
  const auto on = spec::Entry{1, 0, static_cast<std::uint32_t>(spec::EntryKind::learning)}.pack();
  for (const Bytes& raw :
       {slip(request(0x12, 1, kHostTile, spec::kRingInBase, {0, on})),
        slip(request(0x12, 1, kHostTile, static_cast<std::uint32_t>(Register::ring_in_write),
                     {1}))}) {
    pending.insert(pending.end(), raw.begin(), raw.end());
  }
  rig.run(3000);
  for (unsigned piece = 0; piece < 60; ++piece) {
    at = std::max(at, rig.cycle());
    for (const std::uint8_t byte : pending) {
      if (mode == model::LinkMode::bytes) {
        link.offer(at, byte);
        at += random() % 4 == 0 ? random() % 5 : 0;
      } else {
        at = codec.send(
            at, byte, [&](std::uint64_t c, bool l) { link.set_rx(rig.cycle(), c, l); },
            random() % 200 != 0);
        at += random() % 3;
      }
    }
    pending = slip(random_request(random, build));
    if (random() % 30 == 0) {
      pending[random() % pending.size()] ^= static_cast<std::uint8_t>(1 << random() % 8);
    }
    if (mode == model::LinkMode::bytes && random() % 3 == 0) {
      link.set_ready(at + random() % 50, false);
      link.set_ready(at + 50 + random() % 200, true);
      at += 250;
    }
    for (unsigned left = random() % 6; left > 0; --left)
      link.access(at + random() % 2000, random_access(random));
    rig.run(at + (random() % 2 == 0 ? random() % 3000 : random() % 30));
  }
  rig.run(rig.cycle() + 20'000);
  return {rig.events(), link.take_tx(rig.cycle()), rig.cycle()};
}

}  // namespace

TEST_CASE("a host tile that sleeps equals one that is evaluated in every cycle") {
  std::array<std::size_t, kEventKinds> kinds{};
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    const auto mode = seed % 3 == 0 ? model::LinkMode::pins : model::LinkMode::bytes;
    const Outcome lazy = live(seed, mode, false);
    const Outcome eager = live(seed, mode, true);
    CHECK(lazy.cycle == eager.cycle);
    REQUIRE(lazy.events.size() == eager.events.size());
    REQUIRE(lazy.events == eager.events);
    REQUIRE(lazy.tx == eager.tx);
    for (const Event& event : lazy.events) {
      ++kinds[static_cast<std::size_t>(event.kind)];
    }
  }
  for (std::size_t kind = 0; kind < kEventKinds; ++kind) {
    INFO(spec::kEvents[kind].name);
    CHECK(kinds[kind] > 100);
  }
}
