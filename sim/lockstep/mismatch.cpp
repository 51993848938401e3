// SPDX-License-Identifier: Apache-2.0
#include "sim/lockstep/mismatch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "spikemesh/mgmt.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::sim {
namespace {

std::string number(std::uint64_t value) {
  return value < 10 ? fmt::format("{}", value) : fmt::format("{} (0x{:x})", value, value);
}

std::string tile_address(std::uint32_t word) {
  const spec::TileAddr address = spec::TileAddr::unpack(word);
  return fmt::format("{} {}", to_string(static_cast<spec::Region>(address.region)), address.index);
}

std::string core_address(std::uint32_t address) {
  if (address >= spec::kMgmtDataBase)
    return fmt::format("data word {} of the core", address - spec::kMgmtDataBase);
  if (address >= spec::kMgmtProgramBase)
    return fmt::format("program word {} of the core", address - spec::kMgmtProgramBase);
  for (const spec::MgmtRegisterInfo& info : spec::kMgmtRegisters)
    if (spec::kMgmtRegistersBase + static_cast<std::uint32_t>(info.address) == address)
      return fmt::format("{} of the core", info.name);
  return fmt::format("0x{:06x}", address);
}

std::string host_address(std::uint32_t address) {
  for (const spec::RegisterInfo& info : spec::kRegisters) {
    if (static_cast<std::uint32_t>(info.address) == address) return std::string(info.name);
  }
  if (address >= spec::kMgmtRegistersBase) return core_address(address);
  if (address >= spec::kRingOutBase) {
    return fmt::format("spike-out ring word {}", address - spec::kRingOutBase);
  }
  if (address >= spec::kRingInBase) {
    return fmt::format("spike-in ring word {}", address - spec::kRingInBase);
  }
  return fmt::format("0x{:06x}", address);
}

std::string word_text(const spec::Field& field, std::uint32_t value) {
  if (field.holds == "tile_addr") return tile_address(value);
  if (field.holds == "tile") return tile_name(static_cast<std::uint16_t>(value));
  return number(value);
}

std::string text_of(const spec::Field& field, std::uint64_t value) {
  switch (field.form) {
    case spec::Form::value:
      return std::string(field.value_name(value));
    case spec::Form::integer:
      return fmt::format("{}", spec::sign_extend(static_cast<std::uint32_t>(value), field.bits));
    case spec::Form::mask:
      return fmt::format("{:0{}b}", value, field.bits);
    case spec::Form::word:
      return word_text(field, static_cast<std::uint32_t>(value));
    default:
      return number(value);
  }
}

/// One field, or those of a ring entry that it holds, the highest first.
void decode_field(const spec::Field& field, std::uint64_t value, std::vector<EventField>& out) {
  if (field.holds != "entry") {
    out.push_back({std::string(field.name), text_of(field, value)});
    return;
  }
  for (std::size_t i = spec::Entry::kFields.size(); i-- > 0;) {
    const spec::Field& inner = spec::Entry::kFields[i];
    decode_field(inner, spec::get_bits({value, 0}, inner.low, inner.bits), out);
  }
}

/// What a field is depends on others: a spike's address is an axon, and the host tile has addresses
/// of its own.
std::optional<EventField> special(const Event& event, const spec::Field& field) {
  if (field.name != "addr") return std::nullopt;
  if (event.kind == EventKind::flit) {
    const auto flit = event.as<spec::FlitEvent>();
    if (flit.kind == static_cast<std::uint32_t>(spec::FlitKind::spike))
      return EventField{"axon", number(flit.addr)};
  }
  if (event.kind == EventKind::bus) {
    const auto access = event.as<spec::BusEvent>();
    const bool host = spec::Tile::unpack(access.tile).host != 0;
    return EventField{"addr", host ? host_address(access.addr) : tile_address(access.addr)};
  }
  return std::nullopt;
}

std::string unit_name(const Event& event) {
  if (event.tile == kHostTile) return "";
  switch (spec::kEvents[static_cast<unsigned>(event.kind)].unit) {
    case spec::EventUnit::port:
      return fmt::format("port {}", to_string(static_cast<spec::Port>(event.unit)));
    case spec::EventUnit::lane:
      return fmt::format("lane {}", event.unit);
    default:
      return "";
  }
}

std::string kind_and_unit(const Event& event) {
  const std::string unit = unit_name(event);
  const std::string_view kind = spec::kEvents[static_cast<unsigned>(event.kind)].name;
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
  const std::span<const spec::Field> fields =
      spec::kEvents[static_cast<unsigned>(event.kind)].fields;
  for (std::size_t i = fields.size(); i-- > 0;) {
    const spec::Field& field = fields[i];
    if (auto named = special(event, field)) {
      out.push_back(std::move(*named));
    } else {
      decode_field(field, spec::get_bits(event.data, field.low, field.bits), out);
    }
  }
  return out;
}

std::string one_line(const Event& event) {
  std::string out = fmt::format("{:>10}  {}", event.cycle, kind_and_unit(event));
  for (const EventField& field : decode(event)) {
    out += fmt::format("  {} {}", field.name, field.text);
  }
  return out;
}

std::string report(const Difference& difference, const Rerun& rerun) {
  std::string out = sentence(difference) + "\n" + table(difference);
  out += difference.history.empty()
             ? fmt::format("\n{} retired no event before.\n", tile_name(difference.place().tile))
             : fmt::format("\nlast {} events of {}, the newest last (both agreed on them):\n",
                           difference.history.size(), tile_name(difference.place().tile));
  for (const Event& event : difference.history) out += one_line(event) + "\n";
  out += fmt::format("\nseed: {}\nrerun with waves: {}\n", rerun.seed, rerun.command);
  return out;
}

std::string counts_line(const EventCounts& counts) {
  std::string out;
  for (unsigned kind = 0; kind < kEventKinds; ++kind) {
    out += fmt::format("{}{} {}", kind == 0 ? "" : ", ", spec::kEvents[kind].name, counts[kind]);
  }
  return out;
}

void require_compared(const EventCounts& counts, std::span<const EventKind> kinds,
                      const Rerun& rerun) {
  for (const EventKind kind : kinds) {
    if (counts[static_cast<unsigned>(kind)] != 0) continue;
    throw Mismatch(
        fmt::format("no event of kind {} was compared, so nothing is proved about it ({})\n"
                    "seed: {}\nrerun with waves: {}\n",
                    spec::kEvents[static_cast<unsigned>(kind)].name, counts_line(counts),
                    rerun.seed, rerun.command));
  }
}

}  // namespace spikemesh::sim
