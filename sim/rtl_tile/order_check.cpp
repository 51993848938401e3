// SPDX-License-Identifier: Apache-2.0
#include "sim/rtl_tile/order_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>
#include <vector>

#include "model/noc/router.hpp"

namespace spikemesh::sim {
namespace {

using model::Flit;
using model::ForeignTile;

constexpr unsigned kPorts = spec::kPorts;
constexpr std::uint64_t kPatience = 10'000;  ///< cycles at a ready output
/// Cycles that a core may be not ready: no Update, sweep or row takes so many, and the bridge gives
/// up after more (spec::kMeshTimeout).
constexpr std::uint64_t kCorePatience = 40'000;

struct Passed {
  Flit flit;
  std::uint64_t cycle;
};
/// A flit that waits: where it came in, how many bits of it differ from another.
struct Nearest {
  unsigned input;
  Passed passed;
  unsigned bits;
};

unsigned bits_between(const Flit& a, const Flit& b) {
  const spec::EventBits left = a.retired().pack(), right = b.retired().pack();
  return static_cast<unsigned>(std::popcount(left[0] ^ right[0]) +
                               std::popcount(left[1] ^ right[1]));
}

/// "data bits 0 and 5, x bit 2".
std::string differing(const Flit& a, const Flit& b) {
  const spec::EventBits left = a.retired().pack(), right = b.retired().pack();
  std::string out;
  for (const spec::Field& field : spec::FlitEvent::kFields) {
    const std::uint64_t change =
        spec::get_bits(left, field.low, field.bits) ^ spec::get_bits(right, field.low, field.bits);
    std::string numbers;
    for (unsigned bit = 0; bit < field.bits; ++bit) {
      if ((change >> bit & 1) != 0) numbers += fmt::format(" {}", bit);
    }
    if (change == 0) continue;
    out += fmt::format("{}{} bit{}{}", out.empty() ? "" : ", ", field.name,
                       std::popcount(change) == 1 ? "" : "s", numbers);
  }
  return out;
}

std::string port_name(unsigned port) {
  return std::string(to_string(static_cast<spec::Port>(port)));
}

/// One output. Flits carry no source, so equal ones may belong to more than one flow: all ways in
/// which what left can be told from them are followed.
class Output {
 public:
  void enter(unsigned input, const Flit& flit, std::uint64_t cycle) {
    flows_[input].push_back({flit, cycle});
  }
  /// False: no flow has this flit next.
  bool leave(const Flit& flit, std::uint64_t cycle) {
    std::vector<Ways> after;
    for (const Ways& taken : ways_) {
      for (unsigned input = 0; input < kPorts; ++input) {
        if (taken[input] >= flows_[input].size() || flows_[input][taken[input]].flit != flit)
          continue;
        Ways next = taken;
        ++next[input];
        if (std::find(after.begin(), after.end(), next) == after.end()) after.push_back(next);
      }
    }
    if (after.empty()) return false;
    ways_ = std::move(after);
    left_.push_back({flit, cycle});
    waiting_ = 0;
    return true;
  }
  /// Cycles for which something waited and nothing kept it.
  std::uint64_t wait(bool free) { return waiting_ += free && pending() ? 1 : 0; }

  bool pending() const { return entered() != left_.size(); }
  /// The first flit of a flow that did not leave, if any, and its input.
  std::optional<std::pair<unsigned, Passed>> first_pending() const {
    for (unsigned input = 0; input < kPorts; ++input) {
      if (ways_.front()[input] < flows_[input].size())
        return std::pair(input, flows_[input][ways_.front()[input]]);
    }
    return std::nullopt;
  }
  /// The place of a flit among those that did not leave.
  struct Place {
    unsigned input;
    std::uint64_t entered;  ///< in this cycle
    std::size_t behind;     ///< how many of its flow
  };
  std::optional<Place> find(const Flit& flit) const {
    for (unsigned input = 0; input < kPorts; ++input) {
      for (std::size_t at = ways_.front()[input]; at < flows_[input].size(); ++at) {
        const Passed& passed = flows_[input][at];
        if (passed.flit == flit) return Place{input, passed.cycle, at - ways_.front()[input]};
      }
    }
    return std::nullopt;
  }
  /// Takes, in `best`, the flit that waits here and differs from `flit` in the fewest bits.
  void find_nearest(const Flit& flit, std::optional<Nearest>& best) const {
    for (unsigned input = 0; input < kPorts; ++input) {
      for (std::size_t at = ways_.front()[input]; at < flows_[input].size(); ++at) {
        const Passed& passed = flows_[input][at];
        const unsigned bits = bits_between(flit, passed.flit);
        if (!best || bits < best->bits) best = {input, passed, bits};
      }
    }
  }
  std::optional<std::uint64_t> left_before(const Flit& flit) const {
    for (auto at = left_.rbegin(); at != left_.rend(); ++at) {
      if (at->flit == flit) return at->cycle;
    }
    return std::nullopt;
  }
  void forget() { *this = Output(); }

