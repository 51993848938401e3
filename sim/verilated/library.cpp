// SPDX-License-Identifier: Apache-2.0
#include "sim/verilated/library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <boost/uuid/detail/sha1.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "sim/share.hpp"
#include "sim/verilated/cache.hpp"
#include "sim/verilated/compiler.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"

namespace spikemesh::sim {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTools[] = {"compile.sh", "verilate.sh", "abi.hpp", "instance.hpp",
                                  "fst_files.h"};
constexpr const char* kInstall = "apt install verilator g++ zlib1g-dev";

fs::path share() {
  const fs::path folder = share_folder();
  if (fs::exists(folder / "rtl" / "chip.f")) return folder;
  throw InputError(fmt::format(
      "{} is not there, which holds the RTL; install SpikeMesh whole (docs/install.md), or run the "
      "program where it was built",
      (folder / "rtl").string()));
}

std::string first_line_of(const std::string& command) {
  char line[256] = "";
  if (FILE* pipe = ::popen(command.c_str(), "r")) {
    if (std::fgets(line, sizeof line, pipe) == nullptr) line[0] = '\0';
    ::pclose(pipe);
  }
  return line;
}

/// The versions of what compiles. Asked for once: a process does not outlive an upgrade by much.
const std::string& versions() {
  static const std::string both = [] {
    const std::string verilator = first_line_of("verilator --version 2>/dev/null");
    if (verilator.empty())
      throw InputError(fmt::format(
          "RTL is compiled when it is first used, and Verilator is not on PATH; install it ({})",
          kInstall));
    unsigned major = 0;
    if (std::sscanf(verilator.c_str(), "Verilator %u", &major) == 1 && major < 5)
      throw InputError(fmt::format("{} on PATH is too old for this RTL; install version 5 or later",
                                   verilator.substr(0, verilator.find('\n'))));
    const std::string compiler = first_line_of("${CXX:-c++} --version 2>/dev/null");
    if (compiler.empty())
      throw InputError(fmt::format(
          "RTL is compiled when it is first used, and there is no C++ compiler (c++ on PATH, or "
          "CXX); install it ({})",
          kInstall));
    // g++ and c++ are one and the same: "g++ (Debian 12.2.0) 12.2.0" begins with its name.
    const std::size_t space = compiler.find(' ');
    const bool named = space != std::string::npos && compiler[space + 1] == '(';
    return verilator + (named ? compiler.substr(space) : compiler);
  }();
  return both;
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

/// Names of folders are no part of it: a library serves wherever the same RTL lies.
std::string key_of(const VerilatedRecipe& recipe, const fs::path& tools) {
  std::string text = versions() + recipe.shim + "\n" + recipe.optimize + "\n";
  for (const std::string& argument : recipe.arguments) text += argument + "\n";
  const auto add = [&text](const fs::path& file) {
    text += file.filename().string() + "\n" + read_input(file) + "\n";
  };
  for (const char* tool : kTools) add(tools / tool);
  add(tools / recipe.shim);
  for (const auto* files : {&recipe.sources, &recipe.beside})
    for (const fs::path& file : *files) add(file);
  return hash_of(text);
}

}  // namespace

std::vector<fs::path> rtl_sources() {
  const fs::path rtl = share() / "rtl";
  std::vector<fs::path> files;
  std::ifstream list(rtl / "chip.f");
  for (std::string name; std::getline(list, name);) files.push_back(rtl / name);
  return files;
}

std::string management_core_sources() {
  const fs::path folder = share();
  if (fs::exists(folder / "ibex" / "fetched")) return (folder / "rtl" / "mgmt.f").string();
  throw InputError(fmt::format(
      "the processor of the management core is not part of this program; fetch it with: "
      "python3 {} {}",
      (folder / "verilated" / "ibex.py").string(), (folder / "ibex").string()));
}

fs::path verilated_library(const VerilatedRecipe& recipe) {
  const fs::path tools = share() / "verilated";
  LibraryCache cache(share() / "cache");
  const auto wait = [&recipe] {
    fmt::print(stderr, "waiting for another process that compiles {}\n", recipe.what);
  };
  return cache.get(key_of(recipe, tools), wait, [&](const fs::path& library) {
    const fs::path work = fs::path(library).replace_extension(".work");
    std::vector<std::string> command{"/bin/sh",        (tools / "compile.sh").string(),
                                     tools.string(),   work.string(),
                                     library.string(), recipe.shim,
                                     recipe.optimize};
    command.insert(command.end(), recipe.arguments.begin(), recipe.arguments.end());
    for (const fs::path& folder : recipe.folders)
      command.insert(command.end(), {"-y", folder.string(), "+incdir+" + folder.string()});
    for (const fs::path& source : recipe.sources) command.push_back(fs::absolute(source).string());
    const auto said = run_compiler(command,
                                   fmt::format("compiling {} with Verilator (once; kept as {})",
                                               recipe.what, library.string()),
                                   fs::path(library).replace_extension(".log"));
    std::error_code ignored;
    if (said) fs::remove_all(work, ignored);
    if (said) throw VerilatedError(*said);
  });
}

const SpikemeshVerilated& load_verilated(const fs::path& library) {
  void* const handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  const auto entry = handle == nullptr ? nullptr
                                       : reinterpret_cast<decltype(&spikemesh_verilated)>(
                                             ::dlsym(handle, "spikemesh_verilated"));
  if (entry == nullptr) {
    throw InputError(fmt::format("{} cannot be loaded ({}); remove it, so that it is made again",
                                 library.string(), ::dlerror()));
  }
  return *entry();
}

}  // namespace spikemesh::sim
