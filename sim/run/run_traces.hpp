// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sim/lockstep/mismatch.hpp"
#include "spikemesh/record.hpp"

namespace spikemesh::sim {

/// What --record gave, besides spikes.
struct RecordedTrace {
  std::string text;  ///< of the probe, as on the command line
  Trace trace = {};
  /// What the columns are in the author's units, by the keys of record.json; those that are not
  /// there are known raw only.
  std::map<std::string, std::vector<double>> units = {};
  std::vector<std::int32_t> begin = {};  ///< weight: the columns before the first step
};

/// Writes record.json and, for each trace, recordK-QUANTITY-POPULATION.npy and what names its
/// columns, into a folder that is there (docs/run.md). Files of an earlier recording are removed.
/// Throws InputError when one cannot be written.
void write_traces(const std::filesystem::path& folder, const std::vector<RecordedTrace>& traces);

/// What write_traces wrote; nothing where there is no record.json. Throws InputError.
std::vector<RecordedTrace> read_traces(const std::filesystem::path& folder);

/// Throws Mismatch, naming the first difference, unless the traces are equal.
void expect_traces(const std::vector<RecordedTrace>& traces,
                   const std::vector<RecordedTrace>& reference, const Rerun& rerun);

}  // namespace spikemesh::sim
