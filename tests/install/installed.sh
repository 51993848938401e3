#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the host library into a folder, moves that folder, and builds a user's program against it,
# once with find_package and once with pkg-config; or makes the Debian package and looks into it.
#
#   installed.sh library|package BUILD-DIRECTORY
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
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
}

package() {
  cpack --config "$build/CPackConfig.cmake" -B "$work" >"$work/cpack.log"
  local deb name
  deb=$(echo "$work"/spikemesh_*.deb)
  dpkg-deb --field "$deb" Package Version Depends
  dpkg-deb --field "$deb" Depends | grep -q libsystemc
  dpkg-deb --contents "$deb" >"$work/contents.txt"
  for name in bin/spikemesh include/spikemesh/client.hpp include/spikemesh/spec.hpp SpikeMeshConfig.cmake \
      libspikemesh_host.a spikemesh.pc network.schema.json plot_run.py \
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

"$what"
