// SPDX-License-Identifier: Apache-2.0
// The management core of a Verilated chip, seen from the link: docs/blocks/management_core.md. The
// programs are firmware/hello/hello.c and tests/firmware/probe.c.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>

#include "firmware/core_host.hpp"
#include "spikemesh/error.hpp"

namespace {

using namespace spikemesh;
using namespace spikemesh::test;

/// SPIKEMESH_MGMT_EXECUTOR=model or reference: all is tested with it instead of the RTL.
struct Core : CoreHost {
  Core() : CoreHost(wanted()) {}
  explicit Core(std::unique_ptr<sim::Device> device) : CoreHost(std::move(device)) {}

  static const spec::Build& tiny() { return build_named("tiny"); }
  static std::unique_ptr<sim::Device> wanted() {
    const char* const set = std::getenv("SPIKEMESH_MGMT_EXECUTOR");
    const std::string executor = set != nullptr ? set : "rtl";
    if (executor == "model") return model_with_core(tiny());
    if (executor == "reference") return reference_with_core(tiny());
    REQUIRE(executor == "rtl");
    return rtl_with_core(tiny());
  }
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

TEST_CASE("with a management core, model and RTL retire the same in the same cycles") {
  if (core_is_missing()) return;
  const auto use = [](Core& core) {
    core.run("hello");
    core.text();
    for (const std::uint32_t word : {20u, 22u, 0u}) core.mail(word);
    core.text();
    core.text();
    CHECK(core.stopped() == MgmtStop::exit);
    CHECK(core.write(spec::Register::image_tag, 0xC0FFEE) == Status::ok);
    core.run("probe");
    core.own();
    core.ask(kRun, 20);
    CHECK(core.answer() == 20);
    CHECK(core.answer() == 0);
    core.ask(kSetWeight, 5);
    core.answer();
    CHECK(core.answer() == 5);
    core.ask(kSleep, 1000);
    CHECK(core.answer() >= 1000);
    CHECK(core.answer() == 1);
    core.ask(kStore, 0);
    CHECK(core.stopped() == MgmtStop::bus);
  };
  Core rtl(rtl_with_core(Core::tiny())), model(model_with_core(Core::tiny()));
  use(rtl);
  use(model);
  REQUIRE(rtl.log.events.size() > 1000);
  auto wanted = rtl.log.events, found = model.log.events;
  std::sort(wanted.begin(), wanted.end());  // a cycle's in the order of their places
  std::sort(found.begin(), found.end());
  REQUIRE(found.size() == wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    INFO("event ", i, " in cycle ", wanted[i].cycle);
    REQUIRE(found[i] == wanted[i]);
  }
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
  Core core;
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
       code_of(Status::bad_address), 4 * (spec::kMgmtDataBase + core.data_words())},
      {"the end with a code", kExit, 7, MgmtStop::exit, 7, {}},
  };
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
  using spec::Register;
  constexpr std::uint32_t kTag = 1;  // and a value that the host tile takes or calls bad
  CHECK(core.write(Register::image_tag, kTag) == Status::ok);
  core.own();
  for (const Register r :
       {Register::image_tag, Register::run_until_lo, Register::run_until_hi, Register::run_tag,
        Register::period, Register::adapt_period, Register::step_lo, Register::step_hi,
        Register::ring_in_write, Register::ring_out_read, Register::ring_out_policy})
    CHECK(core.write(r, kTag) == Status::refused);
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

TEST_CASE("registers of the host are refused to a program, also to one that owns the run") {
  if (core_is_missing()) return;
  Core core;
  core.load("probe");
  using spec::Register;
  const auto of_core = [](MgmtRegister r) {
    return spec::kMgmtRegistersBase + static_cast<std::uint32_t>(r);
  };
  for (const std::uint32_t word :
       {address(Register::uart_divisor), address(Register::image_tag),
        address(Register::reset_nonce), address(Register::irq_pending), address(Register::irq_mask),
        of_core(MgmtRegister::control), of_core(MgmtRegister::in_write),
        of_core(MgmtRegister::out_read)}) {
    CAPTURE(word);
    core.start();
    core.own();
    core.ask(kStore, 4 * word);
    CHECK(core.stopped() == MgmtStop::bus);
    CHECK(core.stop_status() == static_cast<std::uint32_t>(Status::refused));
    CHECK(core.read(MgmtRegister::stop_address) == 4 * word);
  }
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
  const std::uint32_t program_words = core.read(MgmtRegister::program_words);
  for (const auto& [base, words] : {std::pair{spec::kMgmtProgramBase, program_words},
                                    std::pair{spec::kMgmtDataBase, core.data_words()}}) {
    CHECK(place(base + words - 1) == Status::ok);
    CHECK(place(base + words) == Status::bad_address);
  }
  CHECK(place(spec::kMgmtRegistersBase + 32) == Status::bad_address);
  // Memories hold what was written.
  for (const std::uint32_t base : {spec::kMgmtProgramBase, spec::kMgmtDataBase}) {
    REQUIRE(core.host.write(base + 10, {0x01234567, 0x89ABCDEF}) == 0);
    CHECK(core.host.read(base + 11) == 0x89ABCDEF);
    CHECK(core.host.read(base + 10) == 0x01234567);
  }
}

TEST_CASE("a core has the memories that its sources name, and no others") {
  CHECK(sim::with_memories("mgmt.f", {}, "--core") == "mgmt.f");
  CHECK(sim::with_memories("mgmt.f", {.program = 65536, .data = 256}, "--core") ==
        "mgmt.f,+define+SPIKEMESH_MGMT_PROGRAM=65536,+define+SPIKEMESH_MGMT_DATA=256");
  const auto list = sim::source_list_of(
      sim::with_memories(sources(), {.program = 8192, .data = {}}, "--core"), "the test");
  CHECK(sim::memory_arguments(list, "Mgmt").front() == "-GMgmtProgram=8192");
  CHECK_THROWS_WITH_AS(sim::with_memories("mgmt.f", {.program = 128, .data = {}}, "--core"),
                       "--core-program 128: a memory of the management core has a power of two "
                       "from 256 to 65536 words",
                       InputError);
  CHECK_THROWS_AS(sim::with_memories("mgmt.f", {.program = {}, .data = 3000}, "--core"),
                  InputError);
  CHECK_THROWS_AS(sim::with_memories("mgmt.f", {.program = {}, .data = 131072}, "--core"),
                  InputError);
  if (core_is_missing()) return;
  Core core;
  const auto wanted = [](const char* name, std::uint32_t usual) {
    const auto found = sim::source_list_of(sources(), "the test").defines;
    for (const std::string& define : found)
      if (define.starts_with(name)) return std::stoul(define.substr(std::string(name).size()));
    return static_cast<unsigned long>(usual);
  };
  CHECK(core.read(MgmtRegister::program_words) == wanted("+define+SPIKEMESH_MGMT_PROGRAM=", 4096));
  CHECK(core.data_words() == wanted("+define+SPIKEMESH_MGMT_DATA=", 2048));
}
