// SPDX-License-Identifier: Apache-2.0
// Bytes to and from the bridge: UART pins or byte port, and the receive buffer
// (docs/blocks/link.md).
//
// The strap byte_mode_i chooses and never changes after reset; the way not chosen is silent. What
// the bytes mean is for sm_bridge.
module sm_bytes #(
  parameter int unsigned RxBuffer = 256
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic [15:0]          divisor_i,
  // outside
  input  logic                 uart_rx_i,
  output logic                 uart_tx_o,
  input  logic                 byte_mode_i,
  input  logic                 byte_rx_valid_i,
  input  logic [7:0]           byte_rx_data_i,
  output logic                 byte_rx_ready_o,
  output logic                 byte_tx_valid_o,
  output logic [7:0]           byte_tx_data_o,
  input  logic                 byte_tx_ready_i,
  // bridge
  output logic                 rx_valid_o,
  output logic [7:0]           rx_data_o,
  input  logic                 rx_ready_i,
  input  logic                 tx_valid_i,
  input  logic [7:0]           tx_data_i,
  output logic                 tx_ready_o,
  // status
  output logic                 idle_o,           // no byte is held or under way
  output logic                 uart_tx_ready_o,
  output logic                 rx_overflow_o,    // counted in this cycle
  output logic                 framing_error_o,
  output sm_pkg::retire_byte_in_t  retire_in_o,
  output sm_pkg::retire_byte_out_t retire_out_o
);

  logic       uart_valid, uart_idle, push_valid, push_ready, empty;
  logic [7:0] uart_data, push_data;

  sm_uart_rx u_uart_rx (
    .clk_i,
    .rst_ni,
    .pin_i          (uart_rx_i || byte_mode_i),
    .divisor_i,
    .valid_o        (uart_valid),
    .data_o         (uart_data),
    .framing_error_o,
    .idle_o         (uart_idle)
  );
  sm_uart_tx u_uart_tx (
    .clk_i,
    .rst_ni,
    .divisor_i,
    .valid_i(tx_valid_i && !byte_mode_i),
    .data_i (tx_data_i),
    .ready_o(uart_tx_ready_o),
    .pin_o  (uart_tx_o)
  );

  assign push_valid      = byte_mode_i ? byte_rx_valid_i : uart_valid;
  assign push_data       = byte_mode_i ? byte_rx_data_i : uart_data;
  assign byte_rx_ready_o = byte_mode_i && push_ready;
  assign byte_tx_valid_o = byte_mode_i && tx_valid_i;
  assign byte_tx_data_o  = tx_data_i;
  assign tx_ready_o      = byte_mode_i ? byte_tx_ready_i : uart_tx_ready_o;

  sm_fifo_ram #(.Width(8), .Depth(RxBuffer)) u_rx_buffer (
    .clk_i,
    .rst_ni,
    .valid_i(push_valid),
    .data_i (push_data),
    .ready_o(push_ready),
    .valid_o(rx_valid_o),
    .data_o (rx_data_o),
    .ready_i(rx_ready_i),
    .empty_o(empty)
  );

  assign idle_o        = uart_idle && uart_tx_ready_o && empty;
  assign rx_overflow_o = uart_valid && !push_ready;

  assign retire_in_o.valid  = push_valid && push_ready && rst_ni;
  assign retire_in_o.data   = push_data;
  assign retire_out_o.valid = tx_valid_i && tx_ready_o && rst_ni;
  assign retire_out_o.data  = tx_data_i;

endmodule
