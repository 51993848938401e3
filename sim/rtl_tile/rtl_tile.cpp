// SPDX-License-Identifier: Apache-2.0
#include "sim/rtl_tile/rtl_tile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string_view>

#include "sim/retire/rtl_events.hpp"
#include "sim/rtl_tile/build_tile.hpp"
#include "sim/rtl_tile/order_check.hpp"
#include "sim/rtl_tile/tile_ports.hpp"
#include "sim/rtl_tile/watchdog.hpp"
#include "sim/rtl_tile/watched_tile.hpp"
#include "sim/verilated/library.hpp"
#include "sim/waves/save_file.hpp"
#include "sim/waves/waves.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/number.hpp"
#include "spikemesh/output_file.hpp"

namespace spikemesh::sim {
namespace {

using model::Flit;
using model::ForeignTile;

constexpr unsigned kResetCycles = 4;
constexpr std::uint64_t kTimePerCycle = 10;
constexpr unsigned kFlitBits = spec::flit_layout::kWidth;

static_assert(spec::kPorts == 5 && 4 * kFlitBits <= 9 * 32);
static_assert(spec::retire_tile_layout::kWidth <= 23 * 32 && kFlitBits <= 3 * 32);
/// Tiles of a mesh are different chips' as far as power-on goes.
constexpr std::uint64_t kNextTile = 0x9e3779b97f4a7c15;

/// Bits of `words`, lowest first.
void put(std::uint32_t* words, unsigned low, unsigned count, std::uint64_t value) {
  for (unsigned i = 0; i < count; ++i, ++low) {
    const std::uint32_t bit = std::uint32_t{1} << low % 32;
    words[low / 32] = (value >> i & 1) != 0 ? words[low / 32] | bit : words[low / 32] & ~bit;
  }
}

Flit flit_at(const std::uint32_t* words, unsigned low) {
  const RetireWords all{words};
  return Flit::of(spec::FlitEvent::unpack({all.bits(low, 64), all.bits(low + 64, kFlitBits - 64)}));
}

std::uint64_t pack(const model::Broadcast& broadcast) {
  using namespace spec::broadcast_layout;
  static_assert(kWidth <= 64);
  const auto at = [](const spec::Field& field, std::uint64_t value) { return value << field.low; };
  return at(kValid, 1) | at(kPhase, static_cast<std::uint64_t>(broadcast.phase)) |
         at(kMask, broadcast.mask) | at(kLearning, broadcast.learning ? 1 : 0) |
         at(kNow, broadcast.now) | at(kAdaptDue, broadcast.adapt_due ? 1 : 0) |
         at(kSlot, broadcast.slot);
}

/// RTL with the ports of sm_tile, and the rules of these ports checked in every cycle.
class VerilatedTile final : public WatchedTile {
 public:
  VerilatedTile(const SpikemeshVerilated& code, const RtlTile& place, const std::string& waves,
                const Rerun& rerun, std::uint64_t power_on, std::shared_ptr<Watchdog> watchdog)
      : code_(code),
        place_(place),
        name_(static_cast<std::uint16_t>(spec::Tile{.x = place.x, .y = place.y}.pack())),
        rerun_(rerun),
        watchdog_(std::move(watchdog)),
        tile_(code.make(waves.empty() ? nullptr : waves.c_str(),
                        power_on + (name_ + 1u) * kNextTile)) {
    ports_.x = place.x;
    ports_.y = place.y;
    for (unsigned i = 0; i < kResetCycles; ++i) edge_of_reset();
    settle();
  }
  ~VerilatedTile() override { code_.destroy(tile_); }
  VerilatedTile(const VerilatedTile&) = delete;
  VerilatedTile& operator=(const VerilatedTile&) = delete;

  void reset(std::uint64_t cycle) override {
    cycle_ = cycle;
    edge_of_reset();
    cycle_ = cycle + 1;
    expected_ = false;
    settle();
  }
  unsigned ready() const override { return ready_; }
  bool busy() const override { return busy_; }
  bool learn_need() const override { return ports_.learn_need != 0; }
  const CorePort& core_port() const override { return core_; }

