// SPDX-License-Identifier: Apache-2.0
// sm_link from outside: flits leave as they came (fv_order); busy says whether one is inside; with
// a receiver that is ready, one that came leaves in Latency - 1 cycles.
module fv_link #(
  parameter int unsigned Latency = 3
) (
  input logic clk_i,
  input logic valid_i,
  input sm_pkg::flit_t flit_i,
  input logic ready_i
);
  localparam int unsigned Room = 2 * (Latency - 1);
  logic rst_n, ready, valid, busy;
  sm_pkg::flit_t flit;
  logic [5:0] inside, left;
  logic [3:0] waited;
  initial rst_n = 1'b0;
  always_ff @(posedge clk_i) rst_n <= 1'b1;
  sm_link #(.Latency(Latency)) u_dut (
    .clk_i, .rst_ni(rst_n), .valid_i, .flit_i, .ready_o(ready), .valid_o(valid), .flit_o(flit),
    .ready_i, .busy_o(busy));
  fv_order #(.Width(sm_pkg::FlitWidth)) u_order (
    .clk_i, .rst_ni(rst_n), .enters_i(valid_i && ready), .word_i(flit_i),
    .leaves_i(valid && ready_i), .word_o_i(flit), .inside_o(inside), .left_o(left));

  always_ff @(posedge clk_i) begin
    waited <= !rst_n || inside == '0 || (valid && ready_i) ? '0 : waited + 4'(ready_i);
  end
  always_comb begin
    if (rst_n) begin
      assert (32'(inside) <= Room);
      assert (busy == (inside != '0));
      assert (!(valid && inside == '0));
      assert (waited <= 4'(Latency - 1));
      cover (32'(inside) == Room);
    end
  end
endmodule
