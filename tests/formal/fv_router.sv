// SPDX-License-Identifier: Apache-2.0
// sm_router from outside, at any coordinates. A flow is an input port and an output port; the flits
// of an input are marked with its number. What leaves of the flow is what came (fv_order), with its
// coordinates and a bit of its data (the buffers' own proof covers all bits; the others are zero
// here, which keeps the solver quick); it leaves by the output that docs/blocks/noc.md names;
// `valid` only to a ready receiver. If every output is ready at least once in Gap cycles, an input
// that holds flits gives one away within P * Gap cycles.
module fv_router #(
  parameter int unsigned RouterDepth = 2,
  parameter int unsigned Gap = 2,
  parameter int unsigned In = 4,  // the flow
  parameter int unsigned Out = 2
) (
  input logic clk_i,
  input logic [sm_pkg::Ports-1:0] valid_i,
  input logic [sm_pkg::Ports*14-1:0] choice_i,  // an input: coordinates, host bit, a data bit
  input logic [sm_pkg::Ports-1:0] ready_i
);
  localparam int unsigned P = sm_pkg::Ports;
  localparam int unsigned W = sm_pkg::FlitWidth;
  (* anyconst *) logic [sm_pkg::CoordBits-1:0] x;
  (* anyconst *) logic [sm_pkg::CoordBits-1:0] y;
  localparam logic [2:0] in = 3'(In);
  localparam logic [2:0] out = 3'(Out);

  logic rst_n, busy;
  logic [P-1:0] ready, valid;
  logic [P*W-1:0] flit_i, flit;
  initial rst_n = 1'b0;
  always_ff @(posedge clk_i) rst_n <= 1'b1;
  sm_router #(.RouterDepth(RouterDepth)) u_dut (
    .clk_i, .rst_ni(rst_n), .x_i(x), .y_i(y), .valid_i, .flit_i, .ready_o(ready), .valid_o(valid),
    .flit_o(flit), .ready_i, .busy_o(busy));

  // The low three bits of the data are the number of the input: the lowest of a flit.
  logic [P-1:0] arrives;
  logic [P*3-1:0] mark;
  logic [P-1:0] from_in;  // outputs that take from `in`
  logic [P*4-1:0] gap;    // cycles for which an output was not ready
  for (genvar p = 0; p < P; p++) begin : gen_port
    fv_flit u_flit (.choice_i(choice_i[p*14+:14]), .mark_i(3'(p)), .flit_o(flit_i[p*W+:W]),
                    .x_i(x), .y_i(y), .arrives_o(arrives[p]));
    assign mark[p*3+:3] = flit[p*W+:3];
    assign from_in[p] = valid[p] && mark[p*3+:3] == in;
    always_ff @(posedge clk_i) gap[p*4+:4] <= !rst_n || ready_i[p] ? '0 : gap[p*4+:4] + 4'd1;
    always_comb begin
      // XY order leads no other flit to this port.
      assume (arrives[p]);
      assume (!rst_n || ready_i[p] || 32'(gap[p*4+:4]) + 1 < Gap);
      if (rst_n && valid[p]) assert (mark[p*3+:3] < 3'(P));
      if (rst_n && valid[p]) assert (ready_i[p]);
    end
  end

  // The routing table, written again.
  sm_pkg::flit_t first, last;
  assign first = flit_i[in*W+:W];
  assign last = flit[out*W+:W];
  logic [2:0] wanted;
  always_comb begin
    if (first.host) wanted = x == '0 && y != '0 ? sm_pkg::PortNorth : sm_pkg::PortWest;
    else if (first.x != x) wanted = first.x > x ? sm_pkg::PortEast : sm_pkg::PortWest;
    else if (first.y != y) wanted = first.y > y ? sm_pkg::PortSouth : sm_pkg::PortNorth;
    else wanted = sm_pkg::PortLocal;
  end

  logic enters, leaves;
  assign enters = valid_i[in] && ready[in];
  assign leaves = valid[out] && mark[out*3+:3] == in;
  logic [5:0] in_flow, left_flow;
  fv_order #(.Width(W)) u_order (
    .clk_i, .rst_ni(rst_n), .enters_i(enters && wanted == out), .word_i(first), .leaves_i(leaves),
    .word_o_i(last), .inside_o(in_flow), .left_o(left_flow));
  logic [3:0] inside;  // flits of this input
  logic [7:0] waited;  // cycles since this input last gave a flit away, while it holds one
  always_ff @(posedge clk_i) begin
    if (!rst_n) begin
      inside <= '0;
      waited <= '0;
    end else begin
      inside <= inside + 4'(enters) - 4'(from_in != '0);
      waited <= inside == '0 || from_in != '0 ? '0 : waited + 8'd1;
    end
  end
  always_comb begin
    if (rst_n) begin
      assert (first.data[2:0] == flit_i[in*W+:3]);
      assert (32'(inside) <= RouterDepth && 32'(in_flow) <= RouterDepth);
      assert ((from_in & (from_in - P'(1))) == '0);  // one flit of an input a cycle
      if (inside != '0) assert (busy);
      assert (32'(waited) < P * Gap);
      cover (left_flow == 6'd3);
      cover (32'(waited) == 2);  // others were before it
    end
  end
endmodule

// A flit of coordinates, host bit, one bit of data and a mark; a module, since Yosys knows no
// struct inside a generate block.
module fv_flit (
  input  logic [13:0]   choice_i,
  input  logic [2:0]    mark_i,
  output sm_pkg::flit_t flit_o,
  // Whether XY order leads it to (x, y) by the port that the mark names.
  input  logic [sm_pkg::CoordBits-1:0] x_i,
  input  logic [sm_pkg::CoordBits-1:0] y_i,
  output logic          arrives_o
);
  always_comb begin
    flit_o = '0;
    flit_o.x = choice_i[5:0];
    flit_o.y = choice_i[11:6];
    flit_o.host = choice_i[12];
    flit_o.data = {28'd0, choice_i[13], mark_i};
  end
  always_comb begin
    unique case (mark_i)
      sm_pkg::PortNorth: arrives_o = !flit_o.host && flit_o.x == x_i && flit_o.y >= y_i;
      sm_pkg::PortEast:  arrives_o = flit_o.host || flit_o.x <= x_i;
      sm_pkg::PortSouth:
        arrives_o = flit_o.host ? x_i == '0 : flit_o.x == x_i && flit_o.y <= y_i;
      sm_pkg::PortWest:  arrives_o = !flit_o.host && flit_o.x >= x_i;
      default:           arrives_o = 1'b1;
    endcase
  end
endmodule
