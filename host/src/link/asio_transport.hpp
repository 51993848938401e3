// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bytes over any Asio stream. Only transport_serial.cpp and transport_tcp.cpp see Asio.

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstring>
#include <span>
#include <string>
#include <utility>  // before Asio 1.74 under C++20
#include <vector>

#include "spikemesh/error.hpp"
#include "spikemesh/transport.hpp"

namespace spikemesh {

/// Keeps one read under way at all times, so that writing never waits for an end that waits for us
/// to read.
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
    while (!bytes.empty()) bytes = bytes.subspan(write_some(bytes));
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
    if (taken_ == received_.size()) {
      received_.clear();
      taken_ = 0;
    }
    return count;
  }

 protected:
  Stream& stream() { return stream_; }
  const std::string& name() const { return name_; }

 private:
  static constexpr std::chrono::seconds kWriteTimeout{10};

  void start_read() {
    stream_.async_read_some(boost::asio::buffer(chunk_),
                            [this](const boost::system::error_code& error, std::size_t count) {
                              received_.insert(received_.end(), chunk_.begin(),
                                               chunk_.begin() + static_cast<std::ptrdiff_t>(count));
                              if (!error) return start_read();
                              failed_ = true;
                              error_ = error;
                            });
  }

  /// Sends some bytes and returns how many.
  std::size_t write_some(std::span<const std::uint8_t> bytes) {
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
    failed_ = true;
    error_ = error;
    throw TransportError(name_ + ": the other end is gone (" + error.message() +
                         "): start the emulator, or plug the board in, and connect again");
  }

  std::unique_ptr<boost::asio::io_context> io_;  // outlives the stream
  Stream stream_;
  std::string name_;
  std::array<std::uint8_t, 16384> chunk_;
  std::vector<std::uint8_t> received_;
  std::size_t taken_ = 0;
  bool failed_ = false;
  boost::system::error_code error_;
};

}  // namespace spikemesh
