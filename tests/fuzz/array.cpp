// SPDX-License-Identifier: Apache-2.0
// A .npy file: it is refused by name, or every field has as many values as the shape says.
#include <cstdint>

#include "refused.hpp"
#include "spikemesh/npy.hpp"

using namespace spikemesh;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::accepts("w.npy: ", [&] {
    const Npy npy = parse_npy({data, size}, "w.npy");
    std::size_t count = 1;
    for (const std::size_t extent : npy.shape) count *= extent;
    fuzz::need(!npy.fields.empty(), "an array has a field");
    for (const Npy::Field& field : npy.fields)
      fuzz::need(field.values.size() == count, "a field has the values of its shape");
  });
  return 0;
}
