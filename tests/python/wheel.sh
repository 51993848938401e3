#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the wheel of the Python package and installs it in a clean virtual environment, whose python the
# other tests of this folder take. Two environments: one builds, one has what a user has.
#
#   wheel.sh PYTHON BUILD-DIRECTORY
#
# The wheel is built beside the main build, at the same depth and by the same compiler: ccache then has its objects.
set -euo pipefail
python=$1 build=$2
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$build/tests/python
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_COMPILE=1
rm -rf "$work/build-venv" "$work/venv" "$work/wheel"
mkdir -p "$work/wheel"

"$python" -m venv "$work/build-venv" || {
  echo "wheel.sh: $python makes no virtual environment: install python3-venv (./bootstrap does)" >&2
  exit 1
}
pip=$work/build-venv/bin/pip
"$python" -c 'import sys, tomllib; print(*tomllib.load(open(sys.argv[1], "rb"))["build-system"]["requires"], sep="\n")' \
  "$top/pyproject.toml" >"$work/requires.txt"
"$pip" install --quiet --retries 1 --timeout 20 -r "$work/requires.txt" || {
  echo "wheel.sh: pip cannot fetch $(tr '\n' ' ' <"$work/requires.txt"): it reaches no package registry." \
    "Connect this machine, or name a mirror with PIP_INDEX_URL or PIP_FIND_LINKS" >&2
  exit 1
}
"$pip" wheel "$top" --no-deps --no-build-isolation --verbose --wheel-dir "$work/wheel" \
  --config-settings=build-dir="$build-wheel" \
  >"$work/wheel.log" 2>&1 || {
  tail -n 40 "$work/wheel.log" >&2
  echo "wheel.sh: no wheel; all of the output is in $work/wheel.log" >&2
  exit 1
}

"$python" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --retries 1 --timeout 20 "$(echo "$work"/wheel/spikemesh-*.whl)[examples,plot,nir,pandas,neo,events,connectivity]" mypy==1.15.0 pdoc==16.0.0
"$work/venv/bin/python" -c 'import spikemesh; print("spikemesh", spikemesh.__version__, "in", *spikemesh.__path__)'
