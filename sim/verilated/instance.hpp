// SPDX-License-Identifier: Apache-2.0
#pragma once
// Compiled with a Verilated module (compile.sh) into a shared library: everything of a shim but the
// module's ports.

#include <verilated.h>
#if VM_TRACE
#include <verilated_fst_c.h>
#endif
#if VM_COVERAGE
#include <unistd.h>
#include <verilated_cov.h>

#include <cstdlib>
#endif

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include "Vtop.h"
#include "abi.hpp"

/// VL_USER_FATAL, VL_USER_STOP: an assertion or $fatal of the RTL must not end the program.
void vl_fatal(const char* file, int line, const char*, const char* message) {
  throw std::runtime_error(std::string(file) + ":" + std::to_string(line) + ": " + message);
}
void vl_stop(const char* file, int line, const char*) {
  vl_fatal(file, line, "", "an assertion failed, or $stop was reached");
}

namespace spikemesh::verilated {

struct Instance {
  explicit Instance(std::uint64_t seed) : top(powered_on(context, seed)) {}
  ~Instance() {
    enter();
#if VM_TRACE
    if (fst) fst->close();
#endif
    top.final();
    write_coverage();
  }
  /// What is never reset, or read before it is written, must show (--x-initial unique).
  static VerilatedContext* powered_on(VerilatedContext& context, std::uint64_t seed) {
    constexpr int kZeros = 0, kOnes = 1, kRandom = 2;  // a quarter of the seeds, a quarter, half
    const auto value = seed % 4;
    Verilated::threadContextp(&context);
    context.randReset(value == 0 ? kZeros : value == 1 ? kOnes : kRandom);
    // 31 bits; zero would be taken for a seed of Verilator's own.
    context.randSeed(static_cast<int>((seed ^ seed >> 31 ^ seed >> 62) & 0x7fffffff) | 1);
    return &context;
  }
  /// Verilator asks the thread for its context, also to destroy a module.
  void enter() { Verilated::threadContextp(&context); }

  bool open(const char* waves) {
#if VM_TRACE
    context.traceEverOn(true);
    fst = std::make_unique<VerilatedFstC>();
    fst->set_time_unit("1ns");
    fst->set_time_resolution("1ns");
    top.trace(fst.get(), 99);
    fst->open(waves);
    return fst->isOpen();
#else
    return waves == nullptr;
#endif
  }

  /// Into a file of its own, so that neither processes nor libraries meet: tests/instrumented adds
  /// them up.
  void write_coverage() {
#if VM_COVERAGE
    const char* folder = std::getenv("SPIKEMESH_COVERAGE_DIR");
    if (folder == nullptr) return;
    static unsigned instances = 0;
    const auto library = reinterpret_cast<std::uintptr_t>(&instances);
    context.coveragep()->write((std::string(folder) + "/" + std::to_string(::getpid()) + "-" +
                                std::to_string(library) + "-" + std::to_string(instances++) +
                                ".dat")
                                   .c_str());
#endif
  }

  VerilatedContext context;
  Vtop top;
#if VM_TRACE
  std::unique_ptr<VerilatedFstC> fst;
#endif
  std::string message;
};

inline void* make(const char* waves, std::uint64_t seed) {
  auto made = std::make_unique<Instance>(seed);
  return waves == nullptr || made->open(waves) ? made.release() : nullptr;
}

inline void destroy(void* module) { delete static_cast<Instance*>(module); }

inline void dump([[maybe_unused]] void* module, [[maybe_unused]] std::uint64_t time) {
#if VM_TRACE
  Instance& self = *static_cast<Instance*>(module);
  self.enter();
  if (self.fst) self.fst->dump(time);
#endif
}

/// `drive` takes the inputs from Ports, `sample` puts the outputs there.
template <class Ports, void (*drive)(Vtop&, const Ports&), void (*sample)(Vtop&, Ports&)>
const char* eval(void* module, void* ports, int clock) {
  Instance& self = *static_cast<Instance*>(module);
  self.enter();
  drive(self.top, *static_cast<const Ports*>(ports));
  self.top.clk_i = clock != 0;
  self.context.assertOn(self.top.rst_ni != 0);  // what a register holds before is nobody's promise
  try {
    self.top.eval();
  } catch (const std::exception& error) {
    self.message = error.what();
    return self.message.c_str();
  }
  sample(self.top, *static_cast<Ports*>(ports));
  return nullptr;
}

}  // namespace spikemesh::verilated

#define SPIKEMESH_SHIM(Ports, drive, sample)                                                      \
  extern "C" __attribute__((visibility("default"))) const SpikemeshVerilated*                     \
  spikemesh_verilated() {                                                                         \
    using namespace spikemesh::verilated;                                                         \
    static constexpr SpikemeshVerilated kModule{make, destroy, eval<Ports, drive, sample>, dump}; \
    return &kModule;                                                                              \
  }
