// SPDX-License-Identifier: Apache-2.0
#pragma once
// Runs samples and records: spikes, and V, I or weights of chosen neurons at chosen steps, on any
// Machine.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "spikemesh/image.hpp"
#include "spikemesh/machine.hpp"
#include "spikemesh/network.hpp"

namespace spikemesh {

/// What a probe records.
enum class Quantity : std::uint8_t {
  spikes,  ///< of the neurons: as `record` of a network file does, and added to it
  v,       ///< membrane V at the end of a step, raw (docs/arithmetic.md)
  i,       ///< current I at the end of a step, raw
  weight,  ///< weights as the chip holds them, before gain, of synapses into the neurons
};
/// The word for it in the text of a probe: spikes, v, i, weight.
std::string_view to_string(Quantity quantity);

/// What is to be recorded.
struct Probe {
  Quantity quantity = Quantity::v;
  std::string population;              ///< of neurons
  std::string from;                    ///< weight: population that sends, inputs or neurons
  std::vector<std::uint32_t> neurons;  ///< of `population`, ascending; empty: all
  /// Sampled at the end of steps every - 1, 2 * every - 1, ... of each sample; 0: of its last step.
  std::uint64_t every = 1;
};

/// "QUANTITY:POPULATION", "weight:FROM,TO"; then, if wanted, "[0..9,12]" (neurons) and "@EVERY"
/// (steps, or "end"). Throws InputError that names `option`, the text and the form.
Probe parse_probe(const std::string& text, const std::string& option);

/// Makes the neurons of spike probes come back, besides those that the network records already: to
/// be called before the network is mapped. Throws InputError for probes that the network does not
/// know.
void apply_probes(Network& network, std::span<const Probe> probes);

/// What one probe of V, I or weights gave.
struct Trace {
  /// A column of a trace of weights.
  struct Synapse {
    std::uint32_t pre = 0, post = 0, delay = 1;
    auto operator<=>(const Synapse&) const = default;
  };
  Probe probe;
  std::vector<std::uint32_t> neurons;  ///< columns of v and i
  std::vector<Synapse> synapses;       ///< columns of weight: by pre, then post, then delay
  std::vector<std::uint64_t> steps;    ///< rows: the steps of a sample at whose end they were read
  std::uint32_t samples = 0;
  std::vector<std::int32_t> values;  ///< [sample][row][column]

  /// Number of columns: neurons or synapses.
  std::size_t columns() const { return neurons.size() + synapses.size(); }
  /// One value; the arguments are below samples, steps.size() and columns().
  std::int32_t at(std::size_t sample, std::size_t row, std::size_t column) const {
    return values[(sample * steps.size() + row) * columns() + column];
  }
};

/// How the samples of a run follow one another.
struct SampleOptions {
  std::uint64_t steps = 0;  ///< of a sample that count
  std::uint64_t pitch = 0;  ///< from the begin of one sample to that of the next; 0: `steps`
  std::uint32_t clear_mask = kClearEverything;  ///< what each sample begins without
  /// Called now and then with samples done and in all.
  std::function<void(std::size_t done, std::size_t all)> progress = {};
};

/// Where the entries of samples come from, piece by piece, so that those of a long run are never
/// held all at once.
class EntryFeed {
 public:
  virtual ~EntryFeed() = default;
  /// Number of samples.
  virtual std::size_t samples() const = 0;
  /// Steps that are asked for at a time, at least 1: so many that their entries fit memory with
  /// ease. Where a run is cut changes no spike.
  virtual std::uint64_t piece() const = 0;
  /// The entries of the steps from .. until - 1 of a sample, which count from its begin. Asked once
  /// for each step, in the order of samples and steps.
  virtual std::vector<InEntry> take(std::size_t sample, std::uint64_t from,
                                    std::uint64_t until) = 0;
};

/// What a run of samples gave: complete samples; if it threw, also what there was of the next one.
struct Recording {
  std::vector<std::vector<OutSpike>> spikes;  ///< of each sample, steps from its begin
  /// One a probe that is not of spikes, in their order. Of a run that threw they hold the complete
  /// samples, or, when it did not complete its first sample, the rows that were read of it.
  std::vector<Trace> traces;
};

/// Raw V or I of all neurons of a population as they are now, by neuron. Throws InputError for a
/// population that has none.
std::vector<std::int32_t> read_states(const Image& image, Machine& machine, Quantity quantity,
                                      const std::string& population);

/// Synapses with their weights as a machine holds them.
struct SynapseWeights {
  std::vector<Trace::Synapse> synapses;  ///< by pre, then post, then delay
  std::vector<std::int32_t> weights;     ///< of each, before gain
};

/// The synapses of population `from` into population `to` as they are now; none, if there are none.
/// Throws InputError for populations that the image does not know.
SynapseWeights read_synapses(const Image& image, Machine& machine, const std::string& from,
                             const std::string& to);

/// Reads V, I and weights out of the memories of a machine that holds the image.
class Recorder {
 public:
  /// Throws InputError for a population, neuron or pair of populations that the image does not
  /// have.
  Recorder(const Image& image, std::vector<Probe> probes);
  ~Recorder();
  Recorder(Recorder&&) noexcept;
  Recorder& operator=(Recorder&&) noexcept;

  /// Runs the samples one after another, as run_samples does, stopping where a probe wants to read.
  /// Where it stops changes no spike.
  Recording run(Machine& machine, std::span<const std::vector<InEntry>> samples,
                const SampleOptions& options) const;
  /// The same with entries that are made on the way; when it throws, `recording` holds what there
  /// was until then.
  void run(Machine& machine, EntryFeed& feed, const SampleOptions& options,
           Recording& recording) const;

  /// The values of all columns of a probe as they are now: `probe` counts those not of spikes.
  std::vector<std::int32_t> read(Machine& machine, std::size_t probe) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace spikemesh
