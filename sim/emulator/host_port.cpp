// SPDX-License-Identifier: Apache-2.0
#include "sim/emulator/host_port.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <utility>
// Boost 1.74 in C++20 needs <utility> before it.
#include <array>
#include <boost/asio.hpp>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>

#include "sim/emulator/pty.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/link/transport.hpp"
#include "spikemesh/number.hpp"

namespace spikemesh::sim {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// After a connection could not be taken because the system was short of something.
constexpr auto kAcceptAgain = std::chrono::milliseconds(100);

/// Bytes that a client may have sent before its coming is seen.
constexpr std::size_t kFirstWords = 1024;

std::uint16_t parse_port(const std::string& link, const std::string& text) {
  const auto port = parse_integer(text, 0, 65535);
  if (!port) {
    throw InputError(
        fmt::format("--link {}: \"{}\" is no port; use tcp:0 to tcp:65535", link, text));
  }
  return static_cast<std::uint16_t>(*port);
}

/// Whether the other end has closed, even if bytes of it are still to be read.
bool has_left(tcp::socket& socket) {
  pollfd state{socket.native_handle(), POLLRDHUP, 0};
  return ::poll(&state, 1, 0) == 1 && (state.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

void refuse(tcp::socket socket) {
  error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(kBusyAnswer.data(), kBusyAnswer.size()), ignored);
  socket.shutdown(tcp::socket::shutdown_send, ignored);
}

}  // namespace

/// All of it but the queues belongs to the Asio thread.
struct HostPort::Impl {
  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::unique_ptr<Pty> pty;
  std::unique_ptr<asio::posix::stream_descriptor> terminal, openers;
  std::unique_ptr<tcp::acceptor> acceptor;
  std::unique_ptr<tcp::socket> client;
  asio::steady_timer again{context};
  asio::signal_set signals{context};
  std::string place;

  std::array<std::uint8_t, 4096> read_buffer{};
  std::vector<std::uint8_t> writing;
  bool reading = false;
  unsigned generation = 0;  ///< answers of operations of an earlier client are ignored

  std::mutex mutex;
  std::condition_variable changed;
  // guarded by mutex
  std::vector<std::uint8_t> inbox, outbox;
  std::uint64_t session = 0;
  bool present = false;  ///< there is a client
  bool paused = false;   ///< reading waits for room in the inbox
  bool stopped = false;
  std::thread thread;

  void open(const std::string& link);
  void open_pty(const std::string& link_path);
  void open_tcp(const std::string& link);
  void accept();
  void on_accept(tcp::socket socket);
  void watch_openers();
  /// Who has come and gone. `read` bytes were just taken from the terminal: whether they are for
  /// the client of now.
  bool look_at_openers(std::size_t read);
  void start_read();
  void start_write();
  void on_read(error_code error, std::size_t count);
  void on_written(error_code error);
  void arrive();
  void leave();
  void stop();
  /// Calls `act` unless the client that it was made for has gone.
  template <typename Act>
  auto of_this_client(Act act) {
    return [this, act, mine = generation](error_code error, std::size_t count) {
      if (mine == generation) act(error, count);
    };
  }
};

void HostPort::Impl::open(const std::string& link) {
  if (link == "pty" || link.rfind("pty:", 0) == 0) {
    open_pty(link == "pty" ? "" : link.substr(4));
  } else if (link.rfind("tcp:", 0) == 0) {
    open_tcp(link);
  } else {
    throw InputError(fmt::format("--link {}: use pty, pty:PATH or tcp:PORT", link));
  }
}

void HostPort::Impl::open_pty(const std::string& link_path) {
  pty = std::make_unique<Pty>(link_path);
  place = pty->place();
  terminal = std::make_unique<asio::posix::stream_descriptor>(context, pty->master());
  openers = std::make_unique<asio::posix::stream_descriptor>(context, pty->watch());
  watch_openers();
  start_read();
}

void HostPort::Impl::open_tcp(const std::string& link) {
  const tcp::endpoint where(asio::ip::address_v4::loopback(), parse_port(link, link.substr(4)));
  try {
    acceptor = std::make_unique<tcp::acceptor>(context, where);
    acceptor->set_option(tcp::acceptor::receive_buffer_size(kMost));  // of its connections
  } catch (const boost::system::system_error& error) {
    const bool taken =
        error.code() == asio::error::address_in_use || error.code() == asio::error::access_denied;
    throw InputError(fmt::format(
        "--link {}: {}; {}", link, error.code().message(),
        taken ? "use tcp:0 for a free port" : "end other programs, or raise `ulimit -n`"));
  }
  place = fmt::format("tcp:127.0.0.1:{}", acceptor->local_endpoint().port());
  accept();
}

/// Goes on for ever: a shortage of descriptors or of memory passes.
void HostPort::Impl::accept() {
  acceptor->async_accept([this](error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
      on_accept(std::move(socket));
      return accept();
    }
    again.expires_after(kAcceptAgain);
    again.async_wait([this](error_code) { accept(); });
  });
}

void HostPort::Impl::on_accept(tcp::socket socket) {
  if (client && has_left(*client)) leave();
  if (client) return refuse(std::move(socket));
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  client = std::make_unique<tcp::socket>(std::move(socket));
  arrive();
  start_read();
}

void HostPort::Impl::watch_openers() {
  openers->async_wait(asio::posix::stream_descriptor::wait_read, [this](error_code error) {
    if (error) return;
    look_at_openers(0);
    watch_openers();
  });
}

