// SPDX-License-Identifier: Apache-2.0
#include "sim/device/fault_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <tuple>

#include "spikemesh/error.hpp"
#include "spikemesh/number.hpp"

namespace spikemesh::sim {
namespace {

constexpr const char* kForms =
    "write it as in 'tile=1,0 memory=synapse address=12 bit=3 stuck=1', "
    "'link=1,0 direction=east never=ready', 'link=host never=valid' or "
    "'link=1,0 direction=west bit=5 stuck=0'";

/// The words NAME=VALUE of a fault; each is asked for once.
class Words {
 public:
  Words(const std::string& text, const std::string& option) : place_(option + " '" + text + "'") {
    std::istringstream in(text);
    for (std::string word; in >> word;) {
      const std::size_t equal = word.find('=');
      if (equal == std::string::npos) fail(fmt::format("'{}' is not NAME=VALUE", word));
      if (!values_.emplace(word.substr(0, equal), word.substr(equal + 1)).second)
        fail(fmt::format("{} is given twice", word.substr(0, equal)));
    }
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(fmt::format("{}: {}; {}", place_, what, kForms));
  }
  bool has(const std::string& name) const { return values_.contains(name); }
  std::string take(const std::string& name) {
    const auto at = values_.find(name);
    if (at == values_.end()) fail(name + "= is missing");
    return values_.extract(at).mapped();
  }
  std::uint32_t number(const std::string& name, std::uint64_t most) {
    const std::string text = take(name);
    const auto value = parse_integer(text, 0, most);
    if (!value) fail(fmt::format("{}={} is no whole number of 0..{}", name, text, most));
    return static_cast<std::uint32_t>(*value);
  }
  /// X,Y of a tile of the build.
  std::pair<std::uint32_t, std::uint32_t> tile(const std::string& name, const spec::Build& build) {
    const std::string text = take(name);
    const std::size_t comma = std::min(text.find(','), text.size());
    const auto x = parse_integer(text.substr(0, comma), 0, build.mesh_w - 1);
    const auto y =
        parse_integer(text.substr(std::min(comma + 1, text.size())), 0, build.mesh_h - 1);
    if (!x || !y)
      fail(fmt::format("{}={} is no tile X,Y of the build, which has {} x {} tiles", name, text,
                       build.mesh_w, build.mesh_h));
    return {static_cast<std::uint32_t>(*x), static_cast<std::uint32_t>(*y)};
  }
  /// One of what `name_of` gives for 0 .. count-1.
  template <class Value>
  Value value(const std::string& name, unsigned first, unsigned count) {
    const std::string text = take(name);
    std::string all;
    for (unsigned i = first; i < count; ++i) {
      if (spec::to_string(static_cast<Value>(i)) == text) return static_cast<Value>(i);
      all += (all.empty() ? "" : ", ") + std::string(spec::to_string(static_cast<Value>(i)));
    }
    fail(fmt::format("{}={} is none of {}", name, text, all));
  }
  void end() const {
    if (!values_.empty()) fail(fmt::format("{}= does not belong there", values_.begin()->first));
  }

 private:
  std::string place_;
  std::map<std::string, std::string> values_;
};

model::StuckBit parse_bit(Words& words, const spec::Build& build) {
  model::StuckBit bit;
  std::tie(bit.x, bit.y) = words.tile("tile", build);
  constexpr unsigned kRegions = static_cast<unsigned>(spec::Region::post_trace) + 1;
  const auto region = words.value<spec::Region>("memory", 0, kRegions);
  const std::uint32_t size = spec::region_words(build, region);
  const std::uint32_t index = words.number("address", size - 1);
  bit.address = spec::TileAddr{.index = index, .region = static_cast<std::uint32_t>(region)}.pack();
  bit.bit = words.number("bit", 31);
  bit.value = words.number("stuck", 1) != 0;
  if (!model::has_bit(build, bit))
    words.fail(fmt::format("bit {} of {} word {} is none that the build keeps (docs/registers.md)",
                           bit.bit, spec::to_string(region), index));
  return bit;
}

model::BrokenLink parse_link(Words& words, const spec::Build& build) {
  model::BrokenLink link;
  if (words.has("direction")) {
    std::tie(link.x, link.y) = words.tile("link", build);
    link.port = words.value<spec::Port>("direction", 1, spec::kPorts);
  } else {
    link.from_host = true;
    link.port = spec::Port::east;
    if (words.take("link") != "host") words.fail("direction= is missing");
  }
  if (!model::has_link(build, link))
    words.fail(fmt::format("no link leads from tile ({},{}) to the {}", link.x, link.y,
                           spec::to_string(link.port)));
  if (words.has("never")) {
    const std::string what = words.take("never");
    if (what != "ready" && what != "valid") words.fail(fmt::format("never={}", what));
    link.defect = what == "ready" ? model::LinkDefect::never_ready : model::LinkDefect::never_valid;
    return link;
  }
  link.defect = model::LinkDefect::stuck;
  link.bit = words.number("bit", 31);
  link.value = words.number("stuck", 1) != 0;
  return link;
}

}  // namespace

void parse_fault(const std::string& text, const spec::Build& build, const std::string& option,
                 model::Faults& faults) {
  Words words(text, option);
  if (words.has("tile")) {
    faults.bits.push_back(parse_bit(words, build));
  } else {
    faults.links.push_back(parse_link(words, build));
  }
  words.end();
}

}  // namespace spikemesh::sim
