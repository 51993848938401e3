// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/chip_machine.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "machine/run_loop.hpp"

namespace spikemesh {
namespace {

using spec::Register;

constexpr std::size_t kGroupWords = 8192;  // words between two reports of progress

/// Consecutive blocks, up to about kGroupWords words (at least one block).
std::span<const Block> next_group(std::span<const Block> blocks) {
  std::size_t words = 0, count = 0;
  while (count < blocks.size() && words < kGroupWords) words += blocks[count++].words.size();
  return blocks.first(count);
}

void compare(const Block& wanted, const Block& got) {
  for (std::size_t i = 0; i < wanted.words.size(); ++i) {
    if (wanted.words[i] == got.words[i]) continue;
    throw VerifyError(
        fmt::format("{} reads back {:#010x}, but {:#010x} was written: the chip was reset "
                    "meanwhile, its memory "
                    "is at fault, or the word has bits that its build does not store; load again",
                    word_name(wanted.tile, wanted.address + static_cast<std::uint32_t>(i)),
                    got.words[i], wanted.words[i]));
  }
}

}  // namespace

struct ChipMachine::Impl {
  Client client;
  ChipMachineOptions options;
  LoadedChip chip;
  std::vector<InEntry> pending;  ///< clears for the begin of the next run

  void need_loaded() const {
    if (chip.tag == 0) throw RunError("no image is loaded: load one first");
    if (!chip.whole) {
      throw RunError(
          "an earlier load or run ended early, so the chip's state is not known: load "
          "the image again");
    }
  }

  void need_tag() {
    const std::uint32_t tag = client.read_register(Register::image_tag);
    if (tag == chip.tag) return;
    throw RunError(
        fmt::format("the chip was reset since the image was loaded (IMAGE_TAG is {:#x}, "
                    "{:#x} was written): load the image again",
                    tag, chip.tag));
  }

  void report(const char* what, std::uint64_t done, std::uint64_t all) const {
    if (options.progress) options.progress(what, done, all);
  }

  void write_and_verify(const Image& image) {
    std::uint64_t all = 0, done = 0;
    for (const Block& block : image.blocks) all += 2 * block.words.size();
    for (auto rest = std::span(image.blocks); !rest.empty();) {
      const auto group = next_group(rest);
      client.write(group);
      for (const Block& block : group) done += block.words.size();
      report("load", done, all);
      rest = rest.subspan(group.size());
    }
    for (auto rest = std::span(image.blocks); !rest.empty();) {
      const auto group = next_group(rest);
      std::vector<Extent> extents;
      for (const Block& block : group) {
        extents.push_back(
            {block.tile, block.address, static_cast<std::uint32_t>(block.words.size())});
        done += block.words.size();
      }
      const std::vector<Block> got = client.read(extents);
      for (std::size_t i = 0; i < group.size(); ++i) compare(group[i], got[i]);
      report("load", done, all);
      rest = rest.subspan(group.size());
    }
  }
};

ChipMachine::ChipMachine(Client client, ChipMachineOptions options)
    : impl_(std::make_unique<Impl>(Impl{std::move(client), std::move(options), {}, {}})) {
  if (!impl_->client.connected()) impl_->client.connect();
}
ChipMachine::~ChipMachine() = default;
ChipMachine::ChipMachine(ChipMachine&&) noexcept = default;
ChipMachine& ChipMachine::operator=(ChipMachine&&) noexcept = default;

const spec::Build& ChipMachine::build() const { return impl_->client.info().build; }
std::uint64_t ChipMachine::step() const { return impl_->chip.step; }
Client& ChipMachine::client() { return impl_->client; }

void ChipMachine::load(const Image& image) {
  check_image(image, build());
  Client& client = impl_->client;
  impl_->chip = {};
  impl_->pending.clear();
  const std::uint32_t nonce = client.reset();
  impl_->write_and_verify(image);
  if (image.adapt_period != 0) client.write_register(Register::adapt_period, image.adapt_period);
  const std::uint32_t tag = client.nonce();
  client.write_register(Register::image_tag, tag);
  // A reset between read-back and tag would leave a tagged chip of zeros; the nonce tells.
  const auto held = client.read_registers(Register::image_tag, 2);
  if (held[0] != tag || held[1] != nonce) {
    throw VerifyError("the chip was reset while the image was loaded: load again");
  }
  impl_->chip.tag = tag;
  impl_->chip.whole = true;
}

std::vector<OutSpike> ChipMachine::run(std::span<const InEntry> entries, std::uint64_t until) {
  impl_->need_loaded();
  LoadedChip& chip = impl_->chip;
  if (until < chip.step) {
    throw InputError(
        fmt::format("a run until step {} was asked, but the chip is at step {}: steps "
                    "go forward; load again to start at 0",
                    until, chip.step));
  }
  check_entries(entries, chip.step, until, build());
  if (until == chip.step) return {};
  std::vector<InEntry> all = impl_->pending;
  all.insert(all.end(), entries.begin(), entries.end());
  if (!impl_->pending.empty()) {
    in_order(all);
    check_entries(all, chip.step, until, build());
  }
  std::vector<OutSpike> spikes = RunLoop(impl_->client, chip, impl_->options, all, until).run();
  impl_->pending.clear();
  return spikes;
}

void ChipMachine::clear(std::uint32_t mask) {
  impl_->need_loaded();
  check_clear_mask(mask);
  impl_->pending.push_back({impl_->chip.step, mask, spec::EntryKind::clear});
}

std::vector<std::uint32_t> ChipMachine::read(std::uint16_t tile, std::uint32_t address,
                                             std::uint32_t count) {
  impl_->need_loaded();
  auto words = impl_->client.read(tile, address, count);
  impl_->need_tag();  // else these may be the zeros of a chip that was reset
  return words;
}

void ChipMachine::write(std::uint16_t tile, std::uint32_t address,
                        std::span<const std::uint32_t> words) {
  impl_->need_loaded();
  impl_->client.write(tile, address, words);
  impl_->need_tag();
}

MachineStats ChipMachine::stats() {
  Client& client = impl_->client;
  const spec::Build& build = client.info().build;
  const auto get = [&](Register which) { return client.read_register(which); };
  const auto get64 = [&](Register low_word) {
    for (std::uint32_t before = ~0u;;) {  // until the high word does not change
      const auto words = client.read_registers(low_word, 2);
      if (words[1] == before) return std::uint64_t{words[1]} << 32 | words[0];
      before = words[1];
    }
  };
  MachineStats stats;
  stats.steps = get64(Register::step_lo);
  stats.cycles = get64(Register::cycle_lo);
  stats.stretched = get(Register::stretched);
  stats.late_entries = get(Register::late_entries);
  stats.bad_entries = get(Register::bad_entries);
  stats.lost_spikes = get(Register::ring_out_lost);
  stats.out_stalls = get(Register::ring_out_stalls);
  stats.in_stalls = get(Register::inject_stalls);
  const std::uint32_t base =
      spec::TileAddr{.region = static_cast<std::uint32_t>(spec::Region::counter)}.pack();
  std::vector<Extent> extents;
  for (std::uint32_t y = 0; y < build.mesh_h; ++y) {
    for (std::uint32_t x = 0; x < build.mesh_w; ++x) {
      const auto tile = static_cast<std::uint16_t>(spec::Tile{.x = x, .y = y}.pack());
      extents.push_back({tile, base, spec::kCounters});
    }
  }
  for (const Block& block : client.read(extents)) {
    const auto& w = block.words;
    stats.tiles.push_back({block.tile, w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8], w[9]});
  }
  return stats;
}

}  // namespace spikemesh
