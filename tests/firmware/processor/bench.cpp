// SPDX-License-Identifier: Apache-2.0
// Runs a program on the management core alone (bench.sv) and writes down what it retired.
//
//   bench PROGRAM DATA END CYCLES SEED RETIRED [interrupts] [MEMORY]
//
// PROGRAM and DATA are the two memories' first bytes; END is the program counter at which to end,
// or 0 when the program stops itself. While it runs, the host reads and writes registers and the
// last quarter of the data memory at random, from SEED. With `interrupts` the causes of all
// interrupts come and go at random. RETIRED is a text: a line an instruction, as against_spike.py
// reads it. MEMORY is the data memory at the end. Ends with 3 when CYCLES pass first.
#include <verilated.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "Vbench.h"
#include "spikemesh/mgmt.hpp"

namespace {

using spikemesh::spec::MgmtRegister;
constexpr std::uint32_t kDataWords = 4096;

std::uint32_t at(MgmtRegister r) {
  return spikemesh::spec::kMgmtRegistersBase + static_cast<std::uint32_t>(r);
}

std::vector<std::uint32_t> words_of(const char* path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::vector<std::uint32_t> words((bytes.size() + 3) / 4);
  std::memcpy(words.data(), bytes.data(), bytes.size());
  return words;
}

class Bench {
 public:
  Bench(const char* retired, std::uint32_t seed, std::uint32_t end)
      : log_(std::fopen(retired, "w")), random_(seed), end_(end) {
    top_.rst_ni = 0;
    for (unsigned i = 0; i < 4; ++i) cycle();
    top_.rst_ni = 1;
  }
  ~Bench() {
    std::fclose(log_);
    top_.final();
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  void cycle() {
    top_.clk_i = 0;
    top_.eval();
    if (top_.retired_o) retire();
    if (interrupts) causes();
    top_.clk_i = 1;
    top_.eval();
    ++cycles;
  }

  std::uint32_t access(bool write, std::uint32_t address, std::uint32_t value) {
    top_.valid_i = 1;
    top_.write_i = write;
    top_.addr_i = address;
    top_.data_i = value;
    for (;;) {
      top_.clk_i = 0;
      top_.eval();
      const bool answered = top_.answer_o;
      const std::uint32_t read = top_.rdata_o;
      status = top_.status_o;
      cycle();
      if (answered) {
        top_.valid_i = 0;
        top_.eval();
        return read;
      }
    }
  }
  void write(std::uint32_t address, std::uint32_t value) {
    access(true, address, value);
    if (status != 0) {
      std::fprintf(stderr, "bench: a write to %x was answered with %u\n", address, status);
      std::exit(1);
    }
  }
  std::uint32_t read(std::uint32_t address) { return access(false, address, 0); }

  /// The host does something of no consequence, or nothing.
  void disturb() {
    const std::uint32_t quarter = kDataWords / 4, dice = random_() % 64;
    const std::uint32_t place =
        spikemesh::spec::kMgmtDataBase + 3 * quarter + random_() % (quarter - 128);
    if (dice == 0) write(place, static_cast<std::uint32_t>(random_()));
    if (dice == 1) read(place);
    if (dice == 2) read(spikemesh::spec::kMgmtRegistersBase + random_() % 32);
    if (dice == 3) read(spikemesh::spec::kMgmtProgramBase + random_() % 1024);
    if (interrupts && random_() % 256 == 0) mail();
    cycle();
  }

  bool interrupts = false, ended = false;
  unsigned status = 0;
  std::uint64_t cycles = 0;

 private:
  VerilatedContext context_;
  Vbench top_{&context_};
  std::FILE* log_;
  std::mt19937 random_;
  std::uint32_t end_;

  void retire() {
    std::fprintf(log_, "%c%u %08x %x x%u %08x l%x s%x %08x %08x\n",
                 top_.trap_o ? 't' : (top_.intr_o ? 'i' : ' '), top_.mode_o, top_.pc_o, top_.insn_o,
                 top_.rd_o, top_.rd_value_o, top_.load_o, top_.store_o, top_.place_o,
                 top_.stored_o);
    if (end_ != 0 && top_.pc_o == end_) ended = true;
  }
  void causes() {
    const std::uint32_t dice = random_();
    top_.run_ends_i = dice % 997 == 0;
    if ((dice >> 10) % 701 == 0) top_.spikes_i = !top_.spikes_i;
    if (top_.spikes_i && (dice >> 20) % 61 == 0) top_.spikes_i = 0;
  }
  void mail() {
    const std::uint32_t written = read(at(MgmtRegister::in_write));
    if (written - read(at(MgmtRegister::in_read)) < 8) {
      const std::uint32_t first =
          spikemesh::spec::kMgmtDataBase + kDataWords - 2 * spikemesh::spec::kMgmtMailbox;
      write(first + written % spikemesh::spec::kMgmtMailbox, written);
      write(at(MgmtRegister::in_write), written + 1);
    }
  }
};

}  // namespace

int main(int count, char** words) {
  if (count < 7) {
    std::fputs("bench PROGRAM DATA END CYCLES SEED RETIRED [interrupts] [MEMORY]\n", stderr);
    return 2;
  }
  const auto number = [&](int i) { return std::strtoul(words[i], nullptr, 0); };
  const bool interrupts = count > 7 && std::string(words[7]) == "interrupts";
  const char* const memory = count > 7 + interrupts ? words[7 + interrupts] : nullptr;
  Bench bench(words[6], static_cast<std::uint32_t>(number(5)),
              static_cast<std::uint32_t>(number(3)));
  std::uint32_t place = spikemesh::spec::kMgmtProgramBase;
  for (const std::uint32_t word : words_of(words[1])) bench.write(place++, word);
  const std::vector<std::uint32_t> data = words_of(words[2]);
  for (std::uint32_t i = 0; i < kDataWords; ++i)
    bench.write(spikemesh::spec::kMgmtDataBase + i, i < data.size() ? data[i] : 0);
  bench.write(at(MgmtRegister::control), 1);
  bench.interrupts = interrupts;
  const std::uint64_t begin = bench.cycles, limit = begin + number(4);
  std::uint32_t stopped = 0;
  while (!bench.ended && stopped == 0 && bench.cycles < limit) {
    for (unsigned i = 0; i < 256 && !bench.ended; ++i) bench.disturb();
    stopped = bench.read(at(MgmtRegister::stop_cause));
  }
  bench.interrupts = false;
  std::printf("cause %u status %u pc %08x address %08x cycles %llu\n", stopped,
              bench.read(at(MgmtRegister::stop_status)), bench.read(at(MgmtRegister::stop_pc)),
              bench.read(at(MgmtRegister::stop_address)),
              static_cast<unsigned long long>(bench.cycles - begin));
  if (memory != nullptr) {
    std::ofstream out(memory, std::ios::binary);
    for (std::uint32_t i = 0; i < kDataWords; ++i) {
      const std::uint32_t word = bench.read(spikemesh::spec::kMgmtDataBase + i);
      out.write(reinterpret_cast<const char*>(&word), 4);
    }
  }
  return bench.ended || stopped != 0 ? 0 : 3;
}
