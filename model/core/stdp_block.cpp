// SPDX-License-Identifier: Apache-2.0
#include "model/core/stdp_block.hpp"

#include <cstddef>

// Highway compiles what stands before the #if HWY_ONCE once for each kind of processor.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/core/stdp_block.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "model/core/mask_bits-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace spikemesh::model::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Signed = hn::CappedTag<std::int32_t, 16>;
using Unsigned = hn::RebindToUnsigned<Signed>;
using SignedVector = hn::Vec<Signed>;
using UnsignedVector = hn::Vec<Unsigned>;

/// read_trace of 16 bits with a factor of at most 2^16: their product has 32.
HWY_INLINE UnsignedVector read_traces(const StdpStep& step, UnsignedVector which) {
  const Unsigned d;
  const Signed di;
  const UnsignedVector low = hn::Set(d, 0xffff), last = hn::Set(d, spec::kTraceSteps - 1);
  const UnsignedVector trace = hn::GatherIndex(d, step.traces, hn::BitCast(di, which));
  const UnsignedVector age = hn::And(hn::Sub(hn::Set(d, step.now), hn::ShiftRight<16>(trace)), low);
  const UnsignedVector factor = hn::GatherIndex(d, step.table, hn::BitCast(di, hn::Min(age, last)));
  const UnsignedVector value = hn::ShiftRight<16>(hn::Mul(hn::And(trace, low), factor));
  return hn::IfThenZeroElse(hn::Gt(age, last), value);
}

/// (g * d + 2^31) >> 32
#if HWY_TARGET == HWY_SCALAR
HWY_INLINE SignedVector rounded(SignedVector g, SignedVector d) {
  const std::int64_t product = std::int64_t{hn::GetLane(g)} * hn::GetLane(d);
  return hn::Set(Signed(), static_cast<std::int32_t>((product + (std::int64_t{1} << 31)) >> 32));
}
#else
HWY_INLINE SignedVector rounded(SignedVector g, SignedVector d) {
  const Signed di;
  const hn::RepartitionToWide<Unsigned> dw;
  const auto upper = [&](SignedVector x) {
    return hn::BitCast(di, hn::ShiftRight<32>(hn::BitCast(dw, x)));
  };
  const auto product = [&](SignedVector x, SignedVector y) {
    const auto sum =
        hn::Add(hn::BitCast(dw, hn::MulEven(x, y)), hn::Set(dw, std::uint64_t{1} << 31));
    return hn::BitCast(di, sum);
  };
  return hn::OddEven(product(upper(g), upper(d)), upper(product(g, d)));
}
#endif

void change(StdpBlock& block, const StdpStep& step, std::uint32_t count) {
  const Signed d;
  const Unsigned du;
  const SignedVector min = hn::Set(d, step.bounds.min), max = hn::Set(d, step.bounds.max);
  std::uint64_t all_below = 0, all_above = 0;
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    const UnsignedVector which =
        hn::MaskedLoad(hn::FirstN(du, count - i), du, block.which.data() + i);
    const UnsignedVector trace = read_traces(step, which);
    const SignedVector w = hn::MaskedLoad(hn::FirstN(d, count - i), d, block.before.data() + i);
    const SignedVector g = hn::Mul(hn::Sub(hn::BitCast(d, trace), hn::Set(d, step.target)),
                                   hn::Set(d, step.amplitude));
    SignedVector distance = hn::Set(d, 65536);
    if (step.bounds.soft) {
      distance = hn::IfThenElse(hn::Gt(g, hn::Zero(d)), hn::Sub(max, w), hn::Sub(w, min));
      distance = hn::Max(distance, hn::Zero(d));
    }
    const SignedVector sum = hn::Add(w, rounded(g, distance));
    const auto below = hn::Lt(sum, min), above = hn::AndNot(below, hn::Gt(sum, max));
    all_below |= bits_of(d, below) << i;
    all_above |= bits_of(d, above) << i;
    hn::Store(trace, du, block.trace.data() + i);
    hn::Store(hn::IfThenElse(below, min, hn::IfThenElse(above, max, sum)), d,
              block.after.data() + i);
  }
  block.below = all_below, block.above = all_above;
}

}  // namespace spikemesh::model::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spikemesh::model {

HWY_EXPORT(change);

void StdpBlock::change(const StdpStep& step, std::uint32_t count) {
  HWY_DYNAMIC_DISPATCH(change)(*this, step, count);
}

}  // namespace spikemesh::model
#endif
