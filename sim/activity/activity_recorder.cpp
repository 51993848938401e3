// SPDX-License-Identifier: Apache-2.0
#include "sim/activity/activity_recorder.hpp"

#include <algorithm>
#include <utility>

namespace spikemesh::sim {

using model::Span;

namespace {

constexpr std::size_t kMostCells = std::size_t{1} << 18;  // windows x tiles
constexpr std::size_t kFewestWindows = 64;
constexpr std::size_t kQuantities = kCoreQuantities.size();

std::int64_t length_of(const Span& span) {
  return span.to > span.from ? static_cast<std::int64_t>(span.to - span.from) : 0;
}

std::int64_t common(const Span& a, const Span& b) {
  return length_of({std::max(a.from, b.from), std::min(a.to, b.to)});
}

/// Cycles that two lists of spans, apart and ascending, have in common.
std::int64_t common(const std::vector<Span>& a, const std::vector<Span>& b) {
  std::int64_t cycles = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    cycles += common(a[i], b[j]);
    a[i].to < b[j].to ? ++i : ++j;
  }
  return cycles;
}

std::int64_t length_of(const std::vector<Span>& spans) {
  std::int64_t cycles = 0;
  for (const Span& span : spans) cycles += length_of(span);
  return cycles;
}

void append(std::vector<Span>& spans, const Span& span) {
  if (!spans.empty() && spans.back().to >= span.from)
    spans.back().to = std::max(spans.back().to, span.to);
  else
    spans.push_back(span);
}

template <class Number, class Merge>
void merge_rows(std::vector<Number>& rows, std::size_t row, std::size_t windows, Merge&& merge) {
  for (std::size_t w = 0; w < windows; ++w)
    for (std::size_t i = 0; i < row; ++i) {
      const Number value = rows[w * row + i];
      Number& into = rows[w / 2 * row + i];
      into = w % 2 == 0 ? value : merge(into, value);
    }
  rows.resize((windows + 1) / 2 * row);
}

}  // namespace

ActivityRecorder::ActivityRecorder(const spec::Build& build, const ActivityOptions& options)
    : options_(options), tiles_(std::size_t{build.mesh_w} * build.mesh_h), cores_(tiles_) {
  activity_.build = build;
  options_.most_windows =
      std::min(options_.most_windows, std::max(kFewestWindows, kMostCells / tiles_));
}

Activity ActivityRecorder::take() {
  const std::size_t windows = activity_.windows.size();
  for (std::size_t w = 0; w < windows; ++w)
    for (std::size_t tile = 0; tile < tiles_; ++tile) {
      std::int64_t* sums = &activity_.cores[(w * tiles_ + tile) * kQuantities];
      auto busy = std::int64_t{0};
      for (std::size_t i = 0; i + 1 < kCoreClasses; ++i) busy += sums[i];
      sums[static_cast<std::size_t>(CoreQuantity::waiting)] =
          static_cast<std::int64_t>(activity_.windows[w].cycles) - busy;
    }
  return std::move(activity_);
}

// ---------------------------------------------------------------------------------------------
// Steps and windows

void ActivityRecorder::open_window(std::uint64_t step) {
  activity_.windows.push_back({.first_step = step});
  activity_.cores.resize(activity_.cores.size() + tiles_ * kQuantities);
  activity_.links.resize(activity_.links.size() + tiles_ * spec::kPorts);
  activity_.held.resize(activity_.held.size() + tiles_ * Activity::kBuffers);
}

void ActivityRecorder::merge_windows() {
  const std::size_t windows = activity_.windows.size();
  const auto add = [](auto a, auto b) { return a + b; };
  const auto most = [](auto a, auto b) { return std::max(a, b); };
  merge_rows(activity_.cores, tiles_ * kQuantities, windows, add);
  merge_rows(activity_.links, tiles_ * spec::kPorts, windows, add);
  merge_rows(activity_.held, tiles_ * Activity::kBuffers, windows, most);
  merge_rows(activity_.windows, 1, windows,
             [](const Activity::Window& a, const Activity::Window& b) {
               return Activity::Window{.first_step = a.first_step,
                                       .steps = a.steps + b.steps,
                                       .cycles = a.cycles + b.cycles,
                                       .shortest = std::min(a.shortest, b.shortest),
                                       .longest = std::max(a.longest, b.longest),
                                       .to_host = a.to_host + b.to_host,
                                       .host_held = std::max(a.host_held, b.host_held)};
             });
  activity_.window_steps *= 2;
}

