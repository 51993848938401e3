// SPDX-License-Identifier: Apache-2.0
// rtl/host/sm_tile_port.sv against the time table of docs/blocks/host_tile.md, "Bus": checks,
// back-pressure of the mesh, replies that belong to no one, and its time-out.
#include <doctest/doctest.h>

#include <optional>

#include "Vtile_port.h"
#include "rtl/rtl_bench.hpp"

namespace {

using namespace spikemesh;
using namespace spikemesh::rtl_test;
using spec::Region;
using spec::Status;

// As tests/rtl/CMakeLists.txt builds it.
constexpr std::uint32_t kMeshW = 3, kMeshH = 2, kNeurons = 16, kSynapses = 64, kAxons = 8,
                        kFanouts = 32, kPlastics = 32, kDecayBits = 13, kDelayMax = 3;

struct BusRequest {
  bool write = false;
  spec::Tile tile;
  std::uint32_t addr = 0, data = 0;
};

std::uint32_t words_of(std::uint32_t region) {
  switch (static_cast<Region>(region)) {
    case Region::synapse:
      return kSynapses;
    case Region::axon:
      return kAxons;
    case Region::fanout:
      return kFanouts;
    case Region::neuron:
      return 8 * kNeurons;
    case Region::state:
      return 4 * kNeurons;
    case Region::accumulator:
      return (kDelayMax + 1) * kNeurons;
    case Region::counter:
      return 10;
    case Region::rule:
      return 32;
    case Region::table:
      return 1024;
    case Region::fanin:
      return kPlastics;
    case Region::learn:
    case Region::post_trace:
      return kNeurons;
    case Region::pre_trace:
      return kAxons;
  }
  return 0;
}

/// The checks of the page, in its order.
Status verdict(const BusRequest& request, bool running) {
  const spec::TileAddr at = spec::TileAddr::unpack(request.addr & 0xfffffu);
  const auto region = static_cast<Region>(at.region);
  if (request.tile.reserved != 0 || request.tile.x >= kMeshW || request.tile.y >= kMeshH ||
      request.addr >> 20 != 0 || at.index >= words_of(at.region))
    return Status::bad_address;
  if (request.write && region == Region::counter) return Status::read_only;
  if (running) return Status::running;
  if (!request.write) return Status::ok;
  const spec::Fanout to = spec::Fanout::unpack(request.data);
  if (region == Region::table && request.data > 65536) return Status::bad_value;
  const bool nowhere = to.host == 0 && (to.x >= kMeshW || to.y >= kMeshH || to.axon >= kAxons);
  if (region == Region::fanout && (to.mode != 0 || nowhere)) return Status::bad_value;
  const std::uint32_t field = at.index % 8;
  const bool decay = region == Region::neuron && (field == 3 || field == 4 || field == 6);
  return decay && request.data > 1u << kDecayBits ? Status::bad_value : Status::ok;
}

struct BusAnswer {
  std::uint64_t after = 0;  ///< cycles from that in which the request was seen
  Status status = Status::ok;
  std::uint32_t data = 0;
};

/// When the mesh takes the flit and when it brings the reply, counted from the cycle in which the
/// request is seen; none: never.
struct Mesh {
  std::optional<std::uint64_t> takes, replies;
  std::uint32_t data = 0;
  double noise = 0;  ///< share of cycles with a reply to someone else
};

class Bench {
 public:
  explicit Bench(std::uint64_t seed) : random_(seed) {
    port_->valid_i = 0;
    port_->drop_i = 0;
    port_->flit_ready_i = 0;
    port_->reply_i = 0;
    port_->running_i = 0;
    port_.reset();
  }
  Random& random() { return random_; }

  /// Holds the request until it is answered; checks what is offered in every cycle.
  BusAnswer ask(const BusRequest& request, const Mesh& mesh, bool running = false) {
    const bool good = verdict(request, running) == Status::ok;
    hold(request, running);
    bool taken = false;
    for (std::uint64_t after = 0;; ++after) {
      REQUIRE(after < spec::kMeshTimeout + 10);
      drive_mesh(request, mesh, after);
      port_.settle();
      if (port_->answer_o) {
        const BusAnswer answer{after, static_cast<Status>(port_->status_o), port_->rdata_o};
        REQUIRE(port_->flit_valid_o == 0);  // withdrawn, if it was not taken
        REQUIRE(port_->busy_o == 0);
        rest();
        return answer;
      }
      const bool offers = good && after >= 2 && !taken;
      REQUIRE(bool(port_->flit_valid_o) == offers);
      REQUIRE(bool(port_->busy_o) == (good && after >= 2));
      if (offers) REQUIRE(Flit::from(port_->flit_o) == flit_of(request));
      taken = taken || (offers && port_->flit_ready_i);
      port_.edge();
    }
  }

