// SPDX-License-Identifier: Apache-2.0
#include "sim/executor.hpp"

#include "sim/lockstep_device.hpp"
#include "sim/model_device.hpp"
#include "sim/rtl_device.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh::sim {

std::unique_ptr<Device> make_device(Executor executor, const spec::Build& build, Link link,
                                    const DeviceOptions& options) {
  if (!options.rtl_tiles.empty()) {
    auto mixed = make_model_device(
        build, link, load_rtl_tiles(options.rtl_tiles, build, options.waves, options.rerun));
    if (options.rtl_tiles.compare != Compare::cycles) return mixed;
    return std::make_unique<LockstepDevice>(std::move(mixed), make_model_device(build, link),
                                            options.rerun);
  }
  std::optional<Waves> waves;
  if (options.waves) waves = Waves{.path = *options.waves};
  switch (executor) {
    case Executor::model:
      if (waves)
        throw InputError("--waves: the model has no wires; use --executor rtl or lockstep");
      return make_model_device(build, link);
    case Executor::rtl:
      return make_rtl_device(build, link, waves);
    case Executor::lockstep:
      break;
  }
  return std::make_unique<LockstepDevice>(make_rtl_device(build, link, waves),
                                          make_model_device(build, link), options.rerun);
}

}  // namespace spikemesh::sim
