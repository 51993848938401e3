// SPDX-License-Identifier: Apache-2.0
#include "sim/run/request/option_style.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace spikemesh::sim {

std::string OptionStyle::name(std::string_view option) const {
  if (shell) return fmt::format("--{}", option);
  std::string text(option);
  std::replace(text.begin(), text.end(), '-', '_');
  return text;
}

std::string OptionStyle::with(std::string_view option, std::string_view value) const {
  return shell ? fmt::format("{} {}", name(option), value)
               : fmt::format("{} \"{}\"", name(option), value);
}

}  // namespace spikemesh::sim
