// SPDX-License-Identifier: Apache-2.0
#include "cell.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "sim/device/model_device.hpp"
#include "sim/wire/link_trial.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/chip_machine.hpp"

namespace spikemesh::cells {
namespace {

using sim::Fault;
using sim::LinkTrial;
using sim::WireFaults;

constexpr std::uint32_t kDivisor = 33;       // 3.03 Mbaud at 100 MHz
constexpr std::uint32_t kWordsATile = 1600;  // of 16 tiles: 102,400 bytes
constexpr std::uint64_t kMiddle = 40'000;    // bytes that hosts have sent when it happens
constexpr sim::WireTime kSecond = 1'000'000'000;
constexpr double kLongest = 600;  // simulated seconds that a cell may take

/// Thrown through the client: the host's process is gone in the middle of what it did.
struct Killed {};

spec::Build chip_build() {
  spec::Build build = load_build("default");
  build.uart_divisor = kDivisor;
  return build;
}

Image make_image(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Image image;
  image.build = chip_build();
  for (std::uint32_t tile = 0; tile < 16; ++tile) {
    Block block{static_cast<std::uint16_t>(spec::Tile{.x = tile % 4, .y = tile / 4}.pack()), 0, {}};
    for (std::uint32_t i = 0; i < kWordsATile; ++i) {
      block.words.push_back(static_cast<std::uint32_t>(random()) & 0x07ffffffu);  // target < 256
    }
    image.blocks.push_back(std::move(block));
  }
  return image;
}

class Run {
 public:
  explicit Run(const Cell& cell)
      : cell_(cell),
        trial_([] { return sim::make_model_device(chip_build(), sim::Link::pins); }, cell.seed),
        image_(make_image(cell.seed)) {}

  Outcome run() {
    arrange();
    const auto begin = trial_.now();
    try {
      upload();
      compare();
    } catch (const Error& error) {
      out_.error = error.what();
    }
    out_.seconds = static_cast<double>(trial_.now() - begin) * 1e-9;
    out_.faults = trial_.faults_done();
    const double byte_seconds = 10 * kDivisor * 1e-9 * LinkTrial::kCycle;
    if (out_.equal) out_.goodput = 2 * 4 * 16 * kWordsATile * byte_seconds / out_.seconds;
    judge();
    ask_once();
    return out_;
  }

 private:
  void arrange() {
    WireFaults faults = faults_of(cell_);
    WireFaults to_chip = faults;
    to_chip[Fault::lose] = to_chip[Fault::stale] = 0;  // those are of replies
    trial_.set_faults(to_chip, faults);
    const auto in_the_middle = [&](auto what) { trial_.after_bytes(kMiddle, what); };
    const auto back_after = [&](sim::WireTime time) {
      trial_.at_time(trial_.now() + time, [&] { trial_.cut(false, false); });
    };
    switch (cell_.kind.kind) {
      case Kind::silent:
        return in_the_middle([=, this] { trial_.cut(false, true), back_after(2 * kSecond); });
      case Kind::dead:
        return in_the_middle([=, this] { trial_.cut(false, true); });
      case Kind::reset:
        return in_the_middle([=, this] { trial_.power_cycle(); });
      case Kind::killed:
        return in_the_middle([] { throw Killed{}; });
      case Kind::asks:
        return second_host_asks();
      case Kind::loads:
        return in_the_middle([=, this] { second_host_resets(); });
      case Kind::pulled:
        return in_the_middle([=, this] { trial_.cut(true, true), back_after(3 * kSecond); });
      case Kind::pulled_off:
        return in_the_middle([=, this] { trial_.cut(true, true); });
      default:
        return;
    }
  }

  static WireFaults faults_of(const Cell& cell) {
    WireFaults faults;
    const auto which = static_cast<std::size_t>(cell.kind.kind);
    constexpr Fault kOf[] = {Fault::flip,  Fault::drop, Fault::twice, Fault::insert, Fault::burst,
                             Fault::delay, Fault::hold, Fault::lose,  Fault::stale};
    if (which < std::size(kOf)) {
      faults[kOf[which]] = cell.rate;
    } else if (cell.kind.kind == Kind::mixed) {
      for (const Fault fault : kOf) faults[fault] = cell.rate / std::size(kOf);
    } else {
      faults[Fault::flip] = cell.rate;
    }
    return faults;
  }

  Client client() { return Client(trial_.plug_in(), trial_.client_options(cell_.seed + ++hosts_)); }

