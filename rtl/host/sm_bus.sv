// SPDX-License-Identifier: Apache-2.0
// The internal bus: its masters and its arbiter (docs/blocks/bus.md). Wiring only.
//
// Master 0 is the link: bytes from pins or byte port, and the frame bridge. Master 1 is the word
// port, if there is one, master 2 the management core (sm_mgmt), if there is one; without both the
// arbiter is gone as well. The slaves, sm_host_regs and sm_tile_port, are beside it in sm_host.
module sm_bus #(
  parameter int unsigned RxBuffer   = 256,
  parameter int unsigned FrameWords = 32,
  parameter int unsigned WordPort   = 1,  // 0: none, and its pins are never ready
  parameter int unsigned Mgmt       = 0   // 0: there is no master 2
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,  // power-on
  // link
  input  logic                  uart_rx_i,
  output logic                  uart_tx_o,
  input  logic                  byte_mode_i,
  input  logic                  byte_rx_valid_i,
  input  logic [7:0]            byte_rx_data_i,
  output logic                  byte_rx_ready_o,
  output logic                  byte_tx_valid_o,
  output logic [7:0]            byte_tx_data_o,
  input  logic                  byte_tx_ready_i,
  input  logic [15:0]           divisor_i,
  output logic                  divisor_take_o,  // the divisor may change at the end of this cycle
  output logic                  frame_o,         // counted in this cycle
  output logic                  bad_frame_o,
  output logic                  rx_overflow_o,
  output logic                  framing_error_o,
  // word port
  input  logic                  port_valid_i,
  output logic                  port_ready_o,
  input  logic                  port_write_i,
  input  logic [31:0]           port_addr_i,
  input  logic [3:0]            port_strb_i,
  input  logic [31:0]           port_wdata_i,
  output logic                  port_answer_o,
  output sm_pkg::status_e       port_status_o,
  output logic [31:0]           port_rdata_o,
  // management core
  input  logic                  core_valid_i,
  input  sm_pkg::bus_request_t  core_request_i,
  input  logic                  core_fencing_i,
  output logic                  core_answer_o,
  // step controller
  input  logic                  quiet_i,
  output logic                  fencing_o,  // a master waits for quiet while another may ask
  output logic                  idle_o,     // no master has anything to do
  // slaves
  output logic                  valid_o,
  output sm_pkg::bus_request_t  request_o,
  output logic [1:0]            master_o,   // whose request it is
  input  logic                  answer_i,
  input  sm_pkg::status_e       status_i,
  input  logic [31:0]           rdata_i,
  output sm_pkg::retire_byte_in_t  retire_in_o,
  output sm_pkg::retire_byte_out_t retire_out_o,
  output sm_pkg::retire_bus_t      retire_o,
  output sm_pkg::retire_port_t     retire_port_o
);
  localparam int unsigned Masters = (Mgmt != 0) ? 3 : (WordPort != 0) ? 2 : 1;

  logic [Masters-1:0]                         valid, answer;
  logic [Masters*sm_pkg::BusRequestWidth-1:0] requests;
  sm_pkg::bus_request_t                       link_request;
  logic                                       link_fencing, port_fencing;

  logic       rx_valid, rx_ready, tx_valid, tx_ready, bytes_idle, uart_tx_ready, receiving;
  logic [7:0] rx_data, tx_data;

  sm_bytes #(.RxBuffer(RxBuffer)) u_bytes (
    .clk_i,
    .rst_ni,
    .divisor_i,
    .uart_rx_i,
    .uart_tx_o,
    .byte_mode_i,
    .byte_rx_valid_i,
    .byte_rx_data_i,
    .byte_rx_ready_o,
    .byte_tx_valid_o,
    .byte_tx_data_o,
    .byte_tx_ready_i,
    .rx_valid_o      (rx_valid),
    .rx_data_o       (rx_data),
    .rx_ready_i      (rx_ready),
    .tx_valid_i      (tx_valid),
    .tx_data_i       (tx_data),
    .tx_ready_o      (tx_ready),
    .idle_o          (bytes_idle),
    .uart_tx_ready_o (uart_tx_ready),
    .rx_overflow_o,
    .framing_error_o,
    .retire_in_o,
    .retire_out_o
  );
  assign divisor_take_o = receiving && uart_tx_ready;

  sm_bridge #(.FrameWords(FrameWords)) u_bridge (
    .clk_i,
    .rst_ni,
    .rx_valid_i  (rx_valid),
    .rx_data_i   (rx_data),
    .rx_ready_o  (rx_ready),
    .tx_valid_o  (tx_valid),
    .tx_data_o   (tx_data),
    .tx_ready_i  (tx_ready),
    .bus_valid_o (valid[0]),
    .bus_write_o (link_request.write),
    .bus_tile_o  (link_request.tile),
    .bus_addr_o  (link_request.addr),
    .bus_wdata_o (link_request.data),
    .bus_answer_i(answer[0]),
    .bus_status_i(status_i),
    .bus_rdata_i (rdata_i),
    .quiet_i,
    .fencing_o   (link_fencing),
    .receiving_o (receiving),
    .frame_o,
    .bad_frame_o
  );
  assign requests[0+:sm_pkg::BusRequestWidth] = link_request;

  if (WordPort != 0) begin : gen_port
    sm_word_port u_word_port (
      .clk_i,
      .rst_ni,
      .valid_i      (port_valid_i),
      .ready_o      (port_ready_o),
      .write_i      (port_write_i),
      .addr_i       (port_addr_i),
      .strb_i       (port_strb_i),
      .wdata_i      (port_wdata_i),
      .answer_o     (port_answer_o),
      .status_o     (port_status_o),
      .rdata_o      (port_rdata_o),
      .bus_valid_o  (valid[1]),
      .bus_request_o(requests[sm_pkg::BusRequestWidth+:sm_pkg::BusRequestWidth]),
      .bus_answer_i (answer[1]),
      .bus_status_i (status_i),
      .bus_rdata_i  (rdata_i),
      .quiet_i,
      .fencing_o    (port_fencing),
      .retire_o     (retire_port_o)
    );
    assign idle_o = receiving && bytes_idle && port_ready_o && !port_valid_i;
  end else begin : gen_no_port
    assign port_ready_o  = 1'b0;
    assign port_answer_o = 1'b0;
    assign port_status_o = sm_pkg::StatusOk;
    assign port_rdata_o  = 32'd0;
    assign port_fencing  = 1'b0;
    assign idle_o        = receiving && bytes_idle;
    assign retire_port_o = '0;
    logic unused_port;
    assign unused_port = ^{port_valid_i, port_write_i, port_addr_i, port_strb_i, port_wdata_i};
    if (Masters > 1) begin : gen_no_request
      assign valid[1] = 1'b0;
      assign requests[sm_pkg::BusRequestWidth+:sm_pkg::BusRequestWidth] = '0;
      logic unused_answer;
      assign unused_answer = answer[1];
    end
  end

  if (Mgmt != 0) begin : gen_core
    assign valid[2]      = core_valid_i;
    assign core_answer_o = answer[2];
    assign requests[2*sm_pkg::BusRequestWidth+:sm_pkg::BusRequestWidth] = core_request_i;
  end else begin : gen_no_core
    assign core_answer_o = 1'b0;
    logic unused_core;
    assign unused_core = ^{core_valid_i, core_request_i};
  end

  // A master that waits for quiet holds no other back where there is none.
  assign fencing_o = (Masters > 1) && (link_fencing || port_fencing || core_fencing_i);

  sm_bus_arb #(.Masters(Masters)) u_bus_arb (
    .clk_i,
    .rst_ni,
    .valid_i  (valid),
    .request_i(requests),
    .answer_o (answer),
    .valid_o,
    .request_o,
    .master_o,
    .answer_i
  );

  assign retire_o.valid  = answer_i && rst_ni;
  assign retire_o.master = master_o;
  assign retire_o.status = status_i;
  assign retire_o.write  = request_o.write;
  assign retire_o.tile   = request_o.tile;
  assign retire_o.addr   = request_o.addr;
  assign retire_o.data   = request_o.write ? request_o.data : rdata_i;

endmodule
