// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace spikemesh::model {

/// One block of zeros that arrays are cut from. Unlike std::vector it leaves its pages alone until
/// they are written: a mesh of thousands of tiles costs the memory that its network uses. A smaller
/// one asks for huge pages, as its rows are read in no order: where the system grants them, it
/// takes all of its memory.
class ZeroPool {
 public:
  static constexpr std::size_t kAlign = 64;
  static constexpr std::size_t kMostHuge = std::size_t{256} << 20;  ///< bytes in huge pages

  /// Bytes that an array of `size` elements takes.
  template <class T>
  static constexpr std::size_t bytes(std::size_t size) {
    return (size * sizeof(T) + kAlign - 1) / kAlign * kAlign;
  }

  explicit ZeroPool(std::size_t bytes)
      : block_(static_cast<std::byte*>(std::calloc(bytes + kAlign, 1))), left_(bytes) {
    if (!block_) throw std::bad_alloc();
    std::size_t space = bytes + kAlign;
    void* start = block_.get();
    at_ = static_cast<std::byte*>(std::align(kAlign, bytes, start, space));
    if (bytes <= kMostHuge) ask_for_huge_pages();
  }

  /// The next array; the pool must be large enough for all that is cut from it.
  template <class T>
  T* take(std::size_t size) {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= kAlign);
    const std::size_t used = bytes<T>(size);
    assert(used <= left_);
    std::byte* const start = at_;
    at_ += used, left_ -= used;
    return reinterpret_cast<T*>(start);
  }

 private:
  struct Free {
    void operator()(std::byte* block) const { std::free(block); }
  };
  /// A hint: a system that does not know it goes on with small ones.
  void ask_for_huge_pages() {
#ifdef MADV_HUGEPAGE
    constexpr std::size_t kPage = 4096, kHugePage = std::size_t{2} << 20;
    void* start = at_;
    std::size_t space = left_;
    if (left_ < kHugePage || !std::align(kPage, kHugePage, start, space)) return;
    madvise(start, space / kPage * kPage, MADV_HUGEPAGE);
#endif
  }
  std::unique_ptr<std::byte, Free> block_;
  std::byte* at_ = nullptr;
  std::size_t left_;
};

/// An array of a pool, for types whose zero bytes are a valid value.
template <class T>
class ZeroArray {
 public:
  ZeroArray(ZeroPool& pool, std::size_t size) : data_(pool.take<T>(size)), size_(size) {}

  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  void clear() { std::memset(static_cast<void*>(data_), 0, size_ * sizeof(T)); }

 private:
  T* data_;
  std::size_t size_;
};

}  // namespace spikemesh::model
