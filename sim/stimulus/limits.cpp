// SPDX-License-Identifier: Apache-2.0
#include "sim/stimulus/limits.hpp"

#include "model/core/tile_memory.hpp"
#include "model/core/word_bits.hpp"

namespace spikemesh::sim {
namespace {

/// Asks a tile's memory about one field of the first entry of a region.
class Probe {
 public:
  Probe(model::TileMemory& memory, const spec::Build& build, const FieldLimits& of)
      : memory_(memory),
        build_(build),
        of_(of),
        address_(model::tile_address(of.word->region, of.word->word)) {}

  bool taken(std::uint32_t value) const {
    return model::check_write(build_, address_, of_.put(0, value)) == spec::Status::ok;
  }
  /// Low bits of the field that are more than always zero. A bit that is refused alone is one.
  unsigned kept_bits() const {
    unsigned kept = 0;
    for (unsigned bit = 0; bit < of_.field->bits; ++bit) {
      const std::uint32_t value = std::uint32_t{1} << bit;
      if (!taken(value)) {
        kept = bit + 1;
        continue;
      }
      memory_.write(address_, of_.put(0, value));
      if ((of_.get(memory_.read(address_)) & value) != 0) kept = bit + 1;
    }
    memory_.write(address_, 0);
    return kept;
  }
  /// The largest value up to `most` that is taken: all below it are, too.
  std::uint32_t largest_taken(std::uint32_t most) const {
    if (taken(most)) return most;
    std::uint32_t good = 0, bad = most;
    while (bad - good > 1) {
      const std::uint32_t middle = good + (bad - good) / 2;
      (taken(middle) ? good : bad) = middle;
    }
    return good;
  }

 private:
  model::TileMemory& memory_;
  const spec::Build& build_;
  const FieldLimits& of_;
  std::uint32_t address_;
};

void find_limits(model::TileMemory& memory, const spec::Build& build, FieldLimits& of) {
  const auto at = [&of](Limit limit) -> auto& {
    return of.values[static_cast<std::size_t>(limit)];
  };
  const Probe probe(memory, build, of);
  const std::uint32_t all = model::low_bits(of.field->bits);
  const unsigned kept = probe.kept_bits();
  const bool is_signed = of.field->form == spec::Form::integer;
  const std::uint32_t most = model::low_bits(is_signed && kept > 0 ? kept - 1 : kept);
  at(Limit::zero) = 0;
  at(Limit::one) = 1;
  at(Limit::largest) = probe.largest_taken(most);
  if (is_signed) at(Limit::smallest) = ~most & all;
  // Of a signed field that is kept whole, one more is the smallest.
  if (*at(Limit::largest) < all && !(is_signed && kept == of.field->bits))
    at(Limit::beyond) = *at(Limit::largest) + 1;
}

}  // namespace

std::uint32_t FieldLimits::put(std::uint32_t in, std::uint32_t value) const {
  const std::uint32_t mask = model::low_bits(field->bits) << field->low;
  return (in & ~mask) | (value << field->low & mask);
}

std::uint32_t FieldLimits::get(std::uint32_t from) const {
  return from >> field->low & model::low_bits(field->bits);
}

std::vector<FieldLimits> field_limits(const spec::Build& build) {
  model::TileMemory memory(build);
  std::vector<FieldLimits> out;
  for (const spec::TileWord& word : spec::kTileWords) {
    for (const spec::Field& field : word.fields) {
      FieldLimits limits{.word = &word, .field = &field};
      find_limits(memory, build, limits);
      out.push_back(limits);
    }
  }
  return out;
}

}  // namespace spikemesh::sim
