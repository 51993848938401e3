// SPDX-License-Identifier: Apache-2.0
#include "sim/emulator/emulator.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <utility>
// Boost 1.74 in C++20 needs <utility> before it.
#include <boost/asio.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "fake_device.hpp"
#include "sim/wire/device_transport.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/link/transport.hpp"

namespace spikemesh::sim {
namespace {

namespace asio = boost::asio;

/// An emulator of a device that sends everything back, running in a thread of its own.
struct Session {
  explicit Session(const std::string& link, Recorder* recorder = nullptr)
      : port(link), emulator(device, port, recorder), thread([this] { emulator.run(); }) {}
  ~Session() { end(); }
  void end() {
    port.stop();
    if (thread.joinable()) thread.join();
  }

  FakeDevice device;
  HostPort port;
  Emulator emulator;
  std::thread thread;
};

/// Sends `text` to a descriptor and reads as much back, for at most 5 s.
std::string echo(int fd, const std::string& text) {
  REQUIRE(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  std::string got;
  pollfd ready{fd, POLLIN, 0};
  while (got.size() < text.size() && ::poll(&ready, 1, 5000) == 1) {
    char buffer[256];
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count <= 0) break;
    got.append(buffer, static_cast<std::size_t>(count));
  }
  return got;
}

/// What comes until the other end closes, for at most 5 s.
std::string read_all(int fd) {
  std::string got;
  pollfd ready{fd, POLLIN, 0};
  char buffer[256];
  while (::poll(&ready, 1, 5000) == 1) {
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count <= 0) break;
    got.append(buffer, static_cast<std::size_t>(count));
  }
  return got;
}

void connect_socket(int fd, const std::string& place) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(place.substr(14))));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
}

int connect_to(const std::string& place) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  connect_socket(fd, place);
  return fd;
}

int open_terminal(const std::string& place) {
  const int fd = ::open(place.c_str(), O_RDWR | O_NOCTTY);
  REQUIRE(fd >= 0);
  return fd;
}

/// Writes at most `most` bytes, as fast as they are taken, until none is taken for a second, for at
/// most 20 s; reads nothing.
std::size_t flood(int fd, std::size_t most) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  const std::vector<char> bytes(65536, 'f');
  ::fcntl(fd, F_SETFL, O_NONBLOCK);
  std::size_t sent = 0;
  pollfd ready{fd, POLLOUT, 0};
  while (sent < most && std::chrono::steady_clock::now() < end && ::poll(&ready, 1, 1000) == 1) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count > 0) sent += static_cast<std::size_t>(count);
  }
  ::fcntl(fd, F_SETFL, 0);
  return sent;
}

/// What a pseudo-terminal holds on the way from one end to the other, at most.
constexpr std::size_t kTerminalHolds = 65536;

/// Reads until nothing has come for 200 ms; returns how many bytes came.
std::size_t drop_what_comes(int fd) {
  std::size_t dropped = 0;
  pollfd ready{fd, POLLIN, 0};
  char buffer[4096];
  while (::poll(&ready, 1, 200) == 1) {
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count <= 0) break;
    dropped += static_cast<std::size_t>(count);
  }
  return dropped;
}

/// As a host that is killed with answers unread.
void abort_connection(int fd) {
  const linger at_once{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(fd);
}

std::string temporary(const std::string& name) {
  return (std::filesystem::temp_directory_path() / (name + std::to_string(::getpid()))).string();
}

}  // namespace

TEST_CASE("a client of the pseudo-terminal speaks to the pins, leaves, and another one comes") {
  Session session("pty");
  for (const std::string& text :
       {std::string("first\n\r\0\x03\x11\x13\xff", 12), std::string("second")}) {
    const int fd = ::open(session.port.place().c_str(), O_RDWR | O_NOCTTY);
    REQUIRE(fd >= 0);
    CHECK(echo(fd, text) == text);
    ::close(fd);
  }
  session.end();
  CHECK(session.emulator.stats().bytes_in == 18);
  CHECK(session.emulator.stats().bytes_out == 18);
}

TEST_CASE("a symbolic link to the pseudo-terminal stands while the port lives") {
  const std::string path = temporary("spikemesh-pty-");
  std::filesystem::create_symlink("/dev/pts/999999", path);  // left by a run that was killed
  {
    Session session("pty:" + path);
    CHECK(session.port.place() == path);
    const int fd = ::open(path.c_str(), O_RDWR | O_NOCTTY);
    REQUIRE(fd >= 0);
    CHECK(echo(fd, "over the link") == "over the link");
    ::close(fd);
  }
  CHECK_FALSE(std::filesystem::is_symlink(std::filesystem::symlink_status(path)));
}

