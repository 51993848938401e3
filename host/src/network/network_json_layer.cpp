// SPDX-License-Identifier: Apache-2.0
// The keys of conv2d and pool2d.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "network/network_check.hpp"
#include "network/network_json_cursor.hpp"
#include "spikemesh/npy.hpp"

namespace spikemesh {
namespace {

/// An array of any number of axes.
struct Block {
  std::vector<std::size_t> shape;
  std::vector<double> values;
};

/// Appends what is nested here; `axis` is the first that it has.
void read_nested(const JsonCursor& cursor, std::size_t axis, Block& block) {
  if (axis == block.shape.size()) {
    block.values.push_back(cursor.number());
    return;
  }
  const std::size_t size = cursor.array_size();
  if (size != block.shape[axis])
    cursor.fail(fmt::format("{} values, but the parts before it have {}; make them alike", size,
                            block.shape[axis]));
  for (std::size_t i = 0; i < size; ++i) read_nested(cursor.at(i), axis + 1, block);
}

Block read_block(const JsonCursor& cursor) {
  Block block;
  if (!cursor.is_object()) {
    JsonCursor first = cursor;
    for (; first.is_array(); first = first.at(std::size_t{0})) {
      block.shape.push_back(first.array_size());
      if (block.shape.back() == 0) return block;
    }
    read_nested(cursor, 0, block);
    return block;
  }
  Npy npy = read_npy(cursor.npy_path());
  if (npy.fields.size() != 1)
    cursor.fail(fmt::format("{} has {} fields, but an array of plain numbers is needed",
                            cursor.npy_path().string(), npy.fields.size()));
  return {std::move(npy.shape), std::move(npy.fields.front().values)};
}

/// One number for both axes, or [vertical, horizontal].
Window::Pair read_pair(const JsonCursor& cursor, std::int64_t min) {
  const auto one = [&](const JsonCursor& part) {
    return static_cast<std::uint32_t>(part.integer(min, kWindowMax));
  };
  if (!cursor.is_array()) return {one(cursor), one(cursor)};
  if (cursor.array_size() != 2)
    cursor.fail(fmt::format("{} values, but one number or [vertical, horizontal] is needed",
                            cursor.array_size()));
  return {one(cursor.at(std::size_t{0})), one(cursor.at(std::size_t{1}))};
}

}  // namespace

void read_layer(const JsonCursor& cursor, const Network& network, Projection& projection) {
  Window& window = projection.window;
  if (const auto groups = cursor.find("groups"))
    window.groups = static_cast<std::uint32_t>(groups->integer(1, kUnitsMax));
  if (projection.connect == Connect::pool2d) {
    projection.weight = cursor.at("weight").number();
    window.size = window.stride = read_pair(cursor.at("kernel_size"), 1);
  } else {
    const JsonCursor weight = cursor.at("weight");
    Block kernel = read_block(weight);
    network.check_kernel(projection, kernel.shape);
    for (const unsigned axis : {0u, 1u}) {
      const std::size_t size = kernel.shape[2 + axis];
      if (size < 1 || size > kWindowMax)
        weight.fail(fmt::format("{} places along an axis of the kernel, but 1..{} are allowed",
                                size, kWindowMax));
      window.size[axis] = static_cast<std::uint32_t>(size);
    }
    projection.weight = std::move(kernel.values);
  }
  if (const auto found = cursor.find("stride")) window.stride = read_pair(*found, 1);
  if (const auto found = cursor.find("padding")) window.padding = read_pair(*found, 0);
  if (const auto found = cursor.find("dilation")) window.dilation = read_pair(*found, 1);
}

Values<double> read_kernel_delays(const JsonCursor& cursor, const Network& network,
                                  const Projection& projection) {
  if (!cursor.is_array() && !cursor.is_object()) return cursor.number();
  Block block = read_block(cursor);
  const std::vector<std::size_t> kernel{
      network.populations()[projection.to].shape[0],
      network.populations()[projection.from].shape[0] / projection.window.groups,
      projection.window.size[0], projection.window.size[1]};
  if (block.shape != kernel)
    cursor.fail(
        fmt::format("the shape ({}), but one number or the shape of the kernel, ({}), is "
                    "needed",
                    fmt::join(block.shape, ", "), fmt::join(kernel, ", ")));
  return std::move(block.values);
}

}  // namespace spikemesh
