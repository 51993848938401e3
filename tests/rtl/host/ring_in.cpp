// SPDX-License-Identifier: Apache-2.0
// rtl/host/sm_ring_in.sv against the tables of docs/blocks/host_tile.md, "Spike-in ring": fetch and
// load, inject with a mesh that makes it wait, hold, and a bus that reads and writes meanwhile.
#include <doctest/doctest.h>

#include <array>
#include <deque>
#include <optional>

#include "Vring_in.h"
#include "rtl/rtl_bench.hpp"

namespace {

using namespace spikemesh;
using namespace spikemesh::rtl_test;
using spec::EntryKind;

// As tests/rtl/CMakeLists.txt builds it.
constexpr std::uint32_t kMeshW = 3, kMeshH = 2, kAxons = 8, kDepth = 8, kPrefetch = 4;

struct Words {
  std::uint32_t step = 0, entry = 0;
  bool operator==(const Words&) const = default;
};

/// What the page says, cycle by cycle.
struct Expected {
  std::array<Words, kDepth> memory{};
  std::uint32_t write = 0, fetched = 0, read = 0;
  std::optional<Words> reading;  // fetched in the last cycle
  std::deque<Words> prefetch;
  bool head_valid = false, injecting = false, held = false;
  Words head;
  std::uint32_t late = 0, bad = 0, stalls = 0;
  std::uint64_t delivered = 0, controls = 0, waits = 0;  ///< for the test: that it saw them

  std::size_t ahead() const { return prefetch.size() + (reading ? 1 : 0); }
  bool entries_wait() const { return !head_valid && read != write; }
};

/// The row of the table of Inject that holds.
struct Inject {
  bool pop = false, late = false, bad = false, ends = false, hold = false;
  std::optional<Flit> flit;
};
Inject inject(const Expected& now, std::uint32_t step) {
  if (!now.injecting) return {};
  if (!now.head_valid) return {.ends = !now.entries_wait() && !now.held, .flit = {}};
  const auto ahead = static_cast<std::int32_t>(now.head.step - step);
  if (ahead < 0) return {.pop = true, .late = true, .flit = {}};
  if (ahead > 0) return {.ends = true, .flit = {}};
  const spec::Entry entry = spec::Entry::unpack(now.head.entry);
  const auto kind = static_cast<EntryKind>(entry.kind);
  if (kind == EntryKind::clear || kind == EntryKind::learning)
    return {.pop = true, .late = true, .flit = {}};
  if (kind == EntryKind::hold) return {.pop = true, .hold = true, .flit = {}};
  const std::uint32_t axon = entry.payload & 0xfffu, x = entry.payload >> 12 & 0x3fu,
                      y = entry.payload >> 18;
  if (kind != EntryKind::spike || x >= kMeshW || y >= kMeshH || axon >= kAxons)
    return {.pop = true, .bad = true, .flit = {}};
  return {.flit = Flit{0, axon, x, y, 0, 0, 0}};
}

class Bench {
 public:
  explicit Bench(std::uint64_t seed) : random_(seed) {
    quiet_inputs();
    ring_->step_i = step_;
    ring_.reset();
  }
  const Expected& expected() const { return now_; }

