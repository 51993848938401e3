// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace spikemesh {

/// Parses a JSON text of a user; `name` is what errors call it. Throws InputError for what is no
/// JSON (line and column), for a key that occurs twice in one object (path), and for objects and
/// arrays nested deeper than any of ours.
nlohmann::json parse_json(const std::string& text, const std::string& name);

}  // namespace spikemesh
