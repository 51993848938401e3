// SPDX-License-Identifier: Apache-2.0
// The lanes of a core side by side, and the memories that all of them share: axons and fan-out
// lists. Everything that Config and sweep address is here, but for the counters
// (docs/blocks/core.md).
//
// Who uses a memory, and when, is decided outside (sm_update, sm_integrate, sm_emit, sm_learn,
// sm_config, sm_sweep); what a lane holds and computes is in sm_lane.
module sm_lanes #(
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
  localparam int unsigned FlagBits   = Groups < 16 ? Groups : 16,
  localparam int unsigned FlagWords  = Groups / FlagBits,
  localparam int unsigned WordBits   = FlagWords > 1 ? $clog2(FlagWords) : 1,
  localparam int unsigned Slots      = DelayMax + 1,
  localparam int unsigned SlotBits   = $clog2(Slots),
  localparam int unsigned RowBits    = $clog2(Synapses / Lanes),
  localparam int unsigned LeftBits   = RowBits + 1 > 13 ? 13 : RowBits + 1,
  localparam int unsigned AxonBits   = $clog2(Axons),
  localparam int unsigned FirstBits  = $clog2(Fanouts),
  localparam int unsigned CountBits  = FirstBits + 1,
  localparam int unsigned EntryBits  = $clog2(Plastics / Lanes),
  localparam int unsigned ListBits   = EntryBits + 1 > 15 ? 15 : EntryBits + 1,
  localparam int unsigned PortBits   = $bits(sm_pkg::PortLocal)
) (
  input logic clk_i,
  input logic rst_ni,
  input logic [sm_pkg::CoordBits-1:0] x_i,  // of this tile
  input logic [sm_pkg::CoordBits-1:0] y_i,

  // Config and sweep: one word a cycle
  input  logic                          write_i,
  input  logic                          read_i,
  input  logic [sm_pkg::RegionBits-1:0] region_i,
  input  logic [ sm_pkg::IndexBits-1:0] index_i,
  input  logic [                  31:0] word_i,             // zero in a sweep
  output logic [                  31:0] word_o,             // of the last read, if it was here
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
  output logic [    Lanes-1:0] fired_o,               // these four: valid with update_valid_i[5]
  output logic [    Lanes-1:0] changed_o,
  output logic [    Lanes-1:0] clipped_o,
  output logic [    Lanes-1:0] decaying_o,

  // Integrate
  input  logic                axon_read_i,
  input  logic [AxonBits-1:0] axon_addr_i,
  output logic                axon_plastic_o,  // these three: of the last axon read
  output logic [ RowBits-1:0] axon_first_o,
  output logic [LeftBits-1:0] axon_groups_o,
  input  logic                axon_take_i,     // the row of that axon is walked from now on
  input  logic                synapse_read_i,
  input  logic [ RowBits-1:0] synapse_addr_i,
  input  logic [         3:0] synapse_valid_i,
  output logic [   Lanes-1:0] deliver_o,       // an accumulator is written
  output logic [   Slots-1:0] touch_o,         // slots that deliveries and Config change

  // Emit
  input  logic                           pointer_read_i,
  input  logic [          GroupBits-1:0] pointer_group_i,
  output logic [    Lanes*FirstBits-1:0] pointer_first_o,
  output logic [    Lanes*CountBits-1:0] pointer_count_o,
  output logic [              Lanes-1:0] pointer_some_o,   // the count is not 0
  input  logic                           fanout_read_i,
  input  logic [          FirstBits-1:0] fanout_addr_i,
  output logic [sm_pkg::FanoutWidth-1:0] fanout_o,         // of the last read, as the next
  output logic [           PortBits-1:0] fanout_want_o,    // the output of the router that it wants

  // Learning. Slots of Integrate and of Learn share the lanes' datapath: never in one phase.
  input  logic                          learn_point_i,     // read the learn words of learn_group_i
  input  logic [         GroupBits-1:0] learn_group_i,
  input  logic                          learn_take_i,      // they are walked from now on
  output logic [   Lanes*EntryBits-1:0] learn_first_o,
  output logic [    Lanes*ListBits-1:0] learn_count_o,     // read with the pointers of Emit, too
  output logic [             Lanes-1:0] learn_some_o,      // the count is not 0
  input  logic                          integrate_slot_i,
  input  logic                          integrate_bump_i,
  input  logic                          learn_slot_i,
  input  logic                          learn_bump_i,
  input  logic [             Lanes-1:0] learn_active_i,
  input  logic [ sm_pkg::IndexBits-1:0] learn_addr_i,
  input  logic [   Lanes*EntryBits-1:0] learn_entry_i,
  input  logic [                  15:0] now_i,
  output logic [             Lanes-1:0] learn_busy_o,
  output logic [             Lanes-1:0] weight_write_o,
  output logic [             Lanes-1:0] below_o,           // with it: clipped
  output logic [             Lanes-1:0] above_o,

  output logic [sm_pkg::LanesMax*sm_pkg::RetireAccWidth-1:0]    retire_acc_o,
  output logic [sm_pkg::LanesMax*sm_pkg::RetireWeightWidth-1:0] retire_weight_o
);
  // ------------------------------------------------------------------------------------------
  // Axons
  logic is_axon, sweep_in_axons;
  logic [1:0] axon_rule, row_rule_q;
  sm_pkg::axon_t axon_new, axon;
  assign is_axon = region_i == sm_pkg::RegionAxon;
  assign axon_new = word_i;
  sm_within #(.Depth(Axons), .AddrBits(sm_pkg::IndexBits)) u_in_axons (
    .clk_i, .sweep_i(sweep_all_i), .addr_i(sweep_addr_i), .within_o(sweep_in_axons)
  );
  sm_ram_1r1w #(
    .Width(3 + LeftBits + RowBits),
    .Depth(Axons)
  ) u_axon (
    .clk_i,
    .wr_en_i  ((write_i && is_axon) || (sweep_all_i && sweep_in_axons)),
    .wr_addr_i(sweep_all_i ? AxonBits'(sweep_addr_i) : AxonBits'(index_i)),
    .wr_data_i({axon_new.rule, axon_new.plastic, LeftBits'(axon_new.groups),
                RowBits'(axon_new.first)}),
    .rd_en_i  (axon_read_i || (read_i && is_axon)),
    .rd_addr_i(read_i ? AxonBits'(index_i) : axon_addr_i),
    .rd_data_o({axon_rule, axon_plastic_o, axon_groups_o, axon_first_o})
  );
  always_comb begin
    axon.rule = axon_rule;
    axon.plastic = axon_plastic_o;
    axon.groups = sm_pkg::AxonGroupsWidth'(axon_groups_o);
    axon.first = sm_pkg::AxonFirstWidth'(axon_first_o);
  end
  always_ff @(posedge clk_i) begin
    if (axon_take_i) row_rule_q <= axon_rule;
  end
  logic unused_axon;
  assign unused_axon = ^axon_new;

  // ------------------------------------------------------------------------------------------
  // Fan-out lists. Beside an entry stands which way its packets go from here: found when it is
  // written, as there is no time for it when it is sent.
  logic is_fanout, sweep_in_fanouts;
  logic [PortBits-1:0] fanout_want;
  sm_pkg::fanout_t fanout_new;
  sm_pkg::flit_t fanout_flit;
  assign is_fanout = region_i == sm_pkg::RegionFanout;
  assign fanout_new = sm_pkg::FanoutWidth'(word_i);
  always_comb begin
    fanout_flit = '0;
    fanout_flit.host = fanout_new.host;
    fanout_flit.x = fanout_new.x;
    fanout_flit.y = fanout_new.y;
  end
  sm_within #(.Depth(Fanouts), .AddrBits(sm_pkg::IndexBits)) u_in_fanouts (
    .clk_i, .sweep_i(sweep_all_i), .addr_i(sweep_addr_i), .within_o(sweep_in_fanouts)
  );
  logic unused_fanout;
  assign unused_fanout = ^fanout_new;
  sm_route u_route (
    .x_i,
    .y_i,
    .flit_i(fanout_flit),
    .want_o(fanout_want)
  );
  sm_ram_1r1w #(
    .Width(PortBits + sm_pkg::FanoutWidth),
    .Depth(Fanouts)
  ) u_fanout (
    .clk_i,
    .wr_en_i  ((write_i && is_fanout) || (sweep_all_i && sweep_in_fanouts)),
    .wr_addr_i(sweep_all_i ? FirstBits'(sweep_addr_i) : FirstBits'(index_i)),
    .wr_data_i({fanout_want, sm_pkg::FanoutWidth'(word_i)}),
    .rd_en_i  (fanout_read_i || (read_i && is_fanout)),
    .rd_addr_i(read_i ? FirstBits'(index_i) : fanout_addr_i),
    .rd_data_o({fanout_want_o, fanout_o})
  );

  // ------------------------------------------------------------------------------------------
  // Lanes
  localparam int unsigned A = sm_pkg::RetireAccWidth;
  localparam int unsigned R = sm_pkg::RetireWeightWidth;
  logic [Lanes*32-1:0] lane_word;
  logic [Lanes*Slots-1:0] touch;
  logic [Lanes*FlagBits-1:0] lane_flags;
  logic [Lanes-1:0] lane_flags_busy;
  for (genvar l = 0; l < sm_pkg::LanesMax; l++) begin : gen_lane
    if (l < Lanes) begin : gen_present
      logic [SlotBits-1:0] deliver_slot;
      sm_lane #(
        .Lane      (l),
        .Neurons   (Neurons),
        .Synapses  (Synapses),
        .Axons     (Axons),
        .Fanouts   (Fanouts),
        .Plastics  (Plastics),
        .Lanes     (Lanes),
        .WeightBits(WeightBits),
        .DecayBits (DecayBits),
        .DelayMax  (DelayMax)
      ) u_lane (
        .clk_i,
        .rst_ni,
        .write_i,
        .read_i,
        .region_i,
        .index_i,
        .word_i,
        .word_o              (lane_word[l*32+:32]),
        .sweep_all_i,
        .sweep_membrane_i,
        .sweep_trace_i,
        .sweep_adaptation_i,
        .sweep_addr_i,
        .begin_slot_i,
        .flags_read_i,
        .flags_word_i,
        .flags_o             (lane_flags[l*FlagBits+:FlagBits]),
        .flags_take_i,
        .taken_word_i,
        .flags_busy_o        (lane_flags_busy[l]),
        .update_read_i,
        .update_read_group_i,
        .update_valid_i,
        .update_write_group_i,
        .slot_i,
        .due_i,
        .fired_o             (fired_o[l]),
        .changed_o           (changed_o[l]),
        .clipped_o           (clipped_o[l]),
        .decaying_o          (decaying_o[l]),
        .synapse_read_i,
        .synapse_addr_i,
        .synapse_valid_i,
        .deliver_o           (deliver_o[l]),
        .deliver_slot_o      (deliver_slot),
        .retire_o            (retire_acc_o[l*A+:A]),
        .pointer_read_i,
        .pointer_group_i,
        .pointer_first_o     (pointer_first_o[l*FirstBits+:FirstBits]),
        .pointer_count_o     (pointer_count_o[l*CountBits+:CountBits]),
        .pointer_some_o      (pointer_some_o[l]),
        .learn_count_o       (learn_count_o[l*ListBits+:ListBits]),
        .learn_some_o        (learn_some_o[l]),
        .learn_point_i,
        .learn_group_i,
        .learn_take_i,
        .learn_first_o       (learn_first_o[l*EntryBits+:EntryBits]),
        .learn_slot_i        (integrate_slot_i || learn_slot_i),
        .learn_active_i      (integrate_slot_i || learn_active_i[l]),
        .learn_phase_i       (learn_slot_i),
        .learn_bump_i        (integrate_bump_i || learn_bump_i),
        .row_rule_i          (row_rule_q),
        .learn_addr_i,
        .learn_entry_i       (learn_entry_i[l*EntryBits+:EntryBits]),
        .now_i,
        .learn_busy_o        (learn_busy_o[l]),
        .weight_write_o      (weight_write_o[l]),
        .below_o             (below_o[l]),
        .above_o             (above_o[l]),
        .retire_weight_o     (retire_weight_o[l*R+:R])
      );
      assign touch[l*Slots+:Slots] = deliver_o[l] ? Slots'(1) << deliver_slot : '0;
    end else begin : gen_absent
      assign retire_acc_o[l*A+:A] = '0;
      assign retire_weight_o[l*R+:R] = '0;
    end
  end

  always_comb begin
    flags_o = '0;
    for (int unsigned l = 0; l < Lanes; l++) flags_o = flags_o | lane_flags[l*FlagBits+:FlagBits];
  end
  assign flags_busy_o = lane_flags_busy != '0;

  // Deliveries and Config alike touch a slot.
  localparam int unsigned AccIndexBits = $clog2(Neurons);
  always_comb begin
    touch_o = '0;
    if (write_i && region_i == sm_pkg::RegionAccumulator) begin
      touch_o = Slots'(1) << index_i[AccIndexBits+:SlotBits];
    end
    for (int unsigned l = 0; l < Lanes; l++) touch_o = touch_o | touch[l*Slots+:Slots];
  end

  // ------------------------------------------------------------------------------------------
  // The word that Config reads, two cycles later
  logic axon_selected, fanout_selected;
  always_ff @(posedge clk_i) begin
    if (read_i) begin
      axon_selected <= is_axon;
      fanout_selected <= is_fanout;
    end
  end
  logic [31:0] chosen_q;
  always_ff @(posedge clk_i) begin
    chosen_q <= (axon & {32{axon_selected}}) | (32'(fanout_o) & {32{fanout_selected}});
  end
  always_comb begin
    word_o = chosen_q;
    for (int unsigned l = 0; l < Lanes; l++) word_o = word_o | lane_word[l*32+:32];
  end
endmodule
