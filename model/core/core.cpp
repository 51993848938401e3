// SPDX-License-Identifier: Apache-2.0
#include "model/core/core.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

namespace spikemesh::model {

Core::Core(CoreContext& context, std::uint32_t index, std::uint16_t tile, Flit* slots,
           TileMemory memory)
    : context_(&context), index_(index), tile_(tile), slots_(slots), memory_(std::move(memory)) {}

void Core::reset() {
  buffer_.reset();
  open_at_ = integrate_idle_ = config_free_ = 0;
  reading_ = offer_valid_ = blocked_ = false;
  mask_ = 0;
  left_ = 0;
  list_.clear();
  list_at_ = 0;
  memory_.clear_counters();
}

std::uint64_t Core::update(bool adapt_due, std::uint64_t u) {
  assert(list_at_ == list_.size() && left_ == 0 && mask_ == 0);
  list_.clear();
  list_at_ = 0;
  const UpdateResult result = memory_.update(context_->slot, adapt_due, list_);
  context_->need.updated(index_,
                         {!result.changed, result.adapt_any, adapt_due, result.saturations});
  if (context_->learning && memory_.any_plastic(list_)) context_->learners.push_back(index_);
  if (context_->sink) {
    for (const Fired& fired : list_) {
      retire(u + 7 + fired.group, 0, spec::FireEvent{.lanes = fired.mask, .group = fired.group});
    }
  }
  const std::uint64_t groups = context_->build.neurons / context_->build.lanes;
  open_at_ = u + groups + 7;
  context_->busy_until(u + groups + 6);
  if (list_.empty()) return kNever;
  load_next(open_at_);
  return left_ > 0 ? read_at_ : kNever;
}

// ---------------------------------------------------------------------------------------------
// Input side

std::uint64_t Core::input_wake(std::uint64_t from) const {
  const bool spike = slots_[buffer_.head()].flit_kind() == spec::FlitKind::spike;
  if (!spike && reading_) return kNever;
  return std::max({from, open_at_, context_->open_at, spike ? integrate_idle_ : config_free_});
}

bool Core::accept(std::uint64_t cycle) {
  const bool was_full = !input_ready();
  const Flit flit = slots_[buffer_.head()];
  buffer_.pop(context_->build.core_depth);
  context_->busy_until(cycle + 1);
  switch (flit.flit_kind()) {
    case spec::FlitKind::spike:
      integrate(flit, cycle);
      break;
    case spec::FlitKind::write:
      config_write(flit, cycle);
      break;
    case spec::FlitKind::read:
      config_read(flit, cycle);
      break;
    case spec::FlitKind::reply:
      assert(!"a reply goes to the host");
      break;
  }
  return was_full;
}

void Core::integrate(const Flit& flit, std::uint64_t a) {
  const Row& row = memory_.row(flit.addr);
  if (row.plastic && context_->learning) return integrate_learning(flit, row, a);
  std::uint32_t touched = 0;
  if (context_->sink) {
    touched = memory_.deliver_each(row, context_->slot,
                                   [&](auto word, auto slot, auto target, auto value) {
                                     retire_acc(a, word, slot, target, value);
                                   });
  } else {
    touched = memory_.deliver(row, context_->slot);
  }
  context_->need.touch(index_, touched);
  integrate_idle_ = a + row.groups + 2;
  if (row.groups > 0) context_->busy_until(a + row.groups + 5);
}

void Core::retire_acc(std::uint64_t a, std::uint32_t word, std::uint32_t slot, std::uint32_t target,
                      std::uint32_t value) const {
  const std::uint32_t lanes = context_->build.lanes;
  retire(a + 6 + word / lanes, word % lanes,
         spec::AccEvent{
             .value = static_cast<std::int32_t>(value), .group = target / lanes, .slot = slot});
}

void Core::write(std::uint32_t address, std::uint32_t word) {
  memory_.write(address, word);
  context_->need.written(index_);
  const auto at = spec::TileAddr::unpack(address);
  if (at.region == static_cast<std::uint32_t>(spec::Region::accumulator)) {
    context_->need.touch(index_, 1u << (at.index / context_->build.neurons));
  }
}

void Core::config_write(const Flit& flit, std::uint64_t a) {
  write(flit.addr, flit.data);
  if (context_->sink) retire(a + 1, 0, spec::WriteEvent{.data = flit.data, .addr = flit.addr});
  config_free_ = a + 1;
}

void Core::config_read(const Flit& flit, std::uint64_t a) {
  assert(!offer_valid_);
  reading_ = true;
  offer_valid_ = true;
  offer_from_ = a + 3;
  const auto at = spec::Tile::unpack(tile_);
  offer_ = {.data = memory_.read(flit.addr),
            .addr = flit.addr,
            .x = at.x,
            .y = at.y,
            .host = 1,
            .kind = static_cast<std::uint8_t>(spec::FlitKind::reply)};
}

// ---------------------------------------------------------------------------------------------
// Output side

/// States FETCH, PICK, POINT and LOAD from `cycle` on (POINT if lanes are left in the mask, else
/// FETCH), until a neuron with entries is loaded or the list is empty.
void Core::load_next(std::uint64_t cycle) {
  for (;;) {
    if (mask_ == 0) {
      if (list_at_ == list_.size()) {  // IDLE
        context_->busy_until(cycle - 1);
        return;
      }
      group_ = list_[list_at_].group;
      mask_ = list_[list_at_].mask;
      ++list_at_;
      cycle += 2;  // FETCH, PICK
    }
    const auto lane = static_cast<std::uint32_t>(std::countr_zero(mask_));
    mask_ &= static_cast<std::uint8_t>(mask_ - 1);
    const FanoutList& list = memory_.fanout_list(group_ * context_->build.lanes + lane);
    cycle += 2;  // POINT, LOAD
    if (list.count > 0) {
      next_ = list.first;
      left_ = list.count;
      read_at_ = cycle;
      return;
    }
  }
}

/// SEND: the next entry is read in `cycle` and offered from the next on.
void Core::offer_next(std::uint64_t cycle) {
  const auto entry = spec::Fanout::unpack(memory_.fanout(next_));
  offer_ = {.addr = entry.axon,
            .x = entry.x,
            .y = entry.y,
            .host = static_cast<std::uint8_t>(entry.host),
            .mode = static_cast<std::uint8_t>(entry.mode),
            .kind = static_cast<std::uint8_t>(spec::FlitKind::spike)};
  offer_valid_ = true;
  offer_from_ = cycle + 1;
  ++next_;
  if (--left_ == 0) load_next(cycle + 1);
}

std::uint64_t Core::output(std::uint64_t cycle, bool taken) {
  blocked_ = offers(cycle) && !taken;
  if (blocked_) return kNever;
  if (taken) {
    offer_valid_ = false;
    context_->busy_until(cycle);
    if (reading_) {
      reading_ = false;
      config_free_ = cycle + 1;
    } else {
      ++memory_.counter(spec::Counter::emitted);
      memory_.counter(spec::Counter::emit_stalls) +=
          static_cast<std::uint32_t>(cycle - offer_from_);
    }
  }
  if (left_ == 0 && !offer_valid_) return kNever;
  if (!offer_valid_ && read_at_ > cycle) return read_at_;
  if (!offer_valid_) offer_next(cycle);
  return offer_from_;
}

}  // namespace spikemesh::model
