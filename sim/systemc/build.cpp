// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/systemc/build.hpp"

#include <map>
#include <memory>
#include <systemc>

#include "spikemesh/build.hpp"

namespace spikemesh::systemc {

const spec::Build& chip_build(const std::string& name_or_path) {
  static std::map<std::string, std::unique_ptr<const spec::Build>> builds;
  std::unique_ptr<const spec::Build>& build = builds[name_or_path];
  try {
    if (build == nullptr) build = std::make_unique<const spec::Build>(load_build(name_or_path));
  } catch (const std::exception& error) {
    SC_REPORT_ERROR("/spikemesh/build", error.what());
    throw;
  }
  return *build;
}

}  // namespace spikemesh::systemc
