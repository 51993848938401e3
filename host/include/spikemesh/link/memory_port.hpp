// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "spikemesh/link/word_port.hpp"

namespace spikemesh {

/// Loads and stores of 32-bit words on a bus that leads to a chip's word port, in order.
/// `address` is of bytes, a multiple of 4, relative to the chip.
class MemoryBus {
 public:
  virtual ~MemoryBus() = default;
  /// The word at `address`.
  virtual std::uint32_t load(std::uint32_t address) = 0;
  /// Writes the word at `address`; it is under way before any later load or store.
  virtual void store(std::uint32_t address, std::uint32_t value) = 0;
  /// Lets time pass while nothing is accessed.
  virtual void wait(std::chrono::microseconds time) = 0;
};

/// The word port of a chip that lies in the memory of the machine. A load or a store does not tell
/// how it ended, so FAULT is read after each: the chip must answer refused accesses without a bus
/// error (ErrorReply = 0, docs/blocks/axi.md). One host at a time.
class MemoryPort final : public WordPort {
 public:
  /// `bus` has to outlive the port. `name` is what messages call the chip's place.
  MemoryPort(MemoryBus& bus, std::string name) : bus_(bus), name_(std::move(name)) {}

  /// Both throw TransportError where no chip answers.
  WordResult read(std::uint32_t address, std::span<std::uint32_t> words) override;
  WordResult write(std::uint32_t address, std::span<const std::uint32_t> words) override;
  void wait(std::chrono::microseconds time) override { bus_.wait(time); }

 private:
  void begin();
  spec::Status ended();

  MemoryBus& bus_;
  std::string name_;
  bool begun_ = false;
};

/// A device file that maps the chip: `/dev/uio0`, or `/dev/mem` from byte `offset` on. The lock of
/// the range ends with the process.
class MappedMemory final : public MemoryBus {
 public:
  /// Bytes of the map: up to the end of the last word of the port.
  static constexpr std::size_t kBytes = spec::kByteFaultAddress + 4;

  /// Throws TransportError, which names the file and the remedy.
  MappedMemory(const std::string& path, std::uint64_t offset);
  ~MappedMemory() override;
  MappedMemory(const MappedMemory&) = delete;
  MappedMemory& operator=(const MappedMemory&) = delete;

  std::uint32_t load(std::uint32_t address) override;
  void store(std::uint32_t address, std::uint32_t value) override;
  void wait(std::chrono::microseconds time) override;

 private:
  volatile std::uint32_t* word(std::uint32_t address) const;

  int handle_ = -1;
  void* memory_ = nullptr;
  std::size_t mapped_ = 0;
};

}  // namespace spikemesh
