// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/verify_json.hpp"

#include <nlohmann/json.hpp>
#include <numeric>

#include "sim/lockstep/mismatch.hpp"

namespace spikemesh::sim {
namespace {

using Json = nlohmann::ordered_json;

Json to_value(const Outcome& total) {
  const CaseResult& result = total.result;
  Json events = Json::object();
  for (unsigned kind = 0; kind < kEventKinds; ++kind)
    events[std::string(spec::kEvents[kind].name)] = total.compared[kind];
  return {{"cases", total.cases},
          {"pin_cases", total.pin_cases},
          {"learning_cases", total.learning_cases},
          {"cycles", result.cycles},
          {"steps", result.steps},
          {"host_spikes", result.host_spikes},
          {"memory_words", result.words},
          {"segments", result.segments},
          {"late_segments", result.late_segments},
          {"events", std::move(events)},
          {"tx_pin_changes", total.pin_changes},
          {"bytes_sent", total.bytes},
          {"tile_flits",
           std::accumulate(total.tile_flits.begin(), total.tile_flits.end(), std::uint64_t{0})}};
}

}  // namespace

std::string to_json(const VerifyPlan& plan, const VerifyState& state, bool equal) {
  const Outcome all = sum(state.totals);
  Json root{{"schema", "spikemesh-verify-1"}, {"equal", equal},           {"seed", plan.seed},
            {"executor", plan.executor},      {"cases", state.next_case}, {"failed", Json::array()},
            {"all", to_value(all)},           {"builds", Json::object()}, {"bins", Json::object()}};
  for (const VerifyState::Failure& each : state.failed)
    root["failed"].push_back({{"config", each.config}, {"case", each.seed}});
  for (const auto& [config, total] : state.totals) root["builds"][config] = to_value(total);
  for (std::size_t i = 0; i < kBins; ++i)
    root["bins"][std::string(kBinInfo[i].name)] = all.result.bins[i];
  return root.dump(2) + "\n";
}

}  // namespace spikemesh::sim
