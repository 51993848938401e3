// SPDX-License-Identifier: Apache-2.0
// The chip on a Colorlight i9 with an ECP5-45, in its extension board (docs/boards.md). Pins are in
// sm_colorlight_i9.lpf. The module has one LED, which shines when its pin is low.
module sm_colorlight_i9 #(
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
  input  logic clk25_i,
  input  logic reset_button_ni,  // resets while it is pressed
  input  logic uart_rx_i,
  output logic uart_tx_o,
  output logic user_led_no
);

  logic       clk, locked;
  logic [7:0] light;

  sm_ecp5_clock u_clock (.clk_25mhz_i(clk25_i), .clk_48mhz_o(clk), .locked_o(locked));

  sm_board #(
    .MeshW(MeshW), .MeshH(MeshH), .Neurons(Neurons), .Synapses(Synapses), .Axons(Axons),
    .Fanouts(Fanouts), .Plastics(Plastics), .Lanes(Lanes), .WeightBits(WeightBits),
    .DecayBits(DecayBits), .DelayMax(DelayMax), .RouterDepth(RouterDepth),
    .LinkLatency(LinkLatency), .RouterLatency(RouterLatency), .TreeFanIn(TreeFanIn),
    .TreeLatency(TreeLatency), .CoreDepth(CoreDepth), .RingIn(RingIn), .RingOut(RingOut),
    .RxBuffer(RxBuffer), .FrameWords(FrameWords), .UartDivisor(UartDivisor)
  ) u_board (
    .clk_i     (clk),
    .rst_ni    (locked && reset_button_ni),
    .uart_rx_i (uart_rx_i),
    .uart_tx_o (uart_tx_o),
    .light_o   (light)
  );

  // The heartbeat; steps make it flicker.
  assign user_led_no = !(light[0] ^ light[5]);

  logic unused;
  assign unused = ^light;

endmodule
