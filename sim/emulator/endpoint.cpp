// SPDX-License-Identifier: Apache-2.0
#include "sim/emulator/endpoint.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <utility>
// Boost 1.74 in C++20 needs <utility> before it.
#include <array>
#include <atomic>
#include <boost/asio.hpp>
#include <charconv>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <filesystem>
#include <mutex>
#include <thread>

#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// Reading pauses above this many bytes that the simulation has not taken: the client then feels
/// back-pressure.
constexpr std::size_t kInboxLimit = 1 << 20;
constexpr std::size_t kOutboxLimit = 1 << 20;

/// A pseudo-terminal, raw. The slave stays open here as well, so that a client that leaves is no
/// end of file.
struct Pty {
  int master = -1, slave = -1;
  std::string path, link;

  explicit Pty(const std::string& link_path) : link(link_path) {
    master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    std::array<char, 256> name{};
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0 ||
        ptsname_r(master, name.data(), name.size()) != 0) {
      throw InputError("--link pty: this system gives no pseudo-terminal; use --link tcp:0");
    }
    path = name.data();
    slave = ::open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    termios settings{};
    if (slave < 0 || tcgetattr(slave, &settings) != 0) {
      throw InputError(fmt::format("--link pty: {} cannot be opened; use --link tcp:0", path));
    }
    cfmakeraw(&settings);
    tcsetattr(slave, TCSANOW, &settings);
    if (!link.empty()) make_link();
  }
  ~Pty() {
    if (!link.empty()) remove_own_link();
    if (slave >= 0) ::close(slave);
  }
  Pty(const Pty&) = delete;
  Pty& operator=(const Pty&) = delete;

  void make_link() {
    namespace fs = std::filesystem;
    std::error_code error;
    if (fs::read_symlink(link, error).parent_path() == "/dev/pts")
      fs::remove(link, error);  // of a run that was killed
    fs::create_symlink(path, link, error);
    if (error) {
      const std::string place = std::exchange(link, "");
      throw InputError(
          fmt::format("--link pty:{}: {}; name a path that is free", place, error.message()));
    }
  }
  /// Another emulator may have taken the path over: its link stays.
  void remove_own_link() const {
    std::error_code error;
    if (std::filesystem::read_symlink(link, error) == path && !error)
      std::filesystem::remove(link, error);
  }
};

std::uint16_t parse_port(const std::string& link, const std::string& text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw InputError(
        fmt::format("--link {}: \"{}\" is no port; use tcp:0 to tcp:65535", link, text));
  }
  return port;
}

}  // namespace

/// All of it but the queues belongs to the Asio thread.
struct Endpoint::Impl {
  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::unique_ptr<Pty> pty;
  std::unique_ptr<asio::posix::stream_descriptor> terminal;
  std::unique_ptr<tcp::acceptor> acceptor;
  std::unique_ptr<tcp::socket> client;
  asio::signal_set signals{context};
  std::string place;

  std::array<std::uint8_t, 4096> read_buffer{};
  std::vector<std::uint8_t> writing;
  bool reading = false;
  unsigned generation = 0;  ///< counts clients: answers of an earlier one's operations are ignored

  std::mutex mutex;
  std::condition_variable arrived;
  std::vector<std::uint8_t> inbox;  // guarded by mutex
  std::deque<std::uint8_t> outbox;  // guarded by mutex
  std::atomic<bool> stopped{false};
  std::thread thread;

  void open(const std::string& link);
  void open_tcp(const std::string& link);
  void accept();
  bool connected() const { return terminal || client; }
  void start_read();
  void start_write();
  void on_read(error_code error, std::size_t count);
  void on_written(error_code error);
  void drop_client();
  void stop();
};

void Endpoint::Impl::open(const std::string& link) {
  if (link == "pty" || link.rfind("pty:", 0) == 0) {
    pty = std::make_unique<Pty>(link == "pty" ? "" : link.substr(4));
    place = pty->link.empty() ? pty->path : pty->link;
    terminal = std::make_unique<asio::posix::stream_descriptor>(context, pty->master);
    start_read();
  } else if (link.rfind("tcp:", 0) == 0) {
    open_tcp(link);
  } else {
    throw InputError(fmt::format("--link {}: use pty, pty:PATH or tcp:PORT", link));
  }
}

