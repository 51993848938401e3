// SPDX-License-Identifier: Apache-2.0
// Spikes by the million through the model of a chip and back over its pins, to a host that pauses;
// and bytes by the million that mean nothing.
#include <doctest/doctest.h>

#include <cstdlib>
#include <random>

#include "sim/device/model_device.hpp"
#include "sim/wire/link_trial.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/chip_machine.hpp"
#include "spikemesh/mapper.hpp"
#include "spikemesh/network.hpp"

using namespace spikemesh;
using namespace spikemesh::sim;

namespace {

constexpr std::uint32_t kCells = 64;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

spec::Build chip_build() {
  spec::Build build = load_build("default");
  build.uart_divisor = 33;  // 3.03 Mbaud
  return build;
}

/// Each input spike makes one neuron fire, one step later.
Image echo_image() {
  Network network;
  const auto source = network.add_input("source", kCells);
  RawNeurons neurons;
  neurons.theta = std::int64_t{100};
  const auto cells = network.add_neurons("cells", kCells, neurons);
  network.connect_one_to_one(source, cells, 150.0);
  network.record(cells);
  network.min_tiles = 4;
  return map_network(network, chip_build()).image;
}

/// A host that now and then does something else for a while, in the middle of anything.
class Pausing final : public Transport {
 public:
  Pausing(LinkTrial& trial, std::uint64_t seed)
      : inner_(trial.plug_in()), trial_(trial), random_(seed) {}

  void write(std::span<const std::uint8_t> bytes) override {
    pause();
    inner_->write(bytes);
  }
  std::size_t read(std::span<std::uint8_t> bytes, std::chrono::microseconds timeout) override {
    pause();
    if (held_.empty()) return inner_->read(bytes, timeout);
    const std::size_t count = std::min(bytes.size(), held_.size());
    std::copy_n(held_.begin(), count, bytes.begin());
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
  }
  std::uint64_t pauses() const { return pauses_; }

 private:
  void pause() {
    if (random_() % 500 != 0) return;
    ++pauses_;
    const WireTime until = trial_.now() + random_() % 200'000'000;
    while (trial_.now() + 1000 < until) {
      std::array<std::uint8_t, 512> bytes;
      const auto left = std::chrono::microseconds((until - trial_.now()) / 1000);
      const std::size_t count = inner_->read(bytes, left);
      held_.insert(held_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
    }
  }

  std::unique_ptr<Transport> inner_;
  LinkTrial& trial_;
  std::mt19937_64 random_;
  std::deque<std::uint8_t> held_;
  std::uint64_t pauses_ = 0;
};

/// `count` spikes, none twice in a step.
std::vector<InEntry> draw_spikes(const Image& image, std::uint64_t count, std::mt19937_64& random,
                                 std::vector<OutSpike>& expected) {
  std::vector<std::uint32_t> label_of(kCells);
  for (std::uint32_t i = 0; i < image.labels.size(); ++i) label_of[image.labels[i].neuron] = i;
  std::vector<InEntry> entries;
  for (std::uint64_t step = 0; entries.size() < count; step += 1 + random() % 3) {
    const std::uint64_t hit = random() & random();  // a quarter of the neurons
    for (std::uint32_t i = 0; i < kCells && entries.size() < count; ++i) {
      if ((hit >> i & 1) == 0) continue;
      for (const std::uint32_t payload : image.inputs[i].payloads)
        entries.push_back({step, payload});
      expected.push_back({step + 1, label_of[image.inputs[i].neuron]});
    }
  }
  std::sort(expected.begin(), expected.end());
  return entries;
}

WireFaults light_faults() {
  WireFaults faults;
  for (const Fault fault : {Fault::flip, Fault::drop, Fault::twice, Fault::insert})
    faults[fault] = 2e-5;
  faults[Fault::stale] = faults[Fault::lose] = 2e-5;
  return faults;
}

std::vector<Block> memory_of(Client& client) {
  std::vector<Extent> extents;
  const spec::Build& build = client.info().build;
  for (std::uint16_t tile : {0x0, 0x1, 0x40, 0x41}) {
    extents.push_back({tile, 0, build.synapses});
    extents.push_back({tile, 3u << 16, 8 * build.neurons});
    extents.push_back({tile, 4u << 16, 4 * build.neurons});
  }
  return client.read(extents);
}

bool equal(const std::vector<Block>& a, const std::vector<Block>& b) {
  return !a.empty() &&
         std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Block& x, const Block& y) {
           return x.tile == y.tile && x.address == y.address && x.words == y.words;
         });
}

}  // namespace

