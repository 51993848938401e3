// SPDX-License-Identifier: Apache-2.0
#include "sim/rtl_tile/order_check.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "sim/verilated/source_list.hpp"
#include "spikemesh/error.hpp"

using namespace spikemesh;
using model::Flit;

namespace {

constexpr unsigned kLocal = 0, kNorth = 1, kEast = 2, kSouth = 3, kWest = 4;

/// A tile that does what a test says: what it offers in which cycle, until when it is busy.
struct Scripted final : sim::WatchedTile {
  std::map<std::uint64_t, Flits> script;
  std::map<std::uint64_t, bool> core_ready;  ///< from that cycle on
  CorePort core;
  std::uint64_t busy_until = 0, cycle = 0;

  void reset(std::uint64_t) override {}
  unsigned ready() const override { return 0x1e; }
  bool busy() const override { return cycle < busy_until; }
  bool learn_need() const override { return false; }
  const CorePort& core_port() const override { return core; }
  Flits offers(std::uint64_t at, unsigned) override {
    Flits out = script[at];
    out[kLocal].reset();
    return out;
  }
  bool clock(std::uint64_t at, const Flits&, const model::Broadcast*, EventSink*) override {
    cycle = at + 1;
    if (core_ready.contains(at)) core.ready = core_ready[at];
    core.offered = script[at][kLocal];
    return at < busy_until;
  }
};

/// Tile (1,1) and its script under the check.
struct Bench {
  Scripted* tile;
  std::unique_ptr<model::ForeignTile> check;
  std::uint64_t cycle = 0;
  unsigned receivers = 0x1e;

