// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/systemc/wave_file.hpp"

#include <optional>
#include <stdexcept>

#include "sim/waves/retire_waves.hpp"
#include "sim/waves/save_file.hpp"

namespace spikemesh::systemc {

namespace {

/// Cycles whose events are held.
constexpr std::uint64_t kHeld = 1 << 12;

std::unique_ptr<sim::RetireWaves> opened(const char* name, const spec::Build& build,
                                         const std::string& path) {
  try {
    auto waves = std::make_unique<sim::RetireWaves>(build, sim::Link::pins, sim::Waves{path});
    sim::write_save_file({path}, build);
    return waves;
  } catch (const std::exception& error) {
    SC_REPORT_ERROR("/spikemesh/waves", (std::string(name) + ": " + error.what()).c_str());
    throw;
  }
}

}  // namespace

struct WaveFile::Impl {
  /// The cycle in the file that the next edge ends.
  std::uint64_t now() const { return first ? chip.edges() - *first : 0; }

  const ChipPins& chip;
  AnalysisPort<Retired>& retired;
  std::unique_ptr<sim::RetireWaves> waves;
  std::optional<std::uint64_t> first{};  ///< the edge that ended cycle 0
  std::uint64_t written = 0;
};

WaveFile::WaveFile(sc_core::sc_module_name name, const ChipPins& chip,
                   AnalysisPort<Retired>& retired, const spec::Build& build,
                   const std::string& path)
    : sc_module(name), impl_(new Impl{chip, retired, opened(this->name(), build, path)}) {
  SC_HAS_PROCESS(WaveFile);
  SC_METHOD(pin_moved);
  sensitive << uart_rx << uart_tx;
  retired.bind(*this);
}

WaveFile::~WaveFile() {
  impl_->retired.unbind(*this);
  close();
}

void WaveFile::close() {
  if (impl_->waves) impl_->waves->write_until(impl_->now() + 1);
  impl_->waves.reset();
}

/// It comes at the edge that ends the cycle of the event.
void WaveFile::write(const Retired& event) {
  if (!impl_->waves) return;
  const std::uint64_t edge = impl_->chip.edges() - 1;
  if (!impl_->first) impl_->first = edge - event.cycle;
  const std::uint64_t cycle = edge - *impl_->first;
  if (cycle >= impl_->written + kHeld) {
    impl_->waves->write_until(cycle);
    impl_->written = cycle;
  }
  impl_->waves->on({cycle, event.tile, static_cast<EventKind>(event.kind), event.unit,
                    spec::EventBits{event.data}});
}

void WaveFile::pin_moved() {
  if (!impl_->waves) return;
  const std::uint64_t cycle = impl_->now();
  impl_->waves->set(sim::Pin::uart_rx, cycle, uart_rx.read());
  impl_->waves->set(sim::Pin::uart_tx, cycle, uart_tx.read());
}

}  // namespace spikemesh::systemc
