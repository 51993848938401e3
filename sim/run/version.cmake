# SPDX-License-Identifier: Apache-2.0
# Writes version.cpp: the version, and the commit it was built from. Run by every build, so that the
# commit is never that of an earlier one; the file changes only when its content does.
#
#   cmake -DSOURCE=... -DVERSION=... -DOUTPUT=... -P version.cmake
cmake_minimum_required(VERSION 3.25)
find_program(GIT git)
set(commit "")
if(GIT)
  execute_process(COMMAND ${GIT} -C ${SOURCE} describe --always --dirty --abbrev=12
                  OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(commit STREQUAL "")
  set(commit "unknown (not built in a git checkout)")
endif()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT "// SPDX-License-Identifier: Apache-2.0
#include \"sim/run/version.hpp\"

namespace spikemesh::sim {

const char* const kVersion = \"@VERSION@\";
const char* const kCommit = \"@commit@\";

}  // namespace spikemesh::sim
")
