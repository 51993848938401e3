// SPDX-License-Identifier: Apache-2.0
#include "sim/lockstep/mismatch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "spikemesh/spec.hpp"

namespace spikemesh::sim {
namespace {

std::uint64_t bits(std::uint64_t value, unsigned low, unsigned count) {
  return value >> low & ((std::uint64_t{1} << count) - 1);
}

std::string number(std::uint64_t value) {
  return value < 10 ? fmt::format("{}", value) : fmt::format("{} (0x{:x})", value, value);
}

std::string tile_address(std::uint32_t word) {
  const spec::TileAddr address = spec::TileAddr::unpack(word);
  return fmt::format("{} {}", to_string(static_cast<spec::Region>(address.region)), address.index);
}

std::string host_address(std::uint32_t address) {
  for (const spec::RegisterInfo& info : spec::kRegisters) {
    if (static_cast<std::uint32_t>(info.address) == address) return std::string(info.name);
  }
  if (address >= spec::kRingOutBase) {
    return fmt::format("spike-out ring word {}", address - spec::kRingOutBase);
  }
  if (address >= spec::kRingInBase) {
    return fmt::format("spike-in ring word {}", address - spec::kRingInBase);
  }
  return fmt::format("0x{:06x}", address);
}

void decode_flit(const Event& event, std::vector<EventField>& out) {
  const auto kind = static_cast<spec::FlitKind>(bits(event.data[1], 3, 2));
  const auto addr = static_cast<std::uint32_t>(bits(event.data[0], 32, 20));
  out.push_back({"flit kind", std::string(to_string(kind))});
  out.push_back({"x", number(bits(event.data[0], 52, 6))});
  out.push_back({"y", number(bits(event.data[0], 58, 6))});
  out.push_back({"host", number(bits(event.data[1], 0, 1))});
  out.push_back({"mode", number(bits(event.data[1], 1, 2))});
  if (kind == spec::FlitKind::spike) {
    out.push_back({"axon", number(addr)});
  } else {
    out.push_back({"addr", tile_address(addr)});
  }
  out.push_back({"data", number(bits(event.data[0], 0, 32))});
}

void decode_acc(const Event& event, std::vector<EventField>& out) {
  const std::int32_t value =
      spec::sign_extend(static_cast<std::uint32_t>(event.data[1]), spec::kAccBits);
  out.push_back({"slot", number(event.data[0] >> 16)});
  out.push_back({"group", number(bits(event.data[0], 0, 16))});
  out.push_back({"value", fmt::format("{}", value)});
}

void decode_bus(const Event& event, std::vector<EventField>& out) {
  const auto tile = static_cast<std::uint16_t>(bits(event.data[0], 32, 16));
  const auto address = static_cast<std::uint32_t>(event.data[0]);
  const auto status = static_cast<spec::Status>(bits(event.data[1], 32, 4));
  out.push_back({"access", bits(event.data[1], 40, 1) != 0 ? "write" : "read"});
  out.push_back({"tile", tile_name(tile)});
  out.push_back(
      {"address", (tile & kHostTile) != 0 ? host_address(address) : tile_address(address)});
  out.push_back({"status", std::string(to_string(status))});
  out.push_back({"data", number(bits(event.data[1], 0, 32))});
}

void decode_ring(const Event& event, std::vector<EventField>& out) {
  const spec::Entry entry = spec::Entry::unpack(static_cast<std::uint32_t>(event.data[1]));
  out.push_back({"step", number(event.data[0])});
  out.push_back(
      {"entry kind", fmt::format("{}", to_string(static_cast<spec::EntryKind>(entry.kind)))});
  out.push_back({"payload", fmt::format("0x{:06x}", entry.payload)});
  out.push_back({"reserved", number(entry.reserved)});
}

/// What the fields above leave out must be compared by eye too: a difference may hide there.
void decode_rest(const Event& event, std::vector<EventField>& out) {
  out.push_back({"raw", fmt::format("{:016x} {:016x}", event.data[1], event.data[0])});
}

std::string unit_name(const Event& event) {
  if (event.kind == EventKind::flit) {
    if (event.tile == kHostTile) return "host link";
    return fmt::format("port {}", to_string(static_cast<spec::Port>(event.unit)));
  }
  if (event.kind == EventKind::acc) return fmt::format("lane {}", event.unit);
  return event.unit == 0 ? "" : fmt::format("unit {}", event.unit);
}

std::string kind_and_unit(const Event& event) {
  const std::string unit = unit_name(event);
  const std::string_view kind = kEventNames[static_cast<unsigned>(event.kind)];
  return unit.empty() ? std::string(kind) : fmt::format("{}, {}", kind, unit);
}

std::string text_of(const std::vector<EventField>& fields, const std::string& name) {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const EventField& field) { return field.name == name; });
  return found == fields.end() ? "-" : found->text;
}

