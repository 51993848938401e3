// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace spikemesh::bench {

/// The row fabric/16x16_0.04.
void register_fabric();

}  // namespace spikemesh::bench
