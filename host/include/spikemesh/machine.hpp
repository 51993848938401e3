// SPDX-License-Identifier: Apache-2.0
#pragma once
// A machine that runs networks: a chip behind a link (chip_machine.hpp), or the reference (model/).

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "spikemesh/error.hpp"
#include "spikemesh/image.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh {

/// Masks of a clear entry.
inline constexpr std::uint32_t kClearMembrane = 1u << unsigned(spec::ClearMask::membrane);
inline constexpr std::uint32_t kClearTrace = 1u << unsigned(spec::ClearMask::trace);
inline constexpr std::uint32_t kClearAdaptation = 1u << unsigned(spec::ClearMask::adaptation);
inline constexpr std::uint32_t kClearEverything = kClearMembrane | kClearTrace | kClearAdaptation;

/// What is to happen at `step`: a spike-in entry of the chip.
struct InEntry {
  std::uint64_t step = 0;
  std::uint32_t payload =
      0;  ///< spike: x, y, axon (Image::Input::payloads); clear: masks above; learning: 0, 1
  spec::EntryKind kind = spec::EntryKind::spike;

  bool operator==(const InEntry&) const = default;
};

/// A recorded neuron fired.
struct OutSpike {
  std::uint64_t step = 0;
  std::uint32_t label = 0;  ///< index into Image::labels

  auto operator<=>(const OutSpike&) const = default;
};

/// Counters since power-on or reset; those that a machine does not have stay zero. All have the
/// names that stats.json and Python give them, and 64 bits.
struct MachineStats {
  std::uint64_t steps = 0;      ///< the step counter
  std::uint64_t cycles = 0;     ///< clock cycles since power-on; 0: the machine has no clock
  std::uint64_t stretched = 0;  ///< steps longer than PERIOD
  std::uint64_t late_entries = 0, bad_entries = 0, lost_spikes = 0;
  std::uint64_t ring_out_stalls = 0;  ///< cycles in which a spike waited for the spike-out ring
  std::uint64_t inject_stalls = 0;    ///< cycles in which a host spike waited for the mesh
  /// Counters of one tile; docs/registers.md says what each counts.
  struct Tile {
    std::uint16_t tile = 0;                                 ///< spec::Tile::pack()
    std::array<std::uint64_t, spec::kCounters> counters{};  ///< by spec::Counter
    /// The value of one counter.
    std::uint64_t operator[](spec::Counter which) const {
      return counters[static_cast<std::size_t>(which)];
    }
    bool operator==(const Tile&) const = default;
  };
  std::vector<Tile> tiles;  ///< x ascending, then y
  /// False: a counter, of which the chip holds 32 bits, may have wrapped since it was last read, so
  /// what the tiles say may be too low by a multiple of 2^32.
  bool exact = true;

  /// The sum of a counter over all tiles.
  std::uint64_t total(spec::Counter which) const;
};

/// What was counted between two readings of one machine.
MachineStats operator-(const MachineStats& after, const MachineStats& before);

/// Reads words of a tile's memories (spec::TileAddr).
using ReadWords = std::function<std::vector<std::uint32_t>(
    std::uint16_t tile, std::uint32_t address, std::uint32_t count)>;
/// Reads V, or I (`current`), of a tile's neurons from `first` on.
using ReadStates = std::function<void(std::uint16_t tile, bool current, std::uint32_t first,
                                      std::span<std::int32_t> values)>;
/// What may be read at the end of a step.
struct StepReader {
  ReadWords words;
  ReadStates states;  ///< none: it has to be taken from words
};
/// Takes the end of a step, at which it may read.
using StepEnd = std::function<void(std::uint64_t step, const StepReader& read)>;

/// Steps begin at 0 after load() and go on from run to run.
/// Errors: InputError (image or entries do not fit), RunError (spikes were lost or late, the
/// machine was reset by somebody else), and those of the link.
class Machine {
 public:
  virtual ~Machine() = default;
  /// The parameters of the chip.
  virtual const spec::Build& build() const = 0;

  /// Sets everything to zero, then writes the image. On return, its words have been read back and
  /// compared.
  virtual void load(const Image& image) = 0;

  /// Runs until step() is `until`. `entries` ascend in steps from step() on, all below `until`, in
  /// each step clears and learning before spikes (in_order does that). Returns the recorded spikes,
  /// ascending.
  virtual std::vector<OutSpike> run(std::span<const InEntry> entries, std::uint64_t until) = 0;

  /// Wants `at_end` at the end of each of these steps, ascending, of the next run, which takes no
  /// cycle more for it. False: this machine cannot do it, and has to be stopped there.
  virtual bool watch(std::span<const std::uint64_t>, const StepEnd&) { return false; }

  /// After a run that threw: the recorded spikes of the steps that it had completed, ascending;
  /// step() is then the first step that it had not, as far as the machine could be asked.
  virtual std::vector<OutSpike> take_partial() { return {}; }

  /// Clears the dynamic state that the mask names (kClear...) at the begin of the next run, before
  /// its entries.
  virtual void clear(std::uint32_t mask) = 0;

  /// The next step to be run.
  virtual std::uint64_t step() const = 0;

  /// Words of a tile's memories (spec::TileAddr), between runs.
  virtual std::vector<std::uint32_t> read(std::uint16_t tile, std::uint32_t address,
                                          std::uint32_t count) = 0;
  /// Writes words of a tile's memories, between runs.
  virtual void write(std::uint16_t tile, std::uint32_t address,
                     std::span<const std::uint32_t> words) = 0;

  /// Reads the counters.
  virtual MachineStats stats() = 0;
};

/// Sorts entries as Machine::run wants them: by step, and in each step clears, learning, spikes as
/// given.
void in_order(std::vector<InEntry>& entries);

/// Throws InputError unless the mask is made of kClear... bits.
void check_clear_mask(std::uint32_t mask);

/// Throws InputError unless the entries are as Machine::run wants them, and the clear and learning
/// entries of each step fit a spike-in ring of `ring` entries. A step has any number of spikes.
void check_entries(std::span<const InEntry> entries, std::uint64_t first, std::uint64_t until,
                   std::optional<std::uint32_t> ring);

/// Throws InputError unless every word of the image lies in the memories of `build`, and was mapped
/// for its formats.
void check_image(const Image& image, const spec::Build& build);

/// Clears the state, then runs `steps` steps, once for each sample, all in one run: sample k takes
/// the steps [begin + k * steps, begin + (k + 1) * steps). Entries and spikes count steps from the
/// sample's begin.
std::vector<std::vector<OutSpike>> run_samples(Machine& machine,
                                               std::span<const std::vector<InEntry>> samples,
                                               std::uint64_t steps, std::uint32_t clear_mask);

}  // namespace spikemesh
