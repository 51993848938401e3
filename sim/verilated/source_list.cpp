// SPDX-License-Identifier: Apache-2.0
#include "sim/verilated/source_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"

namespace spikemesh::sim {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDefine = "+define+";
constexpr const char* kInclude = "+incdir+";
constexpr std::size_t kDeepest = 20;  ///< lists within lists

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);)
    if (!part.empty()) parts.push_back(part);
  return parts;
}

/// The words of a list, without its comments.
std::vector<std::string> words_of(const fs::path& list) {
  std::istringstream in(read_input(list));
  std::vector<std::string> words;
  for (std::string line; std::getline(in, line);) {
    line.resize(std::min(line.find("//"), line.size()));
    std::istringstream rest(line);
    for (std::string word; rest >> word && word[0] != '#';) words.push_back(word);
  }
  return words;
}

class Collector {
 public:
  explicit Collector(const std::string& who) : who_(who) {}

  void take(const std::vector<std::string>& words, const fs::path& base, std::size_t depth) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      const std::string& word = words[i];
      const bool pair = word == "-y" || word == "-f" || word == "-F";
      if (pair && i + 1 == words.size())
        throw InputError(fmt::format("{}: {} ends with {}; a path must follow", who_, name_, word));
      if (word == "-y") {
        add_folder(base / words[++i]);
      } else if (pair) {
        take_list(base / words[++i], depth + 1);
      } else if (word.starts_with(kDefine)) {
        sources.defines.push_back(word);
      } else if (word.starts_with(kInclude)) {
        for (const std::string& folder : split(word.substr(std::string(kInclude).size()), '+'))
          add_folder(base / folder);
      } else if (word[0] == '+' || word[0] == '-') {
        throw InputError(fmt::format(
            "{}: {} in {} is not understood; leave {}NAME=VALUE, {}FOLDER, -y FOLDER, -f LIST and "
            "files",
            who_, word, name_, kDefine, kInclude));
      } else if (fs::path(word).extension() == ".f") {
        take_list(base / word, depth + 1);
      } else {
        add_file(base / word);
      }
    }
  }

  SourceList sources;

 private:
  void take_list(const fs::path& list, std::size_t depth) {
    if (depth > kDeepest)
      throw InputError(fmt::format("{}: {} names itself; remove that line", who_, list.string()));
    if (!fs::is_regular_file(list))
      throw InputError(
          fmt::format("{}: there is no list {}; paths in a list are relative to the "
                      "folder of the list",
                      who_, list.string()));
    const std::string outer = std::exchange(name_, list.string());
    take(words_of(list), list.parent_path(), depth);
    name_ = outer;
  }
  void add_file(const fs::path& file) {
    sources.files.push_back(file);
    add_folder(file.parent_path());
  }
  void add_folder(const fs::path& folder) {
    const fs::path whole = (fs::current_path() / folder).lexically_normal();
    if (std::find(sources.folders.begin(), sources.folders.end(), whole) == sources.folders.end())
      sources.folders.push_back(whole);
  }

  const std::string& who_;
  std::string name_ = "the option";
};

}  // namespace

SourceList source_list_of(const std::string& text, const std::string& who) {
  Collector collector(who);
  collector.take(split(text, ','), {}, 0);
  if (collector.sources.files.empty())
    throw InputError(fmt::format("{}: {} names no file; name your SystemVerilog", who, text));
  return collector.sources;
}

}  // namespace spikemesh::sim
