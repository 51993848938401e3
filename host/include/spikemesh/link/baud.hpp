// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "spikemesh/link/client.hpp"

namespace spikemesh {

/// What negotiate_baud came to. Rates are in baud.
struct BaudResult {
  unsigned found = 0;  ///< rate at which the chip answered first; 0: this way has no rate
  unsigned used = 0;   ///< rate that port and chip have now
  std::string note;    ///< why it is not the one that was wanted; empty when it is
};

/// Connects the client to a chip whose rate is not known, and takes port and chip to `wanted` baud.
///
/// First the port tries `wanted`, the rate that it was opened with, and the usual rates, until the
/// chip answers: it may have been left at any. Then UART_DIVISOR is written: the chip's clock
/// follows from its divisor and the rate at which it answers. At the new rate a series of reads has
/// to come through. If it does not, the chip is told, at the new rate, to return to the old one,
/// and the next lower usual rate is tried, down to the one at which it was found.
///
/// Throws LinkError when no rate is answered, or when the chip is lost at a new one (it goes back
/// by itself only when its power does), and what Client::connect throws.
BaudResult negotiate_baud(Client& client, unsigned wanted);

}  // namespace spikemesh
