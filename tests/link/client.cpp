// SPDX-License-Identifier: Apache-2.0
// The client on a wire that loses, changes, doubles and delays bytes.
#include "spikemesh/link/client.hpp"

#include <doctest/doctest.h>

#include "fake_wire.hpp"
#include "message_of.hpp"

using namespace spikemesh;
using namespace spikemesh::test;
using namespace std::chrono_literals;

namespace {

spec::Build build_named(std::string_view name) {
  for (const auto& named : spec::kBuilds) {
    if (named.name == name) return named.build;
  }
  throw std::invalid_argument("no such build");
}

std::vector<std::uint32_t> random_words(std::mt19937_64& random, std::size_t count) {
  std::vector<std::uint32_t> words(count);
  for (auto& word : words) {
    word = random() % 3 == 0 ? 0xC0DBC0DBu : static_cast<std::uint32_t>(random());
  }
  return words;
}

/// Blocks here and there in the tiles, none over another.
std::vector<Block> random_blocks(std::mt19937_64& random, const spec::Build& build) {
  std::vector<Block> blocks;
  for (std::uint32_t x = 0; x < build.mesh_w; ++x) {
    for (std::uint32_t index = 0; index + 64 < build.synapses / 4; index += 200) {
      blocks.push_back(
          {static_cast<std::uint16_t>(x), index, random_words(random, 1 + random() % 180)});
    }
    blocks.push_back(
        {static_cast<std::uint16_t>(x), 3u << 16, random_words(random, 8 * build.neurons)});
  }
  return blocks;
}

void check_memory(const Bench& bench, const std::vector<Block>& blocks) {
  std::size_t words = 0, wrong = 0;
  for (const Block& block : blocks) {
    for (std::uint32_t i = 0; i < block.words.size(); ++i, ++words) {
      wrong += bench.chip.memory(block.tile, block.address + i) != block.words[i];
    }
  }
  CHECK(words > 0);
  CHECK(wrong == 0);
  CHECK(bench.chip.memories().size() == words);  // and nothing anywhere else
}

void check_rules(const Bench& bench) {
  for (const auto& violation : bench.violations) FAIL_CHECK(violation);
  CHECK(bench.overflows == 0);
  CHECK(bench.most_buffered < bench.rx_buffer);
}

}  // namespace

TEST_CASE("a chip says its parameters") {
  for (const auto& named : spec::kBuilds) {
    Bench bench(named.build, 1);
    Client client = bench.client();
    CHECK(client.connect().build == named.build);
    CHECK(client.info().spec_hash == spec::kSpecHash);
  }
}

TEST_CASE("a chip of another specification is refused, naming both hashes") {
  Bench bench(build_named("tiny"), 1, 0x12345678);
  Client client = bench.client();
  const auto message = message_of([&] { client.connect(); });
  CAPTURE(message);
  CHECK(has(message, "0x12345678"));
  char own[16];
  std::snprintf(own, sizeof own, "0x%08x", spec::kSpecHash);
  CHECK(has(message, own));
  CHECK_THROWS_AS(client.connect(), SpecError);
  CHECK_FALSE(client.connected());
}

TEST_CASE("what answers without the magic word is refused") {
  Bench bench(build_named("tiny"), 1);
  bench.chip.set_reg(spec::Register::magic, 0xdeadbeef);
  Client client = bench.client();
  CHECK(has(message_of([&] { client.connect(); }), "no SpikeMesh chip"));
}

TEST_CASE("words written are read back, on a good wire, without a frame sent twice") {
  for (const auto& named : spec::kBuilds) {
    CAPTURE(named.name);
    Bench bench(named.build, 3);
    Client client = bench.client();
    client.connect();
    const auto blocks = random_blocks(bench.random, named.build);
    client.write(blocks);
    check_memory(bench, blocks);
    std::vector<Extent> extents;
    for (const Block& block : blocks) {
      extents.push_back(
          {block.tile, block.address, static_cast<std::uint32_t>(block.words.size())});
    }
    const auto got = client.read(extents);
    REQUIRE(got.size() == blocks.size());
    for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i].words == blocks[i].words);
    CHECK(client.stats().resent == 0);
    CHECK(client.stats().probes == 0);
    check_rules(bench);
  }
}

TEST_CASE("memory is right after any mix of dropped, flipped, doubled and delayed bytes") {
  std::uint64_t faulted = 0, resent = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    const spec::Build build = spec::kBuilds[seed % spec::kBuilds.size()].build;
    Bench bench(build, seed);
    const double rate[] = {0, 0.0003, 0.001, 0.003};
    bench.faults = {rate[bench.random() % 4], rate[bench.random() % 4], rate[bench.random() % 4],
                    rate[bench.random() % 4]};
    bench.byte_time = 1 + bench.random() % 100;
    Client client = bench.client();
    client.connect();
    client.reset();
    const auto first = random_blocks(bench.random, build);
    client.write(first);
    // The same words anew: nothing of the first round may come after them.
    auto second = first;
    for (Block& block : second) block.words = random_words(bench.random, block.words.size());
    client.write(second);
    client.write_register(spec::Register::period, static_cast<std::uint32_t>(seed));
    check_memory(bench, second);
    CHECK(bench.chip.reg(spec::Register::period) == seed);
    CHECK(bench.chip.resets() == 1);
    check_rules(bench);
    faulted += bench.faulted;
    resent += client.stats().resent;
  }
  CHECK(faulted > 1000);
  CHECK(resent > 1000);
}

