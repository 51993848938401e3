// SPDX-License-Identifier: Apache-2.0
#pragma once
// Several processes, called ranks, that do one command together; MPI starts them and carries their
// texts. Whoever has no use for ranks does not load MPI: it is behind lib/spikemesh/ranks.so.

#include <optional>
#include <string>

#include "model/reference/peers.hpp"

namespace spikemesh::sim {

/// The ranks of this command. Any thread may call any function.
class Ranks : public model::Peers {
 public:
  struct Letter {
    int from = 0;  ///< rank
    int tag = 0;
    std::string text;
  };

  virtual void send(int to, int tag, const std::string& text) = 0;
  /// Waits for a text from this rank with this tag. Texts of one rank and tag come in order.
  virtual std::string receive(int from, int tag) = 0;
  /// A text from any rank with any tag, if one has come.
  virtual std::optional<Letter> poll() = 0;
  /// Ends in good order, when every rank calls it.
  virtual void finish() = 0;
};

/// Joins the ranks that mpirun started; once in a process. Throws Error that says what is missing:
/// the module, or mpirun.
Ranks& join_ranks();

}  // namespace spikemesh::sim
