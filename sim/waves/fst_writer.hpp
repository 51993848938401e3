// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace spikemesh::sim {

/// An FST file being written: scopes and variables first, then times that ascend with values at
/// them. A time unit is a nanosecond.
class FstWriter {
 public:
  using Variable = std::uint32_t;

  /// Throws std::invalid_argument when the file cannot be written.
  explicit FstWriter(const std::string& path);

  void open_scope(const std::string& name);
  void close_scope();
  /// A vector of `bits` bits, declared as Verilog does: name [bits-1:0].
  Variable add(const std::string& name, unsigned bits);
  /// Another name for the same variable.
  void add_alias(const std::string& name, unsigned bits, Variable of);

  void time(std::uint64_t nanoseconds);
  /// Value at the present time; 32-bit words, lowest first, at least bits / 32 + 1 of them.
  void value(Variable variable, unsigned bits, std::span<const std::uint32_t> words);

 private:
  struct Close {
    void operator()(void* file) const;
  };
  std::unique_ptr<void, Close> file_;
};

/// The error of a wave file that cannot be written: names it and says what to do.
[[noreturn]] void throw_waves_unwritable(const std::string& path);

}  // namespace spikemesh::sim
