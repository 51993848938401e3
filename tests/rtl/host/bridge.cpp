// SPDX-License-Identifier: Apache-2.0
// rtl/link/sm_bridge.sv alone: what it makes of a bus that answers late or TIMEOUT, and of a mesh
// that does not become quiet (docs/blocks/link.md, "Bridge").
#include <doctest/doctest.h>

#include <optional>
#include <utility>

#include "Vbridge.h"
#include "rtl/link_host.hpp"
#include "rtl/rtl_bench.hpp"

namespace {

using namespace spikemesh;
using namespace spikemesh::rtl_test;
using spec::Status;
using test::Reply;
using test::Request;

constexpr std::uint64_t kTimeout = spec::kMeshTimeout;

/// Answers the bus: word `refused` of the frame gets `status`, those before it ok.
struct Bus {
  std::uint64_t refused = 0xffff;
  Status status = Status::ok;
  /// Cycles after the last bus answer from which on the mesh is quiet; none: never.
  std::optional<std::uint64_t> quiet = 0;
};

class Bench {
 public:
  explicit Bench(std::uint64_t seed) : random_(seed) {
    bridge_->rx_valid_i = 0;
    bridge_->tx_ready_i = 0;
    bridge_->bus_answer_i = 0;
    bridge_->quiet_i = 0;
    bridge_.reset();
  }

  /// Sends the frame with gaps, and takes the reply with gaps.
  Reply call(const Request& request, const Bus& bus) {
    const std::vector<std::uint8_t> wire = test::slip(test::frame_of(request));
    std::size_t sent = 0;
    bytes_.clear();
    words_ = 0;
    fence_ = 0;
    ends_ = 0;
    while (ends_ < 2) {
      REQUIRE(fence_ < kTimeout + 100);
      const bool gives = sent < wire.size() && random_.chance(0.7);
      bridge_->rx_valid_i = gives;
      bridge_->rx_data_i = gives ? wire[sent] : 0;
      cycle(request, bus);
      if (gives && bridge_->rx_ready_o) ++sent;
      bridge_.edge();
    }
    REQUIRE(sent == wire.size());
    bridge_->rx_valid_i = 0;
    return reply();
  }
  /// Cycles from the one after the last bus answer up to the first byte of the reply: 0 without a
  /// fence.
  std::uint64_t waited() const { return fence_; }
  /// Words that the bus was asked for.
  std::uint64_t words() const { return words_; }

 private:
  void cycle(const Request& request, const Bus& bus) {
    bridge_->bus_answer_i = 0;
    bridge_->tx_ready_i = random_.chance(0.6);
    bridge_->quiet_i = answered_all(request, bus) && bus.quiet && fence_ >= *bus.quiet;
    bridge_.settle();
    const bool held = std::exchange(held_, bridge_->bus_valid_o != 0);
    if (bridge_->bus_valid_o && held && random_.chance(0.3))  // not in the first cycle
      answer(request, bus);
    else if (answered_all(request, bus) && bytes_.empty() && !bridge_->tx_valid_o)
      ++fence_;
    if (bridge_->tx_valid_o && bridge_->tx_ready_i) {
      bytes_.push_back(bridge_->tx_data_o);
      ends_ += bridge_->tx_data_o == spec::kSlipEnd;
    }
  }

  bool answered_all(const Request& request, const Bus& bus) const {
    return words_ == std::min<std::uint64_t>(request.length, bus.refused + 1);
  }

  void answer(const Request& request, const Bus& bus) {
    REQUIRE(words_ < request.length);
    REQUIRE(bridge_->bus_addr_o == request.address + words_);
    REQUIRE(bridge_->bus_tile_o == request.tile);
    REQUIRE(bool(bridge_->bus_write_o) == !request.data.empty());
    if (!request.data.empty()) REQUIRE(bridge_->bus_wdata_o == request.data[words_]);
    bridge_->bus_answer_i = 1;
    bridge_->bus_status_i = static_cast<unsigned>(words_ == bus.refused ? bus.status : Status::ok);
    bridge_->bus_rdata_i = 0xc0db0000u + static_cast<std::uint32_t>(words_);  // full of escapes
    ++words_;
    held_ = false;
    bridge_.settle();
  }

