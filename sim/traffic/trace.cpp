// SPDX-License-Identifier: Apache-2.0
#include "sim/traffic/trace.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <sstream>
#include <string_view>

#include "files/csv_cells.hpp"
#include "sim/run/request/run_request.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"
#include "spikemesh/number.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::sim {
namespace {

constexpr std::uint64_t kMostSide = std::uint64_t{1} << spec::kCoordBits;
constexpr std::uint64_t kMostNodes = kMostSide * kMostSide;
constexpr std::uint64_t kMostPackets = 100'000'000;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

enum Column : std::size_t {
  kStep,
  kSource,
  kDestination,
  kSourceX,
  kSourceY,
  kTargetX,
  kTargetY,
  kCount,
  kSynapses,
  kOffered,
  kColumns
};
constexpr std::array<std::string_view, kColumns> kNames{
    "step",     "source",   "destination", "source_x", "source_y",
    "target_x", "target_y", "count",       "synapses", "offered"};
/// Of messages.csv, which say nothing of what was sent.
constexpr std::array<std::string_view, 3> kIgnored{"axon", "entered", "taken"};
constexpr std::size_t kNowhere = ~std::size_t{0};

class TraceReader {
 public:
  TraceReader(std::istream& in, const std::string& name) : in_(in) { trace_.name = name; }

  TrafficTrace read() {
    read_header();
    while (next_line())
      if (!trim(line_).empty()) read_row();
    if (trace_.rows.empty()) fail("there is no packet; give a row for each");
    order();
    if (!by_tiles_) trace_.nodes.resize(nodes_);
    return std::move(trace_);
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw InputError(fmt::format("{}:{}: {}", trace_.name, number_, message));
  }
  bool next_line() {
    ++number_;
    return static_cast<bool>(std::getline(in_, line_));
  }
  bool has(Column column) const { return place_[column] != kNowhere; }

  void read_header() {
    if (!next_line() || trim(line_).empty())
      fail("the file is empty; begin it with the header step,source,destination");
    if (line_.starts_with(kByteOrderMark)) line_.erase(0, kByteOrderMark.size());
    place_.fill(kNowhere);
    const auto cells = cells_of(line_);
    columns_ = cells.size();
    for (std::size_t at = 0; at < cells.size(); ++at) {
      if (std::find(kIgnored.begin(), kIgnored.end(), cells[at]) != kIgnored.end()) continue;
      const auto found = std::find(kNames.begin(), kNames.end(), cells[at]);
      if (found == kNames.end())
        fail(fmt::format("column \"{}\" is unknown; there are {}", shown(cells[at]),
                         fmt::join(kNames, ", ")));
      auto& place = place_[static_cast<std::size_t>(found - kNames.begin())];
      if (place != kNowhere) fail(fmt::format("column {} occurs twice; keep one", *found));
      place = at;
    }
    const auto count = [&](std::initializer_list<Column> columns) {
      return std::count_if(columns.begin(), columns.end(), [&](Column each) { return has(each); });
    };
    const auto nodes = count({kSource, kDestination});
    const auto tiles = count({kSourceX, kSourceY, kTargetX, kTargetY});
    if (!has(kStep) || !((nodes == 2 && tiles == 0) || (nodes == 0 && tiles == 4)))
      fail(
          "the header holds step and either source and destination, which are numbers of nodes, or "
          "source_x, source_y, target_x and target_y, which are tiles; name these columns");
    by_tiles_ = tiles == 4;
  }

  std::uint64_t number(Column column, std::uint64_t min, std::uint64_t max) const {
    const std::string_view cell = cells_[place_[column]];
    const auto value = parse_integer(cell);
    if (!value || *value < min || *value > max)
      fail(fmt::format("{} \"{}\", but a whole number from {} to {} is needed", kNames[column],
                       shown(cell), min, max));
    return *value;
  }
  std::uint64_t number_or(Column column, std::uint64_t otherwise, std::uint64_t min,
                          std::uint64_t max) const {
    return has(column) ? number(column, min, max) : otherwise;
  }

  std::uint32_t node(Column column) {
    if (cells_[place_[column]] == "host") return TrafficTrace::kHost;
    const auto node = static_cast<std::uint32_t>(number(column, 0, kMostNodes - 1));
    nodes_ = std::max(nodes_, std::size_t{node} + 1);
    return node;
  }
  std::uint32_t tile(Column x, Column y) {
    if (cells_[place_[x]] == "host" && cells_[place_[y]] == "host") return TrafficTrace::kHost;
    const TilePlace at{static_cast<std::uint32_t>(number(x, 0, kMostSide - 1)),
                       static_cast<std::uint32_t>(number(y, 0, kMostSide - 1))};
    const auto [found, added] =
        tiles_.try_emplace({at.x, at.y}, static_cast<std::uint32_t>(trace_.nodes.size()));
    if (added) trace_.nodes.emplace_back(at);
    return found->second;
  }

  void read_row() {
    cells_ = cells_of(line_);
    if (cells_.size() != columns_)
      fail(fmt::format("{} values, but the header has {} columns; give one for each", cells_.size(),
                       columns_));
    TrafficTrace::Row row;
    row.step = number(kStep, 0, kMostSteps - 1);
    row.source = by_tiles_ ? tile(kSourceX, kSourceY) : node(kSource);
    row.destination = by_tiles_ ? tile(kTargetX, kTargetY) : node(kDestination);
    if (row.source == TrafficTrace::kHost && row.destination == TrafficTrace::kHost)
      fail("from the host to the host; name a node at one end");
    row.count = static_cast<std::uint32_t>(number_or(kCount, 1, 1, kMostPackets));
    row.synapses = static_cast<std::uint32_t>(number_or(kSynapses, 1, 0, 0xffff));
    trace_.packets += row.count;
    if (trace_.packets > kMostPackets)
      fail(fmt::format("more than {} packets; cut the file into pieces", kMostPackets));
    trace_.rows.push_back(row);
    offered_.push_back(number_or(kOffered, 0, 0, ~std::uint64_t{0} - 1));
  }

  /// By step, and where the file knows it by the cycle in which a packet was offered.
  void order() {
    std::vector<std::size_t> order(trace_.rows.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return std::pair(trace_.rows[a].step, offered_[a]) <
             std::pair(trace_.rows[b].step, offered_[b]);
    });
    std::vector<TrafficTrace::Row> rows;
    for (const std::size_t i : order) rows.push_back(trace_.rows[i]);
    trace_.rows = std::move(rows);
  }

  std::istream& in_;
  TrafficTrace trace_;
  std::string line_;
  std::uint64_t number_ = 0;
  std::array<std::size_t, kColumns> place_{};
  std::size_t columns_ = 0, nodes_ = 0;
  std::vector<std::string_view> cells_;
  bool by_tiles_ = false;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> tiles_;
  std::vector<std::uint64_t> offered_;
};

}  // namespace

TrafficTrace read_trace(std::istream& in, const std::string& name) {
  return TraceReader(in, name).read();
}

TrafficTrace read_trace(const std::filesystem::path& path) {
  std::istringstream in(read_input(path));
  return read_trace(in, path.string());
}

}  // namespace spikemesh::sim
