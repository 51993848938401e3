// SPDX-License-Identifier: Apache-2.0
// Requests that the chip must refuse, frames that it must drop, and a line that is not clean. What
// each is answered stands in docs/protocol.md and docs/blocks/host_tile.md.
#include <fmt/format.h>

#include "model/core/tile_memory.hpp"
#include "sim/stimulus/words.hpp"
#include "sim/verify/case/verify_case.hpp"
#include "spikemesh/build.hpp"

namespace spikemesh::sim {

using spec::Region;
using spec::Register;
using spec::Status;

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
  const auto some = [&](std::uint64_t limit) {
    return static_cast<std::uint32_t>(random_.below(limit));
  };
  const auto region = static_cast<Region>(some(spec::kRegions));
  struct Wrong {
    std::uint32_t tile, address;
    const char* what;
  };
  std::vector<Wrong> wrong{
      {spec::Tile{.reserved = 1 + some(7)}.pack(), 0, "reserved bits of the tile"},
      {0, (1 + some(15)) << spec::kTileAddrBits, "high address bits"},
      {0, (spec::kRegions + some(16 - spec::kRegions)) << spec::kIndexBits,
       "a region that is none"},
      {kHostTile, static_cast<std::uint32_t>(spec::kRegisters.size()), "no register"},
      {kHostTile, spec::kRingInBase - 1, "before the spike-in ring"},
      {kHostTile, spec::kRingInBase + 2 * build.ring_in, "behind the spike-in ring"},
      {kHostTile, spec::kRingOutBase + 2 * build.ring_out, "behind the spike-out ring"},
      {kHostTile | 1u << some(12), 0, "coordinates of the host tile"}};
  if (build.mesh_w < 64) wrong.push_back({build.mesh_w, 0, "x outside the mesh"});
  if (build.mesh_h < 64)
    wrong.push_back({build.mesh_h << spec::kCoordBits, 0, "y outside the mesh"});
  if (spec::region_words(build, region) < 1u << spec::kIndexBits) {
    wrong.push_back(
        {0, address(region, spec::region_words(build, region)), "an index beyond its memory"});
  }
  const Wrong& one = random_.pick(wrong);
  const auto tile = static_cast<std::uint16_t>(one.tile);
  const Request request =
      random_.chance(50) ? write_of(tile, one.address, {0}) : read_of(tile, one.address, 1);
  expect(ask(request), Status::bad_address, one.what);
}

void VerifyCase::abuse_value(bool running) {
  const spec::Build& build = device_.build();
  struct Wrong {
    std::uint16_t tile;
    std::uint32_t address, word;
    Status status;
  };
  const auto reg = [](Register which, std::uint32_t word, Status status) {
    return Wrong{kHostTile, number(which), word, status};
  };
  const auto read_only = static_cast<Register>(random_.below(number(Register::uart_divisor)));
  std::vector<Wrong> wrong{
      reg(read_only, 1, Status::read_only),
      reg(Register::uart_divisor, spec::kUartDivisorMin - 1, Status::bad_value),
      reg(Register::uart_divisor, 65536, Status::bad_value),
      reg(Register::run_tag, tag_ + 1, Status::refused),
      reg(Register::ring_out_policy, 2, Status::bad_value),
      reg(Register::ring_in_write, in_write_ + 1000000, Status::bad_value),
      reg(Register::ring_out_read, read_register(Register::ring_out_write) + 1000000,
          Status::bad_value),
      {kHostTile, spec::kRingOutBase, 0, Status::read_only},
      {0, address(Region::counter, 1), 0, Status::read_only}};
  if (!running) {  // else RUNNING comes first, unless the run has just ended
    wrong.push_back(reg(Register::adapt_period, 32, Status::bad_value));
    wrong.push_back({0, address(Region::neuron, 4), 0x80000000u, Status::bad_value});
    wrong.push_back({0, address(Region::fanout, 0), spec::Fanout{.host = 1, .mode = 2}.pack(),
                     Status::bad_value});
    for (const FieldLimits& of : field_limits(build)) {
      const std::uint32_t place = address(of.word->region, of.word->word);
      const std::uint32_t word = of.put(0, of.at(Limit::beyond).value_or(0));
      if (model::check_write(build, place, word) == Status::bad_value)
        wrong.push_back({0, place, word, Status::bad_value});
    }
  }
  const Wrong& one = random_.pick(wrong);
  expect(ask(write_of(one.tile, one.address, {one.word})), one.status,
         "a write that must be refused");
}

void VerifyCase::abuse_frame() {
  constexpr std::uint8_t kRead = spec::kVersion << 4 | 1, kWrite = spec::kVersion << 4 | 2;
  const auto most = static_cast<std::uint16_t>(device_.build().frame_words);
  struct Wrong {
    unsigned type, length;
    std::size_t bytes;  ///< of data
    Status status;
  };
  const std::vector<Wrong> wrong{
      {static_cast<unsigned>(2 + random_.below(14)) << 4 | 1, 1, 0, Status::bad_command},
      {spec::kVersion << 4, 1, 0, Status::bad_command},
      {spec::kVersion << 4 | static_cast<unsigned>(3 + random_.below(13)), 1, 4,
       Status::bad_command},
      {kRead, 0, 0, Status::bad_length},
      {kWrite, 0, 0, Status::bad_length},
      {kRead, most + 1u, 0, Status::bad_length},
      {kWrite, most + 1u, 4u * most + 4, Status::bad_length},
      {kRead, 1, 1 + random_.below(9), Status::bad_length},
      {kWrite, 2, 7, Status::bad_length},
      {kWrite, 2, 12, Status::bad_length}};
  const Wrong& one = random_.pick(wrong);
  std::vector<std::uint8_t> content(spec::kFrameHeader + one.bytes);
  for (std::uint8_t& byte : content) byte = static_cast<std::uint8_t>(random_.word());
  content[0] = static_cast<std::uint8_t>(one.type);
  content[8] = static_cast<std::uint8_t>(one.length);
  content[9] = static_cast<std::uint8_t>(one.length >> 8);
  const Reply reply = driver_.ask_raw(content);
  ++result_.statuses[static_cast<unsigned>(reply.status) & 15u];
  expect(reply, one.status, "a frame that must be refused");
}

void VerifyCase::abuse_line(bool running) {
  if (random_.chance(30)) {
    // Were it taken for whole, its reply would come before that of the next frame.
    driver_.bad_escape(read_of(kHostTile, number(Register::image_tag), 1));
    return;
  }
  const bool quiet = link_ == Link::pins && !running;
  if (quiet && random_.chance(50)) {
    driver_.settle(4'000'000);
    driver_.glitches();
  }
  if (quiet && random_.chance(25) && device_.build().rx_buffer <= 512) {
    driver_.flood(read_of(kHostTile, 0, std::min(device_.build().frame_words, 16u)), 100);
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