  /// A step: entries come, the step controller takes some, then all of the step's are injected.
  /// `ready`: how often the mesh takes a flit.
  void step(double ready) {
    idle_bus_ = random_.chance(0.3);  // of a host that is away, so that a step is held
    for (std::uint64_t left = 3 + random_.below(30); left > 0; --left) cycle(ready, true, false);
    cycle(ready, false, true);
    while (now_.injecting) {
      REQUIRE(++injecting_for_ < 10'000);
      cycle(ready, false, false);
    }
    injecting_for_ = 0;
    cycle(ready, false, false, true);
    ++step_;
    if (random_.chance(0.05)) {  // seldom further, so that entries are late
      step_ += 2;
      settled_ = false;
    }
    ring_->step_i = step_;
    if (!settled_) cycle(ready, false, false);
  }

 private:
  void quiet_inputs() {
    ring_->bus_we_i = ring_->bus_re_i = ring_->write_we_i = ring_->start_i = 0;
    ring_->head_pop_i = ring_->pop_late_i = ring_->pop_bad_i = ring_->flit_ready_i = 0;
    ring_->next_step_i = 0;
  }

  std::uint32_t any_entry() {
    const auto below = [&](std::uint64_t limit) {
      return static_cast<std::uint32_t>(random_.below(limit));
    };
    const bool wrong = random_.chance(0.15);
    const std::uint32_t x = below(wrong ? 64 : kMeshW), y = below(wrong ? 64 : kMeshH),
                        axon = below(wrong ? 4096 : kAxons);
    const std::uint32_t kind = random_.chance(0.8)   ? 0
                               : random_.chance(0.3) ? static_cast<std::uint32_t>(EntryKind::hold)
                                                     : below(16);
    return spec::Entry{axon | x << 12 | y << 18, below(16), kind}.pack();
  }

  /// What the bus does in this cycle: nothing, a read, a word of the next free place, or
  /// RING_IN_WRITE once both words are there.
  void drive_bus() {
    ring_->bus_addr_i = static_cast<unsigned>(random_.below(2 * kDepth));
    ring_->bus_wdata_i = static_cast<std::uint32_t>(random_.below(1ull << 32));
    const bool room = now_.write - now_.read < kDepth;
    if (random_.chance(0.2)) {
      ring_->bus_re_i = 1;
    } else if (written_ == 2) {
      ring_->write_we_i = 1;
      ring_->bus_wdata_i = now_.write + 1;
    } else if (room && random_.chance(idle_bus_ ? 0.01 : 0.6)) {
      ring_->bus_we_i = 1;
      ring_->bus_addr_i = 2 * (now_.write % kDepth) + written_;
      ring_->bus_wdata_i =
          written_ == 0
              ? step_ + static_cast<std::uint32_t>(random_.chance(0.1) ? random_.between(-3, 3)
                                                                       : random_.between(0, 2))
              : any_entry();
    }
  }

  void cycle(double ready, bool controller, bool start, bool next_step = false) {
    quiet_inputs();
    drive_bus();
    ring_->flit_ready_i = random_.chance(ready);
    ring_->start_i = start;
    ring_->next_step_i = next_step;
    if (controller && now_.head_valid && random_.chance(0.1)) {
      ring_->head_pop_i = 1;
      ring_->pop_late_i = random_.chance(0.5);
      ring_->pop_bad_i = !ring_->pop_late_i && random_.chance(0.5);
    }
    ring_.settle();
    check();
    commit();
    ring_.edge();
    settled_ = true;
  }

  void check() {
    const Inject wanted = inject(now_, step_);
    REQUIRE(bool(ring_->head_valid_o) == now_.head_valid);
    REQUIRE(bool(ring_->head_waits_o) == now_.entries_wait());
    if (now_.head_valid) REQUIRE(ring_->head_entry_o == now_.head.entry);
    if (now_.head_valid && settled_) {
      const auto ahead = static_cast<std::int32_t>(now_.head.step - step_);
      REQUIRE(bool(ring_->head_late_o) == (ahead < 0));
      REQUIRE(bool(ring_->head_now_o) == (ahead == 0));
    }
    REQUIRE(bool(ring_->injecting_o) == now_.injecting);
    REQUIRE(bool(ring_->flit_valid_o) == wanted.flit.has_value());
    if (wanted.flit) REQUIRE(Flit::from(ring_->flit_o) == *wanted.flit);
    REQUIRE(ring_->write_o == now_.write);
    REQUIRE(ring_->read_o == now_.read);
    REQUIRE(bool(ring_->late_o) == (wanted.late || ring_->pop_late_i));
    REQUIRE(bool(ring_->bad_o) == (wanted.bad || ring_->pop_bad_i));
    REQUIRE(bool(ring_->inject_stall_o) == (wanted.flit && !ring_->flit_ready_i));
    REQUIRE(ring_->bus_rdata_o == bus_reads_.value_or(0));
    const bool pop = ring_->head_pop_i || wanted.pop || (wanted.flit && ring_->flit_ready_i);
    REQUIRE(bool(get_bits(ring_->retire_o, 64, 1)) == pop);
    if (pop) {
      REQUIRE(get_bits(ring_->retire_o, 0, 32) == now_.head.entry);
      REQUIRE(get_bits(ring_->retire_o, 32, 32) == now_.head.step);
    }
  }

  void commit() {
    const Inject row = inject(now_, step_);
    const bool delivered = row.flit && ring_->flit_ready_i;
    const bool pop = ring_->head_pop_i || row.pop || delivered;
    const bool fetch = now_.write != now_.fetched && now_.ahead() < kPrefetch && !ring_->bus_re_i;
    now_.late += (row.late || ring_->pop_late_i) ? 1 : 0;
    now_.bad += (row.bad || ring_->pop_bad_i) ? 1 : 0;
    now_.waits += now_.injecting && now_.held && now_.read == now_.write ? 1 : 0;
    now_.stalls += row.flit && !ring_->flit_ready_i ? 1 : 0;
    now_.delivered += delivered ? 1 : 0;
    now_.controls += ring_->head_pop_i ? 1 : 0;
    now_.injecting = ring_->start_i || (now_.injecting && !row.ends);
    now_.read += pop ? 1 : 0;
    if (ring_->start_i || pop) now_.held = row.hold;
    if (pop) now_.head_valid = false;
    if (!now_.head_valid && !now_.prefetch.empty()) {
      now_.head = now_.prefetch.front();
      now_.prefetch.pop_front();
      now_.head_valid = true;
    }
    if (now_.reading) now_.prefetch.push_back(*now_.reading);
    now_.reading.reset();
    const Words& place = now_.memory[ring_->bus_addr_i / 2];
    bus_reads_.reset();
    if (ring_->bus_re_i) bus_reads_ = ring_->bus_addr_i % 2 ? place.entry : place.step;
    if (fetch) now_.reading = now_.memory[now_.fetched++ % kDepth];
    if (ring_->bus_we_i) {
      Words& to = now_.memory[ring_->bus_addr_i / 2];
      (ring_->bus_addr_i % 2 ? to.entry : to.step) = ring_->bus_wdata_i;
      ++written_;
    }
    if (ring_->write_we_i) {
      now_.write = ring_->bus_wdata_i;
      written_ = 0;
    }
  }

  Random random_;
  Clocked<Vring_in> ring_;
  Expected now_;
  std::uint32_t step_ = 0xfffffff0u;  // the low word wraps on the way
  bool settled_ = true;               ///< the step did not jump before this cycle
  bool idle_bus_ = false;             ///< in this step entries come seldom
  unsigned written_ = 0;              ///< words written at RING_IN_WRITE
  std::optional<std::uint32_t> bus_reads_;
  std::uint64_t injecting_for_ = 0;
};

}  // namespace

TEST_CASE("the injector waits for the mesh as long as it takes, and no entry is lost or doubled") {
  for (const double ready : {1.0, 0.5, 0.05}) {
    const auto seed = static_cast<std::uint64_t>(80 + 100 * ready);
    INFO("seed " << seed << ", the mesh takes a flit in " << ready << " of the cycles");
    Bench bench(seed);
    for (int i = 0; i < 3000; ++i) bench.step(ready);
    const Expected& seen = bench.expected();
    CHECK(seen.delivered > 1000);
    CHECK(seen.late > 100);
    CHECK(seen.bad > 100);
    CHECK(seen.controls > 100);
    CHECK(seen.waits > 100);
    CHECK((seen.stalls > 0) == (ready < 1));
  }
}
