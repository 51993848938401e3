// SPDX-License-Identifier: Apache-2.0
// Which accumulators of a lane are not zero, a bit each, in words of FlagBits groups: Update asks
// which groups have something to add (docs/blocks/core.md). The accumulators themselves are in
// sm_accumulators.
//
// A write of an accumulator changes its bit by reading the word in one cycle and writing it two
// cycles later, without a stall: a word that a change one or two cycles ahead is about to write is
// taken from it. All of it comes a cycle after the write, which is late enough: Update does not
// begin in that cycle. Update reads a word, and clears it in the next cycle.
module sm_nonzero #(
  parameter  int unsigned Groups    = 256,
  parameter  int unsigned SlotBits  = 4,
  localparam int unsigned FlagBits  = Groups < 16 ? Groups : 16,
  localparam int unsigned BitBits   = $clog2(FlagBits),
  localparam int unsigned Words     = (Groups / FlagBits) << SlotBits,
  localparam int unsigned WordBits  = $clog2(Words),
  localparam int unsigned AccBits   = WordBits + BitBits
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                change_i,   // an accumulator will be written,
  input  logic [ AccBits-1:0] acc_i,      // the one at this {slot, group}
  input  logic                nonzero_i,  // two cycles later: what is written is not zero
  output logic                busy_o,
  input  logic                read_i,     // Update
  input  logic [WordBits-1:0] read_word_i,
  output logic [FlagBits-1:0] flags_o,    // in the cycle after
  input  logic                clear_i,    // Update and sweep: the word becomes zero
  input  logic [WordBits-1:0] clear_word_i
);
  // ------------------------------------------------------------------------------------------
  // 1: memory output; 2: write
  logic change0_q, change1_q, change2_q, change3_q, follows2_q, nonzero2_q;
  logic [AccBits-1:0] acc0_q, acc1_q, acc2_q;
  logic [WordBits-1:0] word1, word2, word3_q;
  logic [FlagBits-1:0] old2_q, new2, new3_q, hot;
  assign word1 = acc1_q[BitBits+:WordBits];
  assign word2 = acc2_q[BitBits+:WordBits];
  assign busy_o = change0_q || change1_q;
  assign hot = FlagBits'(1) << acc2_q[BitBits-1:0];
  assign new2 = ((follows2_q ? new3_q : old2_q) & ~hot) | (hot & {FlagBits{nonzero2_q}});
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      change0_q <= 1'b0;
      change1_q <= 1'b0;
      change2_q <= 1'b0;
      change3_q <= 1'b0;
    end else begin
      change0_q <= change_i;
      change1_q <= change0_q;
      change2_q <= change1_q;
      change3_q <= change2_q;
    end
  end
  always_ff @(posedge clk_i) begin
    acc0_q <= acc_i;
    nonzero2_q <= nonzero_i;
    if (change0_q) acc1_q <= acc0_q;
    if (change1_q) begin
      acc2_q <= acc1_q;
      old2_q <= change3_q && word3_q == word1 ? new3_q : flags_o;
      follows2_q <= change2_q && word2 == word1;
    end
    if (change2_q) begin
      word3_q <= word2;
      new3_q <= new2;
    end
  end

  sm_ram_1r1w #(
    .Width(FlagBits),
    .Depth(Words)
  ) u_flags (
    .clk_i,
    .wr_en_i  (change2_q || clear_i),
    .wr_addr_i(change2_q ? word2 : clear_word_i),
    .wr_data_i(change2_q ? new2 : '0),
    .rd_en_i  (change0_q || read_i),
    .rd_addr_i(change0_q ? acc0_q[BitBits+:WordBits] : read_word_i),
    .rd_data_o(flags_o)
  );

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assert (!(change0_q && read_i)) else $stop;
      assert (!((change1_q || change2_q) && (read_i || clear_i))) else $stop;
    end
  end
`endif
endmodule
