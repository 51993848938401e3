// SPDX-License-Identifier: Apache-2.0
// Parts of a network laid out by the eigenvectors of its graph: K. M. Hall, "An r-dimensional
// quadratic placement algorithm", Management Science 17 (1970).
#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

#include "map/mapper_parts.hpp"

namespace spikemesh {
namespace {

constexpr unsigned kIterations = 300;  // of the power iteration

using Vector = std::vector<double>;

double dot(const Vector& a, const Vector& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// The part of `vector` that is along `other`, which has length 1, is taken away.
void remove_along(const Vector& other, Vector& vector) {
  const double along = dot(other, vector);
  for (std::size_t i = 0; i < vector.size(); ++i) vector[i] -= along * other[i];
}

/// To length 1; a vector of nothing stays.
void normalize(Vector& vector) {
  const double length = std::sqrt(dot(vector, vector));
  if (length > 1e-12)
    for (double& each : vector) each /= length;
}

/// The eigenvector of the graph's Laplacian with the smallest eigenvalue, of those at right angles
/// to `found`.
Vector next_slowest(const PartTraffic& traffic, const std::vector<Vector>& found) {
  const std::size_t count = traffic.edges.size();
  Vector degree(count, 0);
  for (std::size_t i = 0; i < count; ++i)
    for (const auto& [other, flits] : traffic.edges[i]) degree[i] += static_cast<double>(flits);
  const double most = count == 0 ? 0 : 2 * *std::max_element(degree.begin(), degree.end());
  Vector vector(count);
  for (std::size_t i = 0; i < count; ++i)  // any vector that is along none of the others
    vector[i] = std::sin(1.0 + static_cast<double>(i * (found.size() + 1)));
  for (unsigned round = 0; round < kIterations; ++round) {
    for (const Vector& each : found) remove_along(each, vector);
    normalize(vector);
    Vector next(count);
    for (std::size_t i = 0; i < count; ++i) {
      next[i] = (most + 1 - degree[i]) * vector[i];
      for (const auto& [other, flits] : traffic.edges[i])
        next[i] += static_cast<double>(flits) * vector[other];
    }
    vector = std::move(next);
  }
  for (const Vector& each : found) remove_along(each, vector);
  normalize(vector);
  return vector;
}

/// Turns the vector around if those that talk most with the host are at its end: the host is at
/// tile (0, 0).
void face_host(const PartTraffic& traffic, Vector& vector) {
  double sum = 0;
  for (std::size_t i = 0; i < vector.size(); ++i)
    sum += vector[i] * static_cast<double>(traffic.host[i]);
  if (sum <= 0) return;
  for (double& each : vector) each = -each;
}

/// Columns and rows of the smallest square, or what of it the mesh has, for so many parts.
TilePlace area_of(std::size_t parts, const spec::Build& build) {
  std::uint32_t columns = 1;
  while (std::size_t{columns} * columns < parts) ++columns;
  columns = std::min(columns, build.mesh_w);
  const auto rows = static_cast<std::uint32_t>((parts + columns - 1) / columns);
  return rows > build.mesh_h ? TilePlace{build.mesh_w, build.mesh_h} : TilePlace{columns, rows};
}

}  // namespace

void place_spectrally(const PartTraffic& traffic, const spec::Build& build,
                      std::vector<MapPart>& parts) {
  std::vector<Vector> slow{Vector(parts.size(), 1)};
  normalize(slow.front());
  for (int i = 0; i < 2; ++i) {
    slow.push_back(next_slowest(traffic, slow));
    face_host(traffic, slow.back());
  }
  std::vector<bool> taken(std::size_t{build.mesh_w} * build.mesh_h);
  std::vector<std::uint32_t> order;
  for (std::uint32_t part = 0; part < parts.size(); ++part) {
    if (!parts[part].fixed) {
      order.push_back(part);
      continue;
    }
    parts[part].place = *parts[part].fixed;
    taken[parts[part].place.y * build.mesh_w + parts[part].place.x] = true;
  }
  const auto sort_along = [&](std::size_t axis, auto begin, auto end) {
    std::sort(begin, end, [&](std::uint32_t a, std::uint32_t b) {
      return std::pair(slow[axis][a], a) < std::pair(slow[axis][b], b);
    });
  };
  sort_along(1, order.begin(), order.end());
  const TilePlace area = area_of(parts.size(), build);
  auto next = order.begin();
  for (std::uint32_t x = 0; x < area.x && next != order.end(); ++x) {  // column by column
    std::vector<std::uint32_t> free;
    for (std::uint32_t y = 0; y < area.y; ++y)
      if (!taken[y * build.mesh_w + x]) free.push_back(y);
    const auto end = next + std::min<std::ptrdiff_t>(std::ssize(free), order.end() - next);
    sort_along(2, next, end);
    for (auto y = free.begin(); next != end; ++next, ++y) parts[*next].place = {x, *y};
  }
}

}  // namespace spikemesh
