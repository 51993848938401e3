// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "model/host/bus.hpp"
#include "spikemesh/mgmt.hpp"

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
  bool requesting() const { return shown_.requesting; }
  const BusRequest& request() const { return shown_.request; }
  bool fencing() const { return shown_.fencing; }

  // As a slave.
  /// Whether it answers this request, which nobody has begun to answer, in place of the others.
  bool takes(const BusRequest& request, unsigned master) {
    return may_take(request, master) && decides(request, master);
  }
  /// Of a request that it took.
  const std::optional<BusAnswer>& answer() const { return shown_.answer; }

  /// Until this cycle it does nothing by itself; kNever: it waits for others. May be past.
  std::uint64_t wakes() const { return shown_.wakes; }
  /// It waits for others, and no timer of it is set.
  bool idle() const { return shown_.idle; }
  bool spikes_seen() const { return shown_.spikes_seen; }  ///< `spikes` of the last commit

  virtual void commit(std::uint64_t cycle, const Inputs& inputs) = 0;

 protected:
  /// What a chip looks at in every cycle, kept by whoever derives after power_on() and commit().
  struct Shown {
    bool requesting = false, fencing = false, idle = false, spikes_seen = false;
    bool owns_run = false;  ///< OWNER
    std::uint64_t wakes = 0;
    BusRequest request;
    std::optional<BusAnswer> answer;
  };
  Shown shown_;

  /// takes(), where it is not certain.
  virtual bool decides(const BusRequest& request, unsigned master) = 0;

 private:
  /// A request of the host for a place that is not the core's is refused only if it writes, and the
  /// core owns the run.
  bool may_take(const BusRequest& request, unsigned master) const {
    const bool to_core =
        (request.tile >> 15 & 1) != 0 && request.address >= spec::kMgmtRegistersBase;
    return to_core || master == kMaster || (request.write && shown_.owns_run);
  }
};

}  // namespace spikemesh::model
