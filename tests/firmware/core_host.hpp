// SPDX-License-Identifier: Apache-2.0
#pragma once
// A chip with a management core, seen from the link.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "rtl/chip_fixture.hpp"
#include "sim/device/management_core/management_core.hpp"
#include "sim/device/model_device.hpp"
#include "spikemesh/mgmt.hpp"

namespace spikemesh::test {

using spec::MgmtRegister;
using spec::MgmtStop;
using spec::Status;

inline constexpr const char* kShare = SPIKEMESH_SHARE;

/// The processor is no part of the project. Where it was not fetched, tests say so.
inline bool core_is_missing() {
  if (std::filesystem::exists(std::string(kShare) + "/ibex/fetched")) return false;
  MESSAGE("SKIPPED: the processor of the management core was not fetched (rtl/mgmt/ibex.py)");
  return true;
}

inline std::vector<std::uint32_t> image_of(const std::string& name) {
  std::ifstream file(SPIKEMESH_FIRMWARE "/" + name + ".bin", std::ios::binary);
  REQUIRE(file.good());
  std::vector<std::uint32_t> words;
  for (unsigned char bytes[4] = {};
       file.read(reinterpret_cast<char*>(bytes), 4) || file.gcount();) {
    words.push_back(bytes[0] | bytes[1] << 8 | bytes[2] << 16 |
                    static_cast<std::uint32_t>(bytes[3]) << 24);
    if (file.eof()) break;
  }
  return words;
}

/// Commands of probe.c.
enum Command : std::uint32_t {
  kIllegal = 1,
  kStore,
  kStoreByte,
  kLoad,
  kJump,
  kSpin,
  kDoubleFault,
  kSleep,
  kStorm,
  kRun,
  kSweep,
  kExit,
  kSetWeight,
  kFixed,
  kGiveBack,
  kReadInRun
};

inline std::uint32_t at(MgmtRegister r) {
  return spec::kMgmtRegistersBase + static_cast<std::uint32_t>(r);
}

/// The chip with a core; the nightly tests name others, with other clocks of the core.
inline std::string sources() {
  const char* const other = std::getenv("SPIKEMESH_MGMT_SOURCES");
  return other != nullptr ? other : std::string(kShare) + "/rtl/mgmt.f";
}

inline std::unique_ptr<sim::Device> rtl_with_core(const spec::Build& build) {
  return sim::make_rtl_device(build, sim::Link::bytes, std::nullopt, true, 1, sources());
}

inline std::shared_ptr<model::ManagementCore> core_of_model() {
  return sim::make_management_core(sim::source_list_of(sources(), "the test"));
}

inline std::unique_ptr<sim::Device> model_with_core(const spec::Build& build) {
  return sim::make_model_with_core(build, sim::Link::bytes, core_of_model());
}

inline std::unique_ptr<sim::Device> reference_with_core(const spec::Build& build) {
  return sim::make_reference_device(build, sim::Link::bytes, core_of_model());
}

class CoreHost {
 public:
  explicit CoreHost(std::unique_ptr<sim::Device> device, bool listens = true)
      : device_(std::move(device)),
        host(*device_, sim::Link::bytes, device_->build().uart_divisor) {
    if (listens) device_->listen(&log);
    host.wait_boundary();
    data_words_ = read(MgmtRegister::data_words);
  }

  std::uint32_t read(MgmtRegister r) { return host.read(at(r)); }
  Status write(MgmtRegister r, std::uint32_t value) {
    return static_cast<Status>(host.write(at(r), {value}));
  }
  Status write(spec::Register r, std::uint32_t value) {
    return static_cast<Status>(host.write(address(r), {value}));
  }
  void load(const std::string& name) {
    const std::vector<std::uint32_t> image = image_of(name);
    const std::size_t frame = device_->build().frame_words;
    for (std::size_t i = 0; i < image.size(); i += frame) {
      const std::size_t end = std::min(image.size(), i + frame);
      const auto first = static_cast<std::uint32_t>(spec::kMgmtProgramBase + i);
      const std::vector<std::uint32_t> part(image.begin() + static_cast<std::ptrdiff_t>(i),
                                            image.begin() + static_cast<std::ptrdiff_t>(end));
      REQUIRE(host.write(first, part) == code(Status::ok));
    }
  }
  void start() { REQUIRE(write(MgmtRegister::control, ++starts_) == Status::ok); }
  void run(const std::string& name) {
    load(name);
    start();
  }
  void own() { REQUIRE(write(MgmtRegister::owner, 1) == Status::ok); }
  void mail(std::uint32_t word) {
    const std::uint32_t index = read(MgmtRegister::in_write);
    REQUIRE(host.write(slot(2, index), {word}) == code(Status::ok));
    REQUIRE(write(MgmtRegister::in_write, index + 1) == Status::ok);
  }
  void ask(Command command, std::uint32_t argument = 0) {
    mail(command);
    mail(argument);
  }
  /// Words from the core that were not taken yet.
  std::uint32_t waiting() { return read(MgmtRegister::out_write) - read(MgmtRegister::out_read); }
  /// Takes them all.
  void drop() {
    REQUIRE(write(MgmtRegister::out_read, read(MgmtRegister::out_write)) == Status::ok);
  }
  /// The next word from the core, waiting for it.
  std::uint32_t answer() {
    const std::uint32_t index = read(MgmtRegister::out_read);
    for (unsigned i = 0; read(MgmtRegister::out_write) == index; ++i) REQUIRE(i < 20'000);
    const std::uint32_t word = host.read(slot(1, index));
    REQUIRE(write(MgmtRegister::out_read, index + 1) == Status::ok);
    return word;
  }
  std::string text() {
    const std::uint32_t head = answer();
    const bool is_text = head >> 16 == 1;
    REQUIRE(is_text);
    std::string all;
    for (std::uint32_t i = 0; i < (head & 0xFFFF); ++i) {
      const std::uint32_t word = answer();
      for (unsigned j = 0; j < 4; ++j)
        if (const char c = static_cast<char>(word >> 8 * j)) all += c;
    }
    return all;
  }
  /// Waits until the core stops, and says why.
  MgmtStop stopped() {
    for (unsigned i = 0; (read(MgmtRegister::status) & 1) != 0; ++i) REQUIRE(i < 20'000);
    return static_cast<MgmtStop>(read(MgmtRegister::stop_cause));
  }
  std::uint32_t stop_status() { return read(MgmtRegister::stop_status); }
  std::uint32_t data_words() const { return data_words_; }
  sim::Device& device() { return *device_; }

  EventLog log;

 private:
  std::unique_ptr<sim::Device> device_;
  std::uint32_t data_words_ = 0, starts_ = 0;

  std::uint32_t slot(std::uint32_t which, std::uint32_t index) const {
    return spec::kMgmtDataBase + data_words_ - which * spec::kMgmtMailbox +
           index % spec::kMgmtMailbox;
  }

 public:
  LinkHost host;
};

}  // namespace spikemesh::test
