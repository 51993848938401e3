// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/systemc/chip.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "model/systemc/core.hpp"

namespace spikemesh::systemc {

model::Chip make_core(const char* name, const spec::Build& build) {
  try {
    return model::Chip(build, model::LinkMode::pins);
  } catch (const std::invalid_argument& error) {
    SC_REPORT_ERROR("/spikemesh/build", (std::string(name) + ": " + error.what()).c_str());
    throw;
  }
}

/// The plain chip, and the listener of its events.
struct Chip::Impl final : EventSink {
  Impl(Chip& chip, const spec::Build& build) : shell(chip), core(make_core(chip.name(), build)) {}

  void on(const Event& event) override { tell(event, shell.spikes, shell.retired); }
  bool wants_rest() const override { return shell.retired.bound(); }

  Chip& shell;
  model::Chip core;
  bool listens = false;
};

Chip::Chip(sc_core::sc_module_name name, const spec::Build& build)
    : ChipPins(name), impl_(std::make_unique<Impl>(*this, build)) {}

Chip::Chip(sc_core::sc_module_name name, const spec::Build& build, const Clock& clock)
    : ChipPins(name, clock), impl_(std::make_unique<Impl>(*this, build)) {}

Chip::~Chip() = default;

void Chip::end_of_elaboration() {
  ChipPins::end_of_elaboration();
  impl_->listens = spikes.bound() || retired.bound();
  if (impl_->listens) impl_->core.listen(impl_.get());
}

const spec::Build& Chip::build() const { return impl_->core.build(); }

/// It may have slept: the cycles up to now first. None of them moves the tx pin.
bool Chip::idle() const {
  impl_->core.run(cycle());
  return impl_->core.idle();
}

void Chip::reset() { impl_->core.power_on(); }

void Chip::set_rx(std::uint64_t cycle, bool level) { impl_->core.set_rx(cycle, level); }

void Chip::access(std::uint64_t cycle, const BusAccess& access) {
  impl_->core.access(cycle, word_of(access));
}

bool Chip::access_now(BusAccess& access) {
  model::WordAccess word = word_of(access);
  const bool done = impl_->core.access_now(word);
  access.data = word.data;
  return done;
}

void Chip::run(std::uint64_t cycle) {
  impl_->core.run(cycle);
  for (const model::LineChange& change : impl_->core.take_tx_now()) drive(change.level);
  drive_irq(impl_->core.irq());
  for (const model::WordAnswer& word : impl_->core.take_answers())
    answer({static_cast<std::uint8_t>(word.status), word.data});
}

/// What nobody can see is not waited for. A level of the tx pin in a cycle is driven by the edge
/// that ends the cycle before it.
std::uint64_t Chip::due() {
  const std::uint64_t tx = impl_->core.next_tx();
  const std::uint64_t event = impl_->listens ? impl_->core.next_event() : kNever;
  const std::uint64_t port = irq.bound() || accessing() ? impl_->core.next_port() : kNever;
  return std::min({tx == kNever ? kNever : tx - 1, event, port});
}

}  // namespace spikemesh::systemc
