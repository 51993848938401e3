// SPDX-License-Identifier: Apache-2.0
#pragma once
// A program of the management core, compiled for the host, on the model of a chip: its accesses go
// through the word port, and take their time. What differs from a core: cycles of instructions,
// which are none; OWNER, which is always the core; and that a program which waits for mail has
// ended.

#include <cstdint>
#include <deque>
#include <vector>

#include "model/chip.hpp"

namespace spikemesh::test {

class CoreOnHost {
 public:
  enum class End { waits, stopped, exited };

  CoreOnHost(const spec::Build& build, const model::Faults& faults);

  /// A soft reset, and an image tag with which steps can be run.
  void reset();
  /// Starts `program` and gives it words in its mailbox.
  End run(int (*program)(), std::deque<std::uint32_t> mail);
  /// What stopped it.
  std::uint32_t stop_address = 0;
  spec::Status stop_status = spec::Status::ok;
  /// What it put into its mailbox since the last call.
  std::vector<std::uint32_t> receive();

  model::Chip& chip() { return chip_; }

  // For the library of firmware (on_host.cpp)
  std::uint32_t load(std::uint32_t address);
  void store(std::uint32_t address, std::uint32_t value);
  std::uint32_t take();
  void put(std::uint32_t word) { out_.push_back(word); }
  std::uint32_t waiting() const { return static_cast<std::uint32_t>(in_.size()); }
  std::uint64_t time() const { return chip_.cycle() / 2; }
  void set_timer(std::uint64_t time) { timer_ = time; }
  std::uint32_t sleep(std::uint32_t irqs);

 private:
  model::WordAnswer access(const model::WordAccess& access);

  model::Chip chip_;
  std::deque<std::uint32_t> in_;
  std::vector<std::uint32_t> out_;
  std::uint64_t timer_ = ~std::uint64_t{0};
  std::uint32_t nonce_ = 0;
};

}  // namespace spikemesh::test
