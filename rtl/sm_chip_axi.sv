// SPDX-License-Identifier: Apache-2.0
// The chip as a block in a system: AXI4-Lite, an interrupt, and the UART (docs/blocks/axi.md).
// Wiring only; the pins of the bus have the names of its specification. The byte port is tied off,
// and nothing retires.
module sm_chip_axi #(
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
  parameter int unsigned ErrorReply  = 1
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        uart_rx_i,  // 1 if it is not used
  output logic        uart_tx_o,
  // verilog_lint: waive-start port-name-suffix
  input  logic [27:0] s_axi_awaddr,
  input  logic [2:0]  s_axi_awprot,
  input  logic        s_axi_awvalid,
  output logic        s_axi_awready,
  input  logic [31:0] s_axi_wdata,
  input  logic [3:0]  s_axi_wstrb,
  input  logic        s_axi_wvalid,
  output logic        s_axi_wready,
  output logic [1:0]  s_axi_bresp,
  output logic        s_axi_bvalid,
  input  logic        s_axi_bready,
  input  logic [27:0] s_axi_araddr,
  input  logic [2:0]  s_axi_arprot,
  input  logic        s_axi_arvalid,
  output logic        s_axi_arready,
  output logic [31:0] s_axi_rdata,
  output logic [1:0]  s_axi_rresp,
  output logic        s_axi_rvalid,
  input  logic        s_axi_rready,
  // verilog_lint: waive-stop port-name-suffix
  output logic        irq_o
);

  logic                               port_valid, port_ready, port_write, port_answer;
  logic [31:0]                        port_addr, port_wdata, port_rdata;
  logic [3:0]                         port_strb;
  sm_pkg::status_e                    port_status;
  logic                               byte_rx_ready, byte_tx_valid, idle;
  logic [7:0]                         byte_tx_data;
  logic [sm_pkg::RetireHostWidth-1:0] retire_host;
  logic [MeshW*MeshH:0]               retire_any;
  logic [MeshW*MeshH*sm_pkg::RetireTileWidth-1:0] retire_tile;

  sm_axi_lite #(.ErrorReply(ErrorReply)) u_axi (
    .clk_i,
    .rst_ni,
    .s_axi_awaddr,
    .s_axi_awprot,
    .s_axi_awvalid,
    .s_axi_awready,
    .s_axi_wdata,
    .s_axi_wstrb,
    .s_axi_wvalid,
    .s_axi_wready,
    .s_axi_bresp,
    .s_axi_bvalid,
    .s_axi_bready,
    .s_axi_araddr,
    .s_axi_arprot,
    .s_axi_arvalid,
    .s_axi_arready,
    .s_axi_rdata,
    .s_axi_rresp,
    .s_axi_rvalid,
    .s_axi_rready,
    .port_valid_o (port_valid),
    .port_ready_i (port_ready),
    .port_write_o (port_write),
    .port_addr_o  (port_addr),
    .port_strb_o  (port_strb),
    .port_wdata_o (port_wdata),
    .port_answer_i(port_answer),
    .port_status_i(port_status),
    .port_rdata_i (port_rdata)
  );

  sm_chip #(
    .MeshW(MeshW), .MeshH(MeshH), .Neurons(Neurons), .Synapses(Synapses), .Axons(Axons),
    .Fanouts(Fanouts), .Plastics(Plastics), .Lanes(Lanes), .WeightBits(WeightBits),
    .DecayBits(DecayBits), .DelayMax(DelayMax), .RouterDepth(RouterDepth),
    .LinkLatency(LinkLatency), .RouterLatency(RouterLatency), .TreeFanIn(TreeFanIn),
    .TreeLatency(TreeLatency), .CoreDepth(CoreDepth), .RingIn(RingIn), .RingOut(RingOut),
    .RxBuffer(RxBuffer), .FrameWords(FrameWords), .UartDivisor(UartDivisor), .WordPort(1),
    .Retire(0)
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
    .port_valid_i   (port_valid),
    .port_ready_o   (port_ready),
    .port_write_i   (port_write),
    .port_addr_i    (port_addr),
    .port_strb_i    (port_strb),
    .port_wdata_i   (port_wdata),
    .port_answer_o  (port_answer),
    .port_status_o  (port_status),
    .port_rdata_o   (port_rdata),
    .irq_o,
    .idle_o         (idle),
    .retire_host_o  (retire_host),
    .retire_any_o   (retire_any),
    .retire_tile_o  (retire_tile)
  );

  logic unused;
  assign unused = ^{byte_rx_ready, byte_tx_valid, byte_tx_data, idle, retire_host, retire_any,
                    retire_tile};

endmodule
