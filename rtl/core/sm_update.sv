// SPDX-License-Identifier: Apache-2.0
// Walks the groups of neurons that can change through Update, one a cycle (docs/blocks/core.md):
// those that changed in their last Update, those with an accumulator that is not zero, or all.
//
// Both are known a bit a group, in words of FlagBits groups. Starting in cycle u, it takes the
// first word in u + 1 and reads the first group in u + 2; a word takes a cycle for each group to be
// visited, and one if there is none. A group is written back six cycles after it was read. The
// arithmetic is in sm_neuron, one for each lane; when to start is decided in sm_phase.
module sm_update #(
  parameter  int unsigned Groups    = 256,
  parameter  int unsigned Lanes     = 1,
  localparam int unsigned GroupBits = $clog2(Groups),
  localparam int unsigned FlagBits  = Groups < 16 ? Groups : 16,
  localparam int unsigned BitBits   = $clog2(FlagBits),
  localparam int unsigned Words     = Groups / FlagBits,
  localparam int unsigned WordBits  = Words > 1 ? $clog2(Words) : 1
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 step_i,         // a step begins: start_i if it needs an Update
  input  logic                 start_i,
  input  logic                 due_i,          // with step_i: adaptive thresholds decay
  input  logic                 all_i,          // with step_i: every group is visited
  output logic                 busy_o,
  output logic                 due_o,          // held for the whole of Update, as the next
  output logic                 all_o,
  output logic                 flags_read_o,   // the flags of this word of groups,
  output logic [ WordBits-1:0] flags_word_o,
  input  logic [ FlagBits-1:0] flags_i,        // in the cycle after: accumulators are not zero
  output logic                 flags_take_o,   // they are taken: the flags of that word become zero
  output logic [ WordBits-1:0] taken_word_o,
  output logic                 read_o,
  output logic [GroupBits-1:0] read_group_o,
  output logic [          5:0] valid_o,        // bit k: k + 1 cycles past a read; bit 5: write back
  output logic [GroupBits-1:0] write_group_o,

  input  logic [    Lanes-1:0] changed_i,      // with valid_o[5], as the next
  input  logic [    Lanes-1:0] decaying_i,
  output logic                 done_o,         // the last group was written back a cycle ago
  output logic                 changed_o,      // with done_o: some neuron changed
  output logic                 waits_o         // with done_o: a group that did not has a threshold
);                                             //   that a due step will change
  localparam logic [WordBits-1:0] Last = WordBits'(Words - 1);

  // ------------------------------------------------------------------------------------------
  // Of a word: which bit is the lowest, found four bits at a time (of no use where there is none);
  // the others; and whether there are others.
  function automatic logic [3:0] lowest(input logic [15:0] word);
    logic [2:0] some;
    logic [7:0] place;
    logic [1:0] upper, lower;
    for (int unsigned n = 0; n < 4; n++) begin
      if (n < 3) some[n] = word[4*n+:4] != '0;
      place[2*n+1] = !word[4*n] && !word[4*n+1];
      place[2*n] = !word[4*n] && (word[4*n+1] || !word[4*n+2]);
    end
    upper = {!some[0] && !some[1], !some[0] && (some[1] || !some[2])};
    lower = some[2] ? place[5:4] : place[7:6];
    lower = (some[0] ? place[1:0] : place[3:2] & {2{some[1]}})
        | (lower & {2{!some[0] && !some[1]}});
    lowest = {upper, lower};
  endfunction
  function automatic logic [FlagBits-1:0] others(input logic [FlagBits-1:0] word);
    logic seen;
    seen = 1'b0;
    for (int unsigned b = 0; b < FlagBits; b++) begin
      others[b] = word[b] && seen;
      seen = seen || word[b];
    end
  endfunction

  function automatic logic several(input logic [15:0] word);
    logic [3:0] some, two;
    for (int unsigned n = 0; n < 4; n++) begin
      some[n] = word[4*n+:4] != '0;
      two[n] = (word[4*n] && word[4*n+1]) || (word[4*n+2] && word[4*n+3])
          || ((word[4*n] || word[4*n+1]) && (word[4*n+2] || word[4*n+3]));
    end
    several = two != '0 || (some[0] && some[1]) || (some[2] && some[3])
        || ((some[0] || some[1]) && (some[2] || some[3]));
  endfunction

  // ------------------------------------------------------------------------------------------
  // The words: the next one stands at the output of the memories. The group that is read comes from
  // registers; what is left of its word is beside it.
  logic first_q, scan_q, some_q, more_q, take, finished, ends;
  logic [WordBits-1:0] word_q;                 // that is looked at
  logic [BitBits-1:0] bit_q;                   // of the group that is read, if there is some
  logic [FlagBits-1:0] left_q, fresh_word, restless;  // more_q: some are left
  assign fresh_word = all_o ? '1 : flags_i | restless;
  assign finished = scan_q && !more_q;
  assign ends = finished && word_q == Last;
  assign take = first_q || (finished && word_q != Last);
  assign taken_word_o = first_q ? '0 : word_q + WordBits'(1);
  assign flags_take_o = take;
  assign flags_read_o = step_i || (take && taken_word_o != Last);
  assign flags_word_o = step_i ? '0 : taken_word_o + WordBits'(1);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      first_q <= 1'b0;
      scan_q <= 1'b0;
    end else begin
      first_q <= start_i;
      if (take) scan_q <= 1'b1;
      else if (ends) scan_q <= 1'b0;
    end
  end
  always_ff @(posedge clk_i) begin
    if (take) begin
      word_q <= taken_word_o;
      some_q <= fresh_word != '0;
      bit_q <= BitBits'(lowest(16'(fresh_word)));
      left_q <= others(fresh_word);
      more_q <= several(16'(fresh_word));
    end else begin
      some_q <= more_q;
      bit_q <= BitBits'(lowest(16'(left_q)));
      left_q <= others(left_q);
      more_q <= several(16'(left_q));
    end
  end

  // ------------------------------------------------------------------------------------------
  // The groups, and the way to the write back
  logic [6*GroupBits-1:0] group_q;
  logic [5:0] last_q;
  assign read_o = scan_q && some_q;
  assign read_group_o = GroupBits'({word_q, bit_q});
  assign write_group_o = group_q[5*GroupBits+:GroupBits];
  always_ff @(posedge clk_i) begin
    group_q <= {group_q[5*GroupBits-1:0], read_group_o};
    if (!rst_ni) begin
      busy_o <= 1'b0;
      valid_o <= '0;
      last_q <= '0;
    end else begin
      if (start_i) busy_o <= 1'b1;
      else if (last_q[5]) busy_o <= 1'b0;
      valid_o <= {valid_o[4:0], read_o};
      last_q <= {last_q[4:0], ends};
    end
  end

  // ------------------------------------------------------------------------------------------
  // What it found, a cycle after the write back. Groups that are not visited are not restless.
  logic write, fresh, change, decays, changed_q, waits_q;
  logic [GroupBits-1:0] found_group;
  logic [WordBits-1:0] write_word, written_q;
  logic [FlagBits-1:0] restless_q, restless_new;
  logic any_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write <= 1'b0;
      done_o <= 1'b0;
    end else begin
      write <= valid_o[5];
      done_o <= last_q[5];
    end
    change <= changed_i != '0;
    decays <= decaying_i != '0;
    found_group <= write_group_o;
  end
  assign write_word = WordBits'(found_group >> BitBits);
  assign fresh = !any_q || written_q != write_word;
  assign restless_new = (fresh ? '0 : restless_q)
      | (FlagBits'(change) << found_group[BitBits-1:0]);
  assign changed_o = changed_q || (write && change);
  assign waits_o = waits_q || (write && !change && decays);
  always_ff @(posedge clk_i) begin
    if (step_i) begin
      due_o <= due_i;
      all_o <= all_i;
    end
    if (first_q) begin
      changed_q <= 1'b0;
      waits_q <= 1'b0;
      any_q <= 1'b0;
    end else if (write) begin
      changed_q <= changed_o;
      waits_q <= waits_o;
      any_q <= 1'b1;
    end
    if (write) begin
      written_q <= write_word;
      restless_q <= restless_new;
    end
  end
  sm_ram_1r1w #(
    .Width(FlagBits),
    .Depth(Words)
  ) u_restless (
    .clk_i,
    .wr_en_i  (write),
    .wr_addr_i(write_word),
    .wr_data_i(restless_new),
    .rd_en_i  (flags_read_o),
    .rd_addr_i(flags_word_o),
    .rd_data_o(restless)
  );

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) assert (!(start_i && busy_o)) else $stop;
  end
`endif
endmodule
