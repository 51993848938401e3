// SPDX-License-Identifier: Apache-2.0
// Host tile on the bus: checks, registers, access to the rings (docs/blocks/host_tile.md).
//
// It holds the registers that only the host writes and CYCLE; those that count or move live in the
// block that counts or moves and are read here. Requests for the mesh are for sm_tile_port.
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
  input  logic                        write_i,
  input  sm_pkg::tile_t               tile_i,
  input  logic [sm_pkg::AddrBits-1:0] addr_i,
  input  logic [31:0]                 wdata_i,
  output logic                        answer_o,
  output sm_pkg::status_e             status_o,
  output logic [31:0]                 rdata_o,
  // UART and bridge
  input  logic                        divisor_take_i,  // a divisor kept aside may be taken now
  output logic [15:0]                 divisor_o,
  output logic                        divisor_kept_o,
  input  logic [31:0]                 frames_i,
  input  logic [31:0]                 bad_frames_i,
  input  logic [31:0]                 rx_overflows_i,
  input  logic [31:0]                 framing_errors_i,
  // step controller
  input  logic                        running_i,
  input  logic                        pause_i,
  input  logic                        learning_i,
  input  logic [63:0]                 step_i,
  input  logic [31:0]                 stretched_i,
  output logic [31:0]                 period_o,
  output logic [4:0]                  adapt_period_o,
  output logic [63:0]                 run_until_o,
  output logic                        run_o,
  output logic                        pause_we_o,
  output logic                        step_lo_we_o,
  output logic                        step_hi_we_o,
  // rings
  output logic                        ring_in_we_o,
  output logic                        ring_in_re_o,
  input  logic [31:0]                 ring_in_rdata_i,
  output logic                        ring_in_write_we_o,
  input  logic [31:0]                 ring_in_write_i,
  input  logic [31:0]                 ring_in_read_i,
  input  logic [31:0]                 late_i,
  input  logic [31:0]                 bad_i,
  input  logic [31:0]                 inject_stalls_i,
  output logic                        ring_out_re_o,
  input  logic [31:0]                 ring_out_rdata_i,
  output logic                        ring_out_read_we_o,
  input  logic [31:0]                 ring_out_write_i,
  input  logic [31:0]                 ring_out_read_i,
  output sm_pkg::ring_policy_e        ring_out_policy_o,
  input  logic [31:0]                 ring_out_lost_i,
  input  logic [31:0]                 ring_out_stalls_i
);

  localparam logic [sm_pkg::AddrBits-1:0] RingInBegin  = 24'(sm_pkg::RingInBase);
  localparam logic [sm_pkg::AddrBits-1:0] RingInEnd    = 24'(sm_pkg::RingInBase + 2 * RingIn);
  localparam logic [sm_pkg::AddrBits-1:0] RingOutBegin = 24'(sm_pkg::RingOutBase);
  localparam logic [sm_pkg::AddrBits-1:0] RingOutEnd   = 24'(sm_pkg::RingOutBase + 2 * RingOut);

  // Wiping: a reset was asked for, and the step controller is not IDLE again yet.
  typedef enum logic [2:0] {Free, Exec, Reset, Wiping, Answer} state_e;

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
  logic        is_register, is_ring_in, is_ring_out;

  sm_pkg::mesh_t       mesh;
  sm_pkg::run_status_t run_status;
  assign mesh.w              = sm_pkg::MeshWWidth'(MeshW);
  assign mesh.h              = sm_pkg::MeshHWidth'(MeshH);
  assign run_status.running  = running_i;
  assign run_status.learning = learning_i;

  always_comb begin
    is_register = 1'b1;
    unique case (addr_i)
      sm_pkg::RegMagic:         value = 32'(sm_pkg::Magic);
      sm_pkg::RegSpecHash:      value = 32'(sm_pkg::SpecHash);
      sm_pkg::RegVersion:       value = 32'(sm_pkg::Version);
      sm_pkg::RegMesh:          value = 32'(mesh);
      sm_pkg::RegNeurons:       value = 32'(Neurons);
      sm_pkg::RegSynapses:      value = 32'(Synapses);
      sm_pkg::RegAxons:         value = 32'(Axons);
      sm_pkg::RegFanouts:       value = 32'(Fanouts);
      sm_pkg::RegPlastics:      value = 32'(Plastics);
      sm_pkg::RegLanes:         value = 32'(Lanes);
      sm_pkg::RegWeightBits:    value = 32'(WeightBits);
      sm_pkg::RegDecayBits:     value = 32'(DecayBits);
      sm_pkg::RegDelayMax:      value = 32'(DelayMax);
      sm_pkg::RegRouterDepth:   value = 32'(RouterDepth);
      sm_pkg::RegLinkLatency:   value = 32'(LinkLatency);
      sm_pkg::RegCoreDepth:     value = 32'(CoreDepth);
      sm_pkg::RegRingInDepth:   value = 32'(RingIn);
      sm_pkg::RegRingOutDepth:  value = 32'(RingOut);
      sm_pkg::RegRxBuffer:      value = 32'(RxBuffer);
      sm_pkg::RegFrameWords:    value = 32'(FrameWords);
      sm_pkg::RegUartDivisor:   value = {16'd0, divisor_q};
      sm_pkg::RegImageTag:      value = image_tag_q;
      sm_pkg::RegResetNonce:    value = nonce_q;
      sm_pkg::RegRunUntilLo:    value = run_until_q[31:0];
      sm_pkg::RegRunUntilHi:    value = run_until_q[63:32];
      sm_pkg::RegRunTag:        value = run_tag_q;
      sm_pkg::RegPause:         value = {31'd0, pause_i};
      sm_pkg::RegPeriod:        value = period_q;
      sm_pkg::RegAdaptPeriod:   value = {27'd0, adapt_period_q};
      sm_pkg::RegStatus:        value = 32'(run_status);
      sm_pkg::RegStepLo:        value = step_i[31:0];
      sm_pkg::RegStepHi:        value = step_i[63:32];
      sm_pkg::RegCycleLo:       value = cycle_q[31:0];
      sm_pkg::RegCycleHi:       value = cycle_q[63:32];
      sm_pkg::RegRingInWrite:   value = ring_in_write_i;
      sm_pkg::RegRingInRead:    value = ring_in_read_i;
      sm_pkg::RegRingOutWrite:  value = ring_out_write_i;
      sm_pkg::RegRingOutRead:   value = ring_out_read_i;
      sm_pkg::RegRingOutPolicy: value = {31'd0, policy_q};
      sm_pkg::RegStretched:     value = stretched_i;
      sm_pkg::RegLateEntries:   value = late_i;
      sm_pkg::RegBadEntries:    value = bad_i;
      sm_pkg::RegRingOutLost:   value = ring_out_lost_i;
      sm_pkg::RegRingOutStalls: value = ring_out_stalls_i;
      sm_pkg::RegFrames:        value = frames_i;
      sm_pkg::RegBadFrames:     value = bad_frames_i;
      sm_pkg::RegRxOverflows:   value = rx_overflows_i;
      sm_pkg::RegFramingErrors: value = framing_errors_i;
      sm_pkg::RegInjectStalls:  value = inject_stalls_i;
      default: begin
        value       = 32'd0;
        is_register = 1'b0;
      end
    endcase
  end

  // -------------------------------------------------------------------------------------- checks
  logic            tile_known, writable, refused, at_boundary_only, bad_value;
  logic [31:0]     in_ahead, in_held, out_ahead, out_beyond;
  sm_pkg::status_e verdict;

  assign is_ring_in  = (addr_i >= RingInBegin) && (addr_i < RingInEnd);
  assign is_ring_out = (addr_i >= RingOutBegin) && (addr_i < RingOutEnd);
  assign tile_known  = (tile_i.x == 6'd0) && (tile_i.y == 6'd0) && (tile_i.reserved == 3'd0);

  assign in_ahead   = wdata_i - ring_in_write_i;    // moves forward where positive, signed
  assign in_held    = wdata_i - ring_in_read_i;     // entries that the ring would hold
  assign out_ahead  = wdata_i - ring_out_read_i;
  assign out_beyond = wdata_i - ring_out_write_i;

  always_comb begin
    writable         = is_ring_in;
    refused          = 1'b0;
    at_boundary_only = 1'b0;
    bad_value        = 1'b0;
    unique case (addr_i)
      sm_pkg::RegUartDivisor: begin
        writable  = 1'b1;
        bad_value = (wdata_i < 32'(sm_pkg::UartDivisorMin)) || (wdata_i > 32'd65535);
      end
      sm_pkg::RegImageTag, sm_pkg::RegResetNonce, sm_pkg::RegRunUntilLo, sm_pkg::RegRunUntilHi,
      sm_pkg::RegPause, sm_pkg::RegPeriod: writable = 1'b1;
      sm_pkg::RegRunTag: begin
        writable = 1'b1;
        refused  = (image_tag_q == 32'd0) || (wdata_i != image_tag_q);
      end
      sm_pkg::RegAdaptPeriod: begin
        writable         = 1'b1;
        at_boundary_only = 1'b1;
        bad_value        = wdata_i > 32'd31;
      end
      sm_pkg::RegStepLo, sm_pkg::RegStepHi: begin
        writable         = 1'b1;
        at_boundary_only = 1'b1;
      end
      sm_pkg::RegRingInWrite: begin
        writable  = 1'b1;
        bad_value = ($signed(in_ahead) > 0) && (in_held > 32'(RingIn));
      end
      sm_pkg::RegRingOutRead: begin
        writable  = 1'b1;
        bad_value = $signed(out_beyond) > 0;
      end
      sm_pkg::RegRingOutPolicy: begin
        writable  = 1'b1;
        bad_value = wdata_i > 32'd1;
      end
      default: ;
    endcase
  end

  always_comb begin
    verdict = sm_pkg::StatusOk;
    if (!tile_known || !(is_register || is_ring_in || is_ring_out)) begin
      verdict = sm_pkg::StatusBadAddress;
    end else if (write_i && !writable) begin
      verdict = sm_pkg::StatusReadOnly;
    end else if (write_i && refused) begin
      verdict = sm_pkg::StatusRefused;
    end else if (write_i && at_boundary_only && running_i) begin
      verdict = sm_pkg::StatusRunning;
    end else if (write_i && bad_value) begin
      verdict = sm_pkg::StatusBadValue;
    end
  end

  // ---------------------------------------------------------------------------------- the states
  logic exec_write, exec_read, new_nonce;

  assign exec_write = (state_q == Exec) && (verdict == sm_pkg::StatusOk) && write_i;
  assign exec_read  = (state_q == Exec) && (verdict == sm_pkg::StatusOk) && !write_i;
  assign new_nonce  = exec_write && (addr_i == sm_pkg::RegResetNonce) && (wdata_i != nonce_q);

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      Free: if (valid_i && tile_i.host) state_d = Exec;
      Exec: begin
        if (new_nonce) state_d = Reset;
        else state_d = Answer;
      end
      Reset: state_d = Wiping;
      Wiping: if (!running_i) state_d = Answer;
      Answer: state_d = Free;
      default: state_d = Free;
    endcase
  end

  assign soft_reset_o = state_q == Reset;

  // Answer. A ring's word shows at the output of its memory in the cycle after exec.
  logic from_ring_in_q, from_ring_out_q;
  assign answer_o = state_q == Answer;
  assign status_o = status_q;
  always_comb begin
    rdata_o = rdata_q;
    if (from_ring_in_q) rdata_o = ring_in_rdata_i;
    else if (from_ring_out_q) rdata_o = ring_out_rdata_i;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q         <= Free;
      status_q        <= sm_pkg::StatusOk;
      rdata_q         <= 32'd0;
      from_ring_in_q  <= 1'b0;
      from_ring_out_q <= 1'b0;
    end else begin
      state_q <= state_d;
      if (state_q == Exec) begin
        status_q        <= verdict;
        rdata_q         <= exec_read ? value : 32'd0;
        from_ring_in_q  <= ring_in_re_o;
        from_ring_out_q <= ring_out_re_o;
      end
    end
  end

  // --------------------------------------------------------------------------- effects elsewhere
  assign run_o              = exec_write && (addr_i == sm_pkg::RegRunTag);
  assign pause_we_o         = exec_write && (addr_i == sm_pkg::RegPause);
  assign step_lo_we_o       = exec_write && (addr_i == sm_pkg::RegStepLo);
  assign step_hi_we_o       = exec_write && (addr_i == sm_pkg::RegStepHi);
  assign ring_in_we_o       = exec_write && is_ring_in;
  assign ring_in_re_o       = exec_read && is_ring_in;
  assign ring_out_re_o      = exec_read && is_ring_out;
  assign ring_in_write_we_o = exec_write && (addr_i == sm_pkg::RegRingInWrite) &&
                              ($signed(in_ahead) > 0);
  assign ring_out_read_we_o = exec_write && (addr_i == sm_pkg::RegRingOutRead) &&
                              ($signed(out_ahead) > 0);

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
      if (new_nonce) nonce_q <= wdata_i;
      if (exec_write && (addr_i == sm_pkg::RegUartDivisor)) begin
        divisor_kept_q    <= 16'(wdata_i);
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
    end else if (exec_write) begin
      unique case (addr_i)
        sm_pkg::RegImageTag:      image_tag_q <= wdata_i;
        sm_pkg::RegRunTag:        run_tag_q <= wdata_i;
        sm_pkg::RegRunUntilLo:    run_until_q[31:0] <= wdata_i;
        sm_pkg::RegRunUntilHi:    run_until_q[63:32] <= wdata_i;
        sm_pkg::RegPeriod:        period_q <= wdata_i;
        sm_pkg::RegAdaptPeriod:   adapt_period_q <= 5'(wdata_i);
        sm_pkg::RegRingOutPolicy: begin
          if (1'(wdata_i) == sm_pkg::RingPolicyOverwrite) policy_q <= sm_pkg::RingPolicyOverwrite;
          else policy_q <= sm_pkg::RingPolicyStall;
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
