// SPDX-License-Identifier: Apache-2.0
#pragma once
// CONTRACT between mesh and host tile of the model (docs/blocks/noc.md, core.md, step.md): what
// model/host/host_tile.* may rely on.

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
  Mesh() = default;
  Mesh(const Mesh&) = delete;
  Mesh& operator=(const Mesh&) = delete;
  virtual ~Mesh() = default;

  /// Every register takes its reset value (memories keep theirs; a sweep follows). Effective at
  /// once: called in place of evaluate/commit for the reset cycle.
  virtual void reset(std::uint64_t cycle) = 0;

  /// What model/chip.hpp says.
  virtual void send(std::shared_ptr<const Traffic> traffic) = 0;
  virtual bool sends_traffic() const = 0;
  virtual void set_hard_steps(bool on) = 0;

  /// Whoever takes what happens from the next cycle on, or nullptr.
  virtual void observe(Observer* observer) = 0;

  /// From now on, also after a reset, these places of the build are defective; before the first
  /// cycle.
  virtual void plant(const Faults& faults) = 0;
  /// A flit stands before a link that will never be ready: the mesh is not quiet, though it has
  /// nothing to do.
  virtual bool blocked() const = 0;

  /// All tiles see `broadcast` in cycle `u` (called earlier than u, at most one pending).
  virtual void start(const Broadcast& broadcast, std::uint64_t u) = 0;
  /// The host tile will push no further spike of the step under way after this cycle.
  virtual void inputs_end(std::uint64_t cycle) = 0;

  // Host link, as of the start of the current cycle; pushes and pops take effect with commit.
  virtual bool link_ready() const = 0;  ///< first stage of the host link towards tile (0,0)
  virtual void link_push(const Flit& flit) = 0;  ///< at most one a cycle, only when link_ready()
  virtual bool host_valid() const = 0;           ///< the host tile's input buffer has a head
  virtual const Flit& host_head() const = 0;
  virtual void host_pop() = 0;  ///< at most one a cycle, only when host_valid()

  virtual void evaluate(std::uint64_t cycle) = 0;
  virtual void commit(std::uint64_t cycle) = 0;

  /// First cycle after the last committed one in which the mesh itself has something to do; kNever
  /// if none. (Includes cycles in which the head of the host tile's input buffer newly shows.)
  virtual std::uint64_t next_wake() const = 0;
  /// Last cycle in which any tile's leaf, or a link stage towards the host, or the host tile's
  /// input buffer, is busy, as far as known now. Final once next_wake() is kNever and the host's
  /// buffer is empty.
  virtual std::uint64_t last_busy() const = 0;

  /// Some core needs the Learn phase of this step. Final once the mesh is quiet.
  virtual bool learn_needed() const = 0;

  /// Steps from `step` on in which nothing changes if nothing comes meanwhile (docs/blocks/core.md,
  /// "A core at rest"). Asked for while the mesh has nothing to do.
  virtual std::uint64_t rest(std::uint64_t step, unsigned adapt_period) const = 0;

  /// Tile memories, for tests and for reading back without time. Throws std::logic_error for a
  /// foreign tile, whose memories are not here.
  virtual std::uint32_t read(std::uint32_t x, std::uint32_t y, std::uint32_t address) const = 0;
  virtual const TileMemory& memory(std::uint32_t x, std::uint32_t y) const = 0;
  /// Writes words without time and without telling the sink, while the mesh has nothing to do
  /// (TileMemory::write).
  virtual void write(std::uint32_t x, std::uint32_t y, std::uint32_t address,
                     std::span<const std::uint32_t> words) = 0;
  /// Leaves behind what a write to tile (x, y) leaves in the routers, or a read and its reply.
  virtual void passed(std::uint32_t x, std::uint32_t y, bool read) = 0;
  /// Input buffers that were full in some cycle since it was made (bits as in model/chip.hpp).
  virtual std::uint32_t filled_buffers() const = 0;
  /// Since it was made. The host tile counts steps; all else counts itself.
  virtual Activity& activity() = 0;
};

/// The mesh of the model: routers, links and cores, in their cycles. `sink` may be null. `foreign`:
/// tiles that are simulated elsewhere. Throws std::invalid_argument when the build breaks a rule
/// (spec::require_build).
std::unique_ptr<Mesh> make_mesh(const spec::Build& build, EventSink* sink,
                                const ForeignPlaces& foreign = {});

}  // namespace spikemesh::model
