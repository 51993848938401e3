// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "network/layer.hpp"
#include "network/network_json_cursor.hpp"
#include "spikemesh/input_file.hpp"
#include "spikemesh/network_json.hpp"
#include "spikemesh/npy.hpp"

namespace spikemesh {
namespace {

constexpr std::int64_t kIndexMax = 0xffffffff;

/// What a projection's columns are sized by.
struct Shape {
  std::size_t pre = 0, post = 0;
  std::size_t count = 0;  ///< of synapses
  bool dense = false;
  bool post_first = false;  ///< matrices of the file are [post][pre]
};

/// A matrix in the order [pre][post], or one number for all.
Values<double> read_matrix(const JsonCursor& cursor, const Shape& shape) {
  if (!cursor.is_array() && !cursor.is_object()) return cursor.number();
  const std::size_t rows = shape.post_first ? shape.post : shape.pre;
  const std::size_t columns = shape.post_first ? shape.pre : shape.post;
  std::vector<double> values;
  if (cursor.is_object()) {
    const Npy npy = read_npy(cursor.npy_path());
    if (npy.fields.size() != 1)
      cursor.fail(fmt::format("{} has {} fields, but an array of plain numbers is needed",
                              cursor.npy_path().string(), npy.fields.size()));
    if (npy.shape != std::vector{rows, columns})
      cursor.fail(
          fmt::format("the shape of {} is ({}), but the populations need ({}, {}) in this layout",
                      cursor.npy_path().string(), fmt::join(npy.shape, ", "), rows, columns));
    values = npy.fields.front().values;
  } else {
    if (cursor.array_size() != rows)
      cursor.fail(fmt::format("{} rows, but the populations need {} in this layout",
                              cursor.array_size(), rows));
    for (std::size_t row = 0; row < rows; ++row) {
      const std::vector<double> part = cursor.at(row).column();
      if (part.size() != columns)
        cursor.at(row).fail(fmt::format("{} values, but the populations need {} in this layout",
                                        part.size(), columns));
      values.insert(values.end(), part.begin(), part.end());
    }
  }
  if (!shape.post_first) return values;
  std::vector<double> turned(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    turned[i % columns * rows + i / columns] = values[i];
  return turned;
}

Values<double> read_values(const JsonCursor& cursor, const Shape& shape) {
  return shape.dense ? read_matrix(cursor, shape) : cursor.numbers(shape.count, "synapses");
}

/// Delays in steps, from `delay` or from `delay_ms`.
void read_delay(const JsonCursor& cursor, const Network& network, const Shape& shape,
                Projection& projection) {
  const auto steps = cursor.find("delay"), time = cursor.find("delay_ms");
  if (steps && time) cursor.fail("delay and delay_ms both say how long it takes; keep one");
  if (!steps && !time) return;
  const JsonCursor& given = steps ? *steps : *time;
  std::vector<double> values =
      (projection.connect == Connect::conv2d ? read_kernel_delays(given, network, projection)
                                             : read_values(given, shape))
          .all();
  projection.delay_in_ms = time.has_value();
  if (time)
    for (double& value : values) {
      const double exact = value / network.dt_ms(), whole = std::round(exact);
      if (!(std::abs(exact - whole) < 1e-6))
        time->fail(fmt::format("{} ms is {:.6g} steps of {} ms; use a multiple of dt_ms", value,
                               exact, network.dt_ms()));
      if (whole < 1)
        time->fail(fmt::format("{} ms, but a spike takes at least one step, {} ms; make it longer",
                               value, network.dt_ms()));
      value = whole;
    }
  std::vector<std::uint32_t> delays;
  delays.reserve(values.size());
  for (const double value : values)
    delays.push_back(static_cast<std::uint32_t>(given.whole(value, 1, kIndexMax, [&] {
      return values.size() > 1 ? fmt::format("/{}", delays.size()) : std::string();
    })));
  projection.delay = std::move(delays);
}

/// What the rows of `synapses`, [pre, post, weight] or [pre, post, weight, delay], become.
class Rows {
 public:
  Rows(const JsonCursor& cursor, const Shape& shape, Projection& projection)
      : cursor_(cursor), shape_(shape), projection_(projection) {}

  void reserve(std::size_t count, bool delays) {
    projection_.pre.reserve(count);
    projection_.post.reserve(count);
    weight_.reserve(count);
    if (delays) delay_.reserve(count);
  }
  void add(double pre, double post, double weight) {
    projection_.pre.push_back(index(pre, 0, static_cast<std::int64_t>(shape_.pre) - 1, 0));
    projection_.post.push_back(index(post, 0, static_cast<std::int64_t>(shape_.post) - 1, 1));
    weight_.push_back(weight);
  }
  void add_delay(double delay) { delay_.push_back(index(delay, 1, kIndexMax, 3)); }
  /// Returns whether the rows had delays.
  bool end() {
    const bool delays = !delay_.empty();
    projection_.weight = std::move(weight_);
    if (delays) projection_.delay = std::move(delay_);
    return delays;
  }

 private:
  std::uint32_t index(double value, std::int64_t min, std::int64_t max, unsigned column) const {
    return static_cast<std::uint32_t>(cursor_.whole(value, min, max, [&] {
      return fmt::format("/{}/{}", projection_.pre.size() - (column > 0 ? 1 : 0), column);
    }));
  }

  const JsonCursor& cursor_;
  const Shape& shape_;
  Projection& projection_;
  std::vector<double> weight_;
  std::vector<std::uint32_t> delay_;
};

/// Checks the number of values of a row.
void check_width(const JsonCursor& row, std::size_t size) {
  if (size == 3 || size == 4) return;
  row.fail(fmt::format(
      "{} values, but a synapse is written as [pre, post, weight] or [pre, post, weight, delay]",
      size));
}

void read_packed_rows(const JsonCursor& cursor, const PackedNumbers& packed, Rows& rows) {
  const std::size_t width = packed.width();
  check_width(cursor.at(std::size_t{0}), width);
  rows.reserve(packed.size(), width == 4);
  for (std::size_t at = 0; at < packed.size() * width; at += width) {
    rows.add(packed.number(at), packed.number(at + 1), packed.number(at + 2));
    if (width == 4) rows.add_delay(packed.number(at + 3));
  }
  cursor.release();
}

void read_inline_rows(const JsonCursor& cursor, Rows& rows) {
  if (const auto packed = cursor.packed_rows()) return read_packed_rows(cursor, *packed, rows);
  std::size_t wide = 0;
  for (std::size_t i = 0; i < cursor.array_size(); ++i) {
    const JsonCursor row = cursor.at(i);
    const std::size_t size = row.array_size();
    check_width(row, size);
    if (i > 0 && size != wide)
      row.fail(fmt::format("{} values, but the rows before have {}; give a delay to all or to none",
                           size, wide));
    wide = size;
    rows.add(row.at(std::size_t{0}).number(), row.at(1).number(), row.at(2).number());
    if (size == 4) rows.add_delay(row.at(3).number());
  }
}

void read_structured(const JsonCursor& cursor, const Npy& npy, Rows& rows) {
  for (const Npy::Field& field : npy.fields)
    if (field.name != "pre" && field.name != "post" && field.name != "weight" &&
        field.name != "delay")
      cursor.fail(fmt::format("field {} of {} is unknown; the fields are pre, post, weight, delay",
                              shown(field.name), cursor.npy_path().string()));
  for (const char* needed : {"pre", "post", "weight"})
    if (npy.find(needed) == nullptr)
      cursor.fail(
          fmt::format("field {} of {} is missing; add it", needed, cursor.npy_path().string()));
  const auto &pre = npy.find("pre")->values, &post = npy.find("post")->values,
             &weight = npy.find("weight")->values;
  const Npy::Field* const delay = npy.find("delay");
  rows.reserve(pre.size(), delay != nullptr);
  for (std::size_t i = 0; i < pre.size(); ++i) {
    rows.add(pre[i], post[i], weight[i]);
    if (delay != nullptr) rows.add_delay(delay->values[i]);
  }
}

void read_rows(const JsonCursor& cursor, Rows& rows) {
  if (!cursor.is_object()) return read_inline_rows(cursor, rows);
  const Npy npy = read_npy(cursor.npy_path());
  if (npy.fields.size() > 1 && npy.shape.size() == 1) return read_structured(cursor, npy, rows);
  if (npy.shape.size() != 2 || (npy.shape[1] != 3 && npy.shape[1] != 4) || npy.fields.size() != 1)
    cursor.fail(fmt::format(
        "the shape of {} is ({}), but (n, 3), (n, 4) or a structured array with the fields "
        "pre, post, weight, delay is needed",
        cursor.npy_path().string(), fmt::join(npy.shape, ", ")));
  const std::size_t width = npy.shape[1];
  const auto& values = npy.fields.front().values;
  rows.reserve(npy.shape[0], width == 4);
  for (std::size_t at = 0; at < values.size(); at += width) {
    rows.add(values[at], values[at + 1], values[at + 2]);
    if (width == 4) rows.add_delay(values[at + 3]);
  }
}

void read_synapses(const JsonCursor& cursor, const JsonCursor& rows, const Shape& shape,
                   Projection& projection) {
  for (const char* key : {"pre", "post", "weight"})
    if (cursor.find(key))
      cursor.fail(fmt::format("synapses and {} both list the synapses; keep one way", key));
  projection.listed = true;
  Rows read(rows, shape, projection);
  read_rows(rows, read);
  if (read.end() && (cursor.find("delay") || cursor.find("delay_ms")))
    cursor.fail("the synapses hold their delays already; remove delay");
}

void read_sparse(const JsonCursor& cursor, Projection& projection, Shape& shape) {
  if (const auto rows = cursor.find("synapses")) {
    read_synapses(cursor, *rows, shape, projection);
    shape.count = projection.pre.size();
    return;
  }
  const JsonCursor pre = cursor.at("pre"), post = cursor.at("post");
  projection.pre = pre.index_column(0, kIndexMax);
  projection.post = post.index_column(0, kIndexMax);
  shape.count = projection.pre.size();
  projection.weight = cursor.at("weight").numbers(shape.count, "synapses");
}

Network::Id read_end(const JsonCursor& cursor, const char* key, const Network& network) {
  const JsonCursor name = cursor.at(key);
  if (const auto id = network.find(name.text())) return *id;
  std::vector<std::string> names;
  for (const Population& population : network.populations()) names.push_back(population.name);
  name.fail(fmt::format("no population \"{}\"; there are {}", shown(name.text()), shown(names)));
}

std::uint32_t read_rule_name(const JsonCursor& name, const Network& network) {
  if (const auto rule = network.find_rule(name.text())) return *rule;
  std::vector<std::string> names;
  for (const LearningRule& rule : network.rules()) names.push_back(rule.name);
  name.fail(fmt::format("no rule \"{}\"; {}", shown(name.text()),
                        names.empty() ? "the network has no rules: add them under /rules"
                                      : "there are " + shown(names)));
}

/// Words of `connect`: those of Connect in its order, then the random ones.
const std::vector<std::string_view> kConnectWords{
    "all_to_all", "one_to_one",        "dense",          "sparse", "conv2d",
    "pool2d",     "fixed_probability", "fixed_in_degree"};

/// Keys that only some ways of connecting have.
void check_keys(const JsonCursor& cursor, std::string_view connect) {
  const auto only = [&](const char* key, const std::vector<std::string_view>& names) {
    if (std::find(names.begin(), names.end(), connect) == names.end() && cursor.find(key))
      cursor.find(key)->fail(
          fmt::format("only {} projections have this key; remove it", fmt::join(names, ", ")));
  };
  for (const char* key : {"pre", "post", "synapses"}) only(key, {"sparse"});
  only("layout", {"dense"});
  only("allow_self", {"all_to_all", "fixed_probability", "fixed_in_degree"});
  only("probability", {"fixed_probability"});
  only("in_degree", {"fixed_in_degree"});
  only("seed", {"fixed_probability", "fixed_in_degree"});
  only("kernel_size", {"pool2d"});
  only("groups", {"conv2d"});
  for (const char* key : {"stride", "padding", "dilation"}) only(key, {"conv2d", "pool2d"});
}

/// A random projection: its pairs are drawn here, and it is a sparse one from then on.
void read_random(const JsonCursor& cursor, std::string_view connect, const Network& network,
                 Projection& projection) {
  projection.weight = cursor.at("weight").number();
  const auto seed = static_cast<std::uint64_t>(
      cursor.at("seed").integer(0, std::numeric_limits<std::int64_t>::max()));
  if (connect == "fixed_probability") {
    network.draw_fixed_probability(projection, cursor.at("probability").number(), seed);
  } else {
    const auto in_degree = cursor.at("in_degree").integer(0, kIndexMax);
    network.draw_fixed_in_degree(projection, static_cast<std::uint32_t>(in_degree), seed);
  }
}

}  // namespace

void read_projection(const JsonCursor& cursor, Network& network) {
  cursor.object(network_keys("projection"));
  Projection projection;
  projection.from = read_end(cursor, "from", network);
  projection.to = read_end(cursor, "to", network);
  const std::size_t connect = cursor.at("connect").choice(kConnectWords);
  const bool random = connect > static_cast<std::size_t>(Connect::pool2d);
  projection.connect = random ? Connect::sparse : static_cast<Connect>(connect);
  check_keys(cursor, kConnectWords[connect]);
  Shape shape;
  shape.pre = network.populations()[projection.from].size;
  shape.post = network.populations()[projection.to].size;
  shape.dense = projection.connect == Connect::dense;
  shape.count = projection.connect == Connect::one_to_one ? shape.pre : shape.pre * shape.post;
  if (const auto layout = cursor.find("layout"))
    shape.post_first = layout->choice({"pre_post", "post_pre"}) == 1;
  if (const auto self = cursor.find("allow_self")) projection.allow_self = self->truth();
  if (const auto scale = cursor.find("weight_scale")) projection.weight_scale = scale->number();
  if (const auto rule = cursor.find("rule")) projection.rule = read_rule_name(*rule, network);
  if (random) {
    read_random(cursor, kConnectWords[connect], network, projection);
    shape.count = 1;  // of weights and delays
  } else if (projection.connect == Connect::sparse) {
    read_sparse(cursor, projection, shape);
  } else if (is_layer(projection)) {
    read_layer(cursor, network, projection);
    shape.count = 1;  // of delays
  } else if (projection.connect == Connect::all_to_all) {
    projection.weight = cursor.at("weight").number();
  } else {
    projection.weight = read_values(cursor.at("weight"), shape);
  }
  if (projection.delay.size() <= 1) read_delay(cursor, network, shape, projection);
  network.add(std::move(projection));
}

}  // namespace spikemesh
