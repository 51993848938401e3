// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

namespace spikemesh::sim {

/// A raw pseudo-terminal, seen from the side of the emulator: programs open the slave, we have the
/// master. It counts who has the slave open. We hold the slave open as well, so that a client that
/// leaves is no end of file.
class Pty {
 public:
  /// `link_path`: a symbolic link to the slave, made here and removed at the end; empty: none.
  /// Throws InputError that names the link and the remedy.
  explicit Pty(const std::string& link_path);
  ~Pty();
  Pty(const Pty&) = delete;
  Pty& operator=(const Pty&) = delete;

  /// Non-blocking descriptors that the caller closes: bytes, and what becomes readable when the
  /// slave is opened or closed.
  int master() const { return master_; }
  int watch() const { return watch_; }
  /// What a client opens: the link, or the slave.
  const std::string& place() const { return link_.empty() ? path_ : link_; }

  /// What happened to the slave since the last call.
  struct Change {
    bool came = false;  ///< a client opened it that was not there before
    bool left = false;  ///< nobody has it open any more
  };
  Change look();

  /// What we wrote and the client that left did not read is dropped.
  void drop_output();
  /// What clients wrote and we did not read is dropped.
  void drop_input();
  /// How much that is, as far as the system tells.
  std::size_t unread() const;

 private:
  void open();
  void make_link();
  void remove_own_link() const;

  int master_ = -1, slave_ = -1, watch_ = -1;
  unsigned openers_ = 0;
  std::string path_, link_;
};

}  // namespace spikemesh::sim
