// SPDX-License-Identifier: Apache-2.0
// The management core alone, with its part of the bus, for tests of its processor. The host's side
// of the bus is a port; what lies elsewhere is answered with bad_address. What Ibex retires comes
// from its RISC-V Formal Interface (RVFI).
module bench #(
  parameter int unsigned Program = 16384,  // words
  parameter int unsigned Data    = 4096
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  // the host
  input  logic        valid_i,
  input  logic        write_i,
  input  logic [23:0] addr_i,
  input  logic [31:0] data_i,
  output logic        answer_o,
  output logic [3:0]  status_o,
  output logic [31:0] rdata_o,
  // causes of interrupts
  input  logic        run_i,
  input  logic        run_ends_i,
  input  logic        spikes_i,
  // what is retired
  output logic        retired_o,
  output logic        trap_o,
  output logic        intr_o,
  output logic [1:0]  mode_o,
  output logic [31:0] pc_o,
  output logic [31:0] insn_o,
  output logic [4:0]  rd_o,
  output logic [31:0] rd_value_o,
  output logic [3:0]  load_o,
  output logic [3:0]  store_o,
  output logic [31:0] place_o,
  output logic [31:0] stored_o
);
  sm_pkg::tile_t        host_tile;
  sm_pkg::bus_request_t host_request, core_request, request;
  logic [2:0]           answers;
  logic [1:0]           master;
  logic                 core_valid, asked, seen_q, drop, absent, answer, mgmt_answer;
  sm_pkg::status_e      status, mgmt_status;
  logic [31:0]          rdata, mgmt_rdata;

  always_comb begin
    host_tile          = '0;
    host_tile.host     = 1'b1;
    host_request       = '0;
    host_request.write = write_i;
    host_request.tile  = host_tile;
    host_request.addr  = addr_i;
    host_request.data  = data_i;
  end

  sm_bus_arb #(.Masters(3)) u_arb (
    .clk_i, .rst_ni,
    .valid_i  ({core_valid, 1'b0, valid_i}),
    .request_i({core_request, {sm_pkg::BusRequestWidth{1'b0}}, host_request}),
    .answer_o (answers),
    .valid_o  (asked),
    .request_o(request),
    .master_o (master),
    .answer_i (answer)
  );
  assign absent   = seen_q && !drop;
  assign answer   = mgmt_answer || absent;
  assign status   = absent ? sm_pkg::StatusBadAddress : mgmt_status;
  assign rdata    = mgmt_rdata;
  assign answer_o = answers[0];
  assign status_o = status;
  assign rdata_o  = rdata;
  always_ff @(posedge clk_i) seen_q <= rst_ni && asked && !answer;

  sm_mgmt #(.Program(Program), .Data(Data), .Divide(1)) u_mgmt (
    .clk_i, .rst_ni,
    .reset_ni         (rst_ni),
    .valid_i          (asked),
    .request_i        (request),
    .master_i         (master),
    .drop_o           (drop),
    .answered_i       (answer),
    .answered_status_i(status),
    .answer_o         (mgmt_answer),
    .status_o         (mgmt_status),
    .rdata_o          (mgmt_rdata),
    .bus_valid_o      (core_valid),
    .bus_request_o    (core_request),
    .bus_answer_i     (answers[2]),
    .bus_status_i     (status),
    .bus_rdata_i      (rdata),
    .fencing_o        (),
    .quiet_i          (1'b1),
    .running_i        (1'b0),
    .run_i,
    .run_ends_i,
    .spikes_i,
    .idle_o           ()
  );

  // Its read mask is set for instructions that load nothing, too.
  logic loads;
  always_comb begin
    unique case (insn_o[1:0])
      2'b11: loads = insn_o[6:2] == 5'd0;
      2'b01: loads = 1'b0;
      default: loads = insn_o[15:13] == 3'd2;  // c.lw, c.lwsp
    endcase
  end

  assign retired_o  = u_mgmt.u_cpu.u_ibex.rvfi_valid;
  assign trap_o     = u_mgmt.u_cpu.u_ibex.rvfi_trap;
  assign intr_o     = u_mgmt.u_cpu.u_ibex.rvfi_intr;
  assign mode_o     = u_mgmt.u_cpu.u_ibex.rvfi_mode;
  assign pc_o       = u_mgmt.u_cpu.u_ibex.rvfi_pc_rdata;
  assign insn_o     = u_mgmt.u_cpu.u_ibex.rvfi_insn;
  assign rd_o       = u_mgmt.u_cpu.u_ibex.rvfi_rd_addr;
  assign rd_value_o = u_mgmt.u_cpu.u_ibex.rvfi_rd_wdata;
  assign load_o     = loads ? u_mgmt.u_cpu.u_ibex.rvfi_mem_rmask : 4'd0;
  assign store_o    = u_mgmt.u_cpu.u_ibex.rvfi_mem_wmask;
  assign place_o    = u_mgmt.u_cpu.u_ibex.rvfi_mem_addr;
  assign stored_o   = u_mgmt.u_cpu.u_ibex.rvfi_mem_wdata;

endmodule
