// SPDX-License-Identifier: Apache-2.0
// sat24 of docs/arithmetic.md, the only place where a membrane or a current is clipped; the twin of
// the model's. (A module rather than a function: Verilator shares the compiled code of equal tiles
// only where no function is inlined.)
module sm_saturate #(
  parameter int unsigned Width = 25
) (
  input  logic signed [            Width-1:0] x_i,
  output logic signed [sm_pkg::StateBits-1:0] y_o,
  output logic                                clipped_o
);
  localparam int unsigned Bits = sm_pkg::StateBits;
  logic sign;
  assign sign = x_i[Width-1];
  assign clipped_o = x_i[Width-1:Bits-1] != {(Width - Bits + 1) {sign}};
  assign y_o = clipped_o ? {sign, {(Bits - 1) {~sign}}} : x_i[Bits-1:0];

`ifndef SYNTHESIS
  initial assert (Width > Bits);
`endif
endmodule
