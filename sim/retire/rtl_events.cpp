// SPDX-License-Identifier: Apache-2.0
#include "sim/retire/rtl_events.hpp"

namespace spikemesh::sim {
namespace {

using spec::Field;

/// One struct of a retire port: where it starts and whose event it is.
struct Source {
  RetireWords port;
  unsigned base;
  std::uint16_t tile;
  std::uint64_t cycle;
  EventSink& sink;

  std::uint64_t get(const Field& field) const { return port.get(field, base); }
  void tell(EventKind kind, unsigned unit, std::uint64_t data0, std::uint64_t data1) const {
    sink.on({cycle, tile, kind, static_cast<std::uint8_t>(unit), {data0, data1}});
  }
};

void flit(const Source& from, unsigned unit) {
  using namespace spec::retire_flit_layout;
  static_assert(kFlit.bits > 64 && kFlit.bits <= 128);
  if (!from.get(kValid)) return;
  const unsigned low = from.base + kFlit.low;
  from.tell(EventKind::flit, unit, from.port.bits(low, 64),
            from.port.bits(low + 64, kFlit.bits - 64));
}

void fire(const Source& from) {
  using namespace spec::retire_fire_layout;
  if (from.get(kValid)) from.tell(EventKind::fire, 0, from.get(kGroup), from.get(kMask));
}

void acc(const Source& from, unsigned lane) {
  using namespace spec::retire_acc_layout;
  if (!from.get(kValid)) return;
  from.tell(EventKind::acc, lane, from.get(kSlot) << 16 | from.get(kGroup), from.get(kValue));
}

void weight(const Source& from, unsigned lane) {
  using namespace spec::retire_weight_layout;
  if (from.get(kValid)) from.tell(EventKind::weight, lane, from.get(kRow), from.get(kValue));
}

void write(const Source& from) {
  using namespace spec::retire_write_layout;
  if (from.get(kValid)) from.tell(EventKind::write, 0, from.get(kAddr), from.get(kData));
}

void bus(const Source& from) {
  using namespace spec::retire_bus_layout;
  if (!from.get(kValid)) return;
  from.tell(EventKind::bus, 0, from.get(kTile) << 32 | from.get(kAddr),
            from.get(kWrite) << 40 | from.get(kStatus) << 32 | from.get(kData));
}

void byte(const Source& from, EventKind kind) {
  using namespace spec::retire_byte_layout;
  if (from.get(kValid)) from.tell(kind, 0, from.get(kData), 0);
}

void phase(const Source& from) {
  using namespace spec::retire_phase_layout;
  if (!from.get(kValid)) return;
  from.tell(EventKind::phase, 0, from.get(kStep), from.get(kPhase) << 8 | from.get(kMask));
}

void ring(const Source& from, EventKind kind) {
  using namespace spec::retire_ring_layout;
  if (from.get(kValid)) from.tell(kind, 0, from.get(kStep), from.get(kEntry));
}

}  // namespace

std::uint64_t RetireWords::bits(unsigned low, unsigned count) const {
  std::uint64_t value = 0;
  for (unsigned got = 0; got < count;) {
    const unsigned offset = (low + got) % 32;
    value |= std::uint64_t{words[(low + got) / 32] >> offset} << got;
    got += 32 - offset;
  }
  return count >= 64 ? value : value & ((std::uint64_t{1} << count) - 1);
}

void retire_tile(RetireWords port, unsigned base, std::uint16_t tile, std::uint64_t cycle,
                 EventSink& sink) {
  using namespace spec::retire_tile_layout;
  const auto at = [&](const Field& field) {
    return Source{port, base + field.low, tile, cycle, sink};
  };
  flit(at(kFlitLocal), static_cast<unsigned>(spec::Port::local));
  flit(at(kFlitNorth), static_cast<unsigned>(spec::Port::north));
  flit(at(kFlitEast), static_cast<unsigned>(spec::Port::east));
  flit(at(kFlitSouth), static_cast<unsigned>(spec::Port::south));
  flit(at(kFlitWest), static_cast<unsigned>(spec::Port::west));
  fire(at(kFire));
  acc(at(kAcc0), 0);
  acc(at(kAcc1), 1);
  acc(at(kAcc2), 2);
  acc(at(kAcc3), 3);
  write(at(kWrite));
  weight(at(kWeight0), 0);
  weight(at(kWeight1), 1);
  weight(at(kWeight2), 2);
  weight(at(kWeight3), 3);
}

void retire_host(RetireWords port, std::uint64_t cycle, EventSink& sink) {
  using namespace spec::retire_host_layout;
  const auto at = [&](const Field& field) {
    return Source{port, field.low, kHostTile, cycle, sink};
  };
  flit(at(kFlit), 0);
  bus(at(kBus));
  byte(at(kByteIn), EventKind::byte_in);
  byte(at(kByteOut), EventKind::byte_out);
  phase(at(kPhase));
  ring(at(kRingIn), EventKind::ring_in);
  ring(at(kRingOut), EventKind::ring_out);
}

}  // namespace spikemesh::sim
