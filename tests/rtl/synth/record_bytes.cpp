// SPDX-License-Identifier: Apache-2.0
// record_bytes BUILD STIMULUS.hex OUTPUT: what the Verilated chip answers to bytes at its byte
// port, as lines `cycle byte`, in the form that bytes_tb.sv prints.
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>

#include "sim/device/rtl_device.hpp"
#include "spikemesh/spec.hpp"

namespace {

constexpr std::uint64_t kLimit = 10'000'000;

const spikemesh::spec::Build& build_named(const std::string& name) {
  for (const auto& named : spikemesh::spec::kBuilds)
    if (name == named.name) return named.build;
  throw std::runtime_error(fmt::format("no build '{}' in chip.json", name));
}

void record(const std::string& build, const std::string& stimulus, const std::string& output) {
  std::ifstream in(stimulus);
  if (!in) throw std::runtime_error(stimulus + ": cannot be read");
  const auto chip =
      spikemesh::sim::make_rtl_device(build_named(build), spikemesh::sim::Link::bytes);
  unsigned byte = 0;
  while (in >> std::hex >> byte) chip->offer(0, static_cast<std::uint8_t>(byte));
  chip->advance(kLimit);
  if (!chip->idle()) throw std::runtime_error(fmt::format("not idle after {} cycles", kLimit));
  std::ofstream out(output);
  const auto answers = chip->take_bytes();
  for (const auto& answer : answers) out << fmt::format("{} {:02x}\n", answer.cycle, answer.byte);
  out << fmt::format("end {}\n", answers.size());
  if (!out.flush()) throw std::runtime_error(output + ": cannot be written");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 4) throw std::runtime_error("usage: record_bytes BUILD STIMULUS.hex OUTPUT");
    record(argv[1], argv[2], argv[3]);
  } catch (const std::exception& error) {
    std::cerr << "record_bytes: " << error.what() << '\n';
    return 1;
  }
}
