// SPDX-License-Identifier: Apache-2.0
// Requests that the chip must refuse, frames that it must drop, and a line that is not clean. What
// each is answered stands in docs/protocol.md and docs/blocks/host_tile.md.
#include <fmt/format.h>

#include "sim/verify_case.hpp"

namespace spikemesh::sim {

using spec::Region;
using spec::Register;
using spec::Status;

namespace {

std::uint32_t number(Register which) { return static_cast<std::uint32_t>(which); }

std::uint32_t address(Region region, std::uint32_t index) {
  return spec::TileAddr{.index = index, .region = static_cast<std::uint32_t>(region)}.pack();
}

/// Words of a region, where the 16 bits of an index leave room for one too many.
std::uint32_t size_of(const spec::Build& build, Region region) {
  switch (region) {
    case Region::synapse:
      return build.synapses;
    case Region::axon:
      return build.axons;
    case Region::fanout:
      return build.fanouts;
    case Region::neuron:
      return 8 * build.neurons;
    case Region::state:
      return 4 * build.neurons;
    case Region::accumulator:
      return (build.delay_max + 1) * build.neurons;
    case Region::counter:
      return 7;
  }
  return 0;
}

}  // namespace

void VerifyCase::abuse(bool running) {
  switch (random_.below(4)) {
    case 0:
      abuse_address();
      break;
    case 1:
      abuse_value(running);
      break;
    case 2:
      abuse_frame();
      break;
    default:
      abuse_line(running);
      break;
  }
}

void VerifyCase::abuse_address() {
  const spec::Build& build = device_.build();
  const bool write = random_.chance(50);
  const auto refuse = [&](std::uint32_t tile, std::uint32_t at, const std::string& what) {
    const auto place = static_cast<std::uint16_t>(tile);
    expect(ask(write ? write_of(place, at, {0}) : read_of(place, at, 1)), Status::bad_address,
           what);
  };
  switch (random_.below(7)) {
    case 0:
      refuse(spec::Tile{.x = build.mesh_w & 63u, .y = build.mesh_w > 63 ? build.mesh_h : 0}.pack(),
             0, "x outside the mesh");
      break;
    case 1:
      refuse(spec::Tile{.x = 0, .y = build.mesh_h}.pack(), 0, "y outside the mesh");
      break;
    case 2:
      refuse(spec::Tile{.reserved = 1 + static_cast<std::uint32_t>(random_.below(7))}.pack(), 0,
             "reserved bits");
      break;
    case 3:
      refuse(0, (1 + static_cast<std::uint32_t>(random_.below(15))) << spec::kTileAddrBits,
             "high address bits");
      break;
    case 4:
      refuse(0, (7 + static_cast<std::uint32_t>(random_.below(9))) << spec::kIndexBits,
             "a region that is none");
      break;
    case 5: {
      const auto region = static_cast<Region>(random_.below(7));
      if (const std::uint32_t size = size_of(build, region); size < 1u << spec::kIndexBits) {
        refuse(0, address(region, size), "an index beyond its memory");
      }
      break;
    }
    default: {
      const std::vector<std::uint32_t> wrong{
          static_cast<std::uint32_t>(spec::kRegisters.size()), spec::kRingInBase - 1,
          spec::kRingInBase + 2 * build.ring_in, spec::kRingOutBase + 2 * build.ring_out};
      refuse(kHostTile, random_.pick(wrong), "an address of the host tile that is none");
      refuse(kHostTile | (1u << random_.below(12)), 0, "coordinates of the host tile");
    }
  }
}

void VerifyCase::abuse_value(bool running) {
  const auto refuse = [&](std::uint32_t tile, std::uint32_t at, std::uint32_t word, Status wanted,
                          const std::string& what) {
    expect(ask(write_of(static_cast<std::uint16_t>(tile), at, {word})), wanted, what);
  };
  const auto reg = [&](Register which, std::uint32_t word, Status wanted) {
    refuse(kHostTile, number(which), word, wanted, "a write of a register");
  };
  const spec::Build& build = device_.build();
  switch (random_.below(9)) {
    case 0:
      reg(static_cast<Register>(random_.below(19)), 1, Status::read_only);
      break;
    case 1:
      reg(Register::uart_divisor, random_.chance(50) ? 3 : 65536, Status::bad_value);
      break;
    case 2:
      reg(Register::run_tag, tag_ + 1, Status::refused);
      break;
    case 3:
      reg(Register::ring_out_policy, 2, Status::bad_value);
      break;
    case 4:
      refuse(kHostTile, spec::kRingOutBase, 0, Status::read_only, "a write of the spike-out ring");
      break;
    case 5:
      refuse(0, address(Region::counter, 1), 0, Status::read_only, "a write of a counter");
      break;
    case 6: {  // a million entries ahead of anything
      reg(Register::ring_in_write, in_write_ + 1000000, Status::bad_value);
      break;
    }
    case 7:
      reg(Register::ring_out_read, read_register(Register::ring_out_write) + 1000000,
          Status::bad_value);
      break;
    default: {
      if (running) break;  // RUNNING comes first, or the run has just ended
      reg(Register::adapt_period, 32, Status::bad_value);
      refuse(0, address(Region::neuron, 3), (1u << build.decay_bits) + 1, Status::bad_value,
             "a decay factor above one");
      refuse(0, address(Region::neuron, 4), 0x80000000u, Status::bad_value,
             "a decay factor above one");
      refuse(0, address(Region::fanout, 0), spec::Fanout{.mode = 1}.pack(), Status::bad_value,
             "a fan-out mode that is none");
      refuse(0, address(Region::fanout, 0),
             spec::Fanout{.y = build.mesh_h & 63u, .mode = build.mesh_h > 63}.pack(),
             Status::bad_value, "a fan-out entry outside the mesh");
    }
  }
}

void VerifyCase::abuse_frame() {
  const auto byte = [&] { return static_cast<std::uint8_t>(random_.word()); };
  const auto frame = [&](std::uint8_t type, std::uint16_t length, std::size_t data) {
    std::vector<std::uint8_t> content{type,
                                      0,
                                      0,
                                      0,
                                      0x80,
                                      0,
                                      0,
                                      0,
                                      static_cast<std::uint8_t>(length),
                                      static_cast<std::uint8_t>(length >> 8)};
    for (std::size_t i = 0; i < data; ++i) content.push_back(byte());
    const Reply reply = driver_.ask_raw(content);
    ++result_.statuses[static_cast<unsigned>(reply.status) & 15u];
    return reply;
  };
  constexpr std::uint8_t kRead = spec::kVersion << 4 | 1, kWrite = spec::kVersion << 4 | 2;
  const auto most = static_cast<std::uint16_t>(device_.build().frame_words);
  switch (random_.below(6)) {
    case 0:
      expect(frame(static_cast<std::uint8_t>((2 + random_.below(14)) << 4 | 1), 1, 0),
             Status::bad_command, "another version");
      break;
    case 1: {
      const std::vector<std::uint8_t> types{0, 3, 4, 5, 6, 7, 8, 9, 15};
      expect(frame(spec::kVersion << 4 | random_.pick(types), 1, 4 * random_.below(3)),
             Status::bad_command, "a type that is none");
      break;
    }
    case 2:
      expect(frame(random_.chance(50) ? kRead : kWrite, 0, 0), Status::bad_length, "no words");
      break;
    case 3:
      expect(frame(kRead, static_cast<std::uint16_t>(most + 1), 0), Status::bad_length,
             "more words than fit");
      break;
    case 4:
      expect(frame(kRead, 1, 1 + random_.below(9)), Status::bad_length, "a read with data");
      break;
    default:
      expect(frame(kWrite, 2, random_.chance(50) ? 7 : 4 * most + 4), Status::bad_length,
             "a write with other data than its length");
      break;
  }
}

void VerifyCase::abuse_line(bool running) {
  const bool quiet = link_ == Link::pins && !running;
  if (quiet && random_.chance(50)) {
    driver_.settle(4'000'000);
    driver_.glitches();
  }
  if (quiet && random_.chance(10) && device_.build().rx_buffer <= 512) {
    driver_.flood(read_of(kHostTile, 0, std::min(device_.build().frame_words, 16u)), 40);
  }
  std::vector<std::uint8_t> bytes;
  for (std::uint64_t left = random_.below(40); left > 0; --left) {
    const std::vector<std::uint8_t> special{spec::kSlipEnd, spec::kSlipEsc, spec::kSlipEscEnd,
                                            0x11};
    bytes.push_back(random_.chance(30) ? random_.pick(special)
                                       : static_cast<std::uint8_t>(random_.word()));
  }
  driver_.noise(bytes);
}

}  // namespace spikemesh::sim
