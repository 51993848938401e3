// SPDX-License-Identifier: Apache-2.0
#pragma once
// A chip with pins in SystemC, and a host at the other end of its pins.

#include <cstdint>
#include <deque>
#include <string>
#include <systemc>
#include <utility>
#include <vector>

#include "spikemesh/systemc/chip.hpp"
#include "tests/unit/model/chip_bench.hpp"

namespace spikemesh::test {

/// Counts the changes of one wire, and how often another has a different level soon after a change.
struct SameLevel : sc_core::sc_module {
  SameLevel(sc_core::sc_module_name name, sc_core::sc_signal<bool>& one,
            sc_core::sc_signal<bool>& other)
      : sc_module(name), a(one), b(other) {
    SC_HAS_PROCESS(SameLevel);
    SC_METHOD(changed);
    sensitive << a << b;
    dont_initialize();
    SC_METHOD(compare);
    sensitive << soon;
    dont_initialize();
  }
  void changed() {
    changes += a.event();
    soon.notify(sc_core::sc_time(1, sc_core::SC_NS));
  }
  void compare() { differences += a.read() != b.read(); }
  sc_core::sc_signal<bool>&a, &b;
  sc_core::sc_event soon;
  std::uint64_t changes = 0, differences = 0;
};

/// Another process of the simulation.
struct Ticker : sc_core::sc_module {
  Ticker(sc_core::sc_module_name name, const sc_core::sc_time& every)
      : sc_module(name), period(every) {
    SC_HAS_PROCESS(Ticker);
    SC_METHOD(tick);
  }
  void tick() {
    ++ticks;
    next_trigger(period);
  }
  sc_core::sc_time period;
  std::uint64_t ticks = 0;
};

/// Collects warnings, which are not printed.
struct Reports {
  Reports() {
    collected().clear();
    sc_core::sc_report_handler::set_handler(
        [](const sc_core::sc_report& report, const sc_core::sc_actions& actions) {
          if (report.get_severity() == sc_core::SC_WARNING)
            collected().push_back(report.get_msg());
          else
            sc_core::sc_report_handler::default_handler(report, actions);
        });
  }
  ~Reports() { sc_core::sc_report_handler::set_handler(nullptr); }
  static std::vector<std::string>& collected() {
    static std::vector<std::string> texts;
    return texts;
  }
  std::vector<std::string>& texts = collected();
};

inline Bytes reads(spec::Register which) {
  return request(0x11, 1, kHostTile, static_cast<std::uint32_t>(which), {});
}
inline Bytes writes(spec::Register which, std::uint32_t value) {
  return request(0x12, 2, kHostTile, static_cast<std::uint32_t>(which), {value});
}

/// Sets levels of a wire at given times.
struct Driver : sc_core::sc_module {
  Driver(sc_core::sc_module_name name, sc_core::sc_signal<bool>& driven)
      : sc_module(name), wire(driven) {
    SC_HAS_PROCESS(Driver);
    SC_METHOD(drive);
    sensitive << next;
    dont_initialize();
  }
  void set(const sc_core::sc_time& at, bool level) {
    levels.emplace_back(at, level);
    if (levels.size() == 1) next.notify(at - sc_core::sc_time_stamp());
  }
  void drive() {
    wire.write(levels.front().second);
    levels.pop_front();
    if (!levels.empty()) next.notify(levels.front().first - sc_core::sc_time_stamp());
  }
  sc_core::sc_signal<bool>& wire;
  sc_core::sc_event next;
  std::deque<std::pair<sc_core::sc_time, bool>> levels;
};

struct Rig : sc_core::sc_module {
  /// When the rx pin moves: between two edges, or at the time of the first of them, by a process
  /// that was made before the chip or after it.
  enum class Pins { between, before_chip, after_chip };

  Rig(sc_core::sc_module_name name, const spec::Build& build, const systemc::Clock& clock,
      Pins order = Pins::between)
      : sc_module(name),
        first_driver("first_driver", rx),
        chip("chip", build, clock),
        last_driver("last_driver", rx),
        releaser("releaser", rst_n),
        period(clock.period),
        phase(clock.phase),
        pins(order) {
    connect();
  }
  Rig(sc_core::sc_module_name name, const spec::Build& build, sc_core::sc_clock& clock)
      : sc_module(name),
        first_driver("first_driver", rx),
        chip("chip", build),
        last_driver("last_driver", rx),
        releaser("releaser", rst_n),
        period(clock.period()),
        phase(clock.start_time()) {
    chip.clk(clock);
    connect();
  }

  /// Releases the reset, which holds from the start, between the third edge and the fourth.
  void reset() { releaser.set(edge(2) + period * 0.5, true); }

  void send(const Bytes& raw) {
    const std::uint64_t now = (sc_core::sc_time_stamp() - phase).value() / period.value();
    std::uint64_t at = now + 2;
    const PinCodec codec{chip.build().uart_divisor};
    Driver& driver = pins == Pins::before_chip ? first_driver : last_driver;
    const sc_core::sc_time after = pins == Pins::between ? period * 0.5 : sc_core::SC_ZERO_TIME;
    for (const std::uint8_t byte : slip(raw)) {
      at = codec.send(at, byte, [&](std::uint64_t cycle, bool level) {
        driver.set(edge(cycle) + after, level);
      });
    }
  }
  Reply receive() {
    PinCodec codec{chip.build().uart_divisor};
    codec.history.insert(codec.history.end(), tx_changes.begin(), tx_changes.end());
    Bytes wire;
    for (const sim::TimedByte& byte : codec.decode()) wire.push_back(byte.byte);
    const auto frames = unslip(wire);
    return frames.empty() ? Reply{} : parse_reply(frames.back());
  }
  /// One request and its reply; it waits 2 ms.
  Reply ask(const Bytes& raw) {
    forget();
    send(raw);
    sc_core::sc_start(sc_core::sc_time(2, sc_core::SC_MS));
    return receive();
  }
  void forget() { tx_changes.clear(); }

  sc_core::sc_time edge(std::uint64_t index) const {
    return phase + period * static_cast<double>(index);
  }

  sc_core::sc_signal<bool> rst_n{"rst_n", false}, rx{"rx", true}, tx{"tx", true};
  Driver first_driver;
  systemc::Chip chip;
  Driver last_driver, releaser;
  std::vector<sim::PinChange> tx_changes;  ///< by the edge of the clock

 private:
  void connect() {
    SC_HAS_PROCESS(Rig);
    SC_METHOD(record);
    sensitive << tx;
    dont_initialize();
    chip.rst_n(rst_n);
    chip.uart_rx(rx);
    chip.uart_tx(tx);
  }
  void record() {
    tx_changes.push_back({(sc_core::sc_time_stamp() - phase).value() / period.value(), tx.read()});
  }

  sc_core::sc_time period, phase;
  Pins pins = Pins::between;
};

}  // namespace spikemesh::test
