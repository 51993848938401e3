#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the image of a program of the management core (docs/firmware.md), and IMAGE.elf beside it.
#
#   build.sh IMAGE.bin SOURCE.c... [OPTION...]
#
# Options that begin with -Wl, are for the linker, all others for the compiler. The library is the folder lib
# beside this file, with spikemesh_spec.h in it.
set -eu
lib=$(cd "$(dirname "$0")" && pwd)/lib
tool=riscv64-unknown-elf
image=$1
shift

fail() {
  echo "$*" >&2
  exit 1
}
install="apt install gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf"
command -v $tool-gcc >/dev/null && command -v $tool-objcopy >/dev/null ||
  fail "the compiler $tool-gcc is not on PATH: $install"
[ -e "$($tool-gcc -print-file-name=picolibc.specs)" ] || fail "the C library picolibc is missing: $install"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compile="" link="" number=0
for word in "$@"; do
  case $word in
    -Wl,*) link="$link $word" ;;
    -*) compile="$compile $word" ;;
  esac
done
# The host tile begins at address 0, which is an address like any other.
compile="-march=rv32imc_zicsr -mabi=ilp32 --specs=picolibc.specs -Os -std=gnu11 -Wall -Wextra -ffunction-sections
  -fdata-sections -fno-delete-null-pointer-checks --param=min-pagesize=0 $compile"
for word in "$@" "$lib"/*.c "$lib"/*.S; do
  case $word in -*) continue ;; esac
  number=$((number + 1))
  # shellcheck disable=SC2086  # no option has a space
  $tool-gcc $compile "-I$lib" -c "$word" -o "$work/$number.o"
done
# Without _zicsr: with it the linker takes libraries for 64 bits.
# shellcheck disable=SC2086
$tool-gcc -march=rv32imc -mabi=ilp32 --specs=picolibc.specs -nostartfiles -Wl,--gc-sections -T "$lib/link.ld" $link \
  -o "$work/image.elf" "$work"/*.o
$tool-objcopy -O binary "$work/image.elf" "$work/image.bin"
cp "$work/image.elf" "${image%.bin}.elf"
cp "$work/image.bin" "$image"
