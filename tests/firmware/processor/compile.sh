#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the program `bench` in BUILD (bench.cpp) of the management core alone. 77: its processor cannot be fetched.
#
#   compile.sh PYTHON SHARE "--must" | "" INCLUDE BUILD
set -eu
python=$1 share=$2 must=$3 include=$4 build=$5
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck disable=SC2086  # nothing or one word
"$python" -B "$share/verilated/ibex.py" "$share/ibex" $must
mkdir -p "$build"
cd "$share/rtl"
# Ibex leaves ports of its own open, and warns elsewhere; our part is linted with the chip.
verilator --cc --exe --build -j 2 --prefix Vbench --top-module bench -O3 --x-assign fast --x-initial unique --no-timing -Wno-fatal -Wno-lint \
  +define+RVFI -CFLAGS "-std=c++20 -O2 -I$include" --Mdir "$build/verilated" -o "$build/bench" \
  -F ../ibex/ibex.f "+incdir+../ibex" sm_pkg.sv sm_mgmt_pkg.sv sm_ram_1r1w.sv sm_bus_arb.sv sm_word_port.sv sm_mgmt_clock.sv \
  sm_mgmt_timer.sv sm_mgmt_mailbox.sv sm_mgmt_rights.sv sm_mgmt_stop.sv sm_mgmt_port.sv sm_mgmt_cpu.sv sm_mgmt_memory.sv \
  sm_mgmt_regs.sv sm_mgmt.sv "$here/bench.sv" "$here/bench.cpp" > "$build/verilator.log" 2>&1 || {
  tail -20 "$build/verilator.log" >&2
  exit 1
}
