// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace spikemesh::bench {

/// The rows neuron_updates/NEURONS/plain and /adaptive.
void register_neuron_updates();

}  // namespace spikemesh::bench