  Flits offers(std::uint64_t cycle, unsigned receivers) override {
    cycle_ = cycle;
    ports_.ready_in = receivers >> 1;
    eval(0);
    offered_ = ports_.valid_out;
    if (const unsigned wrong = offered_ << 1 & ~receivers; wrong != 0)
      fail(port_of(wrong), "It offers a flit to a receiver that is not ready, which loses it.");
    if (offered_ != 0 && !busy_)
      fail(port_of(offered_ << 1),
           "It offers a flit, though its leaf of the quiet tree (busy_o) was low: what holds a "
           "flit must be busy, else a step ends too early.");
    Flits out{};
    for (unsigned p = 1; p < spec::kPorts; ++p) {
      if (offered_ >> (p - 1) & 1) out[p] = flit_at(ports_.flit_out, (p - 1) * kFlitBits);
    }
    return out;
  }

  bool clock(std::uint64_t cycle, const Flits& arrivals, const model::Broadcast* broadcast,
             EventSink* sink) override {
    cycle_ = cycle;
    drive(arrivals, broadcast);
    eval(0);
    if (ports_.valid_out != offered_)
      fail(port_of((ports_.valid_out ^ offered_) << 1),
           "valid_o changes with valid_i: no combinational path may cross a tile.");
    if (ports_.ready_out << 1 != ready_)
      fail(port_of((ports_.ready_out << 1) ^ ready_),
           "ready_o changes with an input: it must come from registers.");
    const bool busy = ports_.busy != 0;
    if (sink != nullptr && ports_.retire_any != 0)
      retire_tile({ports_.retire}, 0, name_, cycle, *sink);
    expected_ = busy || ports_.valid_in != 0 || broadcast != nullptr;
    edge();
    if (core_.offered && !core_.ready)
      fail("port local",
           "It offers a flit to its core, which is not ready: the flit is lost. A router offers "
           "only to a ready receiver.");
    ++cycle_;
    settle();
    if (busy_ && !expected_)
      fail("tile", "It becomes busy by itself: in the cycle before it was not, and nothing came.");
    return busy;
  }

 private:
  void eval(int level) {
    const char* message =
        watchdog_->guard(hangs_, [&] { return code_.eval(tile_, &ports_, level); });
    if (message != nullptr) fail("RTL", fmt::format("It ended with: {}", message));
  }
  void edge() {
    dump(kTimePerCycle * cycle_ + kTimePerCycle / 2);
    eval(1);
    core_ = {.seen = ports_.core_seen != 0, .ready = ports_.core_ready != 0, .offered = {}};
    if (core_.seen && ports_.core_valid != 0) core_.offered = flit_at(ports_.core_flit, 0);
    dump(kTimePerCycle * (cycle_ + 1));
  }
  /// Of a reset, whose edges are all in one cycle, the first edge is shown.
  void dump(std::uint64_t time) {
    if (time <= dumped_) return;
    dumped_ = time;
    code_.dump(tile_, time);
  }
  void edge_of_reset() {
    ports_.reset_n = 0;
    drive({}, nullptr);
    eval(0);
    edge();
    ports_.reset_n = 1;
  }
  /// What the registers say at the begin of a cycle, before anything comes.
  void settle() {
    drive({}, nullptr);
    ports_.ready_in = 0;
    eval(0);
    ready_ = ports_.ready_out << 1;
    busy_ = ports_.busy != 0;
  }
  void drive(const Flits& arrivals, const model::Broadcast* broadcast) {
    ports_.valid_in = 0;
    for (unsigned p = 1; p < spec::kPorts; ++p) {
      if (!arrivals[p]) continue;
      ports_.valid_in |= 1u << (p - 1);
      const spec::EventBits flit = arrivals[p]->retired().pack();
      put(ports_.flit_in, (p - 1) * kFlitBits, 64, flit[0]);
      put(ports_.flit_in, (p - 1) * kFlitBits + 64, kFlitBits - 64, flit[1]);
    }
    ports_.broadcast = broadcast != nullptr ? pack(*broadcast) : 0;
  }
  static std::string port_of(unsigned mask) {
    unsigned port = 0;
    while (!(mask >> port & 1)) ++port;
    return fmt::format("port {}", to_string(static_cast<spec::Port>(port)));
  }
  Mismatch mismatch(const std::string& where, const std::string& what) const {
    return tile_mismatch(cycle_, name_, where, what + "\n", place_.file, rerun_);
  }
  [[noreturn]] void fail(const std::string& where, const std::string& what) const {
    throw mismatch(where, what);
  }

