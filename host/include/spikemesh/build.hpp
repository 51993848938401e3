// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "spikemesh/spec.hpp"

namespace spikemesh {

/// The parameters of a chip: a named build of the specification (`default`, `ecp5`, `tiny`, `odd`),
/// or a JSON file with any of the build parameters, as in docs/registers.md; parameters that it
/// leaves out are as in `default`. Throws InputError, which names the path, the value and what is
/// allowed, for unknown names or keys, values out of range, and parameters that do not go together.
spec::Build load_build(const std::string& name_or_path);

/// The same from a JSON text; `name` is what errors call it.
spec::Build parse_build(const std::string& text, const std::string& name);

/// Throws InputError when a parameter is out of its range or two do not go together.
void check_build(const spec::Build& build, const std::string& name);

/// The name of a build of the specification, "" for any other.
std::string build_name(const spec::Build& build);

/// A JSON object that parse_build reads.
std::string to_json(const spec::Build& build);

}  // namespace spikemesh
