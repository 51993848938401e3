#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the host library into a folder, moves that folder, and builds a user's program against it,
# once with find_package and once with pkg-config; or makes the Debian package and looks into it; or takes the sources
# into a project of somebody else; or builds the host library alone, as a shared one, for the machine beside a board;
# or builds simulations against the installed chips for SystemC.
#
#   installed.sh library|package|guest|host_only|systemc BUILD-DIRECTORY
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
what=$1 build=$2
work=$build/tests/install/$what
rm -rf "$work"
mkdir -p "$work"

expect_map() {  # the program's answer says where the network went
  "$1" "$here/net.json" | tee "$work/answer.txt"
  grep -qF "(0, 0)" "$work/answer.txt" || { echo "installed.sh: $1 did not say where the network goes" >&2; exit 1; }
}

library() {
  cmake --install "$build" --prefix "$work/first" >"$work/install.log"
  mv "$work/first" "$work/moved"
  cmake -G Ninja -S "$here/consumer" -B "$work/consumer" -DCMAKE_PREFIX_PATH="$work/moved" >"$work/configure.log"
  cmake --build "$work/consumer"
  expect_map "$work/consumer/consumer"
  PKG_CONFIG_PATH=$(dirname "$(find "$work/moved" -name spikemesh.pc)")
  export PKG_CONFIG_PATH
  local flags
  read -ra flags <<<"$(pkg-config --static --cflags --libs spikemesh)"
  c++ "$here/consumer/consumer.cpp" "${flags[@]}" -o "$work/by_pkg_config"
  expect_map "$work/by_pkg_config"
  "$work/moved/bin/spikemesh" --version
  # The RTL is installed as sources, and compiled when it is asked for.
  printf 'sample,step,population,neuron\n0,1,source,2\n' >"$work/in.csv"
  printf '{"MeshW": 2, "MeshH": 1, "Neurons": 16, "Axons": 32, "Synapses": 64, "Lanes": 1}\n' >"$work/mine.json"
  SPIKEMESH_CACHE=$work/cache "$work/moved/bin/spikemesh" run "$here/net.json" --input "$work/in.csv" --steps 4 --config "$work/mine.json" \
    --executor rtl --out "$work/run"
  grep -q '^0,2,cell,2' "$work/run/spikes.csv" || { echo "installed.sh: no spike from installed RTL" >&2; exit 1; }
  # A program of the management core is compiled with the installed library, where the compiler is.
  if [ -e "$build/firmware/hello.bin" ]; then
    "$work/moved/bin/spikemesh" firmware build "$source/firmware/hello/hello.c" --out "$work/hello.bin"
    cmp "$work/hello.bin" "$build/firmware/hello.bin"
  fi
}

package() {
  cpack --config "$build/CPackConfig.cmake" -B "$work" >"$work/cpack.log"
  local deb name
  deb=$(echo "$work"/spikemesh_*.deb)
  dpkg-deb --field "$deb" Package Version Depends
  dpkg-deb --field "$deb" Depends | grep libsystemc
  dpkg-deb --contents "$deb" >"$work/contents.txt"
  for name in bin/spikemesh include/spikemesh/link/client.hpp include/spikemesh/spec.hpp SpikeMeshConfig.cmake \
      libspikemesh_host.a libspikemesh_systemc.so include/spikemesh/systemc/chip.hpp spikemesh.pc network.schema.json firmware/build.sh firmware/lib/spikemesh.h firmware/lib/spikemesh_spec.h plot_run.py spikemesh/plot/__init__.py report.py run.js loihi.json \
      bash-completion/completions/spikemesh zsh/vendor-completions/_spikemesh fish/vendor_completions.d/spikemesh.fish; do
    grep -q "/$name" "$work/contents.txt" || { echo "installed.sh: the package lacks $name" >&2; exit 1; }
  done
  if grep -qF "$build" "$work/contents.txt"; then
    echo "installed.sh: the package holds paths of the build" >&2
    exit 1
  fi
  dpkg-deb --extract "$deb" "$work/root"
  "$work/root/usr/bin/spikemesh" --version
}

guest() {
  touch "$work/begin"
  sleep 1
  cmake -G Ninja -S "$here/guest" -B "$work/build" -DCMAKE_CXX_FLAGS_RELEASE=-O0 -DSPIKEMESH_SOURCE="$source" >"$work/configure.log"
  cmake --build "$work/build" >"$work/build.log" || { cat "$work/build.log" >&2; exit 1; }
  expect_map "$work/build/consumer"
  # Nothing is written into the sources.
  local written
  written=$(find "$source" \( -path "$source/build*" -o -name .git -o -name __pycache__ \) -prune -o -type f -newer "$work/begin" -print)
  [ -z "$written" ] || { echo "installed.sh: written into the sources: $written" >&2; exit 1; }
}

