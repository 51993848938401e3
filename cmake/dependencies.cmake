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
  find_package(hwy 1.0.3 REQUIRED)
  find_package(SQLite3 REQUIRED)
  find_package(pagmo 2.18 REQUIRED)
  # Not find_package(verilator): it tries a few dozen compiler options, at every first configuration.
  find_program(VERILATOR_BIN verilator REQUIRED)
  execute_process(COMMAND ${VERILATOR_BIN} --version OUTPUT_VARIABLE version COMMAND_ERROR_IS_FATAL ANY)
  if(NOT version MATCHES "^Verilator ([0-9]+)" OR CMAKE_MATCH_1 LESS 5)
    message(FATAL_ERROR "Verilator 5 or later is needed, but ${VERILATOR_BIN} is ${version}")
  endif()
  execute_process(COMMAND ${VERILATOR_BIN} --getenv VERILATOR_ROOT OUTPUT_VARIABLE VERILATOR_ROOT
                  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
endif()
if(SPIKEMESH_TESTS)
  find_package(doctest REQUIRED)
  find_package(benchmark REQUIRED)
endif()
