// SPDX-License-Identifier: Apache-2.0
// A module that no chip has (tests/lockstep/cosim.cpp).
module other (
  input logic clk_i
);
  logic unused_clk;
  assign unused_clk = clk_i;
endmodule
