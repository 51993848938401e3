// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace spikemesh::bench {

/// Declares the rows upload_3mbaud/...
void register_uploads();

}  // namespace spikemesh::bench