  /// Holds a request that another slave takes and answers `after` cycles later.
  void see(const BusRequest& request, std::uint64_t after, bool running = false) {
    hold(request, running);
    for (std::uint64_t cycle = 0; cycle <= after; ++cycle) {
      port_->drop_i = cycle > 0;
      port_->flit_ready_i = 1;
      quiet_cycle();
    }
    port_->valid_i = 0;
    port_->drop_i = 0;
    port_->flit_ready_i = 0;
  }

  /// A cycle without a request, perhaps with a reply that comes too late.
  void idle(const BusRequest* late = nullptr) {
    port_->valid_i = 0;
    port_->reply_i = late != nullptr;
    if (late != nullptr) reply_to(*late, 0xdead).to(port_->reply_flit_i);
    quiet_cycle();
    port_->reply_i = 0;
  }

  BusRequest any_request() {
    const auto below = [&](std::uint64_t limit) {
      return static_cast<std::uint32_t>(random_.below(limit));
    };
    BusRequest request{random_.chance(0.5),
                       {.x = below(kMeshW), .y = below(kMeshH)},
                       0,
                       below(1ull << 32) >> below(32)};
    const std::uint32_t region = random_.chance(0.9) ? below(7) : below(16);
    const std::uint32_t words = std::max(1u, words_of(region));
    const std::uint32_t index = random_.chance(0.1)    ? words - 1 + below(2)
                                : random_.chance(0.95) ? below(words)
                                                       : below(1 << 16);
    request.addr = spec::TileAddr{.index = index, .region = region}.pack();
    if (random_.chance(0.04)) request.addr |= 1u << (20 + below(4));
    if (random_.chance(0.05)) request.tile.x = below(64);
    if (random_.chance(0.05)) request.tile.y = below(64);
    if (random_.chance(0.03)) request.tile.reserved = 1 + below(7);
    if (random_.chance(0.3))
      request.data = spec::Fanout{.axon = below(10), .x = below(4), .y = below(3)}.pack();
    if (random_.chance(0.1)) request.data = (1u << kDecayBits) + below(2);
    return request;
  }

 private:
  void hold(const BusRequest& request, bool running) {
    port_->valid_i = 1;
    port_->write_i = request.write;
    port_->tile_i = request.tile.pack();
    port_->addr_i = request.addr;
    port_->wdata_i = request.data;
    port_->running_i = running;
  }
  void quiet_cycle() {
    port_.settle();
    REQUIRE(port_->answer_o == 0);
    REQUIRE(port_->flit_valid_o == 0);
    REQUIRE(port_->busy_o == 0);
    port_.edge();
  }

  static Flit flit_of(const BusRequest& request) {
    const auto kind = request.write ? spec::FlitKind::write : spec::FlitKind::read;
    return {request.write ? request.data : 0, request.addr, request.tile.x, request.tile.y, 0, 0,
            static_cast<std::uint32_t>(kind)};
  }
  static Flit reply_to(const BusRequest& request, std::uint32_t data) {
    return {data,
            request.addr,
            request.tile.x,
            request.tile.y,
            1,
            0,
            static_cast<std::uint32_t>(spec::FlitKind::reply)};
  }

  void drive_mesh(const BusRequest& request, const Mesh& mesh, std::uint64_t after) {
    port_->flit_ready_i = mesh.takes && after >= *mesh.takes;
    port_->reply_i = 0;
    if (mesh.replies && after == *mesh.replies) {
      port_->reply_i = 1;
      reply_to(request, mesh.data).to(port_->reply_flit_i);
    } else if (random_.chance(mesh.noise)) {  // one field differs
      Flit other = reply_to(request, 0xbad);
      std::uint32_t* const fields[] = {&other.x, &other.y, &other.addr};
      *fields[random_.below(3)] ^= 1u << random_.below(6);
      port_->reply_i = 1;
      other.to(port_->reply_flit_i);
    }
  }

  /// The answer's cycle ends, and the request with it.
  void rest() {
    port_.edge();
    port_->valid_i = 0;
    port_->flit_ready_i = 0;
    port_->reply_i = 0;
  }

