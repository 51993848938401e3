// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sim/sweep/store.hpp"
#include "sim/sweep/sweep.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"

namespace spikemesh::sim {
namespace {

/// The first column, apart from wall times, in which two rows differ; "" if none.
std::string difference(const Row& one, const Row& other) {
  for (std::size_t i = 0; i < columns().size(); ++i)
    if (!columns()[i].wall && one.cells()[i] != other.cells()[i]) return columns()[i].name;
  return "";
}

/// Rows by id, and the folder that each came from.
class Rows {
 public:
  void add(const Row& row, const std::filesystem::path& folder) {
    const auto [found, added] = rows_.try_emplace(row.id(), row, folder);
    if (added) return;
    const auto& [held, from] = found->second;
    const std::string column = difference(held, row);
    if (!column.empty())
      throw InputError(fmt::format(
          "{}: point {} has {} {}, but {} in {}; run one of them again and see which is right",
          folder.string(), row.id(), column, shown(csv_text(row[column])),
          shown(csv_text(held[column])), from.string()));
  }
  template <typename Take>
  void for_each(Take&& take) const {
    for (const auto& [id, each] : rows_) take(each.first);
  }

 private:
  std::map<std::int64_t, std::pair<Row, std::filesystem::path>> rows_;
};

void expect_same(const Identity& first, const std::filesystem::path& first_folder,
                 const Identity& other, const std::filesystem::path& other_folder) {
  for (const auto& [key, value] : first) {
    const auto found = other.find(key);
    if (found == other.end() || found->second != value)
      throw InputError(
          fmt::format("{}: it holds another sweep than {}: {} is {} there and {} here; "
                      "merge folders of one sweep",
                      other_folder.string(), first_folder.string(), key, shown(value),
                      found == other.end() ? "missing" : shown(found->second)));
  }
}

}  // namespace

SweepSummary merge_sweeps(const std::vector<std::filesystem::path>& folders,
                          const std::filesystem::path& out) {
  Identity identity;
  Rows rows;
  for (const auto& folder : folders) {
    const Store store(folder);
    if (identity.empty()) identity = store.identity();
    expect_same(identity, folders.front(), store.identity(), folder);
    store.for_each([&](const Row& row) { rows.add(row, folder); });
  }
  SweepSummary summary;
  Store merged(out, identity);
  merged.for_each([&](const Row& row) { rows.add(row, out); });
  const std::vector<std::uint64_t> ids = merged.ids();
  rows.for_each([&](const Row& row) {
    if (std::binary_search(ids.begin(), ids.end(), static_cast<std::uint64_t>(row.id()))) return;
    merged.add(row);
    ++summary.ran;
  });
  merged.write_csv();
  summary.points = std::stoull(identity.at("points"));
  summary.by_status = merged.count_by_status();
  return summary;
}

}  // namespace spikemesh::sim
