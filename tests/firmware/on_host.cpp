// SPDX-License-Identifier: Apache-2.0
#include "firmware/on_host.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "spikemesh/mgmt.hpp"

extern "C" {
#include "spikemesh.h"
}

namespace spikemesh::test {

namespace {

/// The program that runs, one at a time.
CoreOnHost* running = nullptr;

struct Waits {};
struct Stops {
  std::uint32_t address;
  spec::Status status;
};
struct Exits {};

constexpr std::uint32_t kTag = 1;
constexpr std::uint32_t kOwner =
    4 * (spec::kMgmtRegistersBase + static_cast<std::uint32_t>(spec::MgmtRegister::owner));

std::uint32_t byte_of(spec::Register which) { return 4 * static_cast<std::uint32_t>(which); }

}  // namespace

CoreOnHost::CoreOnHost(const spec::Build& build, const model::Faults& faults)
    : chip_(build, model::LinkMode::bytes) {
  chip_.plant(faults);
}

model::WordAnswer CoreOnHost::access(const model::WordAccess& access) {
  chip_.access(chip_.cycle(), access);
  for (std::uint64_t chunk = 8;; chunk = std::min<std::uint64_t>(2 * chunk, 1024)) {
    chip_.run(chip_.cycle() + chunk);
    if (const auto answers = chip_.take_answers(); !answers.empty()) return answers.front();
  }
}

void CoreOnHost::reset() {
  if (access({true, byte_of(spec::Register::reset_nonce), ++nonce_}).status != spec::Status::ok ||
      access({true, byte_of(spec::Register::image_tag), kTag}).status != spec::Status::ok)
    throw std::logic_error("the chip cannot be reset");
}

CoreOnHost::End CoreOnHost::run(int (*program)(), std::deque<std::uint32_t> mail) {
  in_ = std::move(mail);
  timer_ = ~std::uint64_t{0};
  running = this;
  try {
    program();
    return End::exited;
  } catch (const Waits&) {
    return End::waits;
  } catch (const Exits&) {
    return End::exited;
  } catch (const Stops& stop) {
    stop_address = stop.address;
    stop_status = stop.status;
    return End::stopped;
  }
}

std::vector<std::uint32_t> CoreOnHost::receive() { return std::exchange(out_, {}); }

std::uint32_t CoreOnHost::load(std::uint32_t address) {
  if (address == kOwner) return 1;
  const model::WordAnswer answer = access({.address = address});
  if (answer.status != spec::Status::ok) throw Stops{address, answer.status};
  return answer.data;
}

void CoreOnHost::store(std::uint32_t address, std::uint32_t value) {
  const model::WordAnswer answer = access({true, address, value});
  if (answer.status != spec::Status::ok) throw Stops{address, answer.status};
}

std::uint32_t CoreOnHost::take() {
  if (in_.empty()) throw Waits{};
  const std::uint32_t word = in_.front();
  in_.pop_front();
  return word;
}

std::uint32_t CoreOnHost::sleep(std::uint32_t irqs) {
  for (std::uint64_t chunk = 16;; chunk = std::min<std::uint64_t>(2 * chunk, 1 << 16)) {
    std::uint32_t pending = 0;
    if (time() >= timer_) pending |= SM_IRQ_TIMER;
    if (!sm_running()) pending |= SM_IRQ_RUN_DONE;
    if (sm_spikes_waiting() != 0) pending |= SM_IRQ_SPIKES;
    if (waiting() != 0) pending |= SM_IRQ_MAIL;
    if ((pending & irqs) != 0) return pending & irqs;
    chip_.run(chip_.cycle() + chunk);
  }
}

}  // namespace spikemesh::test

using spikemesh::test::running;

extern "C" {

uint32_t sm_load(uint32_t address) { return running->load(address); }
void sm_store(uint32_t address, uint32_t value) { running->store(address, value); }
uint32_t sm_mail_waiting(void) { return running->waiting(); }
uint32_t sm_mail_take(void) { return running->take(); }
void sm_mail_put(uint32_t word) { running->put(word); }
uint64_t sm_time(void) { return running->time(); }
void sm_set_timer(uint64_t time) { running->set_timer(time); }
uint32_t sm_sleep(uint32_t irqs) { return running->sleep(irqs); }
void sm_exit(int) { throw spikemesh::test::Exits{}; }
uint64_t sm_read64(uint32_t low_word, uint32_t high_word) {
  const uint64_t high = sm_read(high_word);
  return high << 32 | sm_read(low_word);
}
}
