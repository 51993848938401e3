// SPDX-License-Identifier: Apache-2.0
// Walk of the Learn phase: every neuron that fired in this step and has plastic inputs, in the
// order of the spike list (docs/blocks/learn.md). Lanes walk their lists side by side.
//
// The spike list is in sm_emit, which keeps its words until the next Update; lists and what a slot
// does are in sm_plastic, one for each lane.
module sm_learn #(
  parameter  int unsigned Lanes     = 1,
  parameter  int unsigned GroupBits = 8,
  parameter  int unsigned EntryBits = 11,
  localparam int unsigned CountBits = EntryBits + 1 > 15 ? 15 : EntryBits + 1
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
  input  logic                       start_i,       // there is something to learn
  output logic                       busy_o,
  // spike list
  output logic                       fetch_o,
  input  logic                       more_i,        // an entry is left
  input  logic [      GroupBits-1:0] list_group_i,  // in the cycle after fetch_o
  input  logic [          Lanes-1:0] list_mask_i,
  // learn words
  output logic                       point_o,
  output logic [      GroupBits-1:0] group_o,
  input  logic [Lanes*EntryBits-1:0] first_i,       // in the cycle after point_o
  input  logic [Lanes*CountBits-1:0] count_i,
  // slots
  output logic                       slot_o,
  output logic                       bump_o,
  output logic [          Lanes-1:0] active_o,
  output logic [Lanes*EntryBits-1:0] entry_o
);
  typedef enum logic [2:0] {
    Idle,
    Fetch,
    Pick,
    Point,
    Load,
    Walk,
    Bump,
    Drain
  } state_e;
  state_e state_q, state_d, next_group;
  localparam logic [1:0] Drained = 2'd3;

  logic [GroupBits-1:0] group_q;
  logic [Lanes-1:0] mask_q, plastic, walking, lasting;
  logic [Lanes*EntryBits-1:0] entry_q;
  logic [Lanes*CountBits-1:0] left_q;
  logic [1:0] drain_q;
  always_comb begin
    for (int unsigned l = 0; l < Lanes; l++) begin
      plastic[l] = mask_q[l] && count_i[l*CountBits+:CountBits] != '0;
      walking[l] = left_q[l*CountBits+:CountBits] != '0;
      lasting[l] = left_q[l*CountBits+:CountBits] > CountBits'(1);
    end
  end

  assign next_group = more_i ? Fetch : Idle;
  always_comb begin
    state_d = state_q;
    unique case (state_q)
      Idle: if (start_i) state_d = Fetch;
      Fetch: state_d = Pick;
      Pick: state_d = Point;
      Point: state_d = Load;
      Load: state_d = plastic != '0 ? Walk : next_group;
      Walk: if (lasting == '0) state_d = Bump;
      Bump: state_d = Drain;
      Drain: if (drain_q == Drained) state_d = next_group;
      default: state_d = Idle;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) state_q <= Idle;
    else state_q <= state_d;
  end

  always_ff @(posedge clk_i) begin
    drain_q <= state_q == Drain ? drain_q + 2'd1 : 2'd0;
    if (state_q == Pick) begin
      group_q <= list_group_i;
      mask_q <= list_mask_i;
    end else if (state_q == Load) begin
      mask_q <= plastic;
    end
    for (int unsigned l = 0; l < Lanes; l++) begin
      if (state_q == Load) begin
        entry_q[l*EntryBits+:EntryBits] <= first_i[l*EntryBits+:EntryBits];
        left_q[l*CountBits+:CountBits] <= plastic[l] ? count_i[l*CountBits+:CountBits] : '0;
      end else if (state_q == Walk) begin
        entry_q[l*EntryBits+:EntryBits] <= entry_q[l*EntryBits+:EntryBits] + EntryBits'(1);
        if (walking[l]) begin
          left_q[l*CountBits+:CountBits] <= left_q[l*CountBits+:CountBits] - CountBits'(1);
        end
      end
    end
  end

  assign busy_o = state_q != Idle;
  assign fetch_o = state_q == Fetch;
  assign point_o = state_q == Point;
  assign group_o = group_q;
  assign bump_o = state_q == Bump;
  assign slot_o = state_q == Walk || bump_o;
  assign active_o = bump_o ? mask_q : walking;
  assign entry_o = entry_q;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) assert (!start_i || (state_q == Idle && more_i)) else $stop;
  end
`endif
endmodule
