// SPDX-License-Identifier: Apache-2.0
// Switch of a router: five input buffers, round-robin at each output, look-ahead routing
// (docs/blocks/noc.md).
//
// Beside each flit travels `want`, the output that it asks for (a port_e). It comes with the flit,
// and while the arbiters choose, sm_ahead finds what the flit wants at the next router. Only turns
// of XY order have a way through. sm_router has the public ports of a router, without `want`.
//
// An output offers a flit only to a ready receiver, so valid_o[p] means accepted: a receiver must
// raise ready_i[p] from its registers, without waiting for valid_o[p]. Ports are indexed by
// sm_pkg::port_e; vectors of flits are flat. The stages of the links are before the inputs
// (sm_link), not here.
module sm_switch #(
  parameter  int unsigned RouterDepth = 4,
  localparam int unsigned PortBits = $bits(sm_pkg::PortLocal)
) (
  input  logic                                     clk_i,
  input  logic                                     rst_ni,
  input  logic [          sm_pkg::CoordBits-1:0]   x_i,      // never change after reset
  input  logic [          sm_pkg::CoordBits-1:0]   y_i,
  input  logic [              sm_pkg::Ports-1:0]   valid_i,
  input  logic [sm_pkg::Ports*sm_pkg::FlitWidth-1:0] flit_i,
  input  logic [     sm_pkg::Ports*PortBits-1:0]   want_i,   // wanted here
  output logic [              sm_pkg::Ports-1:0]   ready_o,
  output logic [              sm_pkg::Ports-1:0]   valid_o,
  output logic [sm_pkg::Ports*sm_pkg::FlitWidth-1:0] flit_o,
  output logic [     sm_pkg::Ports*PortBits-1:0]   want_o,   // wanted at the next router
  input  logic [              sm_pkg::Ports-1:0]   ready_i,
  output logic                                     busy_o    // an input buffer holds a flit
);
  localparam int unsigned P = sm_pkg::Ports;
  localparam int unsigned W = sm_pkg::FlitWidth;
  localparam int unsigned B = PortBits;
  // [in * P + out]: the turns of XY order. From the west a flit goes on to the east or turns, from
  // the north it goes on to the south or ends; from the south it may turn to the host link.
  localparam logic [P*P-1:0] Turns = {5'b01111, 5'b10011, 5'b11011, 5'b01001, 5'b11111};

  // Registers of what never changes, so that no adder is in the way of a flit.
  logic [sm_pkg::CoordBits-1:0] east_x_q, west_x_q, south_y_q, north_y_q;
  logic west_turns_q, north_ends_q;
  always_ff @(posedge clk_i) begin
    east_x_q <= x_i + sm_pkg::CoordBits'(1);
    west_x_q <= x_i - sm_pkg::CoordBits'(1);
    south_y_q <= y_i + sm_pkg::CoordBits'(1);
    north_y_q <= y_i - sm_pkg::CoordBits'(1);
    west_turns_q <= x_i == sm_pkg::CoordBits'(1) && y_i != '0;
    north_ends_q <= y_i == sm_pkg::CoordBits'(1);
  end

  logic [P-1:0] head_valid, pop;
  logic [P*W-1:0] head;
  logic [P*P-1:0] want;     // [in * P + out]: the head of this input asks for that output
  logic [P*P-1:0] grant;    // [out * P + in]
  logic [P*P*B-1:0] ahead;  // [(in * P + out) * B]: what it wants after that output
  assign busy_o = |head_valid;
  logic unused_ahead;  // of turns that there are not
  assign unused_ahead = ^ahead;

  for (genvar in = 0; in < P; in++) begin : gen_input
    logic [B-1:0] head_want;
    logic [P-1:0] elsewhere;
    sm_fifo #(
      .Width(B + W),
      .Depth(RouterDepth)
    ) u_buffer (
      .clk_i,
      .rst_ni,
      .valid_i(valid_i[in]),
      .data_i ({want_i[in*B+:B], flit_i[in*W+:W]}),
      .ready_o(ready_o[in]),
      .valid_o(head_valid[in]),
      .data_o ({head_want, head[in*W+:W]}),
      .ready_i(pop[in])
    );

    sm_ahead u_ahead (
      .flit_i      (head[in*W+:W]),
      .y_i,
      .east_x_i    (east_x_q),
      .west_x_i    (west_x_q),
      .south_y_i   (south_y_q),
      .north_y_i   (north_y_q),
      .west_turns_i(west_turns_q),
      .north_ends_i(north_ends_q),
      .want_o      (ahead[in*P*B+:P*B])
    );

    // What asks for no other output is for the core: a head asks for one output, whatever it is.
    assign elsewhere[0] = 1'b0;
    for (genvar out = 1; out < P; out++) begin : gen_want
      assign elsewhere[out] = Turns[in*P+out] && head_want == B'(out);
      assign want[in*P+out] = head_valid[in] && elsewhere[out];
    end
    assign want[in*P] = head_valid[in] && elsewhere == '0;

`ifndef SYNTHESIS
    // The look-ahead is right, and XY order was kept.
    logic [B-1:0] routed;
    sm_route u_route (
      .x_i,
      .y_i,
      .flit_i(head[in*W+:W]),
      .want_o(routed)
    );
    always_ff @(posedge clk_i) begin
      if (rst_ni && head_valid[in]) begin
        assert (head_want == routed) else $stop;
        assert (32'(routed) < P && Turns[in*P+32'(routed)]) else $stop;
      end
    end
`endif
  end

  for (genvar out = 0; out < P; out++) begin : gen_output
    logic [P-1:0] request;
    logic [P-1:0] taken;
    logic [P*(B+W)-1:0] way;  // of each input: what it wants next, and the flit
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

    for (genvar in = 0; in < P; in++) begin : gen_way
      if (Turns[in*P+out]) begin : gen_turn
        assign way[in*(B+W)+:B+W] = {ahead[(in*P+out)*B+:B], head[in*W+:W]} & {(B + W){taken[in]}};
      end else begin : gen_none
        assign way[in*(B+W)+:B+W] = '0;
      end
    end
    assign {want_o[out*B+:B], flit_o[out*W+:W]} = way[0*(B+W)+:B+W] | way[1*(B+W)+:B+W]
        | way[2*(B+W)+:B+W] | way[3*(B+W)+:B+W] | way[4*(B+W)+:B+W];
  end

  // A head asks for one output, so at most one of them takes it.
  assign pop = grant[0*P+:P] | grant[1*P+:P] | grant[2*P+:P] | grant[3*P+:P] | grant[4*P+:P];
endmodule
