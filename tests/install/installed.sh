#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the host library into a folder, moves that folder, and builds a user's program against it,
# once with find_package and once with pkg-config; or makes the Debian package and looks into it; or takes the sources
# into a project of somebody else; or builds the host library alone, as a shared one, for the machine beside a board.
#
#   installed.sh library|package|guest|host_only BUILD-DIRECTORY
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
  SPIKEMESH_CACHE=$work/cache "$work/moved/bin/spikemesh" run "$here/net.json" --input "$work/in.csv" --steps 4 --config tiny \
    --executor rtl --out "$work/run"
  grep -q '^0,2,cell,2' "$work/run/spikes.csv" || { echo "installed.sh: no spike from installed RTL" >&2; exit 1; }
}

package() {
  cpack --config "$build/CPackConfig.cmake" -B "$work" >"$work/cpack.log"
  local deb name
  deb=$(echo "$work"/spikemesh_*.deb)
  dpkg-deb --field "$deb" Package Version Depends
  dpkg-deb --field "$deb" Depends | grep -q libsystemc
  dpkg-deb --contents "$deb" >"$work/contents.txt"
  for name in bin/spikemesh include/spikemesh/client.hpp include/spikemesh/spec.hpp SpikeMeshConfig.cmake \
      libspikemesh_host.a spikemesh.pc network.schema.json plot_run.py spikemesh/plot.py \
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
  cmake -G Ninja -S "$here/guest" -B "$work/build" -DSPIKEMESH_SOURCE="$source" >"$work/configure.log"
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
  mapfile -t without < <(hidden PkgConfig CLI11 doctest benchmark)
  cmake -G Ninja -S "$source" -B "$work/build" -DSPIKEMESH_HOST_ONLY=ON -DBUILD_SHARED_LIBS=ON -DVERILATOR_BIN=/nowhere "${without[@]}" >"$work/configure.log"
  cmake --build "$work/build" >"$work/build.log" || { cat "$work/build.log" >&2; exit 1; }
  cmake --install "$work/build" --prefix "$work/prefix" --component host >"$work/install.log"
  # What the library itself needs is not forced on those who use it.
  mapfile -t without < <(hidden fmt ZLIB nlohmann_json Boost Threads)
  cmake -G Ninja -S "$here/consumer" -B "$work/consumer" -DCMAKE_PREFIX_PATH="$work/prefix" "${without[@]}" >"$work/configure.log"
  cmake --build "$work/consumer"
  expect_map "$work/consumer/consumer"
  ldd "$work/consumer/consumer" | grep -q libspikemesh_host.so
}

"$what"
