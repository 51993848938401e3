# SPDX-License-Identifier: Apache-2.0
# What is built, and how. All of it holds below this project alone, never in a project that takes this one in.
include(CMakeDependentOption)

# A project that takes this one in (FetchContent, add_subdirectory) wants the host library.
set(guest ON)
if(PROJECT_IS_TOP_LEVEL)
  set(guest OFF)
endif()
option(SPIKEMESH_HOST_ONLY "Build the host library alone, for the machine beside a board" ${guest})
option(BUILD_SHARED_LIBS "Build the host library as a shared one" OFF)
cmake_dependent_option(SPIKEMESH_TESTS "Build tests and benchmarks" ON "PROJECT_IS_TOP_LEVEL;NOT SPIKEMESH_HOST_ONLY" OFF)
cmake_dependent_option(SPIKEMESH_INSTALL "Install what is built" ON "PROJECT_IS_TOP_LEVEL" OFF)
cmake_dependent_option(SPIKEMESH_SYSTEMC "Build the SystemC shell of the model, which `spikemesh emulate` runs on" ON
                       "NOT SPIKEMESH_HOST_ONLY" OFF)
# The processor of the management core comes from PyPI (docs/blocks/management_core.md).
set(SPIKEMESH_MANAGEMENT_CORE "AUTO" CACHE STRING
    "Test the management core: ON, OFF, or AUTO: where its processor can be fetched")
set_property(CACHE SPIKEMESH_MANAGEMENT_CORE PROPERTY STRINGS AUTO ON OFF)
# SystemC's library is linked only by what was compiled for the C++ that it was: Debian's for C++17.
set(SPIKEMESH_SC_CPLUSPLUS 201703L CACHE STRING "SC_CPLUSPLUS of the installed SystemC")
mark_as_advanced(SPIKEMESH_SC_CPLUSPLUS)
# AddressSanitizer, UndefinedBehaviorSanitizer and coverage, of C++; coverage of RTL (docs/verification/coverage.md).
option(SPIKEMESH_INSTRUMENT "Watch what the tests do: sanitizers and coverage (tests/instrumented)" OFF)
# The extension is built where pybind11 is there; `import spikemesh` then finds it in build/python (docs/python/python.md).
find_file(PYBIND11_CONFIG pybind11Config.cmake PATHS /usr/lib /usr/share PATH_SUFFIXES cmake/pybind11)
mark_as_advanced(PYBIND11_CONFIG)
set(SPIKEMESH_PYTHON AUTO CACHE STRING "Build the extension of the Python package: ON, OFF, or AUTO: where pybind11 is there")
set_property(CACHE SPIKEMESH_PYTHON PROPERTY STRINGS AUTO ON OFF)
if(SPIKEMESH_HOST_ONLY OR NOT PROJECT_IS_TOP_LEVEL OR SPIKEMESH_INSTRUMENT)
  set(SPIKEMESH_PYTHON OFF)
elseif(SPIKEMESH_PYTHON STREQUAL "AUTO")
  set(SPIKEMESH_PYTHON OFF)
  if(PYBIND11_CONFIG)
    set(SPIKEMESH_PYTHON ON)
  endif()
endif()

if(NOT PROJECT_IS_TOP_LEVEL)
  set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)  # who links the host library has to see what it links
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release)
endif()

set(SPIKEMESH_HOT -O3)      # of what runs in every cycle
set(SPIKEMESH_FOREIGN -w)   # of C++ that is not ours
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  set(SPIKEMESH_HOT "")
endif()
if(SPIKEMESH_INSTRUMENT)
  set(SPIKEMESH_HOT -O1)
  set(SPIKEMESH_FOREIGN -w -O1 -fno-sanitize=all -fno-profile-arcs -fno-test-coverage)
  add_compile_options(-O1 -g1 --coverage -fsanitize=address,undefined -fno-sanitize-recover=undefined)
  add_compile_definitions(SPIKEMESH_INSTRUMENT)
  add_link_options(--coverage -fsanitize=address,undefined)
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Relative paths: the wheel (tests/python) is built beside this build from the same sources, and finds its objects.
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()