TEST_CASE("a stream of spikes comes back whole, in order and once, though the host pauses") {
  const std::uint64_t count = from_environment("SPIKEMESH_SPIKES", 60'000);
  const std::uint64_t seed = from_environment("SPIKEMESH_SEED", 1);
  INFO("again: SPIKEMESH_SEED=", seed, " SPIKEMESH_SPIKES=", count, " build/bin/link_soak");
  std::mt19937_64 random(seed);
  LinkTrial trial([] { return make_model_device(chip_build(), Link::pins); }, seed);
  auto way = std::make_unique<Pausing>(trial, seed);
  const Pausing& host = *way;
  ChipMachine machine(Client(std::move(way), trial.client_options(seed)));
  const Image image = echo_image();
  machine.load(image);
  trial.set_faults(light_faults(), light_faults());
  std::vector<OutSpike> expected;
  const auto entries = draw_spikes(image, count, random, expected);
  REQUIRE(entries.size() == count);
  const auto got = machine.run(entries, entries.back().step + 2);
  CHECK(got.size() == count);
  CHECK(got == expected);
  const MachineStats stats = machine.stats();
  CHECK(stats.lost_spikes + stats.late_entries + stats.bad_entries == 0);
  CHECK(stats.ring_out_stalls > 0);  // the host was slower than the chip at times
  CHECK(host.pauses() > count / 20'000);
  CHECK(trial.faults_done() > count / 1000);
  MESSAGE(count, " spikes in and out, ", host.pauses(), " pauses, ", trial.faults_done(),
          " faults, ", static_cast<double>(trial.now()) * 1e-9, " simulated s");
}

TEST_CASE("a million random bytes into the chip change nothing, and it answers the next frame") {
  const std::uint64_t seed = from_environment("SPIKEMESH_SEED", 1);
  INFO("again: SPIKEMESH_SEED=", seed, " build/bin/link_soak");
  std::mt19937_64 random(seed);
  spec::Build build = chip_build();
  build.uart_divisor = 8;
  LinkTrial trial([&] { return make_model_device(build, Link::pins); }, seed);
  Client client(trial.plug_in(), trial.client_options(seed));
  client.connect();
  Block block{0x41, 0, std::vector<std::uint32_t>(8000)};
  for (auto& word : block.words) word = static_cast<std::uint32_t>(random()) & 0x07ffffffu;
  client.write(std::span(&block, 1));
  const auto before = memory_of(client);
  const std::uint32_t frames = client.read_register(spec::Register::frames);
  const auto noise = trial.plug_in();
  const auto whole = encode(Request{spec::Command::write, 7, 0x41, 0, 2, {0xC0, 0xDB}});
  std::array<std::uint8_t, 4096> answers;
  for (std::uint64_t sent = 0; sent < 1'000'000;) {
    std::vector<std::uint8_t> bytes(1 + random() % 64);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    if (random() % 4 == 0) {  // near to a frame: one byte of it is wrong
      bytes = whole;
      bytes[1 + random() % (bytes.size() - 2)] ^= static_cast<std::uint8_t>(1 + random() % 255);
    }
    noise->write(bytes);
    sent += bytes.size();
    noise->read(answers, std::chrono::microseconds(0));
  }
  while (noise->read(answers, std::chrono::milliseconds(500)) > 0) {
  }
  CHECK(client.read_register(spec::Register::frames) == frames + 1);  // only this one
  CHECK(client.read_register(spec::Register::bad_frames) > 10'000);
  CHECK(equal(memory_of(client), before));
}

TEST_CASE("a million random bytes to the host change nothing of what it reads") {
  const std::uint64_t seed = from_environment("SPIKEMESH_SEED", 1);
  INFO("again: SPIKEMESH_SEED=", seed, " build/bin/link_soak");
  std::mt19937_64 random(seed);
  /// Replies come with noise before them, and sometimes in their middle.
  class Noisy final : public Transport {
   public:
    Noisy(LinkTrial& trial, std::mt19937_64& random, std::uint64_t& sent)
        : inner_(trial.plug_in()), random_(random), sent_(sent) {}
    void write(std::span<const std::uint8_t> bytes) override {
      asked_ = true;
      inner_->write(bytes);
    }
    std::size_t read(std::span<std::uint8_t> bytes, std::chrono::microseconds timeout) override {
      if (random_() % (asked_ ? 2 : 40) == 0) {
        const std::size_t count = 1 + random_() % std::min<std::size_t>(bytes.size(), 100);
        for (auto& byte : bytes.first(count)) byte = static_cast<std::uint8_t>(random_());
        sent_ += count;
        return count;
      }
      asked_ = false;
      return inner_->read(bytes, timeout);
    }

   private:
    std::unique_ptr<Transport> inner_;
    std::mt19937_64& random_;
    std::uint64_t& sent_;
    bool asked_ = false;
  };
  LinkTrial trial([] { return make_model_device(chip_build(), Link::pins); }, seed);
  std::uint64_t sent = 0, words = 0;
  Client client(std::make_unique<Noisy>(trial, random, sent), trial.client_options(seed));
  client.connect();
  while (sent < 1'000'000) {
    std::vector<std::uint32_t> block(500);
    for (auto& word : block) word = static_cast<std::uint32_t>(random()) & 0x07ffffffu;
    client.write(0, 0, block);
    REQUIRE(client.read(0, 0, 500) == block);
    words += block.size();
  }
  CHECK(words > 10'000);
  CHECK(client.stats().bad_replies > 1000);
}

TEST_CASE("an upload uses nine tenths of a clean wire at 3 Mbaud, or more") {
  LinkTrial trial([] { return make_model_device(chip_build(), Link::pins); }, 1);
  Client client(trial.plug_in(), trial.client_options(1));
  client.connect();
  std::mt19937_64 random(1);
  std::vector<Block> blocks;
  for (std::uint16_t tile : {0x0, 0x1, 0x2, 0x40, 0x41, 0xC3}) {
    Block& block = blocks.emplace_back(Block{tile, 0, std::vector<std::uint32_t>(5000)});
    for (auto& word : block.words) word = static_cast<std::uint32_t>(random()) & 0x07ffffffu;
  }
  const WireTime begin = trial.now();
  client.write(blocks);
  const double taken = static_cast<double>(trial.now() - begin);
  const double least =
      4.0 * 5000 * static_cast<double>(blocks.size()) * 10 * 33 * LinkTrial::kCycle;
  const double share = 100 * least / taken;
  MESSAGE(share, " % of the wire");
  CHECK(least > 0.9 * taken);
  CHECK(least < taken);
}
