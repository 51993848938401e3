// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/number.hpp"

#include <charconv>
#include <cmath>
#include <limits>

namespace spikemesh {
namespace {

struct Parsed {
  std::uint64_t value = 0;
  bool digits = false, fits = false;
};

Parsed parse(std::string_view text, int base) {
  Parsed parsed;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), parsed.value, base);
  parsed.digits = error != std::errc::invalid_argument && end == text.data() + text.size();
  parsed.fits = parsed.digits && error == std::errc();
  return parsed;
}

}  // namespace

std::optional<std::uint64_t> parse_integer(std::string_view text, int base) {
  const Parsed parsed = parse(text, base);
  if (!parsed.digits) return std::nullopt;
  return parsed.fits ? parsed.value : std::numeric_limits<std::uint64_t>::max();
}

std::optional<std::uint64_t> parse_integer(std::string_view text, std::uint64_t min,
                                           std::uint64_t max, int base) {
  const Parsed parsed = parse(text, base);
  if (!parsed.fits || parsed.value < min || parsed.value > max) return std::nullopt;
  return parsed.value;
}

std::optional<double> parse_real(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

}  // namespace spikemesh
