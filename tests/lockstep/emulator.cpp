// SPDX-License-Identifier: Apache-2.0
#include "sim/emulator/emulator.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <utility>
// Boost 1.74 in C++20 needs <utility> before it.
#include <boost/asio.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "fake_device.hpp"
#include "sim/cable/device_transport.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

namespace asio = boost::asio;

/// An emulator of a device that sends everything back, running in a thread of its own.
struct Session {
  explicit Session(const std::string& link, Recorder* recorder = nullptr)
      : endpoint(link), emulator(device, endpoint, recorder), thread([this] { emulator.run(); }) {}
  ~Session() { end(); }
  void end() {
    endpoint.stop();
    if (thread.joinable()) thread.join();
  }

  FakeDevice device;
  Endpoint endpoint;
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

std::string temporary(const std::string& name) {
  return (std::filesystem::temp_directory_path() / (name + std::to_string(::getpid()))).string();
}

}  // namespace

TEST_CASE("a client of the pseudo-terminal speaks to the pins, leaves, and another one comes") {
  Session session("pty");
  for (const std::string& text :
       {std::string("first\n\r\0\x03\x11\x13\xff", 12), std::string("second")}) {
    const int fd = ::open(session.endpoint.place().c_str(), O_RDWR | O_NOCTTY);
    REQUIRE(fd >= 0);
    CHECK(echo(fd, text) == text);
    ::close(fd);
  }
  session.end();
  CHECK(session.emulator.stats().bytes_in == 18);
  CHECK(session.emulator.stats().bytes_out == 18);
}

TEST_CASE("a symbolic link to the pseudo-terminal stands while the endpoint lives") {
  const std::string path = temporary("spikemesh-pty-");
  std::filesystem::create_symlink("/dev/pts/999999", path);  // left by a run that was killed
  {
    Session session("pty:" + path);
    CHECK(session.endpoint.place() == path);
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
  CHECK_THROWS_WITH_AS(Endpoint("pty:" + path), doctest::Contains(path.c_str()), InputError);
  CHECK(std::filesystem::file_size(path) == 4);
  const std::string link = temporary("spikemesh-mine-");
  std::filesystem::create_symlink(path, link);
  CHECK_THROWS_WITH_AS(Endpoint("pty:" + link), doctest::Contains(link.c_str()), InputError);
  CHECK(std::filesystem::read_symlink(link) == path);
  std::filesystem::remove(link);
  std::filesystem::remove(path);
}

TEST_CASE("a TCP client speaks to the pins, leaves, and another one comes") {
  Session session("tcp:0");
  const std::string place = session.endpoint.place();
  REQUIRE(place.rfind("tcp:127.0.0.1:", 0) == 0);
  const auto port = static_cast<std::uint16_t>(std::stoi(place.substr(14)));
  for (const std::string text : {"first", "second"}) {
    asio::io_context context;
    asio::ip::tcp::socket socket(context);
    socket.connect({asio::ip::address_v4::loopback(), port});
    CHECK(echo(socket.native_handle(), text) == text);
  }
}

TEST_CASE("a link that does not exist is refused by name") {
  CHECK_THROWS_WITH_AS(Endpoint("usb"),
                       doctest::Contains("--link usb: use pty, pty:PATH or tcp:PORT"), InputError);
  CHECK_THROWS_WITH_AS(Endpoint("tcp:99999"), doctest::Contains("\"99999\" is no port"),
                       InputError);
  const Endpoint taken("tcp:0");
  const std::string again = "tcp:" + taken.place().substr(14);
  CHECK_THROWS_WITH_AS(Endpoint{again}, doctest::Contains("use tcp:0 for a free port"), InputError);
}

TEST_CASE("an idle emulator uses no processor time") {
  Session session("pty");
  const int fd = ::open(session.endpoint.place().c_str(), O_RDWR | O_NOCTTY);
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
  session.endpoint.stop_on_signals();
  ::raise(SIGTERM);
  session.thread.join();
  CHECK(session.endpoint.stopped());
}

TEST_CASE("a recorded session replays to the same bytes in the same cycles") {
  const std::string path = temporary("spikemesh-record-");
  SessionStats live;
  {
    Recorder recorder(path, spec::Build{});
    Session session("pty", &recorder);
    const int fd = ::open(session.endpoint.place().c_str(), O_RDWR | O_NOCTTY);
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
  check("config {}\n100 141\n", ":2: \"100 141\", but `CYCLE BYTE` is needed");
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
