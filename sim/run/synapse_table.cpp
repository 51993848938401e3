// SPDX-License-Identifier: Apache-2.0
#include "sim/run/synapse_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace spikemesh::sim {
namespace {

using spec::Region;

std::uint32_t address(Region region) {
  return spec::TileAddr{.index = 0, .region = static_cast<std::uint32_t>(region)}.pack();
}

/// The words of an image, by tile and region; what an image leaves out is zero.
class Words {
 public:
  explicit Words(const Image& image) {
    for (const Block& block : image.blocks) blocks_[{block.tile, block.address}] = &block.words;
  }
  std::uint32_t at(std::uint16_t tile, Region region, std::uint32_t index) const {
    const auto found = blocks_.find({tile, address(region)});
    return found == blocks_.end() || index >= found->second->size() ? 0 : (*found->second)[index];
  }
  std::uint32_t count(std::uint16_t tile, Region region) const {
    const auto found = blocks_.find({tile, address(region)});
    return found == blocks_.end() ? 0 : static_cast<std::uint32_t>(found->second->size());
  }

 private:
  std::map<std::pair<std::uint16_t, std::uint32_t>, const std::vector<std::uint32_t>*> blocks_;
};

class Reader {
 public:
  Reader(const Image& image, Machine& machine, const std::string& to)
      : image_(image), machine_(machine), words_(image) {
    for (const Image::Location& at : image.locations)
      if (at.population == to) targets_[{at.tile, at.index}] = at.neuron;
  }
  bool knows_target() const { return !targets_.empty(); }

  void input(const Image::Input& source) {
    for (const std::uint32_t payload : source.payloads) row(source.neuron, payload);
  }
  void neuron(const Image::Location& source) {
    const auto list =
        spec::Neuron7::unpack(words_.at(source.tile, Region::neuron, 8 * source.index + 7));
    for (std::uint32_t i = 0; i < list.count; ++i)
      row(source.neuron, words_.at(source.tile, Region::fanout, list.first + i));
  }
  std::vector<SynapseRow> take() {
    std::stable_sort(rows_.begin(), rows_.end(), [](const auto& a, const auto& b) {
      return std::tuple(a.pre, a.post, a.delay) < std::tuple(b.pre, b.post, b.delay);
    });
    return std::move(rows_);
  }

 private:
  void row(std::uint32_t pre, std::uint32_t payload) {
    const auto entry = spec::Fanout::unpack(payload);
    if (entry.host != 0) return;
    const auto tile = static_cast<std::uint16_t>(spec::Tile{.x = entry.x, .y = entry.y}.pack());
    const auto axon = spec::Axon::unpack(words_.at(tile, Region::axon, entry.axon));
    const std::uint32_t lanes = image_.build.lanes;
    for (std::uint32_t i = axon.first * lanes; i < (axon.first + axon.groups) * lanes; ++i) {
      const auto mapped = spec::Synapse::unpack(words_.at(tile, Region::synapse, i));
      if (mapped.delay == 0) continue;
      const std::uint32_t index = (mapped.target & ~(lanes - 1)) | (i % lanes);
      const auto target = targets_.find({tile, index});
      if (target != targets_.end())
        rows_.push_back({pre, target->second, mapped.delay, weight(tile, i)});
    }
  }

  std::int32_t weight(std::uint16_t tile, std::uint32_t i) {
    auto [held, missing] = held_.try_emplace(tile);
    if (missing)
      held->second =
          machine_.read(tile, address(Region::synapse), words_.count(tile, Region::synapse));
    const unsigned shift = 32 - image_.build.weight_bits;
    const auto raw = static_cast<std::uint32_t>(spec::Synapse::unpack(held->second[i]).weight);
    return static_cast<std::int32_t>(raw << shift) >> shift;
  }

  const Image& image_;
  Machine& machine_;
  Words words_;
  std::map<std::pair<std::uint16_t, std::uint32_t>, std::uint32_t> targets_;
  std::map<std::uint16_t, std::vector<std::uint32_t>> held_;
  std::vector<SynapseRow> rows_;
};

}  // namespace

std::vector<SynapseRow> read_synapses(const Image& image, Machine& machine, const std::string& from,
                                      const std::string& to) {
  Reader reader(image, machine, to);
  if (!reader.knows_target())
    throw InputError(fmt::format("to: \"{}\" is no population of neurons", to));
  bool known = false;
  for (const Image::Input& source : image.inputs) {
    if (source.population != from) continue;
    known = true;
    reader.input(source);
  }
  for (const Image::Location& source : image.locations) {
    if (source.population != from) continue;
    known = true;
    reader.neuron(source);
  }
  if (!known) throw InputError(fmt::format("from: no population \"{}\"", from));
  return reader.take();
}

}  // namespace spikemesh::sim
