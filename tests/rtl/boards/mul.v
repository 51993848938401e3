// SPDX-License-Identifier: Apache-2.0
// Products that Yosys maps to one multiplier each (cells_tb.sv).
module mul_signed (input signed [17:0] a, input signed [17:0] b, output signed [35:0] y);
  assign y = a * b;
endmodule
module mul_unsigned (input [17:0] a, input [17:0] b, output [35:0] y);
  assign y = a * b;
endmodule
