// SPDX-License-Identifier: Apache-2.0
#include "sim/device/rtl_instance.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "sim/retire/rtl_events.hpp"
#include "sim/waves/fst_writer.hpp"

namespace spikemesh::sim {

namespace {
constexpr unsigned kResetCycles = 4;
}

RtlInstance::RtlInstance(const SpikemeshVerilated& code, const spec::Build& build,
                         const char* waves, std::uint64_t seed)
    : code_(code), build_(build), chip_(code.make(waves, seed), code.destroy) {
  if (chip_ == nullptr) throw_waves_unwritable(waves);
  ports_.rx = 1;
  ports_.byte_tx_ready = 1;
}

void RtlInstance::eval(bool clock, std::uint64_t cycle) {
  if (const char* why = code_.eval(chip_.get(), &ports_, clock))
    throw std::runtime_error(fmt::format("RTL: it ended in cycle {}: {}", cycle, why));
}

void RtlInstance::reset() {
  ports_.reset_n = 0;
  for (unsigned i = 0; i < kResetCycles; ++i) {
    eval(false, 0);
    eval(true, 0);
  }
  ports_.reset_n = 1;
}

bool RtlInstance::any() const {
  for (std::uint64_t i = 0; i < ports_.retire_any_bytes; ++i)
    if (ports_.retire_any[i] != 0) return true;
  return false;
}

void RtlInstance::tell_events(std::uint64_t cycle, EventSink& sink) const {
  if (!any()) return;
  const unsigned tiles = build_.mesh_w * build_.mesh_h;
  for (unsigned i = 0; i < tiles; ++i) {
    if (!bit(i)) continue;
    const auto tile =
        static_cast<std::uint16_t>(i % build_.mesh_w | (i / build_.mesh_w) << spec::kCoordBits);
    retire_tile({ports_.retire_tile}, i * spec::retire_tile_layout::kWidth, tile, cycle, sink);
  }
  if (bit(tiles)) retire_host({ports_.retire_host}, cycle, sink);
}

}  // namespace spikemesh::sim
