// SPDX-License-Identifier: Apache-2.0
#include "model/core/neuron_block.hpp"

#include <cstddef>

#include "model/core/neuron.hpp"

// Highway compiles what stands before the #if HWY_ONCE once for each kind of processor.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/core/neuron_block.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "model/core/mask_bits-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace spikemesh::model::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Signed = hn::CappedTag<std::int32_t, NeuronBlock::kMostLanes>;
using Unsigned = hn::RebindToUnsigned<Signed>;
using Wide = hn::CappedTag<std::uint64_t, NeuronBlock::kMostLanes / 2>;
using SignedVector = hn::Vec<Signed>;
using UnsignedVector = hn::Vec<Unsigned>;
using WideVector = hn::Vec<Wide>;

#if HWY_TARGET == HWY_SCALAR
/// The upper 32 bits of each product.
HWY_INLINE UnsignedVector upper_product(UnsignedVector a, UnsignedVector b) {
  const std::uint64_t product = std::uint64_t{hn::GetLane(a)} * hn::GetLane(b);
  return hn::Set(Unsigned(), static_cast<std::uint32_t>(product >> 32));
}
/// (adapt * k) >> 24, of 40 and 25 bits.
HWY_INLINE WideVector decayed(WideVector adapt, WideVector k) {
  return hn::ShiftRight<24>(hn::Set(Wide(), hn::GetLane(adapt) * hn::GetLane(k)));
}
#else
HWY_INLINE UnsignedVector upper_product(UnsignedVector a, UnsignedVector b) {
  const Unsigned d;
  const hn::RepartitionToWide<Unsigned> dw;
  const auto upper = [&](UnsignedVector x) {
    return hn::BitCast(d, hn::ShiftRight<32>(hn::BitCast(dw, x)));
  };
  const UnsignedVector even = hn::BitCast(d, hn::MulEven(a, b));
  return hn::OddEven(hn::BitCast(d, hn::MulEven(upper(a), upper(b))), upper(even));
}
HWY_INLINE WideVector decayed(WideVector adapt, WideVector k) {
  const hn::Repartition<std::uint32_t, Wide> d;
  const auto product = [&](WideVector x) {
    return hn::MulEven(hn::BitCast(d, x), hn::BitCast(d, k));
  };
  return hn::Add(hn::ShiftRight<24>(product(adapt)),
                 hn::ShiftLeft<8>(product(hn::ShiftRight<32>(adapt))));
}
#endif

/// decay() of 24 bits with a factor whose 1 is 2^24.
HWY_INLINE SignedVector decayed(SignedVector x, UnsignedVector k) {
  const UnsignedVector magnitude = hn::BitCast(Unsigned(), hn::ShiftLeft<8>(hn::Abs(x)));
  const SignedVector left = hn::BitCast(Signed(), upper_product(magnitude, k));
  const SignedVector sign = hn::ShiftRight<31>(x);
  return hn::Sub(hn::Xor(left, sign), sign);
}

/// The accumulator, shifted. One so large that the sum is clipped whatever it is added to is
/// clipped before, so that 32 bits do.
HWY_INLINE SignedVector gained(SignedVector acc, UnsignedVector gain) {
  const Signed d;
  const SignedVector shift = hn::BitCast(d, gain);
  const SignedVector most = hn::Shr(hn::Set(d, 1 << 26), shift);
  return hn::Shl(hn::Min(hn::Max(acc, hn::Neg(most)), most), shift);
}

HWY_INLINE SignedVector clipped(SignedVector x) {
  const Signed d;
  return hn::Min(hn::Max(x, hn::Set(d, static_cast<std::int32_t>(kStateMin))),
                 hn::Set(d, static_cast<std::int32_t>(kStateMax)));
}

