// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <filesystem>
#include <iterator>
#include <string>
#include <utility>

namespace spikemesh {

/// All bytes of a file that a user named, as read_input, in pieces: each gives its memory back once
/// it was read, so that what is made of a long text can take the place of the text.
class InputPieces {
 public:
  explicit InputPieces(const std::filesystem::path& path);

  const std::deque<std::string>& pieces() const { return pieces_; }
  /// None is empty; none are left.
  std::deque<std::string> take() { return std::move(pieces_); }

  /// Reads on, letter by letter, and drops what was read: one reader at a time.
  class Reader {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = char;

    Reader() = default;  ///< the end
    explicit Reader(InputPieces& of) : of_(&of) {}

    char operator*() const { return of_->pieces_.front()[of_->at_]; }
    Reader& operator++() {
      of_->next();
      return *this;
    }
    Reader operator++(int) {
      Reader before = *this;
      of_->next();
      return before;
    }
    bool operator==(const Reader& other) const { return ended() == other.ended(); }
    bool operator!=(const Reader& other) const { return !(*this == other); }

   private:
    bool ended() const { return of_ == nullptr || of_->pieces_.empty(); }

    InputPieces* of_ = nullptr;
  };
  Reader begin() { return Reader(*this); }
  Reader end() { return Reader(); }

 private:
  void next() {
    if (++at_ < pieces_.front().size()) return;
    pieces_.pop_front();
    at_ = 0;
  }

  std::deque<std::string> pieces_;  ///< none is empty
  std::size_t at_ = 0;              ///< in the first
};

}  // namespace spikemesh
