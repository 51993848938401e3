// SPDX-License-Identifier: Apache-2.0
#include "model/chip.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "model/core/tile_memory.hpp"
#include "model/host/host_tile.hpp"
#include "model/reference/reference_mesh.hpp"
#include "spikemesh/build_rules.hpp"

namespace spikemesh::model {

namespace {

constexpr std::size_t kEventsHeld = 1 << 16;

}  // namespace

/// The chip itself, as plain objects.
struct Chip::State {
  /// Events as the blocks report them: in bulk, some ahead of their cycle.
  class Collector final : public EventSink {
   public:
    void on(const Event& event) override {
      events_.push_back(event);
      first_ = std::min(first_, event.cycle);
    }
    std::size_t size() const { return events_.size(); }
    /// The cycle of the first event that it holds.
    std::uint64_t first() const { return first_; }
    /// Drops what would have happened at or after `cycle`.
    void cut(std::uint64_t cycle) {
      std::erase_if(events_, [&](const Event& event) { return event.cycle >= cycle; });
      find_first();
    }
    /// Moves the events before `cycle` to `out`.
    void take(std::uint64_t cycle, std::vector<Event>& out) {
      const auto past = std::partition(events_.begin(), events_.end(),
                                       [&](const Event& event) { return event.cycle >= cycle; });
      out.insert(out.end(), past, events_.end());
      events_.erase(past, events_.end());
      find_first();
    }

   private:
    void find_first() {
      first_ = kNever;
      for (const Event& event : events_) first_ = std::min(first_, event.cycle);
    }

    std::vector<Event> events_;
    std::uint64_t first_ = kNever;
  };

  State(const spec::Build& chip, LinkMode link, EventSink* listener, Tiles kind,
        const ForeignPlaces& foreign)
      : build(spec::require_build(chip)),
        sink(listener),
        jumps(sink == nullptr || !sink->wants_rest()),
        tiles(make_tiles(kind, foreign)),
        mesh(*tiles),
        host(chip, link, mesh, sink != nullptr ? &host_events : nullptr) {}

  std::unique_ptr<Mesh> make_tiles(Tiles kind, const ForeignPlaces& foreign) {
    if (kind == Tiles::reference) return std::make_unique<ReferenceMesh>(build);
    return make_mesh(build, sink != nullptr ? &mesh_events : nullptr, foreign);
  }

  std::uint64_t next_wake() const { return std::min(host.next_wake(cycle), mesh.next_wake()); }
  bool idle() const { return next_wake() == kNever && host.idle_from(cycle) <= cycle; }

