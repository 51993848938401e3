// SPDX-License-Identifier: Apache-2.0
// Rules, plastic axons and lists of plastic inputs of a random chip (docs/blocks/learn.md).
#include <algorithm>
#include <optional>
#include <set>

#include "sim/stimulus/chances.hpp"
#include "sim/stimulus/random_chip.hpp"
#include "sim/stimulus/words.hpp"

namespace spikemesh::sim {
namespace {

using spec::Region;

class Learner {
 public:
  Learner(RandomChip& chip, std::uint16_t tile, Random& random)
      : chip_(chip), build_(chip.build), tile_(tile), words_(chip.words[tile]), random_(random) {
    for (std::uint32_t lane = 0; lane < build_.lanes; ++lane) {
      next_.push_back(below(entries()));
      left_.push_back(entries());
      named_.emplace_back();
      if (random_.chance(kListEdge)) next_.back() = random_.chance(50) ? entries() - 1 : 0;
    }
  }

  void fill() {
    const std::uint32_t kept = below(spec::kRules);
    for (std::uint32_t rule = 0; rule < spec::kRules; ++rule) {
      if (rule == kept || random_.chance(kRuleUsed)) fill_rule(rule);
    }
    count_rows();
    for (const std::uint32_t axon : chip_.axons.at(tile_)) {
      if (!random_.chance(kAxonLearns) || !alone(axon)) continue;
      auto word = spec::Axon::unpack(words_[address(Region::axon, axon)]);
      word.plastic = 1;
      word.rule = any_rule();
      words_[address(Region::axon, axon)] = word.pack();
      if (random_.chance(kTraceSet)) fill_trace(Region::pre_trace, axon);
    }
    if (random_.chance(kFullList)) fill_lane(random_.pick(chip_.neurons.at(tile_)));
    for (const std::uint32_t neuron : chip_.neurons.at(tile_)) {
      if (random_.chance(kTraceSet)) fill_trace(Region::post_trace, neuron);
      if (random_.chance(kNeuronLearns) && neuron != alone_) fill_list(neuron);
    }
    add_limits_of_lists();
  }

 private:
  std::uint32_t entries() const { return build_.plastics / build_.lanes; }
  std::uint32_t below(std::uint64_t limit) {
    return static_cast<std::uint32_t>(random_.below(limit));
  }
  std::uint32_t any_rule() { return rules_[below(rules_.size())]; }