 private:
  using Ways = std::array<std::size_t, kPorts>;  ///< of each flow: how many left
  std::size_t entered() const {
    std::size_t sum = 0;
    for (const auto& flow : flows_) sum += flow.size();
    return sum;
  }

  std::array<std::vector<Passed>, kPorts> flows_;
  std::vector<Ways> ways_{Ways{}};
  std::vector<Passed> left_;
  std::uint64_t waiting_ = 0;
};

class OrderCheck final : public ForeignTile, private EventSink {
 public:
  OrderCheck(std::unique_ptr<WatchedTile> tile, RtlTile place, Rerun rerun)
      : tile_(std::move(tile)),
        route_(place.x, place.y, 1, nullptr),
        name_(static_cast<std::uint16_t>(spec::Tile{.x = place.x, .y = place.y}.pack())),
        place_(std::move(place)),
        rerun_(std::move(rerun)) {}

  void reset(std::uint64_t cycle) override {
    tile_->reset(cycle);
    for (Output& output : outputs_) output.forget();
    core_waits_ = 0;
  }
  unsigned ready() const override { return tile_->ready(); }
  bool busy() const override { return tile_->busy(); }
  bool learn_need() const override { return tile_->learn_need(); }

  Flits offers(std::uint64_t cycle, unsigned receivers) override {
    cycle_ = cycle;
    const Flits out = tile_->offers(cycle, receivers);
    for (unsigned p = 1; p < kPorts; ++p) {
      if (out[p] && !outputs_[p].leave(*out[p], cycle)) fail_wrong(p, *out[p]);
    }
    const WatchedTile::CorePort& core = tile_->core_port();
    const bool blocked = some_blocked(receivers | (!core.seen || core.ready ? 1u : 0u));
    for (unsigned p = 0; p < kPorts; ++p) {
      if (outputs_[p].wait(!blocked) > kPatience)
        fail_pending(p, "Stuck",
                     fmt::format("though no output was held up for {} cycles", kPatience));
    }
    return out;
  }

  bool clock(std::uint64_t cycle, const Flits& arrivals, const model::Broadcast* broadcast,
             EventSink* sink) override {
    sink_ = sink;
    from_core_.reset();
    const bool busy = tile_->clock(cycle, arrivals, broadcast, this);
    take(tile_->core_port());
    if (from_core_) enter(model::kLocal, *from_core_);
    for (unsigned p = 1; p < kPorts; ++p) {
      if (arrivals[p]) enter(p, *arrivals[p]);
    }
    if (!tile_->busy()) rest();
    return busy;
  }

 private:
  void on(const Event& event) override {
    if (event.kind == EventKind::flit && event.unit == model::kLocal)
      from_core_ = Flit::of(event.as<spec::FlitEvent>());
    if (sink_ != nullptr) sink_->on(event);
  }
  /// An output that waits for its receiver may keep all others waiting: one buffer holds the flits
  /// of several.
  bool some_blocked(unsigned receivers) const {
    for (unsigned p = 0; p < kPorts; ++p) {
      if (outputs_[p].pending() && !(receivers >> p & 1)) return true;
    }
    return false;
  }
  void enter(unsigned input, const Flit& flit) {
    const unsigned output = route_.route(flit);
    if (followed(output)) outputs_[output].enter(input, flit, cycle_);
  }
  bool followed(unsigned output) const {
    return output != model::kLocal || tile_->core_port().seen;
  }
  /// What the router gave to its core in this cycle.
  void take(const WatchedTile::CorePort& core) {
    if (!core.seen) return;
    Output& local = outputs_[model::kLocal];
    if (core.offered && !local.leave(*core.offered, cycle_))
      fail_wrong(model::kLocal, *core.offered);
    core_waits_ = core.ready || !local.pending() ? 0 : core_waits_ + 1;
    if (core_waits_ > kCorePatience)
      fail_pending(model::kLocal, "Stuck",
                   fmt::format("because the core was not ready for {} cycles", kCorePatience));
  }
  /// Not busy: all must have left, and the flows begin anew.
  void rest() {
    for (unsigned p = 0; p < kPorts; ++p) {
      if (outputs_[p].pending()) fail_pending(p, "Lost", "and the tile says that it is not busy");
      outputs_[p].forget();
    }
  }

