// SPDX-License-Identifier: Apache-2.0
// sm_fifo_ram from outside: words leave as they came (fv_order); never more than Depth inside; what
// is inside is offered within three cycles.
module fv_fifo_ram #(
  parameter int unsigned Width = 2,
  parameter int unsigned Depth = 4
) (
  input logic clk_i,
  input logic valid_i,
  input logic [Width-1:0] data_i,
  input logic ready_i
);
  logic rst_n, ready, valid, empty;
  logic [Width-1:0] data;
  logic [5:0] inside, left;
  logic [2:0] waited;
  initial rst_n = 1'b0;
  always_ff @(posedge clk_i) rst_n <= 1'b1;
  sm_fifo_ram #(.Width(Width), .Depth(Depth)) u_dut (
    .clk_i, .rst_ni(rst_n), .valid_i, .data_i, .ready_o(ready), .valid_o(valid), .data_o(data),
    .ready_i, .empty_o(empty));
  fv_order #(.Width(Width)) u_order (
    .clk_i, .rst_ni(rst_n), .enters_i(valid_i && ready), .word_i(data_i),
    .leaves_i(valid && ready_i), .word_o_i(data), .inside_o(inside), .left_o(left));

  always_ff @(posedge clk_i) waited <= !rst_n || inside == '0 || valid ? '0 : waited + 3'd1;
  always_comb begin
    if (rst_n) begin
      assert (32'(inside) <= Depth);
      assert (ready == (32'(inside) != Depth));
      assert (empty == (inside == '0));
      assert (!(valid && inside == '0));
      assert (waited < 3'd3);
      cover (32'(inside) == Depth && left == 6'd2);
    end
  end
endmodule