  const SpikemeshVerilated& code_;
  RtlTile place_;
  std::uint16_t name_;
  Rerun rerun_;
  std::shared_ptr<Watchdog> watchdog_;
  const std::function<std::string()> hangs_ = [this] {
    return std::string(
        mismatch("RTL", fmt::format("It hangs: one evaluation has taken {} s of the processor and "
                                    "not come to its end. Look for a loop without an end.",
                                    Watchdog::kMostSeconds))
            .what());
  };
  void* tile_;
  std::uint64_t dumped_ = 0;  ///< time of the last dump
  SpikemeshTilePorts ports_{};
  CorePort core_;
  std::uint64_t cycle_ = 0;
  unsigned ready_ = 0, offered_ = 0;
  bool busy_ = false, expected_ = true;
};

/// Counts what crosses a tile.
class CountedTile final : public WatchedTile {
 public:
  CountedTile(std::unique_ptr<WatchedTile> tile, std::shared_ptr<std::vector<TileFlits>> flits,
              std::size_t place)
      : tile_(std::move(tile)), flits_(std::move(flits)), place_(place) {}

  void reset(std::uint64_t cycle) override { tile_->reset(cycle); }
  unsigned ready() const override { return tile_->ready(); }
  bool busy() const override { return tile_->busy(); }
  bool learn_need() const override { return tile_->learn_need(); }
  const CorePort& core_port() const override { return tile_->core_port(); }
  Flits offers(std::uint64_t cycle, unsigned receivers) override {
    Flits out = tile_->offers(cycle, receivers);
    for (const std::optional<Flit>& flit : out) count(flit, &TileFlits::left);
    return out;
  }
  bool clock(std::uint64_t cycle, const Flits& arrivals, const model::Broadcast* broadcast,
             EventSink* sink) override {
    const bool busy = tile_->clock(cycle, arrivals, broadcast, sink);
    count(core_port().offered, &TileFlits::to_core);
    counts().core_seen = core_port().seen;
    return busy;
  }

 private:
  TileFlits& counts() { return (*flits_)[place_]; }
  void count(const std::optional<Flit>& flit, std::uint64_t TileFlits::*where) {
    if (!flit) return;
    ++(counts().*where);
    if (flit->flit_kind() == spec::FlitKind::spike) ++counts().spikes;
  }

