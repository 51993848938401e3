// SPDX-License-Identifier: Apache-2.0
// Real pseudo-terminals and sockets, with the fake chip in a thread behind them.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pty.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <thread>

#include "fake_chip.hpp"
#include "message_of.hpp"
#include "spikemesh/link/baud.hpp"
#include "spikemesh/link/client.hpp"
#include "spikemesh/link/memory_port.hpp"

using namespace spikemesh;
using namespace spikemesh::test;
using namespace std::chrono_literals;

namespace {

const spec::Build kTiny = spec::kBuilds[2].build;

/// Serves a file descriptor with a fake chip until told to stop; owns the descriptor.
class Server {
 public:
  explicit Server(int handle, bool strict = false)
      : handle_(handle), strict_(strict), thread_([this] { serve(); }) {}
  ~Server() { close(); }
  void close() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    if (handle_ >= 0) ::close(handle_);
    handle_ = -1;
  }

 private:
  void serve() {
    while (!stop_) {
      pollfd wait{handle_, POLLIN, 0};
      if (poll(&wait, 1, 5) <= 0) continue;
      std::uint8_t bytes[512];
      const ssize_t count = ::read(handle_, bytes, sizeof bytes);
      if (strict_ && !rates_agree()) continue;
      for (ssize_t i = 0; i < count; ++i) {
        const auto reply = chip_.take(bytes[i]);
        std::size_t sent = 0;
        while (sent < reply.size()) {
          const ssize_t part = ::write(handle_, reply.data() + sent, reply.size() - sent);
          if (part <= 0) break;
          sent += static_cast<std::size_t>(part);
        }
      }
    }
  }

  /// A chip of 100 MHz behind a terminal that has the rate of the host: near enough to be heard?
  bool rates_agree() {
    termios settings{};
    tcgetattr(handle_, &settings);
    const double host = cfgetospeed(&settings) == B3000000   ? 3e6
                        : cfgetospeed(&settings) == B1000000 ? 1e6
                                                             : 115'200;
    const double chip = 1e8 / chip_.reg(spec::Register::uart_divisor);
    return std::abs(host / chip - 1) < 0.04;
  }

