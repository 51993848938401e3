// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/learn_census.hpp"

namespace spikemesh::sim {

void LearnCensus::changed(std::uint32_t tile, std::uint32_t neuron,
                          const model::WeightEvent& event) {
  const bool post = neuron != kNoNeuron;
  const model::LearnMemory& memory = reference_->tile(tile).learning();
  if (event.after.below) hit(Bin::clip_min);
  if (event.after.above) hit(Bin::clip_max);
  if (post && memory.fresh(event.axon, static_cast<std::uint16_t>(reference_->step()))) {
    hit(Bin::same_step);
  }
  if (post && drives(tile, neuron, event.axon)) hit(Bin::own_input);
  if (event.after.below || event.after.above || event.after.weight == event.before) return;
  const bool up = event.after.weight > event.before;
  hit(static_cast<Bin>(static_cast<std::uint32_t>(Bin::rule_0) + event.rule));
  if (post) hit(up ? Bin::potentiated : Bin::potentiated_downwards);
  if (!post) hit(up ? Bin::depressed_upwards : Bin::depressed);
  if (memory.soft(event.rule)) hit(up ? Bin::soft_up : Bin::soft_down);
}

bool LearnCensus::drives(std::uint32_t tile, std::uint32_t neuron, std::uint32_t axon) const {
  const model::TileMemory& memory = reference_->tile(tile);
  const model::FanoutList list = memory.fanout_list(neuron);
  for (std::uint32_t i = 0; i < list.count; ++i) {
    const auto to = spec::Fanout::unpack(memory.fanout(list.first + i));
    if (!to.host && to.y * reference_->build().mesh_w + to.x == tile && to.axon == axon)
      return true;
  }
  return false;
}

void LearnCensus::keep(bool equal) {
  for (std::size_t i = 0; equal && i < kBins; ++i) hits_[i] += pending_[i];
  pending_ = {};
}

}  // namespace spikemesh::sim
