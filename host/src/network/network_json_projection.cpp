// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "network/network_json_cursor.hpp"
#include "spikemesh/input_file.hpp"
#include "spikemesh/network_json.hpp"
#include "spikemesh/npy.hpp"

namespace spikemesh {
namespace {

constexpr std::int64_t kIndexMax = 0xffffffff;

std::vector<std::uint32_t> narrow(const std::vector<std::int64_t>& values) {
  return {values.begin(), values.end()};
}

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
  std::vector<double> values = read_values(given, shape).all();
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
  projection.delay = narrow(given.whole(values, values.size() > 1, 1, kIndexMax));
}

/// Columns of `synapses`: rows [pre, post, weight] or [pre, post, weight, delay].
struct Columns {
  std::vector<double> pre, post, weight, delay;
};

Columns read_inline_rows(const JsonCursor& cursor) {
  Columns columns;
  std::size_t wide = 0;
  for (std::size_t i = 0; i < cursor.array_size(); ++i) {
    const JsonCursor row = cursor.at(i);
    const std::size_t size = row.array_size();
    if (size != 3 && size != 4)
      row.fail(
          fmt::format("{} values, but a synapse is written as [pre, post, weight] or [pre, post, "
                      "weight, delay]",
                      size));
    if (i > 0 && size != wide)
      row.fail(fmt::format("{} values, but the rows before have {}; give a delay to all or to none",
                           size, wide));
    wide = size;
    columns.pre.push_back(row.at(std::size_t{0}).number());
    columns.post.push_back(row.at(1).number());
    columns.weight.push_back(row.at(2).number());
    if (size == 4) columns.delay.push_back(row.at(3).number());
  }
  return columns;
}

Columns split_structured(const JsonCursor& cursor, const Npy& npy) {
  for (const Npy::Field& field : npy.fields)
    if (field.name != "pre" && field.name != "post" && field.name != "weight" &&
        field.name != "delay")
      cursor.fail(fmt::format("field {} of {} is unknown; the fields are pre, post, weight, delay",
                              shown(field.name), cursor.npy_path().string()));
  for (const char* needed : {"pre", "post", "weight"})
    if (npy.find(needed) == nullptr)
      cursor.fail(
          fmt::format("field {} of {} is missing; add it", needed, cursor.npy_path().string()));
  Columns columns{
      npy.find("pre")->values, npy.find("post")->values, npy.find("weight")->values, {}};
  if (const auto* delay = npy.find("delay")) columns.delay = delay->values;
  return columns;
}

Columns read_rows(const JsonCursor& cursor) {
  if (!cursor.is_object()) return read_inline_rows(cursor);
  const Npy npy = read_npy(cursor.npy_path());
  if (npy.fields.size() > 1 && npy.shape.size() == 1) return split_structured(cursor, npy);
  if (npy.shape.size() != 2 || (npy.shape[1] != 3 && npy.shape[1] != 4) || npy.fields.size() != 1)
    cursor.fail(fmt::format(
        "the shape of {} is ({}), but (n, 3), (n, 4) or a structured array with the fields "
        "pre, post, weight, delay is needed",
        cursor.npy_path().string(), fmt::join(npy.shape, ", ")));
  Columns columns;
  const auto& values = npy.fields.front().values;
  for (std::size_t at = 0; at < values.size(); at += npy.shape[1]) {
    columns.pre.push_back(values[at]);
    columns.post.push_back(values[at + 1]);
    columns.weight.push_back(values[at + 2]);
    if (npy.shape[1] == 4) columns.delay.push_back(values[at + 3]);
  }
  return columns;
}

void read_synapses(const JsonCursor& cursor, const JsonCursor& rows, const Shape& shape,
                   Projection& projection) {
  for (const char* key : {"pre", "post", "weight"})
    if (cursor.find(key))
      cursor.fail(fmt::format("synapses and {} both list the synapses; keep one way", key));
  Columns columns = read_rows(rows);
  projection.listed = true;
  projection.pre =
      narrow(rows.whole(columns.pre, true, 0, static_cast<std::int64_t>(shape.pre) - 1, "/0"));
  projection.post =
      narrow(rows.whole(columns.post, true, 0, static_cast<std::int64_t>(shape.post) - 1, "/1"));
  projection.weight = std::move(columns.weight);
  if (columns.delay.empty()) return;
  if (cursor.find("delay") || cursor.find("delay_ms"))
    cursor.fail("the synapses hold their delays already; remove delay");
  projection.delay = narrow(rows.whole(columns.delay, true, 1, kIndexMax, "/3"));
}

void read_sparse(const JsonCursor& cursor, Projection& projection, Shape& shape) {
  if (const auto rows = cursor.find("synapses")) {
    read_synapses(cursor, *rows, shape, projection);
    shape.count = projection.pre.size();
    return;
  }
  const JsonCursor pre = cursor.at("pre"), post = cursor.at("post");
  projection.pre = narrow(pre.whole(pre.column(), true, 0, kIndexMax));
  projection.post = narrow(post.whole(post.column(), true, 0, kIndexMax));
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
    "all_to_all", "one_to_one", "dense", "sparse", "fixed_probability", "fixed_in_degree"};

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
  const bool random = connect > static_cast<std::size_t>(Connect::sparse);
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
  } else if (projection.connect == Connect::all_to_all) {
    projection.weight = cursor.at("weight").number();
  } else {
    projection.weight = read_values(cursor.at("weight"), shape);
  }
  if (projection.delay.size() <= 1) read_delay(cursor, network, shape, projection);
  network.add(std::move(projection));
}

}  // namespace spikemesh
