// SPDX-License-Identifier: Apache-2.0
#pragma once
// One cell of the table of docs/verification/link-faults.md: an upload over a wire with one kind of
// fault at one error rate, in simulated time, to the cycle-accurate model over its UART pins.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/wire/faulty_wire.hpp"

namespace spikemesh::cells {

/// What goes wrong. The first are faults of bytes at the cell's rate; the others happen once, in
/// the middle of the upload, on a wire that flips bits at the cell's rate.
enum class Kind : std::uint8_t {
  flip,
  drop,
  twice,
  insert,
  burst,
  delay,
  hold,
  lose,
  stale,
  mixed,       ///< all of these, each at its share of the rate
  silent,      ///< the chip is not heard for 2 s
  dead,        ///< the chip is not heard any more
  reset,       ///< the power of the chip fails
  killed,      ///< the host is killed, and another one begins anew
  asks,        ///< a second host on the same wire reads the chip's registers all the time
  loads,       ///< a second host on the same wire resets the chip, for an upload of its own
  pulled,      ///< the wire is pulled and put back after 3 s
  pulled_off,  ///< the wire is pulled for good
};
inline constexpr std::size_t kByteKinds = 10;

struct KindInfo {
  Kind kind;
  std::string_view name;
  bool may_fail;  ///< a clear error is an end as good as an image that is there
};
const std::vector<KindInfo>& kinds();

struct Cell {
  KindInfo kind;
  double rate = 0;
  std::uint64_t seed = 1;
};

struct Outcome {
  bool equal = false;  ///< load() returned, and every word is in the chip
  std::string error;   ///< what load() threw
  double seconds = 0;  ///< simulated, of the upload with its read-back
  double goodput = 0;  ///< bytes of the image and their read-back to what the wire could carry
  std::uint64_t faults = 0;  ///< done to bytes, both ways
  std::uint64_t resent = 0, timeouts = 0;
  std::vector<std::string> broken;  ///< promises that the cell did not keep
};

Outcome run(const Cell& cell);

}  // namespace spikemesh::cells
