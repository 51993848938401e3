// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "spikemesh/spec.hpp"

namespace spikemesh {

/// Base class of all exceptions of the host library. The message names the place, the values and
/// the remedy.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The input is wrong: a file, a network, a spike, an option.
class InputError : public Error {
 public:
  using Error::Error;
};

/// The port of the chip cannot be opened, or its other end is gone.
class TransportError : public Error {
 public:
  using Error::Error;
};

/// The port is open, but no answer came in the allowed time.
class LinkError : public Error {
 public:
  using Error::Error;
};

/// No SpikeMesh chip answers, or one built from another specification.
class SpecError : public Error {
 public:
  using Error::Error;
};

/// The chip was reset since the image was loaded, or stopped, or lost spikes.
class RunError : public Error {
 public:
  using Error::Error;
};

/// The memory of the chip differs from what was written, as the read-back shows.
class VerifyError : public Error {
 public:
  using Error::Error;
};

/// The chip refused a request with a status other than ok.
class ChipError : public Error {
 public:
  /// `action` is "read" or "write"; the word is the first that was refused.
  ChipError(const std::string& action, std::uint16_t tile, std::uint32_t address,
            spec::Status status);
  /// Tile field of the request (spec::Tile).
  std::uint16_t tile() const { return tile_; }
  /// Address of the first word that was refused.
  std::uint32_t address() const { return address_; }
  /// Why the chip refused it.
  spec::Status status() const { return status_; }

 private:
  std::uint16_t tile_;
  std::uint32_t address_;
  spec::Status status_;
};

/// The tile field of a frame that means the host tile.
inline constexpr std::uint16_t kHostTileField = 0x8000;
static_assert(spec::Tile{.host = 1}.pack() == kHostTileField);

/// The name of a word of the chip, for messages: "tile (1, 0), synapse word 17", "host tile,
/// register RUN_TAG".
std::string word_name(std::uint16_t tile, std::uint32_t address);

}  // namespace spikemesh
