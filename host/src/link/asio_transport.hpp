// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bytes over any Asio stream. Only transport_serial.cpp and transport_tcp.cpp see Asio.

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <span>
#include <string>
#include <utility>  // before Asio 1.74 under C++20
#include <vector>

#include "spikemesh/error.hpp"
#include "spikemesh/link/transport.hpp"

namespace spikemesh {

/// What is said of a port that serves another host.
inline std::string busy_message(const std::string& name) {
  return name + ": another program has this port open: end it first (one host a chip)";
}

/// Keeps one read under way, so that writing never waits for an end that waits for us to read,
/// until there are kMostUnread bytes that nobody asks for: who floods us feels back-pressure.
template <typename Stream>
class AsioTransport : public Transport {
 public:
  AsioTransport(std::unique_ptr<boost::asio::io_context> io, Stream stream, std::string name)
      : io_(std::move(io)), stream_(std::move(stream)), name_(std::move(name)) {
    start_read();
  }
  ~AsioTransport() override {
    boost::system::error_code ignored;
    stream_.close(ignored);
    io_->restart();
    io_->poll();  // the read that was under way ends, cancelled
  }
  AsioTransport(const AsioTransport&) = delete;
  AsioTransport& operator=(const AsioTransport&) = delete;

  void write(std::span<const std::uint8_t> bytes) override {
    while (!bytes.empty()) bytes = bytes.subspan(write_part(bytes));
  }

  std::size_t write_some(std::span<const std::uint8_t> bytes) override {
    if (failed_) fail(error_);
    const ssize_t sent = send_now(bytes);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return 0;
    fail({errno, boost::system::system_category()});
  }

  std::size_t read(std::span<std::uint8_t> bytes, std::chrono::microseconds timeout) override {
    const auto until = std::chrono::steady_clock::now() + timeout;
    io_->restart();
    io_->poll();
    while (taken_ == received_.size() && !failed_) {
      io_->restart();
      if (io_->run_one_until(until) == 0) return 0;
    }
    if (taken_ == received_.size()) fail(error_);
    const std::size_t count = std::min(bytes.size(), received_.size() - taken_);
    std::memcpy(bytes.data(), received_.data() + taken_, count);
    taken_ += count;
    if (taken_ == received_.size() || taken_ >= kMostUnread / 2) {
      received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(taken_));
      taken_ = 0;
    }
    if (!reading_ && !failed_) start_read();
    return count;
  }

 protected:
  Stream& stream() { return stream_; }
  const std::string& name() const { return name_; }

 private:
  static constexpr std::chrono::seconds kWriteTimeout{10};
  /// More than a chip can owe: replies under way are at most four receive buffers of 64 KiB.
  static constexpr std::size_t kMostUnread = 1 << 20;

  void start_read() {
    reading_ = received_.size() - taken_ < kMostUnread;
    if (!reading_) return;
    stream_.async_read_some(
        boost::asio::buffer(chunk_),
        [this](const boost::system::error_code& error, std::size_t count) {
          const auto end = chunk_.begin() + static_cast<std::ptrdiff_t>(count);
          received_.insert(received_.end(), chunk_.begin(), end);
          const std::size_t more = std::min(count, kBusyAnswer.size() - first_.size());
          first_.append(chunk_.begin(), chunk_.begin() + static_cast<std::ptrdiff_t>(more));
          if (!error) return start_read();
          reading_ = false;
          failed_ = true;
          error_ = error;
        });
  }

  ssize_t send_now(std::span<const std::uint8_t> bytes) {
    if constexpr (requires(Stream & stream) { stream.remote_endpoint(); }) {
      return ::send(stream_.native_handle(), bytes.data(), bytes.size(),
                    MSG_DONTWAIT | MSG_NOSIGNAL);
    } else {
      return ::write(stream_.native_handle(), bytes.data(), bytes.size());  // Asio opened it so
    }
  }

  /// Sends some bytes and returns how many.
  std::size_t write_part(std::span<const std::uint8_t> bytes) {
    if (failed_) fail(error_);
    bool done = false;
    std::size_t sent = 0;
    boost::system::error_code error;
    stream_.async_write_some(boost::asio::buffer(bytes.data(), bytes.size()),
                             [&](const boost::system::error_code& result, std::size_t count) {
                               done = true;
                               sent = count;
                               error = result;
                             });
    const auto until = std::chrono::steady_clock::now() + kWriteTimeout;
    while (!done) {
      io_->restart();
      if (io_->run_one_until(until) > 0) continue;
      stream_.cancel();
      while (!done) {
        io_->restart();
        io_->run_one();
      }
      failed_ = true;
      throw TransportError(name_ + ": the other end takes no bytes for " +
                           std::to_string(kWriteTimeout.count()) +
                           " s: is the chip or emulator stopped, or hardware flow control on?");
    }
    if (error) fail(error);
    return sent;
  }

  [[noreturn]] void fail(const boost::system::error_code& error) {
    if (!failed_) io_->restart(), io_->poll();  // what it said at last
    failed_ = true;
    error_ = error;
    if (first_ == kBusyAnswer) throw TransportError(busy_message(name_));
    throw TransportError(name_ + ": the other end is gone (" + error.message() +
                         "): start the emulator, or plug the board in, and connect again");
  }

  std::unique_ptr<boost::asio::io_context> io_;  // outlives the stream
  Stream stream_;
  std::string name_;
  std::array<std::uint8_t, 16384> chunk_;
  std::vector<std::uint8_t> received_;
  std::size_t taken_ = 0;
  std::string first_;  ///< what came first of all, as long as kBusyAnswer
  bool reading_ = false;
  bool failed_ = false;
  boost::system::error_code error_;
};

}  // namespace spikemesh