  void upload() {
    try {
      load_once();
    } catch (const Killed&) {
      load_once();
    }
  }

  void load_once() {
    ChipMachine machine(client());
    machine.load(image_);
    out_.resent = machine.client().stats().resent;
    out_.timeouts = machine.client().stats().timeouts;
  }

  /// Another host's question into the middle of what this one sends, again and again.
  void second_host_asks() {
    second_ = std::make_unique<Client>(client());
    for (std::uint64_t at = 500; at < 400'000; at += 3'001) {
      trial_.after_bytes(at, [this] { question(); });
    }
  }
  void question() {
    if (asking_) return;
    asking_ = true;
    try {
      second_->read_registers(spec::Register::magic, 4);
    } catch (const Error& error) {
      out_.broken.push_back(std::string("the second host: ") + error.what());
    }
    asking_ = false;
  }
  void second_host_resets() {
    second_ = std::make_unique<Client>(client());
    second_->connect();
    second_->reset();
  }

  /// Word by word, not over the wire.
  void compare() {
    trial_.set_faults({}, {});
    Client honest = client();
    honest.connect();
    std::size_t compared = 0, wrong = 0;
    for (const Block& block : image_.blocks) {
      const auto count = static_cast<std::uint32_t>(block.words.size());
      const auto words = honest.read(block.tile, block.address, count);
      for (std::size_t i = 0; i < words.size(); ++i, ++compared)
        wrong += words[i] != block.words[i];
    }
    out_.equal = wrong == 0 && compared == 16 * kWordsATile;
    if (!out_.equal) {
      out_.broken.push_back(
          fmt::format("load() was content, but {} of {} words are wrong", wrong, compared));
    }
  }

  void judge() {
    if (!out_.equal && out_.error.empty()) out_.broken.push_back("neither the image nor an error");
    if (!out_.error.empty() && !cell_.kind.may_fail) {
      out_.broken.push_back("an error, though the wire can be overcome: " + out_.error);
    }
    if (out_.seconds > kLongest) {
      out_.broken.push_back(fmt::format("took {:.0f} s of {:.0f}", out_.seconds, kLongest));
    }
    if (out_.faults == 0 && cell_.rate >= 1e-4) out_.broken.push_back("nothing was hurt");
  }

  /// The chip answers the next good frame, whatever came before it.
  void ask_once() {
    trial_.set_faults({}, {});
    trial_.cut(false, false);
    second_.reset();
    const auto host = trial_.plug_in();
    std::array<std::uint8_t, 256> bytes{};
    while (host->read(bytes, std::chrono::milliseconds(200)) > 0) {
    }
    const Request request{spec::Command::read, 0x5a5a, kHostTileField, 0, 1, {}};
    host->write(encode(request));
    FrameDecoder decoder;
    while (const std::size_t count = host->read(bytes, std::chrono::milliseconds(200))) {
      for (const std::uint8_t byte : std::span(bytes).first(count)) {
        if (!decoder.push(byte)) continue;
        const auto reply = parse_reply(decoder.content());
        if (reply && reply->sequence == 0x5a5a && reply->data == std::vector{spec::kMagic}) return;
      }
    }
    out_.broken.push_back("the chip did not answer the next good frame");
  }

  Cell cell_;
  LinkTrial trial_;
  Image image_;
  Outcome out_;
  std::unique_ptr<Client> second_;
  std::uint64_t hosts_ = 0;
  bool asking_ = false;
};

}  // namespace

const std::vector<KindInfo>& kinds() {
  static const std::vector<KindInfo> all{
      {Kind::flip, "flipped bits", false},     {Kind::drop, "dropped bytes", false},
      {Kind::twice, "doubled bytes", false},   {Kind::insert, "inserted bytes", false},
      {Kind::burst, "bursts", false},          {Kind::delay, "delays", false},
      {Kind::hold, "breaks", false},           {Kind::lose, "lost replies", false},
      {Kind::stale, "stale replies", false},   {Kind::mixed, "all of these", false},
      {Kind::silent, "chip silent", false},    {Kind::dead, "chip dead", true},
      {Kind::reset, "chip reset", true},       {Kind::killed, "host killed", false},
      {Kind::asks, "second host asks", false}, {Kind::loads, "second host resets", true},
      {Kind::pulled, "wire pulled", false},    {Kind::pulled_off, "wire off", true},
  };
  return all;
}

Outcome run(const Cell& cell) { return Run(cell).run(); }

}  // namespace spikemesh::cells
