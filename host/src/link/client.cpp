// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/link/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>

#include "link/stall_clock.hpp"
#include "link/window.hpp"

namespace spikemesh {
namespace {

using spec::Register;

constexpr std::uint32_t kLeastFrameWords = 4;  // least FrameWords that a build can have
constexpr std::uint32_t kRegisterSpace = spec::kRingInBase;

constexpr std::uint32_t address_of(Register which) { return static_cast<std::uint32_t>(which); }

template <class Words>  // Block or Extent
bool is_register(const Words& words) {
  return words.tile == kHostTileField && words.address < kRegisterSpace;
}

std::uint64_t draw_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

void refuse_overlap(std::span<const Block> blocks) {
  std::vector<const Block*> order;
  for (const Block& block : blocks) {
    if (!block.words.empty()) order.push_back(&block);
  }
  std::sort(order.begin(), order.end(), [](const Block* a, const Block* b) {
    return std::pair(a->tile, a->address) < std::pair(b->tile, b->address);
  });
  for (std::size_t i = 1; i < order.size(); ++i) {
    const Block &low = *order[i - 1], &high = *order[i];
    if (low.tile == high.tile && high.address < low.address + low.words.size()) {
      throw std::invalid_argument("two blocks of one write hold " +
                                  word_name(high.tile, high.address) +
                                  ": write them one after the other");
    }
  }
}

}  // namespace

struct Client::Impl {
  Impl(std::unique_ptr<Transport> way, ClientOptions given)
      : options(std::move(given)),
        random(options.seed ? *options.seed : draw_seed()),
        transport(std::move(way)),
        window(*transport, options, static_cast<std::uint16_t>(random())) {}

  /// Words of one frame: at least three frames fit the receive buffer, so that the wire never
  /// waits.
  std::uint32_t words_a_write() const {
    const std::uint32_t third = known ? known->build.rx_buffer / 3 : 0;
    const std::uint32_t overhead = spec::kFrameHeader + spec::kCrcBytes + 2;
    const std::uint32_t fit = third > overhead ? (third - overhead) / 4 : 1;
    return std::clamp(fit, 1u, words_a_read());
  }
  std::uint32_t words_a_read() const { return known ? known->build.frame_words : kLeastFrameWords; }

  bool was_written_at_once(const Block& block) const {
    return options.write_at_once && options.write_at_once(block.tile, block.address, block.words);
  }
  bool was_read_at_once(Block& block) const {
    return options.read_at_once && !is_register(block) &&
           options.read_at_once(block.tile, block.address, block.words);
  }

  std::vector<Reply> exchange(std::vector<Request> requests) {
    auto replies =
        window.exchange(std::move(requests), known ? options.give_up : options.connect_timeout);
    for (const Reply& reply : replies) {
      if (reply.status == spec::Status::ok) continue;
      throw ChipError(reply.command == spec::Command::read ? "read" : "write", reply.tile,
                      reply.address + reply.done, reply.status);
    }
    return replies;
  }

  void write_alone(std::uint32_t address, std::span<const std::uint32_t> words) {
    for (std::size_t at = 0; at < words.size(); at += words_a_read()) {
      const auto part = words.subspan(at, std::min<std::size_t>(words_a_read(), words.size() - at));
      exchange({{spec::Command::write,
                 0,
                 kHostTileField,
                 address + static_cast<std::uint32_t>(at),
                 static_cast<std::uint16_t>(part.size()),
                 {part.begin(), part.end()}}});
    }
  }

