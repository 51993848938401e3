// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "spikemesh/network.hpp"

namespace spikemesh {

inline constexpr std::uint32_t kUnitsMax = 1 << 24;  ///< inputs and neurons of a network
/// Synapses that can be drawn at random: those of the largest chip.
inline constexpr std::uint64_t kDrawnMax = std::uint64_t{1} << 28;

/// Largest size, stride, padding and dilation of a window.
inline constexpr std::uint32_t kWindowMax = 4096;

/// Neurons of a population of this shape that is about to be added; throws InputError for more than
/// a network can have.
std::uint32_t size_of_shape(const Network& network, const std::vector<std::uint32_t>& shape);

// What must hold of a population or projection that is about to be added, whatever the chip.
// Each throws InputError with the path of the culprit.
void check_population(const Network& network, const Population& population);
void check_recorded(const Network& network, Network::Id id, const Population& population);
/// Throws InputError unless the rule can be added.
void check_rule(const Network& network, const LearningRule& rule);
/// `id`: the number that the projection has, or will have.
void check_projection(const Network& network, Network::Id id, const Projection& projection);
void check_adapt(const Network& network, Network::Id id, const Population& population);
void check_v_scale(const Network& network, Network::Id id, const Population& population);
/// Throws InputError for a setting of the whole network (v_scale, adapt_period, ...) out of range.
void check_settings(const Network& network);
/// Throws InputError unless it can be Network::split_weights; `place`: what the error names.
void check_split_weights(const std::string& place, double bound);
/// Throws InputError for more synapses than kDrawnMax, which `value` under `key` of the next
/// projection would give.
void check_drawn(const Network& network, const char* key, double value, double synapses);

/// What follows the path of a projection: where its i-th weight or delay is, as it lists them.
std::string value_rest(const Network& network, const Projection& projection,
                       std::string_view column, std::size_t i);
/// Path of the weight or delay of synapse i, in the shape in which the author gave it.
std::string synapse_path(const Network& network, Network::Id projection, const char* column,
                         std::size_t i);

}  // namespace spikemesh
