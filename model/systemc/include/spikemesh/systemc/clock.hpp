// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemc>

namespace spikemesh::systemc {

/// The rising edges of a chip's own clock: at `phase`, `phase + period`, `phase + 2 * period` ...
///
/// A period that is not a whole number of the simulation's time resolution is refused with
/// SC_REPORT_ERROR; sc_set_time_resolution comes before the first clock. An sc_time is a whole
/// number by itself: what SystemC rounded before is not seen here.
struct Clock {
  Clock(double period, sc_core::sc_time_unit unit,
        const sc_core::sc_time& phase = sc_core::SC_ZERO_TIME);
  explicit Clock(const sc_core::sc_time& period,
                 const sc_core::sc_time& phase = sc_core::SC_ZERO_TIME);

  sc_core::sc_time period;
  sc_core::sc_time phase;
};

}  // namespace spikemesh::systemc
