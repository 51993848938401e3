// SPDX-License-Identifier: Apache-2.0
// Learning of one lane: its memories, and the way of a slot through them (docs/blocks/learn.md).
//
// A slot is a synapse to be depressed, a fan-in entry to be potentiated, or a trace to be bumped.
// Rules, decay tables and pre traces are the same in every lane: each needs its own read port.
// What the slots are is decided in sm_integrate and sm_learn; the arithmetic is in sm_stdp; the
// weights themselves are in sm_lane.
module sm_plastic #(
  parameter  int unsigned Lane       = 0,
  parameter  int unsigned Neurons    = 256,
  parameter  int unsigned Synapses   = 8192,
  parameter  int unsigned Axons      = 1024,
  parameter  int unsigned Plastics   = 2048,
  parameter  int unsigned Lanes      = 1,
  parameter  int unsigned WeightBits = 16,
  localparam int unsigned Groups     = Neurons / Lanes,
  localparam int unsigned GroupBits  = $clog2(Groups),
  localparam int unsigned RowBits    = $clog2(Synapses / Lanes),
  localparam int unsigned AxonBits   = $clog2(Axons),
  localparam int unsigned Entries    = Plastics / Lanes,
  localparam int unsigned EntryBits  = $clog2(Entries),
  localparam int unsigned CountBits  = EntryBits + 1 > 15 ? 15 : EntryBits + 1,
  localparam int unsigned IndexBits  = sm_pkg::IndexBits
) (
  input  logic clk_i,
  input  logic rst_ni,

  // Config and sweep, as in sm_lane
  input  logic                          write_i,
  input  logic                          read_i,
  input  logic [sm_pkg::RegionBits-1:0] region_i,
  input  logic [         IndexBits-1:0] index_i,
  input  logic [                  31:0] word_i,
  output logic [                  31:0] word_o,
  input  logic                          sweep_all_i,
  input  logic                          sweep_trace_i,
  input  logic [         IndexBits-1:0] sweep_addr_i,

  // Learn words, for Emit and for the walk of the Learn phase
  input  logic                 list_read_i,
  input  logic [GroupBits-1:0] list_group_i,
  output logic [EntryBits-1:0] list_first_o,  // in the cycle after, as the next three
  output logic [CountBits-1:0] list_count_o,
  output logic                 list_some_o,   // list_count_o is not 0
  output logic [          1:0] list_rule_o,

  // A slot, in cycle k
  input  logic                 slot_i,
  input  logic                 active_i,   // this lane takes part
  input  logic                 learn_i,    // of the Learn phase, else of Integrate
  input  logic                 bump_i,
  input  logic [          1:0] rule_i,     // but for a fan-in entry, which has its own
  input  logic [IndexBits-1:0] addr_i,     // synapse group; of a bump axon, in Learn neuron group
  input  logic [EntryBits-1:0] entry_i,    // fan-in entry
  input  logic [         15:0] now_i,
  output logic                 busy_o,     // a slot is on its way

  // The synapse word, in cycle k + 1 of a slot of Integrate
  input  logic                  plastic_i,  // in k + 2: it learns
  input  logic [ GroupBits-1:0] target_i,
  input  logic [WeightBits-1:0] weight_i,   // also in k + 3, of the read in k + 2
  output logic                  read_o,     // in cycle k + 2 of a fan-in entry
  output logic [   RowBits-1:0] read_row_o,
  output logic                  write_o,    // in cycle k + 11
  output logic [   RowBits-1:0] write_row_o,
  output logic [WeightBits-1:0] write_weight_o,
  output logic                  below_o,    // with write_o: clipped
  output logic                  above_o
);
  localparam int unsigned LaneBits = $clog2(Lanes);
  localparam logic [IndexBits-1:0] LaneMask = IndexBits'(Lanes - 1);
  localparam int unsigned W = WeightBits;
  localparam int unsigned Last = 11;

  // ------------------------------------------------------------------------------------------
  // Which word Config means, and what it reads
  logic is_rule, is_table, is_fanin, is_learn, is_pre, is_post, own;
  assign own = (index_i & LaneMask) == IndexBits'(Lane);
  assign is_rule = region_i == sm_pkg::RegionRule;
  assign is_table = region_i == sm_pkg::RegionTable;
  assign is_fanin = region_i == sm_pkg::RegionFanin && own;
  assign is_learn = region_i == sm_pkg::RegionLearn && own;
  assign is_pre = region_i == sm_pkg::RegionPreTrace;
  assign is_post = region_i == sm_pkg::RegionPostTrace && own;
  localparam int unsigned Fields = 5;  // words of a rule
  localparam int unsigned RuleShift = $clog2(sm_pkg::RuleStride);
  localparam int unsigned RuleBits = $clog2(sm_pkg::Rules);
  localparam int unsigned Sources = Fields + 3;
  logic [Sources-1:0] source_d, source_q;
  logic trace_source_q;
  logic [Sources*32-1:0] word;
  logic first_lane;
  assign first_lane = Lane == 0;
  assign source_d[Fields+:3] = {is_learn, is_fanin, is_table && first_lane};
  always_ff @(posedge clk_i) begin
    if (read_i) begin
      source_q <= source_d;
      trace_source_q <= is_post || (is_pre && first_lane);
    end
  end
  logic [31:0] field, other, other_q;
  sm_pkg::trace_t trace4;
  always_comb begin
    field = '0;
    other = '0;
    for (int unsigned s = 0; s < Sources; s++) begin
      if (s < Fields) field = field | (word[s*32+:32] & {32{source_q[s]}});
      else other = other | (word[s*32+:32] & {32{source_q[s]}});
    end
  end
  always_ff @(posedge clk_i) other_q <= other;
  assign word_o = field | other_q | (trace4 & {32{trace_source_q}});

  logic sweep_in_groups, sweep_in_axons, sweep_in_entries, sweep_in_table, sweep_in_rules;
  localparam int unsigned Table = sm_pkg::Rules * 2 * sm_pkg::TraceSteps;
  localparam int unsigned TableBits = $clog2(Table);
  localparam int unsigned AgeBits = $clog2(sm_pkg::TraceSteps);
  sm_within #(.Depth(Groups), .AddrBits(IndexBits)) u_in_groups (
    .clk_i, .sweep_i(sweep_trace_i), .addr_i(sweep_addr_i), .within_o(sweep_in_groups)
  );
  sm_within #(.Depth(Axons), .AddrBits(IndexBits)) u_in_axons (
    .clk_i, .sweep_i(sweep_trace_i), .addr_i(sweep_addr_i), .within_o(sweep_in_axons)
  );
  sm_within #(.Depth(Entries), .AddrBits(IndexBits)) u_in_entries (
    .clk_i, .sweep_i(sweep_all_i), .addr_i(sweep_addr_i), .within_o(sweep_in_entries)
  );
  sm_within #(.Depth(Table), .AddrBits(IndexBits)) u_in_table (
    .clk_i, .sweep_i(sweep_all_i), .addr_i(sweep_addr_i), .within_o(sweep_in_table)
  );
  sm_within #(.Depth(sm_pkg::Rules), .AddrBits(IndexBits)) u_in_rules (
    .clk_i, .sweep_i(sweep_all_i), .addr_i(sweep_addr_i), .within_o(sweep_in_rules)
  );

  // ------------------------------------------------------------------------------------------
  // 1: the synapse word or the fan-in entry
  logic [Last:1] valid_q;  // bit s: a slot is s cycles past k
  logic active1, learn1, bump1;
  logic [1:0] rule1;
  logic [IndexBits-1:0] addr1;
  assign busy_o = valid_q != '0;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[Last-1:1], slot_i};
    active1 <= active_i;
    learn1 <= learn_i;
    bump1 <= bump_i;
    rule1 <= rule_i;
    addr1 <= addr_i;
  end

  logic entry_read;
  logic [RowBits-1:0] entry_row;
  logic [AxonBits-1:0] entry_axon;
  logic [1:0] entry_rule;
  assign entry_read = slot_i && learn_i && !bump_i;
  sm_pkg::fanin_t entry_new, entry_word;
  assign entry_new = sm_pkg::FaninWidth'(word_i);
  sm_ram_1r1w #(
    .Width(2 + AxonBits + RowBits),
    .Depth(Entries)
  ) u_fanin (
    .clk_i,
    .wr_en_i  ((write_i && is_fanin) || (sweep_all_i && sweep_in_entries)),
    .wr_addr_i(sweep_all_i ? EntryBits'(sweep_addr_i) : index_i[LaneBits+:EntryBits]),
    .wr_data_i({entry_new.rule, AxonBits'(entry_new.axon), RowBits'(entry_new.row)}),
    .rd_en_i  (entry_read || (read_i && is_fanin)),
    .rd_addr_i(entry_read ? entry_i : index_i[LaneBits+:EntryBits]),
    .rd_data_o({entry_rule, entry_axon, entry_row})
  );
  always_comb begin
    entry_word.rule = entry_rule;
    entry_word.axon = sm_pkg::FaninAxonWidth'(entry_axon);
    entry_word.row = sm_pkg::FaninRowWidth'(entry_row);
  end
  assign word[(Fields+1)*32+:32] = 32'(entry_word);

  // Beside a learn word stands whether its count is not 0: there is no time for it when it is read.
  sm_pkg::learn_t list_new, list;
  logic [CountBits-1:0] list_new_count;
  assign list_new = word_i;
  assign list_new_count = CountBits'(list_new.count);
  sm_ram_1r1w #(
    .Width(3 + CountBits + EntryBits),
    .Depth(Groups)
  ) u_learn (
    .clk_i,
    .wr_en_i  ((write_i && is_learn) || (sweep_all_i && sweep_in_groups)),
    .wr_addr_i(sweep_all_i ? GroupBits'(sweep_addr_i) : index_i[LaneBits+:GroupBits]),
    .wr_data_i({list_new_count != '0, list_new.rule, list_new_count, EntryBits'(list_new.first)}),
    .rd_en_i  (list_read_i || (read_i && is_learn)),
    .rd_addr_i(list_read_i ? list_group_i : index_i[LaneBits+:GroupBits]),
    .rd_data_o({list_some_o, list_rule_o, list_count_o, list_first_o})
  );
  always_comb begin
    list.rule = list_rule_o;
    list.count = sm_pkg::LearnCountWidth'(list_count_o);
    list.first = sm_pkg::LearnFirstWidth'(list_first_o);
  end
  assign word[(Fields+2)*32+:32] = list;

  // ------------------------------------------------------------------------------------------
  // 2, 3: the trace. Depression reads a post trace, potentiation a pre trace; Integrate bumps pre
  // traces, Learn post traces. What is read for a lane that takes no part is not used.
  localparam int unsigned TraceBits = AxonBits > GroupBits ? AxonBits : GroupBits;
  logic active2, maybe2, learn2, bump2, active3, learn3, bump3, post2, post3;
  logic [1:0] rule2, rule3;
  logic [RowBits-1:0] row2;
  logic [TraceBits-1:0] trace_addr2, named2, bumped2;
  logic [W-1:0] weight2, weight3;
  always_ff @(posedge clk_i) begin
    active2 <= rst_ni && valid_q[1] && active1 && (bump1 || learn1);
    maybe2 <= rst_ni && valid_q[1] && active1;
    learn2 <= learn1;
    bump2 <= bump1;
    post2 <= learn1 == bump1;
    rule2 <= learn1 && !bump1 ? entry_rule : rule1;
    row2 <= learn1 ? entry_row : RowBits'(addr1);
    named2 <= bump1 ? '0 : learn1 ? TraceBits'(entry_axon) : TraceBits'(target_i);
    bumped2 <= bump1 ? TraceBits'(addr1) : '0;
    weight2 <= weight_i;
    active3 <= rst_ni && (active2 || (maybe2 && plastic_i));
    learn3 <= learn2;
    bump3 <= bump2;
    post3 <= read_i ? is_post : post2;
    rule3 <= rule2;
    weight3 <= weight2;
  end
  assign trace_addr2 = named2 | bumped2;
  assign read_o = active2 && learn2 && !bump2;
  assign read_row_o = row2;

  logic pre_read, post_read, pre_write, post_write;
  sm_pkg::trace_t pre, post, trace_new;
  logic [TraceBits-1:0] write_addr;
  assign pre_read = valid_q[2] && !post2;
  assign post_read = valid_q[2] && post2;
  sm_ram_1r1w #(
    .Width(32),
    .Depth(Axons)
  ) u_pre (
    .clk_i,
    .wr_en_i  (pre_write || (write_i && is_pre) || (sweep_trace_i && sweep_in_axons)),
    .wr_addr_i(pre_write ? AxonBits'(write_addr)
               : sweep_trace_i ? AxonBits'(sweep_addr_i) : AxonBits'(index_i)),
    .wr_data_i(pre_write ? trace_new : word_i),
    .rd_en_i  (pre_read || (read_i && is_pre)),
    .rd_addr_i(pre_read ? AxonBits'(trace_addr2) : AxonBits'(index_i)),
    .rd_data_o(pre)
  );
  sm_ram_1r1w #(
    .Width(32),
    .Depth(Groups)
  ) u_post (
    .clk_i,
    .wr_en_i  (post_write || (write_i && is_post) || (sweep_trace_i && sweep_in_groups)),
    .wr_addr_i(post_write ? GroupBits'(write_addr)
               : sweep_trace_i ? GroupBits'(sweep_addr_i) : index_i[LaneBits+:GroupBits]),
    .wr_data_i(post_write ? trace_new : word_i),
    .rd_en_i  (post_read || (read_i && is_post)),
    .rd_addr_i(post_read ? GroupBits'(trace_addr2) : index_i[LaneBits+:GroupBits]),
    .rd_data_o(post)
  );

  // ------------------------------------------------------------------------------------------
  // 4: age; decay table and rule
  logic active4, learn4, bump4, post4, learn5, post5, expired5;
  logic [1:0] rule4;
  logic [15:0] value5, age4;
  logic [W-1:0] weight4, weight5;
  always_ff @(posedge clk_i) begin
    active4 <= rst_ni && active3;
    learn4 <= learn3;
    bump4 <= bump3;
    post4 <= post3;
    rule4 <= rule3;
    trace4 <= post3 ? post : pre;
    weight4 <= learn3 ? weight_i : weight3;
    learn5 <= learn4;
    post5 <= post4;
    expired5 <= age4[15:AgeBits] != '0;
    value5 <= trace4.value;
    weight5 <= weight4;
  end

  assign age4 = now_i - trace4.stamp;

  logic [sm_pkg::FactorWidth-1:0] factor;
  sm_ram_1r1w #(
    .Width(sm_pkg::FactorWidth),
    .Depth(Table)
  ) u_table (
    .clk_i,
    .wr_en_i  ((write_i && is_table) || (sweep_all_i && sweep_in_table)),
    .wr_addr_i(sweep_all_i ? TableBits'(sweep_addr_i) : TableBits'(index_i)),
    .wr_data_i(sm_pkg::FactorWidth'(word_i)),
    .rd_en_i  (active4 || (read_i && is_table)),
    .rd_addr_i(active4 ? {rule4, post4, age4[AgeBits-1:0]} : TableBits'(index_i)),
    .rd_data_o(factor)
  );
  assign word[Fields*32+:32] = 32'(factor);

  // Words of a rule; the bounds are as wide as a weight.
  sm_pkg::rule2_t bounds_new, bounds;
  logic [W-1:0] w_max, w_min;
  assign bounds_new = word_i;
  assign bounds.w_max = sm_pkg::Rule2WMaxWidth'(w_max);
  assign bounds.w_min = sm_pkg::Rule2WMinWidth'(w_min);
  logic [RuleBits-1:0] rule_index;
  assign rule_index = index_i[RuleShift+:RuleBits];
  for (genvar f = 0; f < Fields; f++) begin : gen_rule
    localparam int unsigned Stored = f == 1 ? sm_pkg::Rule1Width : f == 2 ? 2 * W : 32;
    logic hit;
    logic [Stored-1:0] wdata, rdata;
    assign hit = is_rule && RuleShift'(index_i) == RuleShift'(f);
    assign source_d[f] = hit && first_lane;
    if (f == 2) begin : gen_bounds
      assign wdata = {W'(bounds_new.w_max), W'(bounds_new.w_min)};
      assign {w_max, w_min} = rdata;
      assign word[f*32+:32] = bounds;
    end else begin : gen_low
      assign wdata = Stored'(word_i);
      assign word[f*32+:32] = 32'(rdata);
    end
    sm_ram_1r1w #(
      .Width(Stored),
      .Depth(sm_pkg::Rules)
    ) u_rule (
      .clk_i,
      .wr_en_i  ((write_i && hit) || (sweep_all_i && sweep_in_rules)),
      .wr_addr_i(sweep_all_i ? RuleBits'(sweep_addr_i) : rule_index),
      .wr_data_i(wdata),
      .rd_en_i  (active4 || (read_i && hit)),
      .rd_addr_i(active4 ? rule4 : rule_index),
      .rd_data_o(rdata)
    );
  end
  sm_pkg::rule0_t rule_word0;
  sm_pkg::rule1_t rule_word1;
  sm_pkg::rule2_t rule_word2;
  sm_pkg::rule3_t rule_word3;
  sm_pkg::rule4_t rule_word4;
  assign rule_word0 = word[0*32+:32];
  assign rule_word1 = sm_pkg::Rule1Width'(word[1*32+:32]);
  assign rule_word2 = word[2*32+:32];
  assign rule_word3 = word[3*32+:32];
  assign rule_word4 = word[4*32+:32];

  // ------------------------------------------------------------------------------------------
  // 5 .. 11: arithmetic; a bump writes in 8, a weight in 11
  logic [15:0] trace_value;
  sm_stdp #(
    .WeightBits(W)
  ) u_stdp (
    .clk_i,
    .potentiate_i(learn5),
    .post_i      (post5),
    .expired_i   (expired5),
    .value_i     (value5),
    .factor_i    (factor),
    .weight_i    (weight5),
    .rule0_i     (rule_word0),
    .rule1_i     (rule_word1),
    .rule2_i     (rule_word2),
    .rule3_i     (rule_word3),
    .rule4_i     (rule_word4),
    .trace_o     (trace_value),
    .weight_o    (write_weight_o),
    .below_o,
    .above_o
  );

  // Registered at the end of cycles k + 2 (lowest) .. k + 10, and of k + 4 (lowest) .. k + 10
  logic [9*RowBits-1:0] row_q;
  logic [6*TraceBits-1:0] trace_addr_q;
  logic [6:0] change_q;
  logic [3:0] bump_q, bump_post_q;
  always_ff @(posedge clk_i) begin
    row_q <= {row_q[8*RowBits-1:0], row2};
    trace_addr_q <= {trace_addr_q[5*TraceBits-1:0], trace_addr2};
    bump_post_q <= {bump_post_q[2:0], post4};
    if (!rst_ni) begin
      change_q <= '0;
      bump_q <= '0;
    end else begin
      change_q <= {change_q[5:0], active4 && !bump4};
      bump_q <= {bump_q[2:0], active4 && bump4};
    end
  end
  assign write_addr = trace_addr_q[5*TraceBits+:TraceBits];
  assign trace_new.stamp = now_i;
  assign trace_new.value = trace_value;
  assign pre_write = bump_q[3] && !bump_post_q[3];
  assign post_write = bump_q[3] && bump_post_q[3];
  assign write_o = change_q[6];
  assign write_row_o = row_q[8*RowBits+:RowBits];

  logic unused_bits;
  assign unused_bits = ^{addr1, index_i, word_i, entry_new, list_new, bounds_new};

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni && (write_o || pre_write || post_write)) begin
      assert (!write_i && !sweep_trace_i) else $stop;
    end
    if (rst_ni) assert (!slot_i || !read_i) else $stop;
  end
`endif
endmodule
