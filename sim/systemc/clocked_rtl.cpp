// SPDX-License-Identifier: Apache-2.0
#include "sim/systemc/clocked_rtl.hpp"

#include <string>
#include <systemc>

#include "sim/device/rtl_device.hpp"
#include "sim/verilated/library.hpp"
#include "sim/waves/waves.hpp"

namespace spikemesh::systemc {

namespace {

std::unique_ptr<sim::RtlInstance> made(const char* module, const spec::Build& build,
                                       const RtlSource& source) {
  try {
    const bool waves = !source.waves.empty();
    const auto form = waves ? sim::RtlForm::waves : sim::RtlForm::retire;
    std::string names;
    for (const std::string& file : source.files) names += (names.empty() ? "" : ",") + file;
    const SpikemeshVerilated& code = sim::load_verilated(
        names.empty()
            ? sim::rtl_library(build, form)
            : sim::rtl_library_with(sim::source_list_of(names, "RTL of your own"), build, form));
    return std::make_unique<sim::RtlInstance>(code, build, waves ? source.waves.c_str() : nullptr);
  } catch (const std::exception& error) {
    SC_REPORT_ERROR("/spikemesh/rtl", (std::string(module) + ": " + error.what()).c_str());
    throw;
  }
}

}  // namespace

ClockedRtl::ClockedRtl(const char* module, const spec::Build& build, const RtlSource& source)
    : module_(module), rtl_(made(module, build, source)), waves_(!source.waves.empty()) {}

void ClockedRtl::reset() {
  rtl_->ports().port_valid = 0;
  access_at_ = kNone;
  rtl_->reset();
  answer_.reset();
  ended_ = 0;
}

void ClockedRtl::access(std::uint64_t cycle, const BusAccess& access) {
  SpikemeshChipPorts& ports = rtl_->ports();
  access_at_ = cycle;
  ports.port_write = access.write;
  ports.port_addr = access.address;
  ports.port_wdata = access.data;
  ports.port_strb = access.strobe;
}

void ClockedRtl::step(EventSink& sink) {
  SpikemeshChipPorts& ports = rtl_->ports();
  ports.port_valid = ended_ >= access_at_;
  eval(false);
  rtl_->tell_events(ended_, sink);
  const bool taken = ports.port_valid != 0 && ports.port_ready != 0;
  if (ports.port_answer != 0) answer_ = BusAnswer{ports.port_status, ports.port_rdata};
  eval(true);
  if (taken) access_at_ = kNone;
  ++ended_;
}

void ClockedRtl::eval(bool clock) {
  std::string failure;
  try {
    rtl_->eval(clock, ended_);
  } catch (const std::exception& error) {
    failure = module_ + ": " + error.what();
  }
  dump();
  if (!failure.empty()) SC_REPORT_ERROR("/spikemesh/rtl", failure.c_str());
}

void ClockedRtl::dump() {
  if (waves_) rtl_->dump(sim::kTimePerCycle / 2 * ++halves_);
}

}  // namespace spikemesh::systemc
