// SPDX-License-Identifier: Apache-2.0
#include "sim/ranks/ranks.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include "sim/share.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh::sim {

Ranks& join_ranks() {
  const std::filesystem::path file = module_file("ranks.so");
  void* opened = ::dlopen(file.c_str(), RTLD_NOW | RTLD_GLOBAL);  // MPI opens parts of itself
  void* join = opened == nullptr ? nullptr : ::dlsym(opened, "spikemesh_join_ranks");
  if (join == nullptr)
    throw Error(fmt::format(
        "--mpi: {} cannot be opened: {}; it is built where MPI is installed (apt install "
        "libopenmpi-dev openmpi-bin, then build SpikeMesh again)",
        file.string(), ::dlerror()));
  Ranks& ranks = *reinterpret_cast<Ranks* (*)()>(join)();
  if (ranks.size() < 2)
    throw InputError(
        "--mpi: this is the only process; start several, such as mpirun -n 2 spikemesh ...");
  return ranks;
}

}  // namespace spikemesh::sim
