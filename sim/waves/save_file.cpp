// SPDX-License-Identifier: Apache-2.0
#include "sim/waves/save_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string_view>

#include "model/event.hpp"

namespace spikemesh::sim {
namespace {

using spec::Field;

// Flags of a trace in a save file (GTKWave's analyzer.h): how it is shown, and where groups begin.
constexpr unsigned kHex = 0x22, kBinary = 0x28, kUnsigned = 0x24, kSigned = 0x420;
constexpr unsigned kGroupBegin = 0x800200, kGroupEnd = 0x1000200, kClosed = 0x400000;

unsigned format_of(const Field& field) {
  switch (field.form) {
    case spec::Form::mask:
    case spec::Form::value:
      return kBinary;
    case spec::Form::integer:
      return kSigned;
    case spec::Form::raw:
    case spec::Form::word:
      return kHex;
    default:
      return field.bits == 1 ? kBinary : kUnsigned;
  }
}

/// One save file, written from top to bottom.
class SaveFile {
 public:
  explicit SaveFile(std::ostream& out) : out_(out) {}

  void group(const std::string& name, bool open) {
    line(fmt::format("@{:x}", kGroupBegin | (open ? 0 : kClosed)));
    line("-" + name);
  }
  void end_group(const std::string& name, bool open) {
    line(fmt::format("@{:x}", kGroupEnd | (open ? 0 : kClosed)));
    line("-" + name);
  }
  void signal(const std::string& name, unsigned bits) {
    line(fmt::format("@{:x}", bits == 1 ? kBinary : kHex));
    line(bits == 1 ? name : fmt::format("{}[{}:0]", name, bits - 1));
  }
  /// The fields of a packed struct inside a vector, the highest first, and of structs inside it.
  void fields(const std::string& vector, unsigned width, const Field& outer, std::string_view name,
              unsigned base) {
    fields(vector, width, spec::fields_of(outer.holds), name, base);
  }
  /// The same; `low` is the vector's lowest bit, and `base` counts from there.
  void fields(const std::string& vector, unsigned width, std::span<const Field> inner,
              std::string_view name, unsigned base, unsigned low = 0) {
    for (std::size_t i = inner.size(); i-- > 0;) {
      if (inner[i].form == spec::Form::packed) {
        fields(vector, width, spec::fields_of(inner[i].holds), name, base + inner[i].low, low);
      } else {
        part(vector, width, fmt::format("{}_{}", name, inner[i].name), base, inner[i], low);
      }
    }
  }
  void line(const std::string& text) { out_ << text << '\n'; }

 private:
  /// Bits of a vector under a name of their own; GTKWave counts bits from the highest.
  void part(const std::string& vector, unsigned width, const std::string& name, unsigned base,
            const Field& field, unsigned low) {
    line(fmt::format("@{:x}", format_of(field)));
    std::string text = field.bits == 1 ? fmt::format("#{{{}}}", name)
                                       : fmt::format("#{{{}[{}:0]}}", name, field.bits - 1);
    for (unsigned bit = field.bits; bit-- > 0;)
      text += fmt::format(" ({}){}[{}:{}]", width - 1 - (base + field.low + bit), vector,
                          low + width - 1, low);
    line(text);
  }

