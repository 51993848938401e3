// SPDX-License-Identifier: Apache-2.0
// Whether the management core runs, what stopped it, and who owns the run
// (docs/blocks/management_core.md, "Start and stop").
//
// A core that stops owns nothing. It starts anew only when it is in reset and its last access is
// over. Who may ask for a start or a stop is decided in sm_mgmt_regs.
module sm_mgmt_stop (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    start_i,
  // what stops it, the first first
  input  logic                    fails_i,
  input  sm_pkg::status_e         fails_status_i,
  input  logic [31:0]             fails_addr_i,
  input  logic                    double_fault_i,
  input  logic [31:0]             trap_pc_i,
  input  logic [31:0]             trap_addr_i,
  input  logic                    bite_i,
  input  logic                    host_stops_i,
  input  logic                    exits_i,
  input  logic                    traps_i,
  // writes
  input  logic                    pc_we_i,
  input  logic                    addr_we_i,
  input  logic                    owner_we_i,
  input  logic [31:0]             wdata_i,
  // the core
  input  logic [31:0]             pc_i,
  input  logic                    in_reset_i,
  input  logic                    port_idle_i,
  output logic                    run_o,
  output logic                    go_o,        // it is not in reset
  output logic                    resting_o,   // what it did last is over
  output logic                    owner_o,     // it owns the run
  output sm_mgmt_pkg::mgmt_stop_e cause_o,
  output logic [31:0]             stop_pc_o,
  output logic [31:0]             stop_addr_o,
  output logic [31:0]             stop_status_o
);
  localparam int unsigned StatusBits = $bits(fails_status_i);

  sm_mgmt_pkg::mgmt_stop_e cause_q, cause;
  logic                    run_q, drain_q, owner_q, stops, traps, says;
  logic [31:0]             pc_q, addr_q, status_q;

  always_comb begin
    cause = sm_mgmt_pkg::MgmtStopNone;
    if (fails_i) cause = sm_mgmt_pkg::MgmtStopBus;
    else if (double_fault_i) cause = sm_mgmt_pkg::MgmtStopDoubleFault;
    else if (bite_i) cause = sm_mgmt_pkg::MgmtStopWatchdog;
    else if (host_stops_i) cause = sm_mgmt_pkg::MgmtStopHost;
    else if (exits_i) cause = sm_mgmt_pkg::MgmtStopExit;
    else if (traps_i) cause = sm_mgmt_pkg::MgmtStopTrap;
  end
  assign stops = run_q && (cause != sm_mgmt_pkg::MgmtStopNone);
  assign traps = cause == sm_mgmt_pkg::MgmtStopTrap;  // the program wrote pc and address
  assign says  = traps || (cause == sm_mgmt_pkg::MgmtStopExit);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      run_q   <= 1'b0;
      drain_q <= 1'b1;
      owner_q <= 1'b0;
      cause_q <= sm_mgmt_pkg::MgmtStopNone;
    end else begin
      if (stops) drain_q <= 1'b1;
      else if (in_reset_i && port_idle_i) drain_q <= 1'b0;
      if (stops) owner_q <= 1'b0;
      else if (owner_we_i) owner_q <= run_q && (wdata_i == 32'd1);
      if (start_i) begin
        run_q   <= 1'b1;
        cause_q <= sm_mgmt_pkg::MgmtStopNone;
      end else if (stops) begin
        run_q   <= 1'b0;
        cause_q <= cause;
      end
    end
  end

  // Where and why: as the program wrote it, or as the core or the bus has it.
  logic runs, clear, blank;
  assign runs  = run_q && !stops;
  assign clear = !rst_ni || start_i;
  assign blank = stops && !fails_i && !double_fault_i && !traps;  // no address
  always_ff @(posedge clk_i) begin
    if (clear) pc_q <= 32'd0;
    else if (stops && !traps) pc_q <= (double_fault_i && !fails_i) ? trap_pc_i : pc_i;
    else if (runs && pc_we_i) pc_q <= wdata_i;

    if (clear || blank) addr_q <= 32'd0;
    else if (stops && !traps) addr_q <= fails_i ? fails_addr_i : trap_addr_i;
    else if (runs && addr_we_i) addr_q <= wdata_i;

    if (clear || (stops && !says)) status_q <= 32'd0;
    else if (stops) status_q <= wdata_i;
    if (!clear && stops && fails_i) status_q[StatusBits-1:0] <= fails_status_i;
  end

  assign run_o         = run_q;
  assign go_o          = run_q && !drain_q;
  assign resting_o     = !drain_q;
  assign owner_o       = owner_q;
  assign cause_o       = cause_q;
  assign stop_pc_o     = pc_q;
  assign stop_addr_o   = addr_q;
  assign stop_status_o = status_q;

endmodule
