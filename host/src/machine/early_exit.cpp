// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/link/early_exit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "firmware/early-exit/early_exit.h"
#include "link/stall_clock.hpp"
#include "machine/rings.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"

namespace spikemesh {
namespace {

using spec::Register;

constexpr std::uint32_t kLogMessage = 1;  // of any program (docs/firmware.md)
constexpr std::size_t kAnswerWords = 4;
/// By early_exit_fault.
constexpr const char* kExitFaults[] = {"there is no such command",
                                       "there are too many labels",
                                       "there are too many margins",
                                       "the steps of margins do not ascend",
                                       "a margin is 0",
                                       "these are no steps of the sample",
                                       "the host did not give it the run",
                                       "no sample waits for entries",
                                       "it has the entries of as many steps",
                                       "the spike-out ring does not hold this entry",
                                       "the run was stopped after so many steps"};
static_assert(std::size(kExitFaults) == EARLY_EXIT_FAULTS);

constexpr std::chrono::microseconds kExitPause{20};

std::uint32_t low_of(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
std::uint32_t high_of(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }

/// The class of each label: its neuron, if it is one of the population.
std::vector<std::uint32_t> classes_of(const Image& image, const std::string& population) {
  std::vector<std::uint32_t> classes;
  for (const Image::Label& label : image.labels)
    classes.push_back(label.population == population ? label.neuron : EARLY_EXIT_NO_CLASS);
  return classes;
}

void check_answers(const std::string& population, const Image& image, const std::string& where) {
  const auto size =
      std::count_if(image.locations.begin(), image.locations.end(),
                    [&](const Image::Location& at) { return at.population == population; });
  const auto told =
      std::count_if(image.labels.begin(), image.labels.end(),
                    [&](const Image::Label& label) { return label.population == population; });
  const std::string name = shown(population);
  if (size == 0)
    throw InputError(fmt::format("{}: \"{}\" is no population of neurons", where, name));
  if (told != size)
    throw InputError(
        fmt::format("{}: the program counts the spikes of \"{}\", but {} of its {} neurons are not "
                    "recorded; give it \"record\": true",
                    where, name, size - told, size));
  if (size > EARLY_EXIT_MOST_CLASSES)
    throw InputError(fmt::format("{}: \"{}\" has {} neurons, but the program counts at most {}",
                                 where, name, size, EARLY_EXIT_MOST_CLASSES));
  if (image.labels.size() > EARLY_EXIT_MOST_LABELS)
    throw InputError(
        fmt::format("{}: {} neurons are recorded, but the program knows at most {}; "
                    "record fewer",
                    where, image.labels.size(), EARLY_EXIT_MOST_LABELS));
}

/// The first entry behind those of the step of entry `at`.
std::size_t end_of_step(std::span<const InEntry> entries, std::size_t at) {
  const auto last =
      std::upper_bound(entries.begin(), entries.end(), entries[at].step,
                       [](std::uint64_t step, const InEntry& entry) { return step < entry.step; });
  return static_cast<std::size_t>(last - entries.begin());
}

void check_exit_sample(std::span<const InEntry> entries, std::uint32_t steps, std::uint64_t pitch,
                       std::size_t most) {
  if (steps == 0 || steps > EarlyExit::kMostSteps || pitch < steps)
    throw InputError(fmt::format(
        "a sample of {} steps, the next {} steps later: the program early-exit takes 1 to {} steps",
        steps, pitch, EarlyExit::kMostSteps));
  check_entries(entries, 0, steps, std::nullopt);
  for (std::size_t at = 0, end = 0; at < entries.size(); at = end) {
    end = end_of_step(entries, at);
    if (end - at > most)
      throw InputError(fmt::format(
          "step {} of a sample has {} entries, but with the program early-exit at most {} (half of "
          "the spike-in ring) are possible; use a build with a larger RingIn",
          entries[at].step, end - at, most));
  }
}

}  // namespace

void check_early_exit(const EarlyExitSettings& settings, const Image& image,
                      const std::string& where) {
  check_answers(settings.population, image, where + "/population");
  if (settings.margins.size() > EARLY_EXIT_MOST_PAIRS)
    throw InputError(fmt::format("{}/margins: {} pairs, but at most {} are allowed", where,
                                 settings.margins.size(), EARLY_EXIT_MOST_PAIRS));
  std::uint32_t last = 0;
  for (std::size_t i = 0; i < settings.margins.size(); ++i) {
    const ExitMargin& each = settings.margins[i];
    if (each.steps <= last)
      throw InputError(fmt::format(
          "{}/margins/{}: from {} steps on, but the steps ascend, and the first are at least 1",
          where, i, each.steps));
    if (each.margin == 0)
      throw InputError(fmt::format(
          "{}/margins/{}: a margin of 0, with which a sample without a spike would be sure; give "
          "at least 1",
          where, i));
    last = each.steps;
  }
}

EarlyExit::EarlyExit(Client& client, const Image& image, const EarlyExitSettings& settings,
                     std::span<const std::uint8_t> program, const std::string& name)
    : client_(client), core_(client) {
  check_early_exit(settings, image, "settings");
  core_.load(program, name);
  core_.start();
  send_settings(image, settings);
  const auto step = client_.read_registers(Register::step_lo, 2);
  begin_ = std::uint64_t{step[1]} << 32 | step[0];
  in_write_ = client_.read_register(Register::ring_in_write);
  left_ = in_write_ - client_.read_register(Register::ring_in_read);
  out_read_ = out_told_ = client_.read_register(Register::ring_out_write);
  client_.write_register(Register::ring_out_read, out_read_);
  late_ = client_.read_register(Register::late_entries);
  bad_ = client_.read_register(Register::bad_entries);
  lost_ = client_.read_register(Register::ring_out_lost);
}

void EarlyExit::send_settings(const Image& image, const EarlyExitSettings& settings) {
  const std::vector<std::uint32_t> classes = classes_of(image, settings.population);
  std::vector<std::uint32_t> words{std::uint32_t{EARLY_EXIT_CLASSES}, low_of(classes.size())};
  const std::size_t first = words.size();
  words.resize(first + (classes.size() + 3) / 4);
  for (std::size_t i = 0; i < classes.size(); ++i)
    words[first + i / 4] |= classes[i] << 8 * (i % 4);
  words.insert(words.end(), {std::uint32_t{EARLY_EXIT_MARGINS}, low_of(settings.margins.size())});
  for (const ExitMargin& each : settings.margins)
    words.insert(words.end(), {each.steps, each.margin});
  send(words);
}

void EarlyExit::send(std::span<const std::uint32_t> words) {
  core_.send_all(words, client_.give_up());
}

void EarlyExit::write_entries(std::span<const InEntry> entries) {
  std::vector<InEntry> absolute(entries.begin(), entries.end());
  for (InEntry& entry : absolute) entry.step += begin_;
  client_.write(ring_in_blocks(absolute, in_write_, client_.info().build.ring_in));
  in_write_ += low_of(entries.size());
  client_.write_register(Register::ring_in_write, in_write_);
}

/// Writes the entries of as many steps as fill half of the spike-in ring: those that an early end
/// leaves there then never take the room of the first steps of the next sample. Returns how many
/// steps of the sample are filled.
std::uint32_t EarlyExit::fill(Sample& sample) {
  const std::size_t most = client_.info().build.ring_in / 2;
  const auto rest = sample.entries.subspan(sample.written);
  std::size_t count = 0;
  sample.filled = sample.steps;
  while (count < rest.size()) {
    const std::size_t next = end_of_step(rest, count);
    if (next > most) {
      sample.filled = low_of(rest[count].step);
      break;
    }
    count = next;
  }
  if (count > 0) write_entries(rest.first(count));
  sample.written += count;
  return sample.filled;
}

EarlyAnswer EarlyExit::run(std::span<const InEntry> entries, std::uint32_t steps,
                           std::uint64_t pitch) {
  check_exit_sample(entries, steps, pitch, client_.info().build.ring_in / 2);
  if (const CoreState state = core_.state(); !state.running)
    throw RunError(fmt::format("the program early-exit does not run: {}", to_text(state)));
  Sample sample{.entries = entries, .steps = steps};
  EarlyAnswer answer;
  const std::uint32_t filled = fill(sample);
  core_.give_run(spec::MgmtOwner::core);
  const std::array start{std::uint32_t{EARLY_EXIT_SAMPLE}, low_of(begin_), high_of(begin_), steps,
                         filled};
  send(start);
  CoreMessage said = wait(answer);
  while (said.kind == EARLY_EXIT_WANTS) {
    const std::array more{std::uint32_t{EARLY_EXIT_FILLED}, fill(sample)};
    core_.give_run(spec::MgmtOwner::core);
    send(more);
    said = wait(answer);
  }
  if (said.words[0] != EARLY_EXIT_NO_ANSWER) answer.neuron = said.words[0];
  answer.steps = said.words[1];
  answer.margin = said.words[2];
  take(answer, said.words[3]);
  client_.write_register(Register::ring_out_read, out_read_);
  out_told_ = out_read_;
  for (OutSpike& spike : answer.spikes) spike.step -= begin_;
  std::sort(answer.spikes.begin(), answer.spikes.end());
  settle();
  begin_ += pitch;
  const std::array next{low_of(begin_), high_of(begin_)};
  client_.write_registers(Register::step_lo, next);
  return answer;
}

/// What the program says next of the sample; its spikes are read meanwhile.
CoreMessage EarlyExit::wait(EarlyAnswer& answer) {
  StallClock clock(client_);
  std::uint64_t last = ~std::uint64_t{0};
  for (;;) {
    const CoreState state = core_.state();  // first: what it said before it stopped is there
    if (const auto message = look()) return *message;
    if (!state.running)
      throw RunError(fmt::format("the program early-exit stopped: {}", to_text(state)));
    drain(answer);
    const std::uint32_t period = client_.read_register(Register::period);
    const auto step = client_.read_registers(Register::step_lo, 2);
    const std::uint32_t cycle = client_.read_register(Register::cycle_lo);
    const std::uint64_t now = std::uint64_t{step[1]} << 32 | step[0];
    if (clock.stalled(now != last, cycle, period))
      throw RunError(
          fmt::format("the program early-exit says nothing, and step {} does not end, {}: {}", now,
                      clock.how_long(), to_text(state)));
    last = now;
    client_.wait(kExitPause);
  }
}

/// An answer or a wish, if it has come.
std::optional<CoreMessage> EarlyExit::look() {
  for (CoreMessage& message : messages_.take(core_.receive())) came_.push_back(std::move(message));
  while (!came_.empty()) {
    const CoreMessage message = std::move(came_.front());
    came_.erase(came_.begin());
    const std::uint32_t kind = message.kind;
    const std::size_t count = message.words.size();
    if (kind == EARLY_EXIT_REFUSED && count == 2 && message.words[0] < std::size(kExitFaults))
      throw RunError(fmt::format("the program early-exit refuses what it was sent: {} ({})",
                                 kExitFaults[message.words[0]], message.words[1]));
    if ((kind == EARLY_EXIT_ANSWER && count == kAnswerWords) ||
        (kind == EARLY_EXIT_WANTS && count == 1))
      return message;
    if (kind != kLogMessage)
      throw RunError(
          fmt::format("the program says a message of kind {} with {} words, which early-exit does "
                      "not have: load the program of this version",
                      message.kind, count));
  }
  return std::nullopt;
}

/// Reads the spikes that are there. While the core owns the run, it gives up their entries.
void EarlyExit::drain(EarlyAnswer& answer) {
  take(answer, client_.read_register(Register::ring_out_write));
  if (out_read_ - out_told_ < (client_.info().build.ring_out + 1) / 2) return;
  const std::array taken{std::uint32_t{EARLY_EXIT_TAKEN}, out_read_};
  send(taken);
  out_told_ = out_read_;
}

void EarlyExit::take(EarlyAnswer& answer, std::uint32_t last) {
  const std::uint32_t depth = client_.info().build.ring_out, count = last - out_read_;
  if (count > depth)
    throw RunError(
        fmt::format("the spike-out ring has {} entries that this host has not read, but holds {}: "
                    "another program used the chip; load the image again",
                    count, depth));
  if (count > 0)
    append_spikes(client_.read(ring_out_extents(out_read_, count, depth)), begin_, answer.spikes);
  out_read_ = last;
}

/// Entries that the sample before this one did not come to were late; no others may be, and nothing
/// may be lost.
void EarlyExit::settle() {
  late_ += std::exchange(left_, in_write_ - client_.read_register(Register::ring_in_read));
  const auto expect = [this](Register which, std::uint32_t wanted, const char* what) {
    const std::uint32_t count = client_.read_register(which);
    if (count != wanted)
      throw RunError(
          fmt::format("{} {}: another program used the chip, or the entries are not of "
                      "the loaded image; load it again",
                      static_cast<std::int32_t>(count - wanted), what));
  };
  expect(Register::late_entries, late_, "entries came late and were not delivered (LATE_ENTRIES)");
  expect(Register::bad_entries, bad_,
         "input spikes name a tile or axon that the chip does not have (BAD_ENTRIES)");
  expect(Register::ring_out_lost, lost_,
         "spikes were overwritten before they were read (RING_OUT_LOST)");
}

void EarlyExit::stop() { core_.stop(); }

}  // namespace spikemesh
