// SPDX-License-Identifier: Apache-2.0
// The socket of a chip (docs/systemc.md, "The socket"): what IEEE 1666 asks of a target, and the
// same accesses on model and RTL. Each case is a process of its own, as the kernel elaborates once.
#include <doctest/doctest.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/tlm_quantumkeeper.h>

#include <array>
#include <functional>
#include <memory>
#include <systemc>
#include <vector>

#include "spikemesh/chip_machine.hpp"
#include "spikemesh/mapper.hpp"
#include "spikemesh/network.hpp"
#include "spikemesh/systemc/build.hpp"
#include "spikemesh/systemc/chip.hpp"
#include "spikemesh/systemc/rtl_chip.hpp"
#include "spikemesh/systemc/tlm_word_port.hpp"

using namespace spikemesh;
using namespace spikemesh::systemc;
using sc_core::SC_NS;
using sc_core::sc_time;
using spec::Register;
using spec::Status;

namespace {

const sc_time& period() {
  static const sc_time ten(10, SC_NS);
  return ten;
}

std::uint32_t byte_of(Register which) {
  return spec::kByteHost + 4 * static_cast<std::uint32_t>(which);
}
std::uint32_t tile_byte(spec::Region region, std::uint32_t index) {
  return spec::kByteTile + 4 * spec::TileAddr{index, static_cast<std::uint32_t>(region)}.pack();
}

/// A transaction of words, as an initiator makes it.
struct Words {
  Words(tlm::tlm_command command, std::uint64_t address, std::vector<std::uint32_t> words)
      : data(std::move(words)) {
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(data.data()));
    payload.set_data_length(static_cast<unsigned>(4 * data.size()));
    payload.set_streaming_width(payload.get_data_length());
    payload.set_dmi_allowed(true);
    payload.set_extension(&status);
  }
  ~Words() { payload.clear_extension(&status); }
  void enable(std::vector<unsigned char> bytes) {
    enables = std::move(bytes);
    payload.set_byte_enable_ptr(enables.data());
    payload.set_byte_enable_length(static_cast<unsigned>(enables.size()));
  }
  std::vector<std::uint32_t> data;
  std::vector<unsigned char> enables;
  tlm::tlm_generic_payload payload;
  BusStatus status;
};

/// A processor that runs one function.
struct Processor : sc_core::sc_module {
  explicit Processor(sc_core::sc_module_name name) : sc_module(name) {
    SC_HAS_PROCESS(Processor);
    SC_THREAD(run);
  }
  void run() {
    wait(sc_time(20, sc_core::SC_US));  // the memories are wiped
    program();
    done = true;
  }
  tlm::tlm_response_status send(Words& words) {
    sc_time delay;
    port.socket->b_transport(words.payload, delay);
    return words.payload.get_response_status();
  }
  tlm::tlm_response_status write(std::uint32_t address, std::uint32_t data) {
    Words words(tlm::TLM_WRITE_COMMAND, address, {data});
    return send(words);
  }
  std::uint32_t read(std::uint32_t address) {
    Words words(tlm::TLM_READ_COMMAND, address, {0});
    CHECK(send(words) == tlm::TLM_OK_RESPONSE);
    return words.data[0];
  }
  TlmWordPort port{"port"};
  sc_core::sc_in<bool> irq{"irq"};
  std::function<void()> program;
  bool done = false;
};

