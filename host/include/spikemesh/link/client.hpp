// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "spikemesh/error.hpp"
#include "spikemesh/image.hpp"
#include "spikemesh/link/chip_info.hpp"
#include "spikemesh/link/frame.hpp"
#include "spikemesh/link/transport.hpp"

namespace spikemesh {

/// Time-outs of a Client, and where its random numbers and its time come from.
struct ClientOptions {
  using Clock = std::chrono::steady_clock;

  /// How long to go on asking without any answer: in connect(), and afterwards. Slow simulations
  /// need more.
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds give_up{60'000};
  /// Shortest silence after which the host asks again; used as it is until the chip's speed is
  /// known.
  std::chrono::milliseconds first_timeout{100};
  std::chrono::milliseconds least_timeout{20};
  /// Seed of the first sequence number and of reset nonces; if unset, the system draws it.
  std::optional<std::uint64_t> seed = {};
  /// Where time comes from (tests bring their own).
  std::function<Clock::time_point()> now = [] { return Clock::now(); };
  /// Of a chip in this process, whose memories and rings (not its registers) can be written and
  /// read at once. Each returns false for what has to go over the link.
  std::function<bool(std::uint16_t tile, std::uint32_t address, std::span<const std::uint32_t>)>
      write_at_once{};
  std::function<bool(std::uint16_t tile, std::uint32_t address, std::span<std::uint32_t>)>
      read_at_once{};
};

/// What happened on the link since the client was made.
struct LinkStats {
  std::uint64_t frames = 0;  ///< sent, with those sent again
  std::uint64_t resent = 0;  ///< sent again because they, or their replies, were lost
  std::uint64_t probes = 0;  ///< reads sent to find out what was lost
  std::uint64_t bytes_out = 0, bytes_in = 0;
  std::uint64_t timeouts = 0;        ///< times without progress
  std::uint64_t stale_replies = 0;   ///< good replies that nobody waited for
  std::uint64_t bad_replies = 0;     ///< frames dropped: CRC, escape or length wrong
  std::uint64_t most_in_flight = 0;  ///< bytes of unanswered requests at the worst moment
};

/// Words to be read.
struct Extent {
  std::uint16_t tile = 0;
  std::uint32_t address = 0;
  std::uint32_t count = 0;
};

/// The host's end of the link (docs/protocol.md): reads and writes words of the chip over a lossy
/// wire.
///
/// Frames that commute (reads; writes to distinct words of memories and rings) go out in a window
/// bounded by the chip's receive buffer; a write to a register goes alone, after everything before
/// it was answered. What was lost is sent again under a new sequence number. Every function returns
/// when all of its frames were answered.
///
/// Errors: LinkError (no answer for `give_up`), TransportError (the other end is gone),
/// ChipError (the chip refused a word), SpecError (connect), std::invalid_argument (misuse).
class Client {
 public:
  /// Takes the transport over; nothing is sent before connect().
  explicit Client(std::unique_ptr<Transport> transport, ClientOptions options = {});
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  /// Finds out which chip is there. Refuses one that is not of this host's specification.
  const ChipInfo& connect();
  /// The same, and asks for this long instead of `give_up`.
  const ChipInfo& connect(std::chrono::milliseconds timeout);
  /// Whether connect() found a chip.
  bool connected() const;
  /// How long to go on asking without any answer, from now on; returns what it was.
  std::chrono::milliseconds set_give_up(std::chrono::milliseconds give_up);
  /// The time that set_give_up, or ClientOptions::give_up, has set.
  std::chrono::milliseconds give_up() const;
  /// By ClientOptions::now.
  ClientOptions::Clock::time_point now() const;
  /// Baud rate of this host's port (Transport::baud); negotiate_baud also changes the chip's.
  unsigned port_baud() const;
  /// Changes the rate of this host's port alone; false where the port does not have that rate.
  bool set_port_baud(unsigned baud);
  /// What the chip told about itself; call it only after connect().
  const ChipInfo& info() const;

  /// `count` words from `address` on: of a tile (spec::TileAddr), or of the host tile
  /// (kHostTileField).
  std::vector<std::uint32_t> read(std::uint16_t tile, std::uint32_t address, std::uint32_t count);
  /// Many pieces in one window; blocks in the order of `extents`.
  std::vector<Block> read(std::span<const Extent> extents);
  /// Tile memories and rings go in one window, registers of the host tile one frame after another.
  void write(std::uint16_t tile, std::uint32_t address, std::span<const std::uint32_t> words);
  /// Many pieces in one window. Blocks that overlap are refused (std::invalid_argument): their
  /// frames do not commute.
  void write(std::span<const Block> blocks);

  /// A register of the host tile.
  std::uint32_t read_register(spec::Register which);
  /// Consecutive registers, sampled in one frame where FRAME_WORDS allows.
  std::vector<std::uint32_t> read_registers(spec::Register first, std::uint32_t count);
  /// Returns when the chip has answered; throws ChipError where it refuses the value.
  void write_register(spec::Register which, std::uint32_t value);
  /// Consecutive registers in one frame, in ascending order.
  void write_registers(spec::Register first, std::span<const std::uint32_t> values);

  /// Sets everything except the link to zero. Returns when the memories are zero, with the nonce
  /// that RESET_NONCE holds until the chip is reset again.
  std::uint32_t reset();
  /// Stops a run at the next step boundary; returns when tile memories answer. Throws RunError when
  /// the chip does not come to one.
  void pause();
  /// Listens for at most this long (an in-process chip runs meanwhile).
  void wait(std::chrono::microseconds time);

  /// Counts since the client was made.
  const LinkStats& stats() const;
  /// A random number that is not zero.
  std::uint32_t nonce();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace spikemesh
