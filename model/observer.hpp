// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/noc/flit.hpp"

namespace spikemesh::model {

/// A span of cycles [from, to).
struct Span {
  std::uint64_t from = 0, to = 0;
};

/// Takes what each core does in each step, and what moves between tiles, where the retire stream
/// shows the changes of registers (model/event.hpp). Without one, nobody pays for it.
///
/// Everything is told in closed form, as the model computes it: some of it ahead of its cycle, but
/// always between begin() and end() of the step to which it belongs. `tile` is y * MeshW + x.
/// Not told: what config flits do, and all else that happens between two steps.
class Observer {
 public:
  virtual ~Observer() = default;

  /// The step controller decided in `cycle` that step `step` begins.
  virtual void begin(std::uint64_t step, std::uint64_t cycle) = 0;
  /// It found everything quiet in `cycle`: the next step may begin in the cycle after it.
  virtual void end(std::uint64_t cycle) = 0;
  /// `steps` steps in which nothing happened, each of `length` cycles, as begin() and end() would
  /// have told them.
  virtual void rest(std::uint64_t step, std::uint64_t steps, std::uint64_t length) = 0;

  /// A core updated `neurons` of its neurons, of which `fired` fired. An Emit that follows is busy
  /// from span.to on.
  virtual void update(std::uint32_t tile, Span busy, std::uint32_t neurons,
                      std::uint32_t fired) = 0;
  /// A packet that a core took.
  struct Packet {
    std::uint32_t synapses = 0;  ///< that it delivered
    std::uint64_t weights = 0;   ///< of plastic synapses that it depressed
    std::uint32_t latency = 0;   ///< cycles since it was first offered to a router, modulo 2^24
    std::uint32_t late = 0;      ///< steps since its neuron fired, 0..kLateMask (hard steps)
    std::uint32_t axon = 0;      ///< as in the flit
    std::uint64_t taken = 0;     ///< cycle in which the core took it
  };
  /// A core took a packet; Integrate is busy with it in these cycles. Spans of a core ascend and
  /// may overlap.
  virtual void integrate(std::uint32_t tile, Span busy, const Packet& packet) = 0;
  /// A core learned: it potentiated so many weights.
  virtual void learn(std::uint32_t tile, Span busy, std::uint64_t weights) = 0;
  /// A core handed a packet to its router, which refused it in the cycles `refused` and took it in
  /// refused.to.
  virtual void emit(std::uint32_t tile, const Flit& flit, Span refused) = 0;
  /// The host tile handed a packet to tile (0,0) in `cycle`.
  virtual void inject(const Flit& flit, std::uint64_t cycle) = 0;
  /// A core will look for no further neuron that fired from `cycle` on.
  virtual void searched(std::uint32_t tile, std::uint64_t cycle) = 0;

  /// A spike entered an input buffer of a router, which holds `held` flits in the next cycle.
  virtual void enter(std::uint32_t tile, unsigned port, unsigned held) = 0;
  /// The same of the input buffer of a core, and of the one of the host tile.
  virtual void enter_core(std::uint32_t tile, unsigned held) = 0;
  virtual void enter_host(unsigned held) = 0;
};

}  // namespace spikemesh::model
