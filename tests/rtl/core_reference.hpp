// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a core must do, from docs/arithmetic.md and docs/blocks/core.md, written for the tests of
// the RTL alone (the model is compared with the RTL elsewhere; this one shares nothing with
// either).

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace spikemesh::rtl_test {

/// The build parameters of the Verilated core.
struct Shape {
  unsigned neurons, synapses, axons, fanouts, lanes, weight_bits, decay_bits, delay_max;
  unsigned groups() const { return neurons / lanes; }
  unsigned slots() const { return delay_max + 1; }
  unsigned rows() const { return synapses / lanes; }
};

struct Neuron {
  std::int64_t theta = 0, v_reset = 0, bias = 0;
  unsigned refractory = 0, gain = 0, subtract = 0;
  std::int64_t decay_i = 0, decay_v = 0, adapt_step = 0, decay_adapt = 0;
  unsigned first = 0, count = 0;
  std::int64_t v = 0, i = 0, adapt = 0;
  unsigned left = 0;
};
struct Synapse {
  std::int64_t weight = 0;
  unsigned delay = 0, plastic = 0, target = 0;
};
struct Axon {
  unsigned first = 0, groups = 0;
};

/// An accumulator written: by group `index` of a row, in a lane.
struct Delivery {
  unsigned index, lane, slot, group;
  std::uint32_t value;
  bool operator==(const Delivery&) const = default;
};
struct Fired {
  unsigned group, mask;
  bool operator==(const Fired&) const = default;
};

class CoreReference {
 public:
  explicit CoreReference(const Shape& s)
      : shape(s),
        neuron(s.neurons),
        synapse(s.synapses),
        axon(s.axons),
        fanout(s.fanouts),
        acc(s.slots(), std::vector<std::int64_t>(s.neurons)),
        touched(s.slots()),
        restless(s.groups()),
        scan(s.groups()) {}

  Shape shape;
  std::vector<Neuron> neuron;
  std::vector<Synapse> synapse;
  std::vector<Axon> axon;
  std::vector<std::uint32_t> fanout;  ///< whole words
  std::vector<std::vector<std::int64_t>> acc;
  std::vector<bool> touched;
  bool rested = false, fresh = true, waits = false;
  std::vector<bool> restless;
  std::vector<unsigned> scan;  ///< cycle of a group that the last Update visited, from u + 2 on
  unsigned scans = 0;          ///< cycles that the last Update took for its groups
  std::array<std::uint32_t, 7> counter{};  ///< by spec::Counter

  bool needs_update(unsigned slot, bool due) const {
    return fresh || !rested || touched[slot] || (due && waits);
  }

  /// Update of the groups that can change; those in which some lane fired, ascending.
  std::vector<Fired> update(unsigned slot, bool due) {
    const unsigned word = std::min(shape.groups(), 16u);
    const bool all = fresh || (due && waits);
    touched[slot] = fresh = false;
    rested = true;
    waits = waits && !all;
    scans = 0;
    std::vector<Fired> fired;
    for (unsigned first = 0; first < shape.groups(); first += word) {
      unsigned visited = 0;
      for (unsigned g = first; g < first + word; ++g) {
        if (!all && !restless[g] && !adds(slot, g)) continue;
        scan[g] = scans + visited++;
        const unsigned mask = update_group(g, slot, due);
        if (mask != 0) fired.push_back({g, mask});
      }
      scans += std::max(visited, 1u);
    }
    ++counter[6];
    return fired;
  }

  /// A packet on an axon, in the step of this slot.
  std::vector<Delivery> integrate(unsigned number, unsigned slot) {
    ++counter[1];
    std::vector<Delivery> result;
    const Axon row = axon[number];
    for (unsigned i = 0; i < row.groups; ++i) {
      for (unsigned lane = 0; lane < shape.lanes; ++lane) {
        const Synapse& s = synapse[(row.first + i) % shape.rows() * shape.lanes + lane];
        if (s.delay == 0) continue;
        ++counter[2];
        const unsigned at = (slot + s.delay) % shape.slots(), group = s.target / shape.lanes;
        std::int64_t& a = acc[at][group * shape.lanes + lane];
        a = ((a + s.weight + (1 << 23)) & 0xFFFFFF) - (1 << 23);
        touched[at] = true;
        result.push_back({i, lane, at, group, static_cast<std::uint32_t>(a & 0xFFFFFF)});
      }
    }
    return result;
  }

 private:
  bool adds(unsigned slot, unsigned group) const {
    for (unsigned lane = 0; lane < shape.lanes; ++lane)
      if (acc[slot][group * shape.lanes + lane] != 0) return true;
    return false;
  }
  /// Returns the lanes that fired.
  unsigned update_group(unsigned group, unsigned slot, bool due) {
    bool changed = false, decaying = false;
    unsigned mask = 0;
    for (unsigned lane = 0; lane < shape.lanes; ++lane) {
      const unsigned j = group * shape.lanes + lane;
      Neuron& n = neuron[j];
      const Neuron before = n;
      const bool spike = update_neuron(n, acc[slot][j], due);
      changed |= spike || acc[slot][j] != 0 || n.v != before.v || n.i != before.i ||
                 n.left != before.left || n.adapt != before.adapt;
      decaying |= n.adapt != 0 && n.decay_adapt < std::int64_t{1} << shape.decay_bits;
      acc[slot][j] = 0;
      counter[0] += spike;
      mask |= unsigned{spike} << lane;
    }
    restless[group] = changed;
    rested = rested && !changed;
    waits |= !changed && decaying;
    return mask;
  }
  std::int64_t decay(std::int64_t x, std::int64_t k) const {
    return static_cast<std::int64_t>(static_cast<__int128>(x) * k /
                                     (__int128{1} << shape.decay_bits));
  }
  static std::int64_t clip(std::int64_t x, bool& clipped) {
    constexpr std::int64_t kMax = (1 << 23) - 1;
    clipped |= x > kMax || x < -kMax - 1;
    return std::clamp(x, -kMax - 1, kMax);
  }
  bool update_neuron(Neuron& n, std::int64_t a, bool due) {
    bool clipped = false, spike = false;
    if (due) n.adapt = decay(n.adapt, n.decay_adapt);
    n.i = clip(decay(n.i, n.decay_i) + a * (std::int64_t{1} << n.gain) + n.bias, clipped);
    if (n.left > 0) {
      --n.left;
    } else {
      n.v = clip(decay(n.v, n.decay_v) + n.i, clipped);
      spike = n.v > n.theta + (n.adapt >> 16);
      if (spike) {
        n.v = n.subtract ? clip(n.v - n.theta, clipped) : n.v_reset;
        n.left = n.refractory;
        n.adapt += n.adapt_step;
        if (n.adapt >= std::int64_t{1} << 40) {
          n.adapt = (std::int64_t{1} << 40) - 1;
          clipped = true;
        }
      }
    }
    counter[5] += clipped;
    return spike;
  }
};

}  // namespace spikemesh::rtl_test
