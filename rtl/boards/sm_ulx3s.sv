// SPDX-License-Identifier: Apache-2.0
// The chip on a ULX3S with an ECP5-85 (docs/boards.md). Pins are in sm_ulx3s.lpf.
module sm_ulx3s #(
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
  parameter int unsigned UartDivisor = 8
) (
  input  logic       clk_25mhz_i,
  input  logic       btn_fire2_i,   // resets while it is pressed
  input  logic       ftdi_txd_i,    // from the host
  output logic       ftdi_rxd_o,    // to the host
  output logic [7:0] led_o,
  output logic       wifi_gpio0_o   // high: the other processor of the board leaves the FPGA alone
);

  logic clk, locked;

  sm_ecp5_clock u_clock (.clk_25mhz_i(clk_25mhz_i), .clk_48mhz_o(clk), .locked_o(locked));

  sm_board #(
    .MeshW(MeshW), .MeshH(MeshH), .Neurons(Neurons), .Synapses(Synapses), .Axons(Axons),
    .Fanouts(Fanouts), .Plastics(Plastics), .Lanes(Lanes), .WeightBits(WeightBits),
    .DecayBits(DecayBits), .DelayMax(DelayMax), .RouterDepth(RouterDepth),
    .LinkLatency(LinkLatency), .RouterLatency(RouterLatency), .TreeFanIn(TreeFanIn),
    .TreeLatency(TreeLatency), .CoreDepth(CoreDepth), .RingIn(RingIn), .RingOut(RingOut),
    .RxBuffer(RxBuffer), .FrameWords(FrameWords), .UartDivisor(UartDivisor)
  ) u_board (
    .clk_i     (clk),
    .rst_ni    (locked && !btn_fire2_i),
    .uart_rx_i (ftdi_txd_i),
    .uart_tx_o (ftdi_rxd_o),
    .light_o   (led_o)
  );

  assign wifi_gpio0_o = 1'b1;

endmodule
