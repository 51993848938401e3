// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/sources.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>

#include "network/draw.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"

namespace spikemesh {
namespace {

/// Reads all of `text` as one number.
template <typename Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

/// Cuts "POPULATION=REST": a population may have a '=' in its name, a number has none.
bool split(const std::string& text, std::string& population, std::string_view& rest) {
  const std::size_t at = text.rfind('=');
  if (at == std::string::npos || at == 0) return false;
  population = text.substr(0, at);
  rest = std::string_view(text).substr(at + 1);
  return true;
}

std::uint32_t input_size(const Source& source, const Network& network) {
  std::vector<std::string> inputs;
  for (const Population& population : network.populations()) {
    if (!population.is_input()) continue;
    if (population.name == source.population) return population.size;
    inputs.push_back(population.name);
  }
  throw InputError(fmt::format("{}: no population of inputs is called \"{}\"; there are: {}",
                               network.source.empty() ? "network" : network.source,
                               shown(source.population), shown(inputs)));
}

/// The number of a name, the same everywhere (FNV-1a, 64 bit).
std::uint64_t hash(const std::string& name) {
  std::uint64_t value = 0xcbf29ce484222325;
  for (const char c : name) value = (value ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
  return value;
}

Draw draw_of(const Source& source, std::uint32_t sample, std::uint64_t seed) {
  const std::uint64_t name = hash(source.population);
  std::seed_seq seeds{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
                      static_cast<std::uint32_t>(name), static_cast<std::uint32_t>(name >> 32),
                      sample};
  return Draw(seeds);
}

}  // namespace

Source parse_poisson(const std::string& text, const std::string& option) {
  Source source;
  source.kind = Source::Kind::poisson;
  std::string_view rate;
  if (!split(text, source.population, rate) || !read_number(rate, source.rate_hz) ||
      !(source.rate_hz > 0) || !std::isfinite(source.rate_hz))
    throw InputError(fmt::format(
        "{} {}: POPULATION=RATE_HZ is needed, with a rate above 0, such as in=20", option, text));
  return source;
}

Source parse_regular(const std::string& text, const std::string& option) {
  Source source;
  source.kind = Source::Kind::regular;
  std::string_view rest;
  const bool named = split(text, source.population, rest);
  const std::size_t comma = rest.find(',');
  const bool phased = comma != std::string_view::npos;
  if (!named || !read_number(rest.substr(0, comma), source.interval) || source.interval == 0 ||
      (phased && !read_number(rest.substr(comma + 1), source.phase)))
    throw InputError(fmt::format(
        "{} {}: POPULATION=INTERVAL or POPULATION=INTERVAL,PHASE is needed, in steps, with an "
        "interval above 0, such as in=10,3",
        option, text));
  return source;
}

std::vector<SpikeRow> make_spikes(const Source& source, const Network& network, std::uint64_t steps,
                                  std::uint32_t samples, std::uint64_t seed) {
  const std::uint32_t size = input_size(source, network);
  const double probability = -std::expm1(-source.rate_hz * network.dt_ms() / 1000);
  std::vector<SpikeRow> rows;
  const auto all_fire = [&](std::uint32_t sample, std::uint64_t step) {
    for (std::uint32_t neuron = 0; neuron < size; ++neuron)
      rows.push_back({sample, step, source.population, neuron, 1, 0});
  };
  for (std::uint32_t sample = 0; sample < samples; ++sample) {
    if (source.kind == Source::Kind::regular) {
      for (std::uint64_t step = source.phase; step < steps; step += source.interval) {
        all_fire(sample, step);
        if (steps - step <= source.interval) break;  // the next would wrap
      }
      continue;
    }
    Draw draw = draw_of(source, sample, seed);
    for (std::uint64_t step = 0; step < steps; ++step)
      for (std::uint32_t neuron = 0; neuron < size; ++neuron)
        if (draw.unit() < probability)
          rows.push_back({sample, step, source.population, neuron, 1, 0});
  }
  return rows;
}

}  // namespace spikemesh
