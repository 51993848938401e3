// SPDX-License-Identifier: Apache-2.0
#include "sim/waves/retire_waves.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>

#include "sim/retire/retire_pack.hpp"

namespace spikemesh::sim {
namespace {

constexpr auto kNever = std::numeric_limits<std::uint64_t>::max();

struct PinInfo {
  std::string_view name;
  unsigned bits;
};
constexpr std::array<PinInfo, kPins> kPinInfo{{{"uart_rx_i", 1},
                                               {"uart_tx_o", 1},
                                               {"byte_mode_i", 1},
                                               {"byte_rx_valid_i", 1},
                                               {"byte_rx_data_i", 8},
                                               {"byte_tx_ready_i", 1}}};

}  // namespace

RetireWaves::RetireWaves(const spec::Build& build, Link link, const Waves& waves)
    : build_(build), waves_(waves), file_(waves.path) {
  ports_.resize(build.mesh_w * build.mesh_h + 1);
  file_.open_scope("TOP");
  declare_pins();
  file_.open_scope("sm_chip");
  for (std::size_t i = 0; i < kPins; ++i)
    file_.add_alias(std::string(kPinInfo[i].name), kPinInfo[i].bits, pins_[i].variable);
  declare_host();
  declare_tiles();
  file_.close_scope();
  file_.close_scope();
  apply(Pin::uart_rx, 1);
  apply(Pin::uart_tx, 1);
  apply(Pin::byte_mode, link == Link::bytes);
  apply(Pin::byte_tx_ready, 1);
}

RetireWaves::Signal RetireWaves::declare(const std::string& name, unsigned bits) {
  return {file_.add(name, bits), bits, std::vector<std::uint32_t>(retire_words(bits))};
}

void RetireWaves::declare_pins() {
  for (std::size_t i = 0; i < kPins; ++i)
    pins_[i] = declare(std::string(kPinInfo[i].name), kPinInfo[i].bits);
}

void RetireWaves::declare_host() {
  Port& host = ports_.back();
  host.fields = declare("retire_host_o", spec::retire_host_layout::kWidth);
  file_.open_scope("u_host");
  file_.add_alias("retire_o", host.fields.bits, host.fields.variable);
  host.any = declare("retire_any_o", 1);
  file_.close_scope();
}

void RetireWaves::declare_tiles() {
  file_.open_scope("u_mesh");
  for (std::uint32_t y = 0; y < build_.mesh_h; ++y) {
    file_.open_scope(fmt::format("gen_row[{}]", y));
    for (std::uint32_t x = 0; x < build_.mesh_w; ++x) {
      Port& tile = ports_[y * build_.mesh_w + x];
      file_.open_scope(fmt::format("gen_column[{}]", x));
      file_.open_scope("u_tile");
      tile.fields = declare("retire_o", spec::retire_tile_layout::kWidth);
      tile.any = declare("retire_any_o", 1);
      file_.close_scope();
      file_.close_scope();
    }
    file_.close_scope();
  }
  file_.close_scope();
}

void RetireWaves::on(const Event& event) {
  if (event.cycle >= waves_.first && event.cycle <= waves_.last) events_.push_back(event);
}

void RetireWaves::set(Pin pin, std::uint64_t cycle, std::uint32_t value) {
  changes_.emplace(cycle, std::pair(pin, value));
}

void RetireWaves::write_until(std::uint64_t cycle) {
  if (!begun_) begin(cycle);
  if (!begun_) return;
  const std::uint64_t end = waves_.last == kNever ? kNever : waves_.last + 1;
  for (std::uint64_t next = next_change(); next < std::min(cycle, end); next = next_change())
    write_cycle(next);
  events_.erase(events_.begin(), events_.begin() + static_cast<std::ptrdiff_t>(next_event_));
  next_event_ = 0;
}

/// The first values of the window, when it begins before `until`.
void RetireWaves::begin(std::uint64_t until) {
  while (!changes_.empty() && changes_.begin()->first < std::min(until, waves_.first)) {
    const auto [pin, value] = changes_.begin()->second;
    apply(pin, value);
    changes_.erase(changes_.begin());
  }
  if (waves_.first >= until) return;
  begun_ = true;
  file_.time(kTimePerCycle * waves_.first);
  for (const Signal& pin : pins_) emit(pin);
  for (const Port& each : ports_) {
    emit(each.fields);
    emit(each.any);
  }
}

/// The next cycle in which a variable changes; kNever when nothing is known to.
std::uint64_t RetireWaves::next_change() const {
  std::uint64_t next = lit_.empty() ? kNever : lit_cycle_ + 1;
  if (next_event_ < events_.size()) next = std::min(next, events_[next_event_].cycle);
  if (!changes_.empty()) next = std::min(next, changes_.begin()->first);
  return next;
}

void RetireWaves::write_cycle(std::uint64_t cycle) {
  file_.time(kTimePerCycle * cycle);
  for (; !changes_.empty() && changes_.begin()->first == cycle; changes_.erase(changes_.begin())) {
    const auto [pin, value] = changes_.begin()->second;
    apply(pin, value);
    emit(pins_[static_cast<std::size_t>(pin)]);
  }
  std::vector<Port*> dark = std::exchange(lit_, {});
  for (Port* each : dark) std::fill(each->fields.words.begin(), each->fields.words.end(), 0u);
  for (; next_event_ < events_.size() && events_[next_event_].cycle == cycle; ++next_event_) {
    Port& tile = port(events_[next_event_].tile);
    if (!std::exchange(tile.touched, true)) lit_.push_back(&tile);
    pack_event(events_[next_event_], tile.fields.words);
  }
  lit_cycle_ = cycle;
  dark.insert(dark.end(), lit_.begin(), lit_.end());
  for (Port* each : dark) {
    emit(each->fields);
    each->any.words[0] = each->touched;
    emit(each->any);
  }
  for (Port* each : lit_) each->touched = false;
}

void RetireWaves::emit(const Signal& signal) {
  file_.value(signal.variable, signal.bits, signal.words);
}

RetireWaves::Port& RetireWaves::port(std::uint16_t tile) {
  if (tile == kHostTile) return ports_.back();
  const spec::Tile at = spec::Tile::unpack(tile);
  return ports_[at.y * build_.mesh_w + at.x];
}

}  // namespace spikemesh::sim
