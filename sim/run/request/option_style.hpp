// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace spikemesh::sim {

/// How a message names what its reader gave: an option of the command line, or an argument of a
/// program (C++, Python).
struct OptionStyle {
  bool shell = false;

  /// "--save-network", or "save_network".
  std::string name(std::string_view option) const;
  /// "--clear all", or `clear "all"`.
  std::string with(std::string_view option, std::string_view value) const;
};

}  // namespace spikemesh::sim