TEST_CASE("a file in the place of the link is left alone and named") {
  const std::string path = temporary("spikemesh-file-");
  std::ofstream(path) << "mine";
  CHECK_THROWS_WITH_AS(HostPort("pty:" + path), doctest::Contains(path.c_str()), InputError);
  CHECK(std::filesystem::file_size(path) == 4);
  const std::string link = temporary("spikemesh-mine-");
  std::filesystem::create_symlink(path, link);
  CHECK_THROWS_WITH_AS(HostPort("pty:" + link), doctest::Contains(link.c_str()), InputError);
  CHECK(std::filesystem::read_symlink(link) == path);
  std::filesystem::remove(link);
  std::filesystem::remove(path);
}

TEST_CASE("a TCP client speaks to the pins, leaves, and another one comes") {
  Session session("tcp:0");
  const std::string place = session.port.place();
  REQUIRE(place.rfind("tcp:127.0.0.1:", 0) == 0);
  const auto port = static_cast<std::uint16_t>(std::stoi(place.substr(14)));
  for (const std::string text : {"first", "second"}) {
    asio::io_context context;
    asio::ip::tcp::socket socket(context);
    socket.connect({asio::ip::address_v4::loopback(), port});
    CHECK(echo(socket.native_handle(), text) == text);
  }
}

TEST_CASE("a second TCP client hears that the chip is busy, and the first goes on") {
  Session session("tcp:0");
  const int first = connect_to(session.port.place());
  CHECK(echo(first, "first") == "first");
  const int second = connect_to(session.port.place());
  CHECK(read_all(second) == kBusyAnswer);
  ::close(second);
  CHECK(echo(first, "still") == "still");
  ::close(first);
  const int third = connect_to(session.port.place());
  CHECK(echo(third, "third") == "third");
  ::close(third);
}

TEST_CASE("a client that does not read stops simulated time and feels back-pressure") {
  for (const std::string link : {"pty", "tcp:0"}) {
    CAPTURE(link);
    Session session(link);
    const int fd =
        link == "pty" ? open_terminal(session.port.place()) : connect_to(session.port.place());
    const std::size_t sent = flood(fd, 64'000'000);
    CHECK(sent > 0);
    CHECK(sent < 32'000'000);  // the system's buffers and ours
    ::close(fd);
    session.end();
    CHECK(session.emulator.stats().bytes_out < 16'000'000);
  }
}

TEST_CASE("a new client gets nothing of the one before") {
  for (const std::string link : {"pty", "tcp:0"}) {
    CAPTURE(link);
    Session session(link);
    const auto open = [&] {
      return link == "pty" ? open_terminal(session.port.place()) : connect_to(session.port.place());
    };
    const int first = open();
    flood(first, 4'000'000);
    abort_connection(first);
    const int second = open();
    // What the terminal itself holds, every program drops when it opens one.
    if (link == "pty") CHECK(drop_what_comes(second) <= kTerminalHolds);
    CHECK(echo(second, "second") == "second");
    ::close(second);
  }
}

TEST_CASE("a shortage of descriptors passes") {
  Session session("tcp:0");
  rlimit usual{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &usual) == 0);
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  const rlimit none{static_cast<rlim_t>(fd) + 1, usual.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  connect_socket(fd, session.port.place());
  REQUIRE(::write(fd, "x", 1) == 1);
  pollfd ready{fd, POLLIN, 0};
  CHECK(::poll(&ready, 1, 250) == 0);  // taken by nobody
  ::setrlimit(RLIMIT_NOFILE, &usual);
  CHECK(::poll(&ready, 1, 5000) == 1);
  char back = 0;
  CHECK(::read(fd, &back, 1) == 1);
  CHECK(back == 'x');
  ::close(fd);
}

TEST_CASE("a link that does not exist is refused by name") {
  CHECK_THROWS_WITH_AS(HostPort("usb"),
                       doctest::Contains("--link usb: use pty, pty:PATH or tcp:PORT"), InputError);
  CHECK_THROWS_WITH_AS(HostPort("tcp:99999"), doctest::Contains("\"99999\" is no port"),
                       InputError);
  const HostPort taken("tcp:0");
  const std::string again = "tcp:" + taken.place().substr(14);
  CHECK_THROWS_WITH_AS(HostPort{again}, doctest::Contains("use tcp:0 for a free port"), InputError);
}