TEST_CASE("a lost frame is sent again and its neighbours are not") {
  Bench bench(build_named("default"), 5);
  Client client = bench.client();
  client.connect();
  bench.faults.drop = 0.0002;
  const auto words = random_words(bench.random, 8000);
  const std::uint64_t before = client.stats().bytes_out;
  client.write(0, 0, words);
  std::uint64_t once = 0;
  for (const auto word : words) once += word == 0xC0DBC0DBu ? 8 : 4;
  CHECK(bench.faulted > 0);
  CHECK(client.stats().resent > 0);
  CHECK(client.stats().bytes_out - before < once * 11 / 10 + 1400 * bench.faulted);
  bench.faults = {};
  CHECK(client.read(0, 0, 8000) == words);
  check_rules(bench);
}

TEST_CASE("bytes in flight stay below the receive buffer, however slow the chip is") {
  for (const auto& named : spec::kBuilds) {
    for (const std::uint64_t exec_time : {10ull, 3'000ull, 300'000ull}) {
      CAPTURE(named.name);
      CAPTURE(exec_time);
      Bench bench(named.build, 9);
      bench.exec_time = exec_time;
      Client client = bench.client();
      client.connect();
      const auto blocks = random_blocks(bench.random, named.build);
      client.write(std::span(blocks).first(std::min<std::size_t>(3, blocks.size())));
      CHECK(client.stats().most_in_flight < named.build.rx_buffer);
      CHECK(client.stats().most_in_flight > named.build.rx_buffer / 4);
      check_rules(bench);
    }
  }
}

TEST_CASE("a chip a thousand times slower is waited for") {
  Bench bench(build_named("tiny"), 10);
  bench.byte_time = 50'000;
  Client client = bench.client({.connect_timeout = 60s, .give_up = 60s});
  client.connect();
  const auto words = random_words(bench.random, 256);
  client.write(0, 0, words);
  CHECK(client.read(0, 0, 256) == words);
  CHECK(client.stats().resent == 0);
  CHECK(client.stats().probes < 20);
  check_rules(bench);
}

TEST_CASE("a register write goes alone, after everything before it was answered") {
  Bench bench(build_named("odd"), 11);
  bench.faults = {0.002, 0.002, 0.002, 0.002};
  Client client = bench.client();
  client.connect();
  for (std::uint32_t i = 1; i <= 50; ++i) {
    client.write(0, i, random_words(bench.random, 40));
    client.write_register(spec::Register::period, i);
    CHECK(bench.chip.reg(spec::Register::period) == i);
    client.read(0, 0, 100);
  }
  CHECK(bench.control_writes >= 50);
  CHECK(bench.faulted > 20);
  check_rules(bench);
}

TEST_CASE("replies that nobody waits for are ignored") {
  Bench bench(build_named("tiny"), 12);
  std::uint16_t next = 0;
  bench.before_reply = [&] {
    Reply stale;
    stale.sequence = next++;
    stale.tile = 0x8000;
    stale.length = 1;
    stale.data = {0xbadbad};
    return encode(stale);
  };
  Client client = bench.client();
  client.connect();
  const auto words = random_words(bench.random, 200);
  client.write(0, 0, words);
  CHECK(client.read(0, 0, 200) == words);
  CHECK(client.stats().stale_replies > 10);
}

TEST_CASE("a good reply with the right sequence but another address is ignored") {
  Bench bench(build_named("tiny"), 13);
  Client client = bench.client({.seed = 77});
  client.connect();
  std::mt19937_64 same(77);
  // Every sequence number near the ones in use, for a word that nobody asked for.
  const auto first = static_cast<std::uint16_t>(same());
  bench.before_reply = [&] {
    std::vector<std::uint8_t> bytes;
    for (int i = 0; i < 40; ++i) {
      Reply wrong;
      wrong.sequence = static_cast<std::uint16_t>(first + i);
      wrong.tile = 0x8000;
      wrong.address = 40;
      wrong.length = 1;
      wrong.data = {0xbadbad};
      for (const auto byte : encode(wrong)) bytes.push_back(byte);
    }
    return bytes;
  };
  CHECK(client.read_register(spec::Register::neurons) == 16);
  CHECK(client.stats().stale_replies >= 40);
}

