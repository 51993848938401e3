// SPDX-License-Identifier: Apache-2.0
// The one file that sees Verilated headers: rtl_builds.inc (written by CMake) includes those of
// every build and lists them as SPIKEMESH_COMPILED_BUILDS(X) = X(name, class) ...
#include "sim/device/rtl_device.hpp"

#include <fmt/format.h>
#include <verilated.h>
#include <verilated_fst_c.h>
#if VM_COVERAGE
#include <unistd.h>
#include <verilated_cov.h>

#include <atomic>
#include <cstdlib>
#endif

#include <deque>
#include <stdexcept>
#include <type_traits>

#include "rtl_builds.inc"
#include "sim/retire/rtl_events.hpp"
#include "sim/waves/fst_writer.hpp"

namespace spikemesh::sim {
namespace {

constexpr unsigned kResetCycles = 4;

struct LevelAt {
  std::uint64_t cycle;
  bool level;
};

/// Bit `index` of a port, however wide its Verilated type is.
template <class Port>
bool bit(const Port& port, unsigned index) {
  if constexpr (std::is_integral_v<Port>) {
    return (port >> index) & 1u;
  } else {
    return (port[index / 32] >> (index % 32)) & 1u;
  }
}

template <class Port>
bool any_bit(const Port& port) {
  if constexpr (std::is_integral_v<Port>) {
    return port != 0;
  } else {
    for (std::size_t i = 0; i < sizeof(Port) / sizeof(std::uint32_t); ++i) {
      if (port[i] != 0) return true;
    }
    return false;
  }
}

template <class Chip>
class RtlDevice final : public Device {
 public:
  RtlDevice(const spec::Build& build, Link link, const std::optional<Waves>& waves)
      : build_(build), chip_(&context_), waves_(waves) {
    if (waves_) open_waves();
    chip_.uart_rx_i = 1;
    chip_.byte_mode_i = link == Link::bytes;
    chip_.byte_tx_ready_i = 1;
    chip_.rst_ni = 0;
    for (unsigned i = 0; i < kResetCycles; ++i) {
      chip_.clk_i = 0;
      chip_.eval();
      chip_.clk_i = 1;
      chip_.eval();
    }
    chip_.rst_ni = 1;
  }
  ~RtlDevice() override {
    enter();
    if (fst_) fst_->close();
    chip_.final();
    write_coverage();
  }

  const spec::Build& build() const override { return build_; }
  std::uint64_t cycle() const override { return cycle_; }
  bool idle() const override {
    return chip_.idle_o && levels_.empty() && offers_.empty() && readies_.empty();
  }
  void advance(std::uint64_t limit) override {
    enter();
    while (cycle_ < limit && !idle()) simulate_cycle();
  }

  void set_rx(std::uint64_t at, bool level) override { levels_.push_back({at, level}); }
  std::vector<PinChange> take_tx() override { return std::exchange(tx_, {}); }
  void offer(std::uint64_t at, std::uint8_t byte) override { offers_.push_back({at, byte}); }
  void set_ready(std::uint64_t at, bool ready) override { readies_.push_back({at, ready}); }
  std::vector<TimedByte> take_bytes() override { return std::exchange(bytes_, {}); }
  void listen(EventSink* sink) override { sink_ = sink; }

 private:
  /// Verilator asks the thread for its context, also to destroy a chip: it must not be that of a
  /// device that is gone.
  void enter() { Verilated::threadContextp(&context_); }
  /// Into a file of its own, so that processes do not meet: tests/instrumented adds them up.
  void write_coverage() {
#if VM_COVERAGE
    const char* folder = std::getenv("SPIKEMESH_COVERAGE_DIR");
    if (folder == nullptr) return;
    static std::atomic<unsigned> devices = 0;
    context_.coveragep()->write(fmt::format("{}/{}-{}.dat", folder, ::getpid(), devices++).c_str());
#endif
  }
  void simulate_cycle() {
    drive_inputs();
    chip_.clk_i = 0;
    chip_.eval();
    sample_outputs();
    if (sink_ && any_bit(chip_.retire_any_o)) tell_events();
    if (fst_) dump(kTimePerCycle * cycle_ + kTimePerCycle / 2);
    chip_.clk_i = 1;
    chip_.eval();
    ++cycle_;
    if (fst_) dump(kTimePerCycle * cycle_);
  }

  void drive_inputs() {
    for (; !levels_.empty() && levels_.front().cycle <= cycle_; levels_.pop_front()) {
      chip_.uart_rx_i = levels_.front().level;
    }
    for (; !readies_.empty() && readies_.front().cycle <= cycle_; readies_.pop_front()) {
      chip_.byte_tx_ready_i = readies_.front().level;
    }
    chip_.byte_rx_valid_i = !offers_.empty() && offers_.front().cycle <= cycle_;
    if (chip_.byte_rx_valid_i) chip_.byte_rx_data_i = offers_.front().byte;
  }

