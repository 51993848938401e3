#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Verilates into a fresh directory and gathers the C++ in two files: all_fast.cpp runs every cycle,
# all_slow.cpp once.
#
#   verilate.sh DIRECTORY VERILATOR ARGUMENT...
set -eu
directory=$1
shift
rm -rf "$directory"
"$@" --Mdir "$directory"
cd "$directory"
for file in *.cpp; do
  case $file in
    *__Slow.cpp | *__Syms.cpp) echo "#include \"$file\"" >> slow.inc ;;
    *) echo "#include \"$file\"" >> fast.inc ;;
  esac
done
mv slow.inc all_slow.cpp
mv fast.inc all_fast.cpp
