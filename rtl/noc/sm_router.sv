// SPDX-License-Identifier: Apache-2.0
// Router with the public ports, which a router of another make has as well: input buffers,
// dimension-ordered (X then Y), round-robin at each output (docs/blocks/noc.md).
//
// It finds the output of a flit when the flit enters. In the chip sm_switch stands alone, and its
// neighbours tell it the outputs ahead of time: the cycles are the same, the clock is faster.
module sm_router #(
  parameter  int unsigned RouterDepth = 4
) (
  input  logic                                     clk_i,
  input  logic                                     rst_ni,
  input  logic [          sm_pkg::CoordBits-1:0]   x_i,
  input  logic [          sm_pkg::CoordBits-1:0]   y_i,
  input  logic [              sm_pkg::Ports-1:0]   valid_i,
  input  logic [sm_pkg::Ports*sm_pkg::FlitWidth-1:0] flit_i,
  output logic [              sm_pkg::Ports-1:0]   ready_o,
  output logic [              sm_pkg::Ports-1:0]   valid_o,
  output logic [sm_pkg::Ports*sm_pkg::FlitWidth-1:0] flit_o,
  input  logic [              sm_pkg::Ports-1:0]   ready_i,
  output logic                                     busy_o   // an input buffer holds a flit
);
  localparam int unsigned W = sm_pkg::FlitWidth;
  localparam int unsigned B = $bits(sm_pkg::PortLocal);
  logic [sm_pkg::Ports*B-1:0] want, unused_ahead;

  for (genvar in = 0; in < sm_pkg::Ports; in++) begin : gen_input
    sm_route u_route (
      .x_i,
      .y_i,
      .flit_i(flit_i[in*W+:W]),
      .want_o(want[in*B+:B])
    );
  end

  sm_switch #(
    .RouterDepth(RouterDepth)
  ) u_switch (
    .clk_i,
    .rst_ni,
    .x_i,
    .y_i,
    .valid_i,
    .flit_i,
    .want_i (want),
    .ready_o,
    .valid_o,
    .flit_o,
    .want_o (unused_ahead),
    .ready_i,
    .busy_o
  );
endmodule