  Random random_;
  Clocked<Vtile_port> port_;
};

constexpr std::uint64_t kTimeout = spec::kMeshTimeout;
const BusRequest kWrite{true, {.x = 2, .y = 1}, 5, 0x12345678};
const BusRequest kRead{false, {.x = 1, .y = 1}, 7, 0};

}  // namespace

TEST_CASE("the tile port answers every request in the cycle and with the status of the page") {
  const std::uint64_t seed = 71;
  INFO("seed " << seed);
  Bench bench(seed);
  std::array<unsigned, 16> statuses{};
  for (int i = 0; i < 30000; ++i) {
    const BusRequest request = bench.any_request();
    const bool running = bench.random().chance(0.1);
    const std::uint64_t takes = 2 + (bench.random().chance(0.5) ? 0 : bench.random().below(40));
    const std::uint64_t replies = takes + 1 + bench.random().below(60);
    const auto data = static_cast<std::uint32_t>(bench.random().below(1ull << 32));
    const BusAnswer answer = bench.ask(request, {takes, replies, data, 0.2}, running);
    const Status wanted = verdict(request, running);
    const bool read = wanted == Status::ok && !request.write;
    REQUIRE(answer.status == wanted);
    REQUIRE(answer.after == (wanted != Status::ok ? 2 : read ? replies + 2 : takes + 1));
    REQUIRE(answer.data == (read ? data : 0));
    ++statuses[static_cast<unsigned>(answer.status)];
    for (std::uint64_t left = bench.random().below(3); left > 0; --left) bench.idle();
  }
  for (const Status status :
       {Status::ok, Status::bad_address, Status::read_only, Status::running, Status::bad_value})
    CHECK(statuses[static_cast<unsigned>(status)] > 100);
}

TEST_CASE("a request that another slave takes leaves the tile port as it was") {
  Bench bench(75);
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t after = 2 + bench.random().below(6);
    bench.see(bench.any_request(), after, bench.random().chance(0.3));
    // The next one, which may come at once, is answered as ever.
    CHECK(bench.ask(kWrite, {4, {}, 0, 0}).after == 5);
  }
}

TEST_CASE("a flit that the mesh never takes is withdrawn, and answered TIMEOUT") {
  for (const BusRequest& request : {kWrite, kRead}) {
    Bench bench(72);
    const BusAnswer answer = bench.ask(request, {{}, {}, 0, 0});
    CHECK(answer.status == Status::timeout);
    CHECK(answer.after == 2 + kTimeout + 1);
    // The next request is none the worse.
    CHECK(bench.ask(kWrite, {4, {}, 0, 0}).after == 5);
  }
}

TEST_CASE("a flit that the mesh takes in the last cycle is no time-out") {
  Bench bench(73);
  const BusAnswer answer = bench.ask(kWrite, {2 + kTimeout, {}, 0, 0});
  CHECK(answer.status == Status::ok);
  CHECK(answer.after == 2 + kTimeout + 1);
}

TEST_CASE("the time of a read counts from its offer, however long the mesh took to accept it") {
  for (const std::uint64_t takes : {std::uint64_t{2}, kTimeout / 2, kTimeout + 1, kTimeout + 2}) {
    Bench bench(74);
    const BusAnswer answer = bench.ask(kRead, {takes, {}, 0, 0.01});
    CHECK(answer.status == Status::timeout);
    CHECK(answer.after == 2 + kTimeout + 1);
    CHECK(answer.data == 0);
  }
}

TEST_CASE("a reply in the last cycle counts, and one that comes later is nobody's") {
  Bench bench(75);
  const BusAnswer last = bench.ask(kRead, {2, 1 + kTimeout, 0x600d, 0});
  CHECK(last.status == Status::ok);
  CHECK(last.data == 0x600d);
  const BusAnswer late = bench.ask(kRead, {2, 2 + kTimeout, 0xdead, 0});
  CHECK(late.status == Status::timeout);
  CHECK(late.data == 0);
  CHECK(bench.ask(kRead, {2, {}, 0, 0}).status == Status::timeout);
  bench.idle(&kRead);
  // A reply to an earlier read of the same word before this one is accepted: not its own.
  const BusAnswer next = bench.ask(kRead, {9, 6, 0xdead, 0});
  CHECK(next.status == Status::timeout);
  const BusAnswer good = bench.ask(kRead, {9, 12, 0x600d, 0});
  CHECK(good.status == Status::ok);
  CHECK(good.data == 0x600d);
}
