// SPDX-License-Identifier: Apache-2.0
#pragma once
// docs/blocks/noc.md

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "model/activity.hpp"
#include "model/event.hpp"
#include "model/fault.hpp"
#include "model/noc/foreign_tiles.hpp"
#include "model/noc/link.hpp"
#include "model/noc/push_list.hpp"
#include "model/noc/router.hpp"
#include "model/noc/work_set.hpp"
#include "model/observer.hpp"

namespace spikemesh::model {

/// All routers, the links between them, the host link both ways and the host tile's input buffer:
/// everything of the mesh but its cores.
///
/// Work sets name the routers and links that could move something in the next cycle. What is
/// blocked is in none: the receiver that becomes ready again adds it.
class Fabric {
 public:
  /// Counts the flits of `activity`, which outlives it.
  Fabric(const spec::Build& build, EventSink* sink, const ForeignPlaces& foreign,
         Activity& activity);
  void reset();
  /// Whoever takes what happens from the next cycle on, or nullptr.
  void observe(Observer* observer) { observer_ = observer; }

  /// Something could happen in the cycle after the last committed one.
  bool any_work() const {
    return news_ || !router_work_.empty() || !link_work_.empty() || foreign_.busy();
  }
  void evaluate();
  /// Fills arrivals() and local_freed(). `broadcast`: what the tiles see in this cycle, if
  /// anything. Returns true if a flit moved or a foreign tile was busy: something was busy.
  bool commit(std::uint64_t cycle, const Broadcast* broadcast);
  ForeignTiles& foreign() { return foreign_; }
  const ForeignTiles& foreign() const { return foreign_; }
  /// Brings foreign tiles to the begin of a cycle.
  void catch_up(std::uint64_t cycle) {
    foreign_.catch_up(cycle, [this](std::uint32_t tile) { return routers_[tile].ready(); });
  }

  // Cores, in commit: before Fabric::commit what they do, after it what they get
  struct Arrival {
    std::uint32_t tile;
    Flit flit;
  };
  const std::vector<Arrival>& arrivals() const { return arrivals_; }
  /// Tiles whose core found no room before its router and finds it from the next cycle on.
  const PushList<std::uint32_t>& local_freed() const { return local_freed_; }
  bool local_ready(std::uint32_t tile) const {
    return local_stages_ > 0 ? links_[tile * kPorts].ready() : routers_[tile].input_ready(kLocal);
  }
  void enter_local(std::uint32_t tile, const Flit& flit, std::uint64_t cycle);
  /// The core's input buffer can take a flit in the next cycle, or cannot.
  void set_core_ready(std::uint32_t tile, bool ready) {
    routers_[tile].set_ready(kLocal, ready);
    look_at(tile);
  }

  // Host link: as of the start of the cycle; pushes and pops take effect with commit
  bool link_ready() const {
    if (foreign_.holds(0)) return foreign_.ready(0, kWest);
    if (broken_ && (*broken_)[host_link_].never_ready) return false;
    return stages_ > 0 ? links_[kWest].ready() : routers_[0].input_ready(kWest);
  }
  void link_push(const Flit& flit) { host_push_ = flit; }
  bool host_valid() const { return host_buffer_.valid(); }
  const Flit& host_head() const { return host_slots_[host_buffer_.head()]; }
  void host_pop() { host_pop_ = true; }

  /// From now on, also after a reset, these links of the build are broken.
  void plant(const std::vector<BrokenLink>& links);
  /// A flit stands before a link that will never be ready; asked for when there is no work.
  bool blocked() const;

  /// A flit that entered a router by `port` reached its destination some time ago: leaves the
  /// grants of its way behind, and nothing else.
  void passed(std::uint32_t tile, unsigned port, const Flit& flit);

  /// Input buffers that were full at some time: a bit a port of any router, then a spare one, then
  /// the host tile's (bits as in model/chip.hpp).
  std::uint32_t filled_buffers() const {
    std::uint32_t filled = std::uint32_t{host_filled_} << (kPorts + 1);
    for (const Router& router : routers_) filled |= router.filled();
    return filled;
  }
  /// Number of a tile as in a frame.
  std::uint16_t tile_name(std::uint32_t tile) const { return names_[tile]; }

 private:
  struct Move {
    std::uint32_t tile;
    std::uint16_t input, output;
  };
  struct LinkMove {
    std::uint32_t link;
    std::uint32_t stages;  ///< one bit each
  };

