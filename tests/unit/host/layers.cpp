// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <random>
#include <vector>

#include "error_of.hpp"
#include "spikemesh/network.hpp"

using namespace spikemesh;

namespace {

const PhysicalNeurons kNeurons{.beta = 0.5, .v_threshold = 1.0};

Network::Id add(Network& network, const char* name, std::vector<std::uint32_t> shape) {
  return network.add(Population{
      .name = name, .neurons = kNeurons, .recorded = {}, .tiles = {}, .shape = std::move(shape)});
}

/// Images, channel by channel.
using Image = std::vector<double>;

/// What docs/network.md says a conv2d adds up, in double.
Image convolved(const Image& image, const std::vector<std::uint32_t>& from, const Image& kernel,
                const Window& w, const std::vector<std::uint32_t>& to) {
  Image result(to[0] * to[1] * to[2]);
  const std::int64_t seen = from[0] / w.groups, sharers = to[0] / w.groups;
  for (std::int64_t o = 0; o < to[0]; ++o)
    for (std::int64_t y = 0; y < to[1]; ++y)
      for (std::int64_t x = 0; x < to[2]; ++x)
        for (std::int64_t c = 0; c < seen; ++c)
          for (std::int64_t ky = 0; ky < w.size[0]; ++ky)
            for (std::int64_t kx = 0; kx < w.size[1]; ++kx) {
              const std::int64_t row = y * w.stride[0] + ky * w.dilation[0] - w.padding[0];
              const std::int64_t column = x * w.stride[1] + kx * w.dilation[1] - w.padding[1];
              if (row < 0 || row >= from[1] || column < 0 || column >= from[2]) continue;
              result[(o * to[1] + y) * to[2] + x] +=
                  kernel[((o * seen + c) * w.size[0] + ky) * w.size[1] + kx] *
                  image[((o / sharers * seen + c) * from[1] + row) * from[2] + column];
            }
  return result;
}

/// What the synapses of a projection add up.
Image gathered(const Network& network, Network::Id id, const Image& image, std::size_t size) {
  Image result(size);
  const Projection& projection = network.projections()[id];
  for (std::size_t i = 0; i < network.synapse_count(projection); ++i) {
    const Synapse one = network.synapse(projection, i);
    if (!network.exists(projection, one)) continue;
    result.at(one.post) += one.weight * image.at(one.pre);
  }
  return result;
}

}  // namespace

TEST_CASE("layers: a conv2d adds up what a convolution in double does, whatever slides how") {
  std::mt19937_64 random(1);
  const auto pick = [&](std::uint32_t low, std::uint32_t high) {
    return low + static_cast<std::uint32_t>(random() % (high - low + 1));
  };
  const auto pair = [&](std::uint32_t low, std::uint32_t high) {
    return Window::Pair{pick(low, high), pick(low, high)};
  };
  int compared = 0;
  for (int round = 0; round < 400; ++round) {
    Window window{.size = pair(1, 4),
                  .stride = pair(1, 3),
                  .padding = pair(0, 3),
                  .dilation = pair(1, 3),
                  .groups = pick(1, 3)};
    const std::vector<std::uint32_t> from{window.groups * pick(1, 2), pick(1, 9), pick(1, 9)};
    const auto to = slide(from, window, window.groups * pick(1, 2));
    if (to[1] == 0 || to[2] == 0) continue;
    Network network(1.0);
    add(network, "from", from);
    add(network, "to", to);
    Image image(network.populations()[0].size);
    for (double& value : image) value = static_cast<double>(random() % 1000) / 7;
    Image kernel(to[0] * (from[0] / window.groups) * window.size[0] * window.size[1]);
    for (double& value : kernel) value = static_cast<double>(random() % 5) - 2;  // some are 0
    network.connect_conv2d(0, 1, kernel, window);
    const Image wanted = convolved(image, from, kernel, window, to);
    const Image found = gathered(network, 0, image, wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i)
      CHECK(found[i] == doctest::Approx(wanted[i]).epsilon(1e-12));
    ++compared;
  }
  CHECK(compared > 200);
}

TEST_CASE(
    "layers: a pool2d joins the places of a window of the same channel, all with one weight") {
  Network network(1.0);
  add(network, "from", {2, 5, 4});
  add(network, "to", {2, 2, 2});
  network.connect_pool2d(0, 1, 0.25, {.size = {2, 2}, .stride = {2, 2}}, 3);
  const Projection& projection = network.projections()[0];
  CHECK(network.synapse_count(projection) == 32);
  CHECK(network.synapse(projection, 0) == Synapse{0, 0, 0.25, 3});
  CHECK(network.synapse(projection, 3) == Synapse{5, 0, 0.25, 3});
  CHECK(network.synapse(projection, 16) == Synapse{20, 4, 0.25, 3});
  CHECK(network.synapse(projection, 31) == Synapse{35, 7, 0.25, 3});
}

