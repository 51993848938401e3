// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "spikemesh/error.hpp"

namespace spikemesh::test {

/// What the error says that `what` ends with.
inline std::string message_of(const std::function<void()>& what) {
  try {
    what();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace spikemesh::test
