// SPDX-License-Identifier: Apache-2.0
#include "model/link/uart.hpp"

#include <doctest/doctest.h>

#include <random>
#include <utility>

using namespace spikemesh::model;

namespace {

struct Received {
  std::uint64_t cycle;
  bool stop;
  std::uint8_t byte;
  bool operator==(const Received&) const = default;
};

/// The page's receiver, clocked cycle by cycle.
class SlowReceiver {
 public:
  std::vector<Received> results;
  bool resting() const { return state_ == 0 && first_ && second_; }

  void clock(std::uint64_t cycle, bool pin, std::uint32_t divisor) {
    const bool rx = second_;
    if (state_ == 0 && !rx) {
      state_ = 1;
      start_ = cycle;
      divisor_ = divisor;
      byte_ = 0;
    } else if (state_ == 1) {
      sample(cycle, rx);
    } else if (state_ == 2 && rx) {
      state_ = 0;
    }
    second_ = first_;
    first_ = pin;
  }

 private:
  void sample(std::uint64_t cycle, bool rx) {
    const std::uint64_t into = cycle - start_ - divisor_ / 2;
    if (cycle < start_ + divisor_ / 2 || into % divisor_ != 0) {
      return;
    }
    const std::uint64_t k = into / divisor_;
    if (k == 0) {
      state_ = rx ? 0 : 1;
    } else if (k <= 8) {
      byte_ |= static_cast<std::uint8_t>(rx << (k - 1));
    } else {
      results.push_back({cycle, rx, byte_});
      state_ = rx ? 0 : 2;
    }
  }

  bool first_ = true, second_ = true;
  int state_ = 0;
  std::uint64_t start_ = 0;
  std::uint32_t divisor_ = 0;
  std::uint8_t byte_ = 0;
};

/// Changes of a line with bytes at about the right rate, glitches, breaks and noise.
std::vector<LineChange> noisy_line(std::mt19937& random, std::uint32_t divisor, unsigned pieces) {
  std::vector<LineChange> line;
  std::uint64_t now = 0;
  for (unsigned piece = 0; piece < pieces; ++piece) {
    now += 1 + random() % (3 * divisor);
    switch (random() % 4) {
      case 0:  // a glitch, shorter or longer than half a bit
        line.push_back({now, false});
        now += 1 + random() % divisor;
        line.push_back({now, true});
        break;
      case 1:  // a break
        line.push_back({now, false});
        now += random() % (15 * divisor) + 1;
        line.push_back({now, true});
        break;
      default: {  // a byte, at times with a low stop bit
        const unsigned bits = (random() % 256) << 1 | (random() % 8 != 0 ? 1u << 9 : 0);
        for (unsigned i = 0; i < 10; ++i, now += divisor) {
          line.push_back({now, (bits >> i & 1) != 0});
        }
        line.push_back({now, true});
      }
    }
  }
  return line;
}

}  // namespace

TEST_CASE("a byte is sampled at mid-bit and pushed in the cycle of its stop sample") {
  for (const std::uint32_t divisor : {4u, 5u, 8u, 17u}) {
    UartRx rx(divisor);
    const std::uint64_t start = 100;
    rx.set_pin(0, start, false);
    for (unsigned bit = 0; bit < 8; ++bit) {
      rx.set_pin(0, start + (bit + 1) * divisor, (0xA6 >> bit & 1) != 0);
    }
    rx.set_pin(0, start + 9 * divisor, true);
    CHECK(rx.next_wake() == start + 2 + divisor / 2 + 9 * divisor);
    CHECK(rx.sample().stop);
    CHECK(rx.sample().byte == 0xA6);
    rx.commit();
    CHECK(rx.next_wake() == kNever);
    CHECK(rx.idle_from() == start + 2 + divisor / 2 + 9 * divisor + 1);
  }
}

TEST_CASE("a start bit that is gone at mid-bit starts nothing") {
  UartRx rx(8);
  rx.set_pin(0, 10, false);
  CHECK(rx.next_wake() == 12 + 4 + 72);
  rx.set_pin(13, 14, true);  // rx is 1 again in cycle 16, the first sample
  CHECK(rx.next_wake() == kNever);
  CHECK(rx.idle_from() == 17);
}

TEST_CASE("after a framing error the receiver waits for the line to rise") {
  UartRx rx(8);
  rx.set_pin(0, 10, false);
  const std::uint64_t stop = 12 + 4 + 72;
  REQUIRE(rx.next_wake() == stop);
  CHECK_FALSE(rx.sample().stop);
  rx.commit();
  CHECK(rx.next_wake() == kNever);
  CHECK(rx.idle_from() == kNever);
  rx.set_pin(200, 300, true);
  CHECK(rx.idle_from() == 303);
  rx.set_pin(200, 301, false);  // rx low from 303 on, which is the first IDLE cycle
  CHECK(rx.next_wake() == 303 + 4 + 72);
}

