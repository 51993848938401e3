// SPDX-License-Identifier: Apache-2.0
// Walks the synapse row of each spike packet (docs/blocks/core.md): a packet accepted in cycle a
// has its axon word in a + 1 and reads synapse group i in a + 2 + i; the next packet may be
// accepted in a + n + 2, with n groups in the row. What becomes of the words is in sm_synapse, one
// for each lane.
//
// A row that learns is followed by a slot in which the pre trace of its axon is bumped, and the
// next packet may be accepted in a + n + 11 only: by then the next row sees what this one wrote
// (docs/blocks/learn.md). What becomes of its slots is in sm_plastic.
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
  input  logic [             RowBits-1:0] axon_first_i,  // in the cycle after axon_read_o
  input  logic [            LeftBits-1:0] axon_groups_i,
  input  logic                            axon_learns_i, // it is plastic, and learning is on
  output logic                            slot_o,        // a slot of a row that learns
  output logic                            bump_o,        // it is that of the pre trace
  output logic [            AxonBits-1:0] axon_o,        // of the row
  output logic                            read_o,
  output logic [             RowBits-1:0] read_addr_o,
  output logic [                     3:0] valid_o        // bit k: k + 1 cycles past a read
);
  typedef enum logic [2:0] {
    Idle,
    Lookup,
    Walk,
    Bump,
    Drain
  } state_e;
  state_e state_q, state_d;
  logic [LeftBits-1:0] left_q;
  logic learns_q;
  logic [2:0] drain_q;
  localparam logic [2:0] Drained = 3'd7;

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      Idle: if (accept_i) state_d = Lookup;
      Lookup: state_d = axon_groups_i != '0 ? Walk : axon_learns_i ? Bump : Idle;
      Walk: if (left_q == LeftBits'(1)) state_d = learns_q ? Bump : Idle;
      Bump: state_d = Drain;
      Drain: if (drain_q == Drained) state_d = Idle;
      default: state_d = Idle;
    endcase
  end

  assign ready_o = state_q == Idle;
  assign axon_read_o = accept_i;
  assign axon_addr_o = addr_i[AxonBits-1:0];
  assign read_o = state_q == Walk;
  assign bump_o = state_q == Bump;
  assign slot_o = bump_o || (read_o && learns_q);
  assign busy_o = state_q != Idle || valid_o != '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= Idle;
      valid_o <= '0;
    end else begin
      state_q <= state_d;
      valid_o <= {valid_o[2:0], read_o};
    end
  end

  always_ff @(posedge clk_i) begin
    if (accept_i) axon_o <= axon_addr_o;
    if (state_q == Lookup) learns_q <= axon_learns_i;
    drain_q <= state_q == Drain ? drain_q + 3'd1 : 3'd0;
  end

  // A row that reaches the end of the memory continues at its start.
  always_ff @(posedge clk_i) begin
    if (state_q == Lookup) begin
      read_addr_o <= axon_first_i;
      left_q <= axon_groups_i;
    end else if (read_o) begin
      read_addr_o <= read_addr_o + RowBits'(1);
      left_q <= left_q - LeftBits'(1);
    end
  end

  logic unused_addr;
  assign unused_addr = ^addr_i;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) assert (!accept_i || ready_o) else $stop;
  end
`endif
endmodule