TEST_CASE("layers: weights of its own make a list of synapses of a layer, with the same delays") {
  Network network(1.0);
  add(network, "from", {1, 2, 3});
  add(network, "to", {1, 2, 3});
  network.connect_conv2d(0, 1, {1, 2, 3}, {.size = {1, 3}, .padding = {0, 1}},
                         std::vector<std::uint32_t>{4, 5, 6});
  Network listed = network;
  std::vector<double> weights;
  for (std::size_t i = 0; i < network.synapse_count(network.projections()[0]); ++i)
    weights.push_back(network.synapse(network.projections()[0], i).weight);
  listed.set_weights(0, weights);
  const Projection& sparse = listed.projections()[0];
  CHECK(sparse.connect == Connect::sparse);
  CHECK(sparse.window == Window{});
  CHECK(sparse.pre == std::vector<std::uint32_t>{0, 1, 0, 1, 2, 1, 2, 3, 4, 3, 4, 5, 4, 5});
  CHECK(sparse.weight.all() == std::vector<double>{2, 3, 1, 2, 3, 1, 2, 2, 3, 1, 2, 3, 1, 2});
  CHECK(sparse.delay.all() == std::vector<std::uint32_t>{5, 6, 4, 5, 6, 4, 5, 5, 6, 4, 5, 6, 4, 5});
}

TEST_CASE("layers: a plastic layer has no synapse beyond the edge, and those of weight 0 inside") {
  Network network(1.0);
  add(network, "from", {1, 3, 3});
  add(network, "to", {1, 3, 3});
  network.connect_conv2d(0, 1, std::vector<double>(9, 0), {.size = {3, 3}, .padding = {1, 1}});
  network.set_rule(
      0, network.add(LearningRule{.name = "r", .tau_pre_ms = 20, .tau_post_ms = 20, .w_max = 1}));
  const Projection& projection = network.projections()[0];
  CHECK(network.synapse_count(projection) == 81);
  int existing = 0;
  for (std::size_t i = 0; i < 81; ++i)
    existing += network.exists(projection, network.synapse(projection, i));
  CHECK(existing == 49);
}

TEST_CASE("layers: what does not fit together is refused by path") {
  Network network(1.0);
  network.add_input("plain", 9);
  add(network, "one", {1, 3, 3});
  add(network, "two", {2, 3, 3});
  const Window three{.size = {3, 3}, .padding = {1, 1}};
  const auto conv = [&](Network::Id from, Network::Id to, std::size_t count, const Window& window) {
    return error_of(
        [&] { network.connect_conv2d(from, to, std::vector<double>(count, 1), window); });
  };
  CHECK(
      conv(0, 1, 9, three) ==
      "/projections/0/from: conv2d joins shapes [channels, height, width], but \"plain\" has none; "
      "give the population such a shape");
  CHECK(conv(1, 2, 17, three) ==
        "/projections/0/weight: 17 values for 18 places of the kernel; give each place one");
  CHECK(conv(1, 2, 18, {.size = {3, 3}}) ==
        "/projections/0/to: \"two\" has the shape [2, 3, 3], but conv2d of [1, 3, 3] gives [2, 1, "
        "1]; "
        "give it that shape");
  CHECK(conv(1, 2, 18, {.size = {3, 3}, .padding = {1, 1}, .groups = 2}) ==
        "/projections/0/groups: 2, but it must divide the 1 channels that send and the 2 that "
        "receive; choose another");
  CHECK(conv(1, 2, 18, {.size = {3, 3}, .stride = {1, 0}, .padding = {1, 1}}) ==
        "/projections/0/stride: 0, but 1..4096 are allowed");
  CHECK(conv(1, 2, 18, {.size = {3, 3}, .dilation = {9, 9}}) ==
        "/projections/0/kernel_size: [3, 3] with the dilation [9, 9] goes beyond the 3 x 3 neurons "
        "of "
        "a channel and the padding [0, 0]; make the kernel smaller or the padding larger");
  CHECK(
      error_of([&] { network.connect_pool2d(1, 2, 1, {}); }) ==
      "/projections/0/to: 2 channels, but pool2d keeps the 1 of the sending population; make them "
      "equal");
  CHECK(error_of([&] {
          add(network, "none", {4, 0, 2});
        }) == "/populations/3/shape: [4, 0, 2], but each axis has at least 1 neuron");
  CHECK(error_of([&] {
          add(network, "huge", {4096, 4096, 4096});
        }) ==
        "/populations/3/shape: [4096, 4096, 4096], but a network has at most 16777216 inputs and "
        "neurons; make it smaller");
  CHECK(error_of([&] {
          network.add(Population{.name = "odd",
                                 .size = 5,
                                 .neurons = kNeurons,
                                 .recorded = {},
                                 .tiles = {},
                                 .shape = {2, 3}});
        }) ==
        "/populations/3/shape: [2, 3] has 6 neurons, but the size is 5; leave one of them out");
}

TEST_CASE(
    "network: lists are replaced together with all that a network holds besides, or not at all") {
  Network network(2.0);
  network.v_scale = 512;
  network.adapt_period = 3;
  network.decay_bits = 14;
  network.exponential = true;
  network.min_tiles = 2;
  network.split_weights = 0.01;
  network.relays = true;
  network.source = "net.json";
  network.add_input("in", 2);
  network.add_neurons("n", 3, kNeurons);
  network.connect_all_to_all(0, 1, 1);
  Network changed = network;
  changed.replace(network.populations(), network.rules(), network.projections());
  CHECK(changed == network);
  CHECK(changed.source == "net.json");
  auto projections = network.projections();
  projections[0].to = 7;
  CHECK(error_of([&] { changed.replace(network.populations(), {}, projections); }) != "");
  CHECK(changed == network);
  CHECK(changed.source == "net.json");
}
