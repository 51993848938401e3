// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/host/host_registers.hpp"
#include "model/host/management_core.hpp"
#include "model/host/tile_port.hpp"
#include "model/host/word_port.hpp"
#include "model/link/byte_link.hpp"
#include "model/noc/mesh.hpp"

namespace spikemesh::model {

/// The host tile (docs/blocks/host_tile.md): link, bridge, bus, registers, rings, tile port, step
/// controller.
///
/// Two phases a cycle, as the mesh. It has to be evaluated in every cycle >= its `next_wake()`, and
/// may be in any other: a cycle in which nothing can change changes nothing but counters of
/// waiting, which are kept in closed form. `next_wake()` looks at the mesh as well: ask again after
/// every commit of the mesh.
class HostTile {
 public:
  /// `events` may be null; then nobody pays for them.
  HostTile(const spec::Build& build, LinkMode mode, Mesh& mesh, EventSink* events);
  HostTile(const HostTile&) = delete;
  HostTile& operator=(const HostTile&) = delete;
  /// Whoever takes what happens from the next cycle on, or nullptr.
  void observe(Observer* observer) { observer_ = observer; }
  /// What model/chip.hpp says.
  void set_hard_steps(bool on) {
    hard_steps_ = on;
    own_wake_.reset();
  }
  bool hard_steps() const { return hard_steps_; }
  /// A management core, reset, which outlives the host tile; before the first cycle.
  void attach(ManagementCore& core);

  // The outside, as model/link/byte_link.hpp says; every cycle before `now` is past.
  void set_rx(std::uint64_t now, std::uint64_t at, bool level);
  void offer(std::uint64_t at, std::uint8_t byte);
  void set_ready(std::uint64_t at, bool ready);
  std::vector<LineChange> take_tx(std::uint64_t before) { return link_.take_tx(before); }
  std::vector<SentByte> take_bytes() { return link_.take_bytes(); }

  // The word port (docs/blocks/bus.md).
  void access(std::uint64_t at, const WordAccess& access);
  std::vector<WordAnswer> take_answers() { return port_.take_answers(); }
  /// An access by its byte address at once, without time: false if it is refused, if the chip runs
  /// and it is for a tile, or if it would start something that takes time.
  bool access_now(WordAccess& access, std::uint64_t cycle);
  /// Level of the interrupt output.
  bool irq() const { return irq_; }
  /// No answer of the word port and no change of the interrupt output is decided before this cycle,
  /// if no input comes.
  std::uint64_t next_port(std::uint64_t now) const;

  /// Does at once, without bus and mesh, what a request of the link for a word of a tile's memory
  /// or of a ring does. False: the chip would refuse it, or cannot answer now, or it is for a
  /// register.
  bool access(BusRequest& request, std::uint64_t cycle);
  /// The same of words of a tile or of a ring from an address on, and leaves behind what the
  /// requests leave in the routers. False: not all; what comes before the first that is refused is
  /// written.
  bool write(std::uint16_t tile, std::uint32_t address, std::span<const std::uint32_t> words,
             std::uint64_t cycle);
  bool read(std::uint16_t tile, std::uint32_t address, std::span<std::uint32_t> words,
            std::uint64_t cycle);

  /// The words of the rings, which no reset clears, are those of `other`.
  void keep_rings(const HostTile& other);

  /// The mesh and most of the host tile are reset in this cycle: the caller resets the mesh in
  /// place of evaluating it.
  bool resets(std::uint64_t cycle) const { return cycle == reset_at_; }
  /// Returns whether it pushed to or popped from the mesh.
  bool evaluate(std::uint64_t cycle);
  void commit(std::uint64_t cycle);

  /// In a cycle before it is evaluated: when a step begins in which nothing happens, jumps over
  /// it and those that follow it, as far as nothing happens and the next decision is below
  /// `limit`. Returns the cycle of that decision, else `cycle` (docs/blocks/step.md, "Steps in
  /// which nothing happens"). Nobody is told of their phases.
  std::uint64_t rest(std::uint64_t cycle, std::uint64_t limit);

  /// First cycle >= `now` in which it has something to do.
  std::uint64_t next_wake(std::uint64_t now) const;
  /// No change of the tx pin comes before this cycle, if the rx pin holds its level; exact when the
  /// byte was accepted. `now` is not evaluated yet.
  std::uint64_t next_tx(std::uint64_t now) const;
  /// First cycle >= `now` in which nothing can happen any more without new input (`idle_o`,
  /// docs/blocks/link.md), asked for when neither host tile nor mesh have anything to do; kNever:
  /// it is not idle, it waits.
  std::uint64_t idle_from(std::uint64_t now) const;

 private:
  enum class Bus : std::uint8_t { idle, exec, fetch, tile, reset, core, answer };
  static constexpr unsigned kMasters = 2;  // link, port; and the management core, if there is one

