// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/link/transport.hpp"

#include <string_view>

#include "link/transport_open.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh {

std::unique_ptr<Transport> open_transport(const std::string& port, unsigned baud) {
  constexpr std::string_view kTcp = "tcp:", kMemory = "mem:";
  if (port.empty()) {
    throw TransportError(
        "no port given: name a serial port (/dev/ttyUSB0), tcp:HOST:PORT, or mem:FILE@OFFSET");
  }
  if (port.starts_with(kTcp)) return open_tcp(port.substr(kTcp.size()));
  if (port.starts_with(kMemory)) return open_memory(port.substr(kMemory.size()));
  return open_serial(port, baud);
}

}  // namespace spikemesh
