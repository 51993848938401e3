// SPDX-License-Identifier: Apache-2.0
// A table of spikes: it is refused by line, or what was read is read again when it is written.
#include <cstdint>
#include <sstream>
#include <string>

#include "refused.hpp"
#include "spikemesh/image.hpp"
#include "spikemesh/spikes_csv.hpp"

using namespace spikemesh;

namespace {

constexpr std::uint64_t kSteps = 10;

/// Two populations of inputs, of 4 and 1, with at most 2 spikes a step.
Image image_of_inputs() {
  Image image;
  for (std::uint32_t i = 0; i < 4; ++i) image.inputs.push_back({"in", i, {}, 2});
  image.inputs.push_back({"clock", 0, {}, 2});
  return image;
}

void check_again(const std::vector<SpikeRow>& rows) {
  constexpr std::uint64_t kMost = 100'000;
  std::uint64_t spikes = 0;
  for (const SpikeRow& row : rows) spikes += row.count;
  if (spikes > kMost) return;  // a row each, when they are written
  std::stringstream text;
  write_spikes(text, rows);
  std::vector<SpikeRow> one_each;
  for (const SpikeRow& row : rows)
    for (std::uint32_t i = 0; i < row.count; ++i)
      one_each.push_back({row.sample, row.step, row.population, row.neuron, 1,
                          static_cast<std::uint32_t>(one_each.size() + 2)});
  fuzz::need(read_spikes(text, "again.csv") == one_each, "what is written is read again",
             text.str());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Image image = image_of_inputs();
  std::istringstream text(std::string(reinterpret_cast<const char*>(data), size));
  std::vector<SpikeRow> rows;
  if (!fuzz::accepts("in.csv:", [&] { rows = read_spikes(text, "in.csv"); })) return 0;
  check_again(rows);
  fuzz::accepts("in.csv:", [&] {
    std::uint64_t before = 0, after = 0;
    for (const SpikeRow& row : rows) before += row.count;
    for (const InputSpike& spike : match_inputs(rows, image, kSteps, "in.csv"))
      after += spike.count;
    fuzz::need(before == after, "no spike is lost, none doubled");
  });
  return 0;
}
