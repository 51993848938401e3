// SPDX-License-Identifier: Apache-2.0
#include "sim/waves/waves.hpp"

namespace spikemesh::sim {

std::string waves_stem(const std::string& path) {
  return path.ends_with(".fst") ? path.substr(0, path.size() - 4) : path;
}

Waves model_waves(const Waves& waves) {
  return {waves_stem(waves.path) + ".model.fst", waves.first, waves.last};
}

}  // namespace spikemesh::sim
