// SPDX-License-Identifier: Apache-2.0
// The chip as a board sees it: a clock, a reset, and the UART. Top of place and route.
//
// Byte port and word port are tied off and nothing retires, so that their logic is gone. There is
// no PLL and no reset synchroniser here: they belong to the board.
module sm_pins #(
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
  parameter int unsigned UartDivisor = 8,
  parameter int unsigned Retire      = 0
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic uart_rx_i,
  output logic uart_tx_o
);

  logic                                                  byte_rx_ready, byte_tx_valid, idle, irq;
  logic [7:0]                                            byte_tx_data;
  logic                                                  port_ready, port_answer;
  sm_pkg::status_e                                       port_status;
  logic [31:0]                                           port_rdata;
  logic [sm_pkg::RetireHostWidth-1:0]                    retire_host;
  logic [MeshW*MeshH:0]                                  retire_any;
  logic [MeshW*MeshH*sm_pkg::RetireTileWidth-1:0]        retire_tile;

  sm_chip #(
    .MeshW(MeshW), .MeshH(MeshH), .Neurons(Neurons), .Synapses(Synapses), .Axons(Axons),
    .Fanouts(Fanouts), .Plastics(Plastics), .Lanes(Lanes), .WeightBits(WeightBits),
    .DecayBits(DecayBits), .DelayMax(DelayMax), .RouterDepth(RouterDepth),
    .LinkLatency(LinkLatency), .RouterLatency(RouterLatency), .TreeFanIn(TreeFanIn),
    .TreeLatency(TreeLatency), .CoreDepth(CoreDepth), .RingIn(RingIn), .RingOut(RingOut),
    .RxBuffer(RxBuffer), .FrameWords(FrameWords), .UartDivisor(UartDivisor), .Retire(Retire)
  ) u_chip (
    .clk_i,
    .rst_ni,
    .uart_rx_i,
    .uart_tx_o,
    .byte_mode_i    (1'b0),
    .byte_rx_valid_i(1'b0),
    .byte_rx_data_i (8'd0),
    .byte_rx_ready_o(byte_rx_ready),
    .byte_tx_valid_o(byte_tx_valid),
    .byte_tx_data_o (byte_tx_data),
    .byte_tx_ready_i(1'b0),
    .port_valid_i   (1'b0),
    .port_ready_o   (port_ready),
    .port_write_i   (1'b0),
    .port_addr_i    (32'd0),
    .port_strb_i    (4'd0),
    .port_wdata_i   (32'd0),
    .port_answer_o  (port_answer),
    .port_status_o  (port_status),
    .port_rdata_o   (port_rdata),
    .irq_o          (irq),
    .idle_o         (idle),
    .retire_host_o  (retire_host),
    .retire_any_o   (retire_any),
    .retire_tile_o  (retire_tile)
  );

endmodule
