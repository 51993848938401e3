// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace spikemesh::spec {
struct Build;
}

namespace spikemesh::systemc {

/// The parameters of a chip: a named build (`default`, `ecp5`, `tiny`, `odd`) or a JSON file of
/// build parameters (docs/registers.md), without a header that needs C++20. It lives until the
/// program ends. What is wrong with it is an SC_ERROR that names the place, the value and what is
/// allowed.
const spec::Build& chip_build(const std::string& name_or_path);

}  // namespace spikemesh::systemc
