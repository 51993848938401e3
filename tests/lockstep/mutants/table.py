# SPDX-License-Identifier: Apache-2.0
"""The mutants: one deliberate difference of every kind that lockstep promises to find.

All are planted in one chip; a run switches one of them on. `{on}` in a replacement says that it is: in tile TILE
alone, or, where `host` is set, in the host tile.
"""

from dataclasses import dataclass

TILE = (1, 0)
HERE, SOUTH, HOST = ("tile (1,0)",), ("tile (1,1)",), ("host tile",)
NEAR = ("tile (0,0)", *SOUTH)  # the neighbours
ONE_SIDED = r"(RTL|model) retired this event in this cycle, the (RTL|model) did not"


@dataclass(frozen=True)
class Mutant:
    name: str
    wrong: str  # for docs: what the RTL does
    edits: tuple  # of (file in rtl/, text that occurs there once, text in its place)
    tiles: tuple  # one of them is where the report finds the first difference
    kinds: tuple  # of event, with or without its unit: one of them
    field: str  # as a regular expression, a field that differs, or the sentence of an event that only one side has
    host: bool = False
    seen: str = ""  # for docs: the field, in words


MUTANTS = (
    Mutant("weight", "one bit of a weight, as it is delivered, where the weight ends in 101",
           (("core/sm_synapse.sv", "weight1 <= weight_i;",
             "weight1 <= weight_i ^ WeightBits'({on} && weight_i[2:0] == 3'b101);"),),
           HERE, ("acc",), "value"),
    Mutant("deeper", "input buffers of the router hold one flit more",
           (("noc/sm_switch.sv", "  for (genvar in = 0; in < P; in++) begin : gen_input\n", """\
  for (genvar in = 0; in < P; in++) begin : gen_input
    logic true_ready, true_valid, deeper_ready, deeper_valid;
    logic [B+W-1:0] true_head, deeper_head;
    sm_fifo #(
      .Width(B + W),
      .Depth(RouterDepth + 1)
    ) u_deeper (
      .clk_i,
      .rst_ni,
      .valid_i(valid_i[in]),
      .data_i ({want_i[in*B+:B], flit_i[in*W+:W]}),
      .ready_o(deeper_ready),
      .valid_o(deeper_valid),
      .data_o (deeper_head),
      .ready_i(pop[in])
    );
    assign ready_o[in] = {on} ? deeper_ready : true_ready;
    assign head_valid[in] = {on} ? deeper_valid : true_valid;
    assign {head_want, head[in*W+:W]} = {on} ? deeper_head : true_head;
"""),
            ("noc/sm_switch.sv", ".ready_o(ready_o[in]),\n      .valid_o(head_valid[in]),\n      .data_o ({head_want, head[in*W+:W]}),",
             ".ready_o(true_ready),\n      .valid_o(true_valid),\n      .data_o (true_head),")),
           HERE, ("flit",), ONE_SIDED, seen="the RTL's buffer takes it, the model's does not yet"),
    Mutant("late", "the first packet of a neuron is offered a cycle later, where nothing else is offered",
           (("core/sm_emit.sv", "  assign read = left_q != '0 && (!valid_q || ready_i);\n", """\
  logic late_q;
  always_ff @(posedge clk_i) late_q <= left_q != '0 && !valid_q && !late_q;
  assign read = left_q != '0 && (valid_q ? ready_i : !{on} || late_q);
"""),),
           HERE, ("flit, port local",), r"the RTL did not: it retires the same in cycle \d+ \(1 later\)",
           seen="the RTL retires the same 1 cycle later"),
    Mutant("lost", "a flit of the core to the south is lost when one from the west wants the same output",
           (("noc/sm_switch.sv", "assign valid_o[out] = |taken;",
             "assign valid_o[out] = |taken && !({on} && out == 32'(sm_pkg::PortSouth) && taken[sm_pkg::PortLocal]\n"
             "        && request[sm_pkg::PortWest]);"),),
           SOUTH, ("flit, port north",), "model retired this event in this cycle, the RTL did not",
           seen="only the model's neighbour takes it"),
    Mutant("doubled", "a packet to the south whose axon ends in 101 is sent again when the link is free",
           (("noc/sm_tile.sv", "  assign valid_o = out_valid[P-1:1];\n  assign flit_o = out_flit[P*W-1:W];\n", """\
  localparam int unsigned South = 32'(sm_pkg::PortSouth);
  sm_pkg::flit_t south, again_q;
  logic waits_q, again, repeats;
  assign south = out_flit[South*W+:W];
  assign again = waits_q && !out_valid[South] && ready_i[South];
  assign repeats = {on} && out_valid[South] && south.kind == sm_pkg::FlitKindSpike && south.addr[2:0] == 3'b101;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || again) waits_q <= 1'b0;
    else if (repeats) begin
      waits_q <= 1'b1;
      again_q <= south;
    end
  end
  for (genvar p = 1; p < P; p++) begin : gen_again
    assign valid_o[p] = out_valid[p] || (p == South && again);
    assign flit_o[p*W+:W] = p == South && again ? again_q : out_flit[p*W+:W];
  end
"""),
            ("noc/sm_tile.sv", "    assign want_o = out_want[P*PortBits-1:PortBits];\n", """\
    logic [PortBits-1:0] again_want_q;
    always_ff @(posedge clk_i) if (repeats) again_want_q <= out_want[South*PortBits+:PortBits];
    for (genvar p = 1; p < P; p++) begin : gen_again
      assign want_o[p*PortBits+:PortBits] = p == South && again ? again_want_q : out_want[p*PortBits+:PortBits];
    end
""")),
           SOUTH, ("flit, port north",), "RTL retired this event in this cycle, the model did not", seen="the same flit once more"),
    Mutant("priority", "core and west have changed places before the arbiter of the local output",
           (("noc/sm_switch.sv", "    logic [P-1:0] taken;\n", """\
    logic [P-1:0] taken, granted;
    localparam logic Swaps = out == 32'(sm_pkg::PortLocal);
    assign taken = {on} && Swaps ? {granted[0], granted[3:1], granted[4]} : granted;
"""),
            ("noc/sm_switch.sv", ".request_i(request),\n      .grant_o  (taken)",
             ".request_i({on} && Swaps ? {request[0], request[3:1], request[4]} : request),\n"
             "      .grant_o  (granted)")),
           HERE + NEAR, ("acc", "flit"), "value|slot|group|axon|x|y|host|" + ONE_SIDED,
           seen="packets come in another order, or in other cycles"),
    Mutant("rounding", "decay rounds down, not towards zero",
           (("core/sm_decay.sv", "assign up = negative_i &&", "assign up = !{on} && negative_i &&"),),
           HERE + HOST, ("flit, port local", "fire", "phase"), "data|lanes|" + ONE_SIDED,
           seen="V or I as it is read, a neuron that fires, or a step without Update"),
    Mutant("reset", "a reset leaves learning on",
           (("host/sm_step.sv", "      learning_q <= 1'b0;\n", "      learning_q <= {on} && learning_q;\n"),
            ("host/sm_step.sv", "  logic        pause_q, learning_q, learning_d,",  # off at power-on, which is no reset
             "  logic        learning_q = 1'b0;\n  logic        pause_q, learning_d,")),
           HOST, ("bus",), "data", host=True, seen="STATUS after the reset"),
    Mutant("stdp_rounding", "a change of a weight is rounded down, not to the nearest",
           (("core/sm_stdp.sv", " + 50'sh0_8000_0000;", " + ({on} ? 50'sh0 : 50'sh0_8000_0000);"),),
           HERE, ("weight",), "weight"),
    Mutant("clip", "a weight above w_max stays there",
           (("core/sm_stdp.sv", ": above_o ? w_max10", ": above_o && !{on} ? w_max10"),), HERE, ("weight",), "weight"),
    Mutant("decay", "in the Learn phase traces decay as if the next step had begun",
           (("core/sm_plastic.sv", "age4 = now_i - trace4.stamp;", "age4 = now_i - trace4.stamp + 16'({on} && learn4);"),),
           HERE, ("weight", "flit, port local"), "weight|data", seen="weight, or a trace as it is read"),
    Mutant("run", "a run that is written in the very cycle in which the one before ends is forgotten",
           (("host/sm_step.sv", "if (!run_i) state_d = Idle;", "if ({on} || !run_i) state_d = Idle;"),),
           HOST, ("phase",), "model retired this event in this cycle, the RTL did not", host=True, seen="no step follows"),
    Mutant("hold", "a step that is held ends as soon as the ring is empty",
           (("host/sm_ring_in.sv", "inject_end = !head_waits_o && !held_q;", "inject_end = !head_waits_o && ({on} || !held_q);"),),
           HOST, ("phase", "bus"), "RTL retired this event in this cycle, the model did not|data", host=True,
           seen="the next phase begins, or STATUS as it is read"),
    Mutant("gap", "a row waits until the one before has read its last group",
           (("core/sm_integrate.sv", "        free = !learns_q;", "        free = !learns_q && !{on};"),),
           HERE, ("acc",), ONE_SIDED, seen="an accumulator is written a cycle later"),
    Mutant("forward", "a sum that was made in the cycle before is not taken",
           (("core/sm_synapse.sv", "(follows3 ? sum4 : acc3)", "(follows3 && !{on} ? sum4 : acc3)"),), HERE, ("acc",), "value"),
    Mutant("drain", "the row of a plastic axon does not wait for the one of the same axon",
           (("core/sm_integrate.sv", "(drain_q != '0 || state_q == Bump)", "!{on} && (drain_q != '0 || state_q == Bump)"),),
           HERE, ("acc", "weight"), "value|weight|" + ONE_SIDED, seen="the second row comes earlier"),
    Mutant("short", "a short plastic row takes nine cycles, not ten",
           (("core/sm_integrate.sv", "assign held = young_q != '0 || learned\n", "assign held = (young_q != '0 && !({on} && young_q == 4'd1)) || learned\n"),),
           HERE, ("acc", "weight"), ONE_SIDED, seen="the next row comes a cycle earlier"),
    Mutant("search", "a neuron that was found waits until the last entry of the one before is read",
           (("core/sm_emit.sv", "(read && left_q == CountBits'(1));", "(read && left_q == CountBits'(1) && !{on});"),),
           HERE, ("flit, port local",), ONE_SIDED, seen="its first packet comes a cycle later"),
    Mutant("list", "the next list of plastic inputs waits until the trace of the one before is bumped",
           (("core/sm_learn.sv", "assign free = walking == '0;", "assign free = walking == '0 && !({on} && bump_q);"),),
           HERE, ("weight",), ONE_SIDED, seen="the next list is walked a cycle later"),
    Mutant("flag", "of two accumulators written one after the other, the flag of the first is lost",
           (("core/sm_nonzero.sv", "((follows2_q ? new3_q : old2_q) & ~hot)", "((follows2_q && !{on} ? new3_q : old2_q) & ~hot)"),),
           HERE + HOST, ("fire", "flit, port local", "phase"), "data|lanes|group|" + ONE_SIDED,
           seen="a group is not visited: it does not fire, or the step is shorter"),
    Mutant("six", "a row is walked as far as six bits can count",
           (("core/sm_integrate.sv", "left_q <= axon_groups_i;", "left_q <= {on} ? LeftBits'(axon_groups_i[5:0]) : axon_groups_i;"),),
           HERE + HOST, ("acc", "weight", "flit", "phase"), ONE_SIDED,  # the core is free for the next flit, of any port
           seen="the row ends too early, or the next begins too early"),
)
NAMES = ("none", *(mutant.name for mutant in MUTANTS))
