// SPDX-License-Identifier: Apache-2.0
#include "sim/rtl_tile/build_tile.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/uuid/detail/sha1.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string_view>
#include <vector>

#include "sim/share.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) throw InputError(fmt::format("{}: cannot be read; name a readable file", path.string()));
  return text.str();
}

/// Where rtl/ and tile/ are.
fs::path share() {
  const fs::path folder = share_folder();
  if (!fs::exists(folder / "rtl" / "tile.f")) {
    throw InputError(fmt::format(
        "--rtl-tile: {} is not there, which holds the RTL that surrounds a tile; install SpikeMesh "
        "whole (docs/install.md), or run the program where it was built",
        (folder / "rtl").string()));
  }
  return folder;
}

/// Our sources of a tile, in the order of compilation.
std::vector<fs::path> sources(const fs::path& rtl) {
  std::vector<fs::path> files;
  std::ifstream list(rtl / "tile.f");
  for (std::string name; std::getline(list, name);) files.push_back(rtl / name);
  return files;
}

std::set<std::string> modules_of(const std::string& text) {
  static const std::regex kComment(R"(//[^\n]*|/\*[^]*?\*/)"), kModule(R"(\bmodule\s+(\w+))");
  const std::string code = std::regex_replace(text, kComment, " ");
  std::set<std::string> names;
  for (std::sregex_iterator at(code.begin(), code.end(), kModule), end; at != end; ++at)
    names.insert((*at)[1]);
  return names;
}

/// Parameters of the chip that a tile does not have.
bool of_the_tile(std::string_view rule) {
  for (const std::string_view other :
       {"MeshW", "MeshH", "RingIn", "RingOut", "RxBuffer", "FrameWords", "UartDivisor"}) {
    if (rule == other) return false;
  }
  return true;
}

std::string quoted(const std::string& word) {
  std::string out = "'";
  for (const char c : word) {
    if (c == '\'') out += "'\\'";
    out += c;
  }
  return out += '\'';
}

std::string first_line_of(const std::string& command) {
  char line[256] = "";
  if (FILE* pipe = ::popen(command.c_str(), "r")) {
    if (std::fgets(line, sizeof line, pipe) == nullptr) line[0] = '\0';
    ::pclose(pipe);
  }
  return line;
}

/// What is compiled, and everything that its result depends on (names of folders are not part of
/// it).
struct Recipe {
  std::vector<std::string> arguments;
  std::string key;

  void add(const fs::path& file) { key += file.filename().string() + "\n" + read(file) + "\n"; }
};

Recipe recipe_of(const fs::path& file, const spec::Build& build, const fs::path& folder) {
  Recipe recipe;
  for (const spec::BuildRule& rule : spec::kBuildRules) {
    if (of_the_tile(rule.name))
      recipe.arguments.push_back(fmt::format("-G{}={}", rule.name, build.*rule.member));
  }
  for (const std::string& parameter : recipe.arguments) recipe.key += parameter + "\n";
  const std::set<std::string> mine = modules_of(read(file));
  std::string known;
  bool any = false;
  for (const fs::path& ours : sources(folder / "rtl")) {
    const std::string module = ours.stem().string();
    if (module != "sm_pkg") known += (known.empty() ? "" : ", ") + module;
    const bool replaced = mine.count(module) != 0;
    any |= replaced;
    if (replaced) continue;
    recipe.arguments.push_back(ours.string());
    recipe.add(ours);
  }
  if (!any) {
    std::string found;
    for (const std::string& module : mine) found += (found.empty() ? "" : ", ") + module;
    throw InputError(
        fmt::format("--rtl-tile: {} holds {}, which has no place in a tile; name a "
                    "module as the one that it stands for: {}",
                    file.string(), found.empty() ? "no module" : found, known));
  }
  const std::string here = fs::absolute(file).parent_path().string();
  for (const std::string& argument :
       {std::string("-y"), here, "+incdir+" + here, fs::absolute(file).string()})
    recipe.arguments.push_back(argument);
  return recipe;
}

std::string hash_of(const std::string& text) {
  boost::uuids::detail::sha1 sha1;
  sha1.process_bytes(text.data(), text.size());
  unsigned digest[5];
  sha1.get_digest(digest);
  std::string out;
  for (const unsigned word : digest) out += fmt::format("{:08x}", word);
  return out;
}

fs::path cache() {
  const char* xdg = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  const fs::path base = xdg != nullptr && *xdg != '\0' ? fs::path(xdg)
                        : home != nullptr              ? fs::path(home) / ".cache"
                                                       : fs::temp_directory_path();
  return base / "spikemesh" / "tiles";
}

void compile(const fs::path& file, const Recipe& recipe, const fs::path& folder,
             const fs::path& library) {
  fs::create_directories(library.parent_path());
  const std::string work = fmt::format("{}.{}", library.string(), ::getpid());
  const std::string log = work + ".log";
  std::string command = quoted((folder / "tile" / "compile.sh").string());
  for (const std::string& word : {folder.string(), work, library.string()})
    command += ' ', command += quoted(word);
  for (const std::string& word : recipe.arguments) command += ' ', command += quoted(word);
  fmt::print(stderr, "compiling a tile with {} (once; kept as {})\n", file.string(),
             library.string());
  const int status = std::system((command + " >" + quoted(log) + " 2>&1").c_str());
  const std::string said = read(log);
  std::error_code ignored;
  fs::remove(log, ignored);
  if (status == 0) return;
  fs::remove_all(work, ignored);
  throw InputError(fmt::format("--rtl-tile: {} does not compile as part of a tile; mend it:\n{}",
                               file.string(), said));
}

}  // namespace

std::string build_tile(const std::string& file, const spec::Build& build) {
  if (!fs::is_regular_file(file))
    throw InputError(fmt::format("--rtl-tile: there is no file {}; name your SystemVerilog", file));
  const std::string version = first_line_of("verilator --version 2>/dev/null");
  if (version.empty())
    throw InputError(
        "--rtl-tile: Verilator is not on PATH; install it (apt install verilator g++)");
  const fs::path folder = share();
  Recipe recipe = recipe_of(file, build, folder);
  recipe.key += version;
  for (const char* name : {"compile.sh", "verilate.sh", "shim.hpp", "shim.cpp"})
    recipe.add(folder / "tile" / name);
  const std::regex verilog(R"(\.s?vh?$)");
  std::set<fs::path> beside;
  for (const auto& entry : fs::directory_iterator(fs::absolute(file).parent_path())) {
    if (entry.is_regular_file() && std::regex_search(entry.path().string(), verilog))
      beside.insert(entry.path());
  }
  for (const fs::path& each : beside) recipe.add(each);
  recipe.add(file);
  const fs::path library = cache() / (hash_of(recipe.key) + ".so");
  if (!fs::exists(library)) compile(file, recipe, folder, library);
  return library.string();
}

}  // namespace spikemesh::sim
