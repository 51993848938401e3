// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "model/noc/mesh.hpp"
#include "model/reference/reference.hpp"

namespace spikemesh::model {

/// The tiles of the reference as the mesh of a host tile (docs/blocks/management_core.md, "In the
/// reference"): what they do in a phase is done when the phase begins, or when the last spike of a
/// step is there, though they stay busy for the cycles that are defined; a flit is where it is to
/// go in the next cycle. It never wakes by itself.
class ReferenceMesh final : public Mesh {
 public:
  /// Throws std::invalid_argument when the build breaks a rule (spec::require_build).
  explicit ReferenceMesh(const spec::Build& build) : reference_(build) {}

  void reset(std::uint64_t cycle) override;
  // What needs time or a mesh: std::logic_error.
  void send(std::shared_ptr<const Traffic> traffic) override;
  bool sends_traffic() const override { return false; }
  void set_hard_steps(bool on) override;
  void observe(Observer* observer) override;
  void plant(const Faults& faults) override;
  bool blocked() const override { return false; }

  void start(const Broadcast& broadcast, std::uint64_t u) override;
  void inputs_end(std::uint64_t cycle) override;

  bool link_ready() const override { return true; }
  void link_push(const Flit& flit) override { pushed_ = flit; }
  bool host_valid() const override { return !to_host_.empty(); }
  const Flit& host_head() const override { return to_host_.front(); }
  void host_pop() override { popped_ = true; }

  void evaluate(std::uint64_t) override {}
  void commit(std::uint64_t cycle) override;
  std::uint64_t next_wake() const override { return kNever; }
  std::uint64_t last_busy() const override { return last_busy_; }
  bool learn_needed() const override { return false; }  // a step of the reference learns, too
  std::uint64_t rest(std::uint64_t step, unsigned adapt_period) const override {
    return reference_.resting(step, adapt_period);
  }

  std::uint32_t read(std::uint32_t x, std::uint32_t y, std::uint32_t address) const override;
  const TileMemory& memory(std::uint32_t x, std::uint32_t y) const override {
    return reference_.tile(y * reference_.build().mesh_w + x);
  }
  void write(std::uint32_t x, std::uint32_t y, std::uint32_t address,
             std::span<const std::uint32_t> words) override;
  void passed(std::uint32_t, std::uint32_t, bool) override {}
  std::uint32_t filled_buffers() const override { return 0; }
  Activity& activity() override { return activity_; }

 private:
  void take(const Flit& flit);

  Reference reference_;
  Activity activity_;
  Broadcast step_;                     ///< the step under way, or the last one
  std::vector<std::uint32_t> spikes_;  ///< its spikes from the host
  std::deque<Flit> to_host_;
  std::optional<Flit> pushed_;  ///< in this cycle
  bool popped_ = false;         ///< in this cycle
  std::uint64_t last_busy_ = 0;
};

}  // namespace spikemesh::model
