// SPDX-License-Identifier: Apache-2.0
// Walk of the Learn phase: every neuron that fired in this step and has plastic inputs, in the
// order of the spike list (docs/blocks/learn.md). Lanes walk their lists side by side, and the next
// group is fetched while one is walked.
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
  output logic [      GroupBits-1:0] point_group_o,
  input  logic [Lanes*EntryBits-1:0] first_i,       // from the cycle after point_o on
  input  logic [Lanes*CountBits-1:0] count_i,
  input  logic [          Lanes-1:0] some_i,        // their counts are not 0
  output logic                       take_o,        // they are walked from the next cycle on
  // slots
  output logic                       slot_o,
  output logic                       bump_o,
  output logic [      GroupBits-1:0] group_o,       // that is walked
  output logic [          Lanes-1:0] active_o,
  output logic [Lanes*EntryBits-1:0] entry_o
);
  typedef enum logic [2:0] {
    Idle,
    Fetch,
    Pick,
    Point,
    Load
  } state_e;
  state_e state_q, state_d;

  logic [GroupBits-1:0] fetched_q;
  logic [Lanes-1:0] fetched_mask_q, mask_q, plastic, walking, lasting;
  logic [Lanes*EntryBits-1:0] entry_q;
  logic [Lanes*CountBits-1:0] left_q;
  logic bump_q, taken_q, free, leave;
  always_comb begin
    for (int unsigned l = 0; l < Lanes; l++) begin
      plastic[l] = fetched_mask_q[l] && some_i[l];
      walking[l] = left_q[l*CountBits+:CountBits] != '0;
      lasting[l] = left_q[l*CountBits+:CountBits] > CountBits'(1);
    end
  end

  // ------------------------------------------------------------------------------------------
  // The next group. Where nothing is walked it is taken without a look at its words, which come
  // late from a block RAM: counts that are all 0 make no walk.
  assign free = walking == '0;
  assign leave = state_q == Load && (plastic == '0 || free);
  assign take_o = state_q == Load && free;
  always_comb begin
    state_d = state_q;
    unique case (state_q)
      Idle: if (start_i) state_d = Fetch;
      Fetch: state_d = Pick;
      Pick: state_d = Point;
      Point: state_d = Load;
      Load: if (leave) state_d = more_i ? Fetch : Idle;
      default: state_d = Idle;
    endcase
  end
  always_ff @(posedge clk_i) begin
    if (state_q == Pick) begin
      fetched_q <= list_group_i;
      fetched_mask_q <= list_mask_i;
    end
  end

  // ------------------------------------------------------------------------------------------
  // The walk, and the bump after it
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= Idle;
      left_q <= '0;
      bump_q <= 1'b0;
      taken_q <= 1'b0;
    end else begin
      state_q <= state_d;
      taken_q <= take_o;
      bump_q <= walking != '0 && lasting == '0;
      for (int unsigned l = 0; l < Lanes; l++) begin
        if (take_o) begin
          left_q[l*CountBits+:CountBits] <= count_i[l*CountBits+:CountBits]
              & {CountBits{fetched_mask_q[l]}};
        end else if (walking[l]) begin
          left_q[l*CountBits+:CountBits] <= left_q[l*CountBits+:CountBits] - CountBits'(1);
        end
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (take_o) group_o <= fetched_q;
    if (taken_q) mask_q <= walking;
    for (int unsigned l = 0; l < Lanes; l++) begin
      entry_q[l*EntryBits+:EntryBits] <= take_o ? first_i[l*EntryBits+:EntryBits]
          : entry_q[l*EntryBits+:EntryBits] + EntryBits'(1);
    end
  end

  assign busy_o = state_q != Idle || walking != '0 || bump_q;
  assign fetch_o = state_q == Fetch;
  assign point_o = state_q == Point;
  assign point_group_o = fetched_q;
  assign bump_o = bump_q;
  assign slot_o = walking != '0 || bump_q;
  assign active_o = bump_q ? mask_q : walking;
  assign entry_o = entry_q;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) assert (!start_i || (state_q == Idle && more_i)) else $stop;
  end
`endif
endmodule
