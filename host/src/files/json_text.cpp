// SPDX-License-Identifier: Apache-2.0
#include "files/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <vector>

#include "files/json_tree.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"

namespace spikemesh {
namespace {

using Json = nlohmann::json;

/// Refuses a text whose values do not fit into the memory that this process may have: a tree
/// takes about kBytes for each, and cannot be taken down without memory either.
void need_memory(const std::string& text, const std::string& name) {
  constexpr std::size_t kBytes = 48, kFew = 100'000;
  const auto separators = std::count_if(text.begin(), text.end(), [](char letter) {
    return letter == ',' || letter == '[' || letter == '{' || letter == ':';
  });
  const std::size_t values = static_cast<std::size_t>(separators) + 1;
  if (values <= kFew) return;
  try {
    std::vector<char>().reserve(kBytes * values);  // address space, which is not touched
  } catch (const std::bad_alloc&) {
    throw InputError(fmt::format(
        "{}: its {} values take about {} MB, which this process cannot have; put long arrays into "
        ".npy files",
        name, values, kBytes * values / 1'000'000));
  }
}

/// Without what it begins with: "[json.exception.parse_error.101] ".
std::string text_of(const Json::exception& error) {
  const std::string what = error.what();
  constexpr std::size_t kMost = 300;  // it quotes what was read last
  return shown(std::string_view(what).substr(what.find("] ") + 2), kMost);
}

nlohmann::json parse(const std::string& text, const std::string& name, bool pack) {
  if (text.find_first_not_of(" \t\r\n") == std::string::npos)
    throw InputError(name + ": the file is empty, but a JSON object {...} is needed");
  need_memory(text, name);
  JsonTree tree(name, pack);
  try {
    Json::sax_parse(text, &tree);
  } catch (const Json::out_of_range& error) {
    throw InputError(fmt::format("{}: {}; write a smaller number", name, text_of(error)));
  } catch (const Json::exception& error) {
    throw InputError(
        fmt::format("{}: this is not JSON: {}; correct it there", name, text_of(error)));
  }
  if (const std::size_t nul = text.find('\0'); nul != std::string::npos)  // the parser ends there
    throw InputError(
        fmt::format("{}: byte {} is a NUL, which no JSON holds; write the file again", name, nul));
  return tree.take();
}

}  // namespace

nlohmann::json parse_json(const std::string& text, const std::string& name) {
  return parse(text, name, false);
}

nlohmann::json parse_packed_json(const std::string& text, const std::string& name) {
  return parse(text, name, true);
}

}  // namespace spikemesh