  std::unique_ptr<WatchedTile> tile_;
  std::shared_ptr<std::vector<TileFlits>> flits_;
  std::size_t place_;
};

std::string waves_of(const std::optional<std::string>& waves, const RtlTile& place) {
  if (!waves) return "";
  std::string path = tile_waves(*waves, place.x, place.y);
  check_output_file(path);
  if (FILE* file = std::fopen(path.c_str(), "wb")) {
    std::fclose(file);
    write_tile_save_file(path);
    return path;
  }
  throw InputError(fmt::format(
      "--waves: cannot write '{}'; name a file in a folder that exists and can be written", path));
}

}  // namespace

RtlTile parse_rtl_tile(const std::string& text, const std::string& option) {
  RtlTile tile;
  constexpr std::uint64_t kMost = (std::uint64_t{1} << spec::kCoordBits) - 1;
  const std::string_view all = text;
  const std::size_t equal = std::min(all.find('='), all.size());
  const std::size_t comma = std::min(all.find(','), equal);
  const auto x = parse_integer(all.substr(0, comma), 0, kMost);
  const auto y = parse_integer(all.substr(0, equal).substr(std::min(comma + 1, equal)), 0, kMost);
  if (x && y && equal < all.size()) {
    tile.x = static_cast<std::uint32_t>(*x);
    tile.y = static_cast<std::uint32_t>(*y);
    tile.file = text.substr(equal + 1);
  }
  if (tile.file.empty())
    throw InputError(
        fmt::format("{}: '{}' is not X,Y=FILE.sv, as in 1,0=my_router.sv", option, text));
  return tile;
}

std::string to_string(const RtlTile& tile) {
  return fmt::format("{},{}={}", tile.x, tile.y, tile.file);
}

std::string flits_text(const RtlTiles& tiles) {
  std::string out;
  for (std::size_t i = 0; i < std::min(tiles.places.size(), tiles.flits->size()); ++i) {
    const RtlTile& place = tiles.places[i];
    const TileFlits& flits = (*tiles.flits)[i];
    out += fmt::format(
        "RTL tile ({},{}): {} flits crossed it, {} by a link and {}; {} of them were "
        "spikes\n",
        place.x, place.y, flits.all(), flits.left,
        flits.core_seen ? fmt::format("{} into its core", flits.to_core)
                        : "an unknown number into its core, which is not seen",
        flits.spikes);
  }
  return out;
}

void require_spikes(const RtlTiles& tiles) {
  for (std::size_t i = 0; i < tiles.places.size(); ++i) {
    if (i < tiles.flits->size() && (*tiles.flits)[i].spikes != 0) continue;
    throw Error(
        fmt::format("--rtl-tile {}: no spike crossed this tile, so the run says nothing about it; "
                    "spread the network (--min-tiles N), or name a tile that it uses",
                    to_string(tiles.places[i])));
  }
}

std::string to_options(const RtlTiles& tiles) {
  std::string out;
  for (const RtlTile& tile : tiles.places) out += " --rtl-tile " + to_string(tile);
  for (const auto& [name, compare] : kCompares) {
    if (!tiles.empty() && compare == tiles.compare) out += " --compare " + name;
  }
  return out;
}

model::ForeignPlaces load_rtl_tiles(const RtlTiles& tiles, const spec::Build& build,
                                    const std::optional<std::string>& waves, const Rerun& rerun,
                                    std::uint64_t power_on) {
  tiles.flits->resize(tiles.places.size());
  model::ForeignPlaces places;
  const auto watchdog = std::make_shared<Watchdog>();
  for (const RtlTile& tile : tiles.places) {
    if (tile.x >= build.mesh_w || tile.y >= build.mesh_h)
      throw InputError(fmt::format(
          "--rtl-tile {}: the mesh of this build has tiles 0..{},0..{}; name one of them, or "
          "another --config",
          to_string(tile), build.mesh_w - 1, build.mesh_h - 1));
    for (const model::ForeignPlace& other : places) {
      if (other.x == tile.x && other.y == tile.y)
        throw InputError(
            fmt::format("--rtl-tile {}: there is one at this place already", to_string(tile)));
    }
    const SpikemeshVerilated& code = load_verilated(build_tile(tile.file, build));
    const bool ordered = tiles.compare == Compare::order;
    const auto make = [&code, tile, ordered, rerun, power_on, watchdog, flits = tiles.flits,
                       number = places.size(),
                       path = waves_of(waves, tile)]() -> std::unique_ptr<ForeignTile> {
      auto made = std::make_unique<CountedTile>(
          std::make_unique<VerilatedTile>(code, tile, path, rerun, power_on, watchdog), flits,
          number);
      if (ordered) return check_order(std::move(made), tile, rerun);
      return made;
    };
    places.push_back({tile.x, tile.y, make});
  }
  return places;
}

}  // namespace spikemesh::sim