  std::ostream& out_;
};

constexpr std::string_view kTop = "TOP.";
constexpr std::uint32_t kNoTile = 0xffffffff;
constexpr double kFrames = 5;             ///< a hundred cycles are so many of GTKWave's 200 pixels
constexpr std::uint32_t kTilesShown = 4;  ///< in x and in y: a tile is 200 lines of a save file

void write_link(SaveFile& file, bool open) {
  namespace host = spec::retire_host_layout;
  const std::string vector = fmt::format("{}sm_chip.retire_host_o", kTop);
  file.group("link: pins, bytes, accesses, steps, rings", open);
  for (const char* pin : {"uart_rx_i", "uart_tx_o", "byte_mode_i", "byte_rx_valid_i"})
    file.signal(fmt::format("{}{}", kTop, pin), 1);
  file.signal(fmt::format("{}byte_rx_data_i", kTop), 8);
  file.signal(fmt::format("{}byte_tx_ready_i", kTop), 1);
  for (const Field& field : host::kFields)
    file.fields(vector, host::kWidth, field, field.name, field.low);
  file.end_group("link: pins, bytes, accesses, steps, rings", open);
}

/// Of tile (x, y): the fields of the kinds that are wanted, lanes that the build has.
void write_tile(SaveFile& file, const spec::Build& build, std::uint32_t x, std::uint32_t y,
                std::initializer_list<EventKind> wanted, bool open) {
  namespace tile = spec::retire_tile_layout;
  const std::string vector =
      fmt::format("{}sm_chip.u_mesh.gen_row[{}].gen_column[{}].u_tile.retire_o", kTop, y, x);
  const std::string name = fmt::format("tile ({},{})", x, y);
  file.group(name, open);
  static_assert(tile::kFields.size() == spec::kTileSlots.size());
  for (std::size_t i = 0; i < tile::kFields.size(); ++i) {
    const auto [kind, unit, low] = spec::kTileSlots[i];
    const bool of_lane = spec::kEvents[static_cast<unsigned>(kind)].unit == spec::EventUnit::lane;
    if (of_lane && unit >= build.lanes) continue;
    if (std::find(wanted.begin(), wanted.end(), kind) == wanted.end()) continue;
    file.fields(vector, tile::kWidth, tile::kFields[i], tile::kFields[i].name, low);
  }
  file.end_group(name, open);
}

void write_tiles(SaveFile& file, const spec::Build& build, const std::string& name,
                 std::initializer_list<EventKind> wanted, std::uint32_t marked) {
  file.group(name, true);
  for (std::uint32_t y = 0; y < build.mesh_h; ++y) {
    for (std::uint32_t x = 0; x < build.mesh_w; ++x) {
      const bool here = marked == spec::Tile{.x = x, .y = y}.pack();
      if (here || (x < kTilesShown && y < kTilesShown)) write_tile(file, build, x, y, wanted, here);
    }
  }
  file.end_group(name, true);
}

/// What goes through one direction of the links of a tile, whose vectors begin with port 1.
void write_links(SaveFile& file, const char* valid, const char* flit, const char* title) {
  static constexpr Field kBit{.name = "valid", .low = 0, .bits = 1};
  constexpr unsigned kWidth = spec::flit_layout::kWidth;
  constexpr unsigned kLinks = spec::kPorts - 1;
  file.group(title, true);
  for (unsigned port = 1; port < spec::kPorts; ++port) {
    const auto name = spec::to_string(static_cast<spec::Port>(port));
    file.fields(fmt::format("{}sm_tile.{}", kTop, valid), kLinks, std::span(&kBit, 1), name,
                port - 1, 1);
    file.fields(fmt::format("{}sm_tile.{}", kTop, flit), kLinks * kWidth, spec::FlitEvent::kFields,
                name, (port - 1) * kWidth, kWidth);
  }
  file.end_group(title, true);
}

}  // namespace

void write_tile_save_file(const std::string& path, std::uint64_t cycle) {
  constexpr std::uint64_t kBefore = 50;
  const std::string save = save_file_path(path);
  std::ofstream out(save);
  SaveFile file(out);
  file.line(fmt::format("[dumpfile] \"{}\"", std::filesystem::absolute(path).string()));
  file.line(fmt::format("[timestart] {}", kTimePerCycle * (cycle - std::min(cycle, kBefore))));
  file.line(fmt::format("*{:.6f} {}", -std::log2(100.0 * kTimePerCycle / kFrames),
                        kTimePerCycle * cycle + kTimePerCycle / 2));
  file.line("[size] 1400 900\n[signals_width] 350\n[sst_expanded] 1");
  for (const char* pin : {"clk_i", "rst_ni", "busy_o", "learn_need_o"})
    file.signal(fmt::format("{}sm_tile.{}", kTop, pin), 1);
  write_links(file, "valid_i", "flit_i", "flits that come");
  write_links(file, "valid_o", "flit_o", "flits that leave");
  if (!out.flush())
    throw std::invalid_argument(
        fmt::format("{}: cannot be written; check folder, permissions and room", save));
}

std::string save_file_path(const std::string& waves) { return waves_stem(waves) + ".gtkw"; }

void write_save_file(const Waves& waves, const spec::Build& build,
                     const std::optional<WaveMark>& mark) {
  const std::string path = save_file_path(waves.path);
  std::ofstream out(path);
  SaveFile file(out);
  file.line(fmt::format("[dumpfile] \"{}\"", std::filesystem::absolute(waves.path).string()));
  const std::uint64_t first = kTimePerCycle * waves.first;
  file.line(fmt::format("[timestart] {}", first));
  // The window, or a hundred cycles where it has no end, is five frames of GTKWave's 200 pixels.
  const bool ends = waves.last - waves.first < 1'000'000;
  const double cycles = ends ? double(waves.last - waves.first + 1) : 100.0;
  const double zoom = -std::log2(cycles * kTimePerCycle / kFrames);
  file.line(fmt::format("*{:.6f} {}", zoom,
                        mark ? kTimePerCycle * mark->cycle + kTimePerCycle / 2 : first));
  file.line("[size] 1400 900\n[signals_width] 350\n[sst_expanded] 0");
  const std::uint32_t marked = mark ? mark->tile : kNoTile;
  write_link(file, !mark || marked == kHostTile);
  write_tiles(file, build, "mesh: flits that enter the router's ports", {EventKind::flit}, marked);
  write_tiles(file, build, "cores: spikes, accumulators, weights, writes",
              {EventKind::fire, EventKind::acc, EventKind::weight, EventKind::write}, marked);
  if (!out.flush())
    throw std::invalid_argument(
        fmt::format("{}: cannot be written; check folder, permissions and room", path));
}

}  // namespace spikemesh::sim
