// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/chip_machine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

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

/// Nobody watches behind the end of a run.
struct WatchEnd {
  const ChipMachineOptions& options;
  ~WatchEnd() {
    if (options.watch) options.watch({}, {});
  }
};

}  // namespace

struct ChipMachine::Impl {
  /// What was read of the chip's counters, carried on to 64 bits.
  struct Counted {
    std::vector<std::uint32_t> words;
    std::vector<std::uint64_t> values;

    void add(const std::vector<std::uint32_t>& now) {
      words.resize(now.size());
      values.resize(now.size());
      for (std::size_t i = 0; i < now.size(); ++i) values[i] += now[i] - words[i];
      words = now;
    }
  };

  Client client;
  ChipMachineOptions options;
  LoadedChip chip;
  std::vector<InEntry> pending;     ///< clears for the begin of the next run
  std::vector<OutSpike> partial{};  ///< of a run that threw
  Counted tiles{}, host{};
  bool exact = false;  ///< no counter can have wrapped unseen since the last load

  void need_loaded() const {
    if (chip.tag == 0) throw RunError("no image is loaded: load one first");
    if (!chip.whole) {
      throw RunError(
          "an earlier load or run ended early, so the chip's state is not known: load "
          "the image again");
    }
  }

  void need_rest() const {
    if (!chip.at_rest) need_loaded();
  }

  /// Reads all counters, and says whether one may have wrapped since they were last read.
  void count() {
    const spec::Build& build = client.info().build;
    exact = exact && chip.busy_cycles - chip.counted_cycles < cycles_to_wrap(build);
    const std::uint32_t base =
        spec::TileAddr{.region = static_cast<std::uint32_t>(spec::Region::counter)}.pack();
    std::vector<Extent> extents;
    for (std::uint32_t y = 0; y < build.mesh_h; ++y)
      for (std::uint32_t x = 0; x < build.mesh_w; ++x)
        extents.push_back(
            {static_cast<std::uint16_t>(spec::Tile{.x = x, .y = y}.pack()), base, spec::kCounters});
    std::vector<std::uint32_t> words;
    for (const Block& block : client.read(extents))
      words.insert(words.end(), block.words.begin(), block.words.end());
    tiles.add(words);
    words.clear();
    for (const Register which :
         {Register::stretched, Register::late_entries, Register::bad_entries,
          Register::ring_out_lost, Register::ring_out_stalls, Register::inject_stalls})
      words.push_back(client.read_register(which));
    host.add(words);
    chip.counted_cycles = chip.busy_cycles;
  }

  /// Counters that rise for long are read before they can wrap twice.
  void count_in_time() {
    if (chip.busy_cycles - chip.counted_cycles >= cycles_to_wrap(client.info().build) / 4) count();
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
  impl_->chip.whole = impl_->chip.at_rest = true;
  impl_->tiles = impl_->host = {};
  impl_->exact = true;
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
  check_entries(entries, chip.step, until, build().ring_in);
  if (until == chip.step) return {};
  std::vector<InEntry> all = impl_->pending;
  all.insert(all.end(), entries.begin(), entries.end());
  if (!impl_->pending.empty()) {
    in_order(all);
    check_entries(all, chip.step, until, build().ring_in);
  }
  const WatchEnd end{impl_->options};
  RunLoop loop(impl_->client, chip, impl_->options, all, until, [this] { impl_->count(); });
  try {
    std::vector<OutSpike> spikes = loop.run();
    impl_->pending.clear();
    impl_->count_in_time();
    return spikes;
  } catch (...) {
    impl_->partial = loop.take_partial();
    throw;
  }
}

void ChipMachine::take_over() {
  impl_->need_loaded();
  impl_->need_tag();
  impl_->chip.take_over(impl_->client);
}

bool ChipMachine::watch(std::span<const std::uint64_t> steps, const StepEnd& at_end) {
  return impl_->options.watch && impl_->options.watch(steps, at_end);
}

std::vector<OutSpike> ChipMachine::take_partial() { return std::exchange(impl_->partial, {}); }

void ChipMachine::clear(std::uint32_t mask) {
  impl_->need_loaded();
  check_clear_mask(mask);
  impl_->pending.push_back({impl_->chip.step, mask, spec::EntryKind::clear});
}

std::vector<std::uint32_t> ChipMachine::read(std::uint16_t tile, std::uint32_t address,
                                             std::uint32_t count) {
  impl_->need_rest();
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
  if (impl_->chip.tag != 0) impl_->need_rest();
  Client& client = impl_->client;
  const spec::Build& build = client.info().build;
  const auto get64 = [&](Register low_word) {
    constexpr unsigned kMostReads = 8;
    std::uint32_t before = ~0u;
    for (unsigned reads = 0; reads < kMostReads; ++reads) {  // until the high word does not change
      const auto words = client.read_registers(low_word, 2);
      if (words[1] == before) return std::uint64_t{words[1]} << 32 | words[0];
      before = words[1];
    }
    throw RunError(fmt::format(
        "{} differs at each of {} reads: the chip's counter is at fault; reset it",
        word_name(kHostTileField, static_cast<std::uint32_t>(low_word) + 1), kMostReads));
  };
  MachineStats stats;
  stats.steps = get64(Register::step_lo);
  stats.cycles = get64(Register::cycle_lo);
  impl_->count();
  const auto& host = impl_->host.values;
  stats.stretched = host[0];
  stats.late_entries = host[1];
  stats.bad_entries = host[2];
  stats.lost_spikes = host[3];
  stats.ring_out_stalls = host[4];
  stats.inject_stalls = host[5];
  stats.exact = impl_->exact;
  auto value = impl_->tiles.values.begin();
  for (std::uint32_t y = 0; y < build.mesh_h; ++y)
    for (std::uint32_t x = 0; x < build.mesh_w; ++x) {
      MachineStats::Tile& tile = stats.tiles.emplace_back();
      tile.tile = static_cast<std::uint16_t>(spec::Tile{.x = x, .y = y}.pack());
      for (std::uint64_t& counter : tile.counters) counter = *value++;
    }
  return stats;
}

}  // namespace spikemesh
