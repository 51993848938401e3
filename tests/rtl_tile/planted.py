# SPDX-License-Identifier: Apache-2.0
"""A second router (lru_router.sv) passes in order and in spikes; every bug planted in it is found and named.

usage: planted.py SPIKEMESH ROUTER [--only NAME ...] [--seed N]
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

# name: (text of the router, text in its place, what the report must say besides the place)
BUGS = {
    "lost": ("if (!rst_ni) held_q[o] <= 1'b0;", "if (!rst_ni || (grants[o][4] && chosen[3:0] == 4'h9)) held_q[o] <= 1'b0;",
             r"output \w+ .*\nLost: this flit entered"),
    "doubled": ("pop |= grants[o];", "pop |= grants[o] & {P{head[4][4:0] != 5'h13 || o == 0}};", r"\nDoubled: it left in cycle"),
    "misrouted": ("else if (flit.x > x_i) wants", "else if (flit.x > x_i && flit.y > y_i) wants[i][sm_pkg::PortSouth] = 1'b1;\n"
                  "        else if (flit.x > x_i) wants", r"\nMisrouted: its destination is reached by output east"),
    "changed": ("if (grants[o][i]) chosen = head[i];", "if (grants[o][i]) chosen = head[i] ^ W'(o == 2 && head[i][2:0] == 3'd5);",
                r"\nChanged or made up: no input took such a flit.\nThe nearest of those that wait in the tile differs in data bit 0:"),
    "lost_at_core": ("assign takes = !held_q[o] || ready_i[o];", "assign takes = o == 0 || !held_q[o] || ready_i[o];",
                     r"output local .*\n(This flit reaches the core:\n.*\nReordered: it overtakes \d+ of its flow .*\nNext of the flow .*\n +\d+  flit|"
                     r"Lost: this flit entered and does not reach the core, .*\n +\d+  flit)"),
    "to_busy_core": ("assign valid_o[o] = held_q[o] && ready_i[o];", "assign valid_o[o] = held_q[o] && (o == 0 || ready_i[o]);",
                     r"port local .*\nIt offers a flit to its core, which is not ready"),
    "reordered": ("assign data_o = slots_q[0];", "assign data_o = (count_q > 1 && slots_q[0][33:32] == 2'd2) ? slots_q[1] : slots_q[0];",
                  r"\n(Reordered: it overtakes|Doubled)"),
    "stuck": ("takes ? request : '0", "takes && !(o == 3 && request[4]) ? request : '0", r"\nStuck: this flit entered"),
    "not_busy": (" || held_q != '0;", ";", r"\nLost: this flit entered and .* the tile says that it is not busy"),
    "to_full": ("assign valid_o[o] = held_q[o] && ready_i[o];", "assign valid_o[o] = held_q[o];",
                r"offers a flit to a receiver that is not ready"),
    "through": ("assign valid_o[o] = held_q[o] && ready_i[o];",
                "assign valid_o[o] = held_q[o] && ready_i[o] && !valid_i[4];",
                r"valid_o changes with valid_i"),
    "not_reset": ("if (!rst_ni) held_q[o] <= 1'b0;\n      else if (takes)", "if (takes)", r"\n(Changed or made up|Stuck|It offers a flit)"),
}
# Of our core, as another's: name: (file of rtl/, text, text in its place, level, what the report must say).
CORE_BUGS = {
    "row_counter": ("core/sm_integrate.sv", "left_q <= axon_groups_i;", "left_q <= LeftBits'(axon_groups_i[5:0]);", "cycles",
                    r"RTL and model differ: cycle \d+, (tile \(0,0\), kind (acc|weight|flit)|host tile, kind phase)"),
    "never_ready": ("core/sm_core.sv", ".ready_o,\n    .valid_o(head_valid),", ".ready_o(),\n    .valid_o(head_valid),", "order",
                    r"Stuck: this flit entered and does not reach the core"),
}
PLACE = re.compile(r"RTL is wrong: cycle \d+, tile \(0,0\), ")


def verify(args, router, compare, cases, folder=None):
    command = [args.program, "verify", "--random", str(cases), "--seed", str(args.seed), "--config", args.config, "--rtl-tile",
               f"0,0={router}", "--compare", compare]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=folder)


def check(condition, what, result):
    if not condition:
        print(result.stdout, result.stderr, sep="\n")
        sys.exit(f"planted: {what}")


def rerun(args, result, folder):
    """Waves around the place were written; the printed command fails in the same way, and writes its own."""
    names = re.findall(r"waves of cycles \d+ to \d+: (\S+)", result.stdout)
    check(names and all((pathlib.Path(folder) / name).stat().st_size > 300 for name in names), "no waves by itself", result)
    for name in pathlib.Path(folder).glob("*.fst"):
        name.unlink()
    line = re.search(r"rerun with waves: spikemesh (.*)", result.stdout).group(1).split()
    again = subprocess.run([args.program, *line], capture_output=True, text=True, timeout=300, cwd=folder)
    check(again.returncode != 0, "the rerun does not fail", again)
    first = re.search(r"RTL is wrong.*", result.stdout).group(0)
    check(first in again.stdout, f"the rerun does not say: {first}", again)
    waves = list(pathlib.Path(folder).glob("verify-*.tile-0-0.fst"))
    check(len(waves) == 1 and waves[0].stat().st_size > 1000, "the rerun wrote no waves", again)


def plant(text, bug, good, name, where):
    if good.count(text) != 1:
        sys.exit(f"planted: {name}: '{text}' stands {good.count(text)} times in {where}, not once")
    return good.replace(text, bug)


def core_bugs(args):
    rtl = args.router.resolve().parents[2] / "rtl"
    for name, (file, text, bug, level, wanted) in CORE_BUGS.items():
        if args.only and name not in args.only:
            continue
        with tempfile.TemporaryDirectory() as folder:
            core = pathlib.Path(folder) / pathlib.Path(file).name
            core.write_text(plant(text, bug, (rtl / file).read_text(), name, file))
            listed = pathlib.Path(folder) / "all.f"
            listed.write_text(f"// what replaces ours\n{core.name}  # in the folder of this list\n")
            result = verify(args, listed, level, 20, folder)
            check(result.returncode != 0, f"{name} is not found", result)
            check(re.search(wanted, result.stdout), f"{name}: its report lacks '{wanted}'", result)
            print(f"{name}: {re.search(wanted, result.stdout).group(0)}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("router", type=pathlib.Path)
    parser.add_argument("--config", default="cover8")
    parser.add_argument("--cases", type=int, default=6, help="of the router without a bug")
    parser.add_argument("--only", action="append", choices=[*BUGS, *CORE_BUGS], default=[])
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    args.program = str(pathlib.Path(args.program).resolve())
    good = args.router.read_text()
    for compare in ("order", "spikes"):
        result = verify(args, args.router.resolve(), compare, args.cases)
        check(result.returncode == 0 and f"all {args.cases} cases equal" in result.stdout, f"the router fails in {compare}", result)
        if compare == "order":
            print("in order:", re.search(r"flits of \(0,0\) +\d+", result.stdout).group(0))
    with tempfile.TemporaryDirectory() as folder:
        result = verify(args, args.router.resolve(), "cycles", 2, folder)
        check("waves of cycles" in result.stdout and list(pathlib.Path(folder).glob("*.fst")), "no waves by itself", result)
    check("(1 later)" in result.stdout, "one more pipeline stage is not seen", result)
    for name, (text, bug, wanted) in BUGS.items():
        if args.only and name not in args.only:
            continue
        bad = plant(text, bug, good, name, args.router)
        with tempfile.TemporaryDirectory() as folder:
            router = pathlib.Path(folder) / "router.sv"
            router.write_text(bad)
            result = verify(args, router, "order", 6, folder)
            check(result.returncode != 0, f"{name} is not found", result)
            check(PLACE.search(result.stdout), f"{name}: the place is not named", result)
            check(re.search(wanted, result.stdout), f"{name}: its report lacks '{wanted}'", result)
            print(f"{name}: {PLACE.search(result.stdout).group(0)}{re.search(wanted, result.stdout).group(0).strip()}")
            if name == "lost":
                rerun(args, result, folder)
    core_bugs(args)


main()
