// SPDX-License-Identifier: Apache-2.0
// Uploads over a wire with faults: the table of docs/verification/link-faults.md, cell by cell.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdlib>

#include "cell.hpp"

namespace spikemesh::cells {
namespace {

struct Options {
  std::vector<double> rates{1e-5, 1e-4, 1e-3, 1e-2};
  std::string only;
  std::uint64_t seed = 1;
  bool page = false;
};

void report(const Cell& cell, const Outcome& outcome) {
  const std::string what = outcome.equal ? "equal" : "error";
  fmt::print("| {} | {:.0e} | {} | {:.2f} | {} | {} | {} | {} |\n", cell.kind.name, cell.rate, what,
             outcome.seconds, outcome.equal ? fmt::format("{:.1f} %", 100 * outcome.goodput) : "",
             outcome.faults, outcome.resent, outcome.error);
  std::fflush(stdout);
  for (const std::string& promise : outcome.broken) {
    fmt::print(stderr,
               "{} at {:.0e}: {}\nagain: build/bin/link_cells --only '{}' --rate {} --seed {}\n",
               cell.kind.name, cell.rate, promise, cell.kind.name, cell.rate, cell.seed);
  }
}

std::string cell_text(const Outcome& outcome) {
  if (!outcome.broken.empty()) return "broken";
  return fmt::format("{} {:.1f} s", outcome.equal ? "equal" : "error", outcome.seconds);
}

/// The table of the docs: a row for each kind, a column for each rate.
int print_page(const Options& options) {
  std::string head = "| fault |", line = "| --- |";
  for (const double rate : options.rates) {
    head += fmt::format(" {:.0e} |", rate);
    line += " --- |";
  }
  fmt::print("{}\n{}\n", head, line);
  bool broken = false;
  for (const KindInfo& kind : kinds()) {
    fmt::print("| {} |", kind.name);
    for (const double rate : options.rates) {
      const Outcome outcome = run({kind, rate, options.seed});
      broken |= !outcome.broken.empty();
      fmt::print(" {} |", cell_text(outcome));
    }
    fmt::print("\n");
  }
  return broken;
}

int run_all(const Options& options) {
  std::size_t done = 0, broken = 0;
  fmt::print(
      "| fault | rate a byte | image | s | of the wire | bytes hurt | frames again | error |\n"
      "| --- | --- | --- | --- | --- | --- | --- | --- |\n");
  for (const KindInfo& kind : kinds()) {
    if (!options.only.empty() && kind.name != options.only) continue;
    for (const double rate : options.rates) {
      const Cell cell{kind, rate, options.seed};
      const Outcome outcome = run(cell);
      report(cell, outcome);
      ++done;
      broken += !outcome.broken.empty();
    }
  }
  fmt::print("\n{} cells, {} broken\n", done, broken);
  return done == 0 || broken > 0;
}

}  // namespace
}  // namespace spikemesh::cells

int main(int argc, char** argv) {
  CLI::App app("uploads of 102,400 bytes over a wire with faults", "link_cells");
  spikemesh::cells::Options options;
  app.add_option("--rate", options.rates, "error rates a byte");
  app.add_option("--only", options.only, "one kind of fault");
  app.add_option("--seed", options.seed, "of image, hosts and faults");
  app.add_flag("--page", options.page, "the table of docs/verification/link-faults.md");
  CLI11_PARSE(app, argc, argv);
  return options.page ? spikemesh::cells::print_page(options) : spikemesh::cells::run_all(options);
}