  /// What a broken link does to flits.
  struct Break {
    bool never_ready = false, never_valid = false;
    std::uint32_t ones = 0, zeros = 0;  ///< bits of the data
  };
  /// What arrives of a flit, if anything does, on the link that leaves a router, or host_link_.
  std::optional<Flit> broken(std::uint32_t link, Flit flit) const;
  /// Nobody listens, and every link is whole and leads from one router of the model to another
  /// without stages between them. What most flits do is compiled for this alone, too.
  bool plain() const {
    return !sink_ && !observer_ && !broken_ && stages_ == 0 && foreign_.empty();
  }
  using TileList = PushList<std::uint32_t>;
  template <bool kPlain>
  void commit_moves(std::uint64_t cycle);
  template <bool kPlain>
  const Flit& take(const Move& move, TileList::Back& work);
  template <bool kPlain>
  void send(std::uint32_t tile, unsigned output, const Flit& flit, std::uint64_t cycle,
            TileList::Back& work);
  template <bool kPlain>
  void send_whole(std::uint32_t tile, unsigned output, const Flit& flit, std::uint64_t cycle,
                  TileList::Back& work);
  template <bool kPlain>
  void enter(std::uint32_t tile, unsigned port, const Flit& flit, std::uint64_t cycle,
             TileList::Back& work);
  void commit_link(const LinkMove& move, std::uint64_t cycle);
  void commit_host_pop();
  void commit_host_push(std::uint64_t cycle);
  void enter_host(const Flit& flit, std::uint64_t cycle);
  template <bool kPlain>
  void freed(std::uint32_t tile, unsigned input, TileList::Back& work);
  void push(std::uint32_t link, const Flit& flit) {
    links_[link].push(flit);
    link_work_.add(link);
  }
  void sender_sees_ready(std::uint32_t link);
  void commit_foreign(std::uint64_t cycle, const Broadcast* broadcast);
  void set_ready_of(std::uint32_t tile, unsigned output, bool ready);
  void retire(std::uint64_t cycle, std::uint16_t tile, unsigned port, const Flit& flit);
  void note_entry(std::uint32_t buffer, const Flit& flit);
  void tell_entries();

  /// Something changed of which a router may be able to move a flit now.
  void look_at(std::uint32_t tile, TileList::Back& work) {
    work.push(tile, routers_[tile].newly_can_move());
  }
  void look_at(std::uint32_t tile) { look_at(tile, router_work_.back()); }
  std::uint32_t neighbour(std::uint32_t tile, unsigned port) const {
    return tile + static_cast<std::uint32_t>(step_[port]);
  }
  static bool host_port(std::uint32_t tile, unsigned port) { return tile == 0 && port == kWest; }
  unsigned stages_of(std::uint32_t link) const {
    if (link == host_link_) return host_stages_;
    return link % kPorts == kLocal ? local_stages_ : stages_;
  }
  bool receiver_ready(std::uint32_t link) const {
    return link == host_link_ ? host_buffer_.ready(depth_)
                              : routers_[link / kPorts].input_ready(link % kPorts);
  }

  EventSink* sink_;
  Activity& activity_;
  Observer* observer_ = nullptr;
  std::vector<std::uint32_t> entered_;  ///< tile * kPorts + port of spikes, in this cycle
  std::uint32_t width_, height_;
  unsigned depth_;         ///< RouterDepth
  unsigned stages_;        ///< of a link towards a router: LinkLatency - 1 and RouterLatency - 1
  unsigned local_stages_;  ///< between a core and its router: RouterLatency - 1
  unsigned host_stages_;   ///< of the link towards the host: LinkLatency - 1
  std::uint32_t
      host_link_;  ///< number of the link towards the host; others: receiver * kPorts + port
  std::array<std::int32_t, kPorts> step_;  ///< to the neighbour at a port
  std::vector<std::uint16_t> names_;
  std::vector<Router::Slot> router_slots_;
  std::vector<Flit> host_slots_;
  std::vector<Router> routers_;
  std::vector<Link> links_;  ///< none if there are no stages
  Fifo host_buffer_;
  bool host_filled_ = false;
  ForeignTiles foreign_;

  /// By tile * kPorts + output of the sender, then that of the host; nothing in a good chip.
  std::unique_ptr<std::vector<Break>> broken_;

  TileList router_work_;  ///< routers that move a flit in the next cycle
  WorkSet link_work_;
  PushList<Move> moves_, arriving_;  ///< to another router or the host; to cores
  std::vector<LinkMove> link_moves_;
  std::vector<Arrival> arrivals_;
  PushList<std::uint32_t> local_freed_;
  std::optional<Flit> host_push_;
  bool host_pop_ = false;
  bool news_ = false;  ///< a flit newly shows at the head of the host's buffer
};

}  // namespace spikemesh::model
