// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/link/self_test.hpp"

#include <fmt/format.h>

#include <bit>

#include "firmware/monitor/monitor.h"
#include "spikemesh/error.hpp"

namespace spikemesh {
namespace {

constexpr auto code(LinkFaultKind kind) { return static_cast<std::uint32_t>(kind); }
static_assert(code(LinkFaultKind::never_ready) == MONITOR_NEVER_READY);
static_assert(code(LinkFaultKind::lost) == MONITOR_LOST);
static_assert(code(LinkFaultKind::stuck) == MONITOR_STUCK);
static_assert(code(LinkFaultKind::axons) == MONITOR_AXONS);

/// An image that was not verified: the tag under which the test runs steps.
constexpr std::uint32_t kTestTag = 1;
/// The test asks for a reset at most once for each link, and once in between.
constexpr unsigned kMostResets = 5 * 64 * 64;

std::string name_of(std::uint16_t tile) {
  const auto at = spec::Tile::unpack(tile);
  return at.host != 0 ? "the host" : fmt::format("tile ({},{})", at.x, at.y);
}

std::string bits_of(std::uint32_t bits) {
  const bool one = (bits & (bits - 1)) == 0;
  std::string text = one ? "bit" : "bits";
  for (; bits != 0; bits &= bits - 1) text += fmt::format(" {}", std::countr_zero(bits));
  return text + (one ? " is" : " are");
}

std::string place_of(const MemoryFault& fault) {
  if (spec::Tile::unpack(fault.tile).host != 0)
    return fmt::format("spike-in ring, word {}", fault.address - spec::kRingInBase);
  const auto at = spec::TileAddr::unpack(fault.address);
  return fmt::format("{}, {} word {}", name_of(fault.tile),
                     spec::to_string(static_cast<spec::Region>(at.region)), at.index);
}

std::string to_line(const MemoryFault& fault) {
  const std::uint32_t both = fault.ones & fault.zeros;
  std::string text = place_of(fault) + ":";
  if (fault.ones & ~both) text += fmt::format(" {} always 1;", bits_of(fault.ones & ~both));
  if (fault.zeros & ~both) text += fmt::format(" {} always 0;", bits_of(fault.zeros & ~both));
  if (both) text += fmt::format(" {} not kept;", bits_of(both));
  text.back() = '\n';
  return text;
}

std::string to_line(const LinkFault& fault) {
  const auto at = spec::Tile::unpack(fault.tile);
  const bool leaves = at.host == 0 && at.x == 0 && at.y == 0 && fault.port == spec::Port::west;
  const std::string where = at.host != 0 ? "to tile (0,0)"
                            : leaves     ? "to the host"
                                         : "to the " + std::string(spec::to_string(fault.port));
  std::string what;
  switch (fault.kind) {
    case LinkFaultKind::never_ready:
      what = "it is never ready";
      break;
    case LinkFaultKind::lost:
      what = "nothing arrives";
      break;
    case LinkFaultKind::stuck:
      what = fmt::format("{} always {} in the data", bits_of(fault.bits), fault.value ? 1 : 0);
      break;
    case LinkFaultKind::axons:
      what = fmt::format("spikes are lost in whose axon {} 1", bits_of(fault.bits));
      break;
  }
  return fmt::format("link from {} {}: {}\n", name_of(fault.tile), where, what);
}

}  // namespace

std::string to_text(const SelfTestReport& report) {
  std::string text;
  for (const LinkFault& fault : report.links) text += to_line(fault);
  for (const MemoryFault& fault : report.memories) text += to_line(fault);
  for (const std::uint16_t tile : report.skipped)
    text += fmt::format("{}: not tested, no whole way leads there and back\n", name_of(tile));
  if (report.unlisted != 0)
    text += fmt::format("{} more accesses to other words were wrong\n", report.unlisted);
  return text + fmt::format("{}: {} words and {} links were tested\n",
                            report.good() ? "the chip is good" : "the chip has faults",
                            report.tested_words, report.tested_links);
}

void SelfTestReader::take(const CoreMessage& message) {
  const std::vector<std::uint32_t>& w = message.words;
  const auto has = [&w](std::size_t count) { return w.size() == count; };
  const auto tile = w.empty() ? std::uint16_t{0} : static_cast<std::uint16_t>(w[0]);
  switch (message.kind) {
    case MONITOR_MEMORY:
      if (has(4)) report_.memories.push_back({tile, w[1], w[2], w[3]});
      return;
    case MONITOR_LINK:
      if (has(4))
        report_.links.push_back({tile, static_cast<spec::Port>(w[1]),
                                 static_cast<LinkFaultKind>(w[2] >> 16), w[3],
                                 w[2] >> 16 == MONITOR_STUCK && (w[2] & 1) == 0});
      return;
    case MONITOR_SKIPPED:
      if (has(1)) report_.skipped.push_back(tile);
      return;
    case MONITOR_MORE:
      if (has(3)) report_.unlisted += w[2];
      return;
    case MONITOR_RESET:
      reset_ = true;
      return;
    case MONITOR_DONE:
      if (has(3)) report_.tested_words = w[0], report_.tested_links = w[1];
      done_ = true;
      return;
    default:
      return;
  }
}

namespace {

/// A reset stops the core and loses the image tag; the program stays.
void begin(Client& client, ManagementCore& core, std::uint32_t command) {
  client.reset();
  client.write(kHostTileField, static_cast<std::uint32_t>(spec::Register::image_tag),
               std::span(&kTestTag, 1));
  core.start();
  core.give_run(spec::MgmtOwner::core);
  core.send(std::span(&command, 1));
}

/// Reads until the test wants something, or the core stopped.
CoreState follow(Client& client, ManagementCore& core, SelfTestReader& reader,
                 std::chrono::seconds patience) {
  CoreMessages messages;
  auto last = std::chrono::steady_clock::now();
  for (;;) {
    const CoreState state = core.state();  // first: what it said before it stopped is there
    const std::vector<std::uint32_t> words = core.receive();
    bool reset = false;
    for (const CoreMessage& message : messages.take(words)) {
      reader.take(message);
      reset |= reader.wants_reset();
    }
    if (!state.running || reset || reader.done()) return state;
    const auto now = std::chrono::steady_clock::now();
    if (!words.empty()) last = now;
    if (now - last > patience)
      throw RunError(fmt::format("the self-test says nothing for {} s: {}; wait longer (--timeout)",
                                 patience.count(), to_text(state)));
    if (words.empty()) client.wait(std::chrono::milliseconds(5));
  }
}

}  // namespace

SelfTestReport self_test(Client& client, std::span<const std::uint8_t> image,
                         const std::string& name, std::chrono::seconds patience) {
  ManagementCore core(client);
  core.load(image, name);
  SelfTestReader reader;
  std::uint32_t command = MONITOR_TEST;
  for (unsigned resets = 0; !reader.done() && resets < kMostResets; ++resets) {
    begin(client, core, command);
    const CoreState state = follow(client, core, reader, patience);
    const bool timeout = state.cause == spec::MgmtStop::bus &&
                         state.status == static_cast<std::uint32_t>(spec::Status::timeout);
    if (!state.running && !timeout)
      throw RunError(fmt::format("the self-test ended early: {}", to_text(state)));
    command = MONITOR_RESUME;
  }
  client.reset();
  if (!reader.done())
    throw RunError(fmt::format("the self-test asked for more than {} resets", kMostResets));
  return reader.report();
}

}  // namespace spikemesh
