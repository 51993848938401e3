// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/error.hpp"

#include <fmt/format.h>

#include "spikemesh/mgmt.hpp"

namespace spikemesh {
namespace {

std::string_view remedy(spec::Status status) {
  switch (status) {
    case spec::Status::ok:
      break;
    case spec::Status::bad_command:
      return "chip and host speak different versions of the protocol: build both from one "
             "chip.json";
    case spec::Status::bad_length:
      return "the frame is longer than the chip's FRAME_WORDS";
    case spec::Status::bad_address:
      return "the chip has no such word: map the network for the build that `spikemesh info` shows";
    case spec::Status::bad_value:
      return "docs/registers.md and docs/blocks/host_tile.md say which values the word takes";
    case spec::Status::running:
      return "tile memories answer at a step boundary only: wait for the run to end, or write "
             "PAUSE";
    case spec::Status::refused:
      return "the chip was reset since the image was loaded (IMAGE_TAG differs): load the image "
             "again; or its management core owns the run: stop the core (spikemesh firmware stop)";
    case spec::Status::timeout:
      return "the mesh made no progress: drain the spike-out ring, or reset the chip and load "
             "again";
    case spec::Status::read_only:
      return "the word can only be read";
  }
  return "the chip answers with a status that this host does not know";
}

/// A word of the management core.
std::string core_word_name(std::uint32_t address) {
  if (address >= spec::kMgmtDataBase)
    return fmt::format("management core, data word {}", address - spec::kMgmtDataBase);
  if (address >= spec::kMgmtProgramBase)
    return fmt::format("management core, program word {}", address - spec::kMgmtProgramBase);
  const std::uint32_t number = address - spec::kMgmtRegistersBase;
  if (number < spec::kMgmtRegisters.size())
    return fmt::format("management core, register {}", spec::kMgmtRegisters[number].name);
  return fmt::format("management core, word {:#x}", address);
}

std::string host_word_name(std::uint32_t address) {
  for (const spec::RegisterInfo& info : spec::kRegisters) {
    if (static_cast<std::uint32_t>(info.address) == address) {
      return fmt::format("host tile, register {}", info.name);
    }
  }
  if (address >= spec::kMgmtRegistersBase) return core_word_name(address);
  if (address >= spec::kRingOutBase) {
    return fmt::format("host tile, spike-out ring word {}", address - spec::kRingOutBase);
  }
  if (address >= spec::kRingInBase) {
    return fmt::format("host tile, spike-in ring word {}", address - spec::kRingInBase);
  }
  return fmt::format("host tile, word {:#x}", address);
}

}  // namespace

std::string word_name(std::uint16_t tile, std::uint32_t address) {
  const spec::Tile where = spec::Tile::unpack(tile);
  if (where.host != 0) return host_word_name(address);
  const spec::TileAddr word = spec::TileAddr::unpack(address);
  return fmt::format("tile ({}, {}), {} word {}", where.x, where.y,
                     spec::to_string(static_cast<spec::Region>(word.region)), word.index);
}

ChipError::ChipError(const std::string& action, std::uint16_t tile, std::uint32_t address,
                     spec::Status status)
    : Error(fmt::format("{} of {}: the chip answers {}; {}", action, word_name(tile, address),
                        spec::to_string(status), remedy(status))),
      tile_(tile),
      address_(address),
      status_(status) {}

}  // namespace spikemesh
