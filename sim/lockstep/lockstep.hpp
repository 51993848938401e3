// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/event.hpp"
#include "sim/lockstep/mismatch.hpp"

namespace spikemesh::sim {

/// Compares two retire streams (docs/verification/lockstep.md). Each side pours its events in, in
/// the order of cycles; `step` says whether they are equal so far, and stops for good at the first
/// difference.
class Lockstep {
 public:
  static constexpr std::size_t kHistory = 16;  ///< events of a tile that a report shows

  EventSink& rtl() { return rtl_; }
  EventSink& model() { return model_; }
  /// Gets every event that was found equal, in the order (cycle, tile, kind, unit); nullptr:
  /// nobody.
  void forward(EventSink* sink) { forward_ = sink; }

  /// Compares all events before cycle `until`, which both sides must have retired by now.
  /// False: they differ, see difference().
  bool step(std::uint64_t until);

  const std::optional<Difference>& difference() const { return difference_; }
  /// After a failure: looks in what was retired since for the event that one side misses.
  void look_ahead();

  const EventCounts& compared() const { return compared_; }

 private:
  /// What one side retired and was not compared yet.
  class Side : public EventSink {
   public:
    void on(const Event& event) override { events_.push_back(event); }
    void sort();  ///< by (cycle, tile, kind, unit)
    void drop_compared();
    const Event* head(std::uint64_t until) const;
    void pop() { ++next_; }
    const Event* find_again(const Event& wanted) const;

   private:
    std::vector<Event> events_;
    std::size_t next_ = 0;  ///< those before it were compared
  };
  /// The last events of one tile; `count` of all time says which slot is the oldest.
  struct History {
    std::array<Event, kHistory> events;
    std::uint64_t count = 0;
  };

  void equal(const Event& event);
  void fail(const Event* rtl, const Event* model);
  History& history(std::uint16_t tile);

  Side rtl_, model_;
  EventSink* forward_ = nullptr;
  std::vector<History> histories_;
  EventCounts compared_{};
  std::optional<Difference> difference_;
};

}  // namespace spikemesh::sim
