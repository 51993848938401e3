// SPDX-License-Identifier: Apache-2.0
// One lane of a core: its memories, who uses their ports, and its datapaths (sm_neuron,
// sm_accumulators, and sm_plastic, which has the memories of learning).
//
// Neuron j is in lane j mod Lanes at group j div Lanes; word i of the synapse memory likewise. The
// users of a port never collide: Update, then Integrate and Emit; Config and sweep at a step
// boundary only (docs/blocks/core.md). The memories that all lanes share, axon and fan-out, are in
// sm_lanes.
module sm_lane #(
  parameter  int unsigned Lane       = 0,
  parameter  int unsigned Neurons    = 256,
  parameter  int unsigned Synapses   = 8192,
  parameter  int unsigned Axons      = 1024,
  parameter  int unsigned Fanouts    = 1024,
  parameter  int unsigned Plastics   = 2048,
  parameter  int unsigned Lanes      = 1,
  parameter  int unsigned WeightBits = 16,
  parameter  int unsigned DecayBits  = 12,
  parameter  int unsigned DelayMax   = 15,
  localparam int unsigned Groups     = Neurons / Lanes,
  localparam int unsigned GroupBits  = $clog2(Groups),
  localparam int unsigned SlotBits   = $clog2(DelayMax + 1),
  localparam int unsigned FlagBits   = Groups < 16 ? Groups : 16,
  localparam int unsigned FlagWords  = Groups / FlagBits,
  localparam int unsigned WordBits   = FlagWords > 1 ? $clog2(FlagWords) : 1,
  localparam int unsigned Rows       = Synapses / Lanes,
  localparam int unsigned RowBits    = $clog2(Rows),
  localparam int unsigned FirstBits  = $clog2(Fanouts),
  localparam int unsigned CountBits  = FirstBits + 1,
  localparam int unsigned EntryBits  = $clog2(Plastics / Lanes),
  localparam int unsigned ListBits   = EntryBits + 1 > 15 ? 15 : EntryBits + 1
) (
  input logic clk_i,
  input logic rst_ni,

  // Config and sweep: one word a cycle
  input  logic                          write_i,
  input  logic                          read_i,
  input  logic [sm_pkg::RegionBits-1:0] region_i,
  input  logic [ sm_pkg::IndexBits-1:0] index_i,
  input  logic [                  31:0] word_i,             // zero in a sweep
  output logic [                  31:0] word_o,             // of the last read, if of this lane
  input  logic                          sweep_all_i,
  input  logic                          sweep_membrane_i,
  input  logic                          sweep_trace_i,
  input  logic                          sweep_adaptation_i,
  input  logic [ sm_pkg::IndexBits-1:0] sweep_addr_i,

  // Update
  input  logic [ SlotBits-1:0] begin_slot_i,          // of the flags that are read and taken
  input  logic                 flags_read_i,
  input  logic [ WordBits-1:0] flags_word_i,
  output logic [ FlagBits-1:0] flags_o,               // in the cycle after: accumulators not zero
  input  logic                 flags_take_i,
  input  logic [ WordBits-1:0] taken_word_i,
  output logic                 flags_busy_o,
  input  logic                 update_read_i,
  input  logic [GroupBits-1:0] update_read_group_i,
  input  logic [          5:0] update_valid_i,
  input  logic [GroupBits-1:0] update_write_group_i,
  input  logic [ SlotBits-1:0] slot_i,
  input  logic                 due_i,
  output logic                 fired_o,               // these four: valid with update_valid_i[5]
  output logic                 changed_o,
  output logic                 clipped_o,
  output logic                 decaying_o,

  // Integrate
  input  logic                 synapse_read_i,
  input  logic [  RowBits-1:0] synapse_addr_i,
  input  logic [          3:0] synapse_valid_i,
  output logic                 deliver_o,        // an accumulator is written
  output logic [ SlotBits-1:0] deliver_slot_o,
  output sm_pkg::retire_acc_t  retire_o,

  // Emit
  input  logic                 pointer_read_i,
  input  logic [GroupBits-1:0] pointer_group_i,
  output logic [FirstBits-1:0] pointer_first_o,
  output logic [CountBits-1:0] pointer_count_o,
  output logic                 pointer_some_o,       // it is not 0
  output logic [ListBits-1:0]  learn_count_o,        // of the learn word, read alike
  output logic                 learn_some_o,         // it is not 0

  // Learning: a slot (sm_plastic)
  input  logic                          learn_point_i,  // read the learn word of learn_group_i
  input  logic [         GroupBits-1:0] learn_group_i,
  input  logic                          learn_take_i,   // its list is walked from now on
  output logic [         EntryBits-1:0] learn_first_o,
  input  logic                          learn_slot_i,
  input  logic                          learn_active_i,
  input  logic                          learn_phase_i,  // of the Learn phase, else of Integrate
  input  logic                          learn_bump_i,
  input  logic [                   1:0] row_rule_i,
  input  logic [ sm_pkg::IndexBits-1:0] learn_addr_i,
  input  logic [         EntryBits-1:0] learn_entry_i,
  input  logic [                  15:0] now_i,
  output logic                          learn_busy_o,
  output logic                          weight_write_o,
  output logic                          below_o,        // with it: clipped
  output logic                          above_o,
  output sm_pkg::retire_weight_t        retire_weight_o
);
  localparam int unsigned LaneBits = $clog2(Lanes);
  localparam int unsigned IndexBits = sm_pkg::IndexBits;
  localparam int unsigned K = DecayBits + 1;
  localparam int unsigned NeuronBits = $clog2(Neurons);
  localparam int unsigned Accs = (DelayMax + 1) * Groups;
  localparam int unsigned AccBits = $clog2(Accs);
  localparam int unsigned Params = sm_pkg::NeuronStride;
  localparam int unsigned States = sm_pkg::StateStride;
  localparam int unsigned ParamShift = $clog2(Params);
  localparam int unsigned StateShift = $clog2(States);
  localparam logic [IndexBits-1:0] LaneMask = IndexBits'(Lanes - 1);

  // ------------------------------------------------------------------------------------------
  // Which word Config means
  logic is_synapse, is_param, is_state, is_acc;
  logic [GroupBits-1:0] param_group, state_group;
  assign is_synapse = region_i == sm_pkg::RegionSynapse && (index_i & LaneMask) == IndexBits'(Lane);
  assign is_param = region_i == sm_pkg::RegionNeuron
      && ((index_i >> ParamShift) & LaneMask) == IndexBits'(Lane);
  assign is_state = region_i == sm_pkg::RegionState
      && ((index_i >> StateShift) & LaneMask) == IndexBits'(Lane);
  assign is_acc = region_i == sm_pkg::RegionAccumulator && (index_i & LaneMask) == IndexBits'(Lane);
  assign param_group = index_i[ParamShift+LaneBits+:GroupBits];
  assign state_group = index_i[StateShift+LaneBits+:GroupBits];

  // Short memories stop at their end.
  logic sweep_in_groups, sweep_in_accs, sweep_in_rows;
  sm_within #(.Depth(Groups), .AddrBits(IndexBits)) u_in_groups (
    .clk_i, .sweep_i(sweep_membrane_i || sweep_adaptation_i), .addr_i(sweep_addr_i),
    .within_o(sweep_in_groups)
  );
  sm_within #(.Depth(Accs), .AddrBits(IndexBits)) u_in_accs (
    .clk_i, .sweep_i(sweep_membrane_i), .addr_i(sweep_addr_i), .within_o(sweep_in_accs)
  );
  sm_within #(.Depth(Rows), .AddrBits(IndexBits)) u_in_rows (
    .clk_i, .sweep_i(sweep_all_i), .addr_i(sweep_addr_i), .within_o(sweep_in_rows)
  );

  // What the memories give, registered, serves Config and the datapaths: nothing is chosen before a
  // register. Config means one of the memories, a bit each.
  localparam int unsigned Sources = 2 + Params + States;
  logic [Sources-1:0] source_d, source_q;
  logic [Sources*32-1:0] word, word_q;
  logic [31:0] plastic_word, chosen;
  assign source_d[0] = is_synapse;
  assign source_d[1] = is_acc;
  always_ff @(posedge clk_i) begin
    if (read_i) source_q <= source_d;
  end
  always_ff @(posedge clk_i) word_q <= word;
  always_comb begin
    chosen = '0;
    for (int unsigned s = 0; s < Sources; s++) begin
      chosen = chosen | (word_q[s*32+:32] & {32{source_q[s]}});
    end
  end
  assign word_o = chosen | plastic_word;

  // ------------------------------------------------------------------------------------------
  // Synapse memory: {target, plastic, delay}, and the weight, which learning writes alone; each cut
  // to what the build stores
  localparam int unsigned SynapseStored = NeuronBits + 1 + SlotBits;
  logic synapse_write, weight_read;
  logic [RowBits-1:0] synapse_write_addr, synapse_read_addr, weight_read_row, weight_write_row;
  logic [WeightBits-1:0] weight_new;
  assign synapse_write = (write_i && is_synapse) || (sweep_all_i && sweep_in_rows);
  assign synapse_write_addr = sweep_all_i ? RowBits'(sweep_addr_i) : index_i[LaneBits+:RowBits];
  assign synapse_read_addr = read_i ? index_i[LaneBits+:RowBits] : synapse_addr_i;
  logic [WeightBits-1:0] weight;
  logic [SlotBits-1:0] delay;
  logic plastic;
  logic [NeuronBits-1:0] target;
  sm_pkg::synapse_t synapse_new, synapse, synapse_q;
  assign synapse_new = word_i;
  sm_ram_1r1w #(.Width(SynapseStored), .Depth(Rows)) u_synapse (
    .clk_i,
    .wr_en_i  (synapse_write),
    .wr_addr_i(synapse_write_addr),
    .wr_data_i({NeuronBits'(synapse_new.target), synapse_new.plastic,
                SlotBits'(synapse_new.delay)}),
    .rd_en_i  (synapse_read_i || (read_i && is_synapse)),
    .rd_addr_i(synapse_read_addr),
    .rd_data_o({target, plastic, delay})
  );
  sm_ram_1r1w #(.Width(WeightBits), .Depth(Rows)) u_weight (
    .clk_i,
    .wr_en_i  (synapse_write || weight_write_o),
    .wr_addr_i(weight_write_o ? weight_write_row : synapse_write_addr),
    .wr_data_i(weight_write_o ? weight_new : WeightBits'(synapse_new.weight)),
    .rd_en_i  (synapse_read_i || weight_read || (read_i && is_synapse)),
    .rd_addr_i(weight_read ? weight_read_row : synapse_read_addr),
    .rd_data_o(weight)
  );
  always_comb begin
    synapse.target = sm_pkg::SynapseTargetWidth'(target);
    synapse.plastic = plastic;
    synapse.delay = sm_pkg::SynapseDelayWidth'(delay);
    synapse.weight = sm_pkg::SynapseWeightWidth'(weight);
  end
  assign word[0*32+:32] = synapse;
  assign synapse_q = word_q[0*32+:32];

  // ------------------------------------------------------------------------------------------
  // Neuron parameters; the last, the fan-out list, is read by Emit instead of Update. Beside it
  // stands whether its count is not 0: there is no time for it when it is read.
  sm_pkg::neuron7_t pointer_new, pointer;
  assign pointer_new = word_i;
  assign pointer.count = sm_pkg::Neuron7CountWidth'(pointer_count_o);
  assign pointer.first = sm_pkg::Neuron7FirstWidth'(pointer_first_o);
  for (genvar f = 0; f < Params; f++) begin : gen_param
    localparam int unsigned Stored = f == 1 ? sm_pkg::Neuron1Width : f == 2 ? sm_pkg::Neuron2Width
        : (f == 3 || f == 4 || f == 6) ? K : f == 7 ? 1 + CountBits + FirstBits : 32;
    logic hit;
    logic [Stored-1:0] wdata, rdata;
    logic [31:0] full;
    assign hit = is_param && ParamShift'(index_i) == ParamShift'(f);
    assign source_d[2+f] = hit;
    assign word[(2+f)*32+:32] = full;
    if (f == 7) begin : gen_pointer
      logic [CountBits-1:0] count;
      assign count = CountBits'(pointer_new.count);
      assign wdata = {count != '0, count, FirstBits'(pointer_new.first)};
      assign {pointer_some_o, pointer_count_o, pointer_first_o} = rdata;
      assign full = pointer;
    end else begin : gen_low
      assign wdata = Stored'(word_i);
      assign full = 32'(rdata);
    end
    logic read;
    logic [GroupBits-1:0] read_group;
    assign read = f == 7 ? pointer_read_i : update_read_i;
    assign read_group = f == 7 ? pointer_group_i : update_read_group_i;
    sm_ram_1r1w #(.Width(Stored), .Depth(Groups)) u_param (
      .clk_i,
      .wr_en_i  ((write_i && hit) || (sweep_all_i && sweep_in_groups)),
      .wr_addr_i(sweep_all_i ? GroupBits'(sweep_addr_i) : param_group),
      .wr_data_i(wdata),
      .rd_en_i  (read || (read_i && hit)),
      .rd_addr_i(read_i ? param_group : read_group),
      .rd_data_o(rdata)
    );
  end

  // ------------------------------------------------------------------------------------------
  // State
  localparam int unsigned StateBase = (2 + Params) * 32;
  logic update_write;
  logic [States*32-1:0] state_new;
  assign update_write = update_valid_i[5];
  for (genvar f = 0; f < States; f++) begin : gen_state
    localparam int unsigned Stored = f == 1 ? sm_pkg::State1Width : f == 3 ? sm_pkg::State3Width
        : 32;
    logic hit, sweep;
    logic [Stored-1:0] rdata;
    assign hit = is_state && StateShift'(index_i) == StateShift'(f);
    assign sweep = f < 2 ? sweep_membrane_i : sweep_adaptation_i;
    assign source_d[2+Params+f] = hit;
    assign word[StateBase+f*32+:32] = 32'(rdata);
    sm_ram_1r1w #(.Width(Stored), .Depth(Groups)) u_state (
      .clk_i,
      .wr_en_i  (update_write || (write_i && hit) || (sweep && sweep_in_groups)),
      .wr_addr_i(update_write ? update_write_group_i
                 : sweep ? GroupBits'(sweep_addr_i) : state_group),
      .wr_data_i(update_write ? Stored'(state_new[f*32+:32]) : Stored'(word_i)),
      .rd_en_i  (update_read_i || (read_i && hit)),
      .rd_addr_i(read_i ? state_group : update_read_group_i),
      .rd_data_o(rdata)
    );
  end

  // ------------------------------------------------------------------------------------------
  // Accumulators, and the datapath that adds weights to them
  logic [sm_pkg::AccBits-1:0] acc, deliver_value;
  logic [GroupBits-1:0] deliver_group;
  sm_accumulators #(
    .Neurons(Neurons), .Lanes(Lanes), .WeightBits(WeightBits), .SlotBits(SlotBits)
  ) u_accumulators (
    .clk_i, .rst_ni,
    .write_i         (write_i && is_acc),
    .read_i          (read_i && is_acc),
    .index_i         (AccBits'(index_i >> LaneBits)),
    .word_i          (sm_pkg::AccBits'(word_i)),
    .sweep_i         (sweep_membrane_i && sweep_in_accs),
    .sweep_addr_i    (AccBits'(sweep_addr_i)),
    .slot_i,
    .begin_slot_i, .flags_read_i, .flags_word_i, .flags_o, .flags_take_i, .taken_word_i,
    .flags_busy_o,
    .update_read_i,
    .update_read_group_i,
    .update_write_i  (update_write),
    .update_write_group_i,
    .synapse_valid_i,
    .weight_i        (weight),
    .delay_i         (delay),
    .target_i        (target),
    .deliver_o, .deliver_slot_o,
    .deliver_group_o (deliver_group),
    .deliver_value_o (deliver_value),
    .acc_o           (acc)
  );
  assign word[1*32+:32] = 32'(acc);

  // ------------------------------------------------------------------------------------------
  // Neuron
  // As they are read; what a build does not store is zero.
  localparam int unsigned ParamBase = 2 * 32;
  sm_pkg::state0_t state0_new;
  sm_pkg::state1_t state1_new;
  sm_pkg::state2_t state2_new;
  sm_pkg::state3_t state3_new;
  assign state_new = {32'(state3_new), state2_new, 32'(state1_new), state0_new};
  sm_neuron #(.DecayBits(DecayBits)) u_neuron (
    .clk_i,
    .valid_i  (update_valid_i),
    .due_i,
    .neuron0_i(word_q[ParamBase+0*32+:32]),
    .neuron1_i(sm_pkg::Neuron1Width'(word_q[ParamBase+1*32+:32])),
    .neuron2_i(sm_pkg::Neuron2Width'(word_q[ParamBase+2*32+:32])),
    .neuron3_i(sm_pkg::Neuron3Width'(word_q[ParamBase+3*32+:32])),
    .neuron4_i(sm_pkg::Neuron4Width'(word_q[ParamBase+4*32+:32])),
    .neuron5_i(word_q[ParamBase+5*32+:32]),
    .neuron6_i(sm_pkg::Neuron6Width'(word[ParamBase+6*32+:32])),
    .state0_i (word_q[StateBase+0*32+:32]),
    .state1_i (sm_pkg::State1Width'(word_q[StateBase+1*32+:32])),
    .state2_i (word_q[StateBase+2*32+:32]),
    .state3_i (sm_pkg::State3Width'(word_q[StateBase+3*32+:32])),
    .acc_i    (sm_pkg::AccBits'(word_q[1*32+:32])),
    .state0_o (state0_new),
    .state1_o (state1_new),
    .state2_o (state2_new),
    .state3_o (state3_new),
    .fired_o,
    .changed_o,
    .clipped_o,
    .decaying_o
  );
  logic unused_padding;
  assign unused_padding = ^{state_new, synapse_new, synapse_q, pointer_new};

  // ------------------------------------------------------------------------------------------
  // Learning
  logic [NeuronBits-1:0] target_group;
  logic [1:0] list_rule, learn_rule_q;
  always_ff @(posedge clk_i) begin
    if (learn_take_i) learn_rule_q <= list_rule;
  end
  assign target_group = target >> LaneBits;
  sm_plastic #(
    .Lane(Lane), .Neurons(Neurons), .Synapses(Synapses), .Axons(Axons), .Plastics(Plastics),
    .Lanes(Lanes), .WeightBits(WeightBits)
  ) u_plastic (
    .clk_i, .rst_ni,
    .write_i,
    .read_i,
    .region_i,
    .index_i,
    .word_i,
    .word_o        (plastic_word),
    .sweep_all_i,
    .sweep_trace_i,
    .sweep_addr_i,
    .list_read_i   (pointer_read_i || learn_point_i),
    .list_group_i  (pointer_read_i ? pointer_group_i : learn_group_i),
    .list_first_o  (learn_first_o),
    .list_count_o  (learn_count_o),
    .list_some_o   (learn_some_o),
    .list_rule_o   (list_rule),
    .slot_i        (learn_slot_i),
    .active_i      (learn_active_i),
    .learn_i       (learn_phase_i),
    .bump_i        (learn_bump_i),
    .rule_i        (learn_phase_i ? learn_rule_q : row_rule_i),
    .addr_i        (learn_addr_i),
    .entry_i       (learn_entry_i),
    .now_i,
    .busy_o        (learn_busy_o),
    .plastic_i     (synapse_q.plastic && synapse_q.delay != '0),
    .target_i      (GroupBits'(target_group)),
    .weight_i      (weight),
    .read_o        (weight_read),
    .read_row_o    (weight_read_row),
    .write_o       (weight_write_o),
    .write_row_o   (weight_write_row),
    .write_weight_o(weight_new),
    .below_o,
    .above_o
  );
  logic unused_target;
  assign unused_target = ^target_group;
  assign retire_weight_o.valid = weight_write_o && rst_ni;
  assign retire_weight_o.row = sm_pkg::RetireWeightRowWidth'(weight_write_row);
  assign retire_weight_o.weight = sm_pkg::RetireWeightWeightWidth'(weight_new);

  assign retire_o.valid = deliver_o && rst_ni;
  assign retire_o.slot = sm_pkg::RetireAccSlotWidth'(deliver_slot_o);
  assign retire_o.group = sm_pkg::RetireAccGroupWidth'(deliver_group);
  assign retire_o.value = deliver_value;

`ifndef SYNTHESIS
  initial assert (Lane < Lanes);
  // One user a port and cycle.
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assert (!(update_write && (write_i || sweep_membrane_i))) else $stop;
      assert (!(update_read_i && pointer_read_i)) else $stop;
      assert (!(read_i && update_read_i)) else $stop;
      assert (!(read_i && (synapse_read_i || pointer_read_i))) else $stop;
    end
  end
`endif
endmodule
