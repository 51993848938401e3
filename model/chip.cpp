// SPDX-License-Identifier: Apache-2.0
#include "model/chip.hpp"

#include <algorithm>
#include <utility>

#include "model/host/host_tile.hpp"

namespace spikemesh::model {

namespace {

/// Events as the blocks report them: in bulk, some ahead of their cycle.
class Collector final : public EventSink {
 public:
  void on(const Event& event) override { events_.push_back(event); }
  std::size_t size() const { return events_.size(); }
  /// Drops what would have happened at or after `cycle`.
  void cut(std::uint64_t cycle) {
    std::erase_if(events_, [&](const Event& event) { return event.cycle >= cycle; });
  }
  /// Moves the events before `cycle` to `out`.
  void take(std::uint64_t cycle, std::vector<Event>& out) {
    const auto past = std::partition(events_.begin(), events_.end(),
                                     [&](const Event& event) { return event.cycle >= cycle; });
    out.insert(out.end(), past, events_.end());
    events_.erase(past, events_.end());
  }

 private:
  std::vector<Event> events_;
};

constexpr std::size_t kEventsHeld = 1 << 16;

/// Length of a cycle, in units of the simulation's time resolution.
std::uint64_t cycle_length() { return sc_core::sc_time(10, sc_core::SC_NS).value(); }

sc_core::sc_time cycles(std::uint64_t count) {
  return sc_core::sc_time::from_value(count * cycle_length());
}

}  // namespace

/// The chip itself, as plain objects.
struct Chip::State {
  State(const spec::Build& chip, LinkMode link, EventSink* listener, const ForeignPlaces& foreign)
      : build(chip),
        sink(listener),
        mesh(chip, sink != nullptr ? &mesh_events : nullptr, foreign),
        host(chip, link, mesh, sink != nullptr ? &host_events : nullptr) {}

  std::uint64_t next_wake() const { return std::min(host.next_wake(cycle), mesh.next_wake()); }
  bool idle() const { return next_wake() == kNever && host.idle_from(cycle) <= cycle; }

  /// Runs to cycle `limit`, or until it is idle.
  void run(std::uint64_t limit) {
    while (cycle < limit) {
      const std::uint64_t host_wake = host.next_wake(cycle);
      const std::uint64_t next = std::min(host_wake, mesh.next_wake());
      if (next >= limit) {
        cycle = std::min(limit, next == kNever ? host.idle_from(cycle) : limit);
        break;
      }
      execute(next, host_wake == next);
      cycle = next + 1;
      if (mesh_events.size() + host_events.size() > kEventsHeld) {
        flush();
      }
    }
    flush();
  }

  void execute(std::uint64_t now, bool host_wakes) {
    const bool touched = host_wakes && host.evaluate(now);
    if (host.resets(now)) {
      mesh.reset(now);
      mesh_events.cut(now);
    } else if (touched || mesh.next_wake() <= now) {
      mesh.evaluate(now);
      mesh.commit(now);
    }
    if (host_wakes) {
      host.commit(now);
    }
  }

  void flush() {
    if (sink == nullptr) {
      return;
    }
    mesh_events.take(cycle, ready);
    host_events.take(cycle, ready);
    std::sort(ready.begin(), ready.end());
    for (const Event& event : ready) {
      sink->on(event);
    }
    ready.clear();
  }

  spec::Build build;
  EventSink* sink;
  Collector mesh_events;
  Collector host_events;
  std::vector<Event> ready;
  Mesh mesh;
  HostTile host;
  std::uint64_t cycle = 0;
};

Chip::Chip(sc_core::sc_module_name name) : sc_module(name) {
  SC_HAS_PROCESS(Chip);
  SC_METHOD(run);
  sensitive << wake_;
  dont_initialize();
}

Chip::~Chip() = default;

void Chip::power_on(const spec::Build& build, LinkMode link, EventSink* sink,
                    const ForeignPlaces& foreign) {
  const spec::Build kept = build;
  state_.reset();  // what it holds open, as waves of a foreign tile, must be closed first
  state_ = std::make_unique<State>(kept, link, sink, foreign);
  limit_ = 0;
}

void Chip::power_off() {
  state_.reset();
  limit_ = 0;
}

const spec::Build& Chip::build() const { return state_->build; }
std::uint64_t Chip::cycle() const { return state_->cycle; }
bool Chip::idle() const { return state_->idle(); }

void Chip::allow(std::uint64_t limit) {
  limit_ = limit;
  base_cycle_ = state_->cycle;
  base_time_ = sc_core::sc_time_stamp();
  wake_.notify(sc_core::SC_ZERO_TIME);
}

void Chip::halt() {
  limit_ = 0;
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

/// The cycle up to which no other process can interfere.
std::uint64_t Chip::horizon(std::uint64_t now) const {
  const std::uint64_t length = cycle_length();
  const std::uint64_t others = sc_core::sc_time_to_pending_activity().value();
  const std::uint64_t free = std::max<std::uint64_t>(1, others / length + (others % length != 0));
  return limit_ - now < free ? limit_ : now + free;
}

void Chip::run() {
  if (state_ == nullptr || state_->cycle >= limit_) {
    return;
  }
  const std::uint64_t past = (sc_core::sc_time_stamp() - base_time_).value() / cycle_length();
  try {
    state_->run(horizon(base_cycle_ + past));
    wake();
  } catch (...) {
    failure_ = std::current_exception();
    limit_ = 0;
  }
}

/// Wakes the process when the chip has something to do, and when sc_time has caught up with it.
void Chip::wake() {
  const std::uint64_t now = state_->cycle;
  if (limit_ == 0) {
    return;
  }
  const bool rests = now >= limit_ || state_->idle();
  const std::uint64_t next = rests ? now : std::min(state_->next_wake(), limit_ - 1);
  const sc_core::sc_time at = base_time_ + cycles(next - base_cycle_);
  if (at > sc_core::sc_time_stamp()) {
    wake_.notify(at - sc_core::sc_time_stamp());
  } else if (!rests) {
    wake_.notify(sc_core::SC_ZERO_TIME);
  }
}

void Chip::set_rx(std::uint64_t at, bool level) {
  state_->host.set_rx(cycle(), at, level);
  wake();
}

void Chip::offer(std::uint64_t at, std::uint8_t byte) {
  state_->host.offer(at, byte);
  wake();
}

void Chip::set_ready(std::uint64_t at, bool ready) {
  state_->host.set_ready(at, ready);
  wake();
}

std::vector<LineChange> Chip::take_tx() { return state_->host.take_tx(cycle()); }
std::vector<SentByte> Chip::take_bytes() { return state_->host.take_bytes(); }

std::uint32_t Chip::filled_buffers() const { return state_->mesh.filled_buffers(); }

std::uint32_t Chip::read(std::uint32_t x, std::uint32_t y, std::uint32_t address) const {
  return state_->mesh.read(x, y, address);
}

}  // namespace spikemesh::model
