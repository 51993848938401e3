// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "spikemesh/error.hpp"
#include "spikemesh/events.hpp"
#include "spikemesh/input_file.hpp"
#include "spikemesh/number.hpp"

namespace spikemesh {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;
constexpr std::uint32_t kExtentMax = 65536;

std::optional<Pair> split(std::string_view text, std::string_view between) {
  const auto at = text.find(between);
  if (at == std::string_view::npos) return std::nullopt;
  return Pair(text.substr(0, at), text.substr(at + between.size()));
}

std::optional<std::uint32_t> number(std::string_view text, std::uint32_t least) {
  const auto value = parse_integer(text, least, kExtentMax);
  return value ? std::optional(static_cast<std::uint32_t>(*value)) : std::nullopt;
}

std::optional<EventLayout::Span> span_of(std::string_view text) {
  const auto ends = split(text, "..");
  if (!ends) return std::nullopt;
  const auto begin = number(ends->first, 0), end = number(ends->second, 1);
  if (!begin || !end || *begin >= *end) return std::nullopt;
  return EventLayout::Span{*begin, *end};
}

bool read_size(EventLayout& layout, std::string_view value) {
  const auto parts = split(value, "x");
  if (!parts) return false;
  const auto width = number(parts->first, 1), height = number(parts->second, 1);
  if (!width || !height) return false;
  layout.width = *width;
  layout.height = *height;
  return true;
}

bool read_crop(EventLayout& layout, std::string_view value) {
  const auto parts = split(value, "x");
  if (!parts) return false;
  layout.crop_x = span_of(parts->first);
  layout.crop_y = span_of(parts->second);
  return layout.crop_x && layout.crop_y;
}

bool read_polarity(EventLayout& layout, std::string_view value) {
  constexpr std::string_view names[] = {"both", "merge", "on", "off"};
  const auto found = std::find(std::begin(names), std::end(names), value);
  layout.polarity = static_cast<EventLayout::Polarity>(found - names);
  return found != std::end(names);
}

bool read_start(EventLayout& layout, std::string_view value) {
  layout.from_first = value == "first";
  const auto time = parse_integer(value, 0, std::uint64_t{1} << 53);
  if (time) layout.start_us = *time;
  return layout.from_first || time;
}

bool read_downsample(EventLayout& layout, std::string_view value) {
  const auto factor = number(value, 1);
  if (factor) layout.downsample = *factor;
  return factor.has_value();
}

struct Key {
  std::string_view name, needs;
  bool (*read)(EventLayout&, std::string_view);
};
constexpr Key kKeys[] = {
    {"size", "WIDTHxHEIGHT of the sensor, such as 34x34", read_size},
    {"crop", "X0..X1xY0..Y1, such as 0..28x0..28", read_crop},
    {"downsample", "a whole number of at least 1", read_downsample},
    {"polarity", "both, merge, on or off", read_polarity},
    {"order", "yxp or pyx",
     [](EventLayout& layout, std::string_view value) {
       layout.channels_first = value == "pyx";
       return value == "yxp" || value == "pyx";
     }},
    {"counts", "0 or 1",
     [](EventLayout& layout, std::string_view value) {
       layout.counts = value == "1";
       return value == "0" || value == "1";
     }},
    {"start", "microseconds, or first (the time of the first event)", read_start},
};

void read_key(EventLayout& layout, std::string_view part, const std::string& option) {
  const auto pair = split(part, "=");
  const auto key = std::find_if(std::begin(kKeys), std::end(kKeys),
                                [&](const Key& each) { return pair && each.name == pair->first; });
  if (key == std::end(kKeys))
    throw InputError(fmt::format(
        "{}: \"{}\" is unknown; KEY=VALUE is needed, with size, crop, downsample, polarity, order, "
        "counts or start",
        option, shown(part)));
  if (!key->read(layout, pair->second))
    throw InputError(fmt::format("{}: {} is \"{}\", but {} is needed", option, key->name,
                                 shown(pair->second), key->needs));
}

std::uint32_t shrunk(std::uint32_t extent, std::uint32_t factor) {
  return (extent + factor - 1) / factor;
}

/// Where the events of a sensor go: what a layout comes to.
class Placement {
 public:
  explicit Placement(const EventLayout& layout)
      : layout_(layout),
        x_(layout.crop_x.value_or(EventLayout::Span{0, layout.width})),
        y_(layout.crop_y.value_or(EventLayout::Span{0, layout.height})),
        width_(shrunk(x_.end - x_.begin, layout.downsample)),
        height_(shrunk(y_.end - y_.begin, layout.downsample)),
        channels_(layout.polarity == EventLayout::Polarity::both ? 2 : 1) {}

