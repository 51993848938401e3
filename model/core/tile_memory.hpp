// SPDX-License-Identifier: Apache-2.0
#pragma once
// All memories of a tile, and the two loops that do the arithmetic of a core on them.

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "model/core/learn_memory.hpp"
#include "model/core/neuron_arrays.hpp"
#include "model/core/zero_pool.hpp"
#include "model/noc/need_set.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::model {

/// How a write of `word` to a tile's word `address` (24 bits of a frame) ends, as far as address
/// and value decide it: bad_address, read_only, bad_value or ok (docs/blocks/host_tile.md).
/// `running` comes between read_only and bad_value in the order of checks; the caller checks it.
spec::Status check_write(const spec::Build& build, std::uint32_t address, std::uint32_t word);
/// The same for a read: bad_address or ok.
spec::Status check_read(const spec::Build& build, std::uint32_t address);
/// How many of the words from an address on can be written, and how many read: those before the
/// first that fails the check, and none beyond the region of the first.
std::size_t count_writable(const spec::Build& build, std::uint32_t address,
                           std::span<const std::uint32_t> words);
std::size_t count_readable(const spec::Build& build, std::uint32_t address, std::size_t words);

/// Address of a word of a region.
constexpr std::uint32_t tile_address(spec::Region region, std::uint32_t index) {
  return spec::TileAddr{.index = index, .region = static_cast<std::uint32_t>(region)}.pack();
}

/// Neurons of one group that fired in one Update: an entry of the spike list.
struct Fired {
  std::uint16_t group = 0;
  std::uint16_t scan = 0;  ///< when it was visited, in cycles of the Update's scan
  std::uint8_t mask = 0;   ///< one bit a lane
  std::uint8_t step = 0;   ///< low bits of the step, with hard steps
};

/// A plastic synapse that was depressed or potentiated.
struct WeightEvent {
  std::uint32_t word = 0;  ///< of the row, or entry of the list
  std::uint32_t row = 0;   ///< group of the synapse in its lane
  std::uint32_t rule = 0, axon = 0;
  std::int32_t before = 0;
  WeightChange after{};
  std::uint32_t trace = 0;  ///< as it read
};

/// What an Update found.
struct UpdateResult {
  bool changed = false;           ///< some neuron changed: the tile is not rested
  bool waits = false;             ///< a group that did not has a threshold that will decay
  std::uint32_t saturations = 0;  ///< neurons whose state was clipped
  std::uint32_t scans = 0;        ///< cycles of the scan over the groups
  std::uint32_t visited = 0;      ///< groups
};

/// An axon's row, and what a walk along it does, worked out once.
struct Row {
  std::uint32_t version = 0;   ///< of the synapse memory when the rest was worked out; 0: never
  std::uint32_t synapses = 0;  ///< words that are not empty
  std::uint16_t delays = 0;    ///< bit d set: some synapse has delay d
  std::uint16_t first = 0;     ///< first group of synapse words
  std::uint16_t groups = 0;    ///< cycles of the walk; Lanes words each
  bool plastic = false;        ///< its plastic synapses learn,
  std::uint8_t rule = 0;       ///< by this rule
};

/// Where a neuron's fan-out list lies.
struct FanoutList {
  std::uint16_t first = 0;
  std::uint16_t count = 0;
};

/// The memories of one tile, addressed in words as on the link (docs/registers.md), and decoded
/// for the loops. Fields wider than the build stores are cut on write and read as zero.
///
/// Costs 4 bytes a synapse. A memory that nobody wrote takes no pages and no time to sweep.
class TileMemory {
 public:
  explicit TileMemory(const spec::Build& build);
  /// One of many: its arrays are cut from a pool that they share.
  TileMemory(const spec::Build& build, std::shared_ptr<ZeroPool> pool);
  /// What one tile takes from a pool.
  static std::size_t bytes(const spec::Build& build);

  /// The word at a 20-bit tile address; the address must pass check_read.
  std::uint32_t read(std::uint32_t address) const;
  /// The words from an address on: count_readable of them, at most.
  void read(std::uint32_t address, std::span<std::uint32_t> words) const;
  /// V, or I (`current`), of the neurons from `first` on, which all exist.
  void read_states(bool current, std::uint32_t first, std::span<std::int32_t> values) const {
    neurons_.read(current, first, values);
  }
  /// The address must pass check_write.
  void write(std::uint32_t address, std::uint32_t word);
  /// The words from an address on: count_writable of them, at most.
  void write(std::uint32_t address, std::span<const std::uint32_t> words);
  /// Zeros what a sweep with this mask zeros (bits as spec::ClearMask).
  void sweep(std::uint32_t mask);
  /// From now on a bit of a word that passes check_write is stuck: in what is written from outside,
  /// in what is read, and in what a phase finds (model/fault.hpp). A tile that has one never rests.
  void stick(std::uint32_t address, unsigned bit, bool value);
  /// Reset of the counters.
  void clear_counters() { counters_.fill(0); }

