// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/sweep_module.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include "sim/share.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh::sim {

const SweepModule& sweep_module() {
  const std::filesystem::path file = module_file("sweep.so");
  void* opened = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);  // never closed: it has threads
  const void* module = opened == nullptr ? nullptr : ::dlsym(opened, "spikemesh_sweep_module");
  if (module == nullptr)
    throw Error(fmt::format(
        "a sweep needs {}, with SQLite and pagmo, and it cannot be opened: {}; install the "
        "libraries (apt install libpagmo8 libsqlite3-0), or SpikeMesh again (docs/install.md)",
        file.string(), ::dlerror()));
  return *static_cast<const SweepModule*>(module);
}

}  // namespace spikemesh::sim
