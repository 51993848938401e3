// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "sim/sweep/point/design.hpp"
#include "sim/traffic/traffic_map.hpp"
#include "spikemesh/mapper.hpp"
#include "spikemesh/network.hpp"

namespace spikemesh::sim {

/// What shapes the mapping of a network onto a design, as a text: designs with the same text share
/// their mapping.
std::string mapping_key(const Design& design, std::uint64_t seed);

/// Mappings of one network, made once each and shared by threads. The last `most` stay.
class MapCache {
 public:
  /// `measure`: the traffic of the network on such a design, for placements by it.
  using Measure = std::function<std::shared_ptr<const Traffic>(const Design&, std::uint64_t seed)>;
  /// `trace`: what is placed instead of the network, or nullptr.
  MapCache(const Network& network, const TrafficTrace* trace, std::size_t most, Measure measure)
      : network_(network), trace_(trace), most_(most), measure_(std::move(measure)) {}

  struct Made {
    Mapped mapped;
    std::shared_ptr<const model::Traffic> sent;  ///< of a trace
    double seconds = 0;                          ///< wall time that it took
  };
  struct Found {
    std::shared_ptr<const Made> made;
    bool shared = false;  ///< somebody else had it made
  };
  /// The mapping for the design, made by this thread or waited for. Throws what map_network throws.
  Found get(const Design& design, std::uint64_t seed);

 private:
  Made make(const Design& design, std::uint64_t seed) const;

  using Future = std::shared_future<std::shared_ptr<const Made>>;
  const Network& network_;
  const TrafficTrace* trace_;
  std::size_t most_;
  Measure measure_;
  std::mutex mutex_;
  std::map<std::string, Future> made_;
  std::list<std::string> order_;  ///< the oldest first
};

}  // namespace spikemesh::sim
