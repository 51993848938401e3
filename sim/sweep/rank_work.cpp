// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/rank_work.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

using nlohmann::json;

constexpr int kHello = 0;             ///< tag of the first letter of a rank
constexpr std::size_t kMostIds = 16;  ///< of one letter
constexpr auto kPause = std::chrono::milliseconds(1);

json cells_of(const Row& row) {
  json cells = json::array();
  for (const Cell& cell : row.cells())
    cells.push_back(std::visit(
        [](const auto& value) -> json {
          if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::monostate>)
            return nullptr;
          else
            return value;
        },
        cell));
  return cells;
}

Row row_of(const json& cells) {
  Row row;
  for (std::size_t i = 0; i < columns().size(); ++i) {
    const json& cell = cells.at(i);
    const std::string& name = columns()[i].name;
    if (cell.is_string()) row.set(name, cell.get<std::string>());
    if (cell.is_number_float()) row.set(name, cell.get<double>());
    if (cell.is_number_integer()) row.set(name, cell.get<std::int64_t>());
  }
  return row;
}

/// Asks rank 0 for points until there are none; what fails here is told there.
void work(PointRunner& runner, Ranks& ranks, int tag) {
  json rows = json::array();
  for (;;) {
    ranks.send(0, tag, json{{"rows", std::move(rows)}}.dump());
    rows = json::array();
    const json ids = json::parse(ranks.receive(0, tag));
    if (ids.empty()) return;
    try {
      for (const std::uint64_t id : ids)
        rows.push_back(cells_of(runner.run(runner.point(id), [] {})));
    } catch (const std::exception& failure) {
      return ranks.send(0, tag, json{{"failed", failure.what()}}.dump());
    }
  }
}

}  // namespace

void RankDesk::take_letters(const std::function<void(const Row& row)>& add) {
  while (const auto letter = ranks_.poll()) {
    const json content = json::parse(letter->text);
    if (content.contains("failed"))
      throw Error(
          fmt::format("rank {} failed: {}", letter->from, content["failed"].get<std::string>()));
    if (letter->tag == kHello) {
      if (content["sweep"] != sweep_)
        throw InputError(fmt::format(
            "--mpi: rank {} reads another sweep file, or other files that it names, or is another "
            "version; give all ranks the same folder and program",
            letter->from));
      ++known_;
      workers_ += content["workers"].get<int>();
      continue;
    }
    for (const json& cells : content["rows"]) add(row_of(cells));
    waiting_.push_back({letter->from, letter->tag});
  }
}

void RankDesk::serve(const std::function<std::vector<std::uint64_t>(std::size_t most)>& take,
                     const std::function<void(const Row& row)>& add) {
  take_letters(add);
  while (!waiting_.empty()) {
    const std::vector<std::uint64_t> ids = take(kMostIds);
    if (ids.empty()) return;
    ranks_.send(waiting_.back().rank, waiting_.back().tag, json(ids).dump());
    waiting_.pop_back();
  }
}

void RankDesk::end() {
  for (int home = 0; known_ < ranks_.size() - 1 || home < workers_;) {
    take_letters([](const Row&) {});
    for (const Asker& asker : waiting_) ranks_.send(asker.rank, asker.tag, "[]");
    home += static_cast<int>(waiting_.size());
    waiting_.clear();
    std::this_thread::sleep_for(kPause);
  }
}

void work_for_rank_0(PointRunner& runner, Ranks& ranks, const std::string& sweep,
                     std::uint32_t jobs) {
  ranks.send(0, kHello, json{{"sweep", sweep}, {"workers", jobs}}.dump());
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < jobs; ++i)
    threads.emplace_back([&, tag = static_cast<int>(kHello + 1 + i)] { work(runner, ranks, tag); });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace spikemesh::sim