  Reply reply() const {
    std::vector<std::uint8_t> raw;
    for (std::size_t i = 1; i + 1 < bytes_.size(); ++i) {
      const bool escape = bytes_[i] == spec::kSlipEsc;
      i += escape;
      raw.push_back(!escape                          ? bytes_[i]
                    : bytes_[i] == spec::kSlipEscEnd ? std::uint8_t{spec::kSlipEnd}
                                                     : std::uint8_t{spec::kSlipEsc});
    }
    REQUIRE(raw.size() >= spec::kReplyHeader + spec::kCrcBytes);
    const auto number = [&](std::size_t at, unsigned count) {
      std::uint32_t value = 0;
      for (unsigned k = 0; k < count; ++k) value |= std::uint32_t{raw[at + k]} << 8 * k;
      return value;
    };
    Reply reply{raw[0],
                static_cast<std::uint16_t>(number(1, 2)),
                static_cast<std::uint16_t>(number(3, 2)),
                number(5, 3),
                static_cast<std::uint16_t>(number(8, 2)),
                raw[10],
                static_cast<std::uint16_t>(number(11, 2)),
                {}};
    for (std::size_t at = spec::kReplyHeader; at + 4 < raw.size(); at += 4)
      reply.data.push_back(number(at, 4));
    return reply;
  }

  Random random_;
  Clocked<Vbridge> bridge_;
  std::vector<std::uint8_t> bytes_;
  bool held_ = false;  // the request of the last cycle waits
  std::uint64_t words_ = 0, fence_ = 0;
  unsigned ends_ = 0;
};

Request write_of(std::uint16_t tile, std::vector<std::uint32_t> data) {
  const auto length = static_cast<std::uint16_t>(data.size());
  return {.first = 0x12,
          .sequence = 77,
          .tile = tile,
          .address = 40,
          .length = length,
          .data = std::move(data)};
}
Request read_of(std::uint16_t tile, std::uint16_t length) {
  return {.first = 0x11, .sequence = 78, .tile = tile, .address = 9, .length = length, .data = {}};
}
int code(Status status) { return static_cast<int>(status); }

}  // namespace

TEST_CASE("a TIMEOUT of the bus ends the frame there, and the next frame is served") {
  Bench bench(91);
  for (const std::uint16_t refused : {0, 1, 3}) {
    const Bus bus{refused, Status::timeout, 0};
    const Reply read = bench.call(read_of(1, 4), bus);
    CHECK(int(read.status) == code(Status::timeout));
    CHECK(read.done == refused);
    CHECK(read.data.empty());
    CHECK(bench.words() == refused + 1u);
    const Reply write = bench.call(write_of(1, {1, 2, 3, 4}), bus);
    CHECK(int(write.status) == code(Status::timeout));
    CHECK(write.done == refused);
    const Reply good = bench.call(read_of(1, 2), {});
    CHECK(int(good.status) == code(Status::ok));
    CHECK(good.data == std::vector<std::uint32_t>{0xc0db0000u, 0xc0db0001u});
  }
}

TEST_CASE("a write to a tile is answered when the mesh is quiet, and TIMEOUT when it never is") {
  Bench bench(92);
  for (const std::uint64_t quiet :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{500}, kTimeout}) {
    const Reply reply = bench.call(write_of(2, {1, 2, 3}), {.quiet = quiet});
    CHECK(int(reply.status) == code(Status::ok));
    CHECK(reply.done == 3);
    CHECK(bench.waited() == quiet + 1);
  }
  for (const std::optional<std::uint64_t> quiet :
       {std::optional<std::uint64_t>(kTimeout + 1), std::optional<std::uint64_t>()}) {
    const Reply reply = bench.call(write_of(2, {1, 2, 3}), {.quiet = quiet});
    CHECK(int(reply.status) == code(Status::timeout));
    CHECK(reply.done == 3);
    CHECK(bench.waited() == kTimeout + 1);
  }
  CHECK(int(bench.call(write_of(2, {5}), {}).status) == code(Status::ok));
}

TEST_CASE("only a write that reached a tile waits for quiet") {
  Bench bench(93);
  const Bus never{.quiet = {}};
  CHECK(int(bench.call(write_of(test::kHost, {1, 2}), never).status) == code(Status::ok));
  CHECK(bench.waited() == 0);
  CHECK(int(bench.call(read_of(2, 2), never).status) == code(Status::ok));
  CHECK(bench.waited() == 0);
  const Reply refused = bench.call(write_of(2, {1, 2}), {0, Status::running, {}});
  CHECK(int(refused.status) == code(Status::running));
  CHECK(bench.waited() == 0);
  // The words before the refused one are on their way.
  const Reply half = bench.call(write_of(2, {1, 2}), {1, Status::bad_value, 40});
  CHECK(int(half.status) == code(Status::bad_value));
  CHECK(half.done == 1);
  CHECK(bench.waited() == 41);
}
