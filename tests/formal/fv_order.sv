// SPDX-License-Identifier: Apache-2.0
// Watches a block with one way in and one way out: the n-th word that leaves is the n-th that came,
// for any n, and none leaves that did not come. Counts up to 2^N - 1 words, which a bounded proof
// does not reach.
module fv_order #(
  parameter  int unsigned Width = 2,
  localparam int unsigned N = 6
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             enters_i,  // a word is taken
  input  logic [Width-1:0] word_i,
  input  logic             leaves_i,  // a word is given
  input  logic [Width-1:0] word_o_i,
  output logic [N-1:0]     inside_o,  // words that came and did not leave
  output logic [N-1:0]     left_o     // words that left
);
  (* anyconst *) logic [N-1:0] which;
  logic [N-1:0] came;
  logic [Width-1:0] word;
  assign inside_o = came - left_o;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      came <= '0;
      left_o <= '0;
    end else begin
      came <= came + N'(enters_i);
      left_o <= left_o + N'(leaves_i);
      if (enters_i && came == which) word <= word_i;
    end
  end
  always_comb begin
    assume (came != '1);
    if (rst_ni && leaves_i) assert (came != left_o);
    if (rst_ni && leaves_i && left_o == which) assert (word_o_i == word);
  end
endmodule
