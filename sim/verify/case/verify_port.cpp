// SPDX-License-Identifier: Apache-2.0
// The word port beside the link (docs/blocks/bus.md): accesses at random cycles that leave alone
// what the reference computes, and writes at a step boundary that it is told of.
#include <fmt/format.h>

#include <array>

#include "sim/verify/case/verify_case.hpp"
#include "spikemesh/build.hpp"

namespace spikemesh::sim {

using model::WordAccess;
using spec::Region;
using spec::Register;

namespace {

constexpr std::uint32_t kWordBytes = 4, kWholeWord = 15;

enum class Way : std::uint8_t {
  read_register,
  read_ring,
  window,
  tile_word,
  own_word,
  part,
  nowhere,
  refused,
  interrupt,
};
constexpr std::array kWays{
    Share{Way::read_register, 4}, Share{Way::read_ring, 2}, Share{Way::window, 3},
    Share{Way::tile_word, 6},     Share{Way::own_word, 4},  Share{Way::part, 1},
    Share{Way::nowhere, 2},       Share{Way::refused, 4},   Share{Way::interrupt, 3}};

std::uint32_t host_byte(std::uint32_t address) { return spec::kByteHost + kWordBytes * address; }
std::uint32_t host_byte(Register which) { return host_byte(static_cast<std::uint32_t>(which)); }
std::uint32_t tile_byte(Region region, std::uint32_t index) {
  return spec::kByteTile +
         kWordBytes *
             spec::TileAddr{.index = index, .region = static_cast<std::uint32_t>(region)}.pack();
}

}  // namespace

/// Some accesses from now on, so that they meet the frame that comes.
void VerifyCase::use_port() {
  std::uint64_t at = device_.cycle();
  for (std::uint64_t left = 1 + random_.below(6); left > 0; --left) {
    at += random_.below(random_.chance(50) ? 4 : 300);
    offer_port(at, random_access());
  }
}

void VerifyCase::offer_port(std::uint64_t at, const WordAccess& access) {
  port_at_ = std::max({port_at_, at, device_.cycle()});
  device_.access(port_at_, access);
  ++port_offered_;
}

WordAccess VerifyCase::random_access() {
  const spec::Build& build = device_.build();
  const auto some = [&](std::uint64_t limit) {
    return static_cast<std::uint32_t>(random_.below(limit));
  };
  const auto read = [](std::uint32_t address) { return WordAccess{.address = address}; };
  switch (random_.pick(kWays)) {
    case Way::read_register:
      return read(host_byte(some(spec::kRegisters.size())));
    case Way::read_ring: {  // a word that was never written has no value
      in_known_ = std::max(in_known_, std::min(in_write_, build.ring_in));
      const bool in = random_.chance(50);
      const std::uint32_t known = in ? in_known_ : out_known_;
      if (known == 0) return read(host_byte(Register::ring_out_write));
      return read(host_byte((in ? spec::kRingInBase : spec::kRingOutBase) + some(2 * known)));
    }
    case Way::window:
      return {.write = true, .address = spec::kByteWindow, .data = random_window()};
    case Way::tile_word:
      return random_tile_access();
    case Way::own_word:
      return random_own_access();
    case Way::part: {
      const std::uint32_t address = host_byte(some(spec::kRegisters.size()));
      if (random_.chance(50)) return read(address + 1 + some(3));
      return {.write = true,
              .address = address,
              .data = random_.word(),
              .strobe = static_cast<std::uint8_t>(1 + some(kWholeWord - 1))};
    }
    case Way::nowhere: {
      const std::vector<std::uint32_t> places{
          spec::kByteTile + spec::kByteTileSize, spec::kByteFaultAddress + kWordBytes,
          0x80000000u | some(1u << 29) * kWordBytes,
          host_byte(static_cast<std::uint32_t>(spec::kRegisters.size())),
          host_byte(spec::kRingOutBase + 2 * build.ring_out)};
      return {.write = random_.chance(50), .address = random_.pick(places), .data = some(9)};
    }
    case Way::refused:
      return random_refused();
    case Way::interrupt:
      break;
  }
  const bool mask = random_.chance(60);
  return {.write = random_.chance(70),
          .address = host_byte(mask ? Register::irq_mask : Register::irq_pending),
          .data = some(8)};
}

/// A tile, or now and then none.
std::uint32_t VerifyCase::random_window() {
  const spec::Build& build = device_.build();
  const auto x = static_cast<std::uint32_t>(random_.below(build.mesh_w));
  const auto y = static_cast<std::uint32_t>(random_.below(build.mesh_h));
  const std::uint32_t tile = spec::Tile{.x = x, .y = y}.pack();
  return random_.chance(95) ? tile : random_.word() >> random_.below(17);
}

/// A read, or a write that is refused: any other would wake a tile that rests.
WordAccess VerifyCase::random_tile_access() {
  const auto region = static_cast<Region>(random_.below(spec::kRegions));
  const std::uint32_t words = spec::region_words(device_.build(), region);
  const auto index = static_cast<std::uint32_t>(random_.below(words + words / 8));
  if (random_.chance(60)) return {.address = tile_byte(region, index)};
  const std::uint32_t factor = spec::kFactorOne + 1 + (random_.word() >> 1);
  return random_.chance(50)
             ? WordAccess{.write = true, .address = tile_byte(Region::counter, 1), .data = factor}
             : WordAccess{.write = true, .address = tile_byte(Region::table, 5), .data = factor};
}

WordAccess VerifyCase::random_own_access() {
  const std::vector<std::uint32_t> words{spec::kByteWindow, spec::kByteFence, spec::kByteFault,
                                         spec::kByteFaultAddress};
  const std::uint32_t address = random_.pick(words);
  const bool write = random_.chance(30);
  return {.write = write,
          .address = address,
          .data = address == spec::kByteWindow ? random_window() : random_.word()};
}

/// Writes to the host tile that are refused whatever goes on.
WordAccess VerifyCase::random_refused() {
  const auto of = [](Register which, std::uint32_t data) {
    return WordAccess{.write = true, .address = host_byte(which), .data = data};
  };
  const std::vector<WordAccess> all{
      of(static_cast<Register>(random_.below(static_cast<std::uint32_t>(Register::uart_divisor))),
         random_.word()),
      of(Register::run_tag, tag_ + 1),
      of(Register::ring_out_policy, 2),
      of(Register::adapt_period, 32),
      of(Register::uart_divisor, spec::kUartDivisorMin - 1),
      of(Register::irq_mask, 8 + static_cast<std::uint32_t>(random_.below(1000))),
      of(Register::irq_pending, 0x80000000u),
      {.write = true, .address = host_byte(spec::kRingOutBase), .data = random_.word()}};
  return random_.pick(all);
}

/// A word of a tile at a step boundary, written over the link or through the port; the link goes on
/// with other frames meanwhile.
void VerifyCase::put(std::uint16_t tile, std::uint32_t address, std::uint32_t word,
                     const std::string& what) {
  expected_->reference().write(tile, address, word);
  if (random_.chance(50)) {
    expect(ask(write_of(tile, address, {word})), spec::Status::ok, what);
    return;
  }
  const std::uint64_t at = device_.cycle() + random_.below(100);
  offer_port(at, {.write = true, .address = spec::kByteWindow, .data = tile});
  offer_port(at, {.write = true, .address = spec::kByteTile + kWordBytes * address, .data = word});
  wait_for_port();
  const spec::Status status = collector_.watch.port_status();
  if (status != spec::Status::ok)
    fail(fmt::format("{} through the word port: it answers {}", what, to_string(status)));
  if (random_.chance(50)) offer_port(device_.cycle(), {.address = spec::kByteFence});
}

/// Until all that was offered is answered, with frames of the link beside it.
void VerifyCase::wait_for_port() {
  constexpr unsigned kPatience = 100'000;
  for (unsigned i = 0; collector_.watch.port_answers() < port_offered_; ++i) {
    if (i == kPatience) fail("the word port does not answer");
    if (random_.chance(50)) {
      const auto& [tile, words] = *chip_.words.begin();
      expect(driver_.ask(read_of(tile, words.begin()->first, 1)), spec::Status::ok,
             "a read of a tile while the word port is at work");
    } else {
      driver_.wait(1 + random_.below(40));
    }
  }
}

}  // namespace spikemesh::sim
