// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is to be run, and its check against the network that is to run it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/run/request/option_style.hpp"
#include "sim/run/request/run_inputs.hpp"
#include "spikemesh/mapper.hpp"
#include "spikemesh/record.hpp"
#include "spikemesh/sources.hpp"
#include "spikemesh/spikes_csv.hpp"

namespace spikemesh::sim {

/// What each sample begins without.
enum class Clear : std::uint8_t {
  all,       ///< state, traces and adaptive thresholds
  membrane,  ///< state and traces; adaptive thresholds stay
  none,      ///< nothing: it goes on where the last one ended
};
std::string_view to_string(Clear clear);
/// Throws InputError that names the option and what there is.
Clear parse_clear(const std::string& name, const OptionStyle& style);

inline constexpr std::uint64_t kMostSteps = std::uint64_t{1} << 40;  ///< of a sample

struct RunRequest {
  std::uint64_t steps = 1;                 ///< of a sample, 1..kMostSteps
  std::optional<std::uint32_t> samples{};  ///< without: as many as `inputs` have, at least 1
  Clear clear = Clear::all;
  /// Goes on in the sample under way, for `steps` steps: one sample, and nothing is cleared.
  bool go_on = false;
  std::vector<SpikeRow> inputs{};  ///< steps count from the begin of their sample (go_on: from now)
  std::string inputs_name = "inputs";  ///< what errors call them
  std::vector<Source> sources{};
  std::uint64_t source_seed = 1;      ///< of Poisson sources without a seed of their own
  std::vector<std::string> record{};  ///< probes (spikemesh/record.hpp)
  std::optional<bool> learning{};     ///< without: as it was, or on after load, if a rule is used
  /// Fewest cycles of a step, for a run in real time (PERIOD); 0: a step begins as soon as it can.
  std::uint32_t period = 0;
  bool firmware = true;  ///< the program that the network names runs the samples, if it names one
};

/// A request that was found good: what Session::run takes.
struct RunPlan {
  std::uint64_t steps = 1;  ///< of a sample that count
  std::uint64_t pitch = 1;  ///< from the begin of one sample to that of the next
  std::uint32_t samples = 1;
  Clear clear = Clear::all;
  bool go_on = false;
  std::optional<bool> learning{};
  std::uint32_t period = 0;
  std::optional<EarlyExitSettings> early_exit{};  ///< the program early-exit runs the samples
  RunInputs inputs;
  std::vector<std::string> record;  ///< texts of the probes that are not of spikes
  Recorder recorder;
};

/// The probes of a request, for apply_probes before a network is mapped. Throws InputError for one
/// that cannot be read, or would read nothing within `steps`.
std::vector<Probe> parse_probes(const std::vector<std::string>& record, std::uint64_t steps,
                                const OptionStyle& style);

/// What a run happens on.
struct RunGround {
  const Network& network;
  const Mapped& mapped;
  bool has_clock = true;  ///< of the machine: any but the reference alone
  bool has_core = false;  ///< of the machine: a management core
  SourcePlace place{};    ///< where the run begins
};

/// Throws InputError, which names the culprit and the remedy, for everything in a request that the
/// network cannot take. Changes nothing. `sources`: where those of the machine stand.
RunPlan plan_run(const RunRequest& request, const RunGround& ground, const SourceSpikes& sources,
                 const OptionStyle& style);

}  // namespace spikemesh::sim