  void sample_outputs() {
    if (chip_.byte_rx_valid_i && chip_.byte_rx_ready_o) offers_.pop_front();
    if (chip_.byte_tx_valid_o && chip_.byte_tx_ready_i)
      bytes_.push_back({cycle_, chip_.byte_tx_data_o});
    if (const bool level = chip_.uart_tx_o; level != tx_level_) {
      tx_level_ = level;
      tx_.push_back({cycle_, level});
    }
  }

  void tell_events() {
    const unsigned tiles = build_.mesh_w * build_.mesh_h;
    for (unsigned i = 0; i < tiles; ++i) {
      if (!bit(chip_.retire_any_o, i)) continue;
      const auto tile =
          static_cast<std::uint16_t>(i % build_.mesh_w | (i / build_.mesh_w) << spec::kCoordBits);
      retire_tile({chip_.retire_tile_o.data()}, i * spec::retire_tile_layout::kWidth, tile, cycle_,
                  *sink_);
    }
    if (bit(chip_.retire_any_o, tiles)) retire_host({chip_.retire_host_o.data()}, cycle_, *sink_);
  }

  void open_waves() {
    context_.traceEverOn(true);
    fst_ = std::make_unique<VerilatedFstC>();
    fst_->set_time_unit("1ns");
    fst_->set_time_resolution("1ns");
    chip_.trace(fst_.get(), 99);
    fst_->open(waves_->path.c_str());
    if (!fst_->isOpen()) throw_waves_unwritable(waves_->path);
  }

  /// The state at `time`; cycle_ says whose.
  void dump(std::uint64_t time) {
    if (cycle_ >= waves_->first && cycle_ <= waves_->last) fst_->dump(time);
  }

  spec::Build build_;
  VerilatedContext context_;
  Chip chip_;
  std::optional<Waves> waves_;
  std::unique_ptr<VerilatedFstC> fst_;
  EventSink* sink_ = nullptr;
  std::uint64_t cycle_ = 0;
  bool tx_level_ = true;
  std::deque<LevelAt> levels_, readies_;
  std::deque<TimedByte> offers_;
  std::vector<PinChange> tx_;
  std::vector<TimedByte> bytes_;
};

template <class Chip>
std::unique_ptr<Device> make(const spec::Build& build, Link link,
                             const std::optional<Waves>& waves) {
  return std::make_unique<RtlDevice<Chip>>(build, link, waves);
}

struct CompiledBuild {
  std::string_view name;
  std::unique_ptr<Device> (*make)(const spec::Build&, Link, const std::optional<Waves>&);
};
#define SPIKEMESH_ENTRY(name, chip) CompiledBuild{#name, &make<chip>},
constexpr CompiledBuild kCompiled[] = {SPIKEMESH_COMPILED_BUILDS(SPIKEMESH_ENTRY)};
#undef SPIKEMESH_ENTRY

const spec::Build& named_build(std::string_view name) {
  for (const spec::NamedBuild& named : spec::kBuilds) {
    if (named.name == name) return named.build;
  }
  for (const spec::NamedBuild& named : spec::kCoverBuilds) {
    if (named.name == name) return named.build;
  }
  throw std::logic_error(fmt::format("build '{}' is compiled in but not in chip.json", name));
}

std::string describe(const spec::Build& build) {
  std::string text;
  for (const spec::BuildRule& rule : spec::kBuildRules) {
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", rule.name, build.*rule.member);
  }
  return text;
}

}  // namespace

std::vector<std::string_view> rtl_builds() {
  std::vector<std::string_view> names;
  for (const CompiledBuild& compiled : kCompiled) names.push_back(compiled.name);
  return names;
}

std::unique_ptr<Device> make_rtl_device(const spec::Build& build, Link link,
                                        const std::optional<Waves>& waves) {
  std::string names;
  for (const CompiledBuild& compiled : kCompiled) {
    if (named_build(compiled.name) == build) return compiled.make(build, link, waves);
    names += fmt::format("{}{}", names.empty() ? "" : ", ", compiled.name);
  }
  throw std::invalid_argument(
      fmt::format("rtl device: no Verilated chip with {}; compiled in: {}. To add one, name it "
                  "under /builds of rtl/spec/chip.json "
                  "and configure with -DSPIKEMESH_RTL_BUILDS=\"...;NAME\"",
                  describe(build), names));
}

}  // namespace spikemesh::sim
