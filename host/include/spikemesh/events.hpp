// SPDX-License-Identifier: Apache-2.0
#pragma once
// Events of cameras and other sensors, and the input spikes that they become (docs/data.md). The
// Python package has the same in numpy; a test holds the two together.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spikemesh/spikes_csv.hpp"

namespace spikemesh {

/// What a place of a sensor said: its time, column and row, and whether it became brighter (or, in
/// general, which of two polarities it is).
struct SensorEvent {
  std::uint64_t t_us = 0;
  std::uint32_t x = 0, y = 0;
  bool on = true;
  bool operator==(const SensorEvent&) const = default;
};

/// Events of a file, as they stand in it. The extension says of which format: .bs2 and .bin
/// (N-MNIST, 5 bytes an event), .csv (a header with t, x and, if wanted, y, p), .npy (the same as
/// fields, or [n, 4] with the columns x, y, t, p). Throws InputError that names file and place; for
/// formats of other extensions, with the command that converts them.
std::vector<SensorEvent> read_events(const std::filesystem::path& path);

/// How events become spikes of a population.
struct EventLayout {
  /// Which events count: all, with neurons of their own for each polarity, or one for both; or
  /// those of one polarity.
  enum class Polarity : std::uint8_t { both, merge, on, off };
  /// Places from `begin` to before `end` along an axis.
  struct Span {
    std::uint32_t begin = 0, end = 0;
  };

  std::uint32_t width = 0, height = 0;  ///< of the sensor
  std::optional<Span> crop_x, crop_y;   ///< what is kept of it
  std::uint32_t downsample = 1;         ///< so many places along each axis become one
  Polarity polarity = Polarity::both;   ///< both: neurons for each of the two
  bool channels_first = false;  ///< (p * height + y) * width + x, not (y * width + x) * 2 + p
  bool counts = false;          ///< a spike an event, not one for all of a place and step
  std::uint64_t start_us = 0;   ///< the time at which step 0 begins
  bool from_first = false;      ///< step 0 begins with the first event instead

  /// Places and channels: the size of the population.
  std::uint64_t neurons() const;
};

/// Of "size=34x34,crop=0..28x0..28,downsample=2,polarity=merge,order=pyx,counts=1,start=0"; all but
/// size may be left out. Throws InputError that names `option` and what is wrong.
EventLayout parse_event_layout(std::string_view text, const std::string& option);

/// What bin_events makes.
struct EventSpikes {
  std::vector<SpikeRow> rows;  ///< by step and neuron
  std::uint64_t late = 0;      ///< events that come after the last step
};

/// The spikes of `steps` steps of dt_ms. Throws InputError, which `name` begins, for an event
/// beside the sensor.
EventSpikes bin_events(const std::vector<SensorEvent>& events, const EventLayout& layout,
                       double dt_ms, std::uint64_t steps, const std::string& name);

}  // namespace spikemesh
