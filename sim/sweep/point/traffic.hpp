// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "sim/run/request/run_request.hpp"
#include "sim/sweep/point/design.hpp"
#include "spikemesh/mapper.hpp"
#include "spikemesh/network.hpp"

namespace spikemesh::sim {

/// How often each neuron and input of a network fires in a run. The reference tells, once for all
/// designs that compute the same; any thread may ask.
class TrafficMeter {
 public:
  /// The network outlives it.
  explicit TrafficMeter(const Network& network) : network_(network) {}

  /// Throws InputError for a network that no chip with the formats of the design holds.
  std::shared_ptr<const Traffic> get(const Design& design, const RunRequest& request);

 private:
  std::shared_ptr<const Traffic> measure(const Design& design, const RunRequest& request) const;

  const Network& network_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Traffic>> measured_;
};

}  // namespace spikemesh::sim
