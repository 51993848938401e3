// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "spikemesh/tile_words.hpp"

namespace spikemesh::sim {

/// Values of a field at which hardware goes wrong.
enum class Limit : std::uint8_t {
  zero,
  one,
  largest,   ///< that the chip takes and keeps
  beyond,    ///< one more: it is cut, or refused
  smallest,  ///< of a signed field
};
inline constexpr std::array<std::string_view, 5> kLimitNames{"zero", "one", "largest", "beyond",
                                                             "smallest"};
inline constexpr std::size_t kLimits = kLimitNames.size();

/// A field of a word of a tile, and its limits in one build.
struct FieldLimits {
  const spec::TileWord* word = nullptr;
  const spec::Field* field = nullptr;
  std::array<std::optional<std::uint32_t>, kLimits> values{};  ///< by Limit, as bits of the field

  const std::optional<std::uint32_t>& at(Limit limit) const {
    return values[static_cast<std::size_t>(limit)];
  }
  /// The word with this value in the field.
  std::uint32_t put(std::uint32_t in, std::uint32_t value) const;
  std::uint32_t get(std::uint32_t from) const;
};

/// Of every field of spec::kTileWords, in their order. What the build keeps is found out from the
/// model's memory, which cuts and refuses as the pages say.
std::vector<FieldLimits> field_limits(const spec::Build& build);

}  // namespace spikemesh::sim
