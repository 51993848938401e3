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
  open_at_ = lookup_free_ = walk_free_ = config_free_ = others_from_ = same_from_ = 0;
  rows_end_ = 0;
  reading_ = offer_valid_ = blocked_ = false;
  mask_ = 0;
  left_ = 0;
  found_ = {};
  list_.clear();
  list_at_ = 0;
  memory_.clear_counters();
}

std::uint64_t Core::update(bool adapt_due, std::uint64_t u) {
  assert(context_->hard_steps || (list_at_ == list_.size() && left_ == 0 && mask_ == 0));
  // With hard steps, an Update or a row may be under way, and spikes may wait to be sent.
  if (context_->hard_steps) u = std::max({u, open_at_, rows_end_});
  list_.erase(list_.begin(), list_.begin() + static_cast<std::ptrdiff_t>(list_at_));
  list_at_ = 0;
  const std::size_t before = list_.size();
  const auto visit = context_->need.visit(index_, adapt_due);
  const UpdateResult result = memory_.update(context_->slot, adapt_due, visit, list_);
  for (std::size_t i = before; context_->hard_steps && i < list_.size(); ++i)
    list_[i].step = static_cast<std::uint8_t>(context_->now);
  context_->need.updated(index_, {visit, !result.changed, result.waits});
  if (context_->learning && memory_.any_plastic(list_)) context_->learners.push_back(index_);
  if (context_->sink) {
    for (const Fired& fired : list_) {
      retire(u + 8 + fired.scan, 0, spec::FireEvent{.lanes = fired.mask, .group = fired.group});
    }
  }
  open_at_ = u + result.scans + 8;
  context_->busy_until(u + result.scans + 7);
  if (context_->observer) tell_update(u, result.visited, before);
  if (list_.empty()) return kNever;
  const bool acts = left_ > 0 || offer_valid_;
  if (found_.count == 0) find_next(open_at_);
  if (left_ == 0) load_next(open_at_);
  return acts || left_ == 0 ? kNever : read_at_;
}

std::uint64_t Core::send(std::uint32_t first, std::uint32_t count, std::uint64_t u) {
  assert(left_ == 0 && !offer_valid_);
  next_ = first;
  left_ = count;
  read_at_ = u + 1;
  return read_at_;
}

/// `first`: the first group of the list that fired in this Update.
void Core::tell_update(std::uint64_t u, std::uint32_t groups, std::size_t first) const {
  int fired = 0;
  for (std::size_t i = first; i < list_.size(); ++i) fired += std::popcount(list_[i].mask);
  context_->observer->update(index_, {u + 1, open_at_}, groups * context_->build.lanes,
                             static_cast<std::uint32_t>(fired));
}

// ---------------------------------------------------------------------------------------------
// Input side

std::uint64_t Core::input_wake(std::uint64_t from) const {
  const bool spike = slots_[buffer_.head()].flit_kind() == spec::FlitKind::spike;
  if (!spike && reading_) return kNever;
  return std::max({from, open_at_, context_->open_at, spike ? lookup_free_ : config_free_});
}

bool Core::accept(std::uint64_t cycle) {
  const bool was_full = !input_ready();
  const Flit flit = slots_[buffer_.head()];
  buffer_.pop(context_->build.core_depth);
  context_->busy_until(cycle + 1);
  context_->activity->left(cycle);
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
  const bool learns = row.plastic && context_->learning;
  const auto [b, last] = walk(flit.addr & (context_->build.axons - 1), row, learns, a);
  const std::uint64_t weights = memory_.counter(spec::Counter::weight_updates);
  std::uint32_t touched = 0;
  if (learns) {
    touched = integrate_learning(flit, b);
  } else if (context_->sink) {
    touched = memory_.deliver_each(row, context_->slot,
                                   [&](auto word, auto slot, auto target, auto value) {
                                     retire_acc(b, word, slot, target, value);
                                   });
  } else {
    touched = memory_.deliver(row, context_->slot);
  }
  context_->need.touch(index_, touched);
  if (context_->observer) {
    context_->observer->integrate(
        index_, {a + 1, last + 1},
        {.synapses = row.synapses,
         .weights = memory_.counter(spec::Counter::weight_updates) - weights,
         .latency = static_cast<std::uint32_t>(a - flit.born) & kBornMask,
         .late = context_->hard_steps ? (context_->now - flit.data) & kLateMask : 0,
         .axon = flit.addr,
         .taken = a});
  }
}

/// A packet accepted in cycle a.
Core::Walk Core::walk(std::uint32_t axon, const Row& row, bool learns, std::uint64_t a) {
  constexpr std::uint64_t kApart = 10;  // cycles (docs/blocks/learn.md)
  std::uint64_t b = std::max({a + 1, walk_free_, others_from_});
  if (axon == learned_axon_) b = std::max(b, same_from_);
  lookup_free_ = b;
  walk_free_ = b + row.groups + (learns ? 1 : 0);
  std::uint64_t last = row.groups > 0 ? walk_free_ + 4 : b;
  if (learns) {
    learned_axon_ = axon;
    others_from_ = b + kApart;
    same_from_ = walk_free_ + kApart;
    last = walk_free_ + 11;
  }
  context_->busy_until(last);
  rows_end_ = std::max(rows_end_, last + 1);
  return {b, last};
}

