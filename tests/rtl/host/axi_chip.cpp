// SPDX-License-Identifier: Apache-2.0
// rtl/sm_chip_axi.sv: the byte map through AXI4-Lite, and the host library over it
// (docs/blocks/axi.md).
#include <doctest/doctest.h>

#include <map>
#include <vector>

#include "Vchip_axi.h"
#include "axi_master.hpp"
#include "sim/run/reference_machine.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/chip_machine.hpp"
#include "spikemesh/link/memory_port.hpp"
#include "spikemesh/mapper.hpp"

namespace {

using namespace spikemesh;
using namespace spikemesh::rtl_test;
using spec::Register;

std::uint32_t byte_of(Register which) {
  return spec::kByteHost + 4 * static_cast<std::uint32_t>(which);
}

/// The chip `tiny`, and a processor's loads and stores that become accesses of AXI4-Lite.
class AxiChip final : public MemoryBus {
 public:
  explicit AxiChip(std::uint64_t seed, double pauses) : random(seed), master(dut, random) {
    dut->uart_rx_i = 1;
    for (unsigned i = 0; i < 4; ++i) dut.reset();
    master.set_pauses(pauses);
  }
  std::uint32_t load(std::uint32_t address) override { return master.read_now(address).data; }
  void store(std::uint32_t address, std::uint32_t value) override {
    master.write_now({address, value});
  }
  void wait(std::chrono::microseconds) override {
    for (unsigned i = 0; i < 100; ++i) master.cycle();
  }