  FakeChip chip_{[] {
    spec::Build build = kTiny;
    build.uart_divisor = 868;
    return build;
  }()};
  int handle_;
  const bool strict_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

/// A pseudo-terminal: the master, and the path that a host opens. Holds the slave open, as an
/// emulator does.
struct Terminal {
  Terminal() {
    char name[128];
    REQUIRE(openpty(&master, &slave, name, nullptr, nullptr) == 0);
    path = name;
  }
  ~Terminal() { ::close(slave); }
  int master = -1, slave = -1;
  std::string path;
};

struct Listener {
  Listener() {
    handle = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(handle, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(listen(handle, 1) == 0);
    socklen_t size = sizeof address;
    REQUIRE(getsockname(handle, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    place = "tcp:127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  ~Listener() { ::close(handle); }
  int take() const {
    const int other = accept(handle, nullptr, nullptr);
    const int on = 1;
    setsockopt(other, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return other;
  }
  int handle;
  std::string place;
};

void write_and_read(Client& client) {
  std::vector<std::uint32_t> words(256);
  for (std::uint32_t i = 0; i < words.size(); ++i) words[i] = 0xC0DB1100u + 0x0A0D0311u * i;
  client.write(0, 0, words);
  CHECK(client.read(0, 0, 256) == words);
}

}  // namespace

TEST_CASE("a chip behind a pseudo-terminal is written and read, every byte value") {
  Terminal terminal;
  Server server(terminal.master);
  Client client(open_transport(terminal.path));
  client.connect();
  for (int i = 0; i < 20; ++i) write_and_read(client);
  CHECK(client.stats().bad_replies == 0);
}

TEST_CASE("a chip behind a TCP port is written and read") {
  Listener listener;
  auto transport = open_transport(listener.place);
  Server server(listener.take());
  Client client(std::move(transport));
  client.connect();
  for (int i = 0; i < 20; ++i) write_and_read(client);
}

TEST_CASE(
    "a terminal and the chip behind it are taken to another baud rate, and found there again") {
  Terminal terminal;
  Server server(terminal.master, true);
  {
    Client client(open_transport(terminal.path));
    const BaudResult result = negotiate_baud(client, 3'000'000);
    CHECK(result.found == 115'200);
    CHECK(result.used == 3'000'000);
    write_and_read(client);
  }
  Client client(open_transport(terminal.path));
  CHECK_THROWS_AS(client.connect(500ms), LinkError);
  CHECK(negotiate_baud(client, 1'000'000).found == 3'000'000);
  write_and_read(client);
}

TEST_CASE("a second host on a port is refused, and comes in when the first has left") {
  Terminal terminal;
  Server server(terminal.master);
  {
    Client first(open_transport(terminal.path));
    first.connect();
    const auto message = message_of([&] { open_transport(terminal.path); });
    CHECK(has(message, terminal.path));
    CHECK(has(message, "another program has this port open"));
    write_and_read(first);
  }
  Client second(open_transport(terminal.path));
  second.connect();
  write_and_read(second);
}

TEST_CASE("an emulator that ends is an error at once, on a pseudo-terminal and on TCP") {
  Terminal terminal;
  auto server = std::make_unique<Server>(terminal.master);
  Client client(open_transport(terminal.path));
  client.connect();
  server.reset();
  const auto begin = std::chrono::steady_clock::now();
  CHECK(has(message_of([&] { client.read(0, 0, 4); }), "the other end is gone"));

  Listener listener;
  auto transport = open_transport(listener.place);
  server = std::make_unique<Server>(listener.take());
  Client other(std::move(transport));
  other.connect();
  server.reset();
  CHECK(has(message_of([&] { other.read(0, 0, 4); }), "the other end is gone"));
  CHECK(std::chrono::steady_clock::now() - begin < 2s);
}

TEST_CASE("an end that takes no bytes and gives none ends in an error in bounded time") {
  Terminal terminal;
  Client client(open_transport(terminal.path), {.connect_timeout = 500ms});
  CHECK(has(message_of([&] { client.connect(); }), "no answer from the chip for 0.5 s"));
  ::close(terminal.master);
}

TEST_CASE("a port that cannot be opened says why, and what to do") {
  CHECK(has(message_of([] { open_transport("/dev/no-such-port"); }), "no such port"));
  CHECK(has(message_of([] { open_transport(""); }), "no port given"));
  CHECK(has(message_of([] { open_transport("/dev/null"); }), "not a serial port"));
  CHECK(has(message_of([] { open_transport("/tmp"); }), "not a serial port"));
  CHECK(has(message_of([] { open_transport("tcp:localhost"); }), "tcp:HOST:PORT"));
  CHECK(has(message_of([] { open_transport("tcp:localhost:99999"); }), "1..65535"));
  std::string place;
  {
    Listener listener;
    place = listener.place;
  }
  CHECK(has(message_of([&] { open_transport(place); }), "is the emulator running there"));
  Terminal terminal;
  CHECK(has(message_of([&] { open_transport(terminal.path, 12'345'678); }), "standard rate"));
  ::close(terminal.master);
}

/// A file as long as the map of a chip from `offset` on, in which nothing answers.
class EmptyMap {
 public:
  explicit EmptyMap(std::uint64_t offset = 0) {
    const int handle = mkstemp(path.data());
    REQUIRE(handle >= 0);
    REQUIRE(ftruncate(handle, static_cast<off_t>(offset + MappedMemory::kBytes + 65'536)) == 0);
    ::close(handle);
  }
  ~EmptyMap() { ::unlink(path.c_str()); }
  std::string path = "/tmp/spikemesh_map_XXXXXX";
};

TEST_CASE("a word of a mapped chip lies at its byte address after the offset") {
  constexpr std::uint64_t kOffset = 0x40000;
  const EmptyMap file(kOffset);
  {
    MappedMemory memory(file.path, kOffset);
    memory.store(spec::kByteFault, 0x12345678);
    CHECK(memory.load(spec::kByteFault) == 0x12345678);
    memory.store(4, 0xcafe);
  }
  const int handle = ::open(file.path.c_str(), O_RDONLY);
  std::uint32_t fault = 0, second = 0;
  CHECK(pread(handle, &fault, 4, kOffset + spec::kByteFault) == 4);
  CHECK(pread(handle, &second, 4, kOffset + 4) == 4);
  ::close(handle);
  CHECK(fault == 0x12345678);
  CHECK(second == 0xcafe);
}

TEST_CASE("a mapped chip that cannot be used says why, and what to do") {
  const auto open = [](const std::string& place) {
    return message_of([&] { open_transport(place); });
  };
  CHECK(has(open("mem:/dev/no-such-uio"), "is the driver of the chip loaded"));
  CHECK(has(open("mem:"), "mem:FILE@OFFSET"));
  CHECK(has(open("mem:/dev/mem@twelve"), "mem:FILE@OFFSET"));
  CHECK(has(open("mem:/dev/mem@0x"), "mem:FILE@OFFSET"));
  const EmptyMap file;
  CHECK(has(open("mem:" + file.path + "@12"), "multiple of a page"));
  CHECK(has(open("mem:" + file.path + "@0x100000"), "the chip needs"));
  {
    const auto first = open_transport("mem:" + file.path);
    CHECK(has(open("mem:" + file.path), "another program uses this chip"));
  }
  Client client(open_transport("mem:" + file.path));
  CHECK(has(message_of([&] { client.connect(); }), "MAGIC"));
}
