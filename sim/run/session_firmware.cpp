// SPDX-License-Identifier: Apache-2.0
// Session: samples that a program of the management core runs (docs/firmware.md).
#include <fmt/format.h>

#include <span>

#include "sim/run/session.hpp"
#include "sim/share.hpp"
#include "spikemesh/input_file.hpp"
#include "spikemesh/link/early_exit.hpp"

namespace spikemesh::sim {

/// Runs a plan by the program early-exit. When it throws, `result` holds the samples before.
void Session::execute_early(const RunPlan& plan, EntryFeed& feed, RunResult& result) {
  auto& chip = dynamic_cast<ChipMachine&>(*machine_);  // as whatever has a core
  result.early_exit = true;
  const Image& image = mapped_->image;
  align(chip, plan);
  run_begin_ = chip.step();
  run_steps_ = plan.pitch * plan.samples;
  const std::string name = program_image("early-exit");
  const std::string program = read_input(name);
  EarlyExit core(chip.client(), image, *plan.early_exit,
                 {reinterpret_cast<const std::uint8_t*>(program.data()), program.size()}, name);
  const std::uint32_t mask =
      plan.clear == Clear::all ? kClearEverything : kClearMembrane | kClearTrace;
  for (std::uint32_t k = 0; k < feed.samples(); ++k) {
    tell("steps", k * plan.pitch, run_steps_);
    std::vector<InEntry> entries = feed.take(k, 0, plan.steps);
    entries.push_back({0, mask, spec::EntryKind::clear});
    in_order(entries);
    const EarlyAnswer answer =
        core.run(entries, static_cast<std::uint32_t>(plan.steps), plan.pitch);
    for (const OutSpike& spike : answer.spikes)
      result.spikes.push_back({k, spike.step, image.labels[spike.label].population,
                               image.labels[spike.label].neuron, 1, 0});
    result.answers.push_back({k, answer.neuron, answer.steps, answer.margin});
    result.steps += answer.steps;
  }
  core.stop();
  chip.take_over();
}

}  // namespace spikemesh::sim