  ClientOptions options;
  std::mt19937_64 random;
  std::unique_ptr<Transport> transport;
  Window window;
  std::optional<ChipInfo> known;
};

Client::Client(std::unique_ptr<Transport> transport, ClientOptions options)
    : impl_(std::make_unique<Impl>(std::move(transport), std::move(options))) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

const ChipInfo& Client::connect() {
  impl_->known.reset();
  check_identity(read_registers(Register::magic, address_of(Register::version) + 1));
  const ChipInfo info = chip_info(read_registers(kFirstInfoRegister, kInfoRegisters));
  impl_->window.set_buffer(info.build.rx_buffer);
  impl_->known = info;
  return *impl_->known;
}

const ChipInfo& Client::connect(std::chrono::milliseconds timeout) {
  const auto usual = std::exchange(impl_->options.connect_timeout, timeout);
  try {
    connect();
  } catch (...) {
    impl_->options.connect_timeout = usual;
    throw;
  }
  impl_->options.connect_timeout = usual;
  return *impl_->known;
}

std::chrono::milliseconds Client::set_give_up(std::chrono::milliseconds give_up) {
  return std::exchange(impl_->options.give_up, give_up);
}

std::chrono::milliseconds Client::give_up() const { return impl_->options.give_up; }

ClientOptions::Clock::time_point Client::now() const { return impl_->options.now(); }

unsigned Client::port_baud() const { return impl_->transport->baud(); }

bool Client::set_port_baud(unsigned baud) { return impl_->transport->set_baud(baud); }

bool Client::connected() const { return impl_->known.has_value(); }

const ChipInfo& Client::info() const {
  if (!impl_->known) throw std::logic_error("spikemesh::Client: connect() comes first");
  return *impl_->known;
}

std::vector<std::uint32_t> Client::read(std::uint16_t tile, std::uint32_t address,
                                        std::uint32_t count) {
  const Extent extent{tile, address, count};
  return std::move(read(std::span(&extent, 1)).front().words);
}

std::vector<Block> Client::read(std::span<const Extent> extents) {
  std::vector<Block> blocks;
  std::vector<Request> requests;
  std::vector<std::uint32_t*> places;  // of the words of each request
  blocks.reserve(extents.size());
  for (const Extent& extent : extents) {
    Block& block = blocks.emplace_back(
        Block{extent.tile, extent.address, std::vector<std::uint32_t>(extent.count)});
    if (impl_->was_read_at_once(block)) continue;
    const std::uint32_t most = impl_->words_a_read();
    for (std::uint32_t at = 0; at < extent.count; at += most) {
      const auto length = static_cast<std::uint16_t>(std::min(most, extent.count - at));
      requests.push_back({spec::Command::read, 0, extent.tile, extent.address + at, length, {}});
      places.push_back(block.words.data() + at);
    }
  }
  if (requests.empty()) return blocks;
  const std::vector<Reply> replies = impl_->exchange(std::move(requests));
  for (std::size_t i = 0; i < replies.size(); ++i)
    std::copy(replies[i].data.begin(), replies[i].data.end(), places[i]);
  return blocks;
}

void Client::write(std::uint16_t tile, std::uint32_t address,
                   std::span<const std::uint32_t> words) {
  const Block block{tile, address, {words.begin(), words.end()}};
  write(std::span(&block, 1));
}

void Client::write(std::span<const Block> blocks) {
  refuse_overlap(blocks);
  std::vector<Request> requests;
  for (const Block& block : blocks) {
    if (is_register(block) || impl_->was_written_at_once(block)) continue;
    const std::size_t most = impl_->words_a_write();
    for (std::size_t at = 0; at < block.words.size(); at += most) {
      const auto part = std::span(block.words).subspan(at, std::min(most, block.words.size() - at));
      requests.push_back({spec::Command::write,
                          0,
                          block.tile,
                          block.address + static_cast<std::uint32_t>(at),
                          static_cast<std::uint16_t>(part.size()),
                          {part.begin(), part.end()}});
    }
  }
  if (!requests.empty()) impl_->exchange(std::move(requests));
  for (const Block& block : blocks) {
    if (is_register(block)) impl_->write_alone(block.address, block.words);
  }
}

std::uint32_t Client::read_register(Register which) { return read_registers(which, 1).front(); }

std::vector<std::uint32_t> Client::read_registers(Register first, std::uint32_t count) {
  return read(kHostTileField, address_of(first), count);
}

void Client::write_register(Register which, std::uint32_t value) {
  write_registers(which, std::span(&value, 1));
}

void Client::write_registers(Register first, std::span<const std::uint32_t> values) {
  impl_->write_alone(address_of(first), values);
}

std::uint32_t Client::reset() {
  const std::uint32_t held = read_register(Register::reset_nonce);
  std::uint32_t fresh = nonce();
  while (fresh == held) fresh = nonce();
  write_register(Register::reset_nonce, fresh);
  return fresh;
}

void Client::pause() {
  write_register(Register::pause, 1);
  StallClock clock(*this);
  for (std::uint64_t before = ~std::uint64_t{0};; wait(std::chrono::milliseconds(1))) {
    const auto words = read_registers(
        StallClock::kFirst, address_of(StallClock::kLast) - address_of(StallClock::kFirst) + 1);
    const auto get = [&](Register which) {
      return words[address_of(which) - address_of(StallClock::kFirst)];
    };
    if ((get(Register::status) & 1u) == 0) return;
    const std::uint64_t step = std::uint64_t{get(Register::step_hi)} << 32 | get(Register::step_lo);
    if (clock.stalled(step == before + 1, get(Register::cycle_lo), get(Register::period))) {
      throw RunError(fmt::format(
          "PAUSE is written, but the chip answers that it runs in step {}, {}: reset it and load "
          "the image again",
          step, clock.how_long()));
    }
    before = step;
  }
}

void Client::wait(std::chrono::microseconds time) { impl_->window.listen(time); }

const LinkStats& Client::stats() const { return impl_->window.stats(); }

std::uint32_t Client::nonce() {
  std::uint32_t value = 0;
  while (value == 0) value = static_cast<std::uint32_t>(impl_->random());
  return value;
}

}  // namespace spikemesh
