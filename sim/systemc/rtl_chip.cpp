// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/systemc/rtl_chip.hpp"

#include "model/systemc/core.hpp"
#include "sim/systemc/clocked_rtl.hpp"

namespace spikemesh::systemc {

struct RtlChip::Impl final : EventSink {
  Impl(RtlChip& chip, const spec::Build& build, const RtlSource& source)
      : shell(chip), rtl(chip.name(), build, source) {}

  void on(const Event& event) override { tell(event, shell.spikes, shell.retired); }

  RtlChip& shell;
  ClockedRtl rtl;
};

RtlChip::RtlChip(sc_core::sc_module_name name, const spec::Build& build, const RtlSource& source)
    : ChipPins(name), impl_(std::make_unique<Impl>(*this, build, source)) {}

RtlChip::RtlChip(sc_core::sc_module_name name, const spec::Build& build, const Clock& clock,
                 const RtlSource& source)
    : ChipPins(name, clock), impl_(std::make_unique<Impl>(*this, build, source)) {}

RtlChip::~RtlChip() = default;

bool RtlChip::idle() const { return impl_->rtl.idle(); }

void RtlChip::reset() { impl_->rtl.reset(); }

void RtlChip::set_rx(std::uint64_t, bool level) { impl_->rtl.set_rx(level); }

void RtlChip::access(std::uint64_t cycle, const BusAccess& access) {
  impl_->rtl.access(cycle, access);
}

/// RTL is only seen through its ports.
bool RtlChip::access_now(BusAccess&) { return false; }

void RtlChip::run(std::uint64_t cycle) {
  while (impl_->rtl.ended() < cycle) impl_->rtl.step(*impl_);
  drive(impl_->rtl.tx());
  drive_irq(impl_->rtl.irq());
  if (const auto got = impl_->rtl.take_answer()) answer(*got);
}

std::uint64_t RtlChip::due() { return impl_->rtl.ended(); }

}  // namespace spikemesh::systemc
