// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/systemc/clock.hpp"

#include <cmath>
#include <sstream>

namespace spikemesh::systemc {

namespace {

double seconds_of(sc_core::sc_time_unit unit) {
  switch (unit) {
    case sc_core::SC_FS:
      return 1e-15;
    case sc_core::SC_PS:
      return 1e-12;
    case sc_core::SC_NS:
      return 1e-9;
    case sc_core::SC_US:
      return 1e-6;
    case sc_core::SC_MS:
      return 1e-3;
    default:
      return 1;
  }
}

const char* name_of(sc_core::sc_time_unit unit) {
  switch (unit) {
    case sc_core::SC_FS:
      return "fs";
    case sc_core::SC_PS:
      return "ps";
    case sc_core::SC_NS:
      return "ns";
    case sc_core::SC_US:
      return "us";
    case sc_core::SC_MS:
      return "ms";
    default:
      return "s";
  }
}

/// Whether it is a positive whole number, but for the rounding of its computation.
bool whole(double value) {
  const double nearest = std::round(value);
  return nearest >= 1 && std::abs(value - nearest) <= 1e-9 * nearest;
}

sc_core::sc_time checked(double period, sc_core::sc_time_unit unit) {
  const sc_core::sc_time resolution = sc_core::sc_get_time_resolution();
  if (!whole(period * seconds_of(unit) / resolution.to_seconds())) {
    std::ostringstream text;
    text << "a clock period of " << period << ' ' << name_of(unit)
         << " is not a whole number of the time resolution, which is " << resolution
         << ": set a finer one with sc_set_time_resolution, before any sc_time is made";
    SC_REPORT_ERROR("/spikemesh/clock", text.str().c_str());
  }
  return {period, unit};
}

}  // namespace

Clock::Clock(double period_value, sc_core::sc_time_unit unit, const sc_core::sc_time& phase_time)
    : period(checked(period_value, unit)), phase(phase_time) {}

Clock::Clock(const sc_core::sc_time& period_time, const sc_core::sc_time& phase_time)
    : period(period_time), phase(phase_time) {
  if (period == sc_core::SC_ZERO_TIME) {
    std::ostringstream text;
    text << "a clock period is zero, or was rounded to zero by the time resolution, which is "
         << sc_core::sc_get_time_resolution()
         << ": give a longer period, or set a finer resolution with sc_set_time_resolution";
    SC_REPORT_ERROR("/spikemesh/clock", text.str().c_str());
  }
}

}  // namespace spikemesh::systemc
