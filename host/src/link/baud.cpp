// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/link/baud.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

namespace spikemesh {
namespace {

using namespace std::chrono_literals;
using spec::Register;
using std::chrono::milliseconds;

constexpr std::array<unsigned, 14> kUsual{3'000'000, 2'000'000, 1'500'000, 1'000'000, 921'600,
                                          500'000,   460'800,   230'400,   115'200,   57'600,
                                          38'400,    19'200,    9'600,     4'800};
constexpr double kTolerance = 0.025;  // of a rate: what 8N1 bears, with some for the port's own
constexpr unsigned kReads = 32;       // that have to come through at a new rate,
constexpr unsigned kMostLost = 8;     // of which at most this many may be lost

class Negotiation {
 public:
  Negotiation(Client& client, unsigned wanted) : client_(client), wanted_(wanted) {}

  BaudResult run() {
    if (client_.port_baud() == 0) {
      client_.connect();
      return {0, 0, "this port has no baud rate"};
    }
    result_.found = result_.used = find();
    const milliseconds usual = client_.set_give_up(1s);
    try {
      climb();
    } catch (...) {
      client_.set_give_up(usual);
      throw;
    }
    client_.set_give_up(usual);
    return result_;
  }

 private:
  /// The rate at which the chip answers.
  unsigned find() {
    std::vector<unsigned> rates{wanted_, client_.port_baud()};
    rates.insert(rates.end(), kUsual.begin(), kUsual.end());
    for (milliseconds patience = 150ms; patience < 2s; patience *= 2) {
      for (const unsigned rate : rates) {
        if (answers(rate, rate == wanted_ ? 2 * patience : patience)) return rate;
      }
    }
    throw LinkError(fmt::format("no chip answers at {} baud: is it on, and is this its port?",
                                fmt::join(rates, ", ")));
  }

  bool answers(unsigned rate, milliseconds patience) {
    if (!client_.set_port_baud(rate)) return false;
    try {
      client_.connect(patience);
      return true;
    } catch (const LinkError&) {
      return false;
    }
  }

  /// To the highest rate that works, from the wanted one downwards.
  void climb() {
    std::vector<unsigned> rates{wanted_};
    for (const unsigned rate : kUsual) {
      if (rate < wanted_ && rate > result_.found) rates.push_back(rate);
    }
    for (const unsigned rate : rates) {
      if (rate == result_.found || move(rate)) {
        result_.used = rate;
        if (rate == wanted_) result_.note.clear();
        return;
      }
    }
  }

  /// The chip's divisor for a rate, if there is one near enough.
  std::optional<std::uint32_t> divisor_for(unsigned rate) const {
    const double clock = double{1} * client_.info().build.uart_divisor * result_.found;
    const double divisor = std::round(clock / rate);
    if (divisor < spec::kUartDivisorMin || divisor > 65535) return std::nullopt;
    if (std::abs(clock / divisor / rate - 1) > kTolerance) return std::nullopt;
    return static_cast<std::uint32_t>(divisor);
  }

  bool move(unsigned rate) {
    const auto divisor = divisor_for(rate);
    if (!divisor) return refuse(rate, "the chip has no divisor for it");
    if (!client_.set_port_baud(rate)) return refuse(rate, "the port does not have it");
    client_.set_port_baud(result_.found);
    const std::uint32_t before = client_.info().build.uart_divisor;
    try {
      client_.write_register(Register::uart_divisor, *divisor);
    } catch (const LinkError&) {
      // Its reply was lost, perhaps: then the chip is at the new rate already.
    }
    client_.set_port_baud(rate);
    if (carries()) return true;
    go_back(rate, before);
    return refuse(rate, "the wire does not carry it");
  }

  bool refuse(unsigned rate, const char* why) {
    if (!result_.note.empty()) result_.note += "; ";
    result_.note += fmt::format("{} baud: {}", rate, why);
    return false;
  }

  bool carries() {
    const LinkStats before = client_.stats();
    const auto lost = [&] {
      return client_.stats().resent + client_.stats().timeouts - before.resent - before.timeouts;
    };
    try {
      for (unsigned i = 0; i < kReads && lost() <= kMostLost; ++i) {
        client_.read_registers(kFirstInfoRegister, kInfoRegisters);
      }
      if (lost() > kMostLost) return false;
      client_.connect(1s);  // the divisor is another one
      return true;
    } catch (const LinkError&) {
      return false;
    }
  }

  /// Short frames at the new rate tell the chip to leave it; what they came to is seen at the old.
  void go_back(unsigned rate, std::uint32_t divisor) {
    for (unsigned tries = 0; tries < 4; ++tries) {
      client_.set_port_baud(rate);
      try {
        client_.write_register(Register::uart_divisor, divisor);
      } catch (const LinkError&) {
      }
      if (answers(result_.found, 1s)) return;
    }
    throw LinkError(fmt::format(
        "the chip went from {} to {} baud and is heard at neither: power it off and on, "
        "and ask for less than {} baud",
        result_.found, rate, rate));
  }

  Client& client_;
  unsigned wanted_;
  BaudResult result_;
};

}  // namespace

BaudResult negotiate_baud(Client& client, unsigned wanted) {
  return Negotiation(client, wanted).run();
}

}  // namespace spikemesh
