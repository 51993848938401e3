// SPDX-License-Identifier: Apache-2.0
// Host tile on the bus: checks, registers, access to the rings (docs/blocks/host_tile.md).
//
// It holds the registers that only the host writes and CYCLE; those that move live in the block
// that moves and are read here, and the counters in sm_host_counters. Requests for the mesh are for
// sm_tile_port.
// A request is copied when it is seen, and judged from the copy in the next cycle. Each register is
// written under its own check alone; the verdict over all of them goes to the answer only.
// A new RESET_NONCE raises soft_reset_o for one cycle; the answer waits until all is wiped.
module sm_host_regs #(
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
  parameter int unsigned UartDivisor = 8
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,       // power-on only
  output logic                        soft_reset_o,  // for one cycle: all but the link is reset
  // bus, slave side
  input  logic                        valid_i,
  input  logic                        drop_i,   // what was seen is not for here after all
  input  logic                        write_i,
  input  sm_pkg::tile_t               tile_i,
  input  logic [sm_pkg::AddrBits-1:0] addr_i,
  input  logic [31:0]                 wdata_i,
  output logic                        answer_o,
  output sm_pkg::status_e             status_o,
  output logic [31:0]                 rdata_o,  // zero but with an answer to a read
  // UART and bridge
  input  logic                        divisor_take_i,  // a divisor kept aside may be taken now
  output logic [15:0]                 divisor_o,
  output logic                        divisor_kept_o,
  // step controller
  input  logic                        running_i,
  input  logic                        pause_i,
  input  logic                        learning_i,
  input  logic [63:0]                 step_i,
  output logic [31:0]                 period_o,
  output logic [4:0]                  adapt_period_o,
  output logic [63:0]                 run_until_o,
  output logic                        run_o,
  output logic                        period_we_o,
  output logic                        pause_we_o,
  output logic                        step_lo_we_o,
  output logic                        step_hi_we_o,
  output logic [31:0]                 exec_wdata_o,  // in the exec cycle, for all that is written
  // rings
  output logic [$clog2(RingIn > RingOut ? RingIn : RingOut):0] exec_addr_o,
  output logic                        ring_in_we_o,
  output logic                        ring_in_re_o,
  output logic                        ring_in_write_we_o,
  input  logic [31:0]                 ring_in_word_i,  // zero without a read in the last cycle
  input  logic [31:0]                 ring_in_write_i,
  input  logic [31:0]                 ring_in_read_i,
  output logic                        ring_out_re_o,
  output logic                        ring_out_read_we_o,
  input  logic [31:0]                 ring_out_word_i,
  input  logic                        ring_out_push_i,   // RING_OUT_WRITE moves in this cycle
  input  logic [31:0]                 ring_out_write_i,
  input  logic [31:0]                 ring_out_read_i,
  output sm_pkg::ring_policy_e        ring_out_policy_o,
  // counters
  output logic                        count_read_o,
  output logic [3:0]                  count_slot_o,
  input  logic [31:0]                 count_i,
  // interrupt
  output logic                        irq_clear_o,
  output logic                        irq_mask_we_o,
  input  sm_pkg::interrupt_t          irq_pending_i,
  input  sm_pkg::interrupt_t          irq_mask_i
);

  localparam int unsigned IndexBits   = $clog2(sm_pkg::Registers);
  localparam int unsigned RingInBits  = $clog2(2 * RingIn);  // of an address inside the ring
  localparam int unsigned RingOutBits = $clog2(2 * RingOut);
  localparam int unsigned RingBits    = RingInBits > RingOutBits ? RingInBits : RingOutBits;
  localparam int unsigned LowBits     = RingBits > IndexBits ? RingBits : IndexBits;

  // The request, from the cycle after it is seen. It is held until it is answered.
  logic                        write_q, tile_known_q, register_q, ring_in_q, ring_out_q;
  logic [LowBits-1:0]          addr_q;
  logic [31:0]                 wdata_q;
  assign exec_addr_o  = addr_q[0+:$bits(exec_addr_o)];
  assign exec_wdata_o = wdata_q;
  always_ff @(posedge clk_i) begin
    write_q      <= write_i;
    tile_known_q <= (tile_i.x == 6'd0) && (tile_i.y == 6'd0) && (tile_i.reserved == 3'd0);
    addr_q       <= LowBits'(addr_i);
    wdata_q      <= wdata_i;
    // Registers lie together at address 0. The bases of the rings are multiples of their largest
    // size.
    register_q   <= addr_i < 24'(sm_pkg::Registers);
    ring_in_q    <= (addr_i >> RingInBits) == (24'(sm_pkg::RingInBase) >> RingInBits);
    ring_out_q   <= (addr_i >> RingOutBits) == (24'(sm_pkg::RingOutBase) >> RingOutBits);
  end

  // Wiping: a reset was asked for, and the step controller is not IDLE again yet.
  // Fetch: a word of a ring or a count comes from its memory.
  typedef enum logic [2:0] {Free, Exec, Fetch, Reset, Wiping, Answer} state_e;

  state_e          state_q, state_d;
  sm_pkg::status_e status_q;
  logic [31:0]     rdata_q;

  logic [15:0] divisor_q, divisor_kept_q;
  logic        divisor_pending_q;
  logic [31:0] nonce_q;
  logic [63:0] cycle_q;
  // reset by a soft reset as well
  logic [31:0]          image_tag_q, run_tag_q, period_q;
  logic [63:0]          run_until_q;
  logic [4:0]           adapt_period_q;
  sm_pkg::ring_policy_e policy_q;

  // ----------------------------------------------------------------------------- reading registers
  logic [31:0] value;
  logic        is_counter, counter_q;

  sm_pkg::mesh_t       mesh;
  sm_pkg::run_status_t run_status;
  assign mesh.w              = sm_pkg::MeshWWidth'(MeshW);
  assign mesh.h              = sm_pkg::MeshHWidth'(MeshH);
  assign run_status.running  = running_i;
  assign run_status.learning = learning_i;

  logic [IndexBits-1:0] index;  // of a register
  assign index = addr_q[IndexBits-1:0];

  // What the build decides hangs on the index alone.
  logic [31:0] fixed;
  always_comb begin
    unique case (index)
      IndexBits'(sm_pkg::RegMagic):      fixed = 32'(sm_pkg::Magic);
      IndexBits'(sm_pkg::RegSpecHash):   fixed = 32'(sm_pkg::SpecHash);
      IndexBits'(sm_pkg::RegVersion):    fixed = 32'(sm_pkg::Version);
      IndexBits'(sm_pkg::RegMesh):       fixed = 32'(mesh);
      IndexBits'(sm_pkg::RegNeurons):    fixed = 32'(Neurons);
      IndexBits'(sm_pkg::RegSynapses):   fixed = 32'(Synapses);
      IndexBits'(sm_pkg::RegAxons):      fixed = 32'(Axons);
      IndexBits'(sm_pkg::RegFanouts):    fixed = 32'(Fanouts);
      IndexBits'(sm_pkg::RegPlastics):   fixed = 32'(Plastics);
      IndexBits'(sm_pkg::RegLanes):      fixed = 32'(Lanes);
      IndexBits'(sm_pkg::RegWeightBits): fixed = 32'(WeightBits);
      IndexBits'(sm_pkg::RegDecayBits):  fixed = 32'(DecayBits);
      IndexBits'(sm_pkg::RegDelayMax):   fixed = 32'(DelayMax);
      IndexBits'(sm_pkg::RegRouterDepth): fixed = 32'(RouterDepth);
      IndexBits'(sm_pkg::RegLinkLatency): fixed = 32'(LinkLatency);
      IndexBits'(sm_pkg::RegRouterLatency): fixed = 32'(RouterLatency);
      IndexBits'(sm_pkg::RegTreeFanIn):  fixed = 32'(TreeFanIn);
      IndexBits'(sm_pkg::RegTreeLatency): fixed = 32'(TreeLatency);
      IndexBits'(sm_pkg::RegCoreDepth):  fixed = 32'(CoreDepth);
      IndexBits'(sm_pkg::RegRingInDepth): fixed = 32'(RingIn);
      IndexBits'(sm_pkg::RegRingOutDepth): fixed = 32'(RingOut);
      IndexBits'(sm_pkg::RegRxBuffer):   fixed = 32'(RxBuffer);
      IndexBits'(sm_pkg::RegFrameWords): fixed = 32'(FrameWords);
      default: fixed = 32'd0;
    endcase
  end
  // Which register it is, is found a cycle ahead.
  logic [sm_pkg::Registers-1:0] at_q;
  always_ff @(posedge clk_i) begin
    for (int unsigned r = 0; r < sm_pkg::Registers; r++) begin
      at_q[r] <= addr_i[IndexBits-1:0] == IndexBits'(r);
    end
  end
  logic unused_at;  // those that are fixed
  assign unused_at = ^at_q;

  always_comb begin
    unique case (1'b1)
      at_q[IndexBits'(sm_pkg::RegUartDivisor)]: value = {16'd0, divisor_q};
      at_q[IndexBits'(sm_pkg::RegImageTag)]: value = image_tag_q;
      at_q[IndexBits'(sm_pkg::RegResetNonce)]: value = nonce_q;
      at_q[IndexBits'(sm_pkg::RegRunUntilLo)]: value = run_until_q[31:0];
      at_q[IndexBits'(sm_pkg::RegRunUntilHi)]: value = run_until_q[63:32];
      at_q[IndexBits'(sm_pkg::RegRunTag)]: value = run_tag_q;
      at_q[IndexBits'(sm_pkg::RegPause)]: value = {31'd0, pause_i};
      at_q[IndexBits'(sm_pkg::RegPeriod)]: value = period_q;
      at_q[IndexBits'(sm_pkg::RegAdaptPeriod)]: value = {27'd0, adapt_period_q};
      at_q[IndexBits'(sm_pkg::RegStatus)]: value = 32'(run_status);
      at_q[IndexBits'(sm_pkg::RegStepLo)]: value = step_i[31:0];
      at_q[IndexBits'(sm_pkg::RegStepHi)]: value = step_i[63:32];
      at_q[IndexBits'(sm_pkg::RegCycleLo)]: value = cycle_q[31:0];
      at_q[IndexBits'(sm_pkg::RegCycleHi)]: value = cycle_q[63:32];
      at_q[IndexBits'(sm_pkg::RegRingInWrite)]: value = ring_in_write_i;
      at_q[IndexBits'(sm_pkg::RegRingInRead)]: value = ring_in_read_i;
      at_q[IndexBits'(sm_pkg::RegRingOutWrite)]: value = ring_out_write_i;
      at_q[IndexBits'(sm_pkg::RegRingOutRead)]: value = ring_out_read_i;
      at_q[IndexBits'(sm_pkg::RegRingOutPolicy)]: value = {31'd0, policy_q};
      at_q[IndexBits'(sm_pkg::RegIrqPending)]: value = 32'(irq_pending_i);
      at_q[IndexBits'(sm_pkg::RegIrqMask)]: value = 32'(irq_mask_i);
      default: value = fixed;
    endcase
  end

  // -------------------------------------------------------------------------------------- checks
  logic            writable, refused, at_boundary_only, bad_value, tag_fits;
  logic            divisor_fits, adapt_period_fits, policy_fits, interrupt_fits;
  logic            in_moves, in_takes, out_takes, out_passes;
  sm_pkg::status_e verdict;

  // How far RING_IN_WRITE moves, signed: only the bus moves it, so the cycle before knows already.
  // And what the ring would hold then. That far apart, this takes a bit more than the other.
  logic [31:0]         in_ahead_q;
  logic [RingInBits:0] in_held;
  always_ff @(posedge clk_i) in_ahead_q <= wdata_i - ring_in_write_i;
  assign in_held  = (RingInBits + 1)'(wdata_q) - (RingInBits + 1)'(ring_in_read_i);
  assign in_moves = !in_ahead_q[31] && (in_ahead_q != 32'd0);
  assign in_takes = ((in_ahead_q >> RingInBits) == 32'd0) && (RingInBits'(in_ahead_q) != '0) &&
                    (in_held <= (RingInBits + 1)'(RingIn));

  // RING_OUT_READ never passes RING_OUT_WRITE. What the ring would hold, less one, is known from
  // the cycle before as well, but for the spike that comes in that cycle and makes it one more:
  // none less one is -1 then, or -2. Where it is about what a ring has, the low bits of the
  // distance to RING_OUT_READ tell whether that moves forward.
  logic [31:0]          out_left_q;
  logic                 out_grew_q, out_top, out_less, out_empties, out_near;
  logic [RingOutBits:0] out_ahead;
  always_ff @(posedge clk_i) begin
    out_left_q <= ring_out_write_i + ~wdata_i;
    out_grew_q <= ring_out_push_i;
  end
  assign out_ahead   = (RingOutBits + 1)'(wdata_q) - (RingOutBits + 1)'(ring_out_read_i);
  assign out_top     = &out_left_q[31:1];  // -1 or -2
  assign out_less    = out_left_q[31] != (out_grew_q && (&out_left_q[30:0]));  // below zero
  assign out_empties = out_top && (out_left_q[0] != out_grew_q);
  assign out_passes  = out_less && !out_empties;
  assign out_near    = ((out_left_q >> RingOutBits) == 32'd0) ||
                       (out_top && (out_left_q[0] || out_grew_q));
  assign out_takes   = out_near && !out_ahead[RingOutBits] && (out_ahead != '0);

  assign tag_fits          = (image_tag_q != 32'd0) && (wdata_q == image_tag_q);
  assign divisor_fits      = ((wdata_q >> 16) == 32'd0) &&
                             (16'(wdata_q) >= 16'(sm_pkg::UartDivisorMin));
  assign adapt_period_fits = (wdata_q >> 5) == 32'd0;
  assign policy_fits       = (wdata_q >> 1) == 32'd0;
  assign interrupt_fits    = (wdata_q >> sm_pkg::InterruptWidth) == 32'd0;

  assign refused = (index == IndexBits'(sm_pkg::RegRunTag)) && !tag_fits;
  always_comb begin
    writable         = 1'b1;
    at_boundary_only = 1'b0;
    bad_value        = 1'b0;
    unique case (index)
      IndexBits'(sm_pkg::RegImageTag), IndexBits'(sm_pkg::RegResetNonce),
      IndexBits'(sm_pkg::RegRunUntilLo), IndexBits'(sm_pkg::RegRunUntilHi),
      IndexBits'(sm_pkg::RegRunTag), IndexBits'(sm_pkg::RegPause),
      IndexBits'(sm_pkg::RegPeriod): ;
      IndexBits'(sm_pkg::RegUartDivisor): bad_value = !divisor_fits;
      IndexBits'(sm_pkg::RegAdaptPeriod): begin
        at_boundary_only = 1'b1;
        bad_value        = !adapt_period_fits;
      end
      IndexBits'(sm_pkg::RegStepLo), IndexBits'(sm_pkg::RegStepHi): at_boundary_only = 1'b1;
      IndexBits'(sm_pkg::RegRingInWrite), IndexBits'(sm_pkg::RegRingOutRead): ;  // below
      IndexBits'(sm_pkg::RegRingOutPolicy): bad_value = !policy_fits;
      IndexBits'(sm_pkg::RegIrqPending), IndexBits'(sm_pkg::RegIrqMask): begin
        bad_value = !interrupt_fits;
      end
      default: writable = 1'b0;
    endcase
  end

  always_comb begin
    verdict = sm_pkg::StatusOk;
    if (!tile_known_q || !(register_q || ring_in_q || ring_out_q)) begin
      verdict = sm_pkg::StatusBadAddress;
    end else if (write_q && !ring_in_q) begin
      if (ring_out_q || !writable) verdict = sm_pkg::StatusReadOnly;
      else if (refused) verdict = sm_pkg::StatusRefused;
      else if (at_boundary_only && running_i) verdict = sm_pkg::StatusRunning;
      else if (bad_value) verdict = sm_pkg::StatusBadValue;
    end
  end

  // ---------------------------------------------------------------------------------- the states
  logic exec, exec_reg, exec_read, new_nonce;

  assign exec      = (state_q == Exec) && tile_known_q && !drop_i;
  assign exec_reg  = exec && write_q && register_q;
  assign exec_read = exec && !write_q;
  assign new_nonce = exec_reg && (index == IndexBits'(sm_pkg::RegResetNonce)) &&
                     (wdata_q != nonce_q);

  // What the rings refuse takes longest to know: it joins the verdict in the cycle of the answer.
  logic beyond_ring_q;
  always_ff @(posedge clk_i) begin
    beyond_ring_q <= exec_reg &&
                     (((index == IndexBits'(sm_pkg::RegRingInWrite)) && in_moves && !in_takes) ||
                      ((index == IndexBits'(sm_pkg::RegRingOutRead)) && out_passes));
  end

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      Free: if (valid_i && tile_i.host && !drop_i) state_d = Exec;
      Exec: begin
        if (drop_i) state_d = Free;
        else if (new_nonce) state_d = Reset;
        else if (exec_read && (ring_in_q || ring_out_q || is_counter)) state_d = Fetch;
        else state_d = Answer;
      end
      Fetch: state_d = Answer;
      Reset: state_d = Wiping;
      Wiping: if (!running_i) state_d = Answer;
      Answer: state_d = Free;
      default: state_d = Free;
    endcase
  end

  assign soft_reset_o = state_q == Reset;

  // In Fetch. Without a read of theirs in the last cycle, the words of the rings are zero.
  logic [31:0] ring_q;
  always_ff @(posedge clk_i) begin
    ring_q    <= rst_ni ? ring_in_word_i | ring_out_word_i : 32'd0;
    counter_q <= exec_read && is_counter;
  end

  // Answer
  assign answer_o     = state_q == Answer;
  always_comb begin
    status_o = status_q;
    if (beyond_ring_q && (status_q == sm_pkg::StatusOk)) status_o = sm_pkg::StatusBadValue;
  end
  assign rdata_o      = rdata_q | ring_q;
  assign count_read_o = state_q == Exec;
  assign count_slot_o = 4'(addr_q);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q  <= Free;
      status_q <= sm_pkg::StatusOk;
    end else begin
      state_q <= state_d;
      if (state_q == Exec) status_q <= verdict;
    end
  end
  assign is_counter = register_q && (index >= IndexBits'(sm_pkg::RegStretched)) &&
                      (index <= IndexBits'(sm_pkg::RegInjectStalls));
  always_ff @(posedge clk_i) begin
    if (!rst_ni) rdata_q <= 32'd0;
    else if (counter_q) rdata_q <= count_i;
    else if (exec_read && register_q) rdata_q <= value;
    else rdata_q <= 32'd0;
  end

  // --------------------------------------------------------------------------- effects elsewhere
  assign run_o              = exec_reg && (index == IndexBits'(sm_pkg::RegRunTag)) && tag_fits;
  assign period_we_o        = exec_reg && (index == IndexBits'(sm_pkg::RegPeriod));
  assign pause_we_o         = exec_reg && (index == IndexBits'(sm_pkg::RegPause));
  assign step_lo_we_o       = exec_reg && (index == IndexBits'(sm_pkg::RegStepLo)) && !running_i;
  assign step_hi_we_o       = exec_reg && (index == IndexBits'(sm_pkg::RegStepHi)) && !running_i;
  assign ring_in_we_o       = exec && write_q && ring_in_q;
  assign ring_in_re_o       = exec_read && ring_in_q;
  assign ring_out_re_o      = exec_read && ring_out_q;
  assign ring_in_write_we_o = exec_reg && (index == IndexBits'(sm_pkg::RegRingInWrite)) &&
                              in_takes;
  assign irq_clear_o        = exec_reg && (index == IndexBits'(sm_pkg::RegIrqPending)) &&
                              interrupt_fits;
  assign irq_mask_we_o      = exec_reg && (index == IndexBits'(sm_pkg::RegIrqMask)) &&
                              interrupt_fits;
  assign ring_out_read_we_o = exec_reg && (index == IndexBits'(sm_pkg::RegRingOutRead)) &&
                              out_takes;

  // ----------------------------------------------------------------------------------- registers
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      cycle_q           <= 64'd0;
      nonce_q           <= 32'd0;
      divisor_q         <= 16'(UartDivisor);
      divisor_kept_q    <= 16'd0;
      divisor_pending_q <= 1'b0;
    end else begin
      cycle_q <= cycle_q + 64'd1;
      if (new_nonce) nonce_q <= wdata_q;
      if (exec_reg && (index == IndexBits'(sm_pkg::RegUartDivisor)) && divisor_fits) begin
        divisor_kept_q    <= 16'(wdata_q);
        divisor_pending_q <= 1'b1;
      end else if (divisor_pending_q && divisor_take_i) begin
        divisor_q         <= divisor_kept_q;
        divisor_pending_q <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || soft_reset_o) begin
      image_tag_q    <= 32'd0;
      run_tag_q      <= 32'd0;
      run_until_q    <= 64'd0;
      period_q       <= 32'd0;
      adapt_period_q <= 5'd0;
      policy_q       <= sm_pkg::RingPolicyStall;
    end else if (exec_reg) begin
      unique case (index)
        IndexBits'(sm_pkg::RegImageTag):   image_tag_q <= wdata_q;
        IndexBits'(sm_pkg::RegRunTag):     if (tag_fits) run_tag_q <= wdata_q;
        IndexBits'(sm_pkg::RegRunUntilLo): run_until_q[31:0] <= wdata_q;
        IndexBits'(sm_pkg::RegRunUntilHi): run_until_q[63:32] <= wdata_q;
        IndexBits'(sm_pkg::RegPeriod):     period_q <= wdata_q;
        IndexBits'(sm_pkg::RegAdaptPeriod): begin
          if (!running_i && adapt_period_fits) adapt_period_q <= 5'(wdata_q);
        end
        IndexBits'(sm_pkg::RegRingOutPolicy): begin
          if (policy_fits && 1'(wdata_q)) policy_q <= sm_pkg::RingPolicyOverwrite;
          else if (policy_fits) policy_q <= sm_pkg::RingPolicyStall;
        end
        default: ;
      endcase
    end
  end

  assign divisor_o         = divisor_q;
  assign divisor_kept_o    = divisor_pending_q;
  assign period_o          = period_q;
  assign adapt_period_o    = adapt_period_q;
  assign run_until_o       = run_until_q;
  assign ring_out_policy_o = policy_q;

endmodule
