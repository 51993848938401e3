// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spikemesh/image.hpp"
#include "spikemesh/machine.hpp"

namespace spikemesh::sim {

/// A synapse as the chip holds it.
struct SynapseRow {
  std::uint32_t pre = 0, post = 0, delay = 1;
  std::int32_t weight = 0;
};

/// The synapses of population `from` into population `to`, by pre, then post, then delay. Where they
/// are is found in the image; the weights are read from the machine. Synapses whose weight is 0 are
/// not on the chip. Throws InputError for populations that the image does not know.
std::vector<SynapseRow> read_synapses(const Image& image, Machine& machine, const std::string& from,
                                      const std::string& to);

}  // namespace spikemesh::sim
