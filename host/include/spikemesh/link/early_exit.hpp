// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "spikemesh/early_exit_settings.hpp"
#include "spikemesh/image.hpp"
#include "spikemesh/link/management_core.hpp"
#include "spikemesh/machine.hpp"

namespace spikemesh {

/// Throws InputError, which begins with `where`, for what the program does not take, or for a
/// population that the image does not record.
void check_early_exit(const EarlyExitSettings& settings, const Image& image,
                      const std::string& where);

/// What the program said of a sample.
struct EarlyAnswer {
  /// The neuron with the most spikes, of several the first; without: none sent any.
  std::optional<std::uint32_t> neuron;
  std::uint32_t steps = 0;   ///< that were run
  std::uint32_t margin = 0;  ///< spikes that it was ahead of the second
  std::vector<OutSpike>
      spikes;  ///< all that are recorded, steps from the sample's begin, ascending
};

/// Runs samples by the program `early-exit` of the management core, which ends each as soon as its
/// answer is sure. The steps that are run give the spikes of a run without it.
///
/// Errors: InputError, SpecError (ManagementCore), RunError (the program stops, refuses something,
/// or gets nowhere; entries were late; spikes were lost), and those of the link.
class EarlyExit {
 public:
  /// Loads `program`, the image of early-exit, which messages call `name`, and starts it. `client`
  /// is connected to a chip at rest that holds `image` (ChipMachine::load), and outlives this.
  EarlyExit(Client& client, const Image& image, const EarlyExitSettings& settings,
            std::span<const std::uint8_t> program, const std::string& name);

  /// Runs a sample of at most `steps` steps, 1 to kMostSteps. `entries` are as Machine::run wants
  /// them, with the state to be cleared; their steps count from the sample's begin. The chip then
  /// stands `pitch` steps behind this begin, whatever was run.
  EarlyAnswer run(std::span<const InEntry> entries, std::uint32_t steps, std::uint64_t pitch);

  /// Stops the program, wherever it is.
  void stop();

  static constexpr std::uint32_t kMostSteps = std::uint32_t{1} << 30;  ///< of a sample

 private:
  /// One that is run, and what of it was written.
  struct Sample {
    std::span<const InEntry> entries;
    std::uint32_t steps = 0, filled = 0;
    std::size_t written = 0;  ///< entries
  };

  void send(std::span<const std::uint32_t> words);
  void send_settings(const Image& image, const EarlyExitSettings& settings);
  std::uint32_t fill(Sample& sample);
  void write_entries(std::span<const InEntry> entries);
  CoreMessage wait(EarlyAnswer& answer);
  std::optional<CoreMessage> look();
  void drain(EarlyAnswer& answer);
  void take(EarlyAnswer& answer, std::uint32_t last);
  void settle();

  Client& client_;
  ManagementCore core_;
  CoreMessages messages_;
  std::vector<CoreMessage> came_;  ///< and were not looked at
  std::uint64_t begin_ = 0;        ///< of the next sample
  std::uint32_t in_write_ = 0, out_read_ = 0, out_told_ = 0;
  std::uint32_t late_ = 0, bad_ = 0, lost_ = 0;  ///< what the counters have to be
  std::uint32_t left_ = 0;                       ///< entries in the ring of steps that were not run
};

}  // namespace spikemesh