  std::uint32_t group(const spec::Axon& row, std::uint32_t i) const {
    return (row.first + i) % (build_.synapses / build_.lanes);
  }
  void count_rows() {
    for (const std::uint32_t axon : chip_.axons.at(tile_)) {
      const auto row = spec::Axon::unpack(words_[address(Region::axon, axon)]);
      std::set<std::uint32_t> groups;
      for (std::uint32_t i = 0; i < row.groups; ++i) groups.insert(group(row, i));
      for (const std::uint32_t at : groups) ++rows_at_[at];
    }
  }
  /// The fields that add_limits leaves alone. Bits beyond the memory are cut: the word stays what
  /// it was, and a list of one more than can be counted is none.
  void add_limits_of_lists() {
    const std::uint32_t rows = build_.synapses / build_.lanes;
    for (auto& [at, word] : words_) {
      const auto region = static_cast<Region>(spec::TileAddr::unpack(at).region);
      if (region == Region::fanin) {
        auto entry = spec::Fanin::unpack(word);
        if (entry.row == 0 && rows <= 0xffff && random_.chance(50)) entry.row = rows;
        word = entry.pack();
      } else if (region == Region::learn && random_.chance(kListEdge)) {
        auto list = spec::Learn::unpack(word);
        if (list.first == 0 && entries() < 1u << 15) list.first = entries();
        if (list.count == 0 && 2 * entries() < 1u << 15) list.count = 2 * entries();
        word = list.pack();
      }
    }
  }
  /// The only list of its lane: as long as can be counted, so that it wraps around. Each word is in
  /// it twice at most, the second time far behind the first.
  void fill_lane(std::uint32_t neuron) {
    constexpr std::uint32_t kFarBehind = 16;
    const std::uint32_t lane = neuron & (build_.lanes - 1);
    const std::uint32_t rows = build_.synapses / build_.lanes;
    if (entries() > rows || entries() < kFarBehind || entries() > kFullListMost) return;
    alone_ = neuron;
    left_[lane] = 0;
    const std::uint32_t start = below(rows);
    for (std::uint32_t i = 0; i < entries(); ++i) {
      const spec::Fanin entry{
          .row = (start + i) % rows, .axon = any_axon(neuron), .rule = any_rule()};
      words_[address(Region::fanin, i * build_.lanes + lane)] = entry.pack();
    }
    const std::uint32_t count = std::min(2 * entries() - 1, (1u << 15) - 1);
    words_[address(Region::learn, neuron)] =
        spec::Learn{.first = next_[lane], .count = count, .rule = any_rule()}.pack();
  }
  /// No other row has a word of this one: what packets of two axons do to one weight depends on
  /// their order, which is nobody's promise.
  bool alone(std::uint32_t axon) {
    const auto row = spec::Axon::unpack(words_[address(Region::axon, axon)]);
    if (row.groups > build_.synapses / build_.lanes) return false;  // it meets itself
    for (std::uint32_t i = 0; i < row.groups; ++i) {
      if (rows_at_[group(row, i)] > 1) return false;
    }
    return true;
  }

  std::int32_t amplitude() {
    switch (random_.pick(kAmplitudes)) {
      case Amplitude::small:
        return static_cast<std::int32_t>(random_.between(-40, 40));
      case Amplitude::extreme:
        return random_.chance(kLowest) ? -32768 : 32767;
      case Amplitude::usual:
        break;
    }
    return static_cast<std::int32_t>(random_.between(-2000, 2000));
  }

  void fill_rule(std::uint32_t rule) {
    rules_.push_back(rule);
    const auto put = [&](std::uint32_t field, std::uint32_t word) {
      words_[address(Region::rule, rule * 8 + field)] = word;
    };
    put(0, spec::Rule0{.a_plus = amplitude(), .a_minus = amplitude()}.pack());
    const std::uint32_t target = random_.chance(kNoTarget) ? 0 : random_.word();
    put(1, spec::Rule1{.x_target = target, .soft_bound = random_.word()}.pack());
    const std::int32_t limit = 1 << (build_.weight_bits - 1);
    auto low = static_cast<std::int32_t>(random_.between(-limit, limit - 1));
    auto high = static_cast<std::int32_t>(random_.between(-limit, limit - 1));
    if (low > high && !random_.chance(kBoundsSwapped)) std::swap(low, high);
    if (random_.chance(kBoundsOfFormat)) low = -limit, high = limit - 1;
    put(2, spec::Rule2{.w_min = low, .w_max = high}.pack());
    const auto units = [&] { return random_.word() >> random_.below(4); };
    put(3, spec::Rule3{.pre_unit = units(), .pre_max = units()}.pack());
    put(4, spec::Rule4{.post_unit = units(), .post_max = units()}.pack());
    if (random_.chance(kNoSuchWord)) put(5 + below(3), random_.word());
    for (std::uint32_t side = 0; side < 2; ++side) fill_table(rule, side);
  }

  void fill_table(std::uint32_t rule, std::uint32_t side) {
    const std::uint32_t base = (rule * 2 + side) * spec::kTraceSteps;
    std::uint32_t factor =
        random_.chance(kFactorOneFirst) ? spec::kFactorOne : random_.word() % 65537;
    for (std::uint32_t age = 0; age < 8 + below(12); ++age) {
      words_[address(Region::table, base + age)] = factor;
      factor = random_.chance(kFactorFalls) ? factor * 7 / 8 : random_.word() % 65537;
    }
    words_[address(Region::table, base + spec::kTraceSteps - 1)] = random_.word() % 65537;
  }

