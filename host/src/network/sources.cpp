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

/// Reads "RATE[,SEED]" or "INTERVAL[,PHASE]".
template <typename First>
bool read_pair(std::string_view text, First& first, std::optional<std::uint64_t>& second) {
  const std::size_t comma = text.find(',');
  if (!read_number(text.substr(0, comma), first)) return false;
  if (comma == std::string_view::npos) return true;
  return read_number(text.substr(comma + 1), second.emplace());
}

void add_regular(const Source& source, std::uint32_t size, std::uint64_t first, std::uint64_t steps,
                 std::uint32_t sample, std::vector<SpikeRow>& rows) {
  std::uint64_t step = source.phase;
  if (step < first) {
    const std::uint64_t late = (first - step) % source.interval;
    step = first + (late == 0 ? 0 : source.interval - late);
  }
  while (step >= first && step - first < steps) {
    for (std::uint32_t neuron = 0; neuron < size; ++neuron)
      rows.push_back({sample, step - first, source.population, neuron, 1, 0});
    if (steps - (step - first) <= source.interval) return;  // the next would wrap
    step += source.interval;
  }
}

}  // namespace

Source parse_poisson(const std::string& text, const std::string& option) {
  Source source;
  source.kind = Source::Kind::poisson;
  std::string_view rest;
  if (!split(text, source.population, rest) || !read_pair(rest, source.rate_hz, source.seed) ||
      !(source.rate_hz >= 0) || !std::isfinite(source.rate_hz))
    throw InputError(fmt::format(
        "{} {}: POPULATION=RATE_HZ or POPULATION=RATE_HZ,SEED is needed, with a rate that is not "
        "negative, such as in=20",
        option, text));
  return source;
}

Source parse_regular(const std::string& text, const std::string& option) {
  Source source;
  source.kind = Source::Kind::regular;
  std::string_view rest;
  std::optional<std::uint64_t> phase;
  if (!split(text, source.population, rest) || !read_pair(rest, source.interval, phase) ||
      source.interval == 0)
    throw InputError(fmt::format(
        "{} {}: POPULATION=INTERVAL or POPULATION=INTERVAL,PHASE is needed, in steps, with an "
        "interval above 0, such as in=10,3",
        option, text));
  source.phase = phase.value_or(0);
  return source;
}

/// The random numbers of one Poisson source: one for each neuron of each step.
class SourceSpikes::Stream {
 public:
  Stream(std::string population, std::uint64_t seed, std::uint32_t number)
      : population_(std::move(population)), seed_(seed), number_(number) {}

  void add(double probability, std::uint32_t size, SourcePlace place, std::uint64_t steps,
           std::uint32_t sample, std::vector<SpikeRow>& rows) {
    go_to(place, size);
    for (std::uint64_t step = 0; step < steps; ++step)
      for (std::uint32_t neuron = 0; neuron < size; ++neuron)
        if (draw_->unit() < probability) rows.push_back({sample, step, population_, neuron, 1, 0});
    at_.step += steps;
  }

 private:
  void go_to(SourcePlace place, std::uint32_t size) {
    if (!draw_ || place.sample != at_.sample || place.step < at_.step) {
      draw_ = first_draw(place.sample);
      at_ = {place.sample, 0};
    }
    draw_->skip((place.step - at_.step) * size);
    at_ = place;
  }

  Draw first_draw(std::uint32_t sample) const {
    const std::uint64_t name = hash(population_);
    const auto low = [](std::uint64_t value) { return static_cast<std::uint32_t>(value); };
    std::vector<std::uint32_t> words{low(seed_), low(seed_ >> 32), low(name), low(name >> 32),
                                     sample};
    if (number_ > 0) words.push_back(number_);
    std::seed_seq seeds(words.begin(), words.end());
    return Draw(seeds);
  }

  std::string population_;
  std::uint64_t seed_;
  std::uint32_t number_;  ///< among the sources of this population and seed
  SourcePlace at_;        ///< of the next number
  std::optional<Draw> draw_;
};

SourceSpikes::SourceSpikes() = default;
SourceSpikes::~SourceSpikes() = default;
SourceSpikes::SourceSpikes(const SourceSpikes& other) { *this = other; }
SourceSpikes& SourceSpikes::operator=(const SourceSpikes& other) {
  if (this == &other) return *this;
  streams_.clear();
  for (const auto& [name, stream] : other.streams_)
    streams_[name] = std::make_unique<Stream>(*stream);
  return *this;
}
SourceSpikes::SourceSpikes(SourceSpikes&&) noexcept = default;
SourceSpikes& SourceSpikes::operator=(SourceSpikes&&) noexcept = default;

std::vector<SpikeRow> SourceSpikes::make(std::span<const Source> sources, const Network& network,
                                         SourcePlace place, std::uint64_t steps,
                                         std::uint32_t samples, std::uint64_t default_seed) {
  std::vector<SpikeRow> rows;
  std::map<std::string, std::uint32_t> numbers;
  for (const Source& source : sources) {
    const std::uint32_t size = input_size(source, network);
    const std::uint64_t seed = source.seed.value_or(default_seed);
    const std::string family = fmt::format("{} {}", seed, source.population);
    Stream* stream = nullptr;
    if (source.kind == Source::Kind::poisson) {
      const std::uint32_t number = numbers[family]++;
      auto& made = streams_[fmt::format("{} {}", number, family)];
      if (!made) made = std::make_unique<Stream>(source.population, seed, number);
      stream = made.get();
    }
    const double probability = mean_spikes(source, network.dt_ms());
    for (std::uint32_t sample = 0; sample < samples; ++sample) {
      const SourcePlace from{place.sample + sample, sample == 0 ? place.step : 0};
      if (stream != nullptr)
        stream->add(probability, size, from, steps, sample, rows);
      else
        add_regular(source, size, from.step, steps, sample, rows);
    }
  }
  return rows;
}

double mean_spikes(const Source& source, double dt_ms) {
  return source.kind == Source::Kind::poisson ? -std::expm1(-source.rate_hz * dt_ms / 1000)
                                              : 1 / static_cast<double>(source.interval);
}

std::vector<SpikeRow> make_spikes(const Source& source, const Network& network, std::uint64_t steps,
                                  std::uint32_t samples, std::uint64_t seed) {
  return SourceSpikes().make({&source, 1}, network, {}, steps, samples, seed);
}

}  // namespace spikemesh
