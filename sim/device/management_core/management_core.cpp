// SPDX-License-Identifier: Apache-2.0
#include "sim/device/management_core/management_core.hpp"

#include <fmt/format.h>

#include <bit>
#include <stdexcept>
#include <string>
#include <string_view>

#include "sim/device/management_core/mgmt_ports.hpp"
#include "sim/device/rtl_instance.hpp"
#include "sim/verilated/library.hpp"
#include "sim/verilated/own_sources.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

using model::BusAnswer;
using model::BusRequest;

constexpr unsigned kCoreResetCycles = 4;
/// Cycles of the core after which all its registers that follow others have done so.
constexpr std::uint64_t kSettleTicks = 4;
/// No timer is waited for that is due later; a cycle has 64 bits.
constexpr std::uint64_t kTicksAhead = std::uint64_t{1} << 56;

SpikemeshBusRequest ports_of(const BusRequest& request) {
  return {.data = request.data,
          .addr = request.address,
          .tile = request.tile,
          .write = static_cast<std::uint8_t>(request.write)};
}

class VerilatedCore final : public model::ManagementCore {
 public:
  VerilatedCore(const SpikemeshVerilated& code, unsigned divide)
      : code_(code), core_(code.make(nullptr, RtlInstance::kSeed), code.destroy), divide_(divide) {}

  void power_on() override {
    ports_ = {};
    for (unsigned i = 0; i < kCoreResetCycles; ++i) edge();
    ports_.rst_n = ports_.reset_n = 1;
    eval(false);
    next_ = 0;
    held_ = {};
    read_outputs();
  }

  void commit(std::uint64_t cycle, const Inputs& inputs) override {
    catch_up(cycle);
    drive(inputs);
    edge();
    next_ = cycle + 1;
    held_ = inputs;
    held_.asked = inputs.asked && !inputs.answer;
    held_.answer.reset();
    held_.run = held_.run_ends = held_.reset = false;
    read_outputs();
  }

 private:
  bool decides(const BusRequest& request, unsigned master) override {
    ports_.valid = 1;
    ports_.request = ports_of(request);
    ports_.master = static_cast<std::uint8_t>(master);
    eval(false);
    return ports_.mine != 0;
  }

  /// The cycles before `cycle`, in which nobody did anything here. Of a long rest those in the
  /// middle change TIME alone, in whole cycles of the core.
  void catch_up(std::uint64_t cycle) {
    if (next_ == cycle) return;
    drive(held_);
    const std::uint64_t settle = kSettleTicks * divide_;
    if (cycle - next_ > 4 * settle) {
      for (std::uint64_t i = 0; i < settle; ++i) edge();
      next_ += settle;
      const std::uint64_t ticks = (cycle - settle - next_) / divide_;
      ports_.jump = ticks;
      eval(false);
      ports_.jump = 0;
      next_ += ticks * divide_;
    }
    for (; next_ < cycle; ++next_) edge();
  }

  /// A core that sleeps is woken by its timer, at the earliest one cycle after the first of its
  /// edges at which TIME can reach COMPARE.
  std::uint64_t wake() const {
    if (ports_.still == 0 || held_.asked) return next_;
    if (ports_.idle != 0 || ports_.due != 0) return kNever;
    if (ports_.time >= ports_.compare) return next_;
    const std::uint64_t ticks = ports_.compare - ports_.time - 1;
    return ticks > kTicksAhead ? kNever : next_ + ticks * divide_;
  }

  void drive(const Inputs& inputs) {
    const BusAnswer answer = inputs.answer.value_or(BusAnswer{});
    ports_.reset_n = inputs.reset ? 0 : 1;
    ports_.valid = inputs.asked ? 1 : 0;
    ports_.request = ports_of(inputs.request);
    ports_.master = static_cast<std::uint8_t>(inputs.master);
    ports_.answered = inputs.answer ? 1 : 0;
    ports_.answered_status = ports_.bus_status = static_cast<std::uint8_t>(answer.status);
    ports_.bus_answer = inputs.answer && inputs.master == kMaster ? 1 : 0;
    ports_.bus_rdata = answer.data;
    ports_.quiet = inputs.quiet ? 1 : 0;
    ports_.running = inputs.running ? 1 : 0;
    ports_.run = inputs.run ? 1 : 0;
    ports_.run_ends = inputs.run_ends ? 1 : 0;
    ports_.spikes = inputs.spikes ? 1 : 0;
  }

