// SPDX-License-Identifier: Apache-2.0
// The stages of a link of Latency cycles before its receiver: Latency - 1 FIFOs of depth 2 in a
// chain (docs/blocks/noc.md). The input buffer of the receiver, the last stage, belongs to the
// receiver (sm_router). Latency 1 is a wire.
module sm_link #(
  parameter int unsigned Latency = 1,
  parameter int unsigned Width   = sm_pkg::FlitWidth  // a flit, or a flit and what it wants
) (
  input  logic          clk_i,
  input  logic          rst_ni,
  input  logic          valid_i,
  input  logic [Width-1:0] flit_i,
  output logic          ready_o,
  output logic          valid_o,
  output logic [Width-1:0] flit_o,
  input  logic          ready_i,
  output logic          busy_o    // a stage holds a flit
);
  localparam int unsigned W = Width;

  // Index s is the input of stage s; index Latency - 1 is the output.
  logic [Latency-1:0] valid, ready;
  logic [Latency*W-1:0] flit;
  assign valid[0] = valid_i;
  assign flit[0+:W] = flit_i;
  assign ready_o = ready[0];
  assign valid_o = valid[Latency-1];
  assign flit_o = flit[(Latency-1)*W+:W];
  assign ready[Latency-1] = ready_i;

  for (genvar s = 0; s + 1 < Latency; s++) begin : gen_stage
    sm_fifo #(
      .Width(W),
      .Depth(2)
    ) u_fifo (
      .clk_i,
      .rst_ni,
      .valid_i(valid[s]),
      .data_i (flit[s*W+:W]),
      .ready_o(ready[s]),
      .valid_o(valid[s+1]),
      .data_o (flit[(s+1)*W+:W]),
      .ready_i(ready[s+1])
    );
  end

  if (Latency == 1) begin : gen_wire
    // Clock and reset serve the stages alone.
    logic unused_wire;
    assign unused_wire = ^{clk_i, rst_ni};
    assign busy_o = 1'b0;
  end else begin : gen_busy
    assign busy_o = |valid[Latency-1:1];
  end

`ifndef SYNTHESIS
  initial assert (Latency >= 1);
`endif
endmodule
