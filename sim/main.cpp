// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <systemc>

#include "sim/commands/commands.hpp"
#include "spikemesh/spec.hpp"
#include "version.hpp"

namespace {

constexpr void (*kCommands[])(CLI::App&) = {
    spikemesh::sim::add_completion, spikemesh::sim::add_emulate, spikemesh::sim::add_info,
    spikemesh::sim::add_map,        spikemesh::sim::add_run,     spikemesh::sim::add_verify,
    spikemesh::sim::add_wire,
};

}  // namespace

int sc_main(int argc, char** argv) {
  CLI::App app("SpikeMesh: a spiking-neural-network chip as RTL, as model, and as reference",
               "spikemesh");
  app.set_version_flag(
      "--version", fmt::format("spikemesh {}, commit {}, specification 0x{:08x}", SPIKEMESH_VERSION,
                               SPIKEMESH_COMMIT, spikemesh::spec::kSpecHash));
  app.require_subcommand(1);
  for (const auto add : kCommands) add(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Error& error) {
    return app.exit(error);
  } catch (const std::exception& error) {
    fmt::print(stderr, "spikemesh: {}\n", error.what());
    return 1;
  }
  return 0;
}

/// SystemC's library has a main() that greets first; this one does not.
int main(int argc, char** argv) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);
  return sc_core::sc_elab_and_sim(argc, argv);
}
