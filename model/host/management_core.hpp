// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "model/host/bus.hpp"

namespace spikemesh::model {

/// The management core beside the bus (docs/blocks/management_core.md) as the host tile sees it:
/// a master, and a slave for its own places and for what it refuses. This library knows no
/// processor; whoever makes a chip attaches one (Chip::attach).
///
/// What it shows are its registers at the start of a cycle; `commit` ends the cycle. It has to be
/// committed in each cycle from wakes() on, in which it takes a request, or in which `run`,
/// `run_ends`, `reset` or a change of `spikes` comes. It catches up by itself with the cycles in
/// between, in which its inputs were those of the last one.
class ManagementCore {
 public:
  static constexpr unsigned kMaster = 2;  ///< of the bus
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};

  struct Inputs {
    bool asked = false;  ///< somebody asks the bus: `request` of `master`
    BusRequest request;
    unsigned master = 0;
    std::optional<BusAnswer> answer;  ///< of the bus in this cycle, to whoever had it
    bool quiet = false, running = false;
    bool run = false, run_ends = false;  ///< a run begins, or ends, in this cycle
    bool spikes = false;                 ///< the spike-out ring holds some
    bool reset = false;                  ///< soft reset
  };

  ManagementCore() = default;
  ManagementCore(const ManagementCore&) = delete;
  ManagementCore& operator=(const ManagementCore&) = delete;
  virtual ~ManagementCore() = default;

  /// The reset pin: cycle 0 is next. Memories keep their words.
  virtual void power_on() = 0;

  // As a master.
  virtual bool requesting() const = 0;
  virtual const BusRequest& request() const = 0;
  virtual bool fencing() const = 0;

  // As a slave.
  /// Whether it answers this request, which nobody has begun to answer, in place of the others.
  virtual bool takes(const BusRequest& request, unsigned master) = 0;
  /// Of a request that it took.
  virtual std::optional<BusAnswer> answer() const = 0;

  /// Until this cycle it does nothing by itself; kNever: it waits for others. May be past.
  virtual std::uint64_t wakes() const = 0;
  /// It waits for others, and no timer of it is set.
  virtual bool idle() const = 0;
  virtual bool spikes_seen() const = 0;  ///< `spikes` of the last commit

  virtual void commit(std::uint64_t cycle, const Inputs& inputs) = 0;
};

}  // namespace spikemesh::model
