#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Executes the notebooks of the examples in the environment that wheel.sh made.
#
#   notebooks.sh BUILD-DIRECTORY
set -euo pipefail
examples=$(cd "$(dirname "$0")/../../host/examples" && pwd)
venv=$1/tests/python/venv out=$1/tests/python/notebooks
rm -rf "$out"
mkdir -p "$out"
"$venv/bin/pip" install --quiet --disable-pip-version-check nbconvert ipykernel jupytext
"$venv/bin/jupytext" --quiet --to ipynb --output "$out/balanced.ipynb" "$examples/balanced.py"
cp "$examples/digits/digits.ipynb" "$examples/digits/coding.py" "$examples"/digits/network.* "$out"
for notebook in digits balanced; do
  "$venv/bin/jupyter" nbconvert --execute --to notebook --output "$notebook.done" --log-level WARN "$out/$notebook.ipynb"
done
"$venv/bin/python" - "$out" <<'END'
import json, pathlib, sys
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.done.ipynb")):
    cells = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
    ran, printed = sum(cell["execution_count"] is not None for cell in cells), sum(len(cell["outputs"]) for cell in cells)
    print(f"{path.name}: {ran} of {len(cells)} cells ran, {printed} outputs")
    assert ran == len(cells) >= 4 and printed >= 3
END
if "$venv/bin/python" -c 'import json, sys; sys.exit(not any(c.get("outputs") for c in json.load(open(sys.argv[1]))["cells"]))' \
    "$examples/digits/digits.ipynb"; then
  echo "notebooks.sh: digits.ipynb holds outputs: strip them before you commit" >&2
  exit 1
fi
