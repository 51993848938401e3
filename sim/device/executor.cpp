// SPDX-License-Identifier: Apache-2.0
#include "sim/device/executor.hpp"

#include <utility>

#include "sim/device/management_core/management_core.hpp"
#include "sim/device/rtl_device.hpp"
#include "sim/lockstep/lockstep_device.hpp"
#include "sim/waves/save_file.hpp"
#include "sim/waves/waved_device.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/output_file.hpp"

namespace spikemesh::sim {

namespace {

std::optional<Waves> waves_beside(const std::optional<Waves>& waves) {
  return waves ? std::optional(model_waves(*waves)) : std::nullopt;
}

std::shared_ptr<model::ManagementCore> make_core(const std::string& sources) {
  return make_management_core(source_list_of(sources, "--management-core"));
}

std::unique_ptr<Device> make_model(const DeviceOptions& options, const spec::Build& build,
                                   Link link, const std::optional<Waves>& waves,
                                   const model::ForeignPlaces& tiles = {}) {
  if (waves) check_output_file(waves->path);
  const std::string& core = options.management_core;
  auto model = core.empty() ? options.make_model(build, link, tiles)
                            : make_model_with_core(build, link, make_core(core), tiles);
  if (waves) write_save_file(*waves, build);
  return waves ? make_waved_device(std::move(model), link, *waves) : std::move(model);
}

std::unique_ptr<Device> make_reference(const DeviceOptions& options, const spec::Build& build,
                                       Link link) {
  if (options.waves)
    throw InputError(
        "--waves: the reference has no signals; use --executor model, rtl or lockstep");
  const std::string& core = options.management_core;
  return make_reference_device(build, link, core.empty() ? nullptr : make_core(core));
}

std::unique_ptr<Device> make_rtl(const spec::Build& build, Link link, const DeviceOptions& options,
                                 bool retire = true) {
  const std::optional<Waves>& waves = options.waves;
  if (waves) check_output_file(waves->path);
  const std::string& core = options.management_core;
  auto rtl = make_rtl_device(build, link, waves, retire, options.power_on,
                             core.empty() ? options.rtl_sources : core);
  if (waves) write_save_file(*waves, build);
  return rtl;
}

}  // namespace

std::vector<std::string> wave_files(Executor executor, const DeviceOptions& options) {
  if (!options.waves) return {};
  std::vector<std::string> files{options.waves->path};
  const bool compared = options.rtl_tiles.empty() ? executor == Executor::lockstep
                                                  : options.rtl_tiles.compare == Compare::cycles;
  if (compared) files.push_back(model_waves(*options.waves).path);
  for (const RtlTile& tile : options.rtl_tiles.places)
    files.push_back(tile_waves(options.waves->path, tile.x, tile.y));
  return files;
}

std::unique_ptr<Device> make_device(Executor executor, const spec::Build& build, Link link,
                                    const DeviceOptions& options) {
  const std::optional<Waves>& waves = options.waves;
  for (const std::string& file : wave_files(executor, options)) {
    check_waves_place(file);
    check_waves_place(save_file_path(file));
  }
  if (!options.rtl_tiles.empty()) {
    const auto path = waves ? std::optional(waves->path) : std::nullopt;
    auto mixed =
        make_model(options, build, link, waves,
                   load_rtl_tiles(options.rtl_tiles, build, path, options.rerun, options.power_on));
    if (options.rtl_tiles.compare != Compare::cycles) return mixed;
    return std::make_unique<LockstepDevice>(
        std::move(mixed), make_model(options, build, link, waves_beside(waves)), options.rerun);
  }
  switch (executor) {
    case Executor::model:
      return make_model(options, build, link, waves);
    case Executor::rtl:
      return make_rtl(build, link, options, options.listened || link == Link::pins);
    case Executor::reference:
      return make_reference(options, build, link);
    case Executor::lockstep:
      break;
  }
  auto rtl = make_rtl(build, link, options);
  auto model = make_model(options, build, link, waves_beside(waves));
  return std::make_unique<LockstepDevice>(std::move(rtl), std::move(model), options.rerun);
}

}  // namespace spikemesh::sim
