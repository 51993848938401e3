// SPDX-License-Identifier: Apache-2.0
#pragma once
// Host tile and mesh as plain objects, without SystemC: lazily woken, or evaluated in every cycle.

#include <algorithm>
#include <vector>

#include "model/host/host_tile.hpp"
#include "tests/unit/model/chip_bench.hpp"

namespace spikemesh::test {

class Rig {
 public:
  /// `settle`: most cycles to run until the chip rests.
  explicit Rig(const spec::Build& build, model::LinkMode mode = model::LinkMode::bytes,
               bool eager = false, std::uint64_t settle = 0)
      : owned(model::make_mesh(build, &log)),
        mesh(*owned),
        host(build, mode, mesh, &log),
        eager_(eager) {
    run(settle);
  }
  /// The host tile before another mesh.
  Rig(const spec::Build& build, std::unique_ptr<model::Mesh> other)
      : owned(std::move(other)),
        mesh(*owned),
        host(build, model::LinkMode::bytes, mesh, &log),
        eager_(false) {}

  std::uint64_t cycle() const { return cycle_; }
  /// Runs to `limit`, or until nothing can happen any more.
  void run(std::uint64_t limit) {
    while (cycle_ < limit) {
      const std::uint64_t wake = std::min(host.next_wake(cycle_), mesh.next_wake());
      if (wake == model::kNever && host.idle_from(cycle_) <= cycle_) {
        return;
      }
      if (!eager_ && wake > cycle_) {
        cycle_ = std::min({wake, limit, host.idle_from(cycle_)});
        continue;
      }
      execute();
    }
  }
  /// Sends bytes, runs, and gives the whole frames that came back within `patience` cycles.
  std::vector<Reply> exchange(const Bytes& wire, std::uint64_t patience = 400'000) {
    for (const std::uint8_t byte : wire) {
      host.offer(cycle_, byte);
    }
    run(cycle_ + patience);
    Bytes sent;
    for (const model::SentByte& byte : host.take_bytes()) {
      sent.push_back(byte.byte);
      sent_at.push_back(byte.cycle);
    }
    std::vector<Reply> replies;
    for (const Bytes& frame : unslip(sent)) {
      replies.push_back(parse_reply(frame));
    }
    return replies;
  }
  Reply transact(const Bytes& raw) {
    const auto replies = exchange(slip(raw));
    REQUIRE(replies.size() == 1);
    return replies[0];
  }
  Reply read(std::uint16_t tile, std::uint32_t address, int words = 1) {
    return transact(request(0x11, 1, tile, address, {}, words));
  }
  Reply write(std::uint16_t tile, std::uint32_t address, const Words& data) {
    return transact(request(0x12, 1, tile, address, data));
  }
  std::uint32_t get(spec::Register reg) {
    return read(kHostTile, static_cast<std::uint32_t>(reg)).data.at(0);
  }
  spec::Status set(spec::Register reg, std::uint32_t value) {
    return write(kHostTile, static_cast<std::uint32_t>(reg), {value}).status;
  }
  std::vector<Event> events() const {
    std::vector<Event> sorted = log.events;
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  }

  Log log;
  std::unique_ptr<model::Mesh> owned;
  model::Mesh& mesh;
  model::HostTile host;
  std::vector<std::uint64_t> sent_at;

 private:
  void execute() {
    const bool wakes = eager_ || host.next_wake(cycle_) <= cycle_;
    const bool touched = wakes && host.evaluate(cycle_);
    if (host.resets(cycle_)) {
      mesh.reset(cycle_);
      std::erase_if(log.events, [&](const Event& event) {
        return event.cycle >= cycle_ && (event.tile != kHostTile || event.kind == EventKind::flit);
      });
    } else if (touched || mesh.next_wake() <= cycle_) {
      mesh.evaluate(cycle_);
      mesh.commit(cycle_);
    }
    if (wakes) {
      host.commit(cycle_);
    }
    ++cycle_;
  }

  bool eager_;
  std::uint64_t cycle_ = 0;
};

}  // namespace spikemesh::test
