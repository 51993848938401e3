// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/point/run_point.hpp"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <new>

#include "sim/run/session.hpp"
#include "sim/run/version.hpp"
#include "sim/stopwatch.hpp"
#include "sim/sweep/point/area.hpp"
#include "sim/sweep/point/measures.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/build_rules.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

/// What `tell` threw: not a failure of the point.
struct Told {
  std::exception_ptr what;
};

/// Gives the UART the baud rate that is wanted, as near as its divisor allows.
void apply_baud(Design& design) {
  if (!design.baud) return;
  const double wanted = design.clock_mhz * 1e6 / *design.baud;
  for (const spec::BuildRule& rule : spec::kBuildRules) {
    if (rule.name != "UartDivisor") continue;
    if (std::round(wanted) < rule.min || std::round(wanted) > rule.max)
      throw InputError(fmt::format(
          "baud {} at clock_mhz {} takes UartDivisor {:.0f}, but {} is allowed; change one of them",
          *design.baud, design.clock_mhz, std::round(wanted), spec::allowed(rule)));
  }
  design.build.uart_divisor = static_cast<std::uint32_t>(std::llround(wanted));
  design.baud.reset();
}

}  // namespace

PointRunner::PointRunner(const SweepFile& sweep, std::vector<Design> designs, std::size_t mappings)
    : sweep_(sweep),
      designs_(std::move(designs)),
      traffic_(sweep.network),
      cache_(sweep.network, sweep.trace.get(), mappings,
             [this](const Design& design, std::uint64_t seed) {
               return traffic_.get(design, request(seed));
             }) {}

/// What is run on a design with this seed.
RunRequest PointRunner::request(std::uint64_t seed) const {
  RunRequest request = sweep_.request;
  if (!sweep_.own_source_seed) request.source_seed = seed;
  return request;
}

Point PointRunner::point(std::uint64_t id) const {
  return {id, id / sweep_.repeats, static_cast<std::uint32_t>(id % sweep_.repeats)};
}

std::uint64_t PointRunner::seed(const Point& point) const {
  return design(point).seed.value_or(sweep_.seed) + point.repeat;
}

Row PointRunner::run(const Point& point, const std::function<void()>& tell, PointRun* run) {
  Row row;
  Design design = this->design(point);
  const auto end = [&](const char* status, const std::string& reason) {
    row.set("status", std::string(status));
    row.set("reason", reason);
    row.set_count("feasible", 0);
    return row;
  };
  try {
    set_design(point, design, row);
    if (const std::string broken = broken_constraint(row); !broken.empty())
      return end("excluded", broken);
    execute(point, design, tell, row, run);
  } catch (const Told& told) {
    std::rethrow_exception(told.what);
  } catch (const std::bad_alloc&) {
    return end("failed", "out of memory; run fewer jobs at a time, or a smaller design");
  } catch (const std::exception& error) {
    return end("failed", error.what());
  }
  const std::string broken = broken_constraint(row);
  row.set("status", std::string("ok"));
  row.set("reason", broken);
  row.set_count("feasible", broken.empty() ? 1 : 0);
  return row;
}

/// Throws InputError when the parameters do not go together.
void PointRunner::set_design(const Point& point, Design& design, Row& row) const {
  row.set_count("id", point.id);
  row.set_count("design", point.design);
  row.set_count("repeat", point.repeat);
  row.set_count("seed", seed(point));
  row.set("version", std::string(kVersion));
  row.set("commit", std::string(kCommit));
  row.set("spec_hash", fmt::format("0x{:08x}", spec::kSpecHash));
  row.set("config", to_json(design, seed(point)));
  row.set("command", fmt::format("spikemesh sweep '{0}' --point {1} --out point-{1}",
                                 sweep_.path.string(), point.id));
  row.set_count("min_tiles", design.min_tiles);
  row.set_count("period", design.period);
  if (design.split_weights) row.set("split_weights", *design.split_weights);
  row.set("clock_mhz", design.clock_mhz);
  row.set("placement", design.placement.name);
  row.set("baud", design.baud_rate());
  for (const spec::BuildRule& rule : spec::kBuildRules)
    row.set_count(rule.name, design.build.*rule.member);
  apply_baud(design);
  row.set_count("UartDivisor", design.build.uart_divisor);
  row.set("baud", design.baud_rate());
  row.set("config", to_json(design, seed(point)));
  check_build(design.build, "the design");
  row.set_count("memory_bits", memory_bits(design.build));
  if (sweep_.part) row.set_count("block_rams", block_rams(design.build));
  const Area logic = area(design.build);
  row.set_count("luts", logic.luts);
  row.set_count("ffs", logic.ffs);
}

/// The first constraint that the cells known so far break, in words; "" if none.
std::string PointRunner::broken_constraint(const Row& row) const {
  if (const auto used = number_of(row["block_rams"]);
      sweep_.part && used && *used > static_cast<double>(sweep_.part->block_rams))
    return fmt::format("/part: it needs {} block RAMs, but {} has {}", *used, sweep_.part->name,
                       sweep_.part->block_rams);
  for (const Constraint& each : sweep_.constraints) {
    const auto value = number_of(row[each.column]);
    if (!value) continue;
    if (each.at_most && *value > *each.at_most)
      return fmt::format("{}: {} is {}, but at most {} is wanted", each.path, each.column, *value,
                         *each.at_most);
    if (each.at_least && *value < *each.at_least)
      return fmt::format("{}: {} is {}, but at least {} is wanted", each.path, each.column, *value,
                         *each.at_least);
  }
  return "";
}

void PointRunner::execute(const Point& point, const Design& design,
                          const std::function<void()>& tell, Row& row, PointRun* run) {
  const MapCache::Found found = cache_.get(design, seed(point));
  row.set("wall_map_s", found.made->seconds);
  row.set_count("map_shared", found.shared ? 1 : 0);
  Mapped mapped = found.made->mapped;
  mapped.image.build = mapped.report.build = design.build;
  row.set_count("tiles", mapped.report.tiles.size());
  if (run != nullptr) run->map = mapped.report;

  SessionOptions options;
  options.executor = Executor::model;
  options.build = design.build;
  options.traffic = found.made->sent;
  options.progress = [&](std::string_view, std::uint64_t, std::uint64_t) {
    try {
      tell();
    } catch (...) {
      throw Told{std::current_exception()};
    }
  };
  Stopwatch watch;
  Session session(std::move(options));
  session.load(std::make_shared<const Network>(sweep_.network), std::move(mapped));
  row.set("wall_load_s", watch.lap());
  RunRequest wanted = request(seed(point));
  wanted.period = design.period;
  RunResult result = session.run(session.plan(wanted), true);
  row.set("wall_run_s", watch.lap());
  if (result.failure) std::rethrow_exception(result.failure);
  set_measures(design, sweep_.network, result, session.activity().value(), row);
  if (run != nullptr) run->result = std::move(result);
}

}  // namespace spikemesh::sim
