// SPDX-License-Identifier: Apache-2.0
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>

#include <boost/asio/serial_port.hpp>
#include <cerrno>
#include <utility>  // before Asio 1.74 under C++20

#include "link/asio_transport.hpp"
#include "link/transport_open.hpp"

namespace spikemesh {
namespace {

using boost::asio::serial_port;

[[noreturn]] void fail_to_open(const std::string& path, const boost::system::error_code& error) {
  switch (error.value()) {
    case ENOENT:
    case ENXIO:
    case ENODEV:
      throw TransportError(path + ": no such port: is the board plugged in, or the emulator " +
                           "running (it prints the path)?");
    case EACCES:
    case EPERM:
      throw TransportError(path +
                           ": no permission to open this port: join the group that owns it " +
                           "(often `dialout`)");
    case EBUSY:
      throw TransportError(busy_message(path));
    case ENOTTY:
    case EINVAL:
    case EISDIR:
      throw TransportError(path + ": this is not a serial port or pseudo-terminal; a TCP port is " +
                           "named tcp:HOST:PORT");
    default:
      throw TransportError(path + ": cannot be opened: " + error.message());
  }
}

bool is_pseudo_terminal(int handle) {
  constexpr unsigned kFirstMajor = 136, kLastMajor = 143;  // Linux, UNIX 98 slaves
  struct stat about {};
  if (fstat(handle, &about) != 0) return false;
  return major(about.st_rdev) >= kFirstMajor && major(about.st_rdev) <= kLastMajor;
}

/// flock keeps other hosts of this library out, and ends with the process, however it ends.
/// TIOCEXCL keeps terminal programs out of a real port too; on a pseudo-terminal it would outlive a
/// host that was killed, because the emulator keeps the terminal alive.
void lock(serial_port& port, const std::string& path) {
  if (flock(port.native_handle(), LOCK_EX | LOCK_NB) != 0) throw TransportError(busy_message(path));
  if (!is_pseudo_terminal(port.native_handle()) && ioctl(port.native_handle(), TIOCEXCL) != 0) {
    throw TransportError(path +
                         ": cannot be locked for this program alone: " + std::strerror(errno));
  }
}

void set_up(serial_port& port, const std::string& path, unsigned baud) {
  boost::system::error_code error;
  port.set_option(serial_port::baud_rate(baud), error);
  if (error) {
    throw TransportError(path + ": a rate of " + std::to_string(baud) + " baud is refused (" +
                         error.message() + "): take a standard rate, such as 115200 or 921600");
  }
  port.set_option(serial_port::character_size(8), error);
  if (!error) port.set_option(serial_port::parity(serial_port::parity::none), error);
  if (!error) port.set_option(serial_port::stop_bits(serial_port::stop_bits::one), error);
  if (!error) port.set_option(serial_port::flow_control(serial_port::flow_control::none), error);
  if (error) throw TransportError(path + ": cannot be set to 8N1: " + error.message());
}

class SerialTransport final : public AsioTransport<serial_port> {
 public:
  SerialTransport(std::unique_ptr<boost::asio::io_context> io, serial_port port, std::string name,
                  unsigned baud)
      : AsioTransport(std::move(io), std::move(port), std::move(name)), baud_(baud) {}

  unsigned baud() const override { return baud_; }
  bool set_baud(unsigned baud) override {
    boost::system::error_code error;
    stream().set_option(serial_port::baud_rate(baud), error);
    if (error) return false;
    baud_ = baud;
    return true;
  }

 private:
  unsigned baud_;
};

}  // namespace

std::unique_ptr<Transport> open_serial(const std::string& path, unsigned baud) {
  auto io = std::make_unique<boost::asio::io_context>();
  serial_port port(*io);
  boost::system::error_code error;
  port.open(path, error);
  if (error) fail_to_open(path, error);
  lock(port, path);
  set_up(port, path, baud);
  tcflush(port.native_handle(), TCIFLUSH);  // replies to an earlier host
  return std::make_unique<SerialTransport>(std::move(io), std::move(port), path, baud);
}

}  // namespace spikemesh
