// SPDX-License-Identifier: Apache-2.0
#include "sim/retire/retire_pack.hpp"

#include <array>

namespace spikemesh::sim {
namespace {

using spec::Field;

/// One struct of a retire port: where it starts.
struct Target {
  std::span<std::uint32_t> words;
  unsigned base;

  void put(unsigned low, unsigned count, std::uint64_t value) const {
    if (count < 64) value &= (std::uint64_t{1} << count) - 1;
    for (unsigned done = 0; done < count;) {
      const unsigned at = base + low + done, offset = at % 32;
      words[at / 32] |= static_cast<std::uint32_t>(value >> done << offset);
      done += 32 - offset;
    }
  }
  void set(const Field& field, std::uint64_t value) const { put(field.low, field.bits, value); }
};

constexpr std::array kFlitOf{
    spec::retire_tile_layout::kFlitLocal, spec::retire_tile_layout::kFlitNorth,
    spec::retire_tile_layout::kFlitEast, spec::retire_tile_layout::kFlitSouth,
    spec::retire_tile_layout::kFlitWest};
static_assert(static_cast<unsigned>(spec::Port::local) == 0 &&
              static_cast<unsigned>(spec::Port::north) == 1 &&
              static_cast<unsigned>(spec::Port::east) == 2 &&
              static_cast<unsigned>(spec::Port::south) == 3 &&
              static_cast<unsigned>(spec::Port::west) == 4);
constexpr std::array kAccOf{spec::retire_tile_layout::kAcc0, spec::retire_tile_layout::kAcc1,
                            spec::retire_tile_layout::kAcc2, spec::retire_tile_layout::kAcc3};

constexpr std::array kWeightOf{
    spec::retire_tile_layout::kWeight0, spec::retire_tile_layout::kWeight1,
    spec::retire_tile_layout::kWeight2, spec::retire_tile_layout::kWeight3};

const Field& field_of(const Event& event) {
  namespace tile = spec::retire_tile_layout;
  namespace host = spec::retire_host_layout;
  switch (event.kind) {
    case EventKind::flit:
      return event.tile == kHostTile ? host::kFlit : kFlitOf.at(event.unit);
    case EventKind::fire:
      return tile::kFire;
    case EventKind::acc:
      return kAccOf.at(event.unit);
    case EventKind::write:
      return tile::kWrite;
    case EventKind::weight:
      return kWeightOf.at(event.unit);
    case EventKind::bus:
      return host::kBus;
    case EventKind::byte_in:
      return host::kByteIn;
    case EventKind::byte_out:
      return host::kByteOut;
    case EventKind::phase:
      return host::kPhase;
    case EventKind::ring_in:
      return host::kRingIn;
    case EventKind::ring_out:
      break;
  }
  return host::kRingOut;
}

void flit(const Event& event, const Target& to) {
  using namespace spec::retire_flit_layout;
  to.put(kFlit.low, 64, event.data[0]);
  to.put(kFlit.low + 64, kFlit.bits - 64, event.data[1]);
  to.set(kValid, 1);
}

void fire(const Event& event, const Target& to) {
  using namespace spec::retire_fire_layout;
  to.set(kGroup, event.data[0]);
  to.set(kMask, event.data[1]);
  to.set(kValid, 1);
}

void acc(const Event& event, const Target& to) {
  using namespace spec::retire_acc_layout;
  to.set(kSlot, event.data[0] >> 16);
  to.set(kGroup, event.data[0] & 0xffff);
  to.set(kValue, event.data[1]);
  to.set(kValid, 1);
}

void write(const Event& event, const Target& to) {
  using namespace spec::retire_write_layout;
  to.set(kAddr, event.data[0]);
  to.set(kData, event.data[1]);
  to.set(kValid, 1);
}

void weight(const Event& event, const Target& to) {
  using namespace spec::retire_weight_layout;
  to.set(kRow, event.data[0]);
  to.set(kValue, event.data[1]);
  to.set(kValid, 1);
}

void bus(const Event& event, const Target& to) {
  using namespace spec::retire_bus_layout;
  to.set(kTile, event.data[0] >> 32);
  to.set(kAddr, event.data[0]);
  to.set(kWrite, event.data[1] >> 40);
  to.set(kStatus, event.data[1] >> 32);
  to.set(kData, event.data[1]);
  to.set(kValid, 1);
}

void byte(const Event& event, const Target& to) {
  using namespace spec::retire_byte_layout;
  to.set(kData, event.data[0]);
  to.set(kValid, 1);
}

void phase(const Event& event, const Target& to) {
  using namespace spec::retire_phase_layout;
  to.set(kStep, event.data[0]);
  to.set(kPhase, event.data[1] >> 8);
  to.set(kMask, event.data[1] & 0xff);
  to.set(kValid, 1);
}

void ring(const Event& event, const Target& to) {
  using namespace spec::retire_ring_layout;
  to.set(kStep, event.data[0]);
  to.set(kEntry, event.data[1]);
  to.set(kValid, 1);
}

}  // namespace

void pack_event(const Event& event, std::span<std::uint32_t> words) {
  const Target to{words, field_of(event).low};
  switch (event.kind) {
    case EventKind::flit:
      return flit(event, to);
    case EventKind::fire:
      return fire(event, to);
    case EventKind::acc:
      return acc(event, to);
    case EventKind::write:
      return write(event, to);
    case EventKind::weight:
      return weight(event, to);
    case EventKind::bus:
      return bus(event, to);
    case EventKind::byte_in:
    case EventKind::byte_out:
      return byte(event, to);
    case EventKind::phase:
      return phase(event, to);
    case EventKind::ring_in:
    case EventKind::ring_out:
      return ring(event, to);
  }
}

}  // namespace spikemesh::sim
