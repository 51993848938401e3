// SPDX-License-Identifier: Apache-2.0
#pragma once
// Ten neurons, each of which fires with a period of its own: what both examples run.

#include <spikemesh/chip_machine.hpp>
#include <spikemesh/mapper.hpp>
#include <spikemesh/network.hpp>
#include <vector>

/// Neuron i fires in every (i + 1)-th step: its potential rises by 1 a step, up to a threshold of
/// i.
inline spikemesh::Network blinking_network() {
  constexpr std::uint32_t kLeds = 10;
  std::vector<std::int64_t> thresholds;
  for (std::uint32_t i = 0; i < kLeds; ++i) thresholds.push_back(i);
  spikemesh::Network network;
  const std::int64_t no_leak = std::int64_t{1} << network.decay_bits;
  const auto leds = network.add_neurons(
      "led", kLeds,
      spikemesh::RawNeurons{.theta = thresholds, .bias = std::int64_t{1}, .decay_v = no_leak});
  network.record(leds);
  return network;
}
