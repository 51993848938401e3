#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the wheel of the Python package (host/python/wheel.sh) and installs it in a clean virtual environment, whose python
# the other tests of this folder take.
#
#   wheel.sh PYTHON BUILD-DIRECTORY
#
# The wheel is built beside the main build, at the same depth and by the same compiler: ccache then has its objects.
set -euo pipefail
python=$1 build=$2
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$build/tests/python
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_COMPILE=1
rm -rf "$work/venv"
"$top/host/python/wheel.sh" "$python" "$work/wheel" "$build-wheel"
"$python" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --retries 1 --timeout 20 "$(echo "$work"/wheel/spikemesh-*.whl)[examples,plot,nir,parquet,neo,events,connectivity]" mypy==1.15.0 pdoc==16.0.0
"$work/venv/bin/python" -c 'import spikemesh; print("spikemesh", spikemesh.__version__, "in", *spikemesh.__path__)'

# What the wheel does not hold is on every Linux system, and pagmo, tbb and SQLite are loaded by sweeps alone.
package=$("$work/venv/bin/python" -c 'import spikemesh; print(*spikemesh.__path__)')
for file in "$package"/_core*.so "$package/bin/spikemesh" "$package/lib/spikemesh/sweep.so" "$package".libs/*.so*; do
  ldd "$file" | awk -v here="${package%/*}/" '/=>/ && index($3, here) != 1 { print $1 }'
done | sort -u | grep -vE '^(libc|libm|libpthread|libdl|librt|libstdc\+\+|libgcc_s|libz)\.so\.[0-9]+$' && {
  echo "wheel.sh: the wheel needs the libraries above, which other machines may not have" >&2
  exit 1
}
loaded='import spikemesh; print(*{line.split()[-1] for line in open("/proc/self/maps") if any(name in line for name in ("pagmo", "libtbb", "sqlite"))})'
[ -z "$("$work/venv/bin/python" -c "$loaded")" ] || {
  echo "wheel.sh: import spikemesh loads $("$work/venv/bin/python" -c "$loaded"), which sweeps alone need" >&2
  exit 1
}