  Random random;
  Clocked<Vchip_axi> dut;
  AxiMaster<Vchip_axi> master;
};

TEST_CASE("AXI4-Lite: words of the chip are written and read under pauses of all channels") {
  AxiChip chip(21, 0.5);
  auto& master = chip.master;
  const std::uint32_t ring = spec::kByteHost + 4 * spec::kRingInBase;
  const std::uint32_t ring_bytes = 8 * spec::kBuilds[2].build.ring_in;
  std::map<std::uint32_t, std::uint32_t> wanted;
  for (std::uint32_t at = ring; at < ring + ring_bytes; at += 4) wanted[at] = ~at;
  for (const auto& [at, word] : wanted) master.write({at, word});
  master.run_until([&] { return master.done(); });
  REQUIRE(master.written.size() == wanted.size());
  for (const std::uint32_t response : master.written) CHECK(response == kOkay);
  master.written.clear();
  // Reads and writes at once: to other words, so that their order does not matter.
  for (const auto& [at, word] : wanted) {
    master.read(at);
    master.write({byte_of(Register::run_until_lo), word});
  }
  master.run_until([&] { return master.done(); });
  REQUIRE(master.answered.size() == wanted.size());
  for (const auto& [at, word] : wanted) {
    CHECK(master.answered.front() == AxiAnswer{kOkay, word});
    master.answered.pop_front();
  }
  CHECK(master.read_now(byte_of(Register::run_until_lo)).data == wanted.rbegin()->second);
  CHECK(master.held_back > 100);
}

TEST_CASE("AXI4-Lite: refused accesses have their response, and FAULT names the first") {
  AxiChip chip(22, 0.2);
  auto& master = chip.master;
  const std::uint32_t nowhere = 0x0900'0000;
  CHECK(master.read_now(byte_of(Register::magic)) == AxiAnswer{kOkay, spec::kMagic});
  CHECK(master.read_now(nowhere) == AxiAnswer{kDecErr, 0});
  CHECK(master.write_now({nowhere, 1}) == kDecErr);
  CHECK(master.write_now({byte_of(Register::magic), 1}) == kSlvErr);
  CHECK(master.write_now({byte_of(Register::period), 1, 0x3}) == kSlvErr);
  CHECK(master.read_now(byte_of(Register::period) + 2) == AxiAnswer{kSlvErr, 0});
  CHECK(master.write_now({byte_of(Register::irq_mask), 8}) == kSlvErr);
  CHECK(master.read_now(spec::kByteFault).data == unsigned(spec::Status::bad_address));
  CHECK(master.read_now(spec::kByteFaultAddress).data == nowhere);
  CHECK(master.write_now({spec::kByteFault, 0}) == kOkay);
  CHECK(master.write_now({byte_of(Register::magic), 1}) == kSlvErr);
  CHECK(master.read_now(spec::kByteFault).data == unsigned(spec::Status::read_only));
  CHECK(master.read_now(byte_of(Register::period)) == AxiAnswer{kOkay, 0});
}

TEST_CASE("AXI4-Lite: a register is answered seven cycles after it was asked") {
  AxiChip chip(24, 0);
  auto& master = chip.master;
  master.cycle();
  for (unsigned round = 0; round < 3; ++round) {
    const auto cycles = [&](auto&& done) {
      const std::uint64_t begin = chip.dut.cycle();
      master.run_until(done);
      return chip.dut.cycle() - begin;
    };
    master.read(byte_of(Register::magic));
    CHECK(cycles([&] { return !master.answered.empty(); }) == 8);  // the first and the last, too
    master.write({byte_of(Register::period), 0});
    CHECK(cycles([&] { return !master.written.empty(); }) == 8);
    master.answered.clear();
    master.written.clear();
  }
}

/// Neurons that fire on input, one after another, with weights and delays.
Network chain() {
  Network network;
  const std::int64_t no_leak = std::int64_t{1} << network.decay_bits;
  const auto all =
      network.add_neurons("all", 12, RawNeurons{.theta = std::int64_t{100}, .decay_v = no_leak});
  const auto input = network.add_input("input", 4);
  std::vector<Synapse> from_input, onwards;
  for (std::uint32_t i = 0; i < 12; ++i) {
    from_input.push_back({i % 4, i, 40 + 9 * static_cast<std::int32_t>(i), 1 + i % 3});
    if (i < 11) onwards.push_back({i, i + 1, 60, 2});
  }
  network.connect(input, all, from_input);
  network.connect(all, all, onwards);
  network.record(all);
  return network;
}

TEST_CASE("a network that the host library loads through AXI4-Lite gives the reference's spikes") {
  const spec::Build build = load_build("tiny");
  const Mapped mapped = map_network(chain(), build);
  std::vector<InEntry> entries;
  for (std::uint64_t step = 0; step < 40; ++step) {
    for (std::uint32_t i = 0; i <= step % 3; ++i)
      entries.push_back({step, mapped.image.inputs[(step + i) % 4].payloads.front()});
  }
  sim::ReferenceMachine reference(build);
  reference.load(mapped.image);
  const auto wanted = reference.run(entries, 60);
  REQUIRE(wanted.size() > 50);

  AxiChip chip(23, 0.1);
  MemoryPort port(chip, "the chip of this test");
  ChipMachine machine(Client(std::make_unique<WordTransport>(port), {.seed = 1}));
  machine.load(mapped.image);
  chip.store(byte_of(Register::irq_mask), 1);
  CHECK(machine.run(entries, 60) == wanted);
  CHECK(chip.dut->irq_o);
  CHECK(machine.stats().total(spec::Counter::spikes) >= wanted.size());
  // What it refuses, it refuses through the port as well.
  CHECK_THROWS_AS(machine.client().write_register(Register::magic, 1), ChipError);
  CHECK(machine.client().read_register(Register::magic) == spec::kMagic);
}

/// A bus without a chip.
struct EmptyBus final : MemoryBus {
  std::uint32_t load(std::uint32_t) override { return 0xffffffff; }
  void store(std::uint32_t, std::uint32_t) override {}
  void wait(std::chrono::microseconds) override {}
};

TEST_CASE("a memory in which no chip answers is an error that says so") {
  EmptyBus bus;
  MemoryPort port(bus, "mem:/dev/uio7");
  std::string message;
  try {
    Client client(std::make_unique<WordTransport>(port));
    client.connect();
  } catch (const TransportError& error) {
    message = error.what();
  }
  CHECK(message.find("mem:/dev/uio7: no chip is there") != std::string::npos);
}

}  // namespace
