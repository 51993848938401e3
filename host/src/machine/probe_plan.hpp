// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which words of which memories the columns of a probe are read from.

#include <cstdint>
#include <utility>
#include <vector>

#include "spikemesh/image.hpp"
#include "spikemesh/machine.hpp"
#include "spikemesh/record.hpp"

namespace spikemesh {

/// A word that a column is read from.
struct Place {
  std::uint16_t tile = 0;
  std::uint32_t address = 0;
  auto operator<=>(const Place&) const = default;
};

struct PlaceExtent {
  Place first;
  std::uint32_t count = 0;
};

/// One probe: its columns, and the words to read for them.
struct ProbePlan {
  Trace header;  ///< without rows
  std::vector<Place> places;
  std::vector<PlaceExtent> extents;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> sources;  ///< column -> extent, word of it
  // Of V and I, where states can be read:
  std::vector<PlaceExtent> neurons;    ///< of each tile, from the first wanted one to the last
  std::vector<std::uint32_t> columns;  ///< column -> place in all of them, one after another
};

/// Of the probes that are not of spikes. Throws InputError for a population, neuron or pair of
/// populations that the image does not have.
std::vector<ProbePlan> plan_probes(const Image& image, const std::vector<Probe>& probes);

/// The same for one probe of weights, which may have no synapse.
ProbePlan plan_synapses(const Image& image, const Probe& probe);

/// Appends the values of a probe's columns as they are now.
void read_values(const StepReader& read, const ProbePlan& plan, const spec::Build& build,
                 std::vector<std::int32_t>& values);

}  // namespace spikemesh
