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
  // Who comes before whom, one bit for each pair: every grant is two LUTs deep, and no bit of the
  // order needs more than the grants.
  logic [N*N-1:0] earlier;  // [i * N + j]: j comes before i
  for (genvar i = 0; i < N; i++) begin : gen_grant
    assign earlier[i*N+i] = 1'b0;
    for (genvar j = i + 1; j < N; j++) begin : gen_pair
      logic first_q;  // i comes before j: `last` is not one of i .. j - 1
      assign earlier[j*N+i] = first_q;
      assign earlier[i*N+j] = !first_q;
      always_ff @(posedge clk_i) begin
        if (!rst_ni) first_q <= i != 0;  // 0 was last
        else if (grant_o != '0) first_q <= grant_o[j-1:i] == '0;
      end
    end
    assign grant_o[i] = enable_i && request_i[i] && (request_i & earlier[i*N+:N]) == '0;
  end

`ifndef SYNTHESIS
  initial assert (N >= 2);
  always_ff @(posedge clk_i) begin
    if (rst_ni) assert ((grant_o & (grant_o - N'(1))) == '0) else $stop;
    if (rst_ni) assert ((grant_o & ~request_i) == '0) else $stop;
  end
`endif
endmodule
