// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cassert>
#include <cstddef>
#include <vector>

namespace spikemesh::model {

/// A list of at most n entries that takes an entry, or does not, without a branch.
template <class T>
class PushList {
 public:
  explicit PushList(std::size_t n) : entries_(n + 1), back_(entries_.data()) {}
  PushList(const PushList&) = delete;
  PushList& operator=(const PushList&) = delete;

  /// Where the next entry goes.
  class Back {
   public:
    void push(const T& entry, bool really = true) {
      *at_ = entry;
      at_ += std::ptrdiff_t{really};
    }

   private:
    friend class PushList;
    explicit Back(T* at) : at_(at) {}
    T* at_;
  };
  /// A loop that pushes much does it to a copy, which is in a register, and copies it back.
  Back& back() { return back_; }
  void push(const T& entry, bool really = true) {
    back_.push(entry, really);
    assert(back_.at_ < entries_.data() + entries_.size());
  }
  bool empty() const { return back_.at_ == entries_.data(); }
  void clear() { back_.at_ = entries_.data(); }
  const T* begin() const { return entries_.data(); }
  const T* end() const { return back_.at_; }

 private:
  std::vector<T> entries_;
  Back back_;
};

}  // namespace spikemesh::model