TEST_CASE("a byte keeps the divisor of its start edge") {
  UartRx rx(8);
  rx.set_pin(0, 10, false);
  rx.set_divisor(13, 100);  // the start edge, cycle 12, is past
  CHECK(rx.next_wake() == 12 + 4 + 72);
  UartRx later(8);
  later.set_pin(0, 10, false);
  later.set_divisor(12, 100);
  CHECK(later.next_wake() == 12 + 50 + 900);
}

TEST_CASE("the receiver in closed form equals one clocked cycle by cycle on noisy lines") {
  std::mt19937 random(20240311);
  unsigned compared = 0;
  for (unsigned run = 0; run < 300; ++run) {
    const std::uint32_t divisor = 4 + random() % 14;
    const bool ahead = run % 2 == 0;  // the line is known ahead, or given change by change
    std::vector<LineChange> line = noisy_line(random, divisor, 40);
    const std::uint64_t change_at = random() % line.back().cycle;
    const std::uint32_t second = 4 + random() % 14;
    UartRx rx(divisor);
    SlowReceiver slow;
    std::vector<Received> fast;
    bool pin = true;
    std::size_t next = 0, given = 0;
    for (std::uint64_t cycle = 0; cycle < line.back().cycle + 400; ++cycle) {
      for (; given < line.size() && (ahead || line[given].cycle <= cycle); ++given) {
        rx.set_pin(cycle, line[given].cycle, line[given].level);
      }
      for (; next < line.size() && line[next].cycle == cycle; ++next) {
        pin = line[next].level;
      }
      slow.clock(cycle, pin, cycle < change_at ? divisor : second);
      if (rx.next_wake() == cycle) {
        fast.push_back({cycle, rx.sample().stop, rx.sample().byte});
        rx.commit();
      }
      if (cycle + 1 == change_at) {
        rx.set_divisor(change_at, second);
      }
    }
    REQUIRE(fast == slow.results);
    CHECK((rx.idle_from() != kNever) == slow.resting());
    compared += static_cast<unsigned>(fast.size());
  }
  CHECK(compared > 5000);
}

TEST_CASE("the transmitter's pin is low in b+1..b+div and ready again in b+10*div") {
  UartTx tx;
  CHECK(tx.ready(0));
  tx.accept(50, 0x35, 6);  // 1 0 1 0 1 1 0 0, least significant bit first
  CHECK_FALSE(tx.ready(109));
  CHECK(tx.ready(110));
  tx.accept(110, 0xFF, 6);
  const std::vector<LineChange> expected{{51, false},  {57, true}, {63, false}, {69, true},
                                         {75, false},  {81, true}, {93, false}, {105, true},
                                         {111, false}, {117, true}};
  CHECK(tx.take(112) == std::vector<LineChange>(expected.begin(), expected.end() - 1));
  CHECK(tx.take(kNever) == std::vector<LineChange>(expected.end() - 1, expected.end()));
}

TEST_CASE("a byte pushed into the receive buffer in cycle c can be popped in c+2") {
  RxBuffer buffer(2);
  CHECK(buffer.valid_from() == kNever);
  buffer.push(10, 1);
  CHECK_FALSE(buffer.valid(11));
  CHECK(buffer.valid(12));
  buffer.push(11, 2);
  CHECK(buffer.full());
  buffer.pop(20);
  CHECK_FALSE(buffer.full());
  CHECK(buffer.valid_from() == 21);
  CHECK(buffer.head() == 2);
  buffer.pop(21);
  CHECK(buffer.empty());
}

TEST_CASE("the receive buffer equals its registers clocked cycle by cycle") {
  std::mt19937 random(7);
  RxBuffer buffer(8);
  unsigned write = 0, fetched = 0, read = 0, popped = 0;
  bool valid = false;
  for (std::uint64_t cycle = 0; cycle < 20000; ++cycle) {
    const unsigned busy = 1 + static_cast<unsigned>(cycle / 1000) % 4;
    REQUIRE(buffer.full() == (write - read == 8));
    REQUIRE(buffer.valid(cycle) == valid);
    const bool push = random() % busy == 0 && write - read < 8;
    const bool pop = valid && random() % 3 != 0;
    const bool fetch = write != fetched && (!valid || pop);
    if (pop) {
      REQUIRE(buffer.head() == static_cast<std::uint8_t>(read));
      buffer.pop(cycle);
      ++popped;
    }
    if (push) {
      buffer.push(cycle, static_cast<std::uint8_t>(write));
    }
    valid = fetch || (valid && !pop);
    write += push;
    fetched += fetch;
    read += pop;
  }
  CHECK(popped > 5000);
}
