// SPDX-License-Identifier: Apache-2.0
#include "files/npy_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string_view>

#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"
#include "spikemesh/number.hpp"

namespace spikemesh {
namespace {

constexpr std::uint64_t kMostExtent = std::uint64_t{1} << 62;

/// A reader of the few Python literals that numpy writes: dict, list, tuple, string, number, True,
/// False.
class Reader {
 public:
  Reader(const std::string& text, const std::string& name) : text_(text), name_(name) {}

  NpyHeader header() {
    NpyHeader header;
    std::set<std::string> keys;
    expect('{');
    while (!accept('}')) {
      const std::string key = string();
      if (!keys.insert(key).second)
        fail(fmt::format("{} stands more than once in its header", shown(key)));
      expect(':');
      if (key == "descr")
        read_descr(header);
      else if (key == "fortran_order")
        header.fortran = truth();
      else if (key == "shape")
        header.shape = extents();
      else
        fail(fmt::format("key '{}' in its header, which is unknown", shown(key)));
      separate('}');
    }
    if (keys.size() != 3) fail("descr, fortran_order or shape is missing in its header");
    skip();
    if (at_ < text_.size()) fail(fmt::format("something follows its header, at character {}", at_));
    return header;
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw InputError(fmt::format("{}: {}; write it with numpy.save", name_, message));
  }
  void skip() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  bool accept(char wanted) {
    skip();
    if (at_ >= text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  void expect(char wanted) {
    if (!accept(wanted))
      fail(fmt::format("'{}' is missing at character {} of its header", wanted, at_));
  }
  /// A comma, unless `end` follows.
  void separate(char end) {
    if (accept(',')) return;
    skip();
    if (at_ >= text_.size() || text_[at_] != end)
      fail(fmt::format("',' or '{}' is missing at character {} of its header", end, at_));
  }
  std::string string() {
    skip();
    const char quote = at_ < text_.size() ? text_[at_] : ' ';
    const std::size_t end =
        quote == '\'' || quote == '"' ? text_.find(quote, at_ + 1) : std::string::npos;
    if (end == std::string::npos)
      fail(fmt::format("a string is missing at character {} of its header", at_));
    std::string value = text_.substr(at_ + 1, end - at_ - 1);
    if (value.find('\\') != std::string::npos)
      fail(fmt::format("a backslash in the string at character {} of its header", at_));
    at_ = end + 1;
    return value;
  }
  bool truth() {
    skip();
    for (const auto& [word, value] : {std::pair{"True", true}, std::pair{"False", false}})
      if (text_.compare(at_, std::char_traits<char>::length(word), word) == 0) {
        at_ += std::char_traits<char>::length(word);
        return value;
      }
    fail("fortran_order is neither True nor False");
  }
  /// A tuple, as Python writes it: (), (3,), (3, 4).
  std::vector<std::size_t> extents() {
    std::vector<std::size_t> shape;
    expect('(');
    while (!accept(')')) {
      skip();
      const std::size_t end = std::min(text_.find_first_not_of("0123456789", at_), text_.size());
      const auto extent =
          parse_integer(std::string_view(text_).substr(at_, end - at_), 0, kMostExtent);
      if (!extent) fail(fmt::format("its shape is broken at character {}", at_));
      at_ = end;
      shape.push_back(*extent);
      if (shape.size() == 1) {
        expect(',');  // else it is a number in brackets
      } else {
        separate(')');
      }
    }
    return shape;
  }
  void read_descr(NpyHeader& header) {
    if (!accept('[')) {
      add_field(header, "", string());
      return;
    }
    while (!accept(']')) {
      expect('(');
      const std::string field = string();
      expect(',');
      const std::string type = string();
      expect(')');
      add_field(header, field, type);
      separate(']');
    }
    if (header.fields.empty()) fail("it has no fields");
  }
  void add_field(NpyHeader& header, const std::string& field, const std::string& type) {
    NpyType result;
    result.name = field;
    const bool shaped = type.size() == 3 && std::string("<>|=").find(type[0]) != std::string::npos;
    const bool known =
        shaped && (type[1] == 'f'   ? type[2] == '4' || type[2] == '8'
                   : type[1] == 'b' ? type[2] == '1'
                                    : (type[1] == 'i' || type[1] == 'u') &&
                                          std::string("1248").find(type[2]) != std::string::npos);
    if (!known)
      throw InputError(
          fmt::format("{}: element type '{}', but bool, integers and floats of 32 or 64 bits "
                      "are known; convert it with astype",
                      name_, shown(type)));
    result.kind = type[1];
    result.bytes = static_cast<unsigned>(type[2] - '0');
    if (type[0] == '|' && result.bytes > 1)
      fail(fmt::format("element type '{}' has no byte order", type));
    for (const NpyType& other : header.fields)
      if (other.name == field) fail(fmt::format("field {} stands more than once", shown(field)));
    result.big_endian = type[0] == '>';
    result.offset = header.stride;
    header.stride += result.bytes;
    header.fields.push_back(result);
  }

  const std::string& text_;
  const std::string& name_;
  std::size_t at_ = 0;
};

}  // namespace

NpyHeader parse_npy_header(const std::string& text, const std::string& name) {
  return Reader(text, name).header();
}

}  // namespace spikemesh
