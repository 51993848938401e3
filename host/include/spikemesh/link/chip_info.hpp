// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "spikemesh/spec.hpp"

namespace spikemesh {

/// The identity of a chip: the registers that a host reads first.
struct ChipInfo {
  std::uint32_t spec_hash = 0;  ///< register SPEC_HASH
  std::uint32_t version = 0;    ///< of the link protocol
  spec::Build build;            ///< its parameters; uart_divisor is the one in use
};

/// First and number of the registers that `chip_info` reads.
inline constexpr spec::Register kFirstInfoRegister = spec::Register::magic;
inline constexpr std::uint32_t kInfoRegisters =
    static_cast<std::uint32_t>(spec::Register::uart_divisor) + 1;

/// Throws SpecError unless the words (from MAGIC on, at least up to VERSION) are those of a chip of
/// this specification; the message names both hashes.
void check_identity(std::span<const std::uint32_t> registers);

/// Reads the registers MAGIC..UART_DIVISOR (kInfoRegisters words).
/// Throws SpecError as check_identity, or when a parameter is outside what the specification
/// allows.
ChipInfo chip_info(std::span<const std::uint32_t> registers);

}  // namespace spikemesh
