// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <string>

namespace spikemesh {

/// A number of the environment, or else `otherwise`.
inline std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* given = std::getenv(name);
  return given ? std::strtoull(given, nullptr, 0) : otherwise;
}

/// SPIKEMESH_SEED, or the seed that the suite runs with.
inline std::uint64_t seed_of_this_run() { return from_environment("SPIKEMESH_SEED", 20261122); }

/// SPIKEMESH_ONLY=K: just that one of the cases or combinations.
inline bool wanted(std::uint64_t number) {
  return from_environment("SPIKEMESH_ONLY", number) == number;
}

/// One command that runs just case `number` of a test case whose name begins like `test`.
inline std::string rerun(const char* program, const char* test, std::uint64_t seed,
                         std::uint64_t number) {
  return fmt::format("rerun: SPIKEMESH_SEED={} SPIKEMESH_ONLY={} build/bin/{} -tc='{}*'", seed,
                     number, program, test);
}

}  // namespace spikemesh