/// The window that takes `step`, the step after the last one.
Activity::Window& ActivityRecorder::room(std::uint64_t step) {
  const bool full = activity_.windows.empty() || window().steps == activity_.window_steps;
  if (full && activity_.windows.size() == options_.most_windows) merge_windows();
  if (activity_.windows.empty() || window().steps == activity_.window_steps) open_window(step);
  return window();
}

void ActivityRecorder::count_steps(std::uint64_t steps, std::uint64_t length) {
  Activity::Window& now = window();
  now.shortest = now.steps == 0 ? length : std::min(now.shortest, length);
  now.longest = std::max(now.longest, length);
  now.steps += steps;
  now.cycles += steps * length;
  activity_.step_cycles[length] += steps;
  if (whole_) activity_.spanned_steps += steps;
  if (options_.most_messages > 0) activity_.messaged_steps += steps;
}

void ActivityRecorder::begin(std::uint64_t step, std::uint64_t cycle) {
  room(step);
  step_ = step;
  begun_ = cycle;
}

void ActivityRecorder::end(std::uint64_t cycle) {
  if (activity_.windows.empty()) return;  // of a step that began before the recording
  const Span step{begun_, cycle + 1};
  keep_span(Activity::kNoTile, SpanKind::step, step);
  std::uint32_t critical = Activity::kNoTile;
  std::uint64_t last = 0;
  std::sort(active_.begin(), active_.end());
  for (const std::uint32_t tile : active_) {
    const Core& core = cores_[tile];
    const std::uint64_t ends = std::max({core.update.to, core.learn.to, core.emit.to,
                                         core.integrate.empty() ? 0 : core.integrate.back().to});
    if (ends > last) {
      last = ends;
      critical = tile;
    }
    close_core(tile);
  }
  active_.clear();
  if (critical != Activity::kNoTile) ++sum(critical, CoreQuantity::critical);
  count_steps(1, step.to - step.from);
}

void ActivityRecorder::rest(std::uint64_t step, std::uint64_t steps, std::uint64_t length) {
  while (steps > 0) {
    const std::uint64_t taken = std::min(steps, activity_.window_steps - room(step).steps);
    count_steps(taken, length);
    step += taken;
    steps -= taken;
  }
}

// ---------------------------------------------------------------------------------------------
// Cores

ActivityRecorder::Core& ActivityRecorder::core(std::uint32_t tile) {
  Core& core = cores_[tile];
  if (!core.active) active_.push_back(tile);
  core.active = true;
  return core;
}

std::int64_t& ActivityRecorder::sum(std::uint32_t tile, CoreQuantity quantity) {
  const std::size_t window = activity_.windows.size() - 1;
  return activity_
      .cores[(window * tiles_ + tile) * kQuantities + static_cast<std::size_t>(quantity)];
}

void ActivityRecorder::update(std::uint32_t tile, Span busy, std::uint32_t neurons,
                              std::uint32_t fired) {
  Core& now = core(tile);
  now.update = busy;
  if (fired > 0) now.emit = {busy.to, busy.to};
  ++sum(tile, CoreQuantity::updates);
  sum(tile, CoreQuantity::neuron_updates) += neurons;
  sum(tile, CoreQuantity::spikes) += fired;
}

void ActivityRecorder::integrate(std::uint32_t tile, Span busy, const Packet& packet) {
  append(core(tile).integrate, busy);
  ++sum(tile, CoreQuantity::packets);
  sum(tile, CoreQuantity::synapse_events) += packet.synapses;
  sum(tile, CoreQuantity::weight_updates) += static_cast<std::int64_t>(packet.weights);
  ++activity_.latency[packet.latency];
  if (options_.most_messages > 0) arrived(tile, packet);
}

void ActivityRecorder::learn(std::uint32_t tile, Span busy, std::uint64_t weights) {
  core(tile).learn = busy;
  sum(tile, CoreQuantity::weight_updates) += static_cast<std::int64_t>(weights);
}

void ActivityRecorder::emit(std::uint32_t tile, const model::Flit& flit, Span refused) {
  Core& now = core(tile);
  if (now.emit.to == 0) now.emit.from = refused.from;  // traffic, which no Update begins
  now.emit.to = std::max(now.emit.to, refused.to + 1);
  if (refused.to > refused.from) append(now.refused, refused);
  ++sum(tile, CoreQuantity::emitted);
  sum(tile, CoreQuantity::emit_stalls) += length_of(refused);
  if (options_.most_messages > 0 && flit.host == 0) sent(tile, flit, refused);
}

