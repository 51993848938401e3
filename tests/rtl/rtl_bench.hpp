// SPDX-License-Identifier: Apache-2.0
#pragma once
// Helpers for tests that drive one Verilated block: its clock, and the packed structs at its ports.

#include <verilated.h>

#include <cstdint>
#include <memory>
#include <random>

#include "spikemesh/spec.hpp"

namespace spikemesh::rtl_test {

/// Bits of a wide port (an array of 32-bit words); at most 64 at once.
template <typename Words>
std::uint64_t get_bits(const Words& words, unsigned low, unsigned bits) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < bits; ++i) {
    const unsigned at = low + i;
    value |= std::uint64_t{(words[at / 32] >> at % 32) & 1u} << i;
  }
  return value;
}

template <typename Words>
void set_bits(Words& words, unsigned low, unsigned bits, std::uint64_t value) {
  for (unsigned i = 0; i < bits; ++i) {
    const unsigned at = low + i;
    words[at / 32] &= ~(1u << at % 32);
    words[at / 32] |= static_cast<std::uint32_t>(value >> i & 1) << at % 32;
  }
}

/// A flit in plain fields, and its place in a vector of flits.
struct Flit {
  std::uint32_t data = 0, addr = 0, x = 0, y = 0, host = 0, mode = 0, kind = 0;
  bool operator==(const Flit&) const = default;

  template <typename Words>
  static Flit from(const Words& words, unsigned position = 0) {
    namespace l = spec::flit_layout;
    const auto field = [&](spec::Field f) {
      return static_cast<std::uint32_t>(get_bits(words, position * l::kWidth + f.low, f.bits));
    };
    return {field(l::kData), field(l::kAddr), field(l::kX),   field(l::kY),
            field(l::kHost), field(l::kMode), field(l::kKind)};
  }

  template <typename Words>
  void to(Words& words, unsigned position = 0) const {
    namespace l = spec::flit_layout;
    const auto field = [&](spec::Field f, std::uint32_t value) {
      set_bits(words, position * l::kWidth + f.low, f.bits, value);
    };
    field(l::kData, data);
    field(l::kAddr, addr);
    field(l::kX, x);
    field(l::kY, y);
    field(l::kHost, host);
    field(l::kMode, mode);
    field(l::kKind, kind);
  }
};

/// A Verilated block with clk_i and rst_ni. In each cycle: set the inputs, `settle()`, look at the
/// outputs, `edge()`.
template <typename Dut>
class Clocked {
 public:
  Dut& operator*() { return *dut_; }
  Dut* operator->() { return dut_.get(); }
  std::uint64_t cycle() const { return cycle_; }

  void settle() {
    dut_->clk_i = 0;
    dut_->eval();
  }
  void edge() {
    dut_->clk_i = 1;
    dut_->eval();
    ++cycle_;
  }
  /// One cycle of reset; the next is cycle 0.
  void reset() {
    dut_->rst_ni = 0;
    settle();
    edge();
    dut_->rst_ni = 1;
    cycle_ = 0;
  }

 private:
  std::unique_ptr<Dut> dut_ = std::make_unique<Dut>();
  std::uint64_t cycle_ = 0;
};

/// One seeded engine a test; a failure prints the seed by INFO in the test.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t limit) {
    return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(engine_);
  }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(engine_);
  }
  bool chance(double p) { return std::bernoulli_distribution(p)(engine_); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace spikemesh::rtl_test