  /// Runs to cycle `limit`, or until it is idle.
  void run(std::uint64_t limit) {
    while (cycle < limit) {
      const std::uint64_t host_wake = host.next_wake(cycle);
      std::uint64_t next = std::min(host_wake, mesh.next_wake());
      if (next >= limit) {
        cycle = std::min(limit, next == kNever ? host.idle_from(cycle) : limit);
        break;
      }
      const bool host_wakes = host_wake == next;
      if (jumps && host_wakes) {
        const std::uint64_t begin = next;
        next = host.rest(begin, limit);
        rested += next - begin;
      }
      execute(next, host_wakes);
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
  bool jumps;  ///< nobody has to see steps in which nothing happens
  Collector mesh_events;
  Collector host_events;
  std::vector<Event> ready;
  std::unique_ptr<Mesh> tiles;
  Mesh& mesh;
  HostTile host;
  std::uint64_t cycle = 0;
  std::uint64_t rested = 0;  ///< cycles that were jumped over
};

Chip::Chip(const spec::Build& build, LinkMode link, ForeignPlaces foreign)
    : link_(link), foreign_(std::move(foreign)), state_(make_state(build, nullptr)) {}

Chip::Chip(const spec::Build& build, LinkMode link, Tiles tiles)
    : link_(link), tiles_(tiles), state_(make_state(build, nullptr)) {}

std::unique_ptr<Chip::State> Chip::make_state(const spec::Build& build, EventSink* sink) const {
  return std::make_unique<State>(build, link_, sink, tiles_, foreign_);
}

Chip::~Chip() = default;
Chip::Chip(Chip&&) noexcept = default;
Chip& Chip::operator=(Chip&&) noexcept = default;

void Chip::listen(EventSink* sink) {
  if (!fresh_) {
    throw std::logic_error("chip model: listen() in cycle " + std::to_string(cycle()) +
                           ": it has to come before any input and the first cycle");
  }
  const spec::Build kept = build();
  state_.reset();  // what it holds open, as waves of a foreign tile, must be closed first
  state_ = make_state(kept, sink);
  state_->mesh.plant(faults_);
  attach_core();
}

void Chip::plant(const Faults& faults) {
  if (!fresh_ || !foreign_.empty())
    throw std::logic_error("chip model: plant() after the first input, or with foreign tiles");
  for (const StuckBit& bit : faults.bits)
    if (!has_bit(build(), bit))
      throw std::invalid_argument("chip model: the build has no such bit to be stuck");
  for (const BrokenLink& link : faults.links)
    if (!has_link(build(), link) || link.bit > 31)
      throw std::invalid_argument("chip model: the build has no such link to be broken");
  faults_ = faults;
  state_->mesh.plant(faults_);
}

void Chip::attach(std::shared_ptr<ManagementCore> core) {
  if (!fresh_ || state_->host.hard_steps() || state_->mesh.sends_traffic())
    throw std::logic_error(
        "chip model: attach() after the first input, or with hard steps or traffic");
  core_ = std::move(core);
  attach_core();
}

/// Of a new state.
void Chip::attach_core() {
  if (!core_) return;
  core_->power_on();
  state_->host.attach(*core_);
}

void Chip::observe(Observer* observer) {
  state_->mesh.observe(observer);
  state_->host.observe(observer);
}

void Chip::send(std::shared_ptr<const Traffic> traffic) {
  if (state_->host.hard_steps() || !foreign_.empty() || core_)
    throw std::logic_error("chip model: traffic with hard steps, foreign tiles or a core");
  state_->mesh.send(std::move(traffic));
}

void Chip::set_hard_steps(bool on) {
  if (on && (state_->sink != nullptr || state_->mesh.sends_traffic() || !foreign_.empty() || core_))
    throw std::logic_error(
        "chip model: hard steps with a listener, traffic, foreign tiles or a core");
  state_->mesh.set_hard_steps(on);
  state_->host.set_hard_steps(on);
}

const spec::Build& Chip::build() const { return state_->build; }
std::uint64_t Chip::cycle() const { return state_->cycle; }
std::uint64_t Chip::rested() const { return state_->rested; }
bool Chip::idle() const { return state_->idle(); }
std::uint64_t Chip::next_wake() const { return state_->next_wake(); }

std::uint64_t Chip::next_tx() const { return state_->host.next_tx(state_->cycle); }
std::uint64_t Chip::next_event() const {
  const std::uint64_t held = std::min(state_->mesh_events.first(), state_->host_events.first());
  return std::min(held, state_->next_wake());
}

void Chip::power_on() {
  if (!foreign_.empty())
    throw std::logic_error("chip model: power_on() of a chip with foreign tiles; make a new chip");
  auto fresh = make_state(build(), state_->sink);
  fresh->host.keep_rings(state_->host);
  fresh->mesh.plant(faults_);
  state_ = std::move(fresh);
  attach_core();
  fresh_ = true;
}

void Chip::run(std::uint64_t limit) {
  if (limit <= cycle()) return;
  fresh_ = false;
  state_->run(limit);
}

std::uint64_t Chip::checked(std::uint64_t at) {
  if (at < cycle()) {
    throw std::logic_error("chip model: an input for cycle " + std::to_string(at) +
                           " comes when cycle " + std::to_string(cycle()) +
                           " is next: give inputs for that cycle or later");
  }
  fresh_ = false;
  return at;
}

void Chip::set_rx(std::uint64_t at, bool level) {
  state_->host.set_rx(cycle(), checked(at), level);
}
void Chip::offer(std::uint64_t at, std::uint8_t byte) { state_->host.offer(checked(at), byte); }
void Chip::set_ready(std::uint64_t at, bool ready) { state_->host.set_ready(checked(at), ready); }

std::vector<LineChange> Chip::take_tx() { return state_->host.take_tx(cycle()); }
std::vector<LineChange> Chip::take_tx_now() { return state_->host.take_tx(cycle() + 1); }
std::vector<SentByte> Chip::take_bytes() { return state_->host.take_bytes(); }

void Chip::access(std::uint64_t at, const WordAccess& access) {
  state_->host.access(checked(at), access);
}
std::vector<WordAnswer> Chip::take_answers() { return state_->host.take_answers(); }
bool Chip::access_now(WordAccess& access) {
  return direct() && state_->host.access_now(access, cycle());
}
bool Chip::irq() const { return state_->host.irq(); }
std::uint64_t Chip::next_port() const { return state_->host.next_port(state_->cycle); }

bool Chip::write(std::uint16_t tile, std::uint32_t address, std::span<const std::uint32_t> words) {
  return direct() && state_->host.write(tile, address, words, cycle());
}

bool Chip::read(std::uint16_t tile, std::uint32_t address, std::span<std::uint32_t> words) {
  return direct() && state_->host.read(tile, address, words, cycle());
}

const Activity& Chip::activity() const { return state_->mesh.activity(); }

std::uint32_t Chip::filled_buffers() const { return state_->mesh.filled_buffers(); }

std::uint32_t Chip::read(std::uint32_t x, std::uint32_t y, std::uint32_t address) const {
  return state_->mesh.read(x, y, address);
}

void Chip::peek(std::uint32_t x, std::uint32_t y, bool current, std::uint32_t first,
                std::span<std::int32_t> values) const {
  state_->mesh.memory(x, y).read_states(current, first, values);
}

void Chip::peek(std::uint32_t x, std::uint32_t y, std::uint32_t address,
                std::span<std::uint32_t> words) const {
  state_->mesh.memory(x, y).read(address, words);
}

}  // namespace spikemesh::model
