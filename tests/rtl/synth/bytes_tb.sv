// SPDX-License-Identifier: Apache-2.0
// Feeds the byte port of a chip from a file of hex bytes and prints each byte it answers as `cycle
// byte`, in the form that record_bytes.cpp prints for the Verilated chip. For Icarus;
// docs/synthesis.md.
//
// +bytes=FILE +count=BYTES +limit=CYCLES. CHIP_PARAMETERS are those of sm_chip; a netlist has none.
`timescale 1ns / 1ns
`ifndef CHIP_PARAMETERS
`define CHIP_PARAMETERS
`endif
module bytes_tb;
  logic       clk = 1'b0, rst_n = 1'b0;
  logic [7:0] stimulus[0:1048575];
  integer     sent = 0, count = 0, cycle = 0, limit = 0, answered = 0;
  reg [8*1024-1:0] file;

  wire       rx_ready, tx_valid, idle;
  wire [7:0] tx_data;
  wire       rx_valid = rst_n && (sent < count);

  sm_chip `CHIP_PARAMETERS u_chip (
    .clk_i          (clk),
    .rst_ni         (rst_n),
    .uart_rx_i      (1'b1),
    .uart_tx_o      (),
    .byte_mode_i    (1'b1),
    .byte_rx_valid_i(rx_valid),
    .byte_rx_data_i (stimulus[sent]),
    .byte_rx_ready_o(rx_ready),
    .byte_tx_valid_o(tx_valid),
    .byte_tx_data_o (tx_data),
    .byte_tx_ready_i(1'b1),
    .port_valid_i   (1'b0),
    .port_ready_o   (),
    .port_write_i   (1'b0),
    .port_addr_i    (32'd0),
    .port_strb_i    (4'd0),
    .port_wdata_i   (32'd0),
    .port_answer_o  (),
    .port_status_o  (),
    .port_rdata_o   (),
    .irq_o          (),
    .idle_o         (idle),
    .retire_host_o  (),
    .retire_any_o   (),
    .retire_tile_o  ()
  );

  initial begin
    if (!$value$plusargs("bytes=%s", file) || !$value$plusargs("count=%d", count) ||
        !$value$plusargs("limit=%d", limit)) begin
      $display("bytes_tb: +bytes=, +count= and +limit= are needed");
      $finish;
    end
    $readmemh(file, stimulus, 0, count - 1);
    repeat (2) begin
      #5 clk = 1'b1;
      #5 clk = 1'b0;
    end
    rst_n = 1'b1;
    forever cycle_once;
  end

  // All that a cycle shows is sampled just before the edge at its end; new inputs come just after
  // it.
  task cycle_once;
    reg accepted;
    begin
      #4;
      if (tx_valid !== 1'b0) begin
        $display("%0d %h", cycle, tx_data);
        answered = answered + 1;
      end
      if ((idle === 1'b1) && (sent == count)) begin
        $display("end %0d", answered);
        $finish;
      end
      if (cycle >= limit) begin
        $display("bytes_tb: not idle after %0d cycles, %0d of %0d bytes taken", cycle, sent, count);
        $finish;
      end
      accepted = rx_valid && (rx_ready === 1'b1);
      #1 clk = 1'b1;
      #1 if (accepted) sent = sent + 1;
      cycle = cycle + 1;
      #4 clk = 1'b0;
    end
  endtask
endmodule
