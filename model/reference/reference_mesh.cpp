// SPDX-License-Identifier: Apache-2.0
#include "model/reference/reference_mesh.hpp"

#include <algorithm>
#include <stdexcept>

namespace spikemesh::model {

namespace {

std::uint16_t tile_at(std::uint32_t x, std::uint32_t y) {
  return static_cast<std::uint16_t>(spec::Tile{.x = x, .y = y}.pack());
}

Flit to_host(std::uint32_t label) {
  const auto place = spec::Fanout::unpack(label);
  Flit flit;
  flit.addr = place.axon & 0xFFFu;
  flit.x = place.x & 63u;
  flit.y = place.y & 63u;
  flit.host = 1;
  return flit;
}

}  // namespace

void ReferenceMesh::reset(std::uint64_t) {
  const spec::Build build = reference_.build();
  reference_ = Reference(build);
  step_ = {};
  spikes_.clear(), to_host_.clear();
  pushed_.reset();
  popped_ = false;
  last_busy_ = 0;
}

void ReferenceMesh::send(std::shared_ptr<const Traffic>) {
  throw std::logic_error("reference: traffic needs the mesh of the model");
}

void ReferenceMesh::set_hard_steps(bool on) {
  if (on) throw std::logic_error("reference: hard steps need the cycles of the model");
}

void ReferenceMesh::observe(Observer* observer) {
  if (observer != nullptr) throw std::logic_error("reference: only the model can be observed");
}

void ReferenceMesh::plant(const Faults& faults) {
  if (!faults.empty()) throw std::logic_error("reference: only the model can have faults");
}

void ReferenceMesh::start(const Broadcast& broadcast, std::uint64_t) {
  // A sweep of everything follows a reset, since which everything is zero.
  if (broadcast.phase == spec::Phase::sweep) reference_.clear(broadcast.mask);
  if (broadcast.phase == spec::Phase::step) step_ = broadcast;
}

void ReferenceMesh::inputs_end(std::uint64_t cycle) {
  reference_.set_step(step_.step);
  reference_.set_learning(step_.learning);
  for (const std::uint32_t label : reference_.step(spikes_, step_.adapt_due))
    to_host_.push_back(to_host(label));
  spikes_.clear();
  last_busy_ = std::max(last_busy_, cycle + reference_.longest_walk());
}

void ReferenceMesh::commit(std::uint64_t cycle) {
  if (popped_) to_host_.pop_front();
  if (popped_ || pushed_) last_busy_ = std::max(last_busy_, cycle);
  popped_ = false;
  if (pushed_) take(*pushed_);
  pushed_.reset();
}

void ReferenceMesh::take(const Flit& flit) {
  switch (flit.flit_kind()) {
    case spec::FlitKind::write:
      return reference_.write(tile_at(flit.x, flit.y), flit.addr, flit.data);
    case spec::FlitKind::read: {
      Flit reply = flit;
      reply.kind = static_cast<std::uint8_t>(spec::FlitKind::reply) & 3u;
      reply.host = 1;
      reply.data = reference_.read(tile_at(flit.x, flit.y), flit.addr);
      to_host_.push_back(reply);
      return;
    }
    default:
      spikes_.push_back(spec::Fanout{.axon = flit.addr, .x = flit.x, .y = flit.y}.pack());
  }
}

std::uint32_t ReferenceMesh::read(std::uint32_t x, std::uint32_t y, std::uint32_t address) const {
  return reference_.read(tile_at(x, y), address);
}

void ReferenceMesh::write(std::uint32_t x, std::uint32_t y, std::uint32_t address,
                          std::span<const std::uint32_t> words) {
  reference_.write(tile_at(x, y), address, words);
}

}  // namespace spikemesh::model
