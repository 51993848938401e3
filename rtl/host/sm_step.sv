// SPDX-License-Identifier: Apache-2.0
// Step controller: says when a step or a sweep begins, in every tile at once (docs/blocks/step.md).
//
// It decides on quiet and on the head of the spike-in ring, and owns the step counter, pause, and
// what the host asked to run until. It does not move spikes: sm_ring_in and sm_ring_out do; nor
// does it hold the registers PERIOD and ADAPT_PERIOD: sm_host_regs does. The step is compared with
// the end of the run, and the timer with PERIOD, a cycle before CHECK looks.
module sm_step #(
  parameter int unsigned DelayMax  = 15,
  parameter int unsigned TreeDepth = 1  // registers from the leaves to root_i, and of the broadcast
) (
  input  logic               clk_i,
  input  logic               rst_ni,  // power-on and soft reset
  // quiet tree and broadcast
  input  logic               root_i,
  input  logic               learn_root_i,  // of the twin tree: some core has to learn
  input  logic               tile_push_i,  // the tile port hands a flit to the host link
  input  logic               waiting_i,  // the injector waits for the host; then no busy leaf
  output logic               quiet_o,
  output logic               held_o,     // nothing can happen before the host goes on
  output sm_pkg::broadcast_t broadcast_o,  // as the tiles see it
  // head of the spike-in ring
  input  logic               head_valid_i,
  input  logic               head_waits_i,  // entries wait, but none is at the head yet
  input  logic               head_late_i,   // its step has passed
  input  logic               head_now_i,    // it is of this step
  input  sm_pkg::entry_t     head_entry_i,
  output logic               head_pop_o,
  output logic               pop_late_o,    // the entry popped is late
  output logic               pop_bad_o,     // the entry popped is of no kind
  // registers
  input  logic [31:0]        period_i,
  input  logic [4:0]         adapt_period_i,
  input  logic [63:0]        run_until_i,
  input  logic               run_i,
  input  logic               period_we_i,  // period_i changes at the end of this cycle
  input  logic               pause_we_i,
  input  logic               step_lo_we_i,
  input  logic               step_hi_we_i,
  input  logic [31:0]        wdata_i,
  output logic [63:0]        step_o,
  output logic               next_step_o,   // step_o counts one at the end of this cycle
  output logic               running_o,
  output logic               run_ends_o,    // running_o falls after this cycle, if not run_i
  output logic               pause_o,
  output logic               learning_o,
  output logic               stretch_o,     // a step begins late: STRETCHED counts
  output sm_pkg::retire_phase_t retire_o
);

  localparam int unsigned SlotBits = $clog2(DelayMax + 1);
  localparam int unsigned BroadcastDepth = TreeDepth;
  localparam int unsigned SettleBits = $clog2(BroadcastDepth + TreeDepth + 1);
  localparam logic [SettleBits-1:0] SettlePhase = SettleBits'(BroadcastDepth + TreeDepth);
  localparam logic [SettleBits-1:0] SettleFlit  = SettleBits'(TreeDepth);

  typedef enum logic [2:0] {Wipe, SweepToIdle, SweepToCheck, Idle, Check, Run, Learn} state_e;

  state_e      state_q, state_d;
  logic [63:0] step_q, step_d, until_q;
  logic        pause_q, learning_q, learning_d, first_q, first_d;
  logic [32:0] timer_q;
  logic [SettleBits-1:0] settle_q;
  logic [TreeDepth-1:0] waited_q;  // waiting_i of the last cycles: as long as a leaf to root_i

  sm_pkg::broadcast_t decision;

  // ------------------------------------------------------------------------- what CHECK looks at
  logic        head_now, head_no_kind, due;

  assign head_now      = head_valid_i && head_now_i;
  assign head_no_kind  = (head_entry_i.kind != sm_pkg::EntryKindSpike) &&
                         (head_entry_i.kind != sm_pkg::EntryKindClear) &&
                         (head_entry_i.kind != sm_pkg::EntryKindLearning) &&
                         (head_entry_i.kind != sm_pkg::EntryKindHold);
  assign due           = (step_q[30:0] & ~(31'h7FFFFFFF << adapt_period_i)) == 31'd0;
  sm_pkg::clear_payload_t    clear;
  sm_pkg::learning_payload_t learning;
  assign clear         = sm_pkg::ClearPayloadWidth'(head_entry_i.payload);
  assign learning      = sm_pkg::LearningPayloadWidth'(head_entry_i.payload);
  logic [SlotBits-1:0] slot;
  assign slot          = SlotBits'(step_q);
  logic unused_entry;
  assign unused_entry  = ^head_entry_i;
  // A wipe that is about to begin is no quiet: with a second master somebody may look.
  assign quiet_o       = (settle_q == '0) && !root_i && !waited_q[TreeDepth-1] &&
                         (state_q != Wipe);
  assign held_o        = waiting_i && (&waited_q) && !root_i;

  // Of the cycle that follows, in which the timer and maybe the step are one more. After a run or a
  // write to PERIOD it has to be compared again.
  logic        ends_q, over_q, late_q, renewed_q;
  logic [64:0] to_end;
  logic [33:0] to_period;
  assign to_end    = {1'b0, step_q} - {1'b0, until_q};
  assign to_period = {1'b0, timer_q} - {2'd0, period_i};
  always_ff @(posedge clk_i) begin
    ends_q    <= !to_end[64] || (next_step_o && (to_end == '1));
    over_q    <= !to_period[33] || (to_period == '1);
    late_q    <= !to_period[33] && (period_i != 32'd0);
    renewed_q <= rst_ni && (run_i || period_we_i);
  end

  always_comb begin
    state_d     = state_q;
    step_d      = step_q;
    learning_d  = learning_q;
    first_d     = first_q;
    decision    = '0;
    stretch_o   = 1'b0;
    head_pop_o  = 1'b0;
    pop_late_o  = 1'b0;
    pop_bad_o   = 1'b0;
    next_step_o = 1'b0;
    unique case (state_q)
      Wipe: begin
        decision.valid = 1'b1;
        decision.phase = sm_pkg::PhaseSweep;
        decision.mask  = 8'd1 << sm_pkg::ClearMaskAll;
        state_d        = SweepToIdle;
      end
      SweepToIdle: if (quiet_o) state_d = Idle;
      SweepToCheck: if (quiet_o) state_d = Check;
      Idle: begin
        if (run_i) begin
          first_d = 1'b1;
          state_d = Check;
        end
      end
      Check: begin
        if (renewed_q) begin
          state_d = Check;
        end else if (pause_q || ends_q) begin
          if (!run_i) state_d = Idle;
        end else if (head_waits_i) begin
          state_d = Check;
        end else if (head_valid_i && head_late_i) begin
          head_pop_o = 1'b1;
          pop_late_o = 1'b1;
        end else if (head_now && (head_entry_i.kind == sm_pkg::EntryKindClear)) begin
          head_pop_o     = 1'b1;
          decision.valid = 1'b1;
          decision.phase = sm_pkg::PhaseSweep;
          decision.mask  = sm_pkg::BroadcastMaskWidth'(clear.mask);
          state_d        = SweepToCheck;
        end else if (head_now && (head_entry_i.kind == sm_pkg::EntryKindLearning)) begin
          head_pop_o = 1'b1;
          learning_d = learning.on;
        end else if (head_now && head_no_kind) begin
          head_pop_o = 1'b1;
          pop_bad_o  = 1'b1;
        end else if ((first_q || over_q) && quiet_o) begin
          decision.valid               = 1'b1;
          decision.phase               = sm_pkg::PhaseStep;
          decision.slot                = sm_pkg::BroadcastSlotWidth'(slot);
          decision.adapt_due           = due;
          decision.now                 = step_q[15:0];
          decision.learning            = learning_q;
          stretch_o                    = !first_q && late_q;
          first_d                      = 1'b0;
          state_d                      = Run;
        end
      end
      Run: begin
        if (quiet_o && learn_root_i) begin
          decision.valid = 1'b1;
          decision.phase = sm_pkg::PhaseLearn;
          state_d        = Learn;
        end else if (quiet_o) begin
          next_step_o = 1'b1;
          state_d     = Check;
        end
      end
      Learn: begin
        if (quiet_o) begin
          next_step_o = 1'b1;
          state_d     = Check;
        end
      end
      default: state_d = Idle;
    endcase
    if (next_step_o) step_d = step_q + 64'd1;
    if (step_lo_we_i) step_d[31:0] = wdata_i;
    if (step_hi_we_i) step_d[63:32] = wdata_i;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q    <= Wipe;
      step_q     <= 64'd0;
      until_q    <= 64'd0;
      pause_q    <= 1'b0;
      learning_q <= 1'b0;
      first_q    <= 1'b0;
      timer_q    <= 33'd0;
      settle_q   <= '0;
      waited_q   <= '0;
    end else begin
      waited_q   <= TreeDepth'({waited_q, waiting_i});
      state_q    <= state_d;
      step_q     <= step_d;
      learning_q <= learning_d;
      first_q    <= first_d;
      if (run_i) until_q <= run_until_i;
      if (run_i) pause_q <= 1'b0;
      else if (pause_we_i) pause_q <= 1'(wdata_i);
      if (decision.valid && (decision.phase == sm_pkg::PhaseStep)) timer_q <= 33'd1;
      else if (!timer_q[32]) timer_q <= timer_q + 33'd1;
      if (decision.valid) settle_q <= SettlePhase;
      else if (tile_push_i && (settle_q < SettleFlit)) settle_q <= SettleFlit;
      else if (settle_q != '0) settle_q <= settle_q - 1'b1;
    end
  end

  assign step_o     = step_q;
  assign running_o  = state_q != Idle;
  assign run_ends_o = (state_q == Check) && !renewed_q && (pause_q || ends_q);
  assign pause_o    = pause_q;
  assign learning_o = learning_q;

  assign retire_o.valid = decision.valid && rst_ni;
  assign retire_o.phase = decision.phase;
  assign retire_o.mask  = decision.mask;
  assign retire_o.step  = step_q;

  // ---------------------------------------------------------------------------------- broadcast
  localparam int unsigned Width = sm_pkg::BroadcastWidth;
  logic [Width*BroadcastDepth-1:0] pipe_q;

  if (BroadcastDepth == 1) begin : gen_one
    always_ff @(posedge clk_i) begin
      if (!rst_ni) pipe_q <= '0;
      else pipe_q <= decision;
    end
  end else begin : gen_more
    always_ff @(posedge clk_i) begin
      if (!rst_ni) pipe_q <= '0;
      else pipe_q <= {pipe_q[Width*(BroadcastDepth-1)-1:0], decision};
    end
  end
  assign broadcast_o = pipe_q[Width*BroadcastDepth-1-:Width];

`ifndef SYNTHESIS
  initial assert (TreeDepth >= 1);
  always_ff @(posedge clk_i) begin
    if (rst_ni) assert (!(step_lo_we_i || step_hi_we_i) || (state_q == Idle));
  end
`endif

endmodule
