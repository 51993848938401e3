// SPDX-License-Identifier: Apache-2.0
#include "files/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <optional>
#include <string_view>
#include <vector>

#include "files/json_tree.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"

namespace spikemesh {
namespace {

using Json = nlohmann::json;

/// What is known of a text before it is parsed.
struct Survey {
  bool blank = true;
  std::size_t values = 1;  ///< at most, about
  std::size_t size = 0;
  std::optional<std::size_t> nul;  ///< the first

  void add(std::string_view text) {
    blank = blank && text.find_first_not_of(" \t\r\n") == std::string_view::npos;
    values += static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char letter) {
      return letter == ',' || letter == '[' || letter == '{' || letter == ':';
    }));
    if (const std::size_t at = text.find('\0'); !nul && at != std::string_view::npos)
      nul = size + at;
    size += text.size();
  }
};

/// Refuses a text whose values do not fit into the memory that this process may have: a tree
/// takes about kBytes for each, and cannot be taken down without memory either.
void need_memory(std::size_t values, const std::string& name) {
  constexpr std::size_t kBytes = 48, kFew = 100'000;
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

/// `first` and `last` are around the text that `survey` is of.
template <class Iterator>
nlohmann::json parse(Iterator first, Iterator last, const Survey& survey, const std::string& name,
                     bool pack) {
  if (survey.blank)
    throw InputError(name + ": the file is empty, but a JSON object {...} is needed");
  need_memory(survey.values, name);
  JsonTree tree(name, pack);
  try {
    Json::sax_parse(first, last, &tree);
  } catch (const Json::out_of_range& error) {
    throw InputError(fmt::format("{}: {}; write a smaller number", name, text_of(error)));
  } catch (const Json::exception& error) {
    throw InputError(
        fmt::format("{}: this is not JSON: {}; correct it there", name, text_of(error)));
  }
  if (survey.nul)  // the parser ends there
    throw InputError(fmt::format("{}: byte {} is a NUL, which no JSON holds; write the file again",
                                 name, *survey.nul));
  return tree.take();
}

nlohmann::json parse(const std::string& text, const std::string& name, bool pack) {
  Survey survey;
  survey.add(text);
  return parse(text.begin(), text.end(), survey, name, pack);
}

}  // namespace

nlohmann::json parse_json(const std::string& text, const std::string& name) {
  return parse(text, name, false);
}

nlohmann::json parse_packed_json(const std::string& text, const std::string& name) {
  return parse(text, name, true);
}

nlohmann::json parse_packed_json(InputPieces text, const std::string& name) {
  Survey survey;
  for (const std::string& piece : text.pieces()) survey.add(piece);
  return parse(text.begin(), text.end(), survey, name, true);
}

}  // namespace spikemesh
