// SPDX-License-Identifier: Apache-2.0
// What a core does when a phase starts (docs/blocks/core.md): whether a step needs its Update, and
// when a sweep starts.
//
// Update is left out exactly when nothing could change by it: the last one changed nothing
// (`rested`), no delivery went to this step's slot (`touched`), and no adaptive threshold waits for
// a step in which it decays (`waits`). Anything that Config writes ends the rest, and makes the
// next Update visit every group (`fresh`).
module sm_phase #(
  parameter  int unsigned DelayMax = 15,
  localparam int unsigned Slots    = DelayMax + 1,
  localparam int unsigned SlotBits = $clog2(Slots)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  sm_pkg::broadcast_t  broadcast_i,
  output logic [SlotBits-1:0] begin_slot_o,     // of the step that begins
  output logic [SlotBits-1:0] slot_o,           // of the step, as the next two
  output logic                learning_o,
  output logic [        15:0] now_o,            // its low bits, for stamps of traces

  output logic                step_o,           // in the cycle of the broadcast, as the next two
  output logic                update_start_o,
  output logic                update_all_o,     // every group is visited
  input  logic                update_done_i,
  input  logic                update_changed_i, // with update_done_i, as the next two
  input  logic                update_waits_i,
  input  logic                updated_all_i,    // it visited every group

  output logic                learn_start_o,    // in the cycle of the broadcast
  output logic                sweep_start_o,
  input  logic                sweep_starts_i,   // the sweep found something to do

  input  logic [   Slots-1:0] touch_i,          // these slots were written
  input  logic                write_i           // Config wrote a word
);
  logic rested_q, fresh_q, waits_q;
  logic [Slots-1:0] touched_q, slot_hot;
  logic [SlotBits-1:0] slot_d;
  logic step, need, membrane;
  assign begin_slot_o = slot_d;
  assign slot_d = SlotBits'(broadcast_i.slot);
  assign slot_hot = Slots'(1) << slot_d;
  assign step = broadcast_i.valid && broadcast_i.phase == sm_pkg::PhaseStep;
  assign update_all_o = fresh_q || (broadcast_i.adapt_due && waits_q);
  assign need = update_all_o || !rested_q || (touched_q & slot_hot) != '0;
  assign step_o = step;
  assign update_start_o = step && need;
  assign learn_start_o = broadcast_i.valid && broadcast_i.phase == sm_pkg::PhaseLearn;
  assign sweep_start_o = broadcast_i.valid && broadcast_i.phase == sm_pkg::PhaseSweep;
  assign membrane = sweep_starts_i && (broadcast_i.mask[sm_pkg::ClearMaskAll]
      || broadcast_i.mask[sm_pkg::ClearMaskMembrane]);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      slot_o <= '0;
      learning_o <= 1'b0;
      now_o <= '0;
      rested_q <= 1'b0;
      fresh_q <= 1'b1;
      touched_q <= '0;
      waits_q <= 1'b0;
    end else begin
      if (step) begin
        slot_o <= slot_d;
        learning_o <= broadcast_i.learning;
        now_o <= broadcast_i.now;
      end
      if (write_i || sweep_starts_i) fresh_q <= 1'b1;
      else if (update_start_o) fresh_q <= 1'b0;
      if (update_done_i) rested_q <= !update_changed_i;
      if (membrane) touched_q <= '0;
      else touched_q <= (touched_q | touch_i) & ~(slot_hot & {Slots{update_start_o}});
      if (update_done_i) waits_q <= update_waits_i || (waits_q && !updated_all_i);
    end
  end

  logic unused_broadcast;
  assign unused_broadcast = ^broadcast_i;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni && broadcast_i.valid) assert (!write_i && !update_done_i) else $stop;
    if (rst_ni && broadcast_i.valid) assert (touch_i == '0) else $stop;
  end
`endif
endmodule
