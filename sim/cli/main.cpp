// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <new>

#include "sim/cli/commands.hpp"
#include "sim/cli/complaint.hpp"
#include "sim/cli/options/validators.hpp"
#include "sim/run/version.hpp"
#include "spikemesh/spec.hpp"

namespace {

constexpr void (*kCommands[])(CLI::App&) = {
    spikemesh::sim::add_completion, spikemesh::sim::add_emulate, spikemesh::sim::add_energy,
    spikemesh::sim::add_firmware,   spikemesh::sim::add_info,    spikemesh::sim::add_map,
    spikemesh::sim::add_report,     spikemesh::sim::add_run,     spikemesh::sim::add_sweep,
    spikemesh::sim::add_verify,     spikemesh::sim::add_traffic, spikemesh::sim::add_wire,
};

constexpr int kBadCommandLine = 2, kFailed = 1;

int parse(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::RuntimeError& error) {  // of a command that has said why
    return app.exit(error);
  } catch (const CLI::Error& error) {
    return app.exit(error) == 0 ? 0 : kBadCommandLine;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr,
               "spikemesh: out of memory; ask for fewer samples, steps, neurons or synapses\n");
  } catch (const std::exception& error) {
    fmt::print(stderr, "spikemesh: {}\n", error.what());
  }
  return kFailed;
}

int run(int argc, char** argv) {
  CLI::App app("SpikeMesh: a chip for spiking neural networks as RTL, model and reference",
               "spikemesh");
  app.set_version_flag("--version", fmt::format("spikemesh {}, commit {}, specification 0x{:08x}",
                                                spikemesh::sim::kVersion, spikemesh::sim::kCommit,
                                                spikemesh::spec::kSpecHash));
  app.require_subcommand(1);
  app.failure_message(spikemesh::sim::complain);
  for (const auto add : kCommands) add(app);
  spikemesh::sim::add_strict_numbers(app);
  return parse(app, argc, argv);
}

}  // namespace

int main(int argc, char** argv) {
  const int code = run(argc, argv);
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  std::fputs("spikemesh: stdout: not all could be written; check room, and what reads it\n",
             stderr);
  return code == 0 ? 1 : code;
}
