// SPDX-License-Identifier: Apache-2.0
// The Verilated chips of all named builds (sim/device/rtl_device.hpp).
#include <doctest/doctest.h>

#include "rtl/chip_fixture.hpp"

namespace spikemesh::test {
namespace {

template <class Builds>
unsigned all_answer(const Builds& builds) {
  unsigned tried = 0;
  for (const spec::NamedBuild& named : builds) {
    CAPTURE(named.name);
    ChipFixture chip(sim::Link::bytes, named.name);
    CHECK(chip.read(spec::Register::magic) == spec::kMagic);
    CHECK(chip.read(spec::Register::mesh) == (chip.build.mesh_w | chip.build.mesh_h << 8));
    CHECK(chip.read(spec::Register::neurons) == chip.build.neurons);
    CHECK(chip.read(spec::Register::uart_divisor) == chip.build.uart_divisor);
    ++tried;
  }
  return tried;
}

TEST_CASE("every build of the specification answers with its own parameters") {
  CHECK(all_answer(spec::kBuilds) == spec::kBuilds.size());
  CHECK(all_answer(spec::kCoverBuilds) == spec::kCoverBuilds.size());
}

}  // namespace
}  // namespace spikemesh::test
