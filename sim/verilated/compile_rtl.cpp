// SPDX-License-Identifier: Apache-2.0
// Compiles the Verilated chip of a build, if that was not done before.
//
//   spikemesh_compile_rtl BUILD FORM...      FORM: plain, retire, waves
#include <fmt/format.h>

#include <exception>
#include <map>
#include <string>

#include "sim/device/rtl_device.hpp"
#include "spikemesh/build.hpp"

int main(int argc, char** argv) {
  using spikemesh::sim::RtlForm;
  const std::map<std::string, RtlForm> forms{
      {"plain", RtlForm::plain}, {"retire", RtlForm::retire}, {"waves", RtlForm::waves}};
  if (argc < 3) {
    fmt::print(stderr, "usage: spikemesh_compile_rtl BUILD plain | retire | waves ...\n");
    return 2;
  }
  try {
    for (int i = 2; i < argc; ++i)
      spikemesh::sim::rtl_library(spikemesh::load_build(argv[1]), forms.at(argv[i]));
  } catch (const std::out_of_range&) {
    fmt::print(stderr, "spikemesh_compile_rtl: the forms are plain, retire and waves\n");
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "spikemesh_compile_rtl: {}\n", error.what());
    return 1;
  }
  return 0;
}
