// SPDX-License-Identifier: Apache-2.0
#include "model/core/tile_memory.hpp"

#include <algorithm>
#include <bit>

#include "model/core/tile_memory_learn.hpp"
#include "model/core/word_bits.hpp"

namespace spikemesh::model {

namespace {

spec::Region region_of(std::uint32_t address) {
  return static_cast<spec::Region>(spec::TileAddr::unpack(address).region);
}

bool good_value(const spec::Build& build, std::uint32_t address, std::uint32_t word) {
  const std::uint32_t index = spec::TileAddr::unpack(address).index;
  switch (region_of(address)) {
    case spec::Region::fanout: {
      const auto entry = spec::Fanout::unpack(word);
      if (entry.mode != static_cast<std::uint32_t>(spec::DestMode::unicast)) return false;
      return entry.host ||
             (entry.x < build.mesh_w && entry.y < build.mesh_h && entry.axon < build.axons);
    }
    case spec::Region::neuron: {
      const bool factor = index % 8 == 3 || index % 8 == 4 || index % 8 == 6;
      return !factor || word <= 1u << build.decay_bits;  // the whole word: no bit is cut silently
    }
    case spec::Region::table:
      return word <= spec::kFactorOne;
    default:
      return true;
  }
}

}  // namespace

spec::Status check_read(const spec::Build& build, std::uint32_t address) {
  if (address >> spec::kTileAddrBits) return spec::Status::bad_address;
  return spec::TileAddr::unpack(address).index < spec::region_words(build, region_of(address))
             ? spec::Status::ok
             : spec::Status::bad_address;
}

spec::Status check_write(const spec::Build& build, std::uint32_t address, std::uint32_t word) {
  if (const auto status = check_read(build, address); status != spec::Status::ok) return status;
  if (!spec::region_writable(region_of(address))) return spec::Status::read_only;
  return good_value(build, address, word) ? spec::Status::ok : spec::Status::bad_value;
}

std::size_t count_readable(const spec::Build& build, std::uint32_t address, std::size_t words) {
  if (check_read(build, address) != spec::Status::ok) return 0;
  const auto at = spec::TileAddr::unpack(address);
  return std::min<std::size_t>(words, spec::region_words(build, region_of(address)) - at.index);
}

std::size_t count_writable(const spec::Build& build, std::uint32_t address,
                           std::span<const std::uint32_t> words) {
  const spec::Region region = region_of(address);
  if (!spec::region_writable(region)) return 0;
  words = words.first(count_readable(build, address, words.size()));
  if (region == spec::Region::synapse) return words.size();  // takes every value
  const auto bad = std::ranges::find_if(
      words, [&](std::uint32_t word) { return !good_value(build, address++, word); });
  return static_cast<std::size_t>(bad - words.begin());
}

TileMemory::TileMemory(const spec::Build& build)
    : TileMemory(build, std::make_shared<ZeroPool>(bytes(build))) {}

TileMemory::TileMemory(const spec::Build& build, std::shared_ptr<ZeroPool> pool)
    : build_(build),
      slots_(build.delay_max + 1),
      bytes_(bytes(build)),
      pool_(std::move(pool)),
      learn_(build, *pool_),
      synapse_rests_(*pool_, build.synapses),
      synapses_(*pool_, build.synapses),
      rows_(*pool_, build.axons),
      fanouts_(*pool_, build.fanouts),
      neurons_(build, *pool_),
      fanout_lists_(*pool_, build.neurons),
      restless_(*pool_, (build.neurons + 63) / 64),
      used_(*pool_, (build.neurons + 63) / 64),
      accumulators_(*pool_, std::size_t{slots_} * build.neurons) {
  pool_->take<std::byte>(bytes_ - words(build));
}

std::size_t TileMemory::bytes(const spec::Build& b) {
  // So much that the same word of many tiles does not lie in the same set of the cache.
  constexpr std::size_t kPage = 4096, kAway = 1024 + ZeroPool::kAlign;
  return (words(b) + kPage - 1) / kPage * kPage + kAway;
}

std::size_t TileMemory::words(const spec::Build& b) {
  return ZeroPool::bytes<std::uint32_t>(b.synapses) + ZeroPool::bytes<Synapse>(b.synapses) +
         ZeroPool::bytes<Row>(b.axons) + ZeroPool::bytes<std::uint32_t>(b.fanouts) +
         NeuronArrays::bytes(b) + ZeroPool::bytes<FanoutList>(b.neurons) +
         2 * ZeroPool::bytes<std::uint64_t>((b.neurons + 63) / 64) +
         ZeroPool::bytes<std::uint32_t>(std::size_t{b.delay_max + 1} * b.neurons) +
         LearnMemory::bytes(b);
}

std::uint32_t TileMemory::read(std::uint32_t address) const {
  return stuck_.empty() ? read_word(address) : forced(address, read_word(address));
}

void TileMemory::write(std::uint32_t address, std::uint32_t word) {
  write_word(address, stuck_.empty() ? word : forced(address, word));
}

void TileMemory::write(std::uint32_t address, std::span<const std::uint32_t> words) {
  if (region_of(address) != spec::Region::synapse || !stuck_.empty()) {
    for (const std::uint32_t word : words) write(address++, word);
    return;
  }
  std::uint32_t index = spec::TileAddr::unpack(address).index;
  for (const std::uint32_t word : words) write_synapse(index++, word);
}

std::uint32_t TileMemory::read_synapse(std::uint32_t index) const {
  return synapse_rests_[index] ^ (synapses_[index].place == 0 ? 0 : word_of(synapses_[index]));
}

void TileMemory::read_synapses(std::uint32_t index, std::span<std::uint32_t> words) const {
  for (std::uint32_t& word : words) word = read_synapse(index++);
}

std::uint32_t TileMemory::read_word(std::uint32_t address) const {
  assert(check_read(build_, address) == spec::Status::ok);
  const std::uint32_t index = spec::TileAddr::unpack(address).index;
  switch (region_of(address)) {
    case spec::Region::synapse:
      return read_synapse(index);
    case spec::Region::axon:
      return spec::Axon{rows_[index].first, rows_[index].groups, rows_[index].plastic,
                        rows_[index].rule}
          .pack();
    case spec::Region::fanout:
      return fanouts_[index];
    case spec::Region::neuron:
      return read_neuron(index);
    case spec::Region::state:
      return read_state(index);
    case spec::Region::accumulator:
      return accumulators_[index] & low_bits(spec::kAccBits);
    case spec::Region::counter:
      return static_cast<std::uint32_t>(counters_[index]);
    default:
      return learn_.read(region_of(address), index);
  }
}

void TileMemory::write_word(std::uint32_t address, std::uint32_t word) {
  assert(check_read(build_, address) == spec::Status::ok);
  const std::uint32_t index = spec::TileAddr::unpack(address).index;
  switch (region_of(address)) {
    case spec::Region::synapse:
      return write_synapse(index, word);
    case spec::Region::axon:
      write_axon(index, word);
      return;
    case spec::Region::fanout:
      fanouts_[index] = spec::Fanout::unpack(word).pack(), rows_written_ = true;
      return;
    case spec::Region::neuron:
      return write_neuron(index, word);
    case spec::Region::state:
      return write_state(index, word);
    case spec::Region::accumulator:
      accumulators_[index] = word & low_bits(spec::kAccBits), state_written_ = true;
      use(index & (build_.neurons - 1));
      return;
    case spec::Region::counter:
      assert(!"counters are read only");
      return;
    default:
      learn_.write(region_of(address), index, word);
  }
}

std::uint32_t TileMemory::word_of(Synapse synapse) const {
  const std::uint32_t place = synapse.place & (kPlastic - 1u);
  const std::uint32_t weight =
      static_cast<std::uint16_t>(synapse.weight) & low_bits(build_.weight_bits);
  return spec::Synapse{.weight = static_cast<std::int32_t>(weight),
                       .delay = place >> std::countr_zero(build_.neurons),
                       .plastic = (synapse.place & kPlastic) != 0,
                       .target = place & (build_.neurons - 1)}
      .pack();
}

void TileMemory::write_synapse(std::uint32_t index, std::uint32_t word) {
  auto fields = spec::Synapse::unpack(word);
  fields.weight &= static_cast<std::int32_t>(low_bits(build_.weight_bits));
  fields.delay &= slots_ - 1;
  fields.target &= build_.neurons - 1;
  const Synapse synapse = decode_synapse(index, fields.pack());
  const std::uint32_t rest = fields.pack() ^ (synapse.place == 0 ? 0 : word_of(synapse));
  synapses_[index] = synapse;
  if (synapse.place != 0) use(synapse.place & (build_.neurons - 1));
  if (synapse_rests_[index] != rest) synapse_rests_[index] = rest, rests_written_ = true;
  ++version_, rows_written_ = true;
}

void TileMemory::write_axon(std::uint32_t index, std::uint32_t word) {
  const std::uint32_t mask = list_mask(build_.synapses / build_.lanes);
  const auto axon = spec::Axon::unpack(word);
  rows_[index] = {.first = static_cast<std::uint16_t>(axon.first & mask),
                  .groups = static_cast<std::uint16_t>(axon.groups & mask >> 16),
                  .plastic = axon.plastic != 0,
                  .rule = static_cast<std::uint8_t>(axon.rule)};
  rows_written_ = true;
}

TileMemory::Synapse TileMemory::decode_synapse(std::uint32_t index, std::uint32_t word) const {
  const auto raw = spec::Synapse::unpack(word);
  if (raw.delay == 0) return {};
  const std::uint32_t lanes = build_.lanes;
  const std::uint32_t target = (raw.target & ~(lanes - 1)) | (index & (lanes - 1));
  const std::int32_t weight =
      spec::sign_extend(static_cast<std::uint32_t>(raw.weight), build_.weight_bits);
  return {static_cast<std::int16_t>(weight),
          static_cast<std::uint16_t>((raw.delay * build_.neurons + target) | raw.plastic << 15)};
}

void TileMemory::stick(std::uint32_t address, unsigned bit, bool value) {
  stuck_.push_back({address, std::uint32_t{value} << bit, std::uint32_t{!value} << bit});
  hold_stuck();
}

std::uint32_t TileMemory::forced(std::uint32_t address, std::uint32_t word) const {
  for (const Stuck& stuck : stuck_)
    if (stuck.address == address) word = (word | stuck.ones) & ~stuck.zeros;
  return word;
}

void TileMemory::hold_stuck() {
  for (const Stuck& stuck : stuck_) {
    const std::uint32_t word = read_word(stuck.address), right = forced(stuck.address, word);
    if (word != right) write_word(stuck.address, right);
  }
}

void TileMemory::sweep(std::uint32_t mask) {
  sweep_words(mask);
  hold_stuck();
}

void TileMemory::sweep_words(std::uint32_t mask) {
  const auto selected = [&](spec::ClearMask bit) { return mask >> static_cast<unsigned>(bit) & 1; };
  if (selected(spec::ClearMask::all)) return sweep_all();
  if (selected(spec::ClearMask::trace)) learn_.sweep_traces();
  if (!state_written_) return;
  if (selected(spec::ClearMask::membrane)) {
    for (std::uint32_t j = 0; j < build_.neurons; ++j)
      neurons_.set_state(j, {.adapt = neurons_.state(j).adapt});
    accumulators_.clear();
  }
  if (selected(spec::ClearMask::adaptation)) {
    for (std::uint32_t j = 0; j < build_.neurons; ++j) {
      NeuronState state = neurons_.state(j);
      state.adapt = 0;
      neurons_.set_state(j, state);
    }
  }
}

void TileMemory::sweep_all() {
  learn_.sweep_all();
  if (rows_written_) {
    synapses_.clear(), rows_.clear(), fanouts_.clear();
    ++version_;
  }
  if (rests_written_) synapse_rests_.clear();
  if (neurons_written_) fanout_lists_.clear();
  if (state_written_) accumulators_.clear();
  if (neurons_written_ || state_written_) neurons_.clear(), restless_.clear();
  used_.clear();
  rows_written_ = neurons_written_ = state_written_ = rests_written_ = false;
}

bool TileMemory::any_plastic(const std::vector<Fired>& fired) const {
  for (const Fired& group : fired) {
    for (std::uint32_t mask = group.mask; mask != 0; mask &= mask - 1) {
      const auto lane = static_cast<std::uint32_t>(std::countr_zero(mask));
      if (learn_.list(group.group * build_.lanes + lane).count != 0) return true;
    }
  }
  return false;
}

void TileMemory::summarize(Row& row) const {
  const std::uint32_t first = row.first * build_.lanes, words = row.groups * build_.lanes;
  std::uint32_t synapses = 0, delays = 0;
  for (std::uint32_t k = 0; k < words; ++k) {
    const std::uint32_t delay =
        (synapses_[(first + k) & (build_.synapses - 1)].place & (kPlastic - 1u)) / build_.neurons;
    synapses += delay != 0;
    delays |= 1u << delay;
  }
  row.version = version_;
  row.synapses = synapses;
  row.delays = static_cast<std::uint16_t>(delays & ~1u);
}

const Row& TileMemory::row(std::uint32_t axon) {
  Row& row = rows_[axon & (build_.axons - 1)];
  if (row.version != version_) summarize(row);
  return row;
}

void TileMemory::prefetch_synapses(std::uint32_t axon) const {
  constexpr std::uint32_t kLine = 64 / sizeof(Synapse), kLines = 4;  // the hardware sees the rest
  const Row& row = rows_[axon & (build_.axons - 1)];
  const std::uint32_t first = row.first * build_.lanes, words = row.groups * build_.lanes;
  for (std::uint32_t k = 0; k < std::min(words, kLine * kLines); k += kLine) {
    __builtin_prefetch(&synapses_[(first + k) & (build_.synapses - 1)]);
  }
}

std::uint32_t TileMemory::slots_of(std::uint32_t delays, std::uint32_t slot) const {
  return ((delays << slot) | (delays >> (slots_ - slot))) & low_bits(slots_);
}

void TileMemory::count_row(const Row& row) {
  state_written_ = true;
  ++counter(spec::Counter::packets);
  counter(spec::Counter::synapse_events) += row.synapses;
}

std::uint32_t TileMemory::deliver(const Row& row, std::uint32_t slot) {
  const std::uint32_t mask = slots_ * build_.neurons - 1, base = slot * build_.neurons;
  std::uint32_t* const acc = accumulators_.data();
  std::uint32_t at = row.first * build_.lanes, left = row.groups * build_.lanes;
  while (left > 0) {
    const std::uint32_t run = std::min(left, build_.synapses - at);
    const Synapse* const begin = synapses_.data() + at;
    for (const Synapse* s = begin; s != begin + run; ++s) {
      acc[(base + s->place) & mask] += static_cast<std::uint32_t>(std::int32_t{s->weight});
    }
    left -= run, at = 0;
  }
  count_row(row);
  return slots_of(row.delays, slot);
}

}  // namespace spikemesh::model
