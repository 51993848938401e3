// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "spikemesh/link/transport.hpp"

namespace spikemesh {

std::unique_ptr<Transport> open_serial(const std::string& path, unsigned baud);
/// `place` is HOST:PORT; an IPv6 address is in brackets.
std::unique_ptr<Transport> open_tcp(const std::string& place);
/// `place` is FILE or FILE@OFFSET: a device that maps the chip (spikemesh/link/memory_port.hpp).
std::unique_ptr<Transport> open_memory(const std::string& place);

}  // namespace spikemesh
