// SPDX-License-Identifier: Apache-2.0
// `spikemesh verify` with a chip that has mutants (table.py), of which the first argument switches
// one on.
//
//   verify_mutants MUTANT verify OPTIONS...
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>

#include "sim/cli/commands.hpp"

namespace {

constexpr std::string_view kMutants[] = {
#include "mutants.inc"
};

}  // namespace

int main(int argc, char** argv) {
  const auto* mutant = std::find(std::begin(kMutants), std::end(kMutants), argc > 1 ? argv[1] : "");
  if (mutant == std::end(kMutants)) {
    fmt::print(stderr, "verify_mutants: the first argument is one of {}\n",
               fmt::join(kMutants, ", "));
    return 1;
  }
  setenv("SPIKEMESH_MUTANT", std::to_string(mutant - std::begin(kMutants)).c_str(), 1);
  CLI::App app("verify with RTL that is wrong on purpose",
               fmt::format("verify_mutants {}", *mutant));
  app.require_subcommand(1);
  spikemesh::sim::add_verify(app);
  try {
    app.parse(argc - 1, argv + 1);
  } catch (const CLI::Error& error) {
    return app.exit(error);
  } catch (const std::exception& error) {
    fmt::print(stderr, "verify_mutants: {}\n", error.what());
    return 1;
  }
  return 0;
}