  /// Steps before the run.
  std::uint32_t trace_age() {
    switch (random_.pick(kTraceAges)) {
      case TraceAge::recent:
        return below(12);
      case TraceAge::end_of_table:
        return 110 + below(20);
      case TraceAge::anywhere:
        break;
    }
    return random_.word();
  }

  void fill_trace(Region region, std::uint32_t index) {
    const auto first = static_cast<std::uint32_t>(chip_.first_step);
    words_[address(region, index)] =
        spec::Trace{.value = random_.word(), .stamp = first - trace_age()}.pack();
  }

  /// Synapses of rows in this tile, none of them twice in a lane: what two slots close together do
  /// to one word is not said.
  void fill_list(std::uint32_t neuron) {
    const std::uint32_t lane = neuron & (build_.lanes - 1);
    const std::uint32_t count =
        std::min({left_[lane], 1 + below(random_.chance(kShortFanin) ? 5 : 24), (1u << 15) - 1});
    std::uint32_t placed = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint32_t axon = any_axon(neuron);
      const auto row = spec::Axon::unpack(words_[address(Region::axon, axon)]);
      const std::uint32_t rows = build_.synapses / build_.lanes;
      std::uint32_t at = (row.first + below(row.groups + 1)) % rows;
      if (random_.chance(kListEdge)) at = random_.chance(50) ? rows - 1 : below(2);
      if (!named_[lane].insert(at).second) continue;
      const std::uint32_t entry = (next_[lane] + placed++) % entries();
      words_[address(Region::fanin, entry * build_.lanes + lane)] =
          spec::Fanin{.row = at,
                      .axon = axon,
                      .rule = random_.chance(kRuleOfAxon) && row.plastic ? row.rule : any_rule()}
              .pack();
    }
    const std::uint32_t rule = any_rule();
    words_[address(Region::learn, neuron)] =
        spec::Learn{.first = next_[lane], .count = placed, .rule = rule}.pack();
    next_[lane] = (next_[lane] + placed) % entries();
    left_[lane] -= placed;
  }

  /// Often one that the neuron itself drives.
  std::uint32_t any_axon(std::uint32_t neuron) {
    const auto list = spec::Neuron7::unpack(words_[address(Region::neuron, neuron * 8 + 7)]);
    for (std::uint32_t i = 0; random_.chance(kOwnInput) && i < list.count; ++i) {
      const std::uint32_t at = (list.first + i) % build_.fanouts;
      const auto to = spec::Fanout::unpack(words_[address(Region::fanout, at)]);
      const auto& axons = chip_.axons.at(tile_);
      const bool known = std::find(axons.begin(), axons.end(), to.axon) != axons.end();
      if (!to.host && spec::Tile{.x = to.x, .y = to.y}.pack() == tile_ && known) return to.axon;
    }
    return random_.pick(chip_.axons.at(tile_));
  }

  RandomChip& chip_;
  const spec::Build& build_;
  std::uint16_t tile_;
  std::map<std::uint32_t, std::uint32_t>& words_;
  Random& random_;
  std::vector<std::uint32_t> rules_, next_, left_;
  std::optional<std::uint32_t> alone_;              ///< the neuron whose lane has no other list
  std::vector<std::set<std::uint32_t>> named_;      ///< words that are in lists already, by lane
  std::map<std::uint32_t, std::uint32_t> rows_at_;  ///< rows that a group of words is in
};

}  // namespace

void add_learning(RandomChip& chip, Random& random) {
  for (const auto& [tile, neurons] : chip.neurons) {
    if (random.chance(kTileLearns)) Learner(chip, tile, random).fill();
  }
  add_limits(chip, true, random);
}

}  // namespace spikemesh::sim
