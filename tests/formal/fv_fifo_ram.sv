// SPDX-License-Identifier: Apache-2.0
// sm_fifo_ram from outside: the n-th word that leaves is the n-th that came, for any n; never more
// than Depth inside; what is inside is offered within three cycles.
module fv_fifo_ram #(
  parameter int unsigned Width = 2,
  parameter int unsigned Depth = 4
) (
  input logic clk_i,
  input logic valid_i,
  input logic [Width-1:0] data_i,
  input logic ready_i
);
  localparam int unsigned N = 6;
  logic rst_n, ready, valid, empty;
  logic [Width-1:0] data;
  initial rst_n = 1'b0;
  always_ff @(posedge clk_i) rst_n <= 1'b1;
  sm_fifo_ram #(.Width(Width), .Depth(Depth)) u_dut (
    .clk_i, .rst_ni(rst_n), .valid_i, .data_i, .ready_o(ready), .valid_o(valid), .data_o(data),
    .ready_i, .empty_o(empty));

  (* anyconst *) logic [N-1:0] which;
  logic [N-1:0] came, left;
  logic [Width-1:0] word;
  logic [2:0] waited;
  always_ff @(posedge clk_i) begin
    if (!rst_n) begin
      came <= '0;
      left <= '0;
      waited <= '0;
    end else begin
      came <= came + N'(valid_i && ready);
      left <= left + N'(valid && ready_i);
      if (valid_i && ready && came == which) word <= data_i;
      waited <= came == left || valid ? '0 : waited + 3'd1;
    end
  end
  always_comb begin
    assume (came != '1);  // the counters do not wrap within the bound
    if (rst_n) begin
      assert (came - left <= N'(Depth));
      assert (ready == (came - left != N'(Depth)));
      assert (empty == (came == left));
      assert (!(valid && came == left));
      if (valid && ready_i && left == which) assert (data == word);
      assert (waited < 3'd3);
      cover (came - left == N'(Depth) && left == N'(2));
    end
  end
endmodule
