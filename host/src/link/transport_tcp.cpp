// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <utility>  // before Asio 1.74 under C++20

#include "link/asio_transport.hpp"
#include "link/transport_open.hpp"
#include "spikemesh/number.hpp"

namespace spikemesh {
namespace {

using boost::asio::ip::tcp;

constexpr std::chrono::seconds kConnectTimeout{5};

struct Place {
  std::string host, port;
};

Place parse(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  Place place;
  if (colon != std::string::npos) {
    place = {text.substr(0, colon), text.substr(colon + 1)};
    if (place.host.size() > 2 && place.host.front() == '[' && place.host.back() == ']') {
      place.host = place.host.substr(1, place.host.size() - 2);
    }
  }
  if (place.host.empty() || !parse_integer(place.port, 1, 65535)) {
    throw TransportError("tcp:" + text + ": this is not tcp:HOST:PORT with a port of 1..65535");
  }
  return place;
}

void connect(boost::asio::io_context& io, tcp::socket& socket, const Place& place,
             const std::string& name) {
  boost::system::error_code error;
  tcp::resolver resolver(io);
  const auto found = resolver.resolve(place.host, place.port, error);
  if (error) throw TransportError(name + ": no such host (" + error.message() + ")");
  bool done = false;
  boost::asio::async_connect(socket, found,
                             [&](const boost::system::error_code& result, const tcp::endpoint&) {
                               done = true;
                               error = result;
                             });
  io.run_for(kConnectTimeout);
  if (!done) {
    boost::system::error_code ignored;
    socket.close(ignored);
    io.restart();
    io.run();  // the handler refers to this frame
    throw TransportError(name + ": no answer for " + std::to_string(kConnectTimeout.count()) +
                         " s: is the host up, and the port open in its firewall?");
  }
  if (error) {
    throw TransportError(name + ": " + error.message() +
                         ": is the emulator running there, with this port?");
  }
}

}  // namespace

std::unique_ptr<Transport> open_tcp(const std::string& text) {
  const std::string name = "tcp:" + text;
  const Place place = parse(text);
  auto io = std::make_unique<boost::asio::io_context>();
  tcp::socket socket(*io);
  connect(*io, socket, place, name);
  socket.set_option(tcp::no_delay(true));
  // What was not sent when we leave is not wanted any more: the other end sees at once that we
  // left.
  socket.set_option(boost::asio::socket_base::linger(true, 0));
  return std::make_unique<AsioTransport<tcp::socket>>(std::move(io), std::move(socket), name);
}

}  // namespace spikemesh