void Core::retire_acc(std::uint64_t b, std::uint32_t word, std::uint32_t slot, std::uint32_t target,
                      std::uint32_t value) const {
  const std::uint32_t lanes = context_->build.lanes;
  retire(b + 5 + word / lanes, word % lanes,
         spec::AccEvent{
             .value = static_cast<std::int32_t>(value), .group = target / lanes, .slot = slot});
}

void Core::write(std::uint32_t address, std::span<const std::uint32_t> words) {
  memory_.write(address, words);
  context_->need.written(index_);
  const auto at = spec::TileAddr::unpack(address);
  if (at.region != static_cast<std::uint32_t>(spec::Region::accumulator)) return;
  for (std::uint32_t i = 0; i < words.size(); ++i)
    context_->need.touch(index_, 1u << ((at.index + i) / context_->build.neurons));
}

void Core::config_write(const Flit& flit, std::uint64_t a) {
  write(flit.addr, std::span(&flit.data, 1));
  const bool flagged = spec::TileAddr::unpack(flit.addr).region ==
                       static_cast<std::uint32_t>(spec::Region::accumulator);
  if (flagged) context_->busy_until(a + 3);
  if (context_->sink) retire(a + 1, 0, spec::WriteEvent{.data = flit.data, .addr = flit.addr});
  config_free_ = a + 1;
}

void Core::config_read(const Flit& flit, std::uint64_t a) {
  assert(!offer_valid_);
  reading_ = true;
  offer_valid_ = true;
  offer_from_ = a + 4;
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

/// The search, from FETCH in `cycle` on (POINT if lanes are left in the mask), up to the first LOAD
/// of a neuron with entries, or the end of the list.
void Core::find_next(std::uint64_t cycle) {
  for (found_ = {}; found_.count == 0; found_at_ = cycle - 1) {
    if (mask_ == 0) {
      if (list_at_ == list_.size()) {
        if (context_->observer) context_->observer->searched(index_, cycle);
        return context_->busy_until(cycle - 1);
      }
      group_ = list_[list_at_].group;
      mask_ = list_[list_at_].mask;
      found_step_ = list_[list_at_].step;
      ++list_at_;
      cycle = std::max(cycle, open_at_) + 2;  // FETCH, PICK
    }
    const auto lane = static_cast<std::uint32_t>(std::countr_zero(mask_));
    mask_ &= static_cast<std::uint8_t>(mask_ - 1);
    found_ = memory_.fanout_list(group_ * context_->build.lanes + lane);
    cycle += 2;  // POINT, LOAD
  }
  memory_.prefetch_fanouts(found_.first);
}

/// LOAD: SEND takes what the search found; `free`: the cycle in which it reads its last entry.
void Core::load_next(std::uint64_t free) {
  if (found_.count == 0) return;
  const std::uint64_t load = std::max(free, found_at_);
  next_ = found_.first;
  left_ = found_.count;
  sent_step_ = found_step_;
  read_at_ = load + 1;
  find_next(load + 1);
}

/// SEND: the next entry is read in `cycle` and offered from the next on.
void Core::offer_next(std::uint64_t cycle) {
  const auto entry = spec::Fanout::unpack(context_->traffic ? context_->traffic->packets[next_]
                                                            : memory_.fanout(next_));
  offer_ = {.data = sent_step_,
            .addr = entry.axon,
            .x = entry.x,
            .y = entry.y,
            .host = static_cast<std::uint8_t>(entry.host),
            .mode = static_cast<std::uint8_t>(entry.mode),
            .kind = static_cast<std::uint8_t>(spec::FlitKind::spike),
            .born = static_cast<std::uint32_t>(cycle + 1) & kBornMask};
  if (!entry.host) {
    const std::uint32_t tile = entry.y * context_->build.mesh_w + entry.x;
    memory_.prefetch_row(entry.axon, std::ptrdiff_t{tile} - std::ptrdiff_t{index_});
  }
  offer_valid_ = true;
  offer_from_ = cycle + 1;
  constexpr std::uint32_t kLine = 64 / sizeof(std::uint32_t);  // entries in a line of the cache
  if (++next_ % kLine == 1) memory_.prefetch_fanouts(next_ + kLine);
  if (--left_ == 0) load_next(cycle);
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
      if (context_->observer) context_->observer->emit(index_, offer_, {offer_from_, cycle});
    }
  }
  if (left_ == 0 && !offer_valid_) return kNever;
  if (!offer_valid_ && read_at_ > cycle) return read_at_;
  if (!offer_valid_) offer_next(cycle);
  return offer_from_;
}

}  // namespace spikemesh::model
