#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the networks and spikes of tests/python/nir/frameworks/made anew, each framework in an environment of its own, because
# their pins of nir conflict, and compares them with those that are kept; then the example that trains with snnTorch. Torch is
# Debian's (apt install python3-torch).
#
#   remake.sh BUILD-DIRECTORY [keep]     keep: the new files take the place of the old ones
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$1/tests/frameworks
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_COMPILE=1
/usr/bin/python3 -c 'import torch' 2>/dev/null || {
  echo "remake.sh: SKIPPED: /usr/bin/python3 has no torch: apt install python3-torch" >&2
  exit 77
}
rm -rf "$work"
mkdir -p "$work/made"

# make NAME PACKAGE...: an environment with exactly these packages, and its script. Torch is there, so nothing else is fetched.
make() {
  local name=$1
  shift
  /usr/bin/python3 -m venv --system-site-packages "$work/$name"
  timeout 300 "$work/$name/bin/pip" install --quiet --retries 1 --timeout 20 --no-deps "$@"
  "$work/$name/bin/python" -W ignore "$here/make_$name.py" "$work/made"
}
make snntorch snntorch==1.0.0 nir==1.0.8 nirtorch==2.6
make norse norse==1.1.0 nir==1.0.8 nirtorch==2.6
make sinabs sinabs==3.1.3 pbr==7.1.3 nir==1.0.4 nirtorch==1.0
if [ "${2:-}" = keep ]; then
  cp "$work"/made/* "$here/made/"
fi
"$1/tests/python/venv/bin/python" "$here/../test_frameworks.py" "$work/made"
OPENBLAS_NUM_THREADS=1 PYTHONPATH=$1/python "$work/snntorch/bin/python" "$here/../../../../host/examples/trained/trained.py" --seeds 1
