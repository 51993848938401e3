// SPDX-License-Identifier: Apache-2.0
// Clock of the management core: one edge in Divide cycles of the chip
// (docs/blocks/management_core.md, "Clocks").
//
// Each edge of clk_o is an edge of clk_i, so that what crosses between the two needs no
// synchronizer; it crosses through registers only. During a reset clk_o has every edge, so that
// what it clocks is reset as well. An FPGA wants a clock buffer with an enable instead of the gate.
module sm_mgmt_clock #(
  parameter int unsigned Divide = 2
) (
  input  logic clk_i,
  input  logic rst_ni,
  output logic tick_o,  // clk_o has an edge at the end of this cycle
  output logic clk_o
);
  if ((Divide < 1) || (Divide > 16)) begin : gen_divide
    $error("MgmtDivide must be 1 to 16");
  end

  logic [3:0] count_q;
  assign tick_o = count_q == 4'(Divide - 1);
  always_ff @(posedge clk_i) begin
    if (!rst_ni || tick_o) count_q <= 4'd0;
    else count_q <= count_q + 4'd1;
  end

  logic enable;
  always_latch begin
    if (!clk_i) enable = tick_o || !rst_ni;
  end
  assign clk_o = clk_i && enable;

endmodule
