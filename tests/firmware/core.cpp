// SPDX-License-Identifier: Apache-2.0
// The management core of a Verilated chip, seen from the link: docs/blocks/management_core.md. The
// programs are firmware/hello/hello.c and tests/firmware/probe.c.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "rtl/chip_fixture.hpp"
#include "spikemesh/mgmt.hpp"

namespace {

using namespace spikemesh;
using namespace spikemesh::test;
using spec::MgmtRegister;
using spec::MgmtStop;
using spec::Status;

constexpr const char* kShare = SPIKEMESH_SHARE;

/// The processor is no part of the project. Where it was not fetched, tests say so.
bool core_is_missing() {
  if (std::filesystem::exists(std::string(kShare) + "/ibex/fetched")) return false;
  MESSAGE("SKIPPED: the processor of the management core was not fetched (rtl/mgmt/ibex.py)");
  return true;
}

std::vector<std::uint32_t> image_of(const std::string& name) {
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

std::uint32_t at(MgmtRegister r) {
  return spec::kMgmtRegistersBase + static_cast<std::uint32_t>(r);
}

/// The chip with a core; the nightly tests name others, with other clocks of the core.
std::string sources() {
  const char* const other = std::getenv("SPIKEMESH_MGMT_SOURCES");
  return other != nullptr ? other : std::string(kShare) + "/rtl/mgmt.f";
}

class Core {
 public:
  Core()
      : build_(build_named("tiny")),
        device_(sim::make_rtl_device(build_, sim::Link::bytes, std::nullopt, true, 1, sources())),
        host(*device_, sim::Link::bytes, build_.uart_divisor) {
    device_->listen(&log);
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
    for (std::size_t i = 0; i < image.size(); i += build_.frame_words) {
      const std::size_t end = std::min(image.size(), i + build_.frame_words);
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
  sim::Device& device() { return *device_; }

  EventLog log;

 private:
  const spec::Build& build_;
  std::unique_ptr<sim::Device> device_;
  std::uint32_t data_words_ = 0, starts_ = 0;

  std::uint32_t slot(std::uint32_t which, std::uint32_t index) const {
    return spec::kMgmtDataBase + data_words_ - which * spec::kMgmtMailbox +
           index % spec::kMgmtMailbox;
  }

 public:
  LinkHost host;
};

}  // namespace

TEST_CASE("the management core runs a program, which talks through its mailbox and ends") {
  if (core_is_missing()) return;
  Core core;
  CHECK(core.read(MgmtRegister::abi) == spec::kMgmtAbi);
  CHECK(core.read(MgmtRegister::hash) == spec::kMgmtHash);
  core.run("hello");
  CHECK(core.text() == "hello from the management core\n");
  for (const std::uint32_t word : {20u, 22u, 0u}) core.mail(word);
  CHECK(core.text() == "sum ");
  CHECK(core.text() == "42\n");
  CHECK(core.stopped() == MgmtStop::exit);
  CHECK(core.stop_status() == 42);
  // A start that is repeated, as a host does that has lost the answer, starts nothing.
  CHECK(core.write(MgmtRegister::control, 1) == Status::ok);
  CHECK(core.read(MgmtRegister::status) == 0);
  // Anew, without being loaded anew.
  core.start();
  CHECK(core.write(MgmtRegister::control, 77) == Status::running);
  CHECK(core.text() == "hello from the management core\n");
}

TEST_CASE("whatever a program does wrong stops the core and says where, and the link goes on") {
  if (core_is_missing()) return;
  struct Wrong {
    const char* what;
    Command command;
    std::uint32_t argument;
    MgmtStop cause;
    std::uint32_t status;
    std::optional<std::uint32_t> address;
  };
  const auto code_of = [](Status status) { return static_cast<std::uint32_t>(status); };
  const std::uint32_t registers = 4 * spec::kMgmtRegistersBase,
                      program = 4 * spec::kMgmtProgramBase;
  const Wrong all[] = {
      {"an illegal instruction", kIllegal, 0, MgmtStop::trap, 2, 0xFFFFFFFFu},
      {"a word that is not there",
       kLoad,
       0x03000000,
       MgmtStop::bus,
       code_of(Status::bad_address),
       {}},
      {"a place that is not there",
       kStore,
       0xF0000000,
       MgmtStop::bus,
       code_of(Status::bad_address),
       {}},
      {"a byte of a register",
       kStoreByte,
       registers + 4 * 18,
       MgmtStop::bus,
       code_of(Status::bad_length),
       {}},
      {"a register that cannot be written",
       kStore,
       0,
       MgmtStop::bus,
       code_of(Status::read_only),
       {}},
      {"its own program", kStore, program + 0x200, MgmtStop::bus, code_of(Status::refused), {}},
      {"a tile without owning the run",
       kStore,
       spec::kByteTile,
       MgmtStop::bus,
       code_of(Status::refused),
       {}},
      {"a reset of the chip",
       kStore,
       4 * address(spec::Register::reset_nonce),
       MgmtStop::bus,
       code_of(Status::refused),
       {}},
      {"its own stop", kStore, registers + 4 * 5, MgmtStop::bus, code_of(Status::refused), {}},
      {"a jump into nowhere", kJump, 0xDEAD0000, MgmtStop::trap, 1, 0xDEAD0000},
      {"an exception while one is handled", kDoubleFault, 0, MgmtStop::double_fault, 0, {}},
      {"writes to every address", kSweep, 4 * spec::kMgmtDataBase + 4 * 512, MgmtStop::bus,
       code_of(Status::bad_address), 4 * (spec::kMgmtDataBase + 2048)},
      {"the end with a code", kExit, 7, MgmtStop::exit, 7, {}},
  };
  Core core;
  core.load("probe");
  for (const Wrong& wrong : all) {
    CAPTURE(wrong.what);
    core.start();
    core.ask(wrong.command, wrong.argument);
    CHECK(core.stopped() == wrong.cause);
    CHECK(core.stop_status() == wrong.status);
    if (wrong.cause == MgmtStop::bus)
      CHECK(core.read(MgmtRegister::stop_address) == wrong.address.value_or(wrong.argument));
    if (wrong.cause == MgmtStop::trap)
      CHECK(core.read(MgmtRegister::stop_address) == *wrong.address);
    const std::uint32_t pc = core.read(MgmtRegister::stop_pc);
    if (wrong.command != kJump && wrong.command != kDoubleFault) {
      CHECK(pc >= program);
      CHECK(pc < program + 0x4000);
    }
    CHECK(core.read(MgmtRegister::owner) == 0);
  }
  CHECK(core.read(MgmtRegister::tile_writes) == 0);
}

TEST_CASE("the watchdog stops a program that hangs, and the host any program") {
  if (core_is_missing()) return;
  Core core;
  core.load("probe");
  for (const Command command : {kSpin, kStorm}) {
    REQUIRE(core.write(MgmtRegister::watchdog, 20'000) == Status::ok);
    core.start();
    core.ask(command);
    CHECK(core.stopped() == MgmtStop::watchdog);
    REQUIRE(core.write(MgmtRegister::watchdog, 0) == Status::ok);
    core.start();
    core.ask(command);
    for (unsigned i = 0; i < 200; ++i) REQUIRE((core.read(MgmtRegister::status) & 1) == 1);
    CHECK(core.write(MgmtRegister::control, 0) == Status::ok);
    CHECK(core.stopped() == MgmtStop::host);
  }
}

TEST_CASE("a core that sleeps wakes by its timer in time, and a chip whose core sleeps is idle") {
  if (core_is_missing()) return;
  Core core;
  core.run("probe");
  core.ask(kSleep, 5'000);
  const std::uint32_t slept = core.answer();
  CHECK(slept >= 5'000);
  CHECK(slept < 5'200);
  CHECK(core.answer() == 1);
  while (core.read(MgmtRegister::status) != 3) {
  }
  // It waits for mail, and no timer is set: nothing can happen.
  const std::uint64_t before = core.device().cycle();
  core.device().advance(before + 1'000'000);
  CHECK(core.device().cycle() < before + 1'000);
  CHECK(core.device().idle());
  core.ask(kExit, 1);
  CHECK(core.stopped() == MgmtStop::exit);
}

TEST_CASE("a program that owns the run runs steps, gets spikes and changes weights") {
  if (core_is_missing()) return;
  Core core;
  const std::uint32_t bits = spec::Synapse{200, 1, 0, 0}.pack();
  using spec::Region;
  REQUIRE(core.host.write(address(Region::synapse, 0), {bits}, 0) == 0);
  REQUIRE(core.host.write(address(Region::axon, 0), {spec::Axon{0, 1}.pack()}, 0) == 0);
  REQUIRE(core.host.write(address(Region::fanout, 0), {77u | 1u << 24}, 0) == 0);
  REQUIRE(
      core.host.write(address(Region::neuron, 0),
                      {spec::Neuron0{100, 0}.pack(), 0, 0, 0, 0, 0, 0, spec::Neuron7{0, 1}.pack()},
                      0) == 0);
  REQUIRE(core.write(spec::Register::image_tag, 0xC0FFEE) == Status::ok);
  core.run("probe");
  core.own();
  core.ask(kRun, 5);
  CHECK(core.answer() == 5);
  CHECK(core.answer() == 1);
  CHECK(core.answer() == 1);  // one step after its cause
  CHECK(core.answer() == 77);
  core.ask(kSetWeight, static_cast<std::uint32_t>(-5));
  CHECK(core.answer() == 200);
  CHECK(core.answer() == static_cast<std::uint32_t>(-5));
  CHECK(core.read(MgmtRegister::tile_writes) == 1);
  CHECK(core.host.read(address(Region::synapse, 0), 0) == spec::Synapse{-5, 1, 0, 0}.pack());
  core.ask(kRun, 3);
  CHECK(core.answer() == 3);
  CHECK(core.answer() == 0);
  // An access to a tile waits for the end of the run, which the host may bring about.
  core.ask(kReadInRun, 400);
  CHECK(core.answer() == static_cast<std::uint32_t>(-5));
  CHECK(core.answer() == 400);
  core.ask(kReadInRun, 1'000'000);
  while ((core.host.read(address(spec::Register::status)) & 1) == 0) {
  }
  CHECK(core.write(spec::Register::pause, 1) == Status::ok);
  CHECK(core.answer() == static_cast<std::uint32_t>(-5));
  CHECK(core.answer() < 1'000'000);
}

TEST_CASE("who does not own the run is refused, and ownership ends with the core") {
  if (core_is_missing()) return;
  Core core;
  core.load("probe");
  CHECK(core.write(MgmtRegister::owner, 1) == Status::refused);  // it does not run
  core.start();
  CHECK(core.host.write(spec::kMgmtProgramBase, {0}) == code(Status::running));
  core.own();
  using spec::Register;
  for (const Register r :
       {Register::image_tag, Register::run_until_lo, Register::run_tag, Register::period,
        Register::adapt_period, Register::step_lo, Register::ring_in_write, Register::ring_out_read,
        Register::ring_out_policy})
    CHECK(core.write(r, 0) == Status::refused);
  CHECK(core.host.write(ring_in(0), {0}) == code(Status::refused));
  CHECK(core.host.write(address(spec::Region::synapse, 0), {0}, 0) == code(Status::refused));
  CHECK(core.host.read(address(spec::Region::synapse, 0), 0) == 0);  // reads go on
  CHECK(core.write(Register::pause, 1) == Status::ok);
  CHECK(core.write(Register::irq_mask, 7) == Status::ok);
  core.ask(kGiveBack);
  while (core.read(MgmtRegister::owner) == 1) {
  }
  CHECK(core.write(Register::period, 0) == Status::ok);
  core.own();
  CHECK(core.write(MgmtRegister::owner, 0) == Status::ok);  // taken back
  CHECK(core.write(Register::period, 0) == Status::ok);
  core.own();
  core.ask(kExit);
  CHECK(core.stopped() == MgmtStop::exit);
  CHECK(core.write(Register::period, 0) == Status::ok);
}

TEST_CASE("a soft reset stops the core and leaves its program") {
  if (core_is_missing()) return;
  Core core;
  core.run("probe");
  core.own();
  core.mail(kFixed);
  CHECK(core.write(spec::Register::reset_nonce, 99) == Status::ok);
  CHECK(core.read(MgmtRegister::status) == 0);
  CHECK(core.read(MgmtRegister::owner) == 0);
  CHECK(core.read(MgmtRegister::stop_cause) == static_cast<std::uint32_t>(MgmtStop::none));
  CHECK(core.read(MgmtRegister::in_write) == 0);
  core.start();
  core.ask(kFixed);
  CHECK(static_cast<std::int32_t>(core.answer()) == -221184);  // -3.375
  CHECK(static_cast<std::int32_t>(core.answer()) == -21845);   // -1/3, toward zero
  CHECK(core.answer() == 0x7FFFFFFFu);
  CHECK(core.answer() == 0x80000000u);
}

TEST_CASE("registers of the management core refuse bad values and places") {
  if (core_is_missing()) return;
  Core core;
  CHECK(core.write(MgmtRegister::owner, 2) == Status::bad_value);
  CHECK(core.write(MgmtRegister::in_write, 65) == Status::bad_value);
  CHECK(core.write(MgmtRegister::in_write, 64) == Status::ok);
  CHECK(core.write(MgmtRegister::in_write, 3) == Status::ok);  // without effect
  CHECK(core.read(MgmtRegister::in_write) == 64);
  CHECK(core.write(MgmtRegister::out_read, 1) == Status::bad_value);
  CHECK(core.write(MgmtRegister::abi, 1) == Status::read_only);
  for (const MgmtRegister r :
       {MgmtRegister::exit, MgmtRegister::trap, MgmtRegister::kick, MgmtRegister::compare_lo,
        MgmtRegister::in_read, MgmtRegister::out_write, MgmtRegister::irq_pending,
        MgmtRegister::stop_pc})
    CHECK(core.write(r, 0) == Status::refused);
  const auto place = [&core](std::uint32_t word) {
    return static_cast<Status>(core.host.call({.address = word}).status);
  };
  CHECK(place(at(MgmtRegister::tile_writes) + 1) == Status::bad_address);
  CHECK(place(spec::kMgmtProgramBase + 4095) == Status::ok);
  CHECK(place(spec::kMgmtProgramBase + 4096) == Status::bad_address);
  CHECK(place(spec::kMgmtDataBase + 2047) == Status::ok);
  CHECK(place(spec::kMgmtDataBase + 2048) == Status::bad_address);
  CHECK(place(spec::kMgmtRegistersBase + 32) == Status::bad_address);
  // Memories hold what was written.
  for (const std::uint32_t base : {spec::kMgmtProgramBase, spec::kMgmtDataBase}) {
    REQUIRE(core.host.write(base + 10, {0x01234567, 0x89ABCDEF}) == 0);
    CHECK(core.host.read(base + 11) == 0x89ABCDEF);
    CHECK(core.host.read(base + 10) == 0x01234567);
  }
}
