// SPDX-License-Identifier: Apache-2.0
// Walks the synapse row of each spike packet (docs/blocks/core.md). A packet accepted in cycle a
// has its axon word in a + 1, where it waits until the row before reads its last group, in cycle b;
// its own groups are read from b + 1 on. So rows follow each other without a gap. What becomes of
// the words is in sm_synapse, one for each lane.
//
// A row that learns is followed by a slot in which the pre trace of its axon is bumped. The same
// axon waits until what that row writes is in the memories (docs/blocks/learn.md). What becomes of
// its slots is in sm_plastic.
module sm_integrate #(
  parameter  int unsigned Synapses  = 8192,
  parameter  int unsigned Axons     = 1024,
  parameter  int unsigned Lanes     = 1,
  localparam int unsigned RowBits   = $clog2(Synapses / Lanes),
  localparam int unsigned LeftBits  = RowBits + 1 > 13 ? 13 : RowBits + 1,
  localparam int unsigned AxonBits  = $clog2(Axons)
) (
  input  logic                            clk_i,
  input  logic                            rst_ni,
  output logic                            ready_o,       // a packet would be accepted
  input  logic                            accept_i,      // only with ready_o
  input  logic [sm_pkg::TileAddrBits-1:0] addr_i,
  output logic                            busy_o,
  output logic                            axon_read_o,
  output logic [            AxonBits-1:0] axon_addr_o,
  input  logic [             RowBits-1:0] axon_first_i,  // from the cycle after axon_read_o on
  input  logic [            LeftBits-1:0] axon_groups_i,
  input  logic                            axon_learns_i, // it is plastic, and learning is on
  output logic                            take_o,        // its row is walked from the next cycle on
  output logic                            slot_o,        // a slot of a row that learns
  output logic                            bump_o,        // it is that of the pre trace
  output logic [            AxonBits-1:0] axon_o,        // of the row that is walked
  output logic                            read_o,
  output logic [             RowBits-1:0] read_addr_o,
  output logic [                     3:0] valid_o        // bit k: k + 1 cycles past a read
);
  // How long a row waits after that of the same axon has bumped its trace, and after a row that
  // learns has begun.
  localparam logic [3:0] Apart = 4'd9;

  typedef enum logic [1:0] {
    Idle,
    Walk,
    Bump
  } state_e;
  state_e state_q, state_d;
  logic lookup_q, some_q, learns_q, taken_q, learned, free, held;
  logic [LeftBits-1:0] left_q;
  logic [AxonBits-1:0] lookup_axon_q, learned_axon_q;
  logic [3:0] young_q, drain_q;

  // ------------------------------------------------------------------------------------------
  // LOOKUP: the axon word waits at the output of its memory.
  assign held = young_q != '0 || learned
      || (lookup_axon_q == learned_axon_q && (drain_q != '0 || state_q == Bump));
  assign take_o = lookup_q && free && !held;
  assign ready_o = !lookup_q || take_o;
  assign axon_read_o = accept_i;
  assign axon_addr_o = addr_i[AxonBits-1:0];
  always_ff @(posedge clk_i) begin
    if (!rst_ni) lookup_q <= 1'b0;
    else if (accept_i) lookup_q <= 1'b1;
    else if (take_o) lookup_q <= 1'b0;
  end
  always_ff @(posedge clk_i) begin
    if (accept_i) lookup_axon_q <= axon_addr_o;
  end

  // ------------------------------------------------------------------------------------------
  // WALK. Whether a row has groups at all comes late from a block RAM, so it is seen in the cycle
  // in which its first group would be read.
  always_comb begin
    state_d = state_q;
    free = 1'b0;
    unique case (state_q)
      Walk: if (!some_q) begin
        state_d = Idle;
        free = 1'b1;
      end else if (left_q == LeftBits'(1)) begin
        state_d = learns_q ? Bump : Idle;
        free = !learns_q;
      end
      default: begin
        state_d = Idle;
        free = 1'b1;
      end
    endcase
    if (take_o) state_d = Walk;
  end

  assign read_o = state_q == Walk && some_q;
  assign bump_o = state_q == Bump || (state_q == Walk && !some_q && learns_q);
  assign slot_o = bump_o || (read_o && learns_q);
  assign busy_o = lookup_q || read_o || bump_o || valid_o != '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= Idle;
      valid_o <= '0;
    end else begin
      state_q <= state_d;
      valid_o <= {valid_o[2:0], read_o};
    end
  end

  // A row that reaches the end of the memory continues at its start.
  always_ff @(posedge clk_i) begin
    if (take_o) begin
      axon_o <= lookup_axon_q;
      some_q <= axon_groups_i != '0;
      learns_q <= axon_learns_i;
      read_addr_o <= axon_first_i;
      left_q <= axon_groups_i;
    end else if (read_o) begin
      read_addr_o <= read_addr_o + RowBits'(1);
      left_q <= left_q - LeftBits'(1);
    end
  end

  // ------------------------------------------------------------------------------------------
  // The last row that learned. Whether a row does comes late from a block RAM, so this follows in
  // the cycle after it was taken.
  assign learned = taken_q && learns_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      taken_q <= 1'b0;
      young_q <= '0;
      drain_q <= '0;
    end else begin
      taken_q <= take_o;
      if (learned) young_q <= Apart - 4'd1;
      else if (young_q != '0) young_q <= young_q - 4'd1;
      if (bump_o) drain_q <= Apart;
      else if (drain_q != '0) drain_q <= drain_q - 4'd1;
    end
  end
  always_ff @(posedge clk_i) begin
    if (learned) learned_axon_q <= axon_o;
  end

  logic unused_addr;
  assign unused_addr = ^addr_i;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) assert (!accept_i || ready_o) else $stop;
  end
`endif
endmodule
