// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "model/activity.hpp"
#include "model/event.hpp"
#include "model/fault.hpp"
#include "model/host/word_access.hpp"
#include "model/link/pins.hpp"
#include "model/noc/foreign_tile.hpp"
#include "model/observer.hpp"
#include "model/traffic.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::model {

class ManagementCore;

/// What computes in a chip's tiles.
enum class Tiles : std::uint8_t {
  model,      ///< cores, routers and links, in their cycles
  reference,  ///< the reference, without time (model/reference/reference_mesh.hpp)
};

/// The whole chip: mesh and host tile, cycle-accurate, plain C++.
///
/// Time: cycles count from power-on; `run` goes from one cycle in which something can change to the
/// next. Pins: given and taken as changes with the cycle of the change; `set_rx(c, level)` is what
/// the chip samples from cycle c on. Inputs may be given for any cycle >= cycle(), in ascending
/// order; one that is late throws std::logic_error. Threads: a chip belongs to one thread at a
/// time; chips share nothing. A chip that threw is of no further use.
///
/// Not modelled: the cycles of the power-on reset (cycle 0 is the first after it), unknown values.
/// Not done here: SystemC, which model/systemc wraps around a chip.
class Chip {
 public:
  /// Throws std::invalid_argument when the build breaks a rule (spec::require_build). `foreign`:
  /// tiles that are simulated elsewhere.
  explicit Chip(const spec::Build& build, LinkMode link, ForeignPlaces foreign = {});
  /// With the tiles of the reference the host tile does what it always does, and each step gives
  /// the same spikes and memories, in cycles that docs/blocks/management_core.md defines ("In the
  /// reference"). Who listens hears the host tile alone; observe, send, set_hard_steps and plant
  /// throw std::logic_error.
  Chip(const spec::Build& build, LinkMode link, Tiles tiles);
  ~Chip();
  Chip(Chip&&) noexcept;
  Chip& operator=(Chip&&) noexcept;

  /// Whoever takes the retire stream, in the order of cycles: all events before cycle() have come
  /// when run() returns. Before any input and the first cycle, else std::logic_error.
  void listen(EventSink* sink);

  /// Whoever takes what happens from the next cycle on, or nullptr. Of foreign tiles nothing is
  /// told.
  void observe(Observer* observer);

  /// From the next step on, cores send these packets instead of the spikes of their neurons, which
  /// are not updated; nullptr: spikes again. In steps that wait for all packets, without foreign
  /// tiles and management core, else std::logic_error.
  void send(std::shared_ptr<const Traffic> traffic);
  /// Hard steps: with a PERIOD, a step ends after so many cycles whatever is under way, and a
  /// packet that comes later is integrated in the step in which it comes
  /// (docs/exploration/hard-steps.md). No chip does this: results differ from those of reference
  /// and RTL. Throws std::logic_error where somebody listens, and with traffic, foreign tiles or a
  /// management core.
  void set_hard_steps(bool on);

  /// Defects that the chip has from power-on on; before any input and the first cycle, else
  /// std::logic_error. Throws std::invalid_argument where the build does not have the place of one.
  /// Not modelled: a stuck bit while a phase adds to its word; it is stuck again when the next
  /// phase begins, and in all that is read and written from outside.
  void plant(const Faults& faults);

  /// A management core, which belongs to this chip from now on. Before any input and the first
  /// cycle, else std::logic_error, and so with hard steps and traffic. With it there are no
  /// accesses without time: a core may own the run, and sees every request.
  void attach(std::shared_ptr<ManagementCore> core);

  const spec::Build& build() const;
  /// The next cycle to be simulated.
  std::uint64_t cycle() const;
  /// Cycles of steps in which nothing happened, which were jumped over: no counter of a tile rose.
  std::uint64_t rested() const;
  /// Nothing can happen any more without new input.
  bool idle() const;
  /// The next cycle in which something can change, kNever when there is none.
  std::uint64_t next_wake() const;
  /// No change of the tx pin that was not taken comes before this cycle, if the rx pin holds its
  /// level: as long as nobody listens, nobody can tell before whether the chip ran. kNever: none
  /// comes.
  std::uint64_t next_tx() const;
  /// No event that was not told yet is of a cycle before this one.
  std::uint64_t next_event() const;
  /// Runs until `cycle() == limit`, or stops earlier, when the chip is idle.
  void run(std::uint64_t limit);
  /// The reset pin: everything is as in a new chip, in cycle 0, but for the words of the rings,
  /// which no reset clears. Whoever listened still does. Throws std::logic_error with foreign
  /// tiles.
  void power_on();

  // Pins and byte port (sim/device/device.hpp says more).
  void set_rx(std::uint64_t at, bool level);
  std::vector<LineChange> take_tx();
  /// The same up to and with that of cycle(), whose level the cycle before it has decided.
  std::vector<LineChange> take_tx_now();
  void offer(std::uint64_t at, std::uint8_t byte);
  void set_ready(std::uint64_t at, bool ready);
  std::vector<SentByte> take_bytes();

  /// The word port (docs/blocks/bus.md): an access that waits there from cycle `at` on, behind
  /// those given before, and what was answered since the last call.
  void access(std::uint64_t at, const WordAccess& access);
  std::vector<WordAnswer> take_answers();
  /// The same at once, without time, and read data in `access`. False: it is refused, the chip runs
  /// and it is for a tile, or it would start something that takes time (a run, a reset).
  bool access_now(WordAccess& access);
  /// Level of the interrupt output in cycle().
  bool irq() const;
  /// No answer of the word port, and no change of the interrupt output, is decided before this
  /// cycle, if no input comes. kNever: none.
  std::uint64_t next_port() const;

  /// Words of a tile's memory or of a ring, `tile` and `address` as in a frame, written or read at
  /// once: a chip that is used so computes the same, in the same cycles of each step, as one whose
  /// words came over the link. False: the link has to be used, as the chip runs, or refuses a word
  /// (those before it are written), or it is a register. The retire stream does not show it; not
  /// with foreign tiles.
  bool write(std::uint16_t tile, std::uint32_t address, std::span<const std::uint32_t> words);
  bool read(std::uint16_t tile, std::uint32_t address, std::span<std::uint32_t> words);

  /// A word of a tile's memories, without time (address as in spec::TileAddr).
  std::uint32_t read(std::uint32_t x, std::uint32_t y, std::uint32_t address) const;
  /// The same of several words, one after another.
  void peek(std::uint32_t x, std::uint32_t y, std::uint32_t address,
            std::span<std::uint32_t> words) const;
  /// V, or I (`current`), of a tile's neurons from `first` on.
  void peek(std::uint32_t x, std::uint32_t y, bool current, std::uint32_t first,
            std::span<std::int32_t> values) const;
  /// Input buffers that were full in some cycle since power-on: bit p for port p of any router,
  /// bit 5 for any core, bit 6 for the host tile.
  std::uint32_t filled_buffers() const;
  /// Where time and traffic went since power-on.
  const Activity& activity() const;

 private:
  struct State;

  std::uint64_t checked(std::uint64_t at);
  /// The mesh can be gone around.
  bool direct() const { return foreign_.empty() && faults_.links.empty(); }
  void attach_core();

  std::unique_ptr<State> make_state(const spec::Build& build, EventSink* sink) const;

  LinkMode link_;
  Tiles tiles_ = Tiles::model;
  ForeignPlaces foreign_;
  std::shared_ptr<ManagementCore> core_;
  std::unique_ptr<State> state_;
  Faults faults_;
  bool fresh_ = true;  ///< no input, no cycle yet
};

}  // namespace spikemesh::model
