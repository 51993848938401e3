// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/device/device.hpp"
#include "spikemesh/machine.hpp"

namespace spikemesh::sim {

/// Tells the ends of steps of a model, at which its memories can be read, while the chip runs on: a
/// trace costs no cycle. Who observes the model otherwise is told everything, too.
class StepWatch final : public model::Observer {
 public:
  /// The device has to observe().
  explicit StepWatch(Device& device);
  StepWatch(const StepWatch&) = delete;
  StepWatch& operator=(const StepWatch&) = delete;

  /// ChipMachineOptions::watch.
  bool begin(std::span<const std::uint64_t> steps, const StepEnd& at_end);
  /// Who observes otherwise, or nullptr.
  void go_on_to(model::Observer* observer) { next_ = observer; }

  void begin(std::uint64_t step, std::uint64_t cycle) override;
  void end(std::uint64_t cycle) override;
  void rest(std::uint64_t step, std::uint64_t steps, std::uint64_t length) override;
  void update(std::uint32_t tile, model::Span busy, std::uint32_t neurons,
              std::uint32_t fired) override;
  void integrate(std::uint32_t tile, model::Span busy, const Packet& packet) override;
  void learn(std::uint32_t tile, model::Span busy, std::uint64_t weights) override;
  void emit(std::uint32_t tile, const model::Flit& flit, model::Span refused) override;
  void inject(const model::Flit& flit, std::uint64_t cycle) override;
  void searched(std::uint32_t tile, std::uint64_t cycle) override;
  void enter(std::uint32_t tile, unsigned port, unsigned held) override;
  void enter_core(std::uint32_t tile, unsigned held) override;
  void enter_host(unsigned held) override;

 private:
  void tell(std::uint64_t until);

  Device& device_;
  model::Observer* next_ = nullptr;
  StepReader read_;
  StepEnd at_end_;
  std::vector<std::uint64_t> steps_;
  std::size_t told_ = 0;  ///< of them
  std::uint64_t step_ = 0;
};

}  // namespace spikemesh::sim
