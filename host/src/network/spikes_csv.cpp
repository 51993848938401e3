// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/spikes_csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <streambuf>
#include <string_view>
#include <tuple>

#include "files/csv_cells.hpp"
#include "files/input_pieces.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"
#include "spikemesh/number.hpp"

namespace spikemesh {
namespace {

constexpr std::string_view kColumns[] = {"sample", "step", "population", "neuron", "count"};
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::uint32_t kSampleMax = (1u << 24) - 1;  // each takes room, also without spikes
enum Column : std::size_t { kSample, kStep, kPopulation, kNeuron, kCount, kColumnCount };

class Table {
 public:
  Table(std::istream& in, const std::string& name) : in_(in), name_(name) {}

  /// `lines`: as far as it is known how many there are.
  std::vector<SpikeRow> read(std::size_t lines = 0) {
    read_header();
    std::vector<SpikeRow> rows;
    rows.reserve(lines);
    while (next_line())
      if (!trim(line_).empty()) rows.push_back(read_row());
    return rows;
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw InputError(fmt::format("{}:{}: {}", name_, number_, message));
  }
  bool next_line() {
    ++number_;
    return static_cast<bool>(std::getline(in_, line_));
  }
  void read_header() {
    if (next_line() && line_.starts_with(kByteOrderMark)) line_.erase(0, kByteOrderMark.size());
    if (line_.starts_with("\xff\xfe") || line_.starts_with("\xfe\xff"))
      fail("this is UTF-16; save it as UTF-8");
    if (line_.empty())
      fail("the file is empty; begin it with the header sample,step,population,neuron,count");
    place_.assign(kColumnCount, std::string::npos);
    header_ = cells_of(line_).size();
    std::size_t at = 0;
    for (const std::string_view cell : cells_of(line_)) {
      const auto found = std::find(std::begin(kColumns), std::end(kColumns), cell);
      if (found == std::end(kColumns))
        fail(
            fmt::format("column \"{}\" is unknown; the header holds step,population,neuron and, if "
                        "wanted, sample and count",
                        shown(cell)));
      auto& place = place_[static_cast<std::size_t>(found - kColumns)];
      if (place != std::string::npos) fail(fmt::format("column {} occurs twice; keep one", cell));
      place = at++;
    }
    for (const std::size_t needed : {kStep, kPopulation, kNeuron})
      if (place_[needed] == std::string::npos)
        fail(fmt::format("column {} is missing in the header; add it", kColumns[needed]));
  }
  std::uint64_t number(const std::vector<std::string_view>& cells, Column column,
                       std::uint64_t otherwise, std::uint64_t min, std::uint64_t max) const {
    if (place_[column] == std::string::npos) return otherwise;
    const std::string_view cell = cells[place_[column]];
    const auto value = parse_integer(cell);
    if (!value)
      fail(fmt::format("{} \"{}\", but a whole number that is not negative is needed",
                       kColumns[column], shown(cell)));
    if (*value < min || *value > max)
      fail(fmt::format("{} {}, but {}..{} are allowed", kColumns[column], shown(cell), min, max));
    return *value;
  }
  SpikeRow read_row() const {
    const auto cells = cells_of(line_);
    if (cells.size() != header_)
      fail(fmt::format("{} cells, but the header has {}; give each row one cell a column",
                       cells.size(), header_));
    SpikeRow row;
    row.sample = static_cast<std::uint32_t>(number(cells, kSample, 0, 0, kSampleMax));
    row.step = number(cells, kStep, 0, 0, std::uint64_t{1} << 62);
    row.population = cells[place_[kPopulation]];
    row.neuron = static_cast<std::uint32_t>(number(cells, kNeuron, 0, 0, 0xffffffff));
    row.count = static_cast<std::uint32_t>(number(cells, kCount, 1, 1, 65535));
    row.line = number_;
    return row;
  }

