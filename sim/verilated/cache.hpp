// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace spikemesh::sim {

/// Where compiled RTL is kept, from one run of the program to the next. What lies there is code
/// that the program runs: the folder must be the user's alone.
class LibraryCache {
 public:
  /// $SPIKEMESH_CACHE, else `shared` if it is there and the user's own (a build tree has one), else
  /// $XDG_CACHE_HOME/spikemesh/verilated, else ~/.cache/spikemesh/verilated. Throws InputError when
  /// a folder that is there belongs to somebody else or can be written by others.
  explicit LibraryCache(const std::filesystem::path& shared);

  /// The library of that key, made by `make` when it is not there: by one process at a time, the
  /// others wait for it. `make` is given the library's path, writes it at once (by a rename), and
  /// throws when it cannot. `wait` is called when another process is at it. Throws InputError when
  /// the folder cannot be made or written.
  std::filesystem::path get(const std::string& key, const std::function<void()>& wait,
                            const std::function<void(const std::filesystem::path&)>& make);

 private:
  void remove_old() const;

  std::filesystem::path shared_, folder_;
};

}  // namespace spikemesh::sim