TEST_CASE("an idle emulator uses no processor time") {
  Session session("pty");
  const int fd = ::open(session.port.place().c_str(), O_RDWR | O_NOCTTY);
  REQUIRE(fd >= 0);
  CHECK(echo(fd, "x") == "x");
  const auto used = [] {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec +
           usage.ru_stime.tv_sec * 1000000 + usage.ru_stime.tv_usec;
  };
  const auto before = used();
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  CHECK(used() - before < 10000);
  ::close(fd);
}

TEST_CASE("a signal ends a session cleanly") {
  Session session("pty");
  session.port.stop_on_signals();
  ::raise(SIGTERM);
  session.thread.join();
  CHECK(session.port.stopped());
}

TEST_CASE("a recorded session replays to the same bytes in the same cycles") {
  const std::string path = temporary("spikemesh-record-");
  SessionStats live;
  {
    Recorder recorder(path, spec::Build{});
    Session session("pty", &recorder);
    const int fd = ::open(session.port.place().c_str(), O_RDWR | O_NOCTTY);
    REQUIRE(fd >= 0);
    CHECK(echo(fd, "some") == "some");
    CHECK(echo(fd, "more bytes") == "more bytes");
    ::close(fd);
    session.end();
    live = session.emulator.stats();
  }
  const Recording recording = read_recording(path);
  CHECK(recording.bytes.size() == 14);
  CHECK(recording.end == live.cycles);
  FakeDevice device({}, recording.build);
  const SessionStats again = replay(device, recording);
  CHECK(again.bytes_out == 14);
  CHECK(again.crc_out == live.crc_out);
  CHECK(again.cycles == live.cycles);
  std::filesystem::remove(path);
}

TEST_CASE("a recording that finds no room is an error that names it") {
  const std::string path = temporary("spikemesh-full-");
  Recorder recorder(path, spec::Build{});
  rlimit usual{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &usual) == 0);
  const rlimit small{std::filesystem::file_size(path) + 20, usual.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  const auto signal = std::signal(SIGXFSZ, SIG_IGN);
  CHECK_NOTHROW(recorder.add({{100, 0x41}}));
  CHECK_THROWS_WITH_AS(recorder.add(std::vector<TimedByte>(10, {200, 0x42})),
                       doctest::Contains(path.c_str()), InputError);
  CHECK_THROWS_AS(recorder.finish(300), InputError);
  std::signal(SIGXFSZ, signal);
  ::setrlimit(RLIMIT_FSIZE, &usual);
  std::filesystem::remove(path);
}

TEST_CASE("a broken recording is refused with its line") {
  const std::string path = temporary("spikemesh-broken-");
  const auto check = [&](const std::string& text, const std::string& message) {
    std::ofstream(path) << text;
    CHECK_THROWS_WITH_AS(read_recording(path), doctest::Contains(message.c_str()), InputError);
  };
  check("100 41\n", ": no recording of `spikemesh emulate --record`");
  check("config {\"MeshW\": 99}\n", ":1: /MeshW: 99, but 1..64 is allowed");
  check("config {}\n100 41\n90 42\n", ":3: cycle 90 is before that of the line above (100)");
  for (const char* line :
       {"100 141", "100 4", "100  41", " 100 41", "100 41 ", "100 41\r", "+100 41", "-1 41",
        "0x64 41", "100 +1", "100 0x41", "100", "1e2 41", "100 g1", "99999999999999999999 41"}) {
    check(std::string("config {}\n") + line + "\n", ", but `CYCLE BYTE` is needed");
  }
  check("config {}\n100 41\nend 200 7\n", ":3: \"end 200 7\", but `CYCLE BYTE` is needed");
  check("config {}\nend 200\n300 41\n", ":3: \"300 41\" after the end");
  std::filesystem::remove(path);
}

TEST_CASE("a device in the same process is a transport, over bytes and over pins") {
  for (const Link link : {Link::bytes, Link::pins}) {
    FakeDevice device;
    DeviceTransport transport(device, link);
    const std::vector<std::uint8_t> bytes{1, 2, 3, 0xc0, 0xdb};
    transport.write(bytes);
    std::vector<std::uint8_t> got;
    std::array<std::uint8_t, 3> buffer{};
    while (const std::size_t count = transport.read(buffer, std::chrono::milliseconds(1))) {
      got.insert(got.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(count));
    }
    CHECK(got == bytes);
  }
}

TEST_CASE("a time-out on an idle device is over at once, and counts as time") {
  FakeDevice device;
  DeviceTransport transport(device, Link::bytes);
  const auto begin = transport.now();
  std::array<std::uint8_t, 3> buffer{};
  CHECK(transport.read(buffer, std::chrono::seconds(1000)) == 0);
  CHECK(transport.now() - begin == std::chrono::seconds(1000));
  CHECK(device.cycle() == 0);
}

}  // namespace spikemesh::sim