/// A chip and a processor on its socket.
template <class Module>
struct Platform : sc_core::sc_module, tlm::tlm_analysis_if<Spike> {
  explicit Platform(sc_core::sc_module_name name) : sc_module(name) {
    chip.rst_n(rst_n);
    chip.uart_rx(rx);
    chip.uart_tx(tx);
    chip.irq(irq);
    chip.spikes(*this);
    cpu.port.socket.bind(chip.bus);
    cpu.irq(irq);
  }
  void write(const Spike& spike) override { spikes.push_back(spike); }
  void run(const sc_time& time = {20, sc_core::SC_MS}) {
    if (!rst_n.read()) sc_core::sc_start(period() * 3.5);
    rst_n.write(true);
    sc_core::sc_start(time);
    CHECK(cpu.done);
  }
  sc_core::sc_signal<bool> rst_n{"rst_n", false}, rx{"rx", true}, tx{"tx", true}, irq{"irq"};
  Module chip{"chip", chip_build("tiny"), Clock(period())};
  Processor cpu{"cpu"};
  std::vector<Spike> spikes;
};

/// Owns transactions of the non-blocking interface, as its base protocol asks.
struct Pool : tlm::tlm_mm_interface {
  void free(tlm::tlm_generic_payload*) override { ++freed; }
  unsigned freed = 0;
};

/// An initiator that does not block: it begins requests, and is called back with the responses.
struct NonBlocking : sc_core::sc_module {
  explicit NonBlocking(sc_core::sc_module_name name) : sc_module(name) {
    SC_HAS_PROCESS(NonBlocking);
    socket.register_nb_transport_bw(this, &NonBlocking::respond);
    SC_THREAD(run);
  }
  void run() {
    wait(sc_time(20, sc_core::SC_US));  // the memories are wiped
    program();
    done = true;
  }
  /// Begins a transaction after `delay` and waits for its response.
  tlm::tlm_response_status send(Words& words, sc_time delay) {
    words.payload.set_mm(&pool);
    words.payload.acquire();
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    CHECK(socket->nb_transport_fw(words.payload, phase, delay) == tlm::TLM_ACCEPTED);
    wait(responded);
    if (late) {  // the response ends when the initiator says so
      wait(period() * 50);
      phase = tlm::END_RESP;
      sc_time now;
      socket->nb_transport_fw(words.payload, phase, now);
    }
    const auto status = words.payload.get_response_status();
    words.payload.release();
    return status;
  }
  tlm::tlm_sync_enum respond(tlm::tlm_generic_payload&, tlm::tlm_phase& phase, sc_time& delay) {
    CHECK(phase == tlm::BEGIN_RESP);
    CHECK(delay == sc_core::SC_ZERO_TIME);
    responded.notify(sc_core::SC_ZERO_TIME);
    at = sc_core::sc_time_stamp();
    return late ? tlm::TLM_ACCEPTED : tlm::TLM_COMPLETED;
  }
  tlm_utils::simple_initiator_socket<NonBlocking> socket{"socket"};
  sc_core::sc_event responded;
  sc_time at;  ///< of the last response
  Pool pool;
  bool late = false, done = false;
  std::function<void()> program;
};

Network firing_network() {
  Network network;
  const std::int64_t no_leak = std::int64_t{1} << network.decay_bits;
  const auto all =
      network.add_neurons("all", 6,
                          RawNeurons{.theta = std::vector<std::int64_t>{0, 1, 2, 3, 4, 5},
                                     .bias = std::int64_t{1},
                                     .decay_v = no_leak});
  network.record(all);
  return network;
}

}  // namespace

