// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "sim/activity/activity.hpp"

namespace spikemesh::sim {

struct ActivityOptions {
  /// More windows than this are merged in pairs, so that memory is bounded whatever the run.
  std::size_t most_windows = 1024;
  std::size_t most_spans = 200'000;
  std::size_t most_messages = 0;
};

/// Records the activity of a model (Device::observe). A step that did not end, as its run was
/// interrupted, is left out, but for the flits that it moved.
class ActivityRecorder final : public model::Observer {
 public:
  explicit ActivityRecorder(const spec::Build& build, const ActivityOptions& options = {});

  /// Ends the recording.
  Activity take();

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
  /// A core in the step under way.
  struct Core {
    bool active = false;
    model::Span update, learn, emit;
    std::vector<model::Span> integrate, refused;  ///< apart and ascending
  };

  Activity::Window& window() { return activity_.windows.back(); }
  Activity::Window& room(std::uint64_t step);
  void open_window(std::uint64_t step);
  void merge_windows();
  void count_steps(std::uint64_t steps, std::uint64_t length);
  Core& core(std::uint32_t tile);
  std::int64_t& sum(std::uint32_t tile, CoreQuantity quantity);
  void close_core(std::uint32_t tile);
  void keep_spans(std::uint32_t tile, const Core& core);
  void keep_span(std::uint32_t tile, SpanKind kind, const model::Span& span);
  void hold(std::uint32_t tile, unsigned buffer, unsigned held);
  void sent(std::uint32_t source, const model::Flit& flit, model::Span offered);
  void arrived(std::uint32_t tile, const Packet& packet);

  ActivityOptions options_;
  std::size_t tiles_;
  Activity activity_;
  std::vector<Core> cores_;
  std::vector<std::uint32_t> active_;
  std::uint64_t begun_ = 0;
  bool whole_ = true;  ///< no span was left out yet
  /// Messages of this step that no core has taken yet, by tile and axon.
  std::unordered_map<std::uint64_t, std::vector<Activity::Message>> under_way_;
  std::uint64_t step_ = 0;  ///< under way
};

}  // namespace spikemesh::sim
