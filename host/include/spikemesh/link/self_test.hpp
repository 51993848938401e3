// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "spikemesh/link/management_core.hpp"

namespace spikemesh {

/// A word of a memory in which bits do not keep what is written.
struct MemoryFault {
  std::uint16_t tile = 0;             ///< as in a frame; the host tile has the spike-in ring
  std::uint32_t address = 0;          ///< as in a frame
  std::uint32_t ones = 0, zeros = 0;  ///< bits that read 1 where 0 was written, and the other way
  bool operator==(const MemoryFault&) const = default;
};

/// What is wrong with a link.
enum class LinkFaultKind : std::uint8_t {
  never_ready,  ///< what is sent over it stays where it is
  lost,         ///< what is sent over it does not arrive
  stuck,        ///< some bits of the data are always the same
  axons         ///< spikes do not arrive on axons with some bits
};

/// A link of the mesh in one direction.
struct LinkFault {
  std::uint16_t tile = 0;              ///< that sends, as in a frame; it may be the host tile
  spec::Port port = spec::Port::west;  ///< at which it leaves
  LinkFaultKind kind = LinkFaultKind::never_ready;
  std::uint32_t bits = 0;  ///< that are stuck, or bits of axons
  bool value = false;      ///< of stuck bits
  bool operator==(const LinkFault&) const = default;
};

/// What the self-test of a chip found (docs/firmware.md).
struct SelfTestReport {
  std::vector<MemoryFault> memories;
  std::vector<LinkFault> links;
  /// Tiles whose memories could not be tested, since a link on the way to them, or back, is broken.
  std::vector<std::uint16_t> skipped;
  std::uint64_t unlisted = 0;  ///< accesses to further words that were wrong, too many to be listed
  std::uint32_t tested_words = 0, tested_links = 0;
  /// True if the test found nothing broken.
  bool good() const {
    return memories.empty() && links.empty() && skipped.empty() && unlisted == 0;
  }
};
/// A line for each fault, in the order of the report, then one of what was tested.
std::string to_text(const SelfTestReport& report);

/// Puts a report together from the messages of the program `monitor`.
class SelfTestReader {
 public:
  /// Takes the next message of the monitor; others than those of a self-test change nothing.
  void take(const CoreMessage& message);
  /// The program wants a reset, and then to go on (MONITOR_RESUME of firmware/monitor/monitor.h);
  /// said once.
  bool wants_reset() { return std::exchange(reset_, false); }
  /// True once the monitor has said that the test is over.
  bool done() const { return done_; }
  /// What was found so far.
  const SelfTestReport& report() const { return report_; }

 private:
  SelfTestReport report_;
  bool reset_ = false, done_ = false;
};

/// Loads `monitor` into the management core and has it test the chip, which is reset before and
/// afterwards: its image is gone. Throws what ManagementCore throws; RunError when the program
/// ends, or says nothing for `patience`.
SelfTestReport self_test(Client& client, std::span<const std::uint8_t> image,
                         const std::string& name, std::chrono::seconds patience);

}  // namespace spikemesh
