#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Real networks on every executor.
#
#   networks.sh SPIKEMESH EXAMPLES WORK digits-pins | digits-model | digits-lockstep
set -euo pipefail
spikemesh=$1 examples=$2 work=$3/$4
digits=$examples/digits
python=/usr/bin/python3
export PYTHONDONTWRITEBYTECODE=1 OPENBLAS_NUM_THREADS=1
mkdir -p "$work"

run_digits() {  # EXECUTOR IMAGES
  "$python" "$digits/inputs.py" --count "$2" "$work/inputs.csv" "$work/labels.csv"
  "$spikemesh" run "$digits/network.json" --input "$work/inputs.csv" --steps 26 --executor "$1" --out "$work/$1"
}

same() { cmp "$work/$1/spikes.csv" "$work/$2/spikes.csv" && echo "$(($(wc -l <"$work/$1/spikes.csv") - 1)) spikes, the same in $1 and $2"; }

case $4 in
  digits-pins) "$digits/demo" model 594 ;;
  digits-model)
    run_digits reference 594
    run_digits model 594
    same reference model
    "$python" "$digits/score.py" --at-least 95 "$work/model/spikes.csv" "$work/labels.csv"
    ;;
  digits-lockstep)
    run_digits reference 20
    run_digits lockstep 20
    same reference lockstep
    ;;
esac
