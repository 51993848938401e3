// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/point/area.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "sim/sweep/point/memories.hpp"

namespace spikemesh::sim {
namespace {

using spec::Build;

constexpr std::uint64_t kFlitBits = 69;  // FlitWidth of the RTL's package

double bits_of(std::uint32_t value) { return std::bit_width(value - 1); }

/// Sum over the memories of a tile, or of the host tile, that Yosys puts into distributed RAM.
template <typename Each>
double sum_distributed(Build build, bool of_host, Each&& each) {
  build.mesh_w = build.mesh_h = 1;
  std::uint64_t sum = 0;
  for (const Memory& memory : memories(build))
    if (memory.of_host == of_host && is_distributed(memory)) sum += each(memory) * memory.copies;
  return static_cast<double>(sum);
}
/// LUT4 of words of distributed RAM: 16 of 4 bits take four.
std::uint64_t luts_of(std::uint64_t width, std::uint64_t depth) {
  return 4 * ((width + 3) / 4) * ((depth + 15) / 16);
}
double distributed_of(const Build& build, bool of_host) {
  return sum_distributed(build, of_host,
                         [](const Memory& memory) { return luts_of(memory.width, memory.depth); });
}
double outputs_of(const Build& build, bool of_host) {
  return sum_distributed(build, of_host, [](const Memory& memory) { return memory.width; });
}
/// Of a FIFO of flits; one of depth 1 is a register.
double fifo(std::uint32_t depth) {
  return depth == 1 ? 0 : static_cast<double>(luts_of(kFlitBits, depth));
}
double flits_in_registers(std::uint32_t depth) { return depth == 1 ? kFlitBits : 0; }

// Features of tests/area/area.py, by their names there.
namespace tile {
double one(const Build&) { return 1; }
double lanes(const Build& b) { return b.lanes; }
double weights(const Build& b) { return b.lanes * b.weight_bits; }
double groups(const Build& b) { return b.lanes * bits_of(b.neurons / b.lanes); }
double distributed(const Build& b) {
  return distributed_of(b, false) + 5 * fifo(b.router_depth) + fifo(b.core_depth);
}
double outputs(const Build& b) { return outputs_of(b, false); }
double registers(const Build& b) {
  return 5 * flits_in_registers(b.router_depth) + flits_in_registers(b.core_depth);
}
/// One more of a link is four FIFOs of a tile, one more of a router is five.
double stages(const Build& b) { return b.link_latency - 1.0 + 5. / 4 * (b.router_latency - 1.0); }
}  // namespace tile

namespace host {
double one(const Build&) { return 1; }
double distributed(const Build& b) { return distributed_of(b, true) + fifo(b.router_depth); }
double outputs(const Build& b) { return outputs_of(b, true); }
double registers(const Build& b) { return flits_in_registers(b.router_depth); }
double stages(const Build& b) { return b.link_latency - 1.0; }
}  // namespace host

enum class Place : std::uint8_t { tile, host };
enum class Count : std::uint8_t { lut, ff };

struct Cost {
  Place place;
  Count count;
  double (*feature)(const Build&);
  double each;
};

constexpr Cost kCosts[] = {
#define AREA(place, count, feature, each) {Place::place, Count::count, place::feature, each},
#include "sim/sweep/point/area_model.inc"
#undef AREA
};

std::uint64_t sum(const Build& build, Count count) {
  const double tiles = 1.0 * build.mesh_w * build.mesh_h;
  double all = 0;
  for (const Cost& cost : kCosts)
    if (cost.count == count)
      all += (cost.place == Place::tile ? tiles : 1.0) * cost.each * cost.feature(build);
  return static_cast<std::uint64_t>(std::llround(std::max(all, 0.0)));
}

}  // namespace

Area area(const Build& build) { return {sum(build, Count::lut), sum(build, Count::ff)}; }

}  // namespace spikemesh::sim