  std::uint64_t neurons() const { return std::uint64_t{width_} * height_ * channels_; }

  /// None for an event that is cropped or of the other polarity.
  std::optional<std::uint64_t> neuron(const SensorEvent& event) const {
    using enum EventLayout::Polarity;
    if ((layout_.polarity == on && !event.on) || (layout_.polarity == off && event.on))
      return std::nullopt;
    if (event.x < x_.begin || event.x >= x_.end || event.y < y_.begin || event.y >= y_.end)
      return std::nullopt;
    const std::uint64_t x = (event.x - x_.begin) / layout_.downsample;
    const std::uint64_t y = (event.y - y_.begin) / layout_.downsample;
    const std::uint64_t p = channels_ == 2 && event.on ? 1 : 0;
    return layout_.channels_first ? (p * height_ + y) * width_ + x
                                  : (y * width_ + x) * channels_ + p;
  }

 private:
  const EventLayout& layout_;
  EventLayout::Span x_, y_;
  std::uint32_t width_, height_, channels_;
};

void check_places(const std::vector<SensorEvent>& events, const EventLayout& layout,
                  const std::string& name) {
  for (std::size_t i = 0; i < events.size(); ++i)
    if (events[i].x >= layout.width || events[i].y >= layout.height)
      throw InputError(
          fmt::format("{}: event {} is at x {}, y {}, beside a sensor of {} x {}; give its size",
                      name, i, events[i].x, events[i].y, layout.width, layout.height));
}

std::uint64_t start_of(const std::vector<SensorEvent>& events, const EventLayout& layout) {
  if (!layout.from_first || events.empty()) return layout.start_us;
  const auto earlier = [](const SensorEvent& a, const SensorEvent& b) { return a.t_us < b.t_us; };
  return std::min_element(events.begin(), events.end(), earlier)->t_us;
}

}  // namespace

std::uint64_t EventLayout::neurons() const { return Placement(*this).neurons(); }

EventLayout parse_event_layout(std::string_view text, const std::string& option) {
  EventLayout layout;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    read_key(layout, text.substr(at, end - at), option);
    at = end + 1;
  }
  if (layout.width == 0)
    throw InputError(option + ": size is missing; give size=WIDTHxHEIGHT of the sensor");
  if (layout.crop_x && (layout.crop_x->end > layout.width || layout.crop_y->end > layout.height))
    throw InputError(fmt::format("{}: crop is beyond the sensor of {} x {}", option, layout.width,
                                 layout.height));
  return layout;
}

EventSpikes bin_events(const std::vector<SensorEvent>& events, const EventLayout& layout,
                       double dt_ms, std::uint64_t steps, const std::string& name) {
  check_places(events, layout, name);
  const auto tick_ns = static_cast<std::uint64_t>(std::llround(dt_ms * 1e6));
  if (tick_ns == 0)
    throw InputError(
        fmt::format("{}: dt_ms {}, but events need a step of at least 1e-6 ms", name, dt_ms));
  const Placement placement(layout);
  const std::uint64_t start = start_of(events, layout);
  EventSpikes made;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> places;
  for (const SensorEvent& event : events) {
    const auto neuron = placement.neuron(event);
    if (!neuron || event.t_us < start) continue;
    const std::uint64_t step = (event.t_us - start) * 1000 / tick_ns;
    if (step >= steps)
      ++made.late;
    else
      places.emplace_back(step, *neuron);
  }
  std::sort(places.begin(), places.end());
  for (const auto& [step, neuron] : places) {
    const bool again =
        !made.rows.empty() && made.rows.back().step == step && made.rows.back().neuron == neuron;
    if (!again)
      made.rows.push_back({0, step, {}, static_cast<std::uint32_t>(neuron), 1, 0});
    else if (layout.counts)
      ++made.rows.back().count;
  }
  return made;
}

}  // namespace spikemesh
