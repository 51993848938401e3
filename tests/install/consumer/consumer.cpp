// SPDX-License-Identifier: Apache-2.0
// A user's whole program: a network file in, where it goes on the chip `tiny` out.
#include <iostream>
#include <spikemesh/build.hpp>
#include <spikemesh/mapper.hpp>
#include <spikemesh/network_json.hpp>

int main(int, char** argv) {
  const auto network = spikemesh::load_network(argv[1]);
  std::cout << to_text(spikemesh::map_network(network, spikemesh::load_build("tiny")).report);
}
