#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves the promises of a block with Yosys and z3 (docs/verification/formal.md).

    formal.py BLOCK --mode bounded|induction|bug [--bug NAME] --rtl FOLDER --package sm_pkg.sv --out FOLDER

bounded: no assertion fails within BLOCKS[BLOCK].bound cycles of reset, and every cover is reached.
induction: the assertions hold for ever.  bug: with the planted bug of that name an assertion fails in the bound,
or, without a bound, the induction does: from a state that the invariants of the block allow.
Ends with 77 (skipped) where yosys or z3 is not installed.
"""
import argparse
import dataclasses
import pathlib
import resource
import shutil
import subprocess
import sys
import time


@dataclasses.dataclass
class Block:
    top: str              # the harness fv_*.sv, or the block itself with BLOCK.inc put before its endmodule
    files: list           # RTL below rtl/, in order of compilation
    settings: list        # of the top: one proof each
    bound: int            # cycles of the bounded proof; 0: none, the induction says it all
    bugs: dict            # name: (file, text, its replacement)
    depth: int = 0        # of the induction; 0: bounded proof alone
    inside: tuple = ()    # blocks below the top whose BLOCK.inc counts too
    reach: int = 0        # cycles in which every cover is reached; 0: bound


FIFO, ARBITER = "prim/sm_fifo.sv", "prim/sm_arbiter.sv"
ROUTE, AHEAD = "noc/sm_route.sv", "noc/sm_ahead.sv"
SWITCH, ROUTER = "noc/sm_switch.sv", "noc/sm_router.sv"
BUS_ARB, WORD_PORT = "host/sm_bus_arb.sv", "host/sm_word_port.sv"
TILE_PORT, AXI_LITE = "host/sm_tile_port.sv", "host/sm_axi_lite.sv"
BRIDGE = "link/sm_bridge.sv"
MGMT_PORT, MGMT_STOP = "mgmt/sm_mgmt_port.sv", "mgmt/sm_mgmt_stop.sv"
CRC, FRAME_RX, FRAME_TX = "link/sm_crc32.sv", "link/sm_frame_rx.sv", "link/sm_frame_tx.sv"
BLOCKS = {
    "fifo": Block("sm_fifo", [FIFO], [{"Width": 2, "Depth": d} for d in (1, 2, 4, 5)], 16, {
        "deeper": (FIFO, "write_next == read_q) ready_q", "write_q == read_q) ready_q"),
        "stale": (FIFO, "else if (pop && read_next == write_q)",
                  "else if (pop && read_next == read_q)"),
        "overwrite": (FIFO, "if (push) mem[write_q] <= data_i;", "if (valid_i) mem[write_q] <= data_i;"),
    }, depth=4),
    "arbiter": Block("sm_arbiter", [ARBITER], [{"N": n} for n in (2, 3, 5)], 14, {
        "fixed priority": (ARBITER, "else if (grant_o != '0) first_q <= grant_o[j-1:i] == '0;", ""),
        "two grants": (ARBITER, "(request_i & earlier[i*N+:N]) == '0", "!(request_i[0] && earlier[i*N])"),
    }, depth=3),
    "fifo_ram": Block("fv_fifo_ram", ["prim/sm_ram_1r1w.sv", "prim/sm_fifo_ram.sv"], [{"Depth": 2}, {"Depth": 4}], 12, {
        "full too late": ("prim/sm_fifo_ram.sv", "(read_q ^ (IndexWidth + 1)'(Depth));", "(read_q ^ (IndexWidth + 1)'(Depth + 1));"),
        "last word of the memory": ("prim/sm_fifo_ram.sv", "(write_q == (fetched_q + 1'b1)) ? last_q : rdata", "rdata"),
    }),
    "link": Block("fv_link", [FIFO, "noc/sm_link.sv"], [{"Latency": 2}, {"Latency": 3}], 14, {
        "not busy": ("noc/sm_link.sv", "|valid[Latency-1:1]", "valid[Latency-1] && ready_i"),
    }),
    "crc": Block("fv_crc", [CRC], [{}], 1, {
        "another polynomial": (CRC, "EDB88320", "EDB88321"),
    }),
    "frame_tx": Block("sm_frame_tx", [CRC, FRAME_TX], [{"FrameWords": w} for w in (4, 32)], 0, {
        "no escape": (FRAME_TX, "((raw_q == 8'(sm_pkg::SlipEnd)) || (raw_q == 8'(sm_pkg::SlipEsc))) &&", "(raw_q == 8'(sm_pkg::SlipEsc)) &&"),
        "word lost": (FRAME_TX, "if (word_d == words_i) state_d = Crc;", "if (word_d + 1'b1 == words_i) state_d = Crc;"),
        "byte doubled": (FRAME_TX, "valid_o && ready_i;", "valid_o && ready_i && !(state_q == Data && index_q == 4'd2 && data_o == 8'd0);"),
    }, depth=1, reach=22),
    "frame_rx": Block("sm_frame_rx", [CRC, FRAME_RX], [{"FrameWords": w} for w in (4, 32)], 0, {
        "escape stays": (FRAME_RX, "crc_q    <= '1;\n      escape_q <= 1'b0;\n      bad_q    <= 1'b0;\n      bytes_q", "crc_q    <= '1;\n      bad_q    <= 1'b0;\n      bytes_q"),
        "bad escape taken": (FRAME_RX, "default: bad_escape = 1'b1;", "default: bad_escape = 1'b0;"),
        "word over another": (FRAME_RX, "((body[12:2] >> $clog2(FrameWords)) == 11'd0);", "((body[12:2] >> $clog2(FrameWords)) <= 11'd1);"),
    }, depth=1, reach=10),
    "bridge": Block("sm_bridge", [CRC, FRAME_RX, FRAME_TX, "prim/sm_ram_1r1w.sv", BRIDGE], [{"FrameWords": w} for w in (4, 32)], 0, {
        "two at a time": (BRIDGE, "assign receiving_o = state_q == Receive;", "assign receiving_o = state_q == Receive || state_q == Fence;"),
        "goes on after a refusal": (BRIDGE, "if ((bus_status_i == sm_pkg::StatusOk) && !last_word_q)", "if (!last_word_q)"),
        "no time-out": (BRIDGE, "(fence_q == 16'(sm_pkg::MeshTimeout))", "(fence_q == 16'(sm_pkg::MeshTimeout) && is_read)"),
        "word of another address": (BRIDGE, "receiving_o ? rx_waddr : done_q[WordBits-1:0]", "receiving_o ? rx_waddr : done_d[WordBits-1:0]"),
        "answered twice": (BRIDGE, "Send: if (sent) state_d = Receive;", "Send: if (sent && status_q != sm_pkg::StatusTimeout) state_d = Receive;"),
    }, depth=1, reach=6, inside=("sm_frame_rx", "sm_frame_tx", "sm_ram_1r1w")),
    "tile_port": Block("sm_tile_port", [TILE_PORT], [{"MeshW": 2, "MeshH": 2}], 0, {
        "no time-out": (TILE_PORT, "assign give_up    = count_q == 16'(sm_pkg::MeshTimeout);", "assign give_up = 1'b0;"),
        "reply of another": (TILE_PORT, "assign reply_fits = reply_i && (reply_flit_i.x == tile_q.x)", "assign reply_fits = (reply_flit_i.x == tile_q.x)"),
        "answers while steps run": (TILE_PORT, "else if (running_i) verdict = sm_pkg::StatusRunning;", ""),
        "no factor of one": (TILE_PORT, "((wdata_q & (FactorOne - 32'd1)) != 32'd0)", "1'b1"),
        "no decay of one": (TILE_PORT, "((wdata_q & (DecayOne - 32'd1)) != 32'd0)", "1'b1"),
        "a word too far": (TILE_PORT, "({1'b0, word.index} < words)", "({1'b0, word.index} <= words)"),
        "writes what is read only": (TILE_PORT, "else if (write_q && !writable) verdict = sm_pkg::StatusReadOnly;", ""),
        "fan-out beyond the mesh": (TILE_PORT, "({1'b0, fanout.y} >= 7'(MeshH))", "({1'b0, fanout.y} > 7'(MeshH))"),
        "in the way of a fence": (TILE_PORT, "(!fencing_i || running_i)", "1'b1"),
        "answers for another": (TILE_PORT, "if (drop_i) state_d = Free;\n        else if (verdict", "if (verdict"),
        "takes what another has": (TILE_PORT, "!tile_i.host && !drop_i &&", "!tile_i.host &&"),
        "answered twice": (TILE_PORT, "Answer: state_d = Free;", "Answer: if (!running_i) state_d = Free;"),
        "offered twice": (TILE_PORT, "end else if (flit_ready_i) begin\n          state_d = Reply;", "end else if (flit_ready_i && reply_i) begin\n          state_d = Reply;"),
    }, depth=1, reach=8),
    "bus_arb": Block("sm_bus_arb", [BUS_ARB], [{"Masters": n} for n in (2, 3)], 0, {
        "fixed priority": (BUS_ARB, "assign first    = (later != '0) ? later : asks;", "assign first    = asks;"),
        "taken away": (BUS_ARB, "if (!busy_q) begin", "if (!busy_q || asks[0]) begin"),
        "answer to all": (BUS_ARB, "{Masters{answer_i}} & Masters'(owns)", "{Masters{answer_i}} & valid_i"),
        "two requests at once": (BUS_ARB, "{W{owns[1]}}", "{W{owns[1] || asks[1]}}"),
        "order of the one that asks": (BUS_ARB, "if (valid_o) owner_q <= owner;", "if (valid_o && !busy_q) owner_q <= first[0] ? 2'd0 : 2'd1;"),
    }, depth=1, reach=10),
    "word_port": Block("sm_word_port", [WORD_PORT], [{}], 0, {
        "asks twice": (WORD_PORT, "if (bus_answer_i) state_d = Answer;", "if (bus_answer_i && !write_q) state_d = Answer;"),
        "part of a word": (WORD_PORT, "(strb_i == 4'hF)", "(strb_i != 4'h0)"),
        "next one over it": (WORD_PORT, "if (state_q == Free) begin", "if (state_q != Ask) begin"),
        "window beyond a tile": (WORD_PORT, "((wdata_q >> WindowBits) != 32'd0)", "((wdata_q >> WindowBits + 1) != 32'd0)"),
        "no time-out": (WORD_PORT, "fence_q == 16'(sm_pkg::MeshTimeout)", "fence_q == 16'(sm_pkg::MeshTimeout) && write_q"),
        "fault of the last": (WORD_PORT, "(fault_q == sm_pkg::StatusOk)) begin", "(fault_q != sm_pkg::StatusTimeout)) begin"),
        "reads what is none": (WORD_PORT, "assign in_tile = (addr_i >> TileBits)", "assign in_tile = (addr_i >> (TileBits + 1) << 1)"),
    }, depth=1, reach=12),
    "mgmt_port": Block("sm_mgmt_port", [WORD_PORT, MGMT_PORT], [{}], 0, {
        "write lost": (MGMT_PORT, "Idle: if (port_valid && port_ready) state_d = Wait;", "Idle: if (ask_i && port_ready) state_d = Wait;"),
        "write doubled": (MGMT_PORT, "Wait: if (port_answer) state_d = Done;", "Wait: if (port_answer) state_d = write_i ? Idle : Done;"),
        "to a tile in a run": (MGMT_PORT, "ask_i && !(in_tile && waits_i);", "ask_i;"),
        "answer of the next": (MGMT_PORT, "Done: if (!ask_i) state_d = Idle;", "Done: state_d = Idle;"),
        "fault of nobody": (MGMT_PORT, "port_answer && ask_i && (port_status", "port_answer && (port_status"),
        "result is lost": (WORD_PORT, "status_d = status_q;", "status_d = sm_pkg::StatusOk;"),
        "fault not told": (MGMT_PORT, "(port_status != sm_pkg::StatusOk);", "(port_status != sm_pkg::StatusOk) && !write_i;"),
    }, depth=1, reach=12, inside=("sm_word_port",)),
    "mgmt_stop": Block("sm_mgmt_stop", [MGMT_STOP], [{}], 0, {
        "goes on after an error": (MGMT_STOP, "if (fails_i) cause", "if (fails_i && !double_fault_i) cause"),
        "stopped twice": (MGMT_STOP, "assign stops = run_q && (cause", "assign stops = (run_q || fails_i) && (cause"),
        "starts over its last access": (MGMT_STOP, "else if (in_reset_i && port_idle_i)", "else if (in_reset_i)"),
        "owns after its end": (MGMT_STOP, "if (stops) owner_q <= 1'b0;\n      else if", "if"),
        "owns the run while it is stopped": (MGMT_STOP, "owner_q <= run_q && (", "owner_q <= ("),
        "runs out of its reset": (MGMT_STOP, "assign go_o          = run_q && !drain_q;", "assign go_o          = run_q;"),
    }, depth=1, reach=8),
    "axi_lite": Block("sm_axi_lite", [AXI_LITE], [{"ErrorReply": e} for e in (0, 1)], 0, {
        "write without its word": (AXI_LITE, "assign want_write = aw_full_q && w_full_q &&", "assign want_write = aw_full_q &&"),
        "answer over another": (AXI_LITE, "assign want_read  = ar_full_q && !s_axi_rvalid;", "assign want_read  = ar_full_q;"),
        "answer changes while it waits": (AXI_LITE, "if ((state_q == Wait) && port_answer_i && write_q) s_axi_bresp <= resp;", "if ((state_q == Wait) && write_q || s_axi_bvalid) s_axi_bresp <= resp;"),
        "answer withdrawn": (AXI_LITE, "else if (s_axi_rready) s_axi_rvalid <= 1'b0;", "else s_axi_rvalid <= 1'b0;"),
        "write lost": (AXI_LITE, "else if (taken && write_q) w_full_q <= 1'b0;", "else if (taken) w_full_q <= 1'b0;"),
        "address of the next": (AXI_LITE, "if (s_axi_awready) awaddr_q <= s_axi_awaddr;", "if (s_axi_awready || s_axi_awvalid) awaddr_q <= s_axi_awaddr;"),
        "read in the way of writes": (AXI_LITE, "write_q <= want_write && (!want_read || !write_q)", "write_q <= want_write && !want_read"),
        "taken in reset": (AXI_LITE, "assign s_axi_awready = open_q && !aw_full_q;", "assign s_axi_awready = !aw_full_q;"),
        "every error is one": (AXI_LITE, "else if (port_status_i == sm_pkg::StatusBadAddress) resp = DecErr;", ""),
    }, depth=1, reach=16),
    "router_turn": Block("sm_switch", [FIFO, ARBITER, ROUTE, AHEAD, SWITCH], [{"RouterDepth": d} for d in (1, 2)], 0, {
        "fixed priority": (ARBITER, "else if (grant_o != '0) first_q <= grant_o[j-1:i] == '0;", ""),
        "never with another": (SWITCH, "assign request = {want[4*P+out],", "assign request = {want[4*P+out] && !want[out],"),
        "head changes": (FIFO, "if (push) write_q <= write_next;", "if (valid_i) write_q <= write_next;"),
    }, depth=1, reach=6, inside=("sm_fifo", "sm_arbiter")),
    "router": Block("fv_router", [FIFO, ARBITER, ROUTE, AHEAD, SWITCH, ROUTER],
                    [{"RouterDepth": d, "Gap": 1, "In": i, "Out": o} for d in (1, 2) for i, o in ((4, 2), (0, 4), (1, 0))], 8, {
        "Y before X": (ROUTE, "end else if (flit_i.x != x_i) begin",
                       "end else if (flit_i.x != x_i && flit_i.y == y_i) begin"),
        "doubled": (SWITCH, "grant[4*P+:P];\nendmodule", "(grant[4*P+:P] & {P{!valid_o[0]}});\nendmodule"),
        "mixed up": (SWITCH, "head[in*W+:W]} & {(B + W){taken[in]}};", "head[in*W+:W]} & {(B + W){taken[(in+2)%P]}};"),
    }),
}


MEMORY = 6 << 30  # bytes that a tool may take


class Failed(Exception):
    """A proof that failed, or a tool that did; the message says which and where to look."""


def run(command, log, accept=(0,)):
    # A solver that loses its way must not take the machine with it.
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=limit)
    log.write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode not in accept:
        lines = (done.stdout + done.stderr).splitlines()
        raise Failed("\n".join([f"{' '.join(command[:1])} ended with {done.returncode}; all of it: {log}", *lines[-12:]]))
    return done.stdout


def sources(block, options, folder, bug):
    """Copies the RTL, with the assertions inside the block and with the bug, if any."""
    # Beside the package lie the other modules that the specification makes.
    made = [options.package.parent / name for name in ("sm_build_check.sv", "sm_region_words.sv", "sm_mgmt_pkg.sv")]
    here, files = pathlib.Path(__file__).parent, [options.package, *made]
    for name in block.files:
        text = (options.rtl / name).read_text(encoding="utf-8")
        if bug and bug[0] == name:
            if text.count(bug[1]) != 1:
                raise Failed(f"{name}: the text that the bug replaces stands there {text.count(bug[1])} times, not "
                             f"once: {bug[1]}; mend BLOCKS in {__file__}")
            text = text.replace(bug[1], bug[2])
        stem = pathlib.Path(name).stem
        if stem == block.top or stem in block.inside:
            inside = (here / f"{stem}.inc").read_text(encoding="utf-8")
            # What a block asks of its user is assumed at the top, and proved where the user is there.
            inside = inside.replace("`USER", "assume" if stem == block.top else "assert")
            if stem != block.top:
                inside = "".join(l for l in inside.splitlines(True) if not l.lstrip().startswith("cover ("))
            text = text.replace("endmodule", inside + "endmodule")
        copy = folder / pathlib.Path(name).name
        copy.write_text(text, encoding="utf-8")
        files.append(copy)
    harness = here / f"{block.top}.sv"
    return files + ([here / "fv_order.sv", harness] if harness.exists() else [])


def translate(block, options, settings, bug):
    """Yosys: from RTL to a transition relation. Returns its file."""
    name = "_".join(f"{k}{v}" for k, v in settings.items()) or "only"
    folder = options.out / (name + ("_" + options.bug.replace(" ", "_") if options.bug else ""))
    folder.mkdir(parents=True, exist_ok=True)
    parameters = " ".join(f"-set {k} {v}" for k, v in settings.items())
    parameters = f"chparam {parameters} {block.top}; " if parameters else ""
    files = " ".join(str(f) for f in sources(block, options, folder, bug))
    script = (f"read_verilog -sv -formal -DSYNTHESIS {files}; {parameters}"
              f"hierarchy -check -top {block.top}; prep -flatten -nordff; memory_map; async2sync; "
              f"opt -full; dffunmap; opt_clean; write_smt2 -wires {folder}/design.smt2")
    run(["yosys", "-p", script], folder / "yosys.log")
    return folder


def check(block, options, settings, bug):
    folder, begin = translate(block, options, settings, bug), time.monotonic()
    smt = ["yosys-smtbmc", "-s", "z3", "--unroll", "--noprogress"]
    what = " ".join(f"{k}={v}" for k, v in settings.items())
    trace = ["--dump-vcd", str(folder / "trace.vcd")]
    design = str(folder / "design.smt2")
    if block.bound < 2 or options.mode == "induction":
        smt.append("--noincr")  # one question after another, each simplified as a whole: wide words like that
    induction = [*smt, "-i", "-t", str(block.depth), *trace, design]
    if options.mode == "bug":
        bounded = [*smt, "-t", str(block.bound), *trace, design]
        text = run(bounded if block.bound else induction, folder / "bug.log", accept=(0, 1))
        return "Assert failed" in text
    if options.mode == "induction":
        run([*smt, "-t", str(block.depth + 1), *trace, design], folder / "base.log")
        run(induction, folder / "induction.log")
        said = "for ever"
    else:
        if block.bound:
            run([*smt, "-t", str(block.bound), *trace, design], folder / "bounded.log")
        run([*smt, "-c", "-t", str(block.reach or block.bound), design], folder / "cover.log")
        said = f"for {block.bound} cycles, every cover reached" if block.bound else "by induction alone; every cover is reached"
    print(f"{options.block} {what}: holds {said} ({time.monotonic() - begin:.1f} s)", flush=True)
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("block", choices=BLOCKS)
    parser.add_argument("--mode", choices=("bounded", "induction", "bug"), default="bounded")
    parser.add_argument("--bug")
    for name in ("rtl", "package", "out"):
        parser.add_argument("--" + name, type=pathlib.Path, required=True)
    options = parser.parse_args()
    block = BLOCKS[options.block]
    if not all(shutil.which(tool) for tool in ("yosys", "yosys-smtbmc", "z3")):
        print("SKIPPED: yosys, yosys-smtbmc and z3 are needed; ./bootstrap installs them")
        sys.exit(77)
    if options.mode == "induction" and block.depth == 0:
        sys.exit(f"{options.block}: no invariants for an induction are written down; use --mode bounded")
    bugs = [options.bug] if options.bug else list(block.bugs)
    try:
        if options.mode != "bug":
            for settings in block.settings:
                check(block, options, settings, None)
            return
        for name in bugs:
            options.bug = name
            if not any(check(block, options, settings, block.bugs[name]) for settings in block.settings):
                raise Failed(f"{options.block}: the planted bug '{name}' is not found: the assertions do not see it")
            print(f"{options.block}: the planted bug '{name}' is found", flush=True)
    except Failed as failed:
        sys.exit(f"FAILED: {failed}")


if __name__ == "__main__":
    main()