  /// Update from `slot`; appends the groups that fired, ascending; counts.
  UpdateResult update(std::uint32_t slot, bool adapt_due, Visit visit, std::vector<Fired>& fired);

  /// The row of an axon (its low log2(Axons) bits count).
  const Row& row(std::uint32_t axon);
  /// Hints that the row of an axon, then its synapses, will be wanted soon: they are all over the
  /// memory of a large network. `tiles`: of the tile that was cut so many tiles later from the pool
  /// that it shares with this one.
  void prefetch_row(std::uint32_t axon, std::ptrdiff_t tiles = 0) const {
    const auto row = reinterpret_cast<std::uintptr_t>(&rows_[axon & (build_.axons - 1)]);
    const auto away = static_cast<std::uintptr_t>(tiles * static_cast<std::ptrdiff_t>(bytes_));
    __builtin_prefetch(reinterpret_cast<const void*>(row + away));
  }
  void prefetch_synapses(std::uint32_t axon) const;
  /// Delivers every synapse of a row in a step whose slot is `slot`; counts packet and synapses.
  /// Returns the slots that were touched, one bit each.
  std::uint32_t deliver(const Row& row, std::uint32_t slot);
  /// As deliver, and calls each(word of the row, slot, target, new value as 24 bits) in order.
  template <class Each>
  std::uint32_t deliver_each(const Row& row, std::uint32_t slot, Each&& each);

  // For who delivers rows himself (model/reference/shard.hpp)
  /// Calls each(delay, target, weight) for the synapses of a row.
  template <class Each>
  void for_each_synapse(const Row& row, Each&& each) const;
  /// The accumulators: slot * Neurons + neuron.
  std::uint32_t* accumulators() { return accumulators_.data(); }
  /// From now on they may be written without its knowledge.
  void expect_deliveries() { state_written_ = true; }
  /// Slots of these delays (one bit each) in a step whose slot is `slot`.
  std::uint32_t slots_of(std::uint32_t delays, std::uint32_t slot) const;

  // Learning (model/core/tile_memory_learn.hpp)
  /// As deliver_each for an axon whose row learns in step `now`: what is delivered is then
  /// depressed, which calls depressed(WeightEvent); the pre trace is bumped.
  template <class Each, class Depressed>
  std::uint32_t deliver_learning(std::uint32_t axon, std::uint32_t slot, std::uint16_t now,
                                 Each&& each, Depressed&& depressed);
  /// Potentiates the plastic inputs of a neuron that fired in step `now`, with a call of
  /// potentiated(WeightEvent) for each, and bumps its trace.
  template <class Potentiated>
  void learn(std::uint32_t neuron, std::uint16_t now, Potentiated&& potentiated);
  const LearnMemory& learning() const { return learn_; }
  /// Some of these neurons has plastic inputs.
  bool any_plastic(const std::vector<Fired>& fired) const;

  const FanoutList& fanout_list(std::uint32_t neuron) const { return fanout_lists_[neuron]; }
  /// The fan-out entry at an index (its low log2(Fanouts) bits count), as a word.
  std::uint32_t fanout(std::uint32_t index) const { return fanouts_[index & (build_.fanouts - 1)]; }
  /// Hints that entries from this one on will be wanted soon.
  void prefetch_fanouts(std::uint32_t index) const {
    __builtin_prefetch(&fanouts_[index & (build_.fanouts - 1)]);
  }
  /// 64 bits; a read of its word gives the low 32, as the chip does.
  std::uint64_t& counter(spec::Counter which) { return counters_[static_cast<unsigned>(which)]; }
  std::uint64_t counter(spec::Counter which) const {
    return counters_[static_cast<unsigned>(which)];
  }

  /// Groups that all Updates so far have visited.
  std::uint64_t visited() const { return visited_; }

  const spec::Build& build() const { return build_; }

 private:
  static std::size_t words(const spec::Build& build);  ///< bytes of all arrays
  static constexpr std::uint16_t kPlastic = 0x8000;    ///< of a synapse's place
  /// A synapse as the walk needs it: place = delay * Neurons + target with its lane put in, and the
  /// plastic bit. An empty word has weight 0 and a place of 0.
  struct Synapse {
    std::int16_t weight = 0;
    std::uint16_t place = 0;
  };