BlockFound step_block(const NeuronBlock& b, std::uint32_t* acc) {
  const Signed d;
  const Unsigned du;
  const SignedVector zero = hn::Zero(d);
  BlockFound found;
  for (std::size_t j = 0; j < b.count; j += hn::Lanes(d)) {
    const SignedVector v = hn::Load(d, b.v + j), i = hn::Load(d, b.i + j);
    const SignedVector refractory = hn::Load(d, b.refractory + j);
    const SignedVector bias = hn::Load(d, b.bias + j);
    const SignedVector input =
        hn::ShiftRight<8>(hn::ShiftLeft<8>(hn::BitCast(d, hn::Load(du, acc + j))));
    const SignedVector i1 = hn::Add(hn::Add(decayed(i, hn::Load(du, b.decay_i + j)), bias),
                                    gained(input, hn::Load(du, b.gain + j)));
    const SignedVector i2 = clipped(i1);
    const SignedVector v1 = hn::Add(decayed(v, hn::Load(du, b.decay_v + j)), i2);
    const SignedVector v2 = clipped(v1);
    const auto held = hn::Gt(refractory, zero);
    const SignedVector v3 = hn::IfThenElse(held, v, v2);
    const SignedVector left = hn::Add(refractory, hn::VecFromMask(d, held));
    const auto spike = hn::AndNot(held, hn::Gt(v2, hn::Load(d, b.limit + j)));
    const auto saturated = hn::Or(hn::Ne(i2, i1), hn::AndNot(held, hn::Ne(v2, v1)));
    const SignedVector changed =
        hn::Or(hn::Or(refractory, input), hn::Or(hn::Xor(v3, v), hn::Xor(i2, i)));
    found.spikes |= bits_of(d, spike) << j;
    found.saturated |= bits_of(d, saturated) << j;
    found.changed |= bits_of(d, hn::Ne(changed, zero)) << j;
    hn::Store(v3, d, b.v + j);
    hn::Store(i2, d, b.i + j);
    hn::Store(left, d, b.refractory + j);
    hn::Store(hn::Zero(du), du, acc + j);
  }
  return found;
}

AdaptFound decay_block(const NeuronBlock& b) {
  const Wide d;
  const hn::Rebind<std::uint32_t, Wide> dn;
  const hn::Rebind<std::int32_t, Wide> di;
  const auto zero = hn::Zero(d);
  AdaptFound found;
  for (std::size_t j = 0; j < b.count; j += hn::Lanes(d)) {
    const auto adapt = hn::Load(d, b.adapt + j);
    const auto left = decayed(adapt, hn::PromoteTo(d, hn::Load(dn, b.decay_adapt + j)));
    const auto whole = hn::TruncateTo(dn, hn::ShiftRight<spec::kAdaptFraction>(left));
    found.changed |= bits_of(d, hn::Ne(left, adapt)) << j;
    found.adapting |= bits_of(d, hn::Ne(left, zero)) << j;
    hn::Store(left, d, b.adapt + j);
    hn::Store(hn::Add(hn::Load(di, b.theta + j), hn::BitCast(di, whole)), di, b.limit + j);
  }
  return found;
}

std::uint64_t touched_in_block(const std::uint32_t* acc, std::uint32_t count) {
  const Unsigned d;
  std::uint64_t touched = 0;
  for (std::size_t j = 0; j < count; j += hn::Lanes(d))
    touched |= bits_of(d, hn::Ne(hn::ShiftLeft<8>(hn::Load(d, acc + j)), hn::Zero(d))) << j;
  return touched;
}

}  // namespace spikemesh::model::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spikemesh::model {

HWY_EXPORT(step_block);
HWY_EXPORT(decay_block);
HWY_EXPORT(touched_in_block);

BlockFound step_block(const NeuronBlock& block, std::uint32_t* acc) {
  return HWY_DYNAMIC_DISPATCH(step_block)(block, acc);
}
AdaptFound decay_block(const NeuronBlock& block) {
  return HWY_DYNAMIC_DISPATCH(decay_block)(block);
}
std::uint64_t touched_in_block(const std::uint32_t* acc, std::uint32_t count) {
  return HWY_DYNAMIC_DISPATCH(touched_in_block)(acc, count);
}

std::vector<std::int64_t> block_targets() { return hwy::SupportedAndGeneratedTargets(); }
void use_block_target(std::int64_t target) {
  hwy::SetSupportedTargetsForTest(target);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace spikemesh::model
#endif
