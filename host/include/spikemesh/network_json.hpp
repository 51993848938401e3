// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "spikemesh/network.hpp"

namespace spikemesh {

/// Reads a network file (host/schema/network.schema.json, docs/network.md). `.npy` files are
/// searched beside it. Throws InputError that names file, JSON path, value and remedy.
Network load_network(const std::filesystem::path& path);
/// The same from text: `source` is what errors call it, `directory` where `.npy` files lie.
Network parse_network(const std::string& text, const std::string& source = "",
                      const std::filesystem::path& directory = ".");

/// Writes a network file that loads as the same network. Arrays longer than `inline_limit` go to
/// `<stem>.<projection>.<column>.npy` beside it.
void save_network(const Network& network, const std::filesystem::path& path,
                  std::size_t inline_limit = 64);

/// The keys that an object of a network file may have, in the order of the schema.
/// `object`: network, population, input, raw, neuron, projection, npy.
std::vector<std::string_view> network_keys(std::string_view object);

}  // namespace spikemesh
