#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fetches the processor of the management core, then compiles a chip with it. 77: it cannot be fetched.
#
#   compile.sh PYTHON SHARE "--must" | "" COMMAND...
set -eu
python=$1 share=$2 must=$3
shift 3
# shellcheck disable=SC2086  # nothing or one word
"$python" -B "$share/verilated/ibex.py" "$share/ibex" $must
exec "$@"