  /// The word of a synapse that is not empty, as far as it says.
  std::uint32_t word_of(Synapse synapse) const;
  std::uint32_t read_synapse(std::uint32_t index) const;
  void read_synapses(std::uint32_t index, std::span<std::uint32_t> words) const;
  void write_synapse(std::uint32_t index, std::uint32_t word);
  struct Learned;
  void count(const Learned& learned);
  std::int32_t empty_weight(std::uint32_t index) const;
  void set_empty_weight(std::uint32_t index, std::int32_t weight);

  struct Stuck {
    std::uint32_t address, ones, zeros;
  };
  std::uint32_t forced(std::uint32_t address, std::uint32_t word) const;
  void hold_stuck();
  std::uint32_t read_word(std::uint32_t address) const;
  void write_word(std::uint32_t address, std::uint32_t word);

  void write_axon(std::uint32_t index, std::uint32_t word);
  Synapse decode_synapse(std::uint32_t index, std::uint32_t word) const;
  std::uint32_t read_neuron(std::uint32_t index) const;
  void write_neuron(std::uint32_t index, std::uint32_t word);
  std::uint32_t read_state(std::uint32_t index) const;
  void write_state(std::uint32_t index, std::uint32_t word);
  void summarize(Row& row) const;
  struct Step;
  void update_block(std::uint32_t first, const Step& step, UpdateResult& result);
  std::uint64_t due_in_block(std::uint32_t first, const Step& step) const;
  void use(std::uint32_t neuron) { used_[neuron / 64] |= std::uint64_t{1} << neuron % 64; }
  std::uint64_t whole_groups(std::uint64_t neurons) const;
  void sweep_words(std::uint32_t mask);
  void sweep_all();
  void count_row(const Row& row);

  spec::Build build_;
  std::uint32_t slots_;
  std::size_t bytes_;          ///< of all arrays, and up to those of the next tile
  std::uint32_t version_ = 1;  ///< counts writes to synapses
  bool rows_written_ = false, neurons_written_ = false, state_written_ = false;
  bool rests_written_ = false;
  std::shared_ptr<ZeroPool> pool_;
  std::array<std::uint64_t, spec::kCounters> counters_{};
  std::uint64_t visited_ = 0;
  std::vector<Stuck> stuck_;  ///< planted defects: none in a good chip
  LearnMemory learn_;
  /// What `synapses_` does not say: empty words, and of others the bits of the target in whose
  /// place is the lane, as a difference. What the mapper makes has neither.
  ZeroArray<std::uint32_t> synapse_rests_;
  ZeroArray<Synapse> synapses_;
  ZeroArray<Row> rows_;
  ZeroArray<std::uint32_t> fanouts_;
  NeuronArrays neurons_;
  ZeroArray<FanoutList> fanout_lists_;
  ZeroArray<std::uint64_t> restless_;  ///< a bit a neuron: its last Update changed it
  /// A bit a neuron: its words may be other than zero, or a synapse may write its accumulators.
  ZeroArray<std::uint64_t> used_;
  ZeroArray<std::uint32_t> accumulators_;  ///< slot * Neurons + neuron; the low 24 bits count
};

template <class Each>
void TileMemory::for_each_synapse(const Row& row, Each&& each) const {
  const std::uint32_t first = row.first * build_.lanes, words = row.groups * build_.lanes;
  for (std::uint32_t k = 0; k < words; ++k) {
    const Synapse synapse = synapses_[(first + k) & (build_.synapses - 1)];
    const std::uint32_t place = synapse.place & (kPlastic - 1u);
    if (place < build_.neurons) continue;
    each(place / build_.neurons, place & (build_.neurons - 1), std::int32_t{synapse.weight});
  }
}

template <class Each>
std::uint32_t TileMemory::deliver_each(const Row& row, std::uint32_t slot, Each&& each) {
  const std::uint32_t size = slots_ * build_.neurons, base = slot * build_.neurons;
  const std::uint32_t first = row.first * build_.lanes, words = row.groups * build_.lanes;
  for (std::uint32_t k = 0; k < words; ++k) {
    const Synapse synapse = synapses_[(first + k) & (build_.synapses - 1)];
    if ((synapse.place & (kPlastic - 1u)) < build_.neurons) continue;
    const std::uint32_t place = (base + synapse.place) & (size - 1);
    accumulators_[place] += static_cast<std::uint32_t>(std::int32_t{synapse.weight});
    each(k, place / build_.neurons, place & (build_.neurons - 1), accumulators_[place] & 0xffffffu);
  }
  count_row(row);
  return slots_of(row.delays, slot);
}

}  // namespace spikemesh::model
