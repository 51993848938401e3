// SPDX-License-Identifier: Apache-2.0
// The management core: a RISC-V core beside the internal bus, as a master and as a slave
// (docs/blocks/management_core.md). Wiring, and the registers between the two clocks.
//
// What it may do to the run is decided in sm_mgmt_rights; the arbiter of the bus is sm_bus_arb.
module sm_mgmt #(
  parameter int unsigned Program = 4096,  // words of memory
  parameter int unsigned Data    = 2048,
  parameter int unsigned Divide  = 2      // cycles of the chip in a cycle of the core
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,    // power-on
  input  logic                 reset_ni,  // power-on or soft
  // bus, slave side
  input  logic                 valid_i,
  input  sm_pkg::bus_request_t request_i,
  input  logic [1:0]           master_i,
  output logic                 drop_o,
  input  logic                 answered_i,
  input  sm_pkg::status_e      answered_status_i,
  output logic                 answer_o,
  output sm_pkg::status_e      status_o,
  output logic [31:0]          rdata_o,
  // bus, master side
  output logic                 bus_valid_o,
  output sm_pkg::bus_request_t bus_request_o,
  input  logic                 bus_answer_i,
  input  sm_pkg::status_e      bus_status_i,
  input  logic [31:0]          bus_rdata_i,
  output logic                 fencing_o,
  // step controller and rings
  input  logic                 quiet_i,
  input  logic                 running_i,
  input  logic                 run_i,
  input  logic                 run_ends_i,
  input  logic                 spikes_i,
  output logic                 idle_o
);
  logic tick, core_clk;
  sm_mgmt_clock #(.Divide(Divide)) u_clock (
    .clk_i, .rst_ni,
    .tick_o(tick),
    .clk_o (core_clk)
  );

  // ----------------------------------------------------------------- registers of the core's clock
  logic        go, asleep, asleep_q, double_fault, fault_seen_q, double_fault_q;
  // Ibex is reset by an edge of its reset. A simulator with two values sees one only if the reset
  // was 1 before.
  logic        core_rst_nq = 1'b1;
  logic [31:0] pc, pc_q, trap_pc, trap_pc_q, trap_addr, trap_addr_q;
  logic        irq_timer, irq_timer_q;
  logic [sm_mgmt_pkg::MgmtInterruptWidth-1:0] irq, irq_q;
  always_ff @(posedge core_clk) begin
    if (!rst_ni) begin
      core_rst_nq    <= 1'b0;
      asleep_q       <= 1'b0;
      fault_seen_q   <= 1'b0;
      double_fault_q <= 1'b0;
    end else begin
      core_rst_nq    <= go;
      asleep_q       <= core_rst_nq && asleep;
      // mepc and mtval are those of the second exception one cycle after it was seen.
      fault_seen_q   <= core_rst_nq && (double_fault || fault_seen_q);
      double_fault_q <= core_rst_nq && fault_seen_q;
    end
  end
  always_ff @(posedge core_clk) begin
    pc_q        <= pc;
    irq_timer_q <= irq_timer;
    irq_q       <= irq;
    if (!double_fault_q) begin
      trap_pc_q   <= trap_pc;
      trap_addr_q <= trap_addr;
    end
  end

  // --------------------------------------------------------------------------------- the processor
  logic        instr_req, instr_gnt, instr_rvalid, instr_err;
  logic        data_req, data_gnt, data_rvalid, data_we;
  logic [31:0] instr_addr, instr_rdata;
  logic [31:0] data_addr, data_wdata, data_rdata;
  logic [3:0]  data_be;

  sm_mgmt_cpu u_cpu (
    .clk_i         (core_clk),
    .rst_ni        (core_rst_nq),
    .boot_addr_i   (32'(4 * sm_mgmt_pkg::MgmtProgramBase)),
    .instr_req_o   (instr_req),
    .instr_gnt_i   (instr_gnt),
    .instr_rvalid_i(instr_rvalid),
    .instr_addr_o  (instr_addr),
    .instr_rdata_i (instr_rdata),
    .instr_err_i   (instr_err),
    .data_req_o    (data_req),
    .data_gnt_i    (data_gnt),
    .data_rvalid_i (data_rvalid),
    .data_we_o     (data_we),
    .data_be_o     (data_be),
    .data_addr_o   (data_addr),
    .data_wdata_o  (data_wdata),
    .data_rdata_i  (data_rdata),
    .irq_timer_i   (irq_timer_q),
    .irq_fast_i    (irq_q),
    .asleep_o      (asleep),
    .double_fault_o(double_fault),
    .pc_o          (pc),
    .trap_pc_o     (trap_pc),
    .trap_addr_o   (trap_addr)
  );

  // --------------------------------------------------------------------- memories, ways to the bus
  logic            ask, ask_write, ask_done, ask_ok, fails, port_idle, owner;
  logic [31:0]     ask_addr, ask_wdata, ask_rdata;
  logic [3:0]      ask_strb;
  sm_pkg::status_e fails_status;
  logic            memory_ask, memory_write, memory_program, memory_done;
  logic [15:0]     memory_addr;
  logic [31:0]     memory_wdata, memory_rdata;

  sm_mgmt_memory #(.Program(Program), .Data(Data)) u_memory (
    .clk_i         (core_clk),
    .rst_ni,
    .core_rst_ni   (core_rst_nq),
    .instr_req_i   (instr_req),
    .instr_gnt_o   (instr_gnt),
    .instr_rvalid_o(instr_rvalid),
    .instr_addr_i  (instr_addr),
    .instr_rdata_o (instr_rdata),
    .instr_err_o   (instr_err),
    .data_req_i    (data_req),
    .data_gnt_o    (data_gnt),
    .data_rvalid_o (data_rvalid),
    .data_we_i     (data_we),
    .data_be_i     (data_be),
    .data_addr_i   (data_addr),
    .data_wdata_i  (data_wdata),
    .data_rdata_o  (data_rdata),
    .ask_o         (ask),
    .ask_write_o   (ask_write),
    .ask_addr_o    (ask_addr),
    .ask_strb_o    (ask_strb),
    .ask_wdata_o   (ask_wdata),
    .ask_done_i    (ask_done),
    .ask_ok_i      (ask_ok),
    .ask_rdata_i   (ask_rdata),
    .bus_ask_i     (memory_ask),
    .bus_write_i   (memory_write),
    .bus_program_i (memory_program),
    .bus_addr_i    (memory_addr),
    .bus_wdata_i   (memory_wdata),
    .bus_done_o    (memory_done),
    .bus_rdata_o   (memory_rdata)
  );

  sm_mgmt_port u_port (
    .clk_i, .rst_ni,
    .ask_i        (ask),
    .write_i      (ask_write),
    .addr_i       (ask_addr),
    .strb_i       (ask_strb),
    .wdata_i      (ask_wdata),
    .done_o       (ask_done),
    .ok_o         (ask_ok),
    .status_o     (fails_status),
    .rdata_o      (ask_rdata),
    .fails_o      (fails),
    .idle_o       (port_idle),
    .waits_i      (owner && running_i),
    .bus_valid_o,
    .bus_request_o,
    .bus_answer_i,
    .bus_status_i,
    .bus_rdata_i,
    .quiet_i,
    .fencing_o
  );

  sm_mgmt_regs #(.Program(Program), .Data(Data), .Divide(Divide)) u_regs (
    .clk_i,
    .rst_ni          (reset_ni),
    .valid_i,
    .request_i,
    .master_i,
    .drop_o,
    .answered_i,
    .answered_status_i,
    .answer_o,
    .status_o,
    .rdata_o,
    .asleep_i        (asleep_q),
    .double_fault_i  (double_fault_q),
    .pc_i            (pc_q),
    .trap_pc_i       (trap_pc_q),
    .trap_addr_i     (trap_addr_q),
    .in_reset_i      (!core_rst_nq),
    .tick_i          (tick),
    .fails_i         (fails),
    .fails_status_i  (fails_status),
    .fails_addr_i    (ask_addr),
    .port_idle_i     (port_idle),
    .go_o            (go),
    .owner_o         (owner),
    .memory_ask_o    (memory_ask),
    .memory_write_o  (memory_write),
    .memory_program_o(memory_program),
    .memory_addr_o   (memory_addr),
    .memory_wdata_o  (memory_wdata),
    .memory_done_i   (memory_done),
    .memory_rdata_i  (memory_rdata),
    .run_i,
    .run_ends_i,
    .spikes_i,
    .irq_timer_o     (irq_timer),
    .irq_o           (irq),
    .irq_moves_i     ((irq_timer_q != irq_timer) || (irq_q != irq)),
    .idle_o
  );

endmodule
