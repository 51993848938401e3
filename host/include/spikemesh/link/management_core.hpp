// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "spikemesh/link/client.hpp"
#include "spikemesh/mgmt.hpp"

namespace spikemesh {

/// What a chip says about its management core.
struct CoreInfo {
  std::uint32_t divide = 0;         ///< cycles of the chip in a cycle of the core
  std::uint32_t program_words = 0;  ///< of the program memory
  std::uint32_t data_words = 0;     ///< of the data memory
};

/// What the management core does, or why it stands still.
struct CoreState {
  bool running = false;
  bool asleep = false;                            ///< it waits for an interrupt
  spec::MgmtOwner owner = spec::MgmtOwner::host;  ///< of the run
  spec::MgmtStop cause = spec::MgmtStop::none;    ///< of the stop
  std::uint32_t pc = 0, address = 0, status = 0;  ///< of the stop (docs/registers.md)
};
/// A sentence: "the core stopped at pc 0x00d00154: ...".
std::string to_text(const CoreState& state);

/// The management core of a chip, over the link (docs/blocks/management_core.md): programs,
/// mailbox, ownership of the run. All functions throw what Client throws.
class ManagementCore {
 public:
  /// `client` is connected, and has to outlive this. Throws SpecError when the chip has no core, or
  /// one of another specification.
  explicit ManagementCore(Client& client);

  /// Sizes of the core.
  const CoreInfo& info() const { return info_; }
  /// What it does now.
  CoreState state();

  /// Stops the core, writes a program image (docs/firmware.md) and reads it back. What the
  /// mailboxes held is dropped. `name` is for messages. Throws InputError when these bytes are no
  /// image, or one for another specification or a larger core; VerifyError.
  void load(std::span<const std::uint8_t> image, const std::string& name);
  /// Starts the program that was loaded; the core must not run.
  void start();
  /// Stops it, wherever it is.
  void stop();
  /// The run goes to the core, which must run, or comes back to the host.
  void give_run(spec::MgmtOwner owner);

  /// Puts words into the mailbox to the core. Returns how many had room.
  std::size_t send(std::span<const std::uint32_t> words);
  /// Puts all of them there, waiting while the mailbox is full. Throws RunError when the core takes
  /// none for `patience`, or has stopped.
  void send_all(std::span<const std::uint32_t> words, std::chrono::milliseconds patience);
  /// Takes all words that wait in the mailbox from the core.
  std::vector<std::uint32_t> receive();

 private:
  std::uint32_t read(spec::MgmtRegister which);
  void write(spec::MgmtRegister which, std::uint32_t value);
  void check(std::span<const std::uint32_t> words, const std::string& name) const;

  Client& client_;
  CoreInfo info_;
};

/// What a program says at once (docs/firmware.md).
struct CoreMessage {
  std::uint32_t kind = 0;  ///< 1: text
  std::vector<std::uint32_t> words;
};

/// Puts the messages of a program together from the words of its mailbox.
class CoreMessages {
 public:
  /// Takes words as they come; returns the messages that they end, in order.
  std::vector<CoreMessage> take(std::span<const std::uint32_t> words);

 private:
  std::vector<std::uint32_t> held_;  ///< of a message that has not ended
};

/// The text among them.
class CoreLog {
 public:
  /// Takes words as they come; returns the text of all messages that they end, in order.
  std::string take(std::span<const std::uint32_t> words);

 private:
  CoreMessages messages_;
};

}  // namespace spikemesh
