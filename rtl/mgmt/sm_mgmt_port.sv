// SPDX-License-Identifier: Apache-2.0
// Accesses of the management core to the chip: from registers of the core's clock to a word port
// (docs/blocks/management_core.md, "Accesses of the core").
//
// ask_i and the access change with the core's clock only; the access holds while ask_i is 1. done_o
// holds until ask_i falls. A core that is reset drops ask_i; its access is then carried out
// nevertheless, and its answer is dropped.
module sm_mgmt_port (
  input  logic                 clk_i,
  input  logic                 rst_ni,     // power-on
  // the core
  input  logic                 ask_i,
  input  logic                 write_i,
  input  logic [31:0]          addr_i,
  input  logic [3:0]           strb_i,
  input  logic [31:0]          wdata_i,
  output logic                 done_o,
  output logic                 ok_o,       // how it ended, with done_o
  output sm_pkg::status_e      status_o,
  output logic [31:0]          rdata_o,    // with done_o
  output logic                 fails_o,    // for one cycle: it ended, and not well
  output logic                 idle_o,     // nothing is under way
  // the run
  input  logic                 waits_i,    // accesses to tiles wait: the core's run goes on
  // bus, master side
  output logic                 bus_valid_o,
  output sm_pkg::bus_request_t bus_request_o,
  input  logic                 bus_answer_i,
  input  sm_pkg::status_e      bus_status_i,
  input  logic [31:0]          bus_rdata_i,
  input  logic                 quiet_i,
  output logic                 fencing_o
);
  localparam int unsigned TileBits = sm_pkg::TileAddrBits + 2;

  typedef enum logic [1:0] {Idle, Wait, Done} state_e;

  state_e               state_q, state_d;
  sm_pkg::status_e      port_status;
  logic                 in_tile, port_valid, port_ready, port_answer;
  sm_pkg::retire_port_t unused_event;

  assign in_tile    = (addr_i >> TileBits) == (32'(sm_pkg::ByteTile) >> TileBits);
  assign port_valid = (state_q == Idle) && ask_i && !(in_tile && waits_i);

  sm_word_port u_word_port (
    .clk_i,
    .rst_ni,
    .valid_i      (port_valid),
    .ready_o      (port_ready),
    .write_i,
    .addr_i,
    .strb_i,
    .wdata_i,
    .answer_o     (port_answer),
    .status_o     (port_status),
    .rdata_o,
    .bus_valid_o,
    .bus_request_o,
    .bus_answer_i,
    .bus_status_i,
    .bus_rdata_i,
    .quiet_i,
    .fencing_o,
    .retire_o     (unused_event)
  );

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      Idle: if (port_valid && port_ready) state_d = Wait;
      Wait: if (port_answer) state_d = Done;
      Done: if (!ask_i) state_d = Idle;
      default: state_d = Idle;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) state_q <= Idle;
    else state_q <= state_d;
  end

  assign done_o   = state_q == Done;
  assign ok_o     = port_status == sm_pkg::StatusOk;
  assign status_o = port_status;
  assign fails_o  = port_answer && ask_i && (port_status != sm_pkg::StatusOk);
  assign idle_o   = (state_q == Idle) && !ask_i;

endmodule