  std::string text(unsigned port, const Flit& flit, std::uint64_t cycle) const {
    return one_line(Event::of(cycle, name_, port, flit.retired()));
  }

  [[noreturn]] void fail_wrong(unsigned p, const Flit& flit) const {
    std::string what =
        fmt::format("This flit {}:\n{}\n", p == model::kLocal ? "reaches the core" : "leaves",
                    text(p, flit, cycle_));
    const unsigned right = route_.route(flit);
    if (const auto found = outputs_[p].find(flit)) {
      what += fmt::format(
          "Reordered: it overtakes {} of its flow; it entered by input {} in cycle {}.\n",
          found->behind, port_name(found->input), found->entered);
    } else if (right != p && (!followed(right) || outputs_[right].find(flit))) {
      what +=
          fmt::format("Misrouted: its destination is reached by output {}.\n", port_name(right));
    } else if (const auto before = outputs_[p].left_before(flit)) {
      what += fmt::format("Doubled: it left in cycle {}, and did not come again.\n", *before);
    } else {
      what +=
          "Changed or made up: no input took such a flit. An input takes one only in a cycle in "
          "which valid_i and ready_o are both high.\n" +
          nearest(flit);
    }
    if (const auto next = outputs_[p].first_pending()) {
      what += fmt::format("Next of the flow from input {}:\n{}\n", port_name(next->first),
                          text(next->first, next->second.flit, next->second.cycle));
    }
    throw tile_mismatch(cycle_, name_, "output " + port_name(p), what, place_.file, rerun_);
  }

  /// The flit of which it may have been made.
  std::string nearest(const Flit& flit) const {
    std::optional<Nearest> best;
    for (const Output& output : outputs_) output.find_nearest(flit, best);
    if (!best) return "No flit waits in the tile.\n";
    return fmt::format("The nearest of those that wait in the tile differs in {}:\n{}\n",
                       differing(flit, best->passed.flit),
                       text(best->input, best->passed.flit, best->passed.cycle));
  }

  [[noreturn]] void fail_pending(unsigned p, const char* how, const std::string& though) const {
    const auto [input, passed] = *outputs_[p].first_pending();
    const std::string what =
        fmt::format("{}: this flit entered and does not {}, {}:\n{}\n", how,
                    p == model::kLocal ? "reach the core" : "leave by output " + port_name(p),
                    though, text(input, passed.flit, passed.cycle));
    throw tile_mismatch(cycle_, name_, "output " + port_name(p), what, place_.file, rerun_);
  }

  std::unique_ptr<WatchedTile> tile_;
  model::Router route_;  ///< for its routing alone
  std::uint16_t name_;
  RtlTile place_;
  Rerun rerun_;
  std::array<Output, kPorts> outputs_;
  std::optional<Flit> from_core_;  ///< in this cycle
  std::uint64_t core_waits_ = 0;   ///< cycles in which a flit waited for the core
  EventSink* sink_ = nullptr;
  std::uint64_t cycle_ = 0;
};

}  // namespace

Mismatch tile_mismatch(std::uint64_t cycle, std::uint16_t tile, const std::string& where,
                       const std::string& what, const std::string& file, const Rerun& rerun) {
  return Mismatch(
      fmt::format("RTL is wrong: cycle {}, {}, {} ({}).\n{}\nseed: {}\nrerun with waves: {}\n",
                  cycle, tile_name(tile), where, file, what, rerun.seed, rerun.command),
      Mismatch::Place{cycle, tile});
}

std::unique_ptr<model::ForeignTile> check_order(std::unique_ptr<WatchedTile> tile,
                                                const RtlTile& place, const Rerun& rerun) {
  return std::make_unique<OrderCheck>(std::move(tile), place, rerun);
}

}  // namespace spikemesh::sim
