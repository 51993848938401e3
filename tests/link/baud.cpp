// SPDX-License-Identifier: Apache-2.0
// Negotiation of the baud rate with the model, whose UART pins see the rate of the host as it is.
#include "spikemesh/link/baud.hpp"

#include <doctest/doctest.h>

#include "sim/device/model_device.hpp"
#include "sim/wire/link_trial.hpp"
#include "spikemesh/build.hpp"

using namespace spikemesh;
using namespace spikemesh::sim;

namespace {

spec::Build chip_at(std::uint32_t divisor) {
  spec::Build build = load_build("tiny");
  build.uart_divisor = divisor;
  return build;
}

/// A chip of 100 MHz, a host whose port was opened with 115,200 baud.
struct Desk {
  explicit Desk(std::uint32_t divisor)
      : trial([=] { return make_model_device(chip_at(divisor), Link::pins); }, 1) {
    trial.set_host_baud(115'200);
  }
  Client client() { return Client(trial.plug_in(), trial.client_options(1)); }
  /// Above `limit` the wire flips bits at `rate`, and cuts a direction.
  void limit(unsigned limit, double rate, bool cut_to_host = false) {
    trial.on_baud = [=, this](unsigned baud) {
      WireFaults faults;
      if (baud > limit) faults[Fault::flip] = rate;
      trial.set_faults(faults, faults);
      trial.cut(false, cut_to_host && baud > limit);
    };
  }
  LinkTrial trial;
};

void check_works(Client& client) {
  const std::uint64_t bad = client.stats().bad_replies;
  std::vector<std::uint32_t> words(200);
  for (std::uint32_t i = 0; i < words.size(); ++i) words[i] = i * 77;
  client.write(0, 0, words);
  CHECK(client.read(0, 0, 200) == words);
  CHECK(client.stats().bad_replies == bad);
}

}  // namespace

TEST_CASE("port and chip go to the rate that is wanted") {
  Desk desk(868);
  Client client = desk.client();
  const BaudResult result = negotiate_baud(client, 3'000'000);
  CHECK(result.found == 115'200);
  CHECK(result.used == 3'000'000);
  CHECK(result.note.empty());
  CHECK(client.info().build.uart_divisor == 33);
  CHECK(client.port_baud() == 3'000'000);
  check_works(client);
}

TEST_CASE("a chip that was left at another rate is found and taken along") {
  Desk desk(868);
  Client first = desk.client();
  negotiate_baud(first, 2'000'000);
  desk.trial.set_host_baud(115'200);
  Client second = desk.client();
  const BaudResult result = negotiate_baud(second, 115'200);
  CHECK(result.found == 2'000'000);
  CHECK(result.used == 115'200);
  CHECK(second.info().build.uart_divisor == 868);
  check_works(second);
}

TEST_CASE("a wire that does not carry the rate falls back to one that it does") {
  for (const bool deaf : {false, true}) {
    CAPTURE(deaf);
    Desk desk(868);
    desk.limit(1'000'000, deaf ? 0 : 0.03, deaf);
    Client client = desk.client();
    const BaudResult result = negotiate_baud(client, 3'000'000);
    CHECK(result.found == 115'200);
    CHECK(result.used == 1'000'000);
    CHECK(result.note.find("3000000 baud: the wire does not carry it") != std::string::npos);
    CHECK(result.note.find("1500000 baud") != std::string::npos);
    check_works(client);
  }
}

TEST_CASE("a rate that the chip cannot have is not tried on it") {
  Desk desk(868);
  Client client = desk.client();
  const BaudResult result = negotiate_baud(client, 12'000'000);  // 8.33 cycles a bit
  CHECK(result.used == 3'000'000);
  CHECK(result.note == "12000000 baud: the chip has no divisor for it");
  check_works(client);
}

TEST_CASE("where no chip is the error names the rates, in bounded time") {
  Desk desk(868);
  desk.trial.cut(true, true);
  Client client = desk.client();
  CHECK_THROWS_WITH_AS(negotiate_baud(client, 460'800),
                       doctest::Contains("no chip answers at 460800, 115200, 3000000"), LinkError);
  CHECK(desk.trial.now() < 60'000'000'000);
}

TEST_CASE("a chip that is lost at a new rate is an error that says what to do") {
  Desk desk(868);
  desk.trial.on_baud = [&](unsigned baud) { desk.trial.cut(baud > 200'000, false); };
  Client client = desk.client();
  CHECK_THROWS_WITH_AS(negotiate_baud(client, 3'000'000),
                       doctest::Contains("is heard at neither: power it off and on"), LinkError);
}
