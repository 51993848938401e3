// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/point/map_cache.hpp"

#include <chrono>

namespace spikemesh::sim {
namespace {

/// The design with everything that does not shape the mapping as in the default build.
Design shape_of(Design design) {
  const spec::Build plain;
  spec::Build& build = design.build;
  build.router_depth = plain.router_depth;
  build.link_latency = plain.link_latency;
  build.router_latency = plain.router_latency;
  build.tree_fan_in = plain.tree_fan_in;
  build.tree_latency = plain.tree_latency;
  build.core_depth = plain.core_depth;
  build.ring_in = plain.ring_in;
  build.ring_out = plain.ring_out;
  build.rx_buffer = plain.rx_buffer;
  build.frame_words = plain.frame_words;
  build.uart_divisor = plain.uart_divisor;
  design.period = Design{}.period;
  design.clock_mhz = Design{}.clock_mhz;
  design.baud.reset();
  return design;
}

}  // namespace

std::string mapping_key(const Design& design, std::uint64_t seed) {
  return to_json(shape_of(design), seed);
}

MapCache::Made MapCache::make(const Design& design, std::uint64_t seed) const {
  MapOptions options = design.map_options(seed);
  const spec::Build build = shape_of(design).build;
  if (trace_ != nullptr) {
    MappedTraffic traffic = map_traffic(*trace_, build, options);
    return {std::move(traffic.mapped), std::move(traffic.sent)};
  }
  if (design.placement.measured) options.traffic = measure_(design, seed);
  return {map_network(network_, build, options), nullptr};
}

MapCache::Found MapCache::get(const Design& design, std::uint64_t seed) {
  const std::string key = mapping_key(design, seed);
  std::promise<std::shared_ptr<const Made>> promise;
  std::unique_lock lock(mutex_);
  if (const auto found = made_.find(key); found != made_.end()) {
    const Future future = found->second;
    lock.unlock();
    return {future.get(), true};
  }
  made_.emplace(key, promise.get_future().share());
  order_.push_back(key);
  if (order_.size() > most_) {
    made_.erase(order_.front());
    order_.pop_front();
  }
  lock.unlock();
  try {
    const auto begin = std::chrono::steady_clock::now();
    const auto made = std::make_shared<Made>(make(design, seed));
    made->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    promise.set_value(made);
    return {made, false};
  } catch (...) {
    promise.set_exception(std::current_exception());
    throw;
  }
}

}  // namespace spikemesh::sim
