// SPDX-License-Identifier: Apache-2.0
// The frame bridge of the chip at its byte port and at its pins: docs/protocol.md and
// docs/blocks/link.md.
#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "rtl/chip_fixture.hpp"

namespace spikemesh::test {
namespace {

using spec::Region;
using spec::Register;
using spec::Status;

std::vector<std::uint8_t> from_hex(const std::string& hex) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

nlohmann::json vector_frame(unsigned index) {
  std::ifstream file(std::string(SPIKEMESH_GENERATED_DIR) + "/vectors.json");
  return nlohmann::json::parse(file).at("frames").at(index);
}

Reply answer_to(ChipFixture& chip, const std::vector<std::uint8_t>& wire) {
  chip.host.send(wire);
  const auto reply = chip.host.receive();
  REQUIRE(reply.has_value());
  return *reply;
}

TEST_CASE("the generator's read of MAGIC is answered with MAGIC, over bytes and over pins") {
  const nlohmann::json vector = vector_frame(0);
  for (const sim::Link link : {sim::Link::bytes, sim::Link::pins}) {
    ChipFixture chip(link);
    const Reply reply = answer_to(chip, from_hex(vector.at("wire")));
    CHECK(reply.first == (spec::kVersion << 4 | 9));
    CHECK(reply.sequence == vector.at("sequence"));
    CHECK(reply.tile == vector.at("tile"));
    CHECK(reply.status == code(Status::ok));
    CHECK(reply.done == 1);
    CHECK(reply.data == std::vector<std::uint32_t>{spec::kMagic});
  }
}

TEST_CASE("the generator's frame full of escapes is taken whole: its tile is not there") {
  const nlohmann::json vector = vector_frame(1);
  ChipFixture chip;
  const Reply reply = answer_to(chip, from_hex(vector.at("wire")));
  CHECK(reply.sequence == vector.at("sequence"));
  CHECK(reply.tile == vector.at("tile"));
  CHECK(reply.address == vector.at("address"));
  CHECK(reply.length == 3);
  CHECK(reply.status == code(Status::bad_address));
  CHECK(reply.done == 0);
}

TEST_CASE("the first registers tell the specification and every parameter of the build") {
  ChipFixture chip(sim::Link::bytes, "tiny");
  const spec::Build& b = chip.build;
  const std::vector<std::uint32_t> expected{
      spec::kMagic,  spec::kSpecHash, spec::kVersion, b.mesh_w | b.mesh_h << 8,
      b.neurons,     b.synapses,      b.axons,        b.fanouts,
      b.plastics,    b.lanes,         b.weight_bits,  b.decay_bits,
      b.delay_max,   b.router_depth,  b.link_latency, b.router_latency,
      b.tree_fan_in, b.tree_latency,  b.core_depth,   b.ring_in,
      b.ring_out,    b.rx_buffer,     b.frame_words,  b.uart_divisor};
  const auto length = static_cast<std::uint16_t>(expected.size());
  const Reply reply = chip.host.call({.length = length, .data = {}});
  CHECK(reply.done == length);
  CHECK(reply.data == expected);
}

TEST_CASE("every register of the specification can be read, the address behind the last cannot") {
  ChipFixture chip;
  unsigned last = 0;
  for (const spec::RegisterInfo& info : spec::kRegisters) {
    CAPTURE(info.name);
    CHECK(chip.host.call({.address = address(info.address), .data = {}}).status ==
          code(Status::ok));
    last = std::max(last, address(info.address));
  }
  CHECK(chip.host.call({.address = last + 1, .data = {}}).status == code(Status::bad_address));
}

TEST_CASE("a write to any read-only register or the spike-out ring is refused as read_only") {
  ChipFixture chip;
  unsigned tried = 0;
  for (const spec::RegisterInfo& info : spec::kRegisters) {
    if (info.writable) continue;
    CAPTURE(info.name);
    CHECK(chip.write(info.address, 1) == code(Status::read_only));
    ++tried;
  }
  CHECK(tried > 20);
  CHECK(chip.host.write(ring_out(0), {1}) == code(Status::read_only));
}

TEST_CASE("a frame with a wrong CRC, too short, or with a bad escape is dropped and counted") {
  ChipFixture chip;
  std::vector<std::uint8_t> wrong = frame_of({});
  wrong.back() ^= 1;
  std::vector<std::uint8_t> bad_escape = slip(frame_of({}));
  bad_escape.insert(bad_escape.begin() + 3, {0xDB, 0x00});
  std::vector<std::uint8_t> pending = slip(frame_of({}));
  pending.insert(pending.end() - 1, 0xDB);
  chip.host.send(slip(wrong));
  chip.host.send(slip(std::vector<std::uint8_t>{0x11, 1, 0, 0, 0}));
  chip.host.send(bad_escape);
  chip.host.send(pending);
  CHECK_FALSE(chip.host.receive(5000).has_value());
  CHECK(chip.read(Register::bad_frames) == 4);
  CHECK(chip.read(Register::frames) == 2);
}

TEST_CASE("whatever came before, the byte after an END starts a frame") {
  ChipFixture chip;
  chip.host.send(std::vector<std::uint8_t>{0x55, 0xAA, 0xDB, 0xC0, 0xC0, 0xDB, 0xC0, 0xDB, 0x12});
  const Reply reply = answer_to(chip, slip(frame_of({.sequence = 0xDBC0, .data = {}})));
  CHECK(reply.sequence == 0xDBC0);
  CHECK(reply.data == std::vector<std::uint32_t>{spec::kMagic});
}

TEST_CASE("an unknown command or another version gets bad_command, in the chip's own version") {
  ChipFixture chip;
  for (const std::uint8_t first : {0x10, 0x13, 0x1F, 0x21, 0x02}) {
    CAPTURE(static_cast<int>(first));
    const Reply reply = answer_to(chip, slip(frame_of({.first = first, .data = {}})));
    CHECK(reply.status == code(Status::bad_command));
    CHECK(reply.first == (spec::kVersion << 4 | (first & 15) | 8));
    CHECK(reply.data.empty());
  }
}

TEST_CASE("a length that is zero, too long, or not that of the data gets bad_length") {
  ChipFixture chip;
  const auto most = static_cast<std::uint16_t>(chip.build.frame_words);
  const std::vector<Request> wrong{
      {.length = 0, .data = {}},
      {.length = static_cast<std::uint16_t>(most + 1), .data = {}},
      {.length = 1, .data = {7}},  // a read with data
      {.first = 0x12, .length = 0, .data = {}},
      {.first = 0x12, .address = ring_in(0), .length = 2, .data = {7}},
      {.first = 0x12, .address = ring_in(0), .length = 1, .data = {7, 8}},
      {.first = 0x12, .address = ring_in(0), .length = 0x4001, .data = {7}},
      {.first = 0x12,
       .address = ring_in(0),
       .length = static_cast<std::uint16_t>(most + 1),
       .data = std::vector<std::uint32_t>(most + 1)}};
  for (const Request& request : wrong) {
    CAPTURE(request.length);
    CHECK(chip.host.call(request).status == code(Status::bad_length));
  }
  CHECK(chip.host.call({.address = ring_in(0), .length = most, .data = {}}).data.size() == most);
}

TEST_CASE("a write stops at the first word that is refused and says how many went before") {
  ChipFixture chip;
  const std::uint32_t last = ring_in(chip.build.ring_in - 1);
  const Reply reply =
      chip.host.call({.first = 0x12, .address = last, .length = 4, .data = {11, 22, 33, 44}});
  CHECK(reply.status == code(Status::bad_address));
  CHECK(reply.done == 2);
  CHECK(chip.host.read(last) == 11);
  CHECK(chip.host.read(last + 1) == 22);
}

TEST_CASE("an address in no tile, region or word gets bad_address") {
  ChipFixture chip;
  chip.host.wait_boundary();
  const spec::Build& b = chip.build;
  struct Place {
    std::uint16_t tile;
    std::uint32_t address;
  };
  const std::vector<Place> wrong{{0x0001, 0},
                                 {0x0040, 0},
                                 {0x1000, 0},
                                 {0x8001, 0},
                                 {0x9000, 0},
                                 {0, 0x100000},
                                 {0, address(Region::synapse, b.synapses)},
                                 {0, address(Region::axon, b.axons)},
                                 {0, address(Region::fanout, b.fanouts)},
                                 {0, address(Region::neuron, 8 * b.neurons)},
                                 {0, address(Region::state, 4 * b.neurons)},
                                 {0, address(Region::counter, spec::kCounters)},
                                 {0, address(Region::accumulator, (b.delay_max + 1) * b.neurons)},
                                 {0, 13u << 16},
                                 {kHost, ring_in(b.ring_in)},
                                 {kHost, ring_out(b.ring_out)},
                                 {kHost, 0xFFFFFF}};
  for (const Place& place : wrong) {
    CAPTURE(place.tile);
    CAPTURE(place.address);
    CHECK(chip.host.call({.tile = place.tile, .address = place.address, .data = {}}).status ==
          code(Status::bad_address));
    CHECK(chip.host.write(place.address, {0}, place.tile) == code(Status::bad_address));
  }
}

TEST_CASE("values that a tile's word does not take get bad_value, a write to a counter read_only") {
  ChipFixture chip;
  chip.host.wait_boundary();
  const std::uint32_t one = 1u << chip.build.decay_bits;
  for (const std::uint32_t field : {3u, 4u, 6u}) {
    CHECK(chip.host.write(address(Region::neuron, 8 + field), {one}, 0) == code(Status::ok));
    CHECK(chip.host.write(address(Region::neuron, 8 + field), {one + 1}, 0) ==
          code(Status::bad_value));
  }
  CHECK(chip.host.write(address(Region::neuron, 8 + 5), {0xFFFFFFFF}, 0) == code(Status::ok));
  const auto fanout = [&](spec::Fanout entry) {
    return chip.host.write(address(Region::fanout, 1), {entry.pack()}, 0);
  };
  CHECK(fanout({chip.build.axons - 1, 0, 0, 0, 0}) == code(Status::ok));
  CHECK(fanout({chip.build.axons, 0, 0, 0, 0}) == code(Status::bad_value));
  CHECK(fanout({0, 1, 0, 0, 0}) == code(Status::bad_value));
  CHECK(fanout({0, 0, 1, 0, 0}) == code(Status::bad_value));
  CHECK(fanout({0xFFF, 63, 63, 1, 0}) == code(Status::ok));
  CHECK(fanout({0, 0, 0, 0, 1}) == code(Status::bad_value));
  CHECK(chip.host.write(address(Region::counter, 0), {0}, 0) == code(Status::read_only));
}

TEST_CASE("tile memories give back what was written, over bytes and over pins") {
  for (const sim::Link link : {sim::Link::bytes, sim::Link::pins}) {
    ChipFixture chip(link);
    chip.host.wait_boundary();
    std::vector<std::uint32_t> words;
    for (unsigned i = 0; i < chip.build.frame_words; ++i)
      words.push_back((i * 0x9E3779B9u) & 0x00FF00FFu);
    CHECK(chip.host.write(address(Region::axon, 3), words, 0) == code(Status::ok));
    const Reply reply = chip.host.call({.tile = 0,
                                        .address = address(Region::axon, 3),
                                        .length = static_cast<std::uint16_t>(words.size()),
                                        .data = {}});
    CHECK(reply.status == code(Status::ok));
    CHECK(reply.data == words);
  }
}

TEST_CASE("a chip whose byte port nobody drains keeps its reply and loses nothing") {
  ChipFixture chip;
  chip.device->set_ready(0, false);
  chip.host.send(slip(frame_of({.length = 20, .data = {}})));
  chip.device->advance(5000);
  CHECK(chip.device->take_bytes().empty());
  CHECK_FALSE(chip.device->idle());
  for (std::uint64_t cycle = 5000; cycle < 6000; cycle += 3) {
    chip.device->set_ready(cycle, true);
    chip.device->set_ready(cycle + 1, false);
  }
  chip.device->set_ready(6000, true);
  const auto reply = chip.host.receive();
  REQUIRE(reply.has_value());
  CHECK(reply->data.size() == 20);
  CHECK(reply->data[0] == spec::kMagic);
}

}  // namespace
}  // namespace spikemesh::test
