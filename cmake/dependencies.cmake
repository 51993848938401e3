# SPDX-License-Identifier: Apache-2.0
# The packages of Debian that hold these are listed in packages.txt.

# The first python3 on PATH may be a private build that does not see the system's modules.
find_program(PYTHON3 python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(PYTHON3 python3 REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(fmt REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Threads REQUIRED)
if(SPIKEMESH_SYSTEMC)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(SYSTEMC REQUIRED IMPORTED_TARGET systemc)
endif()
if(NOT SPIKEMESH_HOST_ONLY)
  find_package(CLI11 REQUIRED)
  find_package(verilator 5 REQUIRED HINTS /usr/share/verilator)
endif()
if(SPIKEMESH_TESTS)
  find_package(doctest REQUIRED)
  find_package(benchmark REQUIRED)
endif()
