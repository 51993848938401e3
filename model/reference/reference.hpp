// SPDX-License-Identifier: Apache-2.0
#pragma once
// The arithmetic of a whole chip, step by step, without time: what every executor must compute.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "model/core/tile_memory.hpp"
#include "model/reference/peers.hpp"
#include "model/reference/shard.hpp"
#include "model/reference/workers.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::model {

/// The untimed executor. Starts as a chip after reset: memories zero, step 0.
///
/// Counters of the tiles count as the chip's, but for emit_stalls, which need time and stay 0.
/// Threads share the tiles out, and processes do; spikes, weights and counters are the same with
/// any number of them. Of several processes each holds the memories of its own tiles, and of the
/// others the fan-out lists.
class Reference {
 public:
  static constexpr std::uint32_t kMostThreads = 256;

  /// `threads`: 1..kMostThreads; more than there are tiles are not used. Throws
  /// std::invalid_argument when there are none, or when the build breaks a rule
  /// (spec::require_build).
  explicit Reference(const spec::Build& build, std::uint32_t threads = 1)
      : Reference(build, threads, nullptr) {}
  /// `peers`, if any, outlive it; all of them have as many threads.
  Reference(const spec::Build& build, std::uint32_t threads, Peers* peers);

  /// Writes words from a tile address (region and index) on. `tile`: x | y << 6, as in a frame.
  /// Throws std::invalid_argument naming tile, address and status when the chip would refuse one;
  /// the words before it are written.
  void write(std::uint16_t tile, std::uint32_t address, std::span<const std::uint32_t> words);
  void write(std::uint16_t tile, std::uint32_t address, std::uint32_t word) {
    write(tile, address, {&word, 1});
  }
  /// Throws std::invalid_argument when there is no such tile or word.
  std::uint32_t read(std::uint16_t tile, std::uint32_t address) const;
  /// Reads words from a tile address on; throws as the other one, at the first or last of them.
  void read(std::uint16_t tile, std::uint32_t address, std::span<std::uint32_t> words) const;

  /// V, or I (`current`), of neurons of a tile of this process, all of which exist.
  void read_states(std::uint16_t tile, bool current, std::uint32_t first,
                   std::span<std::int32_t> values) const {
    const auto at = spec::Tile::unpack(tile);
    tiles_[at.y * build_.mesh_w + at.x].read_states(current, first, values);
  }

  /// Adaptive thresholds decay in steps that are multiples of 2^p, p in 0..31.
  void set_adapt_period(unsigned p);
  void set_step(std::uint64_t step) { step_ = step; }
  /// A learning entry of the spike-in ring: from the next step on.
  void set_learning(bool on) { learning_ = on; }
  /// Null: nobody looks. It outlives the steps that follow, which are then done by one thread.
  void watch_learning(LearnObserver* observer) { observer_ = observer; }
  /// Memories of a tile of this process, by its index y * MeshW + x.
  const TileMemory& tile(std::uint32_t index) const;
  /// All counters of the tile 0, then of the tile 1 ...
  std::vector<std::uint64_t> counters() const;
  /// A clear entry of the spike-in ring (bits as spec::ClearMask; bits 2..0 count).
  void clear(std::uint32_t mask);

  /// Computes one step. `spikes_in`: payloads of the spike-in entries of this step
  /// ({y, x, axon} of spec::Entry); one for a tile or axon that does not exist is counted, else
  /// ignored. Returns the labels of the spikes sent to the host in this step, ascending; valid
  /// until the next call.
  std::span<const std::uint32_t> step(std::span<const std::uint32_t> spikes_in) {
    return step(spikes_in, (step_ & ((std::uint64_t{1} << adapt_period_) - 1)) == 0);
  }
  /// The same; `adapt_due`: adaptive thresholds decay in this step, whatever their period.
  std::span<const std::uint32_t> step(std::span<const std::uint32_t> spikes_in, bool adapt_due);

  /// Groups of synapse words that the packets of the last step walked, in the tile that walked most
  /// (docs/blocks/core.md, "Integrate"); in one process.
  std::uint64_t longest_walk();

  /// Jumps over the steps from now on in which nothing changes, as long as nothing is sent
  /// (docs/blocks/core.md, "A core at rest"), not beyond `limit`, and counts as they would. Returns
  /// how many.
  std::uint64_t rest(std::uint64_t limit);
  /// Steps from `step` on in which nothing changes if nothing is written or sent meanwhile, in one
  /// process.
  std::uint64_t resting(std::uint64_t step, unsigned adapt_period) const;

  std::uint64_t step() const { return step_; }  ///< the next step to be computed
  std::uint64_t bad_entries() const { return bad_entries_; }
  std::uint64_t total(spec::Counter counter) const;  ///< of all tiles
  /// Groups of neurons that Updates of a tile have visited (docs/blocks/core.md).
  std::uint64_t visited(std::uint16_t tile) const { return tiles_[index_of(tile, 0)].visited(); }
  const spec::Build& build() const { return build_; }

 private:
  std::uint32_t index_of(std::uint16_t tile, std::uint32_t address) const;
  /// Whether this process has the tile; then its shard.
  bool here(std::uint32_t tile) const { return tile % all_shards_ / shards_.size() == rank_; }
  Shard& shard_of(std::uint32_t tile) { return *shards_[tile % shards_.size()]; }
  void write_word(std::uint32_t tile, std::uint32_t address, std::uint32_t word);
  void do_step(const StepOrder& order);
  void settle() const;
  void exchange();

  spec::Build build_;
  std::uint64_t step_ = 0;
  unsigned adapt_period_ = 0;
  std::uint64_t bad_entries_ = 0;
  std::vector<TileMemory> tiles_;
  Peers* peers_;                  ///< none: one process
  std::uint32_t rank_ = 0;        ///< of this process
  std::uint32_t all_shards_ = 1;  ///< of all processes; shards_: those of this one
  std::vector<std::unique_ptr<Shard>> shards_;
  std::unique_ptr<Workers> workers_;  ///< none: one thread
  bool worked_out_ = false;           ///< shards may know what spikes do
  bool learning_ = false;
  LearnObserver* observer_ = nullptr;
  StepOrder order_;
  std::vector<std::uint32_t> said_;      ///< what fired here
  std::vector<Shard::Spike> elsewhere_;  ///< what fired in other processes
  std::vector<std::uint32_t> labels_;
  std::vector<std::uint64_t> walks_;  ///< of longest_walk, by tile
};

}  // namespace spikemesh::model
