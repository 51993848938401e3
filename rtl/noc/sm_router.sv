// SPDX-License-Identifier: Apache-2.0
// Router: five input buffers, dimension-ordered (X then Y), round-robin at each output
// (docs/blocks/noc.md).
//
// An output offers a flit only to a ready receiver, so valid_o[p] means accepted: a receiver must
// raise ready_i[p] from its registers, without waiting for valid_o[p]. Ports are indexed by
// sm_pkg::port_e; vectors of flits are flat. The stages of the links are before the inputs
// (sm_link), not here.
module sm_router #(
  parameter int unsigned RouterDepth = 4
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
  localparam int unsigned P = sm_pkg::Ports;
  localparam int unsigned W = sm_pkg::FlitWidth;

  logic [P-1:0] head_valid, pop;
  logic [P*W-1:0] head;
  logic [P*P-1:0] want;   // [in * P + out]: the head of this input asks for that output
  logic [P*P-1:0] grant;  // [out * P + in]
  assign busy_o = |head_valid;

  for (genvar in = 0; in < P; in++) begin : gen_input
    sm_fifo #(
      .Width(W),
      .Depth(RouterDepth)
    ) u_buffer (
      .clk_i,
      .rst_ni,
      .valid_i(valid_i[in]),
      .data_i (flit_i[in*W+:W]),
      .ready_o(ready_o[in]),
      .valid_o(head_valid[in]),
      .data_o (head[in*W+:W]),
      .ready_i(pop[in])
    );

    sm_route u_route (
      .x_i,
      .y_i,
      .valid_i(head_valid[in]),
      .flit_i (head[in*W+:W]),
      .want_o (want[in*P+:P])
    );
  end

  for (genvar out = 0; out < P; out++) begin : gen_output
    logic [P-1:0] request;
    logic [P-1:0] taken;
    assign request = {want[4*P+out], want[3*P+out], want[2*P+out], want[P+out], want[out]};
    assign grant[out*P+:P] = taken;
    assign valid_o[out] = |taken;

    sm_arbiter #(
      .N(P)
    ) u_arbiter (
      .clk_i,
      .rst_ni,
      .enable_i (ready_i[out]),
      .request_i(request),
      .grant_o  (taken)
    );

    assign flit_o[out*W+:W] = (head[0*W+:W] & {W{taken[0]}}) | (head[1*W+:W] & {W{taken[1]}})
        | (head[2*W+:W] & {W{taken[2]}}) | (head[3*W+:W] & {W{taken[3]}})
        | (head[4*W+:W] & {W{taken[4]}});
  end

  // A head asks for one output, so at most one of them takes it.
  assign pop = grant[0*P+:P] | grant[1*P+:P] | grant[2*P+:P] | grant[3*P+:P] | grant[4*P+:P];
endmodule
