// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/link/management_core.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "spikemesh/error.hpp"

namespace spikemesh {
namespace {

using spec::MgmtRegister;
using spec::MgmtStop;

constexpr std::uint32_t kTextKind = 1;
constexpr std::size_t kHeaderWords = 4;
constexpr std::chrono::microseconds kFullPause{100};
constexpr const char* kOneSpec = "build both from one rtl/spec/chip.json";

std::uint32_t address_of(MgmtRegister which) {
  return spec::kMgmtRegistersBase + static_cast<std::uint32_t>(which);
}

std::vector<std::uint32_t> words_of(std::span<const std::uint8_t> bytes) {
  std::vector<std::uint32_t> words((bytes.size() + 3) / 4);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    words[i / 4] |= static_cast<std::uint32_t>(bytes[i]) << 8 * (i % 4);
  return words;
}

/// Registers of the core in one read, from the first on. A chip without a core has no such words.
std::vector<std::uint32_t> registers_of(Client& client) {
  try {
    return client.read(kHostTileField, spec::kMgmtRegistersBase,
                       static_cast<std::uint32_t>(spec::kMgmtRegisters.size()));
  } catch (const ChipError& error) {
    if (error.status() != spec::Status::bad_address) throw;
    throw SpecError(
        "the chip has no management core; build one that has it (docs/blocks/management_core.md), "
        "or emulate it: spikemesh emulate --executor rtl --management-core");
  }
}

std::string reason(const CoreState& state) {
  switch (state.cause) {
    case MgmtStop::none:
      return "the core was not started since the chip was reset";
    case MgmtStop::host:
      return fmt::format("the host stopped the core at pc {:#010x}", state.pc);
    case MgmtStop::exit:
      return fmt::format("the program ended with code {}", static_cast<std::int32_t>(state.status));
    case MgmtStop::trap:
      return fmt::format("exception {:#x} at pc {:#010x}, value {:#010x}", state.status, state.pc,
                         state.address);
    case MgmtStop::bus:
      return fmt::format("the access to byte address {:#010x} at pc {:#010x} was answered {}",
                         state.address, state.pc,
                         spec::to_string(static_cast<spec::Status>(state.status)));
    case MgmtStop::double_fault:
      return fmt::format("an exception within an exception, at pc {:#010x}, value {:#010x}",
                         state.pc, state.address);
    case MgmtStop::watchdog:
      return fmt::format("the watchdog stopped the core near pc {:#010x}", state.pc);
  }
  return fmt::format("the core stopped for a reason {} that this host does not know",
                     static_cast<unsigned>(state.cause));
}

}  // namespace

std::string to_text(const CoreState& state) {
  if (!state.running) return reason(state);
  return fmt::format("the core runs{}; the {} owns the run", state.asleep ? " and sleeps" : "",
                     spec::to_string(state.owner));
}

ManagementCore::ManagementCore(Client& client) : client_(client) {
  const std::vector<std::uint32_t> words = registers_of(client);
  const auto get = [&words](MgmtRegister which) { return words[static_cast<std::size_t>(which)]; };
  if (get(MgmtRegister::abi) != spec::kMgmtAbi || get(MgmtRegister::hash) != spec::kMgmtHash)
    throw SpecError(fmt::format(
        "the management core has ABI {} and hash {:#010x}, this host {} and {:#010x}: {}",
        get(MgmtRegister::abi), get(MgmtRegister::hash), spec::kMgmtAbi, spec::kMgmtHash,
        kOneSpec));
  info_ = {get(MgmtRegister::divide), get(MgmtRegister::program_words),
           get(MgmtRegister::data_words)};
  if (info_.data_words < 2 * spec::kMgmtMailbox)
    throw SpecError(
        fmt::format("the management core says that it has {} words of data memory, "
                    "fewer than its mailboxes; build it from rtl/mgmt",
                    info_.data_words));
}

std::uint32_t ManagementCore::read(MgmtRegister which) {
  return client_.read(kHostTileField, address_of(which), 1).front();
}

void ManagementCore::write(MgmtRegister which, std::uint32_t value) {
  client_.write(kHostTileField, address_of(which), std::span(&value, 1));
}

CoreState ManagementCore::state() {
  const std::vector<std::uint32_t> words = registers_of(client_);
  const auto get = [&words](MgmtRegister which) { return words[static_cast<std::size_t>(which)]; };
  const auto status = spec::MgmtStatus::unpack(get(MgmtRegister::status));
  return {.running = status.running != 0,
          .asleep = status.asleep != 0,
          .owner = static_cast<spec::MgmtOwner>(get(MgmtRegister::owner)),
          .cause = static_cast<MgmtStop>(get(MgmtRegister::stop_cause)),
          .pc = get(MgmtRegister::stop_pc),
          .address = get(MgmtRegister::stop_address),
          .status = get(MgmtRegister::stop_status)};
}

void ManagementCore::check(std::span<const std::uint32_t> words, const std::string& name) const {
  constexpr std::size_t at = spec::kMgmtImageWord;
  if (words.size() < at + kHeaderWords || words[at] != spec::kMgmtImageMagic)
    throw InputError(fmt::format(
        "{}: this is no program image: the bytes SMFW are not at byte {}; name the .bin file that "
        "CMake makes of a program in firmware/",
        name, 4 * at));
  if (words[at + 1] != spec::kMgmtAbi || words[at + 2] != spec::kMgmtHash)
    throw InputError(
        fmt::format("{}: the program was built for ABI {} and hash {:#010x}, but the chip has {} "
                    "and {:#010x}: {}",
                    name, words[at + 1], words[at + 2], spec::kMgmtAbi, spec::kMgmtHash, kOneSpec));
  const auto sizes = spec::MgmtImage::unpack(words[at + 3]);
  const auto fits = [](std::uint32_t bits, std::uint32_t room) {
    return bits < 32 && (std::uint32_t{1} << bits) <= room;
  };
  if (words.size() > info_.program_words || !fits(sizes.program_bits, info_.program_words) ||
      !fits(sizes.data_bits, info_.data_words))
    throw InputError(fmt::format(
        "{}: the program needs 2^{} words of program and 2^{} words of data memory, but the chip "
        "has {} and {}; make the program smaller, or build the chip with more",
        name, sizes.program_bits, sizes.data_bits, info_.program_words, info_.data_words));
}

void ManagementCore::load(std::span<const std::uint8_t> image, const std::string& name) {
  const std::vector<std::uint32_t> words = words_of(image);
  check(words, name);
  stop();
  client_.write(kHostTileField, spec::kMgmtProgramBase, words);
  const std::vector<std::uint32_t> there = client_.read(kHostTileField, spec::kMgmtProgramBase,
                                                        static_cast<std::uint32_t>(words.size()));
  const auto [wrong, right] = std::mismatch(there.begin(), there.end(), words.begin());
  if (wrong != there.end())
    throw VerifyError(
        fmt::format("program word {} reads {:#010x}, but {:#010x} was written; load again",
                    wrong - there.begin(), *wrong, *right));
  write(MgmtRegister::out_read, read(MgmtRegister::out_write));
}

void ManagementCore::start() {
  const std::uint32_t last = read(MgmtRegister::control);
  std::uint32_t value = client_.nonce();
  while (value == last) value = client_.nonce();
  write(MgmtRegister::control, value);
}

void ManagementCore::stop() { write(MgmtRegister::control, 0); }

void ManagementCore::give_run(spec::MgmtOwner owner) {
  write(MgmtRegister::owner, static_cast<std::uint32_t>(owner));
}

std::size_t ManagementCore::send(std::span<const std::uint32_t> words) {
  const std::uint32_t first = read(MgmtRegister::in_write);
  const std::uint32_t held = first - read(MgmtRegister::in_read);
  const std::size_t count = std::min<std::size_t>(words.size(), spec::kMgmtMailbox - held);
  const std::uint32_t base = spec::kMgmtDataBase + info_.data_words - 2 * spec::kMgmtMailbox;
  std::vector<Block> blocks;
  for (std::uint32_t i = 0; i < count; ++i)
    blocks.push_back({kHostTileField, base + (first + i) % spec::kMgmtMailbox, {words[i]}});
  if (count == 0) return 0;
  client_.write(blocks);
  write(MgmtRegister::in_write, first + static_cast<std::uint32_t>(count));
  return count;
}

void ManagementCore::send_all(std::span<const std::uint32_t> words,
                              std::chrono::milliseconds patience) {
  auto last = client_.now();
  while (!words.empty()) {
    const std::size_t sent = send(words);
    words = words.subspan(sent);
    if (sent > 0) {
      last = client_.now();
      continue;
    }
    const CoreState now = state();
    if (!now.running || client_.now() - last > patience)
      throw RunError(fmt::format("the core takes no words from its mailbox, {} are left: {}",
                                 words.size(), to_text(now)));
    client_.wait(kFullPause);
  }
}

std::vector<std::uint32_t> ManagementCore::receive() {
  const std::uint32_t last = read(MgmtRegister::out_write);
  std::uint32_t first = read(MgmtRegister::out_read);
  const std::uint32_t base = spec::kMgmtDataBase + info_.data_words - spec::kMgmtMailbox;
  std::vector<std::uint32_t> words;
  while (first != last) {  // in one piece, or in two around the end
    const std::uint32_t at = first % spec::kMgmtMailbox;
    const std::uint32_t count = std::min(last - first, spec::kMgmtMailbox - at);
    const std::vector<std::uint32_t> part = client_.read(kHostTileField, base + at, count);
    words.insert(words.end(), part.begin(), part.end());
    first += count;
  }
  if (!words.empty()) write(MgmtRegister::out_read, last);
  return words;
}

std::vector<CoreMessage> CoreMessages::take(std::span<const std::uint32_t> words) {
  held_.insert(held_.end(), words.begin(), words.end());
  std::vector<CoreMessage> messages;
  auto at = held_.begin();
  while (at != held_.end()) {
    const std::ptrdiff_t count = *at & 0xFFFF;
    if (held_.end() - at < 1 + count) break;
    messages.push_back({*at >> 16, {at + 1, at + 1 + count}});
    at += 1 + count;
  }
  held_.erase(held_.begin(), at);
  return messages;
}

std::string CoreLog::take(std::span<const std::uint32_t> words) {
  std::string text;
  for (const CoreMessage& message : messages_.take(words)) {
    const std::size_t count = message.words.size();
    if (message.kind != kTextKind)
      text += fmt::format("[message of kind {}, {} words]\n", message.kind, count);
    for (std::size_t i = 0; message.kind == kTextKind && i < 4 * count; ++i)
      if (const char c = static_cast<char>(message.words[i / 4] >> 8 * (i % 4)); c != '\0')
        text += c;
  }
  return text;
}

}  // namespace spikemesh
