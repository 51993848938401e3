// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <tlm>

namespace spikemesh::systemc {

/// An access of a word over the internal bus of a chip (docs/blocks/bus.md).
struct BusAccess {
  bool write = false;
  std::uint32_t address = 0;  ///< of bytes
  std::uint32_t data = 0;
  std::uint8_t strobe = 15;  ///< bytes to write
};

/// How it ended: a status as in chip.json, /enums/status, and the word that was read.
struct BusAnswer {
  std::uint8_t status = 0;
  std::uint32_t data = 0;
};

/// Carries the status of the bus to an initiator that adds it to its transaction. Where several
/// words are accessed, it is of the one that failed, if any did.
struct BusStatus : tlm::tlm_extension<BusStatus> {
  std::uint8_t code = 0;   ///< as in chip.json, /enums/status; 0: ok
  std::uint32_t done = 0;  ///< words of the transaction before the one that failed

  /// "ok", "running", ...
  const char* name() const;
  tlm::tlm_extension_base* clone() const override { return new BusStatus(*this); }
  void copy_from(const tlm::tlm_extension_base& from) override {
    *this = static_cast<const BusStatus&>(from);
  }
};

}  // namespace spikemesh::systemc