# hidden PACKAGE...: as if they were not installed.
hidden() {
  printf -- '-DCMAKE_DISABLE_FIND_PACKAGE_%s=ON\n' "$@"
}

host_only() {
  # Beside the main build, at the same depth: ccache then has its objects.
  local library=$build-host-only
  rm -rf "$library"
  mapfile -t without < <(hidden PkgConfig CLI11 doctest benchmark)
  cmake -G Ninja -S "$source" -B "$library" -DSPIKEMESH_HOST_ONLY=ON -DBUILD_SHARED_LIBS=ON -DVERILATOR_BIN=/nowhere "${without[@]}" >"$work/configure.log"
  cmake --build "$library" >"$work/build.log" || { cat "$work/build.log" >&2; exit 1; }
  cmake --install "$library" --prefix "$work/prefix" --component host >"$work/install.log"
  # What the library itself needs is not forced on those who use it.
  mapfile -t without < <(hidden fmt ZLIB nlohmann_json Boost Threads)
  cmake -G Ninja -S "$here/consumer" -B "$work/consumer" -DCMAKE_PREFIX_PATH="$work/prefix" "${without[@]}" >"$work/configure.log"
  cmake --build "$work/consumer"
  expect_map "$work/consumer/consumer"
  ldd "$work/consumer/consumer" | grep libspikemesh_host.so
}

# Simulations of other people: the examples, and one of C++17 that knows no host library.
systemc() {
  local part program
  for part in host program systemc; do
    cmake --install "$build" --prefix "$work/prefix" --component "$part" >>"$work/install.log"
  done
  # The project of the page, as it stands there.
  mkdir "$work/page"
  sed -n '/^```cmake$/,/^```$/p' "$source/docs/systemc.md" | sed '/^```/d' >"$work/page/CMakeLists.txt"
  sed -n '/^```cpp$/,/^```$/p' "$source/docs/systemc.md" | sed '/^```/d' >"$work/page/mine.cpp"
  for part in "$source/host/examples/systemc" "$source/tests/install/systemc17" "$work/page"; do
    program=$work/build_$(basename "$part")
    cmake -G Ninja -S "$part" -B "$program" -DCMAKE_PREFIX_PATH="$work/prefix" >>"$work/configure.log"
    cmake --build "$program" >"$program.log" || { cat "$program.log" >&2; exit 1; }
  done
  # The cache of the build tree serves: the installed RTL is the same.
  export SPIKEMESH_CACHE=$build/share/spikemesh/cache SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1
  "$work/build_page/mine" | grep -F '53 50 4b 4d'
  "$work/build_systemc17/magic"
  "$work/build_systemc/blink" | tee "$work/blink.txt"
  grep -qF 'led 2  ..#..#..#..#' "$work/blink.txt" || { echo "installed.sh: led 2 does not blink" >&2; exit 1; }
  "$work/build_systemc/platform" | tee "$work/platform.txt"
  grep -qF 'led 2  ..#..#..#..#' "$work/platform.txt" && grep -qE '^[1-9][0-9]* interrupts' "$work/platform.txt" ||
    { echo "installed.sh: led 2 does not blink over TLM" >&2; exit 1; }
  "$work/build_systemc/cosim" | tee "$work/cosim.txt"
  grep -qE 'fire [1-9]' "$work/cosim.txt" || { echo "installed.sh: no neuron was compared" >&2; exit 1; }
  # A bug: neurons fire when V reaches the threshold, and not when it passes it.
  mkdir "$work/planted"
  sed 's/(i4) > distance4/(i4) >= distance4/' "$source/rtl/core/sm_neuron.sv" >"$work/planted/sm_neuron.sv"
  if cmp -s "$source/rtl/core/sm_neuron.sv" "$work/planted/sm_neuron.sv"; then
    echo "installed.sh: there is no place for the bug in sm_neuron.sv" >&2
    exit 1
  fi
  if "$work/build_systemc/cosim" "$work/planted/sm_neuron.sv" >"$work/planted.txt" 2>&1; then
    echo "installed.sh: cosim did not find the bug" >&2
    exit 1
  fi
  cat "$work/planted.txt"
  grep -qE 'RTL and model differ: cycle [0-9]+, tile \(0,0\), kind fire' "$work/planted.txt" &&
    grep -qE '^ +lanes .*<-- differs' "$work/planted.txt" ||
    { echo "installed.sh: cosim did not name cycle, tile and field of the bug" >&2; exit 1; }
}

"$what"
