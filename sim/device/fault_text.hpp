// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "model/fault.hpp"

namespace spikemesh::sim {

/// Adds a fault that is written as in one of
///   tile=1,0 memory=synapse address=12 bit=3 stuck=1
///   link=1,0 direction=east never=ready        (or never=valid; link=host is that from the host)
///   link=1,0 direction=east bit=5 stuck=0
/// to `faults`. `option` is for messages. Throws InputError where the text is another, or names
/// what the build does not have.
void parse_fault(const std::string& text, const spec::Build& build, const std::string& option,
                 model::Faults& faults);

}  // namespace spikemesh::sim