bool HostPort::Impl::look_at_openers(std::size_t read) {
  const Pty::Change change = pty->look();
  bool ours = true;
  if (change.came) {
    bool old = false, full = false;
    {
      const std::lock_guard lock(mutex);
      old = present;
      full = paused;
    }
    if (old) leave();
    // What was just read and what the system still holds is of the client before, unless it is
    // little enough to be the first words of the new one.
    if (full || read + pty->unread() > kFirstWords) {
      pty->drop_input();
      ours = false;
    }
    arrive();
    start_read();
  }
  if (change.left) leave();
  return ours;
}

/// What the client before left, in either direction, is not for this one.
void HostPort::Impl::arrive() {
  const std::lock_guard lock(mutex);
  ++session;
  present = true;
  paused = false;
  inbox.clear();
  outbox.clear();
}

/// What the client has sent still goes to the chip, until another client comes.
void HostPort::Impl::leave() {
  ++generation;
  writing.clear();
  if (client) {
    client.reset();
    reading = false;
  } else {
    terminal->cancel();
    pty->drop_output();
    reading = false;
    start_read();
  }
  {
    const std::lock_guard lock(mutex);
    present = false;
    outbox.clear();
  }
  changed.notify_all();
}

void HostPort::Impl::start_read() {
  if (reading || !(terminal || client)) return;
  {
    const std::lock_guard lock(mutex);
    paused = inbox.size() >= kMost;
    if (paused) return;  // take() calls again
  }
  reading = true;
  const auto done =
      of_this_client([this](error_code error, std::size_t count) { on_read(error, count); });
  if (terminal) {
    terminal->async_read_some(asio::buffer(read_buffer), done);
  } else {
    client->async_read_some(asio::buffer(read_buffer), done);
  }
}

void HostPort::Impl::on_read(error_code error, std::size_t count) {
  reading = false;
  if (error) {
    if (client) leave();  // a pseudo-terminal has no end: its slave is open here
    return;
  }
  const auto end = read_buffer.begin() + static_cast<std::ptrdiff_t>(count);
  const std::vector<std::uint8_t> bytes(read_buffer.begin(), end);
  if (pty && !look_at_openers(count)) return start_read();
  {
    const std::lock_guard lock(mutex);
    inbox.insert(inbox.end(), bytes.begin(), bytes.end());
  }
  changed.notify_all();
  start_read();
}

void HostPort::Impl::start_write() {
  if (!writing.empty()) return;
  {
    const std::lock_guard lock(mutex);
    if (!present) return;
    writing.swap(outbox);
  }
  changed.notify_all();  // there is room
  if (writing.empty()) return;
  const auto done = of_this_client([this](error_code error, std::size_t) { on_written(error); });
  if (terminal) {
    asio::async_write(*terminal, asio::buffer(writing), done);
  } else {
    asio::async_write(*client, asio::buffer(writing), done);
  }
}

void HostPort::Impl::on_written(error_code error) {
  writing.clear();
  if (!error) return start_write();
  if (client) leave();
}

void HostPort::Impl::stop() {
  {
    const std::lock_guard lock(mutex);
    stopped = true;
  }
  changed.notify_all();
}

HostPort::HostPort(const std::string& link) : impl_(std::make_unique<Impl>()) {
  impl_->open(link);
  impl_->thread = std::thread([impl = impl_.get()] { impl->context.run(); });
}

HostPort::~HostPort() {
  stop();
  impl_->context.stop();
  impl_->thread.join();
}

const std::string& HostPort::place() const { return impl_->place; }

HostPort::Input HostPort::take(std::size_t most,
                               std::optional<std::chrono::microseconds> patience) {
  Input input;
  std::unique_lock lock(impl_->mutex);
  const auto ready = [this] { return !impl_->inbox.empty() || impl_->stopped; };
  if (patience) {
    impl_->changed.wait_for(lock, *patience, ready);
  } else {
    impl_->changed.wait(lock, ready);
  }
  std::vector<std::uint8_t>& inbox = impl_->inbox;
  const auto end = inbox.begin() + static_cast<std::ptrdiff_t>(std::min(most, inbox.size()));
  input.session = impl_->session;
  input.bytes.assign(inbox.begin(), end);
  inbox.erase(inbox.begin(), end);
  if (impl_->paused && inbox.size() < kMost)
    asio::post(impl_->context, [impl = impl_.get()] { impl->start_read(); });
  return input;
}

void HostPort::send(std::uint64_t session, std::span<const std::uint8_t> bytes) {
  std::unique_lock lock(impl_->mutex);
  const auto heard = [&] { return impl_->present && impl_->session == session; };
  if (!heard()) return;
  impl_->outbox.insert(impl_->outbox.end(), bytes.begin(), bytes.end());
  asio::post(impl_->context, [impl = impl_.get()] { impl->start_write(); });
  impl_->changed.wait(lock,
                      [&] { return impl_->outbox.size() <= kMost || !heard() || impl_->stopped; });
}

void HostPort::stop() { impl_->stop(); }

bool HostPort::stopped() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->stopped;
}

void HostPort::stop_on_signals() {
  impl_->signals.add(SIGINT);
  impl_->signals.add(SIGTERM);
  impl_->signals.async_wait([impl = impl_.get()](error_code error, int) {
    if (!error) impl->stop();
  });
}

}  // namespace spikemesh::sim
