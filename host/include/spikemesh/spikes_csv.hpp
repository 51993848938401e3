// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <istream>
#include <ostream>
#include <string>
#include <vector>

#include "spikemesh/image.hpp"

namespace spikemesh {

/// Spikes of one neuron in one step of one sample.
struct SpikeRow {
  std::uint32_t sample = 0;
  std::uint64_t step = 0;
  std::string population;
  std::uint32_t neuron = 0;
  std::uint32_t count = 1;
  std::uint32_t line = 0;  ///< of the file; 0 if it did not come from one
  bool operator==(const SpikeRow&) const = default;
};

/// Reads columns step, population, neuron and, if there, sample and count, in the order of the
/// header. Throws InputError that names file and line.
std::vector<SpikeRow> read_spikes(const std::filesystem::path& path);
/// The same from a stream; `name` is what errors call it.
std::vector<SpikeRow> read_spikes(std::istream& in, const std::string& name);

/// Columns sample,step,population,neuron; a row for each spike.
void write_spikes(std::ostream& out, const std::vector<SpikeRow>& rows);

/// An input spike, with the index of its input in the image.
struct InputSpike {
  std::uint32_t sample = 0;
  std::uint64_t step = 0;
  std::uint32_t input = 0;  ///< index into Image::inputs
  std::uint32_t count = 1;
  bool operator==(const InputSpike&) const = default;
};

/// Finds the inputs and adds up rows of one neuron in one step; ordered by sample, step, input.
/// Throws InputError for an unknown population or neuron, a step >= steps, or more spikes than
/// declared.
std::vector<InputSpike> match_inputs(const std::vector<SpikeRow>& rows, const Image& image,
                                     std::uint64_t steps, const std::string& name);

}  // namespace spikemesh
