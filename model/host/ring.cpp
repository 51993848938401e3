// SPDX-License-Identifier: Apache-2.0
#include "model/host/ring.hpp"

namespace spikemesh::model {

void RingIn::reset() {
  write_ = fetched_ = read_ = 0;
  reading_.reset();
  ahead_.clear();
  head_valid_ = false;
}

void RingIn::commit(bool pop, bool port_taken, bool counts) {
  const bool fetch = can_fetch() && !port_taken;
  const bool load = !ahead_.empty() && (!head_valid_ || pop) && !counts;
  if (load) {
    head_ = ahead_.front();
    ahead_.pop_front();
  }
  head_valid_ = load || (head_valid_ && !pop);
  read_ += pop ? 1 : 0;
  if (reading_) ahead_.push_back(*reading_);
  reading_.reset();
  if (fetch) reading_ = memory_.at(fetched_++);
}

void RingOut::reset() {
  write_ = read_ = lost_ = 0;
  policy_ = spec::RingPolicy::stall;
}

void RingOut::push(const RingWords& entry) {
  const bool full = write_ - read_ >= memory_.depth();
  memory_.at(write_) = entry;
  ++write_;
  read_ += full ? 1 : 0;
  lost_ += full ? 1 : 0;
}

void RingOut::advance_read(std::uint32_t value) {
  if (distance(read_, value) > 0) {
    read_ = value;
  }
}

}  // namespace spikemesh::model
