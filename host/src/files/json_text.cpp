// SPDX-License-Identifier: Apache-2.0
#include "files/json_text.hpp"

#include <fmt/format.h>

#include <set>
#include <vector>

#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"

namespace spikemesh {
namespace {

using Json = nlohmann::json;
using Event = Json::parse_event_t;

constexpr std::size_t kDeepest = 32;

/// Follows the parser, to know where it is.
class Watch {
 public:
  explicit Watch(const std::string& name) : name_(name) {}

  void see(Event event, const Json& value) {
    switch (event) {
      case Event::object_start:
      case Event::array_start:
        if (open_.size() == kDeepest)
          fail(fmt::format("nested deeper than {} levels; nothing here is that deep", kDeepest));
        open_.push_back({event == Event::array_start, 0, "", {}});
        return;
      case Event::key:
        open_.back().key = value.get<std::string>();
        if (!open_.back().keys.insert(open_.back().key).second) fail("stands twice; keep one");
        return;
      case Event::object_end:
      case Event::array_end:
        open_.pop_back();
        break;
      case Event::value:
        break;
    }
    if (!open_.empty()) ++open_.back().next;
  }

 private:
  struct Open {
    bool array;
    std::size_t next;
    std::string key;
    std::set<std::string> keys;
  };

  [[noreturn]] void fail(const std::string& message) const {
    std::string path;
    for (const Open& level : open_)
      path += fmt::format("/{}", level.array ? std::to_string(level.next) : shown(level.key));
    throw InputError(fmt::format("{}: {}: {}", name_, path.empty() ? "/" : path, message));
  }

  const std::string& name_;
  std::vector<Open> open_;
};

/// Without what it begins with: "[json.exception.parse_error.101] ".
std::string text_of(const Json::exception& error) {
  const std::string what = error.what();
  constexpr std::size_t kMost = 300;  // it quotes what was read last
  return shown(std::string_view(what).substr(what.find("] ") + 2), kMost);
}

}  // namespace

nlohmann::json parse_json(const std::string& text, const std::string& name) {
  if (text.find_first_not_of(" \t\r\n") == std::string::npos)
    throw InputError(name + ": the file is empty, but a JSON object {...} is needed");
  Watch watch(name);
  try {
    return Json::parse(text, [&](int, Event event, Json& value) {
      watch.see(event, value);
      return true;
    });
  } catch (const Json::out_of_range& error) {
    throw InputError(fmt::format("{}: {}; write a smaller number", name, text_of(error)));
  } catch (const Json::exception& error) {
    throw InputError(fmt::format("{}: this is no JSON: {}; mend it there", name, text_of(error)));
  }
}

}  // namespace spikemesh
