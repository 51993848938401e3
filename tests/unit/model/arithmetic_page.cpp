// SPDX-License-Identifier: Apache-2.0
// The table of worked vectors in docs/arithmetic.md is what the arithmetic computes.
#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "model/core/neuron.hpp"

namespace spikemesh::model {
namespace {

using Named = std::map<std::string, std::int64_t>;

struct Row {
  std::string edge;
  Named given, becomes;
};

/// `V=7 b=2048` in backquotes; without them (`nothing`, `all 0`) there is no value.
Named values(const std::string& cell) {
  Named named;
  const auto first = cell.find('`');
  if (first == std::string::npos) return named;
  std::istringstream words(cell.substr(first + 1, cell.rfind('`') - first - 1));
  for (std::string word; words >> word;) {
    const auto equals = word.find('=');
    REQUIRE(equals != std::string::npos);
    named[word.substr(0, equals)] = std::stoll(word.substr(equals + 1));
  }
  return named;
}

std::vector<Row> rows_of_the_page() {
  std::ifstream page(SPIKEMESH_SOURCE_DIR "/docs/arithmetic.md");
  std::vector<Row> rows;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line == "| edge | given | becomes |") {
      inside = std::getline(page, line).good();
      continue;
    }
    if (!inside || line.empty()) {
      inside = false;
      continue;
    }
    const auto second = line.find(" | ", 2), third = line.find(" | ", second + 3);
    REQUIRE(third != std::string::npos);
    rows.push_back({line.substr(2, second - 2), values(line.substr(second + 3, third - second - 3)),
                    values(line.substr(third + 3))});
  }
  return rows;
}

/// Takes each value by name; one that nobody takes is a name that means nothing.
class Taker {
 public:
  explicit Taker(Named named) : named_(std::move(named)) {}
  std::int64_t operator()(const std::string& name, std::int64_t otherwise = 0) {
    const auto found = named_.find(name);
    if (found == named_.end()) return otherwise;
    const std::int64_t value = found->second;
    named_.erase(found);
    return value;
  }
  bool empty() const { return named_.empty(); }

 private:
  Named named_;
};

NeuronUpdate computed(const Named& given) {
  Taker take(given);
  NeuronParameters p;
  p.theta = std::int32_t(take("theta"));
  p.v_reset = std::int32_t(take("v_reset"));
  p.bias = std::int32_t(take("bias"));
  p.decay_i = std::uint32_t(take("a"));
  p.decay_v = std::uint32_t(take("b"));
  p.decay_adapt = std::uint32_t(take("k"));
  p.adapt_step = std::uint32_t(take("adapt_step"));
  p.refractory = std::uint8_t(take("r"));
  p.gain = std::uint8_t(take("gain"));
  p.subtract = take("subtract") != 0;
  NeuronState s;
  s.v = std::int32_t(take("V"));
  s.i = std::int32_t(take("I"));
  s.refractory = std::uint8_t(take("left"));
  s.adapt = std::uint64_t(take("adapt"));
  const auto acc = std::int32_t(take("acc"));
  const bool due = take("due") != 0;
  const auto decay_bits = unsigned(take("DecayBits", 12));
  CHECK(take.empty());
  return update_neuron(p, s, acc, due, decay_bits);
}

}  // namespace

TEST_CASE("neuron: every worked vector of docs/arithmetic.md holds") {
  const std::vector<Row> rows = rows_of_the_page();
  CHECK(rows.size() >= 26);
  for (const Row& row : rows) {
    INFO(row.edge);
    const NeuronUpdate update = computed(row.given);
    Taker becomes(row.becomes);
    CHECK(update.state.v == becomes("V"));
    CHECK(update.state.i == becomes("I"));
    CHECK(update.state.refractory == becomes("left"));
    CHECK(std::int64_t(update.state.adapt) == becomes("adapt"));
    CHECK(update.spike == (becomes("spike") != 0));
    CHECK(update.saturated == (becomes("saturated") != 0));
    CHECK(becomes.empty());
  }
}

}  // namespace spikemesh::model