  std::istream& in_;
  const std::string& name_;
  std::string line_;
  std::uint32_t number_ = 0;
  std::size_t header_ = 0;
  std::vector<std::size_t> place_;  ///< column -> its place in the header
};

[[noreturn]] void fail_row(const std::string& name, const SpikeRow& row,
                           const std::string& message) {
  throw InputError(row.line == 0 ? fmt::format("{}: {}", name, message)
                                 : fmt::format("{}:{}: {}", name, row.line, message));
}

/// First input and number of inputs of each input population.
using Ranges = std::map<std::string, std::pair<std::uint32_t, std::uint32_t>, std::less<>>;
Ranges input_ranges(const Image& image) {
  Ranges ranges;
  for (std::uint32_t i = 0; i < image.inputs.size(); ++i)
    ++ranges.try_emplace(image.inputs[i].population, i, 0).first->second.second;
  return ranges;
}

std::uint32_t input_of(const SpikeRow& row, const Ranges& ranges, std::uint64_t steps,
                       const std::string& name) {
  const auto range = ranges.find(row.population);
  if (range == ranges.end()) {
    std::vector<std::string> names;
    for (const auto& entry : ranges) names.push_back(entry.first);
    fail_row(name, row,
             fmt::format("no input population \"{}\"; the network has {}", shown(row.population),
                         shown(names)));
  }
  const auto [first, size] = range->second;
  if (row.neuron >= size)
    fail_row(name, row,
             fmt::format("neuron {}, but the neurons of \"{}\" are 0..{}", row.neuron,
                         row.population, size - 1));
  if (row.step >= steps)
    fail_row(name, row,
             fmt::format("step {}, but a sample has the steps 0..{}; run more steps", row.step,
                         steps - 1));
  return first + row.neuron;
}

bool before(const InputSpike& a, const InputSpike& b) {
  return std::tie(a.sample, a.step, a.input) < std::tie(b.sample, b.step, b.input);
}

/// Names the row with which the spikes of a neuron in a step, those of `many`, are too many.
[[noreturn]] void fail_sum(const std::vector<SpikeRow>& rows, const Image& image,
                           const Ranges& ranges, const InputSpike& many, const std::string& name) {
  const Image::Input& input = image.inputs[many.input];
  const std::uint32_t neuron = many.input - ranges.find(input.population)->second.first;
  std::uint64_t sum = 0;
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const SpikeRow& each) {
    const bool one = each.sample == many.sample && each.step == many.step &&
                     each.neuron == neuron && each.population == input.population;
    sum += one ? each.count : 0;
    return sum > input.max_hits;
  });
  fail_row(name, *row,
           fmt::format("{} spikes of neuron {} of \"{}\" in step {}, but the network declares "
                       "max_spikes_per_step {}; raise it there",
                       sum, neuron, input.population, many.step, input.max_hits));
}

/// The text of a file, whose memory goes back as it is read.
class PiecesBuffer final : public std::streambuf {
 public:
  explicit PiecesBuffer(std::deque<std::string>& pieces) : pieces_(pieces) { show(); }

 private:
  int_type underflow() override {
    if (!pieces_.empty()) pieces_.pop_front();
    show();
    return pieces_.empty() ? traits_type::eof() : traits_type::to_int_type(*gptr());
  }
  void show() {
    if (pieces_.empty()) return setg(nullptr, nullptr, nullptr);
    std::string& front = pieces_.front();
    setg(front.data(), front.data(), front.data() + front.size());
  }

  std::deque<std::string>& pieces_;
};

}  // namespace

std::vector<SpikeRow> read_spikes(std::istream& in, const std::string& name) {
  return Table(in, name).read();
}

std::vector<SpikeRow> read_spikes(const std::filesystem::path& path) {
  std::deque<std::string> pieces = InputPieces(path).take();
  std::size_t lines = 1;
  for (const std::string& piece : pieces)
    lines += static_cast<std::size_t>(std::count(piece.begin(), piece.end(), '\n'));
  PiecesBuffer buffer(pieces);
  std::istream in(&buffer);
  const std::string name = path.string();
  return Table(in, name).read(lines);
}

void write_spikes(std::ostream& out, const std::vector<SpikeRow>& rows) {
  out << "sample,step,population,neuron\n";
  for (const SpikeRow& row : rows)
    for (std::uint32_t i = 0; i < row.count; ++i)
      out << row.sample << ',' << row.step << ',' << row.population << ',' << row.neuron << '\n';
}

std::vector<InputSpike> match_inputs(const std::vector<SpikeRow>& rows, const Image& image,
                                     std::uint64_t steps, const std::string& name) {
  const Ranges ranges = input_ranges(image);
  std::vector<InputSpike> spikes;
  spikes.reserve(rows.size());
  for (const SpikeRow& row : rows)
    spikes.push_back({row.sample, row.step, input_of(row, ranges, steps, name), row.count});
  if (!std::is_sorted(spikes.begin(), spikes.end(), before))
    std::sort(spikes.begin(), spikes.end(), before);
  auto end = spikes.begin();
  for (auto next = spikes.begin(); next != spikes.end();) {
    InputSpike all = *next;
    std::uint64_t sum = 0;
    for (; next != spikes.end() && !before(all, *next); ++next) sum += next->count;
    if (sum > image.inputs[all.input].max_hits) fail_sum(rows, image, ranges, all, name);
    all.count = static_cast<std::uint32_t>(sum);
    *end++ = all;
  }
  spikes.erase(end, spikes.end());
  return spikes;
}

}  // namespace spikemesh
