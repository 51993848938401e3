// SPDX-License-Identifier: Apache-2.0
// Makes what lasts a cycle visible: a light goes on at once and stays for Cycles cycles after the
// last event, so that an eye sees it (docs/boards.md).
module sm_stretch #(
  parameter int unsigned Cycles = 4
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic event_i,
  output logic light_o
);

  localparam int unsigned Bits = $clog2(Cycles + 1);

  logic [Bits-1:0] left_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) left_q <= '0;
    else if (event_i) left_q <= Bits'(Cycles);
    else if (left_q != '0) left_q <= left_q - Bits'(1);
  end

  assign light_o = left_q != '0;

endmodule
