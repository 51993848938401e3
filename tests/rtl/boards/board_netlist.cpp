// SPDX-License-Identifier: Apache-2.0
// board_netlist LIBRARY.so NETWORK.json INPUTS.csv STEPS BAUD: loads a network into the netlist of
// a board through its UART pins, as the host does with a board: it finds the baud rate, goes to
// BAUD, uploads, runs, and compares every spike with the reference (docs/boards.md).
#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <deque>
#include <iostream>
#include <stdexcept>
#include <string>

#include "sim/run/reference_machine.hpp"
#include "spikemesh/chip_machine.hpp"
#include "spikemesh/link/baud.hpp"
#include "spikemesh/mapper.hpp"
#include "spikemesh/network_json.hpp"
#include "spikemesh/spikes_csv.hpp"

namespace {

using namespace spikemesh;
using std::chrono::microseconds;

/// The functions of board_shim.cpp.
struct Library {
  explicit Library(const char* path) {
    void* handle = dlopen(path, RTLD_NOW);
    if (!handle) throw std::runtime_error(dlerror());
    const auto get = [&](auto& function, const char* name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(handle, name));
      if (!function) throw std::runtime_error(fmt::format("{}: no function {}", path, name));
    };
    get(make, "board_new");
    get(time, "board_time");
    get(run, "board_run");
  }
  void* (*make)() = nullptr;
  std::uint64_t (*time)(void*) = nullptr;
  bool (*run)(void*, bool, std::uint64_t) = nullptr;
};

/// A serial port whose wires end at the pins.
class Pins final : public Transport {
 public:
  explicit Pins(const Library& library) : board_(library), chip_(library.make()) {}

  void write(std::span<const std::uint8_t> bytes) override {
    for (const std::uint8_t byte : bytes) {
      bits_.push_back(false);
      for (unsigned i = 0; i < 8; ++i) bits_.push_back(byte >> i & 1);
      bits_.push_back(true);
    }
  }
  std::size_t read(std::span<std::uint8_t> bytes, microseconds timeout) override {
    const std::uint64_t end = now() + 1'000'000ull * timeout.count();
    while (received_.empty() && now() < end) bit();
    const std::size_t count = std::min(bytes.size(), received_.size());
    std::copy_n(received_.begin(), count, bytes.begin());
    received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
  }
  unsigned baud() const override { return baud_; }
  bool set_baud(unsigned baud) override {
    while (!bits_.empty()) bit();
    baud_ = baud;
    return true;
  }
  std::uint64_t now() const { return board_.time(chip_); }

 private:
  /// A bit to the chip; the wire from the chip is looked at eight times meanwhile.
  void bit() {
    const double length = 1e12 / baud_;
    const bool high = bits_.empty() || bits_.front();
    if (!bits_.empty()) bits_.pop_front();
    const std::uint64_t begin = now();
    for (unsigned i = 1; i <= kLooks; ++i)
      look(board_.run(chip_, high, begin + static_cast<std::uint64_t>(length * i / kLooks)));
  }
  void look(bool high) {
    if (waited_ == 0) {
      if (!high) waited_ = 1;
      return;
    }
    ++waited_;
    if (waited_ % kLooks != kLooks / 2) return;
    const unsigned index = waited_ / kLooks;  // 0: start bit
    if (index == 0) {
      if (high) waited_ = 0;
    } else if (index <= 8) {
      byte_ = static_cast<std::uint8_t>(byte_ >> 1 | (high ? 0x80 : 0));
    } else {
      if (high) received_.push_back(byte_);
      waited_ = 0;
    }
  }

  static constexpr unsigned kLooks = 8;
  const Library& board_;
  void* chip_;
  unsigned baud_ = 115'200;
  std::deque<bool> bits_;
  std::deque<std::uint8_t> received_;
  unsigned waited_ = 0;  // looks since the start edge of a byte
  std::uint8_t byte_ = 0;
};

std::vector<InEntry> entries_of(const char* path, const Image& image, std::uint64_t steps) {
  std::vector<InEntry> entries;
  for (const InputSpike& spike : match_inputs(read_spikes(path), image, steps, path)) {
    if (spike.sample != 0) continue;
    for (std::uint32_t i = 0; i < spike.count; ++i) {
      for (const std::uint32_t payload : image.inputs[spike.input].payloads)
        entries.push_back({spike.step, payload});
    }
  }
  return entries;
}

void check(const char* library_path, const char* network_path, const char* inputs_path,
           std::uint64_t steps, unsigned wanted_baud) {
  const Library library(library_path);
  auto owned = std::make_unique<Pins>(library);
  Pins& pins = *owned;
  const auto simulated = [&] {
    return ClientOptions::Clock::time_point(std::chrono::nanoseconds(pins.now() / 1000));
  };
  ClientOptions options;
  options.seed = 1;
  options.now = simulated;
  Client client(std::move(owned), options);
  const BaudResult baud = negotiate_baud(client, wanted_baud);
  fmt::print("found at {} baud, goes on at {} {}\n", baud.found, baud.used, baud.note);
  if (baud.used != wanted_baud)
    throw std::runtime_error(fmt::format("the netlist does not take {} baud", wanted_baud));

  const spec::Build build = client.info().build;
  const Network network = load_network(network_path);
  const Mapped mapped = map_network(network, build);
  const auto entries = entries_of(inputs_path, mapped.image, steps);
  ChipMachine machine(std::move(client));
  machine.load(mapped.image);
  fmt::print("uploaded and read back after {:.1f} ms of the chip\n", pins.now() / 1e9);
  const auto spikes = machine.run(entries, steps);
  sim::ReferenceMachine reference(build);
  reference.load(mapped.image);
  const auto wanted = reference.run(entries, steps);
  fmt::print("{} spikes of {} steps after {:.1f} ms\n", spikes.size(), steps, pins.now() / 1e9);
  if (wanted.empty()) throw std::runtime_error("the reference gives no spike: nothing is compared");
  if (spikes != wanted)
    throw std::runtime_error(fmt::format("the reference gives {} other spikes", wanted.size()));
  fmt::print("all are the reference's\n");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 6)
      throw std::runtime_error(
          "usage: board_netlist LIBRARY.so NETWORK.json INPUTS.csv STEPS BAUD");
    check(argv[1], argv[2], argv[3], std::strtoull(argv[4], nullptr, 10),
          static_cast<unsigned>(std::strtoul(argv[5], nullptr, 10)));
  } catch (const std::exception& error) {
    std::cerr << "board_netlist: " << error.what() << '\n';
    return 1;
  }
}
