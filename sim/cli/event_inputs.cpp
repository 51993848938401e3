// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/event_inputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "spikemesh/error.hpp"
#include "spikemesh/events.hpp"
#include "spikemesh/input_file.hpp"

namespace spikemesh::sim {
namespace {

/// The population is there, takes inputs, and has a neuron for each place and channel.
void check_population(const std::string& population, const EventLayout& layout,
                      const Network& network) {
  const auto& all = network.populations();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Population& each) {
    return each.name == population && each.is_input();
  });
  if (found == all.end()) {
    std::vector<std::string> names;
    for (const Population& each : all)
      if (each.is_input()) names.push_back(each.name);
    throw InputError(fmt::format("--events: no input population \"{}\"; the network has {}",
                                 shown(population), shown(names)));
  }
  if (layout.neurons() != found->size)
    throw InputError(fmt::format(
        "--events: {} places and channels, but \"{}\" has {} neurons; change size, crop, "
        "downsample or polarity of --event-layout",
        layout.neurons(), population, found->size));
}

}  // namespace

EventInputs read_event_inputs(const std::vector<std::string>& files, const std::string& layout_text,
                              const Network& network, std::uint64_t steps) {
  EventInputs inputs;
  if (files.empty()) return inputs;
  const EventLayout layout = parse_event_layout(layout_text, "--event-layout");
  std::map<std::string, std::uint32_t> samples;
  for (const std::string& text : files) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
      throw InputError(
          fmt::format("--events {}: POPULATION=FILE is needed, such as in=digit.bs2", shown(text)));
    const std::string population = text.substr(0, equals), file = text.substr(equals + 1);
    check_population(population, layout, network);
    EventSpikes made = bin_events(read_events(file), layout, network.dt_ms(), steps, file);
    const std::uint32_t sample = samples[population]++;
    inputs.samples = std::max(inputs.samples, sample + 1);
    for (SpikeRow& row : made.rows) {
      row.sample = sample;
      row.population = population;
    }
    std::move(made.rows.begin(), made.rows.end(), std::back_inserter(inputs.rows));
    if (made.late > 0)
      inputs.notes.push_back(fmt::format("{}: {} events come after step {} and are left out", file,
                                         made.late, steps - 1));
  }
  return inputs;
}

}  // namespace spikemesh::sim
