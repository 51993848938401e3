// SPDX-License-Identifier: Apache-2.0
// Host tile: UART or byte port, bridge, bus, registers, rings, step controller
// (docs/blocks/host_tile.md).
//
// Wiring only, but for what counts as idle. A soft reset reaches everything that is not the link
// through reset_no.
module sm_host #(
  parameter int unsigned MeshW       = 1,
  parameter int unsigned MeshH       = 1,
  parameter int unsigned Neurons     = 16,
  parameter int unsigned Synapses    = 256,
  parameter int unsigned Axons       = 64,
  parameter int unsigned Fanouts     = 64,
  parameter int unsigned Plastics    = 128,
  parameter int unsigned Lanes       = 1,
  parameter int unsigned WeightBits  = 16,
  parameter int unsigned DecayBits   = 12,
  parameter int unsigned DelayMax    = 15,
  parameter int unsigned RouterDepth = 2,
  parameter int unsigned LinkLatency = 1,
  parameter int unsigned RouterLatency = 1,
  parameter int unsigned TreeFanIn   = 4,
  parameter int unsigned TreeLatency = 1,
  parameter int unsigned CoreDepth   = 2,
  parameter int unsigned RingIn      = 64,
  parameter int unsigned RingOut     = 64,
  parameter int unsigned RxBuffer    = 256,
  parameter int unsigned FrameWords  = 32,
  parameter int unsigned UartDivisor = 8,
  parameter int unsigned WordPort    = 1,
  parameter int unsigned Mgmt        = 0,
  parameter int unsigned MgmtProgram = 4096,
  parameter int unsigned MgmtData    = 2048,
  parameter int unsigned MgmtDivide  = 2
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,    // power-on
  output logic                           reset_no,  // power-on or soft: the reset of the mesh
  // pins and byte port; byte_mode_i says which of them is in use and never changes after reset
  input  logic                           uart_rx_i,
  output logic                           uart_tx_o,
  input  logic                           byte_mode_i,
  input  logic                           byte_rx_valid_i,
  input  logic [7:0]                     byte_rx_data_i,
  output logic                           byte_rx_ready_o,
  output logic                           byte_tx_valid_o,
  output logic [7:0]                     byte_tx_data_o,
  input  logic                           byte_tx_ready_i,
  // word port and interrupt
  input  logic                           port_valid_i,
  output logic                           port_ready_o,
  input  logic                           port_write_i,
  input  logic [31:0]                    port_addr_i,
  input  logic [3:0]                     port_strb_i,
  input  logic [31:0]                    port_wdata_i,
  output logic                           port_answer_o,
  output sm_pkg::status_e                port_status_o,
  output logic [31:0]                    port_rdata_o,
  output logic                           irq_o,
  output logic                           idle_o,    // nothing can happen until a pin moves
  // mesh
  output sm_pkg::broadcast_t             broadcast_o,
  input  logic [MeshW*MeshH-1:0]         busy_i,
  input  logic [MeshW*MeshH-1:0]         learn_need_i,
  output logic                           flit_valid_o,
  output sm_pkg::flit_t                  flit_o,
  input  logic                           flit_ready_i,
  input  logic                           flit_valid_i,
  input  sm_pkg::flit_t                  flit_i,
  output logic                           flit_ready_o,
  input  logic                           link_busy_i,  // a link stage towards the host holds a flit
  output sm_pkg::retire_host_t           retire_o,
  output logic                           retire_any_o
);
  localparam int unsigned Leaves    = MeshW * MeshH + 1;
  localparam int unsigned TreeLevels = tree_levels(Leaves, TreeFanIn);
  localparam int unsigned TreeDepth  = TreeLevels * TreeLatency;

  // max(1, ceil(log(leaves) / log(fan_in)))
  function automatic int unsigned tree_levels(input int unsigned leaves, input int unsigned fan_in);
    tree_levels = 1;
    while (fan_in ** tree_levels < leaves) tree_levels = tree_levels + 1;
  endfunction

  logic soft_reset;
  assign reset_no = rst_ni && !soft_reset;
  sm_pkg::retire_flit_t     flit_event;  // these are gathered at the end
  sm_pkg::retire_bus_t      bus_event;
  sm_pkg::retire_port_t     port_event;
  sm_pkg::retire_irq_t      irq_event;
  sm_pkg::retire_byte_in_t  in_event;
  sm_pkg::retire_byte_out_t out_event;
  sm_pkg::retire_phase_t    phase_event;
  sm_pkg::retire_ring_in_t  ring_in_event;
  sm_pkg::retire_ring_out_t ring_out_event;

  // ------------------------------------------------------------------------- link, word port, bus
  logic                 bus_valid, bus_drop, bus_answer, bus_idle;
  logic                 quiet, fencing, divisor_take, tile_busy;
  sm_pkg::bus_request_t bus_request;
  logic [31:0]          bus_rdata;
  logic                 frame, bad_frame, rx_overflow, framing_error;
  logic [15:0]          divisor;
  sm_pkg::status_e      bus_status;
  logic [1:0]           master;
  logic                 core_valid, core_answer, core_fencing;
  sm_pkg::bus_request_t core_request;

  sm_bus #(
    .RxBuffer(RxBuffer), .FrameWords(FrameWords), .WordPort(WordPort), .Mgmt(Mgmt)
  ) u_bus (
    .clk_i, .rst_ni,
    .uart_rx_i,
    .uart_tx_o,
    .byte_mode_i,
    .byte_rx_valid_i,
    .byte_rx_data_i,
    .byte_rx_ready_o,
    .byte_tx_valid_o,
    .byte_tx_data_o,
    .byte_tx_ready_i,
    .divisor_i       (divisor),
    .divisor_take_o  (divisor_take),
    .frame_o         (frame),
    .bad_frame_o     (bad_frame),
    .rx_overflow_o   (rx_overflow),
    .framing_error_o (framing_error),
    .port_valid_i,
    .port_ready_o,
    .port_write_i,
    .port_addr_i,
    .port_strb_i,
    .port_wdata_i,
    .port_answer_o,
    .port_status_o,
    .port_rdata_o,
    .core_valid_i    (core_valid),
    .core_request_i  (core_request),
    .core_fencing_i  (core_fencing),
    .core_answer_o   (core_answer),
    .quiet_i         (quiet && !tile_busy),
    .fencing_o       (fencing),
    .idle_o          (bus_idle),
    .valid_o         (bus_valid),
    .request_o       (bus_request),
    .master_o        (master),
    .answer_i        (bus_answer),
    .status_i        (bus_status),
    .rdata_i         (bus_rdata),
    .retire_in_o     (in_event),
    .retire_out_o    (out_event),
    .retire_o        (bus_event),
    .retire_port_o   (port_event)
  );

  // ---------------------------------------------------------------------------------- registers
  logic                 regs_answer, tile_answer;
  sm_pkg::status_e      regs_status, tile_status;
  logic [31:0]          regs_rdata, tile_rdata;
  logic                 divisor_kept, running, pause, learning;
  logic [63:0]          step, run_until;
  logic                 stretch;
  logic [31:0]          period;
  logic [4:0]           adapt_period;
  logic                 run, run_ends, period_we, pause_we, step_lo_we, step_hi_we;
  logic                 ring_in_we, ring_in_re, ring_in_write_we, ring_out_re, ring_out_read_we;
  logic [31:0]          ring_in_rdata, ring_in_write, ring_in_read;
  logic                 ring_out_push;
  logic [31:0]          ring_out_rdata, ring_out_write, ring_out_read;
  logic                 late, bad, inject_stall, lose, out_stall;
  logic [15:0]          counted;
  logic                 count_read;
  logic [3:0]           count_slot;
  logic [31:0]          count;
  sm_pkg::ring_policy_e policy;
  logic                 irq_clear, irq_mask_we, irq_moves;
  sm_pkg::interrupt_t   irq_pending, irq_mask;
  logic [31:0]                 exec_wdata;
  logic [$clog2(RingIn > RingOut ? RingIn : RingOut):0] exec_addr;

  sm_host_regs #(
    .MeshW(MeshW), .MeshH(MeshH), .Neurons(Neurons), .Synapses(Synapses), .Axons(Axons),
    .Fanouts(Fanouts), .Plastics(Plastics), .Lanes(Lanes), .WeightBits(WeightBits),
    .DecayBits(DecayBits), .DelayMax(DelayMax), .RouterDepth(RouterDepth),
    .LinkLatency(LinkLatency), .RouterLatency(RouterLatency), .TreeFanIn(TreeFanIn),
    .TreeLatency(TreeLatency), .CoreDepth(CoreDepth),
    .RingIn(RingIn), .RingOut(RingOut), .RxBuffer(RxBuffer), .FrameWords(FrameWords),
    .UartDivisor(UartDivisor)
  ) u_regs (
    .clk_i, .rst_ni,
    .soft_reset_o      (soft_reset),
    .valid_i           (bus_valid),
    .drop_i            (bus_drop),
    .write_i           (bus_request.write),
    .tile_i            (bus_request.tile),
    .addr_i            (bus_request.addr),
    .wdata_i           (bus_request.data),
    .answer_o          (regs_answer),
    .status_o          (regs_status),
    .rdata_o           (regs_rdata),
    .divisor_take_i    (divisor_take),
    .divisor_o         (divisor),
    .divisor_kept_o    (divisor_kept),
    .running_i         (running),
    .pause_i           (pause),
    .learning_i        (learning),
    .step_i            (step),
    .period_o          (period),
    .adapt_period_o    (adapt_period),
    .run_until_o       (run_until),
    .run_o             (run),
    .period_we_o       (period_we),
    .pause_we_o        (pause_we),
    .step_lo_we_o      (step_lo_we),
    .step_hi_we_o      (step_hi_we),
    .exec_wdata_o      (exec_wdata),
    .exec_addr_o       (exec_addr),
    .ring_in_we_o      (ring_in_we),
    .ring_in_re_o      (ring_in_re),
    .ring_in_write_we_o(ring_in_write_we),
    .ring_in_word_i    (ring_in_rdata),
    .ring_in_write_i   (ring_in_write),
    .ring_in_read_i    (ring_in_read),
    .ring_out_re_o     (ring_out_re),
    .ring_out_read_we_o(ring_out_read_we),
    .ring_out_word_i   (ring_out_rdata),
    .ring_out_push_i   (ring_out_push),
    .ring_out_write_i  (ring_out_write),
    .ring_out_read_i   (ring_out_read),
    .ring_out_policy_o (policy),
    .count_read_o      (count_read),
    .count_slot_o      (count_slot),
    .count_i           (count),
    .irq_clear_o       (irq_clear),
    .irq_mask_we_o     (irq_mask_we),
    .irq_pending_i     (irq_pending),
    .irq_mask_i        (irq_mask)
  );

  // ----------------------------------------------------------------------------------- counters
  always_comb begin
    counted = '0;
    counted[4'(sm_pkg::RegStretched)]     = stretch;
    counted[4'(sm_pkg::RegLateEntries)]   = late;
    counted[4'(sm_pkg::RegBadEntries)]    = bad;
    counted[4'(sm_pkg::RegRingOutLost)]   = lose;
    counted[4'(sm_pkg::RegRingOutStalls)] = out_stall;
    counted[4'(sm_pkg::RegFrames)]        = frame;
    counted[4'(sm_pkg::RegBadFrames)]     = bad_frame;
    counted[4'(sm_pkg::RegRxOverflows)]   = rx_overflow;
    counted[4'(sm_pkg::RegFramingErrors)] = framing_error;
    counted[4'(sm_pkg::RegInjectStalls)]  = inject_stall;
  end

  sm_host_counters u_counters (
    .clk_i, .rst_ni,
    .soft_reset_i(soft_reset),
    .counted_i   (counted),
    .read_i      (count_read),
    .slot_i      (count_slot),
    .count_o     (count)
  );

  // ---------------------------------------------------------------------------------- tile port
  logic          tile_flit_valid, reply;
  sm_pkg::flit_t tile_flit, reply_flit;

  sm_tile_port #(
    .MeshW(MeshW), .MeshH(MeshH), .Neurons(Neurons), .Synapses(Synapses), .Axons(Axons),
    .Fanouts(Fanouts), .Plastics(Plastics), .DecayBits(DecayBits), .DelayMax(DelayMax)
  ) u_tile_port (
    .clk_i, .rst_ni(reset_no),
    .valid_i     (bus_valid),
    .drop_i      (bus_drop),
    .write_i     (bus_request.write),
    .tile_i      (bus_request.tile),
    .addr_i      (bus_request.addr),
    .wdata_i     (bus_request.data),
    .answer_o    (tile_answer),
    .status_o    (tile_status),
    .rdata_o     (tile_rdata),
    .running_i   (running),
    .fencing_i   (fencing),
    .busy_o      (tile_busy),
    .flit_valid_o(tile_flit_valid),
    .flit_o      (tile_flit),
    .flit_ready_i(flit_ready_i),
    .reply_i     (reply),
    .reply_flit_i(reply_flit)
  );

  // ------------------------------------------------------------------------- management core
  logic            mgmt_answer, mgmt_idle;
  sm_pkg::status_e mgmt_status;
  logic [31:0]     mgmt_rdata;

  if (Mgmt != 0) begin : gen_mgmt
    sm_mgmt #(.Program(MgmtProgram), .Data(MgmtData), .Divide(MgmtDivide)) u_mgmt (
      .clk_i, .rst_ni,
      .reset_ni         (reset_no),
      .valid_i          (bus_valid),
      .request_i        (bus_request),
      .master_i         (master),
      .drop_o           (bus_drop),
      .answered_i       (bus_answer),
      .answered_status_i(bus_status),
      .answer_o         (mgmt_answer),
      .status_o         (mgmt_status),
      .rdata_o          (mgmt_rdata),
      .bus_valid_o      (core_valid),
      .bus_request_o    (core_request),
      .bus_answer_i     (core_answer),
      .bus_status_i     (bus_status),
      .bus_rdata_i      (bus_rdata),
      .fencing_o        (core_fencing),
      .quiet_i          (quiet && !tile_busy),
      .running_i        (running),
      .run_i            (run),
      .run_ends_i       (run_ends),
      .spikes_i         (ring_out_write != ring_out_read),
      .idle_o           (mgmt_idle)
    );
  end else begin : gen_no_mgmt
    assign bus_drop     = 1'b0;
    assign mgmt_answer  = 1'b0;
    assign mgmt_status  = sm_pkg::StatusOk;
    assign mgmt_rdata   = 32'd0;
    assign mgmt_idle    = 1'b1;
    assign core_valid   = 1'b0;
    assign core_request = '0;
    assign core_fencing = 1'b0;
    logic unused_mgmt;
    assign unused_mgmt = ^{core_answer, master};
  end

  assign bus_answer = regs_answer || tile_answer || mgmt_answer;
  // What answers a read gives zero but in the cycle of its answer.
  always_comb begin
    bus_status = regs_status;
    bus_rdata  = regs_rdata | tile_rdata;
    if (tile_answer) begin
      bus_status = tile_status;
    end else if (mgmt_answer) begin
      bus_status = mgmt_status;
      bus_rdata  = mgmt_rdata;
    end
  end

  // -------------------------------------------------------------------------------------- rings
  logic           head_valid, head_waits, head_late, head_now, head_pop, pop_late, pop_bad;
  logic           next_step;
  sm_pkg::entry_t head_entry;
  logic           injecting, waiting, inject_valid, sink_busy;
  sm_pkg::flit_t  inject_flit;

  sm_ring_in #(.MeshW(MeshW), .MeshH(MeshH), .Axons(Axons), .RingIn(RingIn)) u_ring_in (
    .clk_i, .rst_ni(reset_no),
    .bus_we_i       (ring_in_we),
    .bus_re_i       (ring_in_re),
    .bus_addr_i     (exec_addr[$clog2(RingIn):0]),
    .bus_wdata_i    (exec_wdata),
    .bus_rdata_o    (ring_in_rdata),
    .write_we_i     (ring_in_write_we),
    .write_o        (ring_in_write),
    .read_o         (ring_in_read),
    .late_o         (late),
    .bad_o          (bad),
    .inject_stall_o (inject_stall),
    .start_i        (broadcast_o.valid && (broadcast_o.phase == sm_pkg::PhaseStep)),
    .step_i         (step[31:0]),
    .next_step_i    (next_step),
    .head_valid_o   (head_valid),
    .head_waits_o   (head_waits),
    .head_late_o    (head_late),
    .head_now_o     (head_now),
    .head_entry_o   (head_entry),
    .head_pop_i     (head_pop),
    .pop_late_i     (pop_late),
    .pop_bad_i      (pop_bad),
    .injecting_o    (injecting),
    .waiting_o      (waiting),
    .flit_valid_o   (inject_valid),
    .flit_o         (inject_flit),
    .flit_ready_i   (flit_ready_i),
    .retire_o       (ring_in_event)
  );

  sm_ring_out #(.RouterDepth(RouterDepth), .RingOut(RingOut)) u_ring_out (
    .clk_i, .rst_ni(reset_no),
    .flit_valid_i (flit_valid_i),
    .flit_i       (flit_i),
    .flit_ready_o (flit_ready_o),
    .busy_o       (sink_busy),
    .reply_o      (reply),
    .reply_flit_o (reply_flit),
    .bus_re_i     (ring_out_re),
    .bus_addr_i   (exec_addr[$clog2(RingOut):0]),
    .bus_rdata_o  (ring_out_rdata),
    .read_we_i    (ring_out_read_we),
    .bus_wdata_i  (exec_wdata),
    .policy_i     (policy),
    .step_i       (step[31:0]),
    .push_o       (ring_out_push),
    .write_o      (ring_out_write),
    .read_o       (ring_out_read),
    .lose_o       (lose),
    .stall_o      (out_stall),
    .retire_flit_o(flit_event),
    .retire_o     (ring_out_event)
  );

  // The injector works within a step, the tile port at a step boundary: never both.
  assign flit_valid_o = tile_flit_valid || inject_valid;
  always_comb begin
    flit_o      = tile_flit_valid ? tile_flit : inject_flit;
    flit_o.data = tile_flit.data;  // a spike has none, and the tile port's is zero then
  end

  // ----------------------------------------------------------------- step controller, quiet tree
  logic root, learn_root, held;

  sm_quiet_tree #(
    .Leaves(Leaves), .FanIn(TreeFanIn), .Levels(TreeLevels), .Latency(TreeLatency)
  ) u_quiet_tree (
    .clk_i, .rst_ni(reset_no),
    .busy_i({(injecting && !waiting) || tile_busy || sink_busy || link_busy_i, busy_i}),
    .root_o(root)
  );
  // As deep as the quiet tree: with quiet the step controller sees who has to learn.
  sm_quiet_tree #(
    .Leaves(Leaves), .FanIn(TreeFanIn), .Levels(TreeLevels), .Latency(TreeLatency)
  ) u_learn_tree (
    .clk_i, .rst_ni(reset_no),
    .busy_i({1'b0, learn_need_i}),
    .root_o(learn_root)
  );

  sm_step #(.DelayMax(DelayMax), .TreeDepth(TreeDepth)) u_step (
    .clk_i, .rst_ni(reset_no),
    .root_i        (root),
    .learn_root_i  (learn_root),
    .tile_push_i   (tile_flit_valid && flit_ready_i),
    .waiting_i     (waiting),
    .quiet_o       (quiet),
    .held_o        (held),
    .broadcast_o,
    .head_valid_i  (head_valid),
    .head_waits_i  (head_waits),
    .head_late_i   (head_late),
    .head_now_i    (head_now),
    .head_entry_i  (head_entry),
    .head_pop_o    (head_pop),
    .pop_late_o    (pop_late),
    .pop_bad_o     (pop_bad),
    .period_i      (period),
    .adapt_period_i(adapt_period),
    .run_until_i   (run_until),
    .run_i         (run),
    .period_we_i   (period_we),
    .pause_we_i    (pause_we),
    .step_lo_we_i  (step_lo_we),
    .step_hi_we_i  (step_hi_we),
    .wdata_i       (exec_wdata),
    .step_o        (step),
    .next_step_o   (next_step),
    .running_o     (running),
    .run_ends_o    (run_ends),
    .pause_o       (pause),
    .learning_o    (learning),
    .stretch_o     (stretch),
    .retire_o      (phase_event)
  );

  // ----------------------------------------------------------------------------------- interrupt
  sm_irq u_irq (
    .clk_i, .rst_ni,
    .soft_reset_i(soft_reset),
    .run_i       (run),
    .run_ends_i  (run_ends),
    .spikes_i    (ring_out_write != ring_out_read),
    .error_i     (late || bad || lose),
    .clear_i     (irq_clear),
    .mask_we_i   (irq_mask_we),
    .word_i      (sm_pkg::InterruptWidth'(exec_wdata)),
    .pending_o   (irq_pending),
    .mask_o      (irq_mask),
    .irq_o,
    .moves_o     (irq_moves),
    .retire_o    (irq_event)
  );

  assign idle_o = ((!running && quiet) || held) && bus_idle && mgmt_idle && !divisor_kept &&
                  !irq_moves;

  // ------------------------------------------------------------------------------- retire stream
  assign retire_o.flit     = flit_event;
  assign retire_o.bus      = bus_event;
  assign retire_o.port     = port_event;
  assign retire_o.irq      = irq_event;
  assign retire_o.byte_in  = in_event;
  assign retire_o.byte_out = out_event;
  assign retire_o.phase    = phase_event;
  assign retire_o.ring_in  = ring_in_event;
  assign retire_o.ring_out = ring_out_event;
  assign retire_any_o = flit_event.valid || bus_event.valid || port_event.valid ||
                        irq_event.valid || in_event.valid || out_event.valid ||
                        phase_event.valid || ring_in_event.valid || ring_out_event.valid;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (reset_no) assert (!(tile_flit_valid && inject_valid));
    if (reset_no) assert (!inject_valid || (tile_flit.data == '0));
    if (reset_no) assert (regs_answer || (regs_rdata == '0));
  end
`endif
endmodule
