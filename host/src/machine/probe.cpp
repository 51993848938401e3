// SPDX-License-Identifier: Apache-2.0
// Probes: how they are written, and what they ask of a network.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "spikemesh/error.hpp"
#include "spikemesh/number.hpp"
#include "spikemesh/record.hpp"

namespace spikemesh {
namespace {

constexpr std::string_view kNames[] = {"spikes", "v", "i", "weight"};
constexpr std::uint32_t kMostNeurons = 1 << 24;  // that a range may name

/// Reads one probe, from both ends of its text towards the names, which may hold any character but
/// a comma.
class ProbeText {
 public:
  ProbeText(const std::string& text, const std::string& option)
      : text_(text), option_(option), rest_(text) {}

  Probe read() {
    Probe probe;
    probe.quantity = quantity();
    probe.every = every(probe.quantity);
    probe.neurons = neurons();
    probe.population = rest_;
    if (probe.quantity == Quantity::weight) {
      const std::size_t comma = rest_.find(',');
      if (comma == std::string_view::npos)
        fail(
            "weights are between two populations: weight:FROM,TO is needed, such as "
            "weight:in,out");
      probe.from = rest_.substr(0, comma);
      probe.population = rest_.substr(comma + 1);
      if (probe.from.empty())
        fail("the population that sends is missing; name it before the comma");
    }
    if (probe.population.empty()) fail("a population is missing; name it after the colon");
    return probe;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw InputError(fmt::format("{} {}: {}", option_, text_, why));
  }
  Quantity quantity() {
    const std::size_t colon = rest_.find(':');
    const auto found = std::find(std::begin(kNames), std::end(kNames), rest_.substr(0, colon));
    if (colon == std::string_view::npos || found == std::end(kNames))
      fail("QUANTITY:POPULATION[NEURONS]@EVERY is needed, such as v:out[0..9]@10; quantities are " +
           fmt::format("{}", fmt::join(kNames, ", ")));
    rest_.remove_prefix(colon + 1);
    return static_cast<Quantity>(found - std::begin(kNames));
  }
  std::uint64_t every(Quantity quantity) {
    const std::size_t at = rest_.rfind('@');
    if (at == std::string_view::npos) return 1;
    if (quantity == Quantity::spikes)
      fail("all spikes are recorded; remove the part that begins with @");
    const std::string_view word = rest_.substr(at + 1);
    rest_ = rest_.substr(0, at);
    if (word == "end") return 0;
    const auto steps = parse_integer(word, 1, ~std::uint64_t{0});
    if (!steps) fail(fmt::format("\"{}\" is no interval; give steps, at least 1, or end", word));
    return *steps;
  }
  std::vector<std::uint32_t> neurons() {
    if (rest_.empty() || rest_.back() != ']') return {};
    const std::size_t open = rest_.rfind('[');
    if (open == std::string_view::npos) fail("a '[' is missing before the ']'; add it");
    std::string_view list = rest_.substr(open + 1, rest_.size() - open - 2);
    rest_ = rest_.substr(0, open);
    std::vector<std::uint32_t> all;
    for (;;) {
      const std::size_t comma = list.find(',');
      add_range(list.substr(0, comma), all);
      if (comma == std::string_view::npos) break;
      list.remove_prefix(comma + 1);
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
  }
  void add_range(std::string_view range, std::vector<std::uint32_t>& all) const {
    const std::size_t dots = range.find("..");
    const auto first = parse_integer(range.substr(0, dots), 0, 0xffffffff);
    const auto last = dots == std::string_view::npos
                          ? first
                          : parse_integer(range.substr(dots + 2), 0, 0xffffffff);
    if (!first || !last || *last < *first || *last - *first >= kMostNeurons)
      fail(fmt::format("\"{}\" is no range of neurons; write them as [0..9,12]", range));
    for (std::uint64_t i = *first; i <= *last; ++i) all.push_back(static_cast<std::uint32_t>(i));
  }
  const std::string& text_;
  const std::string& option_;
  std::string_view rest_;
};

}  // namespace

std::string_view to_string(Quantity quantity) { return kNames[static_cast<std::size_t>(quantity)]; }

Probe parse_probe(const std::string& text, const std::string& option) {
  return ProbeText(text, option).read();
}

void apply_probes(Network& network, std::span<const Probe> probes) {
  for (const Probe& probe : probes) {
    if (probe.quantity != Quantity::spikes) continue;
    const auto id = network.find(probe.population);
    if (!id)
      throw InputError(fmt::format(
          "spikes of \"{}\" cannot be recorded: the network has no such population; name one of "
          "its populations of neurons",
          probe.population));
    std::vector<std::uint32_t> wanted = network.populations()[*id].recorded;
    if (probe.neurons.empty())
      for (std::uint32_t i = 0; i < network.populations()[*id].size; ++i) wanted.push_back(i);
    wanted.insert(wanted.end(), probe.neurons.begin(), probe.neurons.end());
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    network.record(*id, std::move(wanted));
  }
}

}  // namespace spikemesh
