// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "spikemesh/convert.hpp"

namespace spikemesh {

/// Relay neurons for delays beyond the chip's. One fires when a spike of its source is a multiple
/// of the longest delay old, so that a synapse from it is late by what is left. A source that fires
/// several times in a step has a relay for each of these spikes: relay n fires if there are n.
class Relays {
 public:
  /// Checks every delay of the network; throws InputError for one that the chip does not have,
  /// where relays are not wanted or cannot help.
  Relays(const Network& network, const spec::Build& build, bool wanted);

  /// A synapse with this delay leaves the unit.
  void want(std::uint32_t source, std::uint32_t delay);
  /// Adds the relays that are wanted behind the units of the network.
  void lay_out(IntegerNetwork& integers, ConversionReport& report);

  /// The units from which such a synapse starts, and the delay that is left.
  struct Start {
    std::uint32_t first = 0, count = 1, delay = 1;
  };
  Start start(std::uint32_t source, std::uint32_t delay) const;
  /// each(from, to): the synapses into relays, which have the weight 1 and the longest delay.
  template <typename Each>
  void for_each_hop(Each&& each) const {
    for (std::uint32_t i = 0; i < relays_.size(); ++i) {
      const IntegerNetwork::Relay& relay = relays_[i];
      each(relay.hops == 1 ? relay.source : first_ + i - levels_[relay.source], first_ + i);
    }
  }
  std::uint8_t longest() const { return static_cast<std::uint8_t>(build_.delay_max); }
  /// Whether some delay needs them.
  bool needed() const { return needed_; }

 private:
  void check(Network::Id projection, bool wanted);
  [[noreturn]] void refuse(Network::Id projection, std::size_t i, bool wanted) const;
  void check_room(std::uint64_t relays) const;

  const Network& network_;
  const spec::Build& build_;
  bool needed_ = false;
  std::vector<std::uint32_t> hops_;    ///< by source: relays one after another
  std::vector<std::uint32_t> levels_;  ///< by source: side by side
  std::vector<std::uint32_t> begin_;   ///< by source: its first relay
  std::uint32_t first_ = 0;            ///< unit of the first relay
  std::vector<IntegerNetwork::Relay> relays_;
};

}  // namespace spikemesh
