// SPDX-License-Identifier: Apache-2.0
// A virtual platform: a processor on a bus with a chip, as TLM-2.0. It loads ten neurons, starts
// them, sleeps until the chip interrupts, and reads the spikes.
#include <iostream>
#include <map>
#include <memory>
#include <spikemesh/systemc/build.hpp>
#include <spikemesh/systemc/chip.hpp>
#include <spikemesh/systemc/tlm_word_port.hpp>
#include <string>

#include "leds.hpp"

using namespace spikemesh;
using namespace spikemesh::systemc;
using sc_core::SC_NS;
using sc_core::sc_time;
using spec::Register;

namespace {

constexpr std::uint32_t kSteps = 40;
constexpr std::uint64_t kChipBase = 0x40000000;  ///< of the chip, in the processor's addresses

/// What the processor runs.
struct Processor : sc_core::sc_module {
  Processor(sc_core::sc_module_name name, const spec::Build& build_of_chip)
      : sc_module(name), build(build_of_chip) {
    SC_HAS_PROCESS(Processor);
    SC_THREAD(program);
  }

  void program() {
    wait(1, sc_core::SC_US);  // the reset is over
    ChipMachine machine(Client(std::make_unique<WordTransport>(port), TlmWordPort::options()));
    machine.load(map_network(blinking_network(), build).image);

    store(Register::irq_mask, spec::Interrupt{.run_done = 1, .spikes = 1}.pack());
    store(Register::run_until_lo, kSteps);
    store(Register::run_until_hi, 0);
    store(Register::run_tag, load(Register::image_tag));
    const sc_time begin = sc_core::sc_time_stamp();
    unsigned interrupts = 0;
    for (bool over = false; !over; ++interrupts) {
      if (!irq.read()) wait(irq.posedge_event());
      over = spec::Interrupt::unpack(load(Register::irq_pending)).run_done != 0;
      take_spikes();
    }
    store(Register::irq_pending, spec::Interrupt{.run_done = 1}.pack());
    std::cout << interrupts << " interrupts in " << sc_core::sc_time_stamp() - begin << '\n';
    sc_core::sc_stop();
  }

  /// What the spike-out ring holds; the ring has room for more then.
  void take_spikes() {
    const std::uint32_t end = load(Register::ring_out_write);
    for (std::uint32_t at = load(Register::ring_out_read); at != end; ++at) {
      std::uint32_t words[2];  // step and entry
      const std::uint32_t place = spec::kRingOutBase + 2 * (at % build.ring_out);
      check(port.read(spec::kByteHost + 4 * place, words));
      std::string& line = lines[spec::Entry::unpack(words[1]).payload];
      line.resize(kSteps, '.');
      line.at(words[0]) = '#';
    }
    store(Register::ring_out_read, end);
  }

  static std::uint32_t address(Register which) {
    return spec::kByteHost + 4 * static_cast<std::uint32_t>(which);
  }
  static void check(const WordResult& result) {
    if (result.status == spec::Status::ok) return;
    SC_REPORT_ERROR("/platform", std::string(to_string(result.status)).c_str());
  }
  std::uint32_t load(Register which) {
    std::uint32_t word = 0;
    check(port.read(address(which), {&word, 1}));
    return word;
  }
  void store(Register which, std::uint32_t word) { check(port.write(address(which), {&word, 1})); }

  TlmWordPort port{"port", kChipBase};
  sc_core::sc_in<bool> irq{"irq"};
  const spec::Build& build;
  std::map<std::uint32_t, std::string> lines;
};

/// The bus between them: it takes the base of the chip off each address.
struct Bus : sc_core::sc_module {
  explicit Bus(sc_core::sc_module_name name) : sc_module(name) {
    from.register_b_transport(this, &Bus::transport);
  }
  void transport(tlm::tlm_generic_payload& transaction, sc_time& delay) {
    const std::uint64_t address = transaction.get_address();
    if (address < kChipBase) {
      transaction.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
      return;
    }
    transaction.set_address(address - kChipBase);
    to->b_transport(transaction, delay);
    transaction.set_address(address);
  }
  tlm_utils::simple_target_socket<Bus, 32> from{"from"};
  tlm_utils::simple_initiator_socket<Bus, 32> to{"to"};
};

}  // namespace

int sc_main(int, char**) {
  const spec::Build& build = chip_build("tiny");
  sc_core::sc_signal<bool> rst_n{"rst_n", false}, idle_line{"idle_line", true},
      to_host{"to_host", true}, irq{"irq"};
  Chip chip("chip", build, Clock(10, SC_NS));
  chip.rst_n(rst_n);
  chip.uart_rx(idle_line);
  chip.uart_tx(to_host);
  chip.irq(irq);
  Bus bus("bus");
  bus.to.bind(chip.bus);
  Processor processor("processor", build);
  processor.port.socket.bind(bus.from);
  processor.irq(irq);

  sc_core::sc_start(100, SC_NS);
  rst_n.write(true);
  try {
    sc_core::sc_start();
  } catch (const sc_core::sc_report& report) {
    std::cerr << report.what() << '\n';
    return 1;
  }
  for (const auto& [label, line] : processor.lines)
    std::cout << "led " << label << "  " << line << '\n';
  std::cout << "it is " << sc_core::sc_time_stamp() << ", after " << chip.cycle() << " cycles\n";
  return processor.lines.empty() ? 1 : 0;
}
