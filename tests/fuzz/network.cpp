// SPDX-License-Identifier: Apache-2.0
// A network file: it is refused by place, or it is a network, which a chip refuses by place or
// takes.
#include <cctype>
#include <cstdint>
#include <optional>
#include <string>

#include "refused.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/mapper.hpp"
#include "spikemesh/network_json.hpp"

using namespace spikemesh;

namespace {

/// A number of more than five digits: sizes and random projections of that many are slow, not
/// wrong.
bool has_large_number(const std::string& text) {
  constexpr std::size_t kMost = 5;
  std::size_t digits = 0;
  for (const char letter : text) {
    digits = std::isdigit(static_cast<unsigned char>(letter)) ? digits + 1 : 0;
    if (digits > kMost) return true;
  }
  return false;
}

bool is_slow(const Network& network) {
  constexpr std::size_t kMost = 100'000;
  std::size_t work = 0;
  for (const Population& population : network.populations()) work += population.size;
  for (const Projection& projection : network.projections())
    work += network.synapse_count(projection);
  return work > kMost;
}

void check_image(const Network& network, const Mapped& mapped) {
  std::size_t inputs = 0, neurons = 0;
  for (const Population& population : network.populations())
    (population.is_input() ? inputs : neurons) += population.size;
  fuzz::need(mapped.image.inputs.size() == inputs, "every input has its place");
  fuzz::need(mapped.image.locations.size() == neurons, "every neuron has its place");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (has_large_number(text)) return -1;
  std::optional<Network> network;
  const auto parse = [&] { network = parse_network(text, "net.json", "/nonexistent"); };
  if (!fuzz::accepts("", parse) || is_slow(*network)) return 0;
  for (const char* build : {"odd", "tiny"}) {
    std::optional<Mapped> mapped;
    if (fuzz::accepts("", [&] { mapped = map_network(*network, load_build(build)); }))
      check_image(*network, *mapped);
  }
  return 0;
}
