#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes a shared library of a Verilated module and the shim that gives it to the program.
#
#   compile.sh TOOLS WORK LIBRARY SHIM OPTIMIZE ARGUMENT...
#
# TOOLS: the folder of this script; WORK: a folder for the files in between, made anew; SHIM: a C++ file of TOOLS;
# OPTIMIZE: the compiler's option for the code that runs in every cycle; ARGUMENT...: for Verilator.
set -eu
tools=$1 work=$2 library=$3 shim=$4 optimize=$5
shift 5
rm -rf "$work"
mkdir "$work"
sh "$tools/verilate.sh" "$work/verilated" verilator --cc --prefix Vtop --no-timing -O3 --x-assign fast --x-initial unique "$@"
trace=0 coverage=0
for argument; do
  case $argument in
    --trace-fst) trace=1 ;;
    --coverage*) coverage=1 ;;
  esac
done
root=$(verilator --getenv VERILATOR_ROOT)/include
# Paths relative to WORK, so that a compiler cache finds what was compiled in another folder.
cd "$work"
flags="-std=c++20 -fPIC -fvisibility=hidden -w -DVM_COVERAGE=$coverage -DVM_SC=0 -DVM_TRACE=$trace -DVM_TRACE_FST=$trace
  -DVL_USER_FATAL -DVL_USER_STOP -I$root -I$root/vltstd -Iverilated -I$tools"
compile() {  # OBJECT SOURCE OPTION...
  object=$1 source=$2
  shift 2
  # shellcheck disable=SC2086  # flags, and a compiler with its launcher, are words
  ${CXX:-c++} $flags "$@" -c "$source" -o "$object.o"
}
compile fast verilated/all_fast.cpp "$optimize" &
fast=$!
compile slow verilated/all_slow.cpp -O0
compile shim "$tools/$shim" -O2
compile runtime "$root/verilated.cpp" -O2
compile threads "$root/verilated_threads.cpp" -O1
libraries=-pthread
if [ $trace = 1 ]; then
  compile fst "$root/verilated_fst_c.cpp" -O2 -include "$tools/fst_files.h"
  libraries="-lz $libraries"
fi
[ $coverage = 0 ] || compile coverage "$root/verilated_cov.cpp" -O1
wait $fast
# shellcheck disable=SC2086
${CXX:-c++} -shared ./*.o $libraries -o made.so
mv made.so "$library"
cd ..
rm -rf "$work"
