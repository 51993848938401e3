// SPDX-License-Identifier: Apache-2.0
// Compiles the Verilated chip of a build, if that was not done before.
//
//   spikemesh_compile_rtl [--rtl SOURCES] BUILD FORM...      FORM: plain, retire, waves
//   spikemesh_compile_rtl --rtl SOURCES core
//
// SOURCES: modules in place of ours, as the program's option --rtl takes them; core: the management
// core of them alone, for the model.
#include <fmt/format.h>

#include <exception>
#include <map>
#include <string>
#include <vector>

#include "sim/device/management_core/management_core.hpp"
#include "sim/device/rtl_device.hpp"
#include "spikemesh/build.hpp"

int main(int argc, char** argv) {
  using spikemesh::sim::RtlForm;
  const std::map<std::string, RtlForm> forms{
      {"plain", RtlForm::plain}, {"retire", RtlForm::retire}, {"waves", RtlForm::waves}};
  std::vector<std::string> words(argv + 1, argv + argc);
  std::string sources;
  if (words.size() > 1 && words[0] == "--rtl") {
    sources = words[1];
    words.erase(words.begin(), words.begin() + 2);
  }
  const bool core = words == std::vector<std::string>{"core"} && !sources.empty();
  if (words.size() < 2 && !core) {
    fmt::print(stderr,
               "usage: spikemesh_compile_rtl [--rtl SOURCES] BUILD plain | retire | waves ...\n"
               "       spikemesh_compile_rtl --rtl SOURCES core\n");
    return 2;
  }
  try {
    if (core) {
      spikemesh::sim::management_core_library(spikemesh::sim::source_list_of(sources, "--rtl"));
      return 0;
    }
    const spikemesh::spec::Build build = spikemesh::load_build(words[0]);
    for (std::size_t i = 1; i < words.size(); ++i) {
      const RtlForm form = forms.at(words[i]);
      if (sources.empty())
        spikemesh::sim::rtl_library(build, form);
      else
        spikemesh::sim::rtl_library_with(spikemesh::sim::source_list_of(sources, "--rtl"), build,
                                         form);
    }
  } catch (const std::out_of_range&) {
    fmt::print(stderr, "spikemesh_compile_rtl: the forms are plain, retire and waves\n");
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "spikemesh_compile_rtl: {}\n", error.what());
    return 1;
  }
  return 0;
}
