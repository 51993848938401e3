// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtkwave/fstapi.h>

#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

namespace spikemesh::test {

/// A finished FST file.
class FstReader {
 public:
  struct Variable {
    fstHandle handle = 0;
    unsigned bits = 0;
    bool operator==(const Variable& other) const { return bits == other.bits; }
  };
  /// Changes of a variable: time, and bits as text, the highest first.
  using Changes = std::map<std::uint64_t, std::string>;

  explicit FstReader(const std::string& path) : file_(fstReaderOpen(path.c_str())) {
    if (!file_) throw std::runtime_error("no FST file: " + path);
    std::string scope;
    while (const fstHier* item = fstReaderIterateHier(file_.get())) {
      if (item->htyp == FST_HT_SCOPE) {
        scope = fstReaderPushScope(file_.get(), item->u.scope.name, nullptr);
      } else if (item->htyp == FST_HT_UPSCOPE) {
        scope = fstReaderPopScope(file_.get());
      } else if (item->htyp == FST_HT_VAR) {
        variables_[scope + "." + item->u.var.name] = {item->u.var.handle, item->u.var.length};
      }
    }
    fstReaderSetFacProcessMaskAll(file_.get());
    fstReaderIterBlocks(file_.get(), &FstReader::take, this, nullptr);
  }

  /// By full name, as in "TOP.sm_chip.retire_host_o [370:0]".
  const std::map<std::string, Variable>& variables() const { return variables_; }
  std::uint64_t begin() const { return fstReaderGetStartTime(file_.get()); }
  std::uint64_t end() const { return fstReaderGetEndTime(file_.get()); }
  int timescale() const { return fstReaderGetTimescale(file_.get()); }

  /// Bits at a time; empty before the first change.
  std::string at(const std::string& name, std::uint64_t time) const {
    const Changes& changes = changes_.at(variables_.at(name).handle);
    const auto after = changes.upper_bound(time);
    return after == changes.begin() ? "" : std::prev(after)->second;
  }

 private:
  struct Close {
    void operator()(void* file) const { fstReaderClose(file); }
  };
  static void take(void* self, std::uint64_t time, fstHandle handle, const unsigned char* value) {
    static_cast<FstReader*>(self)->changes_[handle][time] = reinterpret_cast<const char*>(value);
  }

  std::unique_ptr<void, Close> file_;
  std::map<std::string, Variable> variables_;
  std::map<fstHandle, Changes> changes_;
};

}  // namespace spikemesh::test
