// SPDX-License-Identifier: Apache-2.0
#include "sim/stimulus/expected_run.hpp"

#include "spikemesh/spec.hpp"

namespace spikemesh::sim {
namespace {

std::int32_t distance(const RingEntry& entry, std::uint32_t step) {
  return static_cast<std::int32_t>(entry.step - step);
}

}  // namespace

std::vector<HostSpike> ExpectedRun::run(std::uint64_t until, NeuronCensus* census) {
  std::vector<HostSpike> out;
  while (reference_.step() < until) {
    const auto step = static_cast<std::uint32_t>(reference_.step());
    before_step(step);
    if (census != nullptr) census->before_step(reference_);
    for (const std::uint32_t label : reference_.step(spikes_of(step))) out.push_back({step, label});
    if (census != nullptr) census->after_step(reference_);
    ++steps_;
  }
  return out;
}

/// CHECK of the step controller: the entries before the step's spikes.
void ExpectedRun::before_step(std::uint32_t step) {
  for (; !ring_.empty() && distance(ring_.front(), step) <= 0; ring_.pop_front()) {
    const spec::Entry entry = spec::Entry::unpack(ring_.front().entry);
    if (distance(ring_.front(), step) < 0) {
      ++late_;
    } else if (entry.kind == static_cast<std::uint32_t>(spec::EntryKind::spike) ||
               entry.kind == static_cast<std::uint32_t>(spec::EntryKind::hold)) {
      return;
    } else if (entry.kind == static_cast<std::uint32_t>(spec::EntryKind::clear)) {
      reference_.clear(entry.payload & 7u);
    } else if (entry.kind == static_cast<std::uint32_t>(spec::EntryKind::learning)) {
      reference_.set_learning((entry.payload & 1u) != 0);
    } else {
      ++bad_;
    }
  }
}

/// The host tile's injection, which continues until an entry of a later step.
std::vector<std::uint32_t> ExpectedRun::spikes_of(std::uint32_t step) {
  const spec::Build& build = reference_.build();
  std::vector<std::uint32_t> payloads;
  for (; !ring_.empty() && distance(ring_.front(), step) <= 0; ring_.pop_front()) {
    const spec::Entry entry = spec::Entry::unpack(ring_.front().entry);
    const auto kind = static_cast<spec::EntryKind>(entry.kind);
    const spec::Fanout to = spec::Fanout::unpack(entry.payload);
    const bool exists = to.x < build.mesh_w && to.y < build.mesh_h && to.axon < build.axons;
    if (distance(ring_.front(), step) < 0 || kind == spec::EntryKind::clear ||
        kind == spec::EntryKind::learning) {
      ++late_;
    } else if (kind == spec::EntryKind::spike && exists) {
      payloads.push_back(entry.payload);
    } else if (kind != spec::EntryKind::hold) {
      ++bad_;
    }
  }
  return payloads;
}

}  // namespace spikemesh::sim
