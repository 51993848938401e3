// SPDX-License-Identifier: Apache-2.0
// For what Highway compiles once for each kind of processor: each time anew.
#if defined(SPIKEMESH_MASK_BITS) == defined(HWY_TARGET_TOGGLE)
#ifdef SPIKEMESH_MASK_BITS
#undef SPIKEMESH_MASK_BITS
#else
#define SPIKEMESH_MASK_BITS
#endif

#include <hwy/highway.h>

#include <cstdint>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace spikemesh::model::HWY_NAMESPACE {

/// A mask as bits, lane 0 lowest.
template <class D, class Mask>
HWY_INLINE std::uint64_t bits_of(D d, Mask mask) {
  alignas(8) std::uint8_t bytes[8] = {};
  hwy::HWY_NAMESPACE::StoreMaskBits(d, mask, bytes);
  if (hwy::HWY_NAMESPACE::Lanes(d) <= 8) return bytes[0];
  std::uint16_t bits = 0;
  std::memcpy(&bits, bytes, sizeof bits);
  return bits;
}

}  // namespace spikemesh::model::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
