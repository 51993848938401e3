// SPDX-License-Identifier: Apache-2.0
// Round-robin arbiter: grants the first request in the order last + 1, last + 2, ... (mod N), where
// `last` is the one granted last (0 after reset). The order moves on a grant only; without enable_i
// nothing is granted.
module sm_arbiter #(
  parameter int unsigned N = 5
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         enable_i,
  input  logic [N-1:0] request_i,
  output logic [N-1:0] grant_o  // one-hot or zero
);
  // Those above `last`: they come first. A mask needs no adder and no modulus.
  logic [N-1:0] above_q, above_d, preferred, candidates;
  assign preferred = request_i & above_q;
  assign candidates = preferred != '0 ? preferred : request_i;
  assign grant_o[0] = enable_i & candidates[0];
  assign above_d[0] = 1'b0;
  for (genvar i = 1; i < N; i++) begin : gen_lowest
    assign grant_o[i] = enable_i && candidates[i] && candidates[i-1:0] == '0;
    assign above_d[i] = grant_o[i-1:0] != '0;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) above_q <= {{(N - 1){1'b1}}, 1'b0};  // Yosys 0.23 reads ~N'(1) as 1
    else if (grant_o != '0) above_q <= above_d;
  end

`ifndef SYNTHESIS
  initial assert (N >= 2);
  always_ff @(posedge clk_i) begin
    if (rst_ni) assert ((grant_o & (grant_o - N'(1))) == '0) else $stop;
    if (rst_ni) assert ((grant_o & ~request_i) == '0) else $stop;
  end
`endif
endmodule
