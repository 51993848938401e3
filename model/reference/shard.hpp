// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "model/core/tile_memory.hpp"
#include "model/noc/need_set.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::model {

/// Sees what a reference learns.
class LearnObserver {
 public:
  virtual ~LearnObserver() = default;
  /// `neuron`: that was potentiated; kNoNeuron: a depression.
  virtual void changed(std::uint32_t tile, std::uint32_t neuron, const WeightEvent& event) = 0;
  static constexpr std::uint32_t kNoNeuron = 0xffffffff;
};

/// A row of an axon that is to be walked.
struct Packet {
  std::uint32_t tile = 0, axon = 0;
};

/// What the shards of a reference do in one step.
struct StepOrder {
  std::uint64_t step = 0;
  std::uint32_t slot = 0;
  bool adapt_due = false;
  bool learning = false;
  LearnObserver* observer = nullptr;
  std::vector<Packet> packets;  ///< of the host
};

/// Every `shards`th tile of a reference, from tile `index` on: one thread's share of the work.
///
/// A step has two parts, each of which may run beside that of the other shards: update, in which
/// the neurons of its own tiles fire; then integrate, in which all that fired anywhere is delivered
/// to its own tiles, which then learn.
///
/// What a spike does is worked out when its neuron fires for the second time: short rows that do
/// not learn become one merged row over all tiles of the shard, so that a spike is one walk and not
/// one for each of its packets. What such packets count follows from the number of spikes; settle()
/// adds it. The first spike goes the way of its packets: where neurons fire seldom, merged rows
/// would cost more than they save, and more memory than the synapses. So do all spikes of a neuron
/// that has no merged row by the time that a million synapses are in those of others, which
/// bounds their memory.
class Shard {
 public:
  using Spike = std::pair<std::uint32_t, std::uint32_t>;  ///< tile, neuron

  /// `tiles`: of all shards, cut from one pool; they outlive the shard.
  Shard(const spec::Build& build, std::span<TileMemory> tiles, std::uint32_t index,
        std::uint32_t shards);

  bool owns(std::uint32_t tile) const { return tile % shards_ == index_; }
  // Of own tiles, as in NeedSet
  void written(std::uint32_t tile) { need_.written(tile / shards_); }
  void touch(std::uint32_t tile, std::uint32_t slots) { need_.touch(tile / shards_, slots); }
  void swept(bool membrane) { need_.swept(membrane); }
  std::uint64_t rest(std::uint64_t step, unsigned adapt_period) const {
    return need_.rest(step, adapt_period);
  }

  void update(const StepOrder& order);
  /// `all`: the shards of this process, which updated; `elsewhere`: what fired in others.
  void integrate(const StepOrder& order, std::span<const std::unique_ptr<Shard>> all,
                 std::span<const Spike> elsewhere);
  const std::vector<Spike>& fired() const { return fired_; }
  /// Labels of the host spikes of its own tiles in this step.
  const std::vector<std::uint32_t>& labels() const { return labels_; }

  /// Adds to the counters of its own tiles what is not counted yet.
  void settle();
  /// Words of rows, fan-out lists or learning are about to be written: forgets what was worked out.
  void forget();

 private:
  /// Synapses of one delay.
  struct Group {
    std::uint32_t end = 0;  ///< of its places
    std::uint16_t delay = 0;
    std::int16_t weight = 0;  ///< of all of them, if it is
    bool equal = false;       ///< and the route holds none for each
  };
  /// A synapse of a merged row.
  struct Target {
    std::uint32_t place = 0;  ///< of its accumulator of slot 0, counted from that of tile 0
    std::int16_t weight = 0;
  };
  /// A tile (its place among its own) that merged packets reach, with these delays: one bit each.
  struct Touch {
    std::uint16_t place = 0, delays = 0;
  };
  /// What they count there.
  struct Count {
    std::uint16_t packets = 0;
    std::uint32_t events = 0;
  };
  /// What a spike of one neuron does in this shard.
  struct Route {
    std::vector<Group> groups;
    std::vector<std::uint32_t> places;  ///< of the targets, group by group
    std::vector<std::int16_t> weights;  ///< of the targets of groups that differ
    std::vector<Touch> touches;
    std::vector<Count> counts;          ///< of each tile in `touches`
    std::vector<Packet> packets;        ///< whose rows are not merged
    std::vector<std::uint32_t> labels;  ///< to the host
    std::uint32_t emitted = 0;          ///< entries of the fan-out list, if the tile is its own
    std::uint64_t unsettled = 0;        ///< spikes that are not counted yet
  };

  /// The one that is known; else null.
  Route* known(const Spike& spike) const;
  /// The one that is known by now; null: the spike goes the way of its packets.
  Route* route(const Spike& spike);
  void send(const Spike& spike);
  std::unique_ptr<Route> worked_out(const Spike& spike);
  void merge(const Packet& packet, const Row& row, Route& route);
  void add_group(std::uint32_t delay, std::span<const Target> targets, Route& route);
  void deliver(const Route& route, std::uint32_t slot);
  std::uint32_t deliver_learning(const StepOrder& order, const Packet& packet);
  void deliver_all(const StepOrder& order, std::span<const Spike> spikes);
  void walk(const StepOrder& order, std::span<const Packet> packets);
  void learn(const StepOrder& order);

  spec::Build build_;
  std::span<TileMemory> tiles_;
  std::uint32_t index_, shards_;
  NeedSet need_;
  /// Of the neurons of a tile; empty while none has fired.
  struct Routes {
    std::vector<std::unique_ptr<Route>> of;
    std::vector<bool> fired;  ///< at least once
  };
  std::vector<Routes> routes_;  ///< by tile
  std::size_t targets_ = 0;     ///< of all merged rows
  std::vector<Route*> unsettled_;
  std::vector<std::uint32_t> unsettled_tiles_;  ///< of their neurons
  std::vector<Fired> groups_;
  std::vector<Spike> fired_, learners_;
  std::vector<Packet> packets_;
  std::vector<std::uint32_t> labels_;
  std::vector<std::vector<Target>> by_delay_;
};

}  // namespace spikemesh::model
