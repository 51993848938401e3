// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/event.hpp"

namespace spikemesh::sim {

/// How to see a failure again: printed with every report.
struct Rerun {
  std::string seed;     ///< what the stimulus was made from; "none" where there is no seed
  std::string command;  ///< one command that reruns it and writes waves
};

/// The first difference of two retire streams. One side is missing when only the other retired
/// something.
struct Difference {
  std::optional<Event> rtl;
  std::optional<Event> model;
  /// Where one side is missing: the cycle in which it retires the same later on, if seen.
  std::optional<std::uint64_t> elsewhere;
  std::vector<Event> history;  ///< last events of that tile before, the newest last

  const Event& place() const { return rtl ? *rtl : *model; }
};

/// A decoded field of an event.
struct EventField {
  std::string name;
  std::string text;
};

/// The fields of an event by their names in the specification: of a flit kind, x, y, axon ...
std::vector<EventField> decode(const Event& event);
/// "tile (1,0)", or "host tile".
std::string tile_name(std::uint16_t tile);
/// One line: cycle, kind, unit, fields.
std::string one_line(const Event& event);
/// Whole sentences and the field table `rtl | model`.
std::string report(const Difference& difference, const Rerun& rerun);

/// Model and RTL differ; what() is the report.
class Mismatch : public std::runtime_error {
 public:
  struct Place {
    std::uint64_t cycle;
    std::uint16_t tile;
  };

  explicit Mismatch(const std::string& report, std::optional<Place> place = std::nullopt)
      : std::runtime_error(report), place_(place) {}
  /// Where it was seen first, if it has a cycle.
  const std::optional<Place>& place() const { return place_; }

 private:
  std::optional<Place> place_;
};

using EventCounts = std::array<std::uint64_t, kEventKinds>;

/// "flit 1234, fire 5, ...", in the order of EventKind.
std::string counts_line(const EventCounts& counts);
/// Throws Mismatch when an event of a kind that had to occur was never compared: a comparison of
/// nothing proves nothing.
void require_compared(const EventCounts& counts, std::span<const EventKind> kinds,
                      const Rerun& rerun);

}  // namespace spikemesh::sim
