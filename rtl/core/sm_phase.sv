// SPDX-License-Identifier: Apache-2.0
// What a core does when a phase starts (docs/blocks/core.md): whether a step needs its Update, and
// when a sweep starts.
//
// Update is left out exactly when nothing could change by it: the last one changed nothing
// (`rested`), no delivery went to this step's slot (`touched`), and no adaptive threshold is due to
// decay. Anything that Config writes ends the rest.
module sm_phase #(
  parameter  int unsigned DelayMax = 15,
  localparam int unsigned Slots    = DelayMax + 1,
  localparam int unsigned SlotBits = $clog2(Slots)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  sm_pkg::broadcast_t  broadcast_i,
  output logic [SlotBits-1:0] slot_o,           // of the step, as the next two
  output logic                learning_o,
  output logic [        15:0] now_o,            // its low bits, for stamps of traces

  output logic                update_start_o,   // in the cycle of the broadcast
  input  logic                update_done_i,
  input  logic                update_changed_i, // with update_done_i, as the next
  input  logic                update_adapted_i,

  output logic                learn_start_o,    // in the cycle of the broadcast
  output logic                sweep_start_o,
  input  logic                sweep_starts_i,   // the sweep found something to do

  input  logic [   Slots-1:0] touch_i,          // these slots were written
  input  logic                write_i           // Config wrote a word
);
  logic rested_q, adapt_any_q;
  logic [Slots-1:0] touched_q, slot_hot;
  logic [SlotBits-1:0] slot_d;
  logic step, need, all, membrane, adaptation;
  assign slot_d = SlotBits'(broadcast_i.slot);
  assign slot_hot = Slots'(1) << slot_d;
  assign step = broadcast_i.valid && broadcast_i.phase == sm_pkg::PhaseStep;
  assign need = !rested_q || (touched_q & slot_hot) != '0 || (broadcast_i.adapt_due && adapt_any_q);
  assign update_start_o = step && need;
  assign learn_start_o = broadcast_i.valid && broadcast_i.phase == sm_pkg::PhaseLearn;
  assign sweep_start_o = broadcast_i.valid && broadcast_i.phase == sm_pkg::PhaseSweep;
  assign all = broadcast_i.mask[sm_pkg::ClearMaskAll];
  assign membrane = sweep_starts_i && (all || broadcast_i.mask[sm_pkg::ClearMaskMembrane]);
  assign adaptation = sweep_starts_i && (all || broadcast_i.mask[sm_pkg::ClearMaskAdaptation]);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      slot_o <= '0;
      learning_o <= 1'b0;
      now_o <= '0;
      rested_q <= 1'b0;
      touched_q <= '0;
      adapt_any_q <= 1'b0;
    end else begin
      if (step) begin
        slot_o <= slot_d;
        learning_o <= broadcast_i.learning;
        now_o <= broadcast_i.now;
      end
      if (write_i || sweep_starts_i) rested_q <= 1'b0;
      else if (update_done_i) rested_q <= !update_changed_i;
      if (membrane) touched_q <= '0;
      else touched_q <= (touched_q | touch_i) & ~(slot_hot & {Slots{update_start_o}});
      if (adaptation) adapt_any_q <= 1'b0;
      else if (update_done_i) adapt_any_q <= update_adapted_i;
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
