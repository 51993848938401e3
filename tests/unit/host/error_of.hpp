// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "spikemesh/error.hpp"

/// What the InputError says that `action` throws; empty if it throws none.
template <typename Action>
std::string error_of(Action&& action) {
  try {
    action();
  } catch (const spikemesh::InputError& error) {
    return error.what();
  }
  return "";
}