TEST_CASE("every status of the bus has its response, and an extension carries it") {
  Platform<Chip> platform("platform");
  Processor& cpu = platform.cpu;
  cpu.program = [&] {
    const auto expect = [&](bool write, std::uint32_t address, std::uint32_t data,
                            tlm::tlm_response_status response, Status status) {
      Words words(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, address, {data});
      CAPTURE(address);
      CHECK(cpu.send(words) == response);
      CHECK(words.status.code == static_cast<std::uint8_t>(status));
      CHECK(words.status.name() == to_string(status));
      CHECK_FALSE(words.payload.is_dmi_allowed());
    };
    expect(false, byte_of(Register::magic), 0, tlm::TLM_OK_RESPONSE, Status::ok);
    expect(false, 0x80000000u, 0, tlm::TLM_ADDRESS_ERROR_RESPONSE, Status::bad_address);
    expect(false, byte_of(Register::magic) + 2, 0, tlm::TLM_ADDRESS_ERROR_RESPONSE,
           Status::bad_length);
    expect(true, byte_of(Register::magic), 1, tlm::TLM_COMMAND_ERROR_RESPONSE, Status::read_only);
    expect(true, byte_of(Register::irq_mask), 8, tlm::TLM_GENERIC_ERROR_RESPONSE,
           Status::bad_value);
    expect(true, byte_of(Register::run_tag), 1, tlm::TLM_GENERIC_ERROR_RESPONSE, Status::refused);
    // A step that is held runs until somebody goes on.
    cpu.write(spec::kByteHost + 4 * spec::kRingInBase, 0);
    cpu.write(spec::kByteHost + 4 * spec::kRingInBase + 4,
              spec::Entry{.kind = static_cast<std::uint32_t>(spec::EntryKind::hold)}.pack());
    cpu.write(byte_of(Register::ring_in_write), 1);
    cpu.write(byte_of(Register::image_tag), 7);
    cpu.write(byte_of(Register::run_until_lo), 1);
    cpu.write(byte_of(Register::run_tag), 7);
    expect(false, tile_byte(spec::Region::synapse, 0), 0, tlm::TLM_GENERIC_ERROR_RESPONSE,
           Status::running);
    expect(false, spec::kByteFence, 0, tlm::TLM_GENERIC_ERROR_RESPONSE, Status::timeout);
    CHECK(cpu.read(spec::kByteFault) == static_cast<std::uint32_t>(Status::bad_address));
  };
  platform.run();
}

