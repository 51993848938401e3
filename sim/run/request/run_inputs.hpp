// SPDX-License-Identifier: Apache-2.0
#pragma once
// The input spikes of a run. Those of sources are made when the run comes to them, so that a run
// of any length takes the same memory.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spikemesh/network.hpp"
#include "spikemesh/record.hpp"
#include "spikemesh/sources.hpp"
#include "spikemesh/spikes_csv.hpp"

namespace spikemesh::sim {

struct RunRequest;
struct RunGround;

class RunInputs {
 public:
  /// Throws InputError for spikes that the network does not take.
  /// `sources` is where those of the machine stand; it is copied.
  RunInputs(const RunRequest& request, const RunGround& ground, std::uint32_t samples,
            const SourceSpikes& sources);

  std::uint32_t samples() const { return samples_; }
  /// Steps whose entries fit memory with ease.
  std::uint64_t piece() const { return piece_; }
  /// Where the sources stand at the begin of the run.
  const SourceSpikes& begin() const { return begin_; }

  /// The spikes of the steps from .. until - 1 of a sample, by step and input. `streams` goes on.
  std::vector<InputSpike> take(const Network& network, const Image& image, SourceSpikes& streams,
                               std::uint32_t sample, std::uint64_t from, std::uint64_t until) const;

 private:
  bool surely_fit(const RunGround& ground) const;
  void check_sources(const RunGround& ground) const;

  std::vector<InputSpike> held_;  ///< of the request, by sample, step and input
  std::string held_name_;         ///< what errors call them
  std::vector<Source> sources_;
  std::uint64_t seed_ = 1;
  std::uint64_t steps_ = 1;
  std::uint32_t samples_ = 1;
  std::uint64_t piece_ = 1;
  SourcePlace place_;
  SourceSpikes begin_;
};

/// The entries of a run, for its recorder.
class RunFeed final : public EntryFeed {
 public:
  /// `learning`: what learning is switched to at the begin, if it is.
  RunFeed(const RunInputs& inputs, const Network& network, const Image& image,
          std::optional<bool> learning);

  std::size_t samples() const override { return inputs_.samples(); }
  std::uint64_t piece() const override { return inputs_.piece(); }
  std::vector<InEntry> take(std::size_t sample, std::uint64_t from, std::uint64_t until) override;

  /// Input spikes that were taken up to now.
  std::uint64_t spikes() const { return spikes_; }
  /// Where the sources stand behind them.
  const SourceSpikes& streams() const { return streams_; }

 private:
  const RunInputs& inputs_;
  const Network& network_;
  const Image& image_;
  std::optional<bool> learning_;
  SourceSpikes streams_;
  std::uint64_t spikes_ = 0;
};

}  // namespace spikemesh::sim