  void read_outputs() {
    const SpikemeshBusRequest& asked = ports_.bus_request;
    shown_ = {.requesting = ports_.bus_valid != 0,
              .fencing = ports_.fencing != 0,
              .idle = ports_.idle != 0 && !held_.asked,
              .spikes_seen = held_.spikes,
              .owns_run = ports_.owner != 0,
              .wakes = wake(),
              .request = {asked.write != 0, asked.tile, asked.addr, asked.data},
              .answer = {}};
    if (ports_.answer != 0)
      shown_.answer = {static_cast<spec::Status>(ports_.status), ports_.rdata};
  }

  void edge() {
    eval(false);
    eval(true);
  }

  void eval(bool clock) {
    if (const char* why = code_.eval(core_.get(), &ports_, clock ? 1 : 0))
      throw std::runtime_error(
          fmt::format("management core: its RTL ended in cycle {}: {}", next_, why));
  }

  const SpikemeshVerilated& code_;
  std::unique_ptr<void, void (*)(void*)> core_;
  SpikemeshMgmtPorts ports_{};
  Inputs held_;             ///< of the cycles that are not committed
  std::uint64_t next_ = 0;  ///< the first cycle that its clock has not ended
  unsigned divide_;
};

constexpr std::string_view kDivide = "+define+SPIKEMESH_MGMT=",
                           kProgram = "+define+SPIKEMESH_MGMT_PROGRAM=",
                           kData = "+define+SPIKEMESH_MGMT_DATA=";
constexpr std::uint32_t kFewestWords = 256;

/// Of several, the last one counts, as for a compiler.
std::optional<unsigned> defined(const SourceList& sources, std::string_view define) {
  std::optional<unsigned> found;
  for (const std::string& text : sources.defines)
    if (text.starts_with(define))
      found = static_cast<unsigned>(std::stoul(text.substr(define.size())));
  return found;
}

/// MgmtDivide: the value of the define that makes a chip have a core.
unsigned divide_of(const SourceList& sources) {
  if (const auto divide = defined(sources, kDivide)) return *divide;
  throw InputError(
      "the sources of the management core do not define SPIKEMESH_MGMT; build mgmt.f anew");
}

void check_words(std::uint32_t words, std::uint32_t most, const std::string& option) {
  if (std::has_single_bit(words) && words >= kFewestWords && words <= most) return;
  throw InputError(
      fmt::format("{} {}: a memory of the management core has a power of two from {} "
                  "to {} words",
                  option, words, kFewestWords, most));
}

}  // namespace

std::string with_memories(std::string sources, const CoreMemories& memories,
                          const std::string& option) {
  if (memories.program) {
    check_words(*memories.program, spec::kMgmtProgramWords, option + "-program");
    sources += fmt::format(",{}{}", kProgram, *memories.program);
  }
  if (memories.data) {
    check_words(*memories.data, spec::kMgmtDataWords, option + "-data");
    sources += fmt::format(",{}{}", kData, *memories.data);
  }
  return sources;
}

std::vector<std::string> memory_arguments(const SourceList& sources, const std::string& prefix) {
  std::vector<std::string> arguments;
  if (const auto words = defined(sources, kProgram))
    arguments.push_back(fmt::format("-G{}Program={}", prefix, *words));
  if (const auto words = defined(sources, kData))
    arguments.push_back(fmt::format("-G{}Data={}", prefix, *words));
  return arguments;
}

std::filesystem::path management_core_library(const SourceList& sources) {
  const std::filesystem::path tools =
      rtl_sources().front().parent_path().parent_path() / "verilated";
  VerilatedRecipe recipe{
      .what = "the management core",
      .shim = "mgmt_shim.cpp",
      .optimize = "-O3",
      .arguments = {"--top-module", "sm_mgmt", "-Wno-fatal", "--assert",
                    fmt::format("-GDivide={}", divide_of(sources))},
      .sources = with_own_sources(rtl_sources(), sources.files, "the management core", "a chip"),
      .beside = {tools / "mgmt_ports.hpp"}};
  recipe.sources.insert(recipe.sources.begin(), tools / "mgmt.vlt");
  for (const std::string& argument : memory_arguments(sources, ""))
    recipe.arguments.push_back(argument);
  add_sources(recipe, sources);
  try {
    return verilated_library(recipe);
  } catch (const VerilatedError& error) {
    throw InputError(fmt::format("the management core does not compile:\n{}", error.what()));
  }
}

std::shared_ptr<model::ManagementCore> make_management_core(const SourceList& sources) {
  return std::make_shared<VerilatedCore>(load_verilated(management_core_library(sources)),
                                         divide_of(sources));
}

}  // namespace spikemesh::sim
