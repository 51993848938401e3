// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "spikemesh/error.hpp"

namespace spikemesh::fuzz {

/// A promise that was broken: libFuzzer keeps the input.
inline void need(bool holds, std::string_view promise, std::string_view found = "") {
  if (holds) return;
  std::fprintf(stderr, "broken: %.*s: %.*s\n", static_cast<int>(promise.size()), promise.data(),
               static_cast<int>(found.size()), found.data());
  std::abort();
}

/// Does what may refuse its input, with a message that begins with `place`, ends, and can be
/// printed. Returns false when it was refused; anything else that is thrown is a finding.
template <typename Action>
bool accepts(std::string_view place, Action&& action) {
  constexpr std::size_t kLongest = 2000;
  try {
    action();
    return true;
  } catch (const InputError& error) {
    const std::string_view message = error.what();
    need(message.starts_with(place), "a message names the place first", message);
    need(message.size() <= kLongest, "a message is short enough to be read", message);
    for (const char letter : message)
      need(static_cast<unsigned char>(letter) >= 0x20 && letter != 0x7f, "a message can be printed",
           message);
    return false;
  }
}

}  // namespace spikemesh::fuzz
