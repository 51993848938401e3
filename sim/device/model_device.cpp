// SPDX-License-Identifier: Apache-2.0
#include "sim/device/model_device.hpp"

#include "model/chip.hpp"
#include "sim/device/chip_device.hpp"

namespace spikemesh::sim {

namespace {

/// What chips with any tiles have.
class PlainDevice : public ChipDevice<model::Chip> {
 public:
  using ChipDevice::ChipDevice;
  void attach(std::shared_ptr<model::ManagementCore> core) { chip_.attach(std::move(core)); }
  void advance(std::uint64_t limit) override { chip_.run(limit); }
  bool write_words(std::uint16_t tile, std::uint32_t address,
                   std::span<const std::uint32_t> words) override {
    return chip_.write(tile, address, words);
  }
  bool read_words(std::uint16_t tile, std::uint32_t address,
                  std::span<std::uint32_t> words) override {
    return chip_.read(tile, address, words);
  }
  bool peek_words(std::uint16_t tile, std::uint32_t address,
                  std::span<std::uint32_t> words) override {
    const auto place = spec::Tile::unpack(tile);
    chip_.peek(place.x, place.y, address, words);
    return true;
  }
  bool peek_states(std::uint16_t tile, bool current, std::uint32_t first,
                   std::span<std::int32_t> values) override {
    const auto place = spec::Tile::unpack(tile);
    chip_.peek(place.x, place.y, current, first, values);
    return true;
  }
  std::uint64_t rested() const override { return chip_.rested(); }
};

class ModelDevice final : public PlainDevice {
 public:
  using PlainDevice::PlainDevice;
  bool observe(model::Observer* observer) override {
    chip_.observe(observer);
    return true;
  }
  bool set_hard_steps(bool on) override {
    chip_.set_hard_steps(on);
    return true;
  }
  bool send(std::shared_ptr<const model::Traffic> traffic) override {
    chip_.send(std::move(traffic));
    return true;
  }
  bool plant(const model::Faults& faults) override {
    chip_.plant(faults);
    return true;
  }
  const model::Activity* activity() const override { return &chip_.activity(); }
};

}  // namespace

std::unique_ptr<Device> make_model_device(const spec::Build& build, Link link,
                                          const model::ForeignPlaces& foreign) {
  return std::make_unique<ModelDevice>(build, link, foreign);
}

std::unique_ptr<Device> make_model_with_core(const spec::Build& build, Link link,
                                             std::shared_ptr<model::ManagementCore> core,
                                             const model::ForeignPlaces& foreign) {
  auto device = std::make_unique<ModelDevice>(build, link, foreign);
  device->attach(std::move(core));
  return device;
}

std::unique_ptr<Device> make_reference_device(const spec::Build& build, Link link,
                                              std::shared_ptr<model::ManagementCore> core) {
  auto device = std::make_unique<PlainDevice>(build, link, model::Tiles::reference);
  if (core) device->attach(std::move(core));
  return device;
}

}  // namespace spikemesh::sim
