#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes a shared library of a Verilated tile.
#
#   compile.sh SHARE WORK LIBRARY ARGUMENT...
#
# SHARE: folder with rtl/ and tile/ of SpikeMesh; WORK: a folder for what comes between; ARGUMENT...: for Verilator.
set -eu
share=$1
work=$2
library=$3
shift 3
mkdir -p "$work"
"$share/tile/verilate.sh" "$work/verilated" verilator --cc --prefix Vtile --top-module sm_tile --no-timing --trace-fst \
  --assert -O3 --x-assign fast --x-initial fast -Wno-fatal "$@"
root=$(verilator --getenv VERILATOR_ROOT)/include
flags="-std=c++20 -O1 -fPIC -fvisibility=hidden -w -DVM_COVERAGE=0 -DVM_SC=0 -DVM_TRACE=1 -DVM_TRACE_FST=1
  -DVL_USER_FATAL -DVL_USER_STOP"
compile() {  # OBJECT SOURCE
  # shellcheck disable=SC2086  # flags are words
  "${CXX:-c++}" $flags -I"$root" -I"$root/vltstd" -I"$work/verilated" -I"$share/tile" -c "$2" -o "$work/$1.o"
}
compile fast "$work/verilated/all_fast.cpp" & fast=$!
compile runtime "$root/verilated.cpp" & runtime=$!
compile slow "$work/verilated/all_slow.cpp"
compile shim "$share/tile/shim.cpp"
wait $runtime
compile threads "$root/verilated_threads.cpp" & threads=$!
compile fst "$root/verilated_fst_c.cpp"
wait $threads
wait $fast
"${CXX:-c++}" -shared "$work"/*.o -lz -pthread -o "$work/tile.so"
mv "$work/tile.so" "$library"
rm -rf "$work"
