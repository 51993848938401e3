// SPDX-License-Identifier: Apache-2.0
// The chip on any board: one clock, a reset that may come at any time, the UART, and lights that
// say what the chip does (docs/boards.md).
//
// Byte port and word port are tied off. Retire ports drive two of the lights; what nobody looks at
// is gone after synthesis. Clock generation and pins belong to the top of each board.
module sm_board #(
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
  input  logic       clk_i,
  input  logic       rst_ni,     // asynchronous: sm_reset makes the chip's reset of it
  input  logic       uart_rx_i,
  output logic       uart_tx_o,
  output logic [7:0] light_o      // 1: on
);

  localparam int unsigned ClockHz = 48_000_000;
  localparam int unsigned Visible = ClockHz / 16;  // cycles
  localparam int unsigned Beat    = $clog2(ClockHz);

  logic rst_n;
  sm_reset u_reset (.clk_i, .request_ni(rst_ni), .rst_no(rst_n));

  logic                               byte_rx_ready, byte_tx_valid, idle, irq;
  logic [7:0]                         byte_tx_data;
  logic                               port_ready, port_answer;
  sm_pkg::status_e                    port_status;
  logic [31:0]                        port_rdata;
  logic [sm_pkg::RetireHostWidth-1:0] retire_host;
  logic [MeshW*MeshH:0]               retire_any;
  logic [MeshW*MeshH*sm_pkg::RetireTileWidth-1:0] retire_tile;

  sm_chip #(
    .MeshW(MeshW), .MeshH(MeshH), .Neurons(Neurons), .Synapses(Synapses), .Axons(Axons),
    .Fanouts(Fanouts), .Plastics(Plastics), .Lanes(Lanes), .WeightBits(WeightBits),
    .DecayBits(DecayBits), .DelayMax(DelayMax), .RouterDepth(RouterDepth),
    .LinkLatency(LinkLatency), .RouterLatency(RouterLatency), .TreeFanIn(TreeFanIn),
    .TreeLatency(TreeLatency), .CoreDepth(CoreDepth), .RingIn(RingIn), .RingOut(RingOut),
    .RxBuffer(RxBuffer), .FrameWords(FrameWords), .UartDivisor(UartDivisor), .WordPort(0),
    .Retire(1)
  ) u_chip (
    .clk_i,
    .rst_ni         (rst_n),
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

  // -------------------------------------------------------------------------------------- lights
  sm_pkg::retire_host_t     host;
  sm_pkg::retire_phase_t    phase;
  sm_pkg::retire_ring_out_t spike;
  assign host  = retire_host;
  assign phase = host.phase;
  assign spike = host.ring_out;

  logic [Beat-1:0] beat_q;
  always_ff @(posedge clk_i) begin
    if (!rst_n) beat_q <= '0;
    else beat_q <= beat_q + Beat'(1);
  end

  logic [4:0] happens, seen_q;  // registered, so that no light lies on a path of the chip
  assign happens = {spike.valid, phase.valid, !idle, !uart_tx_o, !uart_rx_i};
  always_ff @(posedge clk_i) seen_q <= rst_n ? happens : '0;

  assign light_o[0] = beat_q[Beat-1];
  assign light_o[1] = rst_n;
  for (genvar i = 0; i < 5; i++) begin : gen_light
    sm_stretch #(.Cycles(Visible)) u_stretch (
      .clk_i, .rst_ni(rst_n), .event_i(seen_q[i]), .light_o(light_o[2+i])
    );
  end
  assign light_o[7] = irq;

  logic unused;
  assign unused = ^{byte_rx_ready, byte_tx_valid, byte_tx_data, port_ready, port_answer,
                    port_status, port_rdata, host, phase, spike, retire_any, retire_tile};

endmodule
