// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace spikemesh {

/// A class with one function that says nothing of itself.
class Planted {
 public:
  /// This one does.
  int said() const;
  int silent() const;
};

}  // namespace spikemesh