  explicit Bench(std::uint64_t busy_until) {
    auto made = std::make_unique<Scripted>();
    tile = made.get();
    tile->busy_until = busy_until;
    tile->core = {.seen = true, .ready = true, .offered = {}};
    check = sim::check_order(std::move(made), {1, 1, "mine.sv"}, {"7", "do it again"});
  }
  void offer(std::uint64_t at, unsigned port, const Flit& flit) { tile->script[at][port] = flit; }
  /// A cycle in which `arrivals` enter.
  void step(const model::ForeignTile::Flits& arrivals = {}) {
    check->offers(cycle, receivers);
    check->clock(cycle, arrivals, nullptr, nullptr);
    ++cycle;
  }
  /// What it says when it goes wrong within `cycles`; empty if it does not.
  std::string run(std::uint64_t cycles) {
    try {
      while (cycle < cycles) step();
    } catch (const sim::Mismatch& mismatch) {
      return mismatch.what();
    }
    return "";
  }
};

Flit flit(unsigned x, unsigned y, std::uint32_t data) {
  Flit made;
  made.x = x & 63;
  made.y = y & 63;
  made.data = data;
  return made;
}
model::ForeignTile::Flits from(unsigned port, const Flit& flit) {
  model::ForeignTile::Flits out;
  out[port] = flit;
  return out;
}
bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("order check: flows may interleave and be late") {
  Bench b(9);
  b.step(from(kWest, flit(3, 1, 1)));
  b.step(from(kWest, flit(3, 1, 2)));
  b.step(from(kNorth, flit(3, 1, 9)));
  b.offer(4, kEast, flit(3, 1, 9));
  b.offer(6, kEast, flit(3, 1, 1));
  b.offer(8, kEast, flit(3, 1, 2));
  CHECK(b.run(12) == "");
}

TEST_CASE("order check: what the model notes beside a flit is no part of it") {
  Bench b(9);
  Flit noted = flit(3, 1, 1);
  noted.born = 77;
  b.step(from(kWest, noted));
  b.offer(4, kEast, flit(3, 1, 1));
  CHECK(b.run(12) == "");
}

TEST_CASE("order check: equal flits of two flows may leave in either order") {
  Bench b(9);
  b.step(from(kWest, flit(3, 1, 1)));
  b.step(from(kWest, flit(3, 1, 2)));
  b.step(from(kNorth, flit(3, 1, 1)));
  b.step(from(kNorth, flit(3, 1, 3)));
  b.offer(5, kEast, flit(3, 1, 1));
  b.offer(6, kEast, flit(3, 1, 3));  // so the first was north's
  b.offer(7, kEast, flit(3, 1, 1));
  b.offer(8, kEast, flit(3, 1, 2));
  CHECK(b.run(12) == "");
}

TEST_CASE(
    "order check: an overtaking flit, a doubled one, a wrong way, a change, a loss are named") {
  const auto report = [](std::uint64_t busy_until, unsigned port, const Flit& first,
                         std::optional<Flit> second = std::nullopt) {
    Bench b(busy_until);
    b.step(from(kWest, flit(3, 1, 1)));
    b.step(from(kWest, flit(3, 1, 2)));
    b.offer(3, port, first);
    if (second) b.offer(4, port, *second);
    return b.run(20);
  };
  CHECK(says(report(9, kEast, flit(3, 1, 2)), "Reordered: it overtakes 1 of its flow"));
  CHECK(says(report(9, kEast, flit(3, 1, 1), flit(3, 1, 1)), "Doubled: it left in cycle 3"));
  CHECK(says(report(9, kSouth, flit(3, 1, 1)),
             "Misrouted: its destination is reached by output east"));
  const std::string changed = report(9, kEast, flit(3, 1, 7));
  CHECK(says(changed, "Changed or made up"));
  CHECK(says(changed, "wait in the tile differs in data bits 1 2:\n         0  flit, port west"));
  CHECK(says(report(9, kSouth, flit(1, 3, 2)), "differs in x bit 1, y bit 1:"));
  const std::string lost = report(9, kEast, flit(3, 1, 1));
  CHECK(says(lost, "cycle 8, tile (1,1), output east (mine.sv)"));
  CHECK(says(lost, "Lost: this flit entered"));
  CHECK(says(lost, "seed: 7\nrerun with waves: do it again"));
}

TEST_CASE("order check: a flit behind one whose receiver is not ready is not stuck") {
  Bench b(1'000'000);
  b.receivers = 0x1e & ~(1u << kEast);
  b.step(from(kNorth, flit(3, 1, 1)));
  b.step(from(kNorth, flit(1, 7, 2)));
  CHECK(b.run(20'000) == "");
}

TEST_CASE("order check: a flit that nothing holds up is stuck when it stays") {
  Bench b(1'000'000);
  b.step(from(kNorth, flit(1, 7, 1)));
  const std::string report = b.run(20'000);
  CHECK(says(report, "Stuck: this flit entered and does not leave by output south"));
}

TEST_CASE("order check: what is for the core is followed to it") {
  const auto report = [](std::optional<Flit> first, std::optional<Flit> second) {
    Bench b(9);
    b.step(from(kWest, flit(1, 1, 1)));
    b.step(from(kWest, flit(1, 1, 2)));
    if (first) b.offer(3, kLocal, *first);
    if (second) b.offer(5, kLocal, *second);
    return b.run(20);
  };
  CHECK(report(flit(1, 1, 1), flit(1, 1, 2)) == "");
  const std::string lost = report(flit(1, 1, 1), std::nullopt);
  CHECK(says(lost, "cycle 8, tile (1,1), output local"));
  CHECK(says(lost, "Lost: this flit entered and does not reach the core"));
  INFO(lost);
  CHECK(says(lost, "         1  flit, port west  "));
  CHECK(says(report(flit(1, 1, 2), std::nullopt), "Reordered: it overtakes 1 of its flow"));
  CHECK(says(report(flit(1, 1, 5), std::nullopt), "differs in data bit 2:"));
  CHECK(says(report(flit(3, 1, 1), std::nullopt), "This flit reaches the core:"));
}

TEST_CASE("order check: of a tile whose core is not seen, nothing is said about flits for it") {
  Bench b(9);
  b.tile->core = {};
  b.step(from(kWest, flit(1, 1, 1)));
  CHECK(b.run(20) == "");
}

TEST_CASE("order check: a core may be busy for long, but not for ever") {
  Bench b(1'000'000);
  b.tile->core_ready[0] = false;
  b.step(from(kWest, flit(1, 1, 1)));
  b.step(from(kWest, flit(3, 1, 2)));
  CHECK(b.run(39'000) == "");
  CHECK(says(b.run(50'000),
             "Stuck: this flit entered and does not reach the core, because the "
             "core was not ready for 40000 cycles"));
}

TEST_CASE("tile sources: lists, files, defines and folders, relative to where they are written") {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / "spikemesh_tile_sources";
  fs::create_directories(folder / "rtl");
  std::ofstream(folder / "all.f") << "// a list\nrtl/a.sv  # and\n-f rtl/more.f\n+define+N=3\n";
  std::ofstream(folder / "rtl" / "more.f") << "b.sv +incdir+include\n";
  const auto sources =
      sim::source_list_of((folder / "all.f").string() + ",c.sv,+define+M", "--rtl-tile");
  CHECK(sources.files ==
        std::vector<fs::path>{folder / "rtl/a.sv", folder / "rtl/b.sv", fs::path("c.sv")});
  CHECK(sources.defines == std::vector<std::string>{"+define+N=3", "+define+M"});
  CHECK(sources.folders ==
        std::vector<fs::path>{folder / "rtl", folder / "rtl/include", fs::current_path() / ""});
  std::ofstream(folder / "rtl" / "more.f") << "-f ../all.f\n";
  for (const std::string& bad : {std::string("+define+A"), std::string("none.f"),
                                 std::string("a.sv,-Wall"), (folder / "all.f").string()}) {
    CHECK_THROWS_AS(sim::source_list_of(bad, "--rtl-tile"), InputError);
  }
  fs::remove_all(folder);
}

TEST_CASE("rtl tile: an option that is not X,Y=FILE is refused by name") {
  CHECK(sim::parse_rtl_tile("1,2=a=b.sv", "--rtl-tile").file == "a=b.sv");
  for (const char* bad : {"", "1", "1,2", "1,2=", "x,2=f.sv", "1;2=f.sv"}) {
    CHECK_THROWS_AS(sim::parse_rtl_tile(bad, "--rtl-tile"), InputError);
  }
}
