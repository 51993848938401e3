// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/systemc/cosim.hpp"

#include <fmt/format.h>

#include <numeric>
#include <sstream>

#include "model/systemc/core.hpp"
#include "sim/lockstep/lockstep.hpp"
#include "sim/systemc/clocked_rtl.hpp"

namespace spikemesh::systemc {

namespace {

/// Cycles after a difference in which an event that one side misses is looked for.
constexpr std::uint64_t kLookAhead = 256;

const sim::Rerun kRerun{"none (the pins were driven by the simulation)",
                        "the same simulation, with RtlSource::waves set"};

}  // namespace

struct CoSim::Impl final : EventSink {
  Impl(CoSim& cosim, const spec::Build& build, const RtlSource& source)
      : shell(cosim),
        model(make_core(cosim.name(), build)),
        rtl(cosim.name(), build, source),
        lockstep(std::make_unique<sim::Lockstep>()) {
    begin();
  }

  /// Gets what both sides retired.
  void on(const Event& event) override { tell(event, shell.spikes, shell.retired); }

  void begin() {
    lockstep->forward(this);
    model.listen(&lockstep->model());
  }

  void reset() {
    count(*lockstep);
    lockstep = std::make_unique<sim::Lockstep>();
    rtl.reset();
    model.power_on();
    model_tx = true;
    begin();
  }

  void count(const sim::Lockstep& from) {
    for (unsigned kind = 0; kind < kEventKinds; ++kind) counts[kind] += from.compared()[kind];
  }

  /// One cycle of both; false: they differ.
  bool step() {
    rtl.step(lockstep->rtl());
    model.run(rtl.ended());
    for (const model::LineChange& change : model.take_tx_now()) {
      model_tx = change.level;
      ++tx_changes;
    }
    ++cycles;
    return lockstep->step(rtl.ended()) && rtl.tx() == model_tx && rtl.irq() == model.irq();
  }

  /// What the difference is that ended the comparison.
  std::string text() {
    if (lockstep->difference()) {
      look_ahead();
      return report(*lockstep->difference(), kRerun);
    }
    const bool tx = rtl.tx() != model_tx;
    return fmt::format(
        "RTL and model differ: cycle {}, host tile, kind {} pin.\n\n  RTL:   level {} from cycle "
        "{} on\n  model: level {} from cycle {} on\n\nseed: {}\nrerun with waves: {}\n",
        rtl.ended(), tx ? "tx" : "irq", int{tx ? rtl.tx() : rtl.irq()}, rtl.ended(),
        int{tx ? model_tx : model.irq()}, rtl.ended(), kRerun.seed, kRerun.command);
  }

  void look_ahead() {
    for (std::uint64_t i = 0; i < kLookAhead; ++i) rtl.step(lockstep->rtl());
    model.run(rtl.ended());
    lockstep->look_ahead();
  }

  CoSim& shell;
  model::Chip model;
  ClockedRtl rtl;
  std::unique_ptr<sim::Lockstep> lockstep;  ///< since the last reset
  sim::EventCounts counts{};                ///< before it
  std::uint64_t cycles = 0, tx_changes = 0;
  bool model_tx = true, differs = false;
};

CoSim::CoSim(sc_core::sc_module_name name, const spec::Build& build, const RtlSource& source)
    : ChipPins(name), impl_(std::make_unique<Impl>(*this, build, source)) {}

CoSim::CoSim(sc_core::sc_module_name name, const spec::Build& build, const Clock& clock,
             const RtlSource& source)
    : ChipPins(name, clock), impl_(std::make_unique<Impl>(*this, build, source)) {}

CoSim::~CoSim() = default;

bool CoSim::idle() const { return impl_->rtl.idle() && impl_->model.idle(); }

bool CoSim::differs() const { return impl_->differs; }

std::uint64_t CoSim::compared() const {
  const auto sum = [](const sim::EventCounts& counts) {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  };
  return sum(impl_->counts) + sum(impl_->lockstep->compared());
}

std::string CoSim::summary() const {
  sim::EventCounts counts = impl_->counts;
  for (unsigned kind = 0; kind < kEventKinds; ++kind)
    counts[kind] += impl_->lockstep->compared()[kind];
  return fmt::format("compared: tx pin in {} cycles ({} changes), {}", impl_->cycles,
                     impl_->tx_changes, sim::counts_line(counts));
}

void CoSim::reset() { impl_->reset(); }

void CoSim::set_rx(std::uint64_t cycle, bool level) {
  impl_->rtl.set_rx(level);
  impl_->model.set_rx(cycle, level);
}

void CoSim::access(std::uint64_t cycle, const BusAccess& access) {
  impl_->rtl.access(cycle, access);
  impl_->model.access(cycle, word_of(access));
}

/// RTL is only seen through its ports.
bool CoSim::access_now(BusAccess&) { return false; }

void CoSim::run(std::uint64_t cycle) {
  while (!impl_->differs && impl_->rtl.ended() < cycle) {
    if (impl_->step()) continue;
    impl_->differs = true;
    std::ostringstream text;
    text << name() << ", at " << sc_core::sc_time_stamp() << ": " << impl_->text();
    SC_REPORT_ERROR("/spikemesh/cosim", text.str().c_str());
  }
  drive(impl_->rtl.tx());
  drive_irq(impl_->rtl.irq());
  if (const auto got = impl_->rtl.take_answer()) answer(*got);
}

std::uint64_t CoSim::due() { return impl_->differs ? kNever : impl_->rtl.ended(); }

void CoSim::end_of_simulation() {
  if (impl_->differs || compared() > 0) return;
  SC_REPORT_ERROR(
      "/spikemesh/cosim",
      (std::string(name()) + ": nothing was compared; reset the chip and let its clock run")
          .c_str());
}

}  // namespace spikemesh::systemc