  /// Everything that is decided in a cycle from the registers at its start.
  struct Wires {
    ByteLink::Arrival arrival;
    Bridge::Inputs bridge;
    WordPort::Inputs port;
    bool core_takes = false;  ///< the management core answers what is asked
    bool run = false;         ///< a run begins
    std::uint32_t asks = 0;   ///< masters of the bus
    bool irq = false;         ///< level from the next cycle on
    bool divisor_changes = false;
    BusAnswer exec;  // of the exec cycle
    bool ring_port = false;
    bool step_idle = false;
    Step::Action step;
    bool inject_pop = false;
    bool inject_late = false;
    bool inject_bad = false;
    bool inject_hold = false;
    bool inject_ends = false;
    bool inject_stalls = false;
    bool tile_accepted = false;
    std::optional<Flit> sunk;  // the flit that the sink took
    bool sink_stalls = false;
  };

  bool tiles_busy() const;
  static bool to_host(const BusRequest& request) { return (request.tile >> 15 & 1) != 0; }
  bool to_host() const { return to_host(request()); }
  std::uint32_t asks() const;
  const BusRequest& request_of(unsigned master) const;
  const BusRequest& request() const { return request_of(arbiter_.owner()); }
  bool fencing() const {
    return bridge().fencing() || port_.fencing() || (core_ != nullptr && core_->fencing());
  }
  /// When the management core does something, even if nobody asks it.
  std::uint64_t core_wake(std::uint64_t now) const {
    if (core_ == nullptr) return kNever;
    return core_spikes_change() ? now : std::max(now, core_->wakes());
  }
  bool core_spikes_change() const { return core_->spikes_seen() != blocks_.ring_out.holds(); }
  bool core_idle() const { return core_ == nullptr || (core_->idle() && !core_spikes_change()); }
  bool waits_for_fence(const BusRequest& request, bool step_idle) const;
  bool register_now(BusRequest& request, std::uint64_t cycle);
  bool irq_wanted() const;
  const Bridge& bridge() const { return blocks_.bridge; }
  bool injecting(std::uint64_t cycle) const { return inject_from_ <= cycle; }
  bool deliverable(const spec::Entry& entry) const;
  Step::Inputs step_inputs(bool quiet) const;
  /// First quiet cycle as far as known now; kNever while something is under way.
  std::uint64_t quiet_from() const;
  std::uint64_t held_from() const;

  void evaluate_core();
  void evaluate_exec(std::uint64_t cycle);
  void evaluate_inject(std::uint64_t cycle);
  void evaluate_sink();
  void commit_link(std::uint64_t cycle);
  void commit_bus(std::uint64_t cycle, Step::State before);
  void commit_exec(std::uint64_t cycle, Step::State before);
  void commit_masters(std::uint64_t cycle);
  void commit_core(std::uint64_t cycle, Step::State before);
  void commit_irq(Step::State before, std::uint32_t errors);
  std::uint32_t errors() const;
  void commit_step(std::uint64_t cycle);
  void commit_rings(std::uint64_t cycle);
  void reset(std::uint64_t cycle);
  void set_answer(const BusAnswer& answer);
  template <class Fields>
  void emit(std::uint64_t cycle, const Fields& fields) {
    if (events_ != nullptr) events_->on(Event::of(cycle, kHostTile, 0, fields));
  }

  bool may_rest(std::uint64_t cycle) const;
  bool mesh_serves() const;
  std::uint64_t own_wake(std::uint64_t now) const;
  std::uint64_t wake_of_quiet(std::uint64_t now, std::uint64_t quiet) const;
  std::uint64_t wake_of_bridge(std::uint64_t now) const;
  std::uint64_t wake_of_bus(std::uint64_t now) const;

  spec::Build build_;
  Mesh& mesh_;
  EventSink* events_;
  Observer* observer_ = nullptr;
  bool hard_steps_ = false;
  ByteLink link_;
  HostBlocks blocks_;
  HostRegisters registers_;
  TilePort tile_port_;
  WordPort port_;
  BusArbiter arbiter_{kMasters};
  ManagementCore* core_ = nullptr;
  ManagementCore::Inputs core_inputs_;  // of this cycle; kept only while there is a core
  bool irq_ = false;
  Bus bus_ = Bus::idle;
  BusAnswer answer_;
  std::uint64_t reset_at_ = kNever;
  std::uint64_t inject_from_ = kNever;   // first cycle of `injecting`
  bool held_ = false;                    // the entry popped last is a hold of this step
  std::uint64_t waiting_from_ = kNever;  // first cycle of a wait for the host's next entry
  bool injector_stalled_ = false;        // noted in the last evaluated cycle
  bool sink_stalled_ = false;
  std::uint64_t busy_end_ = 0;  // the cycle after the last in which its own leaf was busy
  Wires wires_;
  mutable std::optional<std::uint64_t> own_wake_;  // as of the last commit or input
};

}  // namespace spikemesh::model