std::string table(const Difference& difference) {
  const auto rtl = difference.rtl ? decode(*difference.rtl) : std::vector<EventField>{};
  const auto model = difference.model ? decode(*difference.model) : std::vector<EventField>{};
  std::string out = fmt::format("  {:<12}| {:<40}| {}\n  {:-<12}+-{:-<40}+-{:-<40}\n", "field",
                                "rtl", "model", "", "", "");
  const auto row = [&](const std::string& name) {
    const std::string left = text_of(rtl, name);
    const std::string right = text_of(model, name);
    out += fmt::format("  {:<12}| {:<40}| {}{}\n", name, left, right,
                       left == right ? "" : "   <-- differs");
  };
  for (const EventField& field : rtl) row(field.name);
  for (const EventField& field : model) {
    if (text_of(rtl, field.name) == "-") row(field.name);
  }
  return out;
}

std::string sentence(const Difference& difference) {
  const Event& place = difference.place();
  std::string out = fmt::format("RTL and model differ: cycle {}, {}, kind {}.\n", place.cycle,
                                tile_name(place.tile), kind_and_unit(place));
  if (difference.rtl && difference.model) {
    return out + "Both retired this event, with different fields:\n";
  }
  const bool rtl_has = difference.rtl.has_value();
  out += fmt::format("The {} retired this event in this cycle, the {} did not",
                     rtl_has ? "RTL" : "model", rtl_has ? "model" : "RTL");
  if (difference.elsewhere) {
    out += fmt::format(": it retires the same in cycle {} ({} later)", *difference.elsewhere,
                       *difference.elsewhere - place.cycle);
  }
  return out + ".\n";
}

}  // namespace

std::string tile_name(std::uint16_t tile) {
  const spec::Tile fields = spec::Tile::unpack(tile);
  return fields.host != 0 ? "host tile" : fmt::format("tile ({},{})", fields.x, fields.y);
}

std::vector<EventField> decode(const Event& event) {
  std::vector<EventField> out;
  switch (event.kind) {
    case EventKind::flit:
      decode_flit(event, out);
      break;
    case EventKind::fire:
      out.push_back({"group", number(event.data[0])});
      out.push_back({"lanes", fmt::format("{:04b}", event.data[1])});
      break;
    case EventKind::acc:
      decode_acc(event, out);
      break;
    case EventKind::weight:
      out.push_back({"row", number(event.data[0])});
      out.push_back({"weight", fmt::format("0x{:04x}", event.data[1])});
      break;
    case EventKind::write:
      out.push_back({"addr", tile_address(static_cast<std::uint32_t>(event.data[0]))});
      out.push_back({"data", number(event.data[1])});
      break;
    case EventKind::bus:
      decode_bus(event, out);
      break;
    case EventKind::byte_in:
    case EventKind::byte_out:
      out.push_back({"byte", fmt::format("0x{:02x}", event.data[0])});
      break;
    case EventKind::phase:
      out.push_back(
          {"phase", std::string(to_string(static_cast<spec::Phase>(bits(event.data[1], 8, 2))))});
      out.push_back({"step", number(event.data[0])});
      out.push_back({"mask", number(bits(event.data[1], 0, 8))});
      break;
    case EventKind::ring_in:
    case EventKind::ring_out:
      decode_ring(event, out);
      break;
  }
  decode_rest(event, out);
  return out;
}

std::string one_line(const Event& event) {
  std::string out = fmt::format("{:>10}  {}", event.cycle, kind_and_unit(event));
  for (const EventField& field : decode(event)) {
    if (field.name != "raw") out += fmt::format("  {} {}", field.name, field.text);
  }
  return out;
}

std::string report(const Difference& difference, const Rerun& rerun) {
  std::string out = sentence(difference) + "\n" + table(difference);
  out += fmt::format("\nlast {} events of {}, the newest last (both agreed on them):\n",
                     difference.history.size(), tile_name(difference.place().tile));
  for (const Event& event : difference.history) out += one_line(event) + "\n";
  out += fmt::format("\nseed: {}\nrerun with waves: {}\n", rerun.seed, rerun.command);
  return out;
}

std::string counts_line(const EventCounts& counts) {
  std::string out;
  for (unsigned kind = 0; kind < kEventKinds; ++kind) {
    out += fmt::format("{}{} {}", kind == 0 ? "" : ", ", kEventNames[kind], counts[kind]);
  }
  return out;
}

void require_compared(const EventCounts& counts, std::span<const EventKind> kinds,
                      const Rerun& rerun) {
  for (const EventKind kind : kinds) {
    if (counts[static_cast<unsigned>(kind)] != 0) continue;
    throw Mismatch(fmt::format(
        "no event of kind {} was compared, so nothing is proved about it ({})\n"
        "seed: {}\nrerun with waves: {}\n",
        kEventNames[static_cast<unsigned>(kind)], counts_line(counts), rerun.seed, rerun.command));
  }
}

}  // namespace spikemesh::sim
