// SPDX-License-Identifier: Apache-2.0
// The processor of the management core: Ibex, RV32IMC with machine mode, without caches
// (docs/decisions/0011-ibex-as-management-core.md). The only file that knows whose core it is.
module sm_mgmt_cpu (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [31:0] boot_addr_i,   // the reset vector is 0x80 behind it
  // instructions
  output logic        instr_req_o,
  input  logic        instr_gnt_i,
  input  logic        instr_rvalid_i,
  output logic [31:0] instr_addr_o,
  input  logic [31:0] instr_rdata_i,
  input  logic        instr_err_i,
  // data
  output logic        data_req_o,
  input  logic        data_gnt_i,
  input  logic        data_rvalid_i,
  output logic        data_we_o,
  output logic [3:0]  data_be_o,
  output logic [31:0] data_addr_o,
  output logic [31:0] data_wdata_o,
  input  logic [31:0] data_rdata_i,
  // interrupts, as levels
  input  logic        irq_timer_i,
  input  logic [2:0]  irq_fast_i,
  // what it does
  output logic        asleep_o,
  output logic        double_fault_o,
  output logic [31:0] pc_o,          // of the instruction under way
  output logic [31:0] trap_pc_o,     // mepc
  output logic [31:0] trap_addr_o    // mtval
);
  ibex_pkg::crash_dump_t dump;

  ibex_top #(
    .RegFile         (ibex_pkg::RegFileFPGA),
    .RV32M           (ibex_pkg::RV32MFast),
    .MHPMCounterWidth(32)
  ) u_ibex (
    .clk_i,
    .rst_ni,
    .test_en_i             (1'b0),
    .ram_cfg_i             (prim_ram_1p_pkg::RAM_1P_CFG_DEFAULT),
    .hart_id_i             (32'd0),
    .boot_addr_i,
    .instr_req_o,
    .instr_gnt_i,
    .instr_rvalid_i,
    .instr_addr_o,
    .instr_rdata_i,
    .instr_rdata_intg_i    (7'd0),
    .instr_err_i,
    .data_req_o,
    .data_gnt_i,
    .data_rvalid_i,
    .data_we_o,
    .data_be_o,
    .data_addr_o,
    .data_wdata_o,
    .data_wdata_intg_o     (),
    .data_rdata_i,
    .data_rdata_intg_i     (7'd0),
    .data_err_i            (1'b0),  // an access that fails stops the core instead
    .irq_software_i        (1'b0),
    .irq_timer_i,
    .irq_external_i        (1'b0),
    .irq_fast_i            ({12'd0, irq_fast_i}),
    .irq_nm_i              (1'b0),
    .scramble_key_valid_i  (1'b0),
    .scramble_key_i        ('0),
    .scramble_nonce_i      ('0),
    .scramble_req_o        (),
    .debug_req_i           (1'b0),
    .crash_dump_o          (dump),
    .double_fault_seen_o   (double_fault_o),
    .fetch_enable_i        (ibex_pkg::IbexMuBiOn),
    .alert_minor_o         (),
    .alert_major_internal_o(),
    .alert_major_bus_o     (),
    .core_sleep_o          (asleep_o),
    .scan_rst_ni           (1'b1)
  );

  assign pc_o        = dump.current_pc;
  assign trap_pc_o   = dump.exception_pc;
  assign trap_addr_o = dump.exception_addr;

  logic unused_dump;
  assign unused_dump = ^{dump.next_pc, dump.last_data_addr};

endmodule
