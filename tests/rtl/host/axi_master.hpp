// SPDX-License-Identifier: Apache-2.0
#pragma once
// A master of AXI4-Lite for Verilated blocks with ports s_axi_*: each of the five channels waits as
// it likes, addresses and words come in any order, and the rules of the protocol are checked in
// every cycle.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>

#include "rtl/rtl_bench.hpp"

namespace spikemesh::rtl_test {

enum AxiResponse : std::uint32_t { kOkay = 0, kSlvErr = 2, kDecErr = 3 };

struct AxiWrite {
  std::uint32_t address = 0, data = 0, strobes = 0xf;
};

struct AxiAnswer {
  std::uint32_t response = 0, data = 0;
  bool operator==(const AxiAnswer&) const = default;
};

template <typename Dut>
class AxiMaster {
 public:
  AxiMaster(Clocked<Dut>& clock, Random& random) : dut_(clock), random_(random) {
    dut_->s_axi_awvalid = dut_->s_axi_wvalid = dut_->s_axi_arvalid = 0;
    dut_->s_axi_bready = dut_->s_axi_rready = 0;
    dut_->s_axi_awprot = dut_->s_axi_arprot = 0;
  }

  /// Each channel waits in this share of the cycles in which it could go on.
  void set_pauses(double share) { pauses_ = share; }
  void write(const AxiWrite& access) {
    addresses_.push_back(access.address);
    words_.push_back(access);
  }
  void read(std::uint32_t address) { reads_.push_back(address); }
  /// Answers that nobody has taken yet, in order.
  std::deque<std::uint32_t> written;
  std::deque<AxiAnswer> answered;
  /// Whether everything was answered.
  bool done() const {
    return addresses_.empty() && words_.empty() && reads_.empty() && open_writes() == 0 &&
           reads_taken_ == reads_answered_;
  }
  /// Cycles in which an answer waited for us, and in which an address or word waited for the block.
  std::uint64_t held_back = 0, back_pressed = 0;

  /// One cycle. The inputs beside the bus are set before.
  void cycle() {
    drive();
    dut_.settle();
    check_rules();
    const bool aw = dut_->s_axi_awvalid && dut_->s_axi_awready;
    const bool w = dut_->s_axi_wvalid && dut_->s_axi_wready;
    const bool ar = dut_->s_axi_arvalid && dut_->s_axi_arready;
    back_pressed += (dut_->s_axi_awvalid && !aw) || (dut_->s_axi_arvalid && !ar);
    held_back +=
        (dut_->s_axi_bvalid && !dut_->s_axi_bready) || (dut_->s_axi_rvalid && !dut_->s_axi_rready);
    if (dut_->s_axi_bvalid && dut_->s_axi_bready) {
      written.push_back(dut_->s_axi_bresp);
      ++writes_answered_;
    }
    if (dut_->s_axi_rvalid && dut_->s_axi_rready) {
      answered.push_back({dut_->s_axi_rresp, dut_->s_axi_rdata});
      ++reads_answered_;
    }
    dut_.edge();
    if (aw) taken(dut_->s_axi_awvalid, addresses_, addresses_taken_);
    if (w) taken(dut_->s_axi_wvalid, words_, words_taken_);
    if (ar) taken(dut_->s_axi_arvalid, reads_, reads_taken_);
  }

  /// One access, as a processor does it.
  std::uint32_t write_now(const AxiWrite& access) {
    write(access);
    run_until([&] { return !written.empty(); });
    const std::uint32_t response = written.front();
    written.pop_front();
    return response;
  }
  AxiAnswer read_now(std::uint32_t address) {
    read(address);
    run_until([&] { return !answered.empty(); });
    const AxiAnswer answer = answered.front();
    answered.pop_front();
    return answer;
  }
  template <typename Condition>
  void run_until(Condition&& condition) {
    constexpr unsigned kPatience = 400'000;  // longer than MeshTimeout, and than a reset
    for (unsigned i = 0; !condition(); ++i) {
      REQUIRE(i < kPatience);
      cycle();
    }
  }

 private:
  std::uint64_t open_writes() const {
    return std::min(addresses_taken_, words_taken_) - writes_answered_;
  }

  /// What is offered stays until it is taken; what comes next may wait.
  void drive() {
    const auto offer = [&](auto& valid, const auto& queue) {
      if (!valid) valid = !queue.empty() && !random_.chance(pauses_);
    };
    offer(dut_->s_axi_awvalid, addresses_);
    offer(dut_->s_axi_wvalid, words_);
    offer(dut_->s_axi_arvalid, reads_);
    // Nothing means anything while it is not offered.
    dut_->s_axi_awaddr =
        dut_->s_axi_awvalid ? addresses_.front() : std::uint32_t(random_.below(1u << 28));
    dut_->s_axi_araddr =
        dut_->s_axi_arvalid ? reads_.front() : std::uint32_t(random_.below(1u << 28));
    dut_->s_axi_wdata =
        dut_->s_axi_wvalid ? words_.front().data : std::uint32_t(random_.below(1ull << 32));
    dut_->s_axi_wstrb = dut_->s_axi_wvalid ? words_.front().strobes : 0xf;
    dut_->s_axi_bready = !random_.chance(pauses_);
    dut_->s_axi_rready = !random_.chance(pauses_);
  }

  /// An answer is offered only to what was asked, until it is taken, and does not change.
  void check_rules() {
    if (dut_->s_axi_bvalid) REQUIRE(open_writes() > 0);
    if (dut_->s_axi_rvalid) REQUIRE(reads_taken_ > reads_answered_);
    if (waiting_b_) {
      REQUIRE(dut_->s_axi_bvalid);
      REQUIRE(dut_->s_axi_bresp == *waiting_b_);
    }
    if (waiting_r_) {
      REQUIRE(dut_->s_axi_rvalid);
      REQUIRE(AxiAnswer{dut_->s_axi_rresp, dut_->s_axi_rdata} == *waiting_r_);
    }
    waiting_b_.reset();
    waiting_r_.reset();
    if (dut_->s_axi_bvalid && !dut_->s_axi_bready) waiting_b_ = dut_->s_axi_bresp;
    if (dut_->s_axi_rvalid && !dut_->s_axi_rready)
      waiting_r_ = AxiAnswer{dut_->s_axi_rresp, dut_->s_axi_rdata};
  }

  template <typename Valid, typename Queue>
  static void taken(Valid& valid, Queue& queue, std::uint64_t& count) {
    queue.pop_front();
    valid = 0;
    ++count;
  }

  Clocked<Dut>& dut_;
  Random& random_;
  double pauses_ = 0;
  std::deque<std::uint32_t> addresses_, reads_;
  std::deque<AxiWrite> words_;
  std::uint64_t addresses_taken_ = 0, words_taken_ = 0, reads_taken_ = 0;
  std::uint64_t writes_answered_ = 0, reads_answered_ = 0;
  std::optional<std::uint32_t> waiting_b_;
  std::optional<AxiAnswer> waiting_r_;
};

}  // namespace spikemesh::rtl_test
