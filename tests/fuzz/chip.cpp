// SPDX-License-Identifier: Apache-2.0
// The parameters of a chip: they are refused by place, or they are the same when read again.
#include <cstdint>
#include <string>

#include "refused.hpp"
#include "spikemesh/build.hpp"

using namespace spikemesh;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  fuzz::accepts("chip.json: ", [&] {
    const spec::Build build = parse_build(text, "chip.json");
    fuzz::need(parse_build(to_json(build), "again.json") == build, "a build is read again");
  });
  return 0;
}