TEST_CASE("silence ends in an error in bounded time, which says what to do") {
  Bench bench(build_named("tiny"), 14);
  bench.mute = true;
  Client client = bench.client({.connect_timeout = 2s});
  const auto message = message_of([&] { client.connect(); });
  CHECK(has(message, "no answer from the chip for 2.0 s"));
  CHECK(has(message, "nothing at all was received"));
  CHECK(bench.now >= 2'000'000);
  CHECK(bench.now < 2'200'000);
  CHECK(client.stats().probes > 3);

  bench.mute = false;
  client.connect();
  bench.mute = true;
  const std::uint64_t before = bench.now;
  CHECK_THROWS_AS(client.write(0, 0, random_words(bench.random, 256)), LinkError);
  CHECK(bench.now - before < 62'000'000);
  bench.mute = false;
  const auto words = random_words(bench.random, 256);
  client.write(0, 0, words);
  CHECK(client.read(0, 0, 256) == words);
}

TEST_CASE("noise without end is no answer") {
  Bench bench(build_named("tiny"), 15);
  bench.faults.flip = 0.9;
  bench.hurt_requests = false;
  Client client = bench.client({.connect_timeout = 3s});
  const auto message = message_of([&] { client.connect(); });
  CHECK(has(message, "no answer"));
  CHECK(has(message, "does the baud rate fit"));
  CHECK(bench.now < 3'300'000);
}

TEST_CASE("a silence in the middle is survived") {
  Bench bench(build_named("default"), 16);
  Client client = bench.client();
  client.connect();
  const auto words = random_words(bench.random, 4000);
  std::uint64_t replies = 0;
  bench.before_reply = [&]() -> std::vector<std::uint8_t> {
    bench.mute = ++replies % 10 == 5;  // one reply, and what is sent until the next, is lost
    return {};
  };
  bench.exec_time = 1;
  client.write(0, 0, std::span(words).first(100));
  bench.mute = false;
  bench.before_reply = nullptr;
  client.write(0, 0, words);
  CHECK(client.read(0, 0, 4000) == words);
  check_rules(bench);
}

TEST_CASE("an end that is gone is an error at once") {
  Bench bench(build_named("tiny"), 17);
  Client client = bench.client();
  client.connect();
  bench.gone = true;
  CHECK_THROWS_AS(client.read(0, 0, 4), TransportError);
}

TEST_CASE("what the chip refuses is an error that names word, status and remedy") {
  Bench bench(build_named("tiny"), 18);
  Client client = bench.client();
  client.connect();
  const auto beyond = message_of([&] { client.write(0, 254, random_words(bench.random, 4)); });
  CHECK(has(beyond, "tile (0, 0), synapse word 256"));
  CHECK(has(beyond, "bad_address"));
  CHECK(has(beyond, "map the network"));
  const auto tile = message_of([&] { client.read(1, 0, 1); });
  CHECK(has(tile, "tile (1, 0)"));
  const auto refused = message_of([&] { client.write_register(spec::Register::run_tag, 5); });
  CHECK(has(refused, "RUN_TAG"));
  CHECK(has(refused, "load the image again"));
  const auto read_only = message_of([&] { client.write_register(spec::Register::magic, 5); });
  CHECK(has(read_only, "read_only"));
  CHECK_THROWS_AS(client.write_register(spec::Register::adapt_period, 99), ChipError);
  bench.chip.mesh_dead = true;
  CHECK(has(message_of([&] { client.read(0, 0, 1); }), "no progress"));
}

TEST_CASE("tile memories of a running chip answer after a pause") {
  Bench bench(build_named("tiny"), 19);
  Client client = bench.client();
  client.connect();
  client.write_register(spec::Register::image_tag, 5);
  const std::uint32_t run[] = {1'000'000, 0, 5};
  client.write_registers(spec::Register::run_until_lo, run);
  CHECK(has(message_of([&] { client.read(0, 0, 1); }), "step boundary"));
  client.pause();
  CHECK(client.read(0, 0, 1).size() == 1);
  CHECK(client.read_register(spec::Register::step_lo) < 1'000'000);
}

TEST_CASE("a reset clears the chip once, though its reply was lost") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    Bench bench(build_named("tiny"), seed);
    Client client = bench.client();
    client.connect();
    client.write(0, 0, random_words(bench.random, 100));
    bench.faults = {0.01, 0.01, 0, 0};
    const std::uint32_t nonce = client.reset();
    CHECK(nonce != 0);
    CHECK(bench.chip.reg(spec::Register::reset_nonce) == nonce);
    CHECK(bench.chip.memories().empty());
    CHECK(bench.chip.resets() == 1);
  }
}

TEST_CASE("blocks that overlap are refused before anything is sent") {
  Bench bench(build_named("tiny"), 21);
  Client client = bench.client();
  client.connect();
  const std::vector<Block> blocks{{0, 10, {1, 2, 3}}, {0, 0, {0, 1}}, {0, 12, {9}}};
  const std::uint64_t before = bench.requests;
  CHECK_THROWS_WITH_AS(client.write(blocks),
                       "two blocks of one write hold tile (0, 0), synapse word 12: write them one "
                       "after the other",
                       std::invalid_argument);
  CHECK(bench.requests == before);
}
