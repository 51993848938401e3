// SPDX-License-Identifier: Apache-2.0
// Neuron core of a tile: wiring, and the input buffer (docs/blocks/core.md).
//
// Phases: sm_phase decides, sm_update and sm_sweep run them; between them the core is OPEN and
// takes packets (sm_integrate, sm_config) beside sm_emit. Its output never stalls its input.
// Memories and datapaths are in sm_lanes; the router is beside the core, in sm_tile.
module sm_core #(
  parameter int unsigned Neurons    = 256,
  parameter int unsigned Synapses   = 8192,
  parameter int unsigned Axons      = 1024,
  parameter int unsigned Fanouts    = 1024,
  parameter int unsigned Plastics   = 2048,
  parameter int unsigned Lanes      = 1,
  parameter int unsigned WeightBits = 16,
  parameter int unsigned DecayBits  = 12,
  parameter int unsigned DelayMax   = 15,
  parameter int unsigned CoreDepth  = 4,
  localparam int unsigned PortBits  = $bits(sm_pkg::PortLocal)
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic [sm_pkg::CoordBits-1:0] x_i,
  input  logic [sm_pkg::CoordBits-1:0] y_i,
  input  sm_pkg::broadcast_t           broadcast_i,
  output logic                         busy_o,
  output logic                         learn_need_o,  // a plastic neuron fired; waits for Learn

  input  logic                         valid_i,     // from the router's local output
  input  sm_pkg::flit_t                flit_i,
  output logic                         ready_o,
  output logic                         valid_o,     // to the router's local input
  output sm_pkg::flit_t                flit_o,
  output logic [         PortBits-1:0] want_o,      // what flit_o wants there
  input  logic                         ready_i,

  output sm_pkg::retire_fire_t                               retire_fire_o,
  output logic [sm_pkg::LanesMax*sm_pkg::RetireAccWidth-1:0] retire_acc_o,  // retire_acc_t a lane
  output sm_pkg::retire_write_t                              retire_write_o,
  output logic [sm_pkg::LanesMax*sm_pkg::RetireWeightWidth-1:0] retire_weight_o
);
  localparam int unsigned Groups = Neurons / Lanes;
  localparam int unsigned GroupBits = $clog2(Groups);
  localparam int unsigned FlagBits = Groups < 16 ? Groups : 16;
  localparam int unsigned FlagWords = Groups / FlagBits;
  localparam int unsigned WordBits = FlagWords > 1 ? $clog2(FlagWords) : 1;
  localparam int unsigned Slots = DelayMax + 1;
  localparam int unsigned SlotBits = $clog2(Slots);
  localparam int unsigned RowBits = $clog2(Synapses / Lanes);
  localparam int unsigned LeftBits = RowBits + 1 > 13 ? 13 : RowBits + 1;
  localparam int unsigned AxonBits = $clog2(Axons);
  localparam int unsigned FirstBits = $clog2(Fanouts);
  localparam int unsigned CountBits = FirstBits + 1;
  localparam int unsigned EntryBits = $clog2(Plastics / Lanes);
  localparam int unsigned ListBits = EntryBits + 1 > 15 ? 15 : EntryBits + 1;

  // ------------------------------------------------------------------------------------------
  // Input buffer
  logic open, update_busy, sweep_busy;
  logic head_valid, integrate_ready, integrate_accept, config_ready, config_accept, stray;
  sm_pkg::flit_t head;
  assign open = !update_busy && !sweep_busy;
  assign integrate_accept = open && head_valid && integrate_ready
      && head.kind == sm_pkg::FlitKindSpike;
  assign config_accept = open && head_valid && config_ready
      && (head.kind == sm_pkg::FlitKindWrite || head.kind == sm_pkg::FlitKindRead);
  // A reply never comes to a tile; it would block the tile if it were not taken.
  assign stray = open && head_valid && head.kind == sm_pkg::FlitKindReply;
  sm_fifo #(.Width(sm_pkg::FlitWidth), .Depth(CoreDepth)) u_buffer (
    .clk_i, .rst_ni,
    .valid_i,
    .data_i (flit_i),
    .ready_o,
    .valid_o(head_valid),
    .data_o (head),
    .ready_i(integrate_accept || config_accept || stray)
  );

  // ------------------------------------------------------------------------------------------
  // Phases
  logic [SlotBits-1:0] slot;
  logic step, update_start, update_done, update_changed, update_waits, update_due, update_read;
  logic update_all, updated_all, flags_read, flags_take, flags_busy;
  logic [SlotBits-1:0] begin_slot;
  logic [WordBits-1:0] flags_word, taken_word;
  logic [FlagBits-1:0] flags;
  logic [5:0] update_valid;
  logic [GroupBits-1:0] update_read_group, update_write_group;
  logic sweep_start, sweep_starts, sweep_membrane, sweep_trace, sweep_adaptation, sweep_all;
  logic learning, learn_start;
  logic [15:0] now;
  logic [sm_pkg::IndexBits-1:0] sweep_addr;
  logic [Lanes-1:0] fired, changed, clipped, decaying;
  logic [Slots-1:0] touch;
  logic config_write;

  sm_phase #(.DelayMax(DelayMax)) u_phase (
    .clk_i, .rst_ni,
    .broadcast_i,
    .begin_slot_o    (begin_slot),
    .slot_o          (slot),
    .learning_o      (learning),
    .now_o           (now),
    .learn_start_o   (learn_start),
    .step_o          (step),
    .update_start_o  (update_start),
    .update_all_o    (update_all),
    .update_done_i   (update_done),
    .update_changed_i(update_changed),
    .update_waits_i  (update_waits),
    .updated_all_i   (updated_all),
    .sweep_start_o   (sweep_start),
    .sweep_starts_i  (sweep_starts),
    .touch_i         (touch),
    .write_i         (config_write)
  );

  sm_update #(.Groups(Groups), .Lanes(Lanes)) u_update (
    .clk_i, .rst_ni,
    .step_i       (step),
    .start_i      (update_start),
    .due_i        (broadcast_i.adapt_due),
    .all_i        (update_all),
    .busy_o       (update_busy),
    .due_o        (update_due),
    .all_o        (updated_all),
    .flags_read_o (flags_read),
    .flags_word_o (flags_word),
    .flags_i      (flags),
    .flags_take_o (flags_take),
    .taken_word_o (taken_word),
    .read_o       (update_read),
    .read_group_o (update_read_group),
    .valid_o      (update_valid),
    .write_group_o(update_write_group),
    .changed_i    (changed),
    .decaying_i   (decaying),
    .done_o       (update_done),
    .changed_o    (update_changed),
    .waits_o      (update_waits)
  );

  sm_sweep #(
    .Neurons(Neurons), .Synapses(Synapses), .Axons(Axons), .Fanouts(Fanouts), .Plastics(Plastics),
    .Lanes(Lanes), .DelayMax(DelayMax)
  ) u_sweep (
    .clk_i, .rst_ni,
    .start_i     (sweep_start),
    .mask_i      (broadcast_i.mask),
    .starts_o    (sweep_starts),
    .membrane_o(sweep_membrane), .trace_o(sweep_trace), .adaptation_o(sweep_adaptation),
    .all_o(sweep_all), .addr_o(sweep_addr), .busy_o(sweep_busy)
  );

  // ------------------------------------------------------------------------------------------
  // Config
  logic config_busy, config_read, reply_valid, emit_valid;
  logic [sm_pkg::RegionBits-1:0] region;
  logic [sm_pkg::IndexBits-1:0] index;
  logic [31:0] word, word_read;  // zero in a sweep
  sm_pkg::flit_t reply, emit_flit;
  sm_config u_config (
    .clk_i, .rst_ni,
    .x_i, .y_i,
    .ready_o      (config_ready),
    .accept_i     (config_accept),
    .flit_i       (head),
    .busy_o       (config_busy),
    .write_o      (config_write),
    .read_o       (config_read),
    .region_o     (region),
    .index_o      (index),
    .clear_i      (sweep_start),
    .data_o       (word),
    .word_i       (word_read),
    .valid_o      (reply_valid),
    .flit_o       (reply),
    .reply_ready_i(ready_i && !emit_valid)
  );

  // ------------------------------------------------------------------------------------------
  // Integrate
  logic integrate_busy, synapse_read, axon_read;
  logic [AxonBits-1:0] axon_addr, row_axon;
  logic axon_plastic, axon_take, integrate_slot, integrate_bump;
  logic [RowBits-1:0] axon_first, synapse_addr;
  logic [LeftBits-1:0] axon_groups;
  logic [3:0] synapse_valid;
  sm_integrate #(.Synapses(Synapses), .Axons(Axons), .Lanes(Lanes)) u_integrate (
    .clk_i, .rst_ni,
    .ready_o      (integrate_ready),
    .accept_i     (integrate_accept),
    .addr_i       (head.addr),
    .busy_o       (integrate_busy),
    .axon_read_o  (axon_read),
    .axon_addr_o  (axon_addr),
    .axon_first_i (axon_first),
    .axon_groups_i(axon_groups),
    .axon_learns_i(axon_plastic && learning),
    .take_o       (axon_take),
    .slot_o       (integrate_slot),
    .bump_o       (integrate_bump),
    .axon_o       (row_axon),
    .read_o       (synapse_read),
    .read_addr_o  (synapse_addr),
    .valid_o      (synapse_valid)
  );

  // ------------------------------------------------------------------------------------------
  // Learn phase. Slots of Integrate and of Learn share the lanes' datapath: never in one phase.
  logic learn_need_q, plastic_fired, learn_busy, replay, replay_more, learn_point, learn_take;
  logic learn_slot, learn_bump;
  logic [GroupBits-1:0] list_group, point_group, learn_group;
  logic [Lanes-1:0] list_mask, learn_active, learn_some, lane_learn_busy;
  logic [Lanes*EntryBits-1:0] learn_first, learn_entry;
  logic [Lanes*ListBits-1:0] learn_count;
  logic [sm_pkg::IndexBits-1:0] learn_addr;
  assign learn_need_o = learn_need_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || learn_start) learn_need_q <= 1'b0;
    else if (plastic_fired && learning) learn_need_q <= 1'b1;
  end
  sm_learn #(.Lanes(Lanes), .GroupBits(GroupBits), .EntryBits(EntryBits)) u_learn (
    .clk_i, .rst_ni,
    .start_i      (learn_start && learn_need_q),
    .busy_o       (learn_busy),
    .fetch_o      (replay),
    .more_i       (replay_more),
    .list_group_i (list_group),
    .list_mask_i  (list_mask),
    .point_o      (learn_point),
    .point_group_o(point_group),
    .first_i      (learn_first),
    .count_i      (learn_count),
    .some_i       (learn_some),
    .take_o       (learn_take),
    .slot_o(learn_slot), .bump_o(learn_bump), .group_o(learn_group),
    .active_o(learn_active), .entry_o(learn_entry)
  );
  always_comb begin
    learn_addr = sm_pkg::IndexBits'(learn_group);
    if (integrate_bump) learn_addr = sm_pkg::IndexBits'(row_axon);
    else if (!learn_busy) learn_addr = sm_pkg::IndexBits'(synapse_addr);
  end

  // ------------------------------------------------------------------------------------------
  // Lanes
  logic [Lanes-1:0] deliver, weight_write, below, above, pointer_some;
  logic [31:0] memory_word;
  logic pointer_read, emit_busy, fanout_read;
  logic [GroupBits-1:0] pointer_group;
  logic [Lanes*FirstBits-1:0] pointer_first;
  logic [Lanes*CountBits-1:0] pointer_count;
  logic [FirstBits-1:0] fanout_addr;
  logic [sm_pkg::FanoutWidth-1:0] fanout;
  logic [PortBits-1:0] fanout_want, reply_want;
  sm_lanes #(
    .Neurons(Neurons), .Synapses(Synapses), .Axons(Axons), .Fanouts(Fanouts), .Plastics(Plastics),
    .Lanes(Lanes), .WeightBits(WeightBits), .DecayBits(DecayBits), .DelayMax(DelayMax)
  ) u_lanes (
    .clk_i, .rst_ni, .x_i, .y_i,
    .write_i             (config_write),
    .read_i              (config_read),
    .region_i            (region),
    .index_i             (index),
    .word_i              (word),
    .word_o              (memory_word),
    .sweep_all_i         (sweep_all),
    .sweep_membrane_i    (sweep_membrane),
    .sweep_trace_i       (sweep_trace),
    .sweep_adaptation_i  (sweep_adaptation),
    .sweep_addr_i        (sweep_addr),
    .begin_slot_i        (step ? begin_slot : slot),
    .flags_read_i        (flags_read),
    .flags_word_i        (flags_word),
    .flags_o             (flags),
    .flags_take_i        (flags_take),
    .taken_word_i        (taken_word),
    .flags_busy_o        (flags_busy),
    .update_read_i       (update_read),
    .update_read_group_i (update_read_group),
    .update_valid_i      (update_valid),
    .update_write_group_i(update_write_group),
    .slot_i              (slot),
    .due_i               (update_due),
    .fired_o             (fired),
    .changed_o           (changed),
    .clipped_o           (clipped),
    .decaying_o          (decaying),
    .axon_read_i         (axon_read),
    .axon_addr_i         (axon_addr),
    .axon_plastic_o      (axon_plastic),
    .axon_first_o        (axon_first),
    .axon_groups_o       (axon_groups),
    .axon_take_i         (axon_take),
    .synapse_read_i      (synapse_read),
    .synapse_addr_i      (synapse_addr),
    .synapse_valid_i     (synapse_valid),
    .deliver_o           (deliver),
    .touch_o             (touch),
    .pointer_read_i      (pointer_read),
    .pointer_group_i     (pointer_group),
    .pointer_first_o     (pointer_first),
    .pointer_count_o     (pointer_count),
    .pointer_some_o      (pointer_some),
    .fanout_read_i       (fanout_read),
    .fanout_addr_i       (fanout_addr),
    .fanout_o            (fanout),
    .fanout_want_o       (fanout_want),
    .learn_point_i       (learn_point),
    .learn_group_i       (point_group),
    .learn_take_i        (learn_take),
    .learn_first_o       (learn_first),
    .learn_count_o       (learn_count),
    .learn_some_o        (learn_some),
    .integrate_slot_i    (integrate_slot),
    .integrate_bump_i    (integrate_bump),
    .learn_slot_i        (learn_slot),
    .learn_bump_i        (learn_bump),
    .learn_active_i      (learn_active),
    .learn_addr_i        (learn_addr),
    .learn_entry_i       (learn_entry),
    .now_i               (now),
    .learn_busy_o        (lane_learn_busy),
    .weight_write_o      (weight_write),
    .below_o             (below),
    .above_o             (above),
    .retire_acc_o, .retire_weight_o
  );

  // ------------------------------------------------------------------------------------------
  // Emit
  logic push;
  assign push = update_valid[5] && fired != '0;
  sm_emit #(.Neurons(Neurons), .Fanouts(Fanouts), .Lanes(Lanes)) u_emit (
    .clk_i, .rst_ni,
    .open_i         (open),
    .begin_i        (step),
    .push_i         (push),
    .push_group_i   (update_write_group),
    .push_mask_i    (fired),
    .busy_o         (emit_busy),
    .pointer_read_o (pointer_read),
    .pointer_group_o(pointer_group),
    .pointer_first_i(pointer_first),
    .pointer_count_i(pointer_count),
    .pointer_some_i (pointer_some),
    .plastic_i      (learn_some),
    .plastic_o      (plastic_fired),
    .replay_i       (replay),
    .replay_more_o  (replay_more),
    .list_group_o   (list_group),
    .list_mask_o    (list_mask),
    .fanout_read_o  (fanout_read),
    .fanout_addr_o  (fanout_addr),
    .fanout_i       (fanout),
    .valid_o(emit_valid), .flit_o(emit_flit),
    .ready_i
  );
  // Replies and spikes share the way to the router; replies are made at step boundaries only,
  // spikes never there.
  assign valid_o = emit_valid || reply_valid;
  assign flit_o = emit_valid ? emit_flit : reply;
  assign want_o = emit_valid ? fanout_want : reply_want;
  sm_route u_route (.x_i, .y_i, .flit_i(reply), .want_o(reply_want));

  // ------------------------------------------------------------------------------------------
  // Counters, and the word that Config reads
  localparam int unsigned LanesMax = sm_pkg::LanesMax;
  logic [31:0] counter_word;
  sm_pkg::counted_t counted;
  always_comb begin
    counted.spikes = update_valid[5] ? LanesMax'(fired) : '0;
    counted.packets = LanesMax'(integrate_accept);
    counted.synapse_events = LanesMax'(deliver);
    counted.emitted = LanesMax'(emit_valid && ready_i);
    counted.emit_stalls = LanesMax'(emit_valid && !ready_i);
    counted.saturations = update_valid[5] ? LanesMax'(clipped) : '0;
    counted.updates = LanesMax'(update_start);
    counted.weight_updates = LanesMax'(weight_write);
    counted.clips_min = counted.weight_updates & LanesMax'(below);
    counted.clips_max = counted.weight_updates & LanesMax'(above);
  end
  sm_counters #(.Lanes(Lanes)) u_counters (
    .clk_i, .rst_ni, .counted_i(counted),
    .hold_i   (config_accept && head.kind == sm_pkg::FlitKindRead),
    .read_i   (config_read && region == sm_pkg::RegionCounter),
    .index_i  (index),
    .word_o   (counter_word)
  );

  assign word_read = counter_word | memory_word;
  assign busy_o = !open || head_valid || integrate_busy || config_busy || emit_busy || learn_busy
      || lane_learn_busy != '0 || flags_busy;

  // ------------------------------------------------------------------------------------------
  // Retire
  assign retire_fire_o.valid = push && rst_ni;
  assign retire_fire_o.group = sm_pkg::RetireFireGroupWidth'(update_write_group);
  assign retire_fire_o.lanes = sm_pkg::RetireFireLanesWidth'(fired);
  assign retire_write_o.valid = config_write && rst_ni;
  assign retire_write_o.addr = {region, index};
  assign retire_write_o.data = word;

`ifndef SYNTHESIS
  // A phase starts when all is quiet.
  always_ff @(posedge clk_i) begin
    if (rst_ni) assert (!broadcast_i.valid || !busy_o) else $stop;
    if (rst_ni) assert (!(emit_valid && reply_valid)) else $stop;
  end
`endif
endmodule
