#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""stats.json is what host/schema/stats.schema.json says, of every kind of run, and the schema refuses what is something else.

    schema.py PROGRAM

Needs python3-jsonschema; without it, it ends with 77, which says that it was skipped.
"""
import copy
import json
import pathlib
import sys
import tempfile

try:
    import jsonschema
except ImportError as error:
    print(f"skipped: {error}; apt install python3-jsonschema")
    sys.exit(77)

import runs
from runs import call

WRONG = [("steps", -1), ("cycles", "many"), ("schema", "spikemesh-stats-2"), ("counters", {}), ("samples", 0), ("surprise", 1), ("ended_by", "a whim"), ("complete", False)]


def main(program):
    schema = json.loads((runs.SOURCE.parents[1] / "host/schema/stats.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    checked = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        run = ["run", runs.SOURCE / "net.json", "--poisson", "in=30", "--steps", 20]
        for number, more in enumerate((["--executor", "reference"], ["--executor", "model"], ["--executor", "model", "--period", 200, "--hard-steps", "--learning", "off"], ["--executor", "model", "--samples", 3, "--record", "spikes:exc[0..2]"])):
            printed = json.loads(call(program, *run, "--out", folder / str(number), "--json", *more))
            for stats in (printed, json.loads((folder / str(number) / "stats.json").read_text(encoding="utf-8"))):
                validator.validate(stats)
                checked += 1
        ended = dict(stats, complete=False, ended_by="SIGINT", counters=None, host=None, tiles=None)
        validator.validate(ended)
        for key, value in WRONG:
            wrong = copy.deepcopy(stats)
            wrong[key] = value
            if not list(validator.iter_errors(wrong)):
                sys.exit(f"schema.py: {key} = {value!r} passes")
            checked += 1
        for key in stats:
            if key != "ended_by" and not list(validator.iter_errors({k: v for k, v in stats.items() if k != key})):
                sys.exit(f"schema.py: it passes without {key}")
            checked += 1
    print(f"{checked} checks")


if __name__ == "__main__":
    main(sys.argv[1])
