// SPDX-License-Identifier: Apache-2.0
// sm_link from outside: the n-th flit that leaves is the n-th that came, for any n; busy says
// whether one is inside; with a receiver that is ready, one that came leaves in Latency - 1 cycles.
module fv_link #(
  parameter int unsigned Latency = 3
) (
  input logic clk_i,
  input logic valid_i,
  input sm_pkg::flit_t flit_i,
  input logic ready_i
);
  localparam int unsigned N = 6;
  localparam int unsigned Room = 2 * (Latency - 1);
  logic rst_n, ready, valid, busy;
  sm_pkg::flit_t flit;
  initial rst_n = 1'b0;
  always_ff @(posedge clk_i) rst_n <= 1'b1;
  sm_link #(.Latency(Latency)) u_dut (
    .clk_i, .rst_ni(rst_n), .valid_i, .flit_i, .ready_o(ready), .valid_o(valid), .flit_o(flit),
    .ready_i, .busy_o(busy));

  (* anyconst *) logic [N-1:0] which;
  logic [N-1:0] came, left;
  sm_pkg::flit_t word;
  logic [3:0] waited;
  always_ff @(posedge clk_i) begin
    if (!rst_n) begin
      came <= '0;
      left <= '0;
      waited <= '0;
    end else begin
      came <= came + N'(valid_i && ready);
      left <= left + N'(valid && ready_i);
      if (valid_i && ready && came == which) word <= flit_i;
      waited <= came == left || (valid && ready_i) ? '0 : waited + 4'(ready_i);
    end
  end
  always_comb begin
    assume (came != '1);
    if (rst_n) begin
      assert (came - left <= N'(Room));
      assert (busy == (came != left));
      if (valid && ready_i && left == which && came != which) assert (flit == word);
      if (valid) assert (came != left);
      assert (waited <= 4'(Latency - 1));
      cover (came - left == N'(Room));
    end
  end
endmodule