void Endpoint::Impl::open_tcp(const std::string& link) {
  const tcp::endpoint where(asio::ip::address_v4::loopback(), parse_port(link, link.substr(4)));
  try {
    acceptor = std::make_unique<tcp::acceptor>(context, where);
  } catch (const boost::system::system_error& error) {
    throw InputError(
        fmt::format("--link {}: {}; use tcp:0 for a free port", link, error.code().message()));
  }
  place = fmt::format("tcp:127.0.0.1:{}", acceptor->local_endpoint().port());
  accept();
}

void Endpoint::Impl::accept() {
  acceptor->async_accept([this](error_code error, tcp::socket socket) {
    if (error) return;
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    client = std::make_unique<tcp::socket>(std::move(socket));
    {
      const std::lock_guard lock(mutex);
      outbox.clear();  // of the client before
    }
    start_read();
  });
}

void Endpoint::Impl::start_read() {
  if (reading || !connected()) return;
  {
    const std::lock_guard lock(mutex);
    if (inbox.size() >= kInboxLimit) return;  // take() calls again
  }
  reading = true;
  const auto done = [this, mine = generation](error_code error, std::size_t count) {
    if (mine == generation) on_read(error, count);
  };
  if (terminal) {
    terminal->async_read_some(asio::buffer(read_buffer), done);
  } else {
    client->async_read_some(asio::buffer(read_buffer), done);
  }
}

void Endpoint::Impl::on_read(error_code error, std::size_t count) {
  reading = false;
  if (error) return drop_client();
  {
    const std::lock_guard lock(mutex);
    inbox.insert(inbox.end(), read_buffer.begin(),
                 read_buffer.begin() + static_cast<std::ptrdiff_t>(count));
  }
  arrived.notify_all();
  start_read();
}

void Endpoint::Impl::start_write() {
  if (!writing.empty() || !connected()) return;
  {
    const std::lock_guard lock(mutex);
    writing.assign(outbox.begin(), outbox.end());
    outbox.clear();
  }
  if (writing.empty()) return;
  const auto done = [this, mine = generation](error_code error, std::size_t) {
    if (mine == generation) on_written(error);
  };
  if (terminal) {
    asio::async_write(*terminal, asio::buffer(writing), done);
  } else {
    asio::async_write(*client, asio::buffer(writing), done);
  }
}

void Endpoint::Impl::on_written(error_code error) {
  writing.clear();
  if (error) return drop_client();
  start_write();
}

void Endpoint::Impl::drop_client() {
  if (!client) return;  // the pseudo-terminal's slave is open here: it has no end
  ++generation;
  client.reset();
  reading = false;
  writing.clear();
  if (!stopped) accept();
}

void Endpoint::Impl::stop() {
  {
    const std::lock_guard lock(mutex);
    stopped = true;
  }
  arrived.notify_all();
}

Endpoint::Endpoint(const std::string& link) : impl_(std::make_unique<Impl>()) {
  impl_->open(link);
  impl_->thread = std::thread([impl = impl_.get()] { impl->context.run(); });
}

Endpoint::~Endpoint() {
  stop();
  impl_->context.stop();
  impl_->thread.join();
}

const std::string& Endpoint::place() const { return impl_->place; }

std::vector<std::uint8_t> Endpoint::take(std::optional<std::chrono::microseconds> patience) {
  std::vector<std::uint8_t> bytes;
  {
    std::unique_lock lock(impl_->mutex);
    const auto ready = [this] { return !impl_->inbox.empty() || impl_->stopped; };
    if (patience) {
      impl_->arrived.wait_for(lock, *patience, ready);
    } else {
      impl_->arrived.wait(lock, ready);
    }
    bytes.swap(impl_->inbox);
  }
  if (bytes.size() >= kInboxLimit)
    asio::post(impl_->context, [impl = impl_.get()] { impl->start_read(); });
  return bytes;
}

void Endpoint::send(std::span<const std::uint8_t> bytes) {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->outbox.insert(impl_->outbox.end(), bytes.begin(), bytes.end());
    while (impl_->outbox.size() > kOutboxLimit) impl_->outbox.pop_front();
  }
  asio::post(impl_->context, [impl = impl_.get()] { impl->start_write(); });
}

void Endpoint::stop() { impl_->stop(); }

bool Endpoint::stopped() const { return impl_->stopped; }

void Endpoint::stop_on_signals() {
  impl_->signals.add(SIGINT);
  impl_->signals.add(SIGTERM);
  impl_->signals.async_wait([impl = impl_.get()](error_code error, int) {
    if (!error) impl->stop();
  });
}

}  // namespace spikemesh::sim
