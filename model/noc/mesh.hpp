// SPDX-License-Identifier: Apache-2.0
#pragma once
// CONTRACT between mesh and host tile of the model (docs/blocks/noc.md, core.md, step.md).
// Private parts are the mesh's own; the public functions are what model/host/host_tile.* may rely
// on.

#include <cstdint>
#include <limits>
#include <memory>

#include "model/activity.hpp"
#include "model/event.hpp"
#include "model/fault.hpp"
#include "model/noc/flit.hpp"
#include "model/noc/foreign_tile.hpp"
#include "model/observer.hpp"
#include "model/traffic.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::model {

class TileMemory;

inline constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

/// W x H tiles, their links, the host link in both directions with its stages, and the host tile's
/// input buffer.
///
/// Two phases a cycle: all decisions of cycle c come from the state before it (`evaluate(c)` here
/// and in the host tile, in any order), then everything changes at once (`commit(c)`). Cycles in
/// which nothing can happen are skipped by the caller: it never calls for a cycle before
/// `next_wake()`, unless it pushes or pops.
class Mesh {
 public:
  /// `foreign`: tiles that are simulated elsewhere. Throws std::invalid_argument when the build
  /// breaks a rule (spec::require_build).
  Mesh(const spec::Build& build, EventSink* sink, const ForeignPlaces& foreign = {});
  ~Mesh();

  /// Every register takes its reset value (memories keep theirs; a sweep follows). Effective at
  /// once: called in place of evaluate/commit for the reset cycle.
  void reset(std::uint64_t cycle);

  /// What model/chip.hpp says.
  void send(std::shared_ptr<const Traffic> traffic);
  bool sends_traffic() const;
  void set_hard_steps(bool on);

  /// Whoever takes what happens from the next cycle on, or nullptr.
  void observe(Observer* observer);

  /// From now on, also after a reset, these places of the build are defective; before the first
  /// cycle.
  void plant(const Faults& faults);
  /// A flit stands before a link that will never be ready: the mesh is not quiet, though it has
  /// nothing to do.
  bool blocked() const;

  /// All tiles see `broadcast` in cycle `u` (called earlier than u, at most one pending).
  void start(const Broadcast& broadcast, std::uint64_t u);

  // Host link, as of the start of the current cycle; pushes and pops take effect with commit.
  bool link_ready() const;           ///< first stage of the host link towards tile (0,0)
  void link_push(const Flit& flit);  ///< at most one a cycle, only when link_ready()
  bool host_valid() const;           ///< the host tile's input buffer has a head
  const Flit& host_head() const;
  void host_pop();  ///< at most one a cycle, only when host_valid()

  void evaluate(std::uint64_t cycle);
  void commit(std::uint64_t cycle);

  /// First cycle after the last committed one in which the mesh itself has something to do; kNever
  /// if none. (Includes cycles in which the head of the host tile's input buffer newly shows.)
  std::uint64_t next_wake() const;
  /// Last cycle in which any tile's leaf, or a link stage towards the host, or the host tile's
  /// input buffer, is busy, as far as known now. Final once next_wake() is kNever and the host's
  /// buffer is empty.
  std::uint64_t last_busy() const;

  /// Some core needs the Learn phase of this step. Final once the mesh is quiet.
  bool learn_needed() const;

  /// Steps from `step` on in which nothing changes if nothing comes meanwhile (docs/blocks/core.md,
  /// "A core at rest"). Asked for while the mesh has nothing to do.
  std::uint64_t rest(std::uint64_t step, unsigned adapt_period) const;

  /// Tile memories, for tests and for reading back without time. Throws std::logic_error for a
  /// foreign tile, whose memories are not here.
  std::uint32_t read(std::uint32_t x, std::uint32_t y, std::uint32_t address) const;
  const TileMemory& memory(std::uint32_t x, std::uint32_t y) const;
  /// Writes words without time and without telling the sink, while the mesh has nothing to do
  /// (TileMemory::write).
  void write(std::uint32_t x, std::uint32_t y, std::uint32_t address,
             std::span<const std::uint32_t> words);
  /// Leaves behind what a write to tile (x, y) leaves in the routers, or a read and its reply.
  void passed(std::uint32_t x, std::uint32_t y, bool read);
  /// Input buffers that were full in some cycle since it was made (bits as in model/chip.hpp).
  std::uint32_t filled_buffers() const;
  /// Since it was made. The host tile counts steps; all else counts itself.
  Activity& activity();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace spikemesh::model
