// SPDX-License-Identifier: Apache-2.0
#pragma once
// docs/blocks/core.md

#include <cstdint>
#include <vector>

#include "model/activity.hpp"
#include "model/core/tile_memory.hpp"
#include "model/event.hpp"
#include "model/noc/fifo.hpp"
#include "model/noc/flit.hpp"
#include "model/noc/need_set.hpp"
#include "model/observer.hpp"
#include "model/traffic.hpp"

namespace spikemesh::model {

/// What the cores of a mesh share.
struct CoreContext {
  spec::Build build;
  NeedSet need;
  EventSink* sink = nullptr;
  Observer* observer = nullptr;
  std::uint32_t slot = 0;  ///< slot of the step, as every core holds it, and the next two
  bool learning = false;
  std::uint16_t now = 0;                ///< low bits of the step
  std::vector<std::uint32_t> learners;  ///< tiles that need the Learn phase of this step
  std::uint64_t open_at = 0;            ///< no core is OPEN before this cycle (a sweep)
  std::uint64_t last_busy = 0;          ///< last cycle in which something was busy, as far as known
  Activity* activity = nullptr;
  const Traffic* traffic = nullptr;  ///< what cores send instead of spikes
  /// A step may begin while packets of the one before are under way
  /// (docs/exploration/hard-steps.md).
  bool hard_steps = false;

  void busy_until(std::uint64_t cycle) { last_busy = cycle > last_busy ? cycle : last_busy; }
};

/// One neuron core in closed form: every action is computed when it begins, its effects on memories
/// applied at once, its events stamped ahead. Between actions a core costs nothing.
///
/// Two units act on their own: the input side (input buffer, Integrate, Config) and the output side
/// (Emit, replies). Each says in which cycle it has to be looked at next; kNever: when told.
class Core {
 public:
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};

  /// `index` in the mesh, y * MeshW + x; `tile`: x | y << 6; `slots` has room for CoreDepth flits.
  Core(CoreContext& context, std::uint32_t index, std::uint16_t tile, Flit* slots,
       TileMemory memory);
  void reset();

  /// Commit of a phase `step` in cycle u for a core that needs an Update.
  /// Returns the cycle in which the output side acts; kNever if it does nothing, or acts already.
  std::uint64_t update(bool adapt_due, std::uint64_t u);
  /// Commit of a phase `step` in cycle u for a core that sends traffic: packets first .. first +
  /// count - 1. Returns the same.
  std::uint64_t send(std::uint32_t first, std::uint32_t count, std::uint64_t u);

  /// Commit of a phase `learn` in cycle u for a core that needs it.
  void learn(std::uint64_t u);

  // Input side
  bool input_ready() const { return buffer_.ready(context_->build.core_depth); }
  /// The input buffer was full at some time.
  bool filled() const { return filled_; }
  bool input_valid() const { return buffer_.valid(); }
  unsigned held() const { return buffer_.count(); }
  void push(const Flit& flit) {
    slots_[buffer_.push(context_->build.core_depth)] = flit;
    filled_ |= !input_ready();
    memory_.prefetch_synapses(flit.addr);
  }
  /// First cycle >= `from` in which the head of the input buffer is taken; kNever while a read
  /// waits for its reply to leave. The buffer holds a flit.
  std::uint64_t input_wake(std::uint64_t from) const;
  /// Commit of taking the head in `cycle`. Returns true if the input buffer was full.
  bool accept(std::uint64_t cycle);

  // Output side
  /// Something is offered to the router in `cycle`.
  bool offers(std::uint64_t cycle) const { return offer_valid_ && offer_from_ <= cycle; }
  const Flit& offer() const { return offer_; }
  /// Commit of the output side in `cycle`; `taken`: the offer was accepted in this cycle.
  /// Returns the cycle in which it acts next; kNever: waits for the router, or is done.
  std::uint64_t output(std::uint64_t cycle, bool taken);
  /// A read is under way: Config takes nothing until its reply has left.
  bool reading() const { return reading_; }
  /// The reply of the read under way is offered from this cycle on.
  std::uint64_t reply_from() const { return offer_from_; }
  /// An offer was refused by the router, which calls when it is ready again.
  bool blocked() const { return blocked_; }

  /// Writes words of one region of its memories, without time (TileMemory::write).
  void write(std::uint32_t address, std::span<const std::uint32_t> words);
  TileMemory& memory() { return memory_; }
  const TileMemory& memory() const { return memory_; }

 private:
  void tell_update(std::uint64_t u, std::uint32_t groups, std::size_t first) const;
  void integrate(const Flit& flit, std::uint64_t a);
  /// A row on its way: the cycle in which it goes on to WALK, and the last in which it is busy.
  struct Walk {
    std::uint64_t begin, last;
  };
  Walk walk(std::uint32_t axon, const Row& row, bool learns, std::uint64_t a);
  std::uint32_t integrate_learning(const Flit& flit, std::uint64_t b);
  void retire_acc(std::uint64_t b, std::uint32_t word, std::uint32_t slot, std::uint32_t target,
                  std::uint32_t value) const;
  void retire_weight(std::uint64_t slot, std::uint32_t lane, std::uint32_t row,
                     std::int32_t weight) const;
  void config_write(const Flit& flit, std::uint64_t a);
  void config_read(const Flit& flit, std::uint64_t a);
  void find_next(std::uint64_t cycle);
  void load_next(std::uint64_t free);
  void offer_next(std::uint64_t cycle);
  template <class Fields>
  void retire(std::uint64_t cycle, unsigned unit, const Fields& fields) const {
    context_->sink->on(Event::of(cycle, tile_, unit, fields));
  }

  CoreContext* context_;
  std::uint32_t index_;
  std::uint16_t tile_;
  Fifo buffer_;
  bool filled_ = false;
  Flit* slots_;
  std::uint64_t open_at_ = 0;      ///< first OPEN cycle after the Update
  std::uint64_t lookup_free_ = 0;  ///< first cycle in which Integrate takes a packet
  std::uint64_t walk_free_ = 0;    ///< the last row has its last slot in it
  std::uint64_t rows_end_ = 0;     ///< first cycle after the last one of every row taken so far
  std::uint64_t config_free_ = 0;  ///< first cycle in which Config takes a flit
  bool reading_ = false;
  /// The last row that learned: its axon, and the first cycle in which any row, and one of the same
  /// axon, may go on to WALK.
  std::uint32_t learned_axon_ = 0;
  std::uint64_t others_from_ = 0, same_from_ = 0;

  bool offer_valid_ = false;
  bool blocked_ = false;
  std::uint8_t mask_ = 0;  ///< lanes of the group in which the search still looks
  std::uint16_t group_ = 0;
  std::uint8_t found_step_ = 0;  ///< low bits of the step in which the group fired,
  std::uint8_t sent_step_ = 0;   ///< and those of the neuron whose entries are sent
  FanoutList found_;             ///< of the next neuron that has one; count 0: there is none
  std::uint64_t found_at_ = 0;   ///< its first cycle in LOAD
  std::uint32_t next_ = 0;       ///< next fan-out entry
  std::uint32_t left_ = 0;       ///< fan-out entries of this neuron still to be read
  std::uint64_t read_at_ = 0;    ///< first SEND cycle of this neuron
  std::uint64_t offer_from_ = 0;
  Flit offer_;
  std::size_t list_at_ = 0;  ///< head of the spike list
  std::vector<Fired> list_;  ///< the spike list
  TileMemory memory_;
};

}  // namespace spikemesh::model
