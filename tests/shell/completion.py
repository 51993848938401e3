#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `spikemesh completion` promises: each shell completes what --help tells of, values included.

    completion.py PROGRAM
"""
import os
import pathlib
import pty
import re
import select
import subprocess
import sys
import tempfile
import time

checks = 0


def check(condition, what):
    global checks
    checks += 1
    if not condition:
        sys.exit(f"completion.py: {what}")


def said_by(*command, cwd=None):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60, cwd=cwd)
    check(done.returncode == 0 and done.stderr == "", f"{command}: {done.returncode}, {done.stderr}")
    return done.stdout


class Bash:
    def __init__(self, script):
        self.script = script

    def words(self, *line):
        """What may replace the last word."""
        call = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _spikemesh; printf "%s\\n" "${COMPREPLY[@]}"'
        return said_by("bash", "-c", call, "bash", self.script, *line).split()


class Fish:
    def __init__(self, script):
        self.script = script

    def words(self, *line):
        said = said_by("fish", "--no-config", "-c", f"source {self.script}; complete -C '{' '.join(line)}'")
        return [row.split("\t")[0] for row in said.splitlines()]


def on_terminal(command, prompt, keys, expected, environment):
    """Whether a shell on a terminal, asked by `keys`, comes to say `expected`; what it said."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe(command[0], command, {**os.environ, **environment, "TERM": "dumb", "COLUMNS": "200"})
    said, asked, end = "", False, time.monotonic() + 30
    while time.monotonic() < end and not (asked and re.search(expected, said)):
        if select.select([terminal], [], [], 0.1)[0]:
            said += os.read(terminal, 4096).decode(errors="replace")
        if not asked and prompt in said:
            os.write(terminal, keys.encode())
            said, asked = "", True
    os.close(terminal)
    os.waitpid(pid, 0)
    return re.search(expected, said) is not None, said


def check_options(program, bash):
    commands = re.findall(r"^  (\w+) ", said_by(program, "--help").split("Subcommands:")[1], re.MULTILINE)
    check({"run", "verify", "completion"} <= set(commands), f"subcommands of --help: {commands}")
    check(set(commands) <= set(bash.words("spikemesh", "")), f"all of {commands}")
    check(bash.words("spikemesh", "ver") == ["verify"], "a subcommand by its beginning")
    for command in commands:
        told = re.findall(r"^  (?:-\w,)?(--[\w-]+)", said_by(program, command, "--help"), re.MULTILINE)
        found = bash.words("spikemesh", command, "--")
        check(len(told) >= 1 and sorted(told) == sorted(found), f"{command}: --help tells of {told}, completion of {found}")


def check_values(bash, folder):
    check(bash.words("spikemesh", "run", "net.json", "--executor", "") == ["reference", "model", "rtl", "lockstep"], "values of --executor")
    check(bash.words("spikemesh", "run", "--executor", "=", "lo") == ["lockstep"], "a value behind =")
    check(bash.words("spikemesh", "map", "--config", "ti") == ["tiny"], "a build by its name")
    check(bash.words("spikemesh", "completion", "z") == ["zsh"], "values that stand without an option")
    check(bash.words("spikemesh", "run", "--steps", "") == [] == bash.words("spikemesh", "run", ""), "no word where a number or a file stands")
    for keys, expected in (("spikemesh run --exec\t", "--executor "), ("spikemesh map ne\t", r"net\.json"), ("spikemesh map --config ti\t", "tiny ")):
        right, said = on_terminal(["bash", "--norc", "-i"], "ready>", keys, expected, {"PS1": "ready>", "ENV": ""} | {"PROMPT_COMMAND": f"source {bash.script}; cd {folder}"})
        check(right, f"bash, {keys!r}: {said!r}")


def check_zsh(script):
    (script.parent / "zsh").mkdir()
    (script.parent / "zsh" / ".zshrc").write_text(f"fpath=({script.parent} $fpath)\nautoload -U compinit\ncompinit -u -D\nPS1='ready>'\n", encoding="utf-8")
    for keys, expected in (("spikemesh run --exec\t", "--executor "), ("spikemesh run --executor ref\t", "reference "), ("spikemesh ver\t", "verify "),
                           ("spikemesh map --config ti\t", "tiny ")):
        right, said = on_terminal(["zsh", "-d", "-i"], "ready>", keys, expected, {"ZDOTDIR": str(script.parent / "zsh")})
        check(right, f"zsh, {keys!r}: {said!r}")


def check_fish(fish):
    check("verify" in fish.words("spikemesh", "ver"), "fish: a subcommand")
    check(fish.words("spikemesh", "run", "--exec") == ["--executor"], "fish: an option")
    check(sorted(fish.words("spikemesh", "run", "--executor", "")) == ["lockstep", "model", "reference", "rtl"], "fish: values")


def main(program, folder):
    scripts = {"bash": folder / "spikemesh", "zsh": folder / "_spikemesh", "fish": folder / "spikemesh.fish"}
    for shell, path in scripts.items():
        path.write_text(said_by(program, "completion", shell), encoding="utf-8")
    (folder / "net.json").touch()
    bash = Bash(scripts["bash"])
    check_options(program, bash)
    check_values(bash, folder)
    check_zsh(scripts["zsh"])
    check_fish(Fish(scripts["fish"]))
    print(f"{checks} checks passed")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(temporary))