void ActivityRecorder::inject(const model::Flit& flit, std::uint64_t cycle) {
  if (options_.most_messages > 0) sent(Activity::kNoTile, flit, {cycle, cycle});
}

void ActivityRecorder::searched(std::uint32_t tile, std::uint64_t cycle) {
  Core& now = core(tile);
  now.emit.to = std::max(now.emit.to, cycle);
}

/// Shares the step among what the core did in it.
void ActivityRecorder::close_core(std::uint32_t tile) {
  Core& now = cores_[tile];
  keep_spans(tile, now);
  const std::int64_t integrate = length_of(now.integrate);
  const std::int64_t stalled = length_of(now.refused) - common(now.refused, now.integrate);
  const std::int64_t emit = length_of(now.emit) - common({now.emit}, now.integrate) - stalled;
  sum(tile, CoreQuantity::update) += length_of(now.update);
  sum(tile, CoreQuantity::learn) += length_of(now.learn);
  sum(tile, CoreQuantity::integrate) += integrate;
  sum(tile, CoreQuantity::stalled) += stalled;
  sum(tile, CoreQuantity::emit) += emit;
  now.active = false;
  now.update = now.learn = now.emit = {};
  now.integrate.clear();
  now.refused.clear();
}

void ActivityRecorder::keep_spans(std::uint32_t tile, const Core& core) {
  keep_span(tile, SpanKind::update, core.update);
  for (const Span& span : core.integrate) keep_span(tile, SpanKind::integrate, span);
  keep_span(tile, SpanKind::emit, core.emit);
  for (const Span& span : core.refused) keep_span(tile, SpanKind::stalled, span);
  keep_span(tile, SpanKind::learn, core.learn);
}

void ActivityRecorder::keep_span(std::uint32_t tile, SpanKind kind, const Span& span) {
  if (span.to <= span.from) return;
  whole_ = whole_ && activity_.spans.size() < options_.most_spans;
  if (whole_) activity_.spans.push_back({tile, kind, span});
}

// ---------------------------------------------------------------------------------------------
// Buffers

void ActivityRecorder::hold(std::uint32_t tile, unsigned buffer, unsigned held) {
  const std::size_t window = activity_.windows.size() - 1;
  std::uint32_t& most = activity_.held[(window * tiles_ + tile) * Activity::kBuffers + buffer];
  most = std::max(most, held);
}

void ActivityRecorder::enter(std::uint32_t tile, unsigned port, unsigned held) {
  const std::size_t window = activity_.windows.size() - 1;
  ++activity_.links[(window * tiles_ + tile) * spec::kPorts + port];
  hold(tile, port, held);
}

void ActivityRecorder::enter_core(std::uint32_t tile, unsigned held) {
  hold(tile, spec::kPorts, held);
}

void ActivityRecorder::enter_host(unsigned held) {
  ++window().to_host;
  window().host_held = std::max(window().host_held, std::uint32_t{held});
}

// ---------------------------------------------------------------------------------------------
// Messages

void ActivityRecorder::sent(std::uint32_t source, const model::Flit& flit, Span offered) {
  const std::uint32_t target = flit.y * activity_.build.mesh_w + flit.x;
  under_way_[std::uint64_t{target} << 32 | flit.addr].push_back({.step = step_,
                                                                 .source = source,
                                                                 .target = target,
                                                                 .axon = flit.addr,
                                                                 .offered = offered.from,
                                                                 .entered = offered.to});
}

/// Packets to one axon may come from several sources, but each knows when it was offered.
void ActivityRecorder::arrived(std::uint32_t tile, const Packet& packet) {
  auto& waiting = under_way_[std::uint64_t{tile} << 32 | packet.axon];
  const auto found =
      std::find_if(waiting.begin(), waiting.end(), [&](const Activity::Message& message) {
        return ((packet.taken - message.offered - packet.latency) & model::kBornMask) == 0;
      });
  if (found == waiting.end()) return;  // sent before the recording began
  Activity::Message message = *found;
  waiting.erase(found);
  message.synapses = packet.synapses;
  message.taken = packet.taken;
  activity_.messages.push_back(message);
  if (activity_.messages.size() == options_.most_messages) {  // this step is not whole
    std::erase_if(activity_.messages,
                  [&](const Activity::Message& each) { return each.step == step_; });
    options_.most_messages = 0;
    under_way_.clear();
  }
}

}  // namespace spikemesh::sim