TEST_CASE("transactions that no chip can serve are refused as IEEE 1666 says, and change nothing") {
  Platform<Chip> platform("platform");
  Processor& cpu = platform.cpu;
  cpu.program = [&] {
    const std::uint32_t mask = byte_of(Register::irq_mask);
    const auto expect = [&](const std::function<void(tlm::tlm_generic_payload&)>& change,
                            tlm::tlm_response_status response) {
      Words words(tlm::TLM_WRITE_COMMAND, mask, {7, 7});
      change(words.payload);
      CHECK(cpu.send(words) == response);
    };
    using Payload = tlm::tlm_generic_payload;
    expect([](Payload& p) { p.set_data_length(0); }, tlm::TLM_BURST_ERROR_RESPONSE);
    expect([](Payload& p) { p.set_data_length(6); }, tlm::TLM_BURST_ERROR_RESPONSE);
    expect([](Payload& p) { p.set_streaming_width(0); }, tlm::TLM_BURST_ERROR_RESPONSE);
    expect([](Payload& p) { p.set_streaming_width(2); }, tlm::TLM_BURST_ERROR_RESPONSE);
    expect([](Payload& p) { p.set_data_ptr(nullptr); }, tlm::TLM_GENERIC_ERROR_RESPONSE);
    expect([](Payload& p) { p.set_address(std::uint64_t{1} << 32); },
           tlm::TLM_ADDRESS_ERROR_RESPONSE);
    expect([](Payload& p) { p.set_address(0xFFFFFFFC); }, tlm::TLM_ADDRESS_ERROR_RESPONSE);
    unsigned char none = TLM_BYTE_ENABLED;
    expect(
        [&](Payload& p) {
          p.set_byte_enable_ptr(&none);
          p.set_byte_enable_length(0);
        },
        tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    expect([](Payload& p) { p.set_command(tlm::TLM_IGNORE_COMMAND); }, tlm::TLM_OK_RESPONSE);
    CHECK(cpu.read(mask) == 0);
  };
  platform.run();
}

TEST_CASE("byte enables choose words to write and bytes to read; part of a word is not written") {
  Platform<Chip> platform("platform");
  Processor& cpu = platform.cpu;
  cpu.program = [&] {
    const std::uint32_t at = tile_byte(spec::Region::synapse, 4);
    const unsigned char on = TLM_BYTE_ENABLED, off = TLM_BYTE_DISABLED;
    Words skips(tlm::TLM_WRITE_COMMAND, at, {1, 2, 3, 4});
    skips.enable({on, on, on, on, off, off, off, off});  // repeated over the data
    CHECK(cpu.send(skips) == tlm::TLM_OK_RESPONSE);
    Words all(tlm::TLM_READ_COMMAND, at, {9, 9, 9, 9});
    CHECK(cpu.send(all) == tlm::TLM_OK_RESPONSE);
    CHECK(all.data == std::vector<std::uint32_t>{1, 0, 3, 0});

    Words part(tlm::TLM_WRITE_COMMAND, at, {7, 7});
    part.enable({on, on, on, on, on, off, off, off});
    CHECK(cpu.send(part) == tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    CHECK(part.status.done == 1);
    CHECK(cpu.read(at) == 7);
    CHECK(cpu.read(at + 4) == 0);

    Words bytes(tlm::TLM_READ_COMMAND, byte_of(Register::magic), {0xAAAAAAAA});
    bytes.enable({on, off, off, on});
    CHECK(cpu.send(bytes) == tlm::TLM_OK_RESPONSE);
    CHECK(bytes.data[0] == ((spec::kMagic & 0xFF0000FF) | 0x00AAAA00));
  };
  platform.run();
}

TEST_CASE("a streaming width repeats its addresses, and a burst goes over many words") {
  Platform<Chip> platform("platform");
  Processor& cpu = platform.cpu;
  cpu.program = [&] {
    Words cycles(tlm::TLM_READ_COMMAND, byte_of(Register::cycle_lo), {0, 0, 0, 0});
    cycles.payload.set_streaming_width(4);
    CHECK(cpu.send(cycles) == tlm::TLM_OK_RESPONSE);
    for (unsigned i = 1; i < 4; ++i) CHECK(cycles.data[i] - cycles.data[i - 1] == 5);
    std::vector<std::uint32_t> image(64);
    for (std::uint32_t i = 0; i < image.size(); ++i) image[i] = 3 * i + 1;
    Words burst(tlm::TLM_WRITE_COMMAND, tile_byte(spec::Region::synapse, 0), image);
    CHECK(cpu.send(burst) == tlm::TLM_OK_RESPONSE);
    CHECK(cpu.read(spec::kByteFence) == 0);
    Words back(tlm::TLM_READ_COMMAND, tile_byte(spec::Region::synapse, 0),
               std::vector<std::uint32_t>(64));
    CHECK(cpu.send(back) == tlm::TLM_OK_RESPONSE);
    CHECK(back.data == image);
    Words beyond(tlm::TLM_READ_COMMAND, tile_byte(spec::Region::synapse, 254), {0, 0, 0, 0});
    CHECK(cpu.send(beyond) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(beyond.status.done == 2);
  };
  platform.run();
}

TEST_CASE("the annotated time passes first, then the cycles of the bus; nothing runs ahead") {
  Platform<Chip> platform("platform");
  Processor& cpu = platform.cpu;
  cpu.program = [&] {
    Words words(tlm::TLM_READ_COMMAND, byte_of(Register::cycle_lo), {0});
    const sc_time begin = sc_core::sc_time_stamp();
    sc_time delay = period() * 100.5;
    cpu.port.socket->b_transport(words.payload, delay);
    CHECK(delay == sc_core::SC_ZERO_TIME);
    // The next edge ends the cycle in which the access is taken; the answer comes four later.
    CHECK(sc_core::sc_time_stamp() - begin == period() * 105);
    tlm_utils::tlm_quantumkeeper keeper;
    tlm_utils::tlm_quantumkeeper::set_global_quantum(sc_time(1, sc_core::SC_US));
    keeper.reset();
    keeper.inc(period() * 7);
    sc_time local = keeper.get_local_time();
    const sc_time before = sc_core::sc_time_stamp();
    cpu.port.socket->b_transport(words.payload, local);
    keeper.set(local);
    CHECK(keeper.get_local_time() == sc_core::SC_ZERO_TIME);
    CHECK(sc_core::sc_time_stamp() - before == period() * 12);
  };
  platform.run();
}

TEST_CASE("the non-blocking interface serves the same transactions, and answers at the same edge") {
  sc_core::sc_signal<bool> rst_n{"rst_n", false}, rx{"rx", true}, tx{"tx", true};
  Chip chip{"chip", chip_build("tiny"), Clock(period())};
  NonBlocking cpu{"cpu"};
  chip.rst_n(rst_n);
  chip.uart_rx(rx);
  chip.uart_tx(tx);
  cpu.socket.bind(chip.bus);
  unsigned sent = 0;
  cpu.program = [&] {
    const std::uint32_t at = tile_byte(spec::Region::synapse, 4);
    for (const bool late : {false, true}) {
      cpu.late = late;
      Words cycle(tlm::TLM_READ_COMMAND, byte_of(Register::cycle_lo), {0});
      const sc_time begin = sc_core::sc_time_stamp();
      CHECK(cpu.send(cycle, period() * 100.5) == tlm::TLM_OK_RESPONSE);
      CHECK(cpu.at - begin == period() * 105);  // as b_transport
      CHECK_FALSE(cycle.payload.is_dmi_allowed());
      sc_core::wait(period() * 0.5);
      Words burst(tlm::TLM_WRITE_COMMAND, at, {4, 5, late, 7});
      CHECK(cpu.send(burst, sc_core::SC_ZERO_TIME) == tlm::TLM_OK_RESPONSE);
      Words back(tlm::TLM_READ_COMMAND, at, {0, 0, 0, 0});
      CHECK(cpu.send(back, period() * 7) == tlm::TLM_OK_RESPONSE);
      CHECK(back.data == burst.data);
      Words nowhere(tlm::TLM_READ_COMMAND, 0x80000000u, {0});
      CHECK(cpu.send(nowhere, period()) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
      CHECK(nowhere.status.code == static_cast<std::uint8_t>(Status::bad_address));
      sent += 4;
      sc_core::wait(period() * 1000 - (sc_core::sc_time_stamp() - begin));
    }
  };
  sc_core::sc_start(period() * 3.5);
  rst_n.write(true);
  sc_core::sc_start(sc_time(1, sc_core::SC_MS));
  CHECK(cpu.done);
  CHECK(sent == 8);
  CHECK(cpu.pool.freed == sent);
}

TEST_CASE("the debug transport takes no time, and does not start what takes time") {
  Platform<Chip> platform("platform");
  Processor& cpu = platform.cpu;
  cpu.program = [&] {
    const sc_time begin = sc_core::sc_time_stamp();
    const auto debug = [&](tlm::tlm_command command, std::uint32_t address, std::uint32_t& data) {
      Words words(command, address, {data});
      const unsigned done = cpu.port.socket->transport_dbg(words.payload);
      data = words.data[0];
      return done;
    };
    std::uint32_t word = 0;
    CHECK(debug(tlm::TLM_READ_COMMAND, byte_of(Register::magic), word) == 4);
    CHECK(word == spec::kMagic);
    CHECK(debug(tlm::TLM_WRITE_COMMAND, tile_byte(spec::Region::synapse, 3), word = 77) == 4);
    CHECK(debug(tlm::TLM_READ_COMMAND, tile_byte(spec::Region::synapse, 3), word = 0) == 4);
    CHECK(word == 77);
    CHECK(debug(tlm::TLM_WRITE_COMMAND, byte_of(Register::irq_mask), word = 2) == 4);
    CHECK(debug(tlm::TLM_WRITE_COMMAND, byte_of(Register::run_tag), word = 1) == 0);
    CHECK(debug(tlm::TLM_READ_COMMAND, 0x80000000u, word = 0) == 0);
    CHECK(sc_core::sc_time_stamp() == begin);
    CHECK(cpu.read(byte_of(Register::irq_mask)) == 2);
    tlm::tlm_generic_payload payload;
    tlm::tlm_dmi dmi;
    CHECK_FALSE(cpu.port.socket->get_direct_mem_ptr(payload, dmi));
  };
  platform.run();
}

TEST_CASE("an access waits for the end of a reset, and a reset ends one that is under way") {
  Platform<Chip> platform("platform");
  Processor& cpu = platform.cpu;
  tlm::tlm_response_status ended = tlm::TLM_INCOMPLETE_RESPONSE;
  cpu.program = [&] {  // the chip is still in its reset
    CHECK(cpu.read(byte_of(Register::magic)) == spec::kMagic);
    CHECK(sc_core::sc_time_stamp() > sc_time(29, sc_core::SC_US));
    Words fence(tlm::TLM_READ_COMMAND, spec::kByteFence, {0});
    cpu.write(byte_of(Register::reset_nonce), 5);
    ended = cpu.send(fence);
    ended = cpu.write(byte_of(Register::reset_nonce), 6);
  };
  sc_core::sc_start(sc_time(29, sc_core::SC_US));
  platform.rst_n.write(true);
  while (ended != tlm::TLM_OK_RESPONSE) sc_core::sc_start(period());
  sc_core::sc_start(period() * 8);  // the second reset by nonce is under way
  platform.rst_n.write(false);
  sc_core::sc_start(period() * 3);
  platform.rst_n.write(true);
  sc_core::sc_start(sc_time(20, sc_core::SC_US));
  CHECK(cpu.done);
  CHECK(ended == tlm::TLM_GENERIC_ERROR_RESPONSE);
}

TEST_CASE(
    "a network loaded and run through the socket is the same on model and RTL, to the cycle") {
  Platform<Chip> model("model");
  Platform<RtlChip> rtl("rtl");
  const spec::Build& build = chip_build("tiny");
  const auto program = [&](auto& platform) {
    return [&] {
      Processor& cpu = platform.cpu;
      ChipMachine machine(Client(std::make_unique<WordTransport>(cpu.port), [] {
        ClientOptions options = TlmWordPort::options();
        options.seed = 1;  // the same nonces and tags on both
        return options;
      }()));
      machine.load(map_network(firing_network(), build).image);
      CHECK(cpu.write(byte_of(Register::irq_mask), 1) == tlm::TLM_OK_RESPONSE);
      cpu.write(byte_of(Register::run_until_lo), 25);
      cpu.write(byte_of(Register::run_until_hi), 0);
      cpu.write(byte_of(Register::run_tag), cpu.read(byte_of(Register::image_tag)));
      sc_core::wait(cpu.irq.posedge_event());
      CHECK(cpu.read(byte_of(Register::irq_pending)) == 3);
      CHECK(cpu.write(byte_of(Register::irq_pending), 1) == tlm::TLM_OK_RESPONSE);
      CHECK(cpu.read(byte_of(Register::ring_out_write)) == platform.spikes.size());
    };
  };
  model.cpu.program = program(model);
  rtl.cpu.program = program(rtl);
  sc_core::sc_start(period() * 3.5);
  model.rst_n.write(true);
  rtl.rst_n.write(true);
  while (!(model.cpu.done && rtl.cpu.done)) {
    sc_core::sc_start(sc_time(50, sc_core::SC_US));
    REQUIRE(sc_core::sc_time_stamp() < sc_time(50, sc_core::SC_MS));
  }
  CHECK(model.spikes.size() > 30);
  CHECK(model.spikes == rtl.spikes);
  CHECK_FALSE(model.irq.read());
  CHECK_FALSE(rtl.irq.read());
}
