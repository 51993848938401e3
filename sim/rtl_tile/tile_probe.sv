// SPDX-License-Identifier: Apache-2.0
// Tells the program what a tile's router offers to its core, in every cycle. Attached to sm_core
// from outside, so that neither our core nor another needs a port for it (build_tile.cpp).
module sm_tile_probe #(
  localparam int unsigned W = sm_pkg::FlitWidth
) (
  input logic         clk_i,
  input logic         rst_ni,
  input logic         valid_i,
  input logic [W-1:0] flit_i,
  input logic         ready_o
);
  import "DPI-C" function void spikemesh_core_port(input bit valid, input bit ready,
                                                   input bit [95:0] flit);
  always @(posedge clk_i) spikemesh_core_port(valid_i && rst_ni, ready_o, 96'(flit_i));
endmodule

bind sm_core sm_tile_probe u_probe (
  .clk_i,
  .rst_ni,
  .valid_i,
  .flit_i,
  .ready_o
);
