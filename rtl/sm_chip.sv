// SPDX-License-Identifier: Apache-2.0
// The chip: host tile and mesh (docs/blocks/host_tile.md, docs/blocks/noc.md). Wiring only.
//
// Pins are the UART. The byte port does the same without a baud rate, for simulation; the strap
// byte_mode_i chooses, and tied to a constant it leaves no logic. Retire ports tell a checker what
// the chip does; with Retire = 0, as in synthesis unless told otherwise, they are zero and their
// logic is gone. Mgmt = 1 builds in the management core, whose processor is not part of this
// project (docs/blocks/management_core.md). SPIKEMESH_MGMT, a define, makes this the default and
// says MgmtDivide.
module sm_chip #(
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
`ifdef SPIKEMESH_MGMT
  parameter int unsigned Mgmt        = 1,
  parameter int unsigned MgmtDivide  = `SPIKEMESH_MGMT,
`else
  parameter int unsigned Mgmt        = 0,
  parameter int unsigned MgmtDivide  = 2,
`endif
  parameter int unsigned MgmtProgram = 4096,
  parameter int unsigned MgmtData    = 2048,
`ifdef SYNTHESIS
  parameter int unsigned WordPort    = 0,
  parameter int unsigned Retire      = 0
`else
  parameter int unsigned WordPort    = 1,
  parameter int unsigned Retire      = 1
`endif
) (
  input  logic                                         clk_i,
  input  logic                                         rst_ni,
  input  logic                                         uart_rx_i,
  output logic                                         uart_tx_o,
  input  logic                                         byte_mode_i,
  input  logic                                         byte_rx_valid_i,
  input  logic [7:0]                                   byte_rx_data_i,
  output logic                                         byte_rx_ready_o,
  output logic                                         byte_tx_valid_o,
  output logic [7:0]                                   byte_tx_data_o,
  input  logic                                         byte_tx_ready_i,
  input  logic                                         port_valid_i,
  output logic                                         port_ready_o,
  input  logic                                         port_write_i,
  input  logic [31:0]                                  port_addr_i,
  input  logic [3:0]                                   port_strb_i,
  input  logic [31:0]                                  port_wdata_i,
  output logic                                         port_answer_o,
  output sm_pkg::status_e                              port_status_o,
  output logic [31:0]                                  port_rdata_o,
  output logic                                         irq_o,
  output logic                                         idle_o,
  output logic [sm_pkg::RetireHostWidth-1:0]           retire_host_o,
  output logic [MeshW*MeshH:0]                         retire_any_o,  // highest: the host tile
  output logic [MeshW*MeshH*sm_pkg::RetireTileWidth-1:0] retire_tile_o  // tile y * MeshW + x
);

  localparam int unsigned Tiles = MeshW * MeshH;

  sm_build_check #(
    .MeshW(MeshW), .MeshH(MeshH), .Neurons(Neurons), .Synapses(Synapses), .Axons(Axons),
    .Fanouts(Fanouts), .Plastics(Plastics), .Lanes(Lanes), .WeightBits(WeightBits),
    .DecayBits(DecayBits), .DelayMax(DelayMax), .RouterDepth(RouterDepth),
    .LinkLatency(LinkLatency), .RouterLatency(RouterLatency), .TreeFanIn(TreeFanIn),
    .TreeLatency(TreeLatency), .CoreDepth(CoreDepth), .RingIn(RingIn), .RingOut(RingOut),
    .RxBuffer(RxBuffer), .FrameWords(FrameWords), .UartDivisor(UartDivisor)
  ) u_build_check ();

  logic                 reset_n;
  sm_pkg::broadcast_t   broadcast;
  logic [Tiles-1:0]     busy, learn_need, tile_any;
  logic                 to_mesh_valid, to_mesh_ready, to_host_valid, to_host_ready;
  logic                 link_busy, host_any;
  sm_pkg::flit_t        to_mesh, to_host;
  sm_pkg::retire_host_t retire_host;
  logic [Tiles*sm_pkg::RetireTileWidth-1:0] retire_tile;

  sm_host #(
    .MeshW(MeshW), .MeshH(MeshH), .Neurons(Neurons), .Synapses(Synapses), .Axons(Axons),
    .Fanouts(Fanouts), .Plastics(Plastics), .Lanes(Lanes), .WeightBits(WeightBits),
    .DecayBits(DecayBits), .DelayMax(DelayMax), .RouterDepth(RouterDepth),
    .LinkLatency(LinkLatency), .RouterLatency(RouterLatency), .TreeFanIn(TreeFanIn),
    .TreeLatency(TreeLatency), .CoreDepth(CoreDepth),
    .RingIn(RingIn), .RingOut(RingOut), .RxBuffer(RxBuffer), .FrameWords(FrameWords),
    .UartDivisor(UartDivisor), .WordPort(WordPort),
    .Mgmt(Mgmt), .MgmtProgram(MgmtProgram), .MgmtData(MgmtData), .MgmtDivide(MgmtDivide)
  ) u_host (
    .clk_i,
    .rst_ni,
    .reset_no    (reset_n),
    .uart_rx_i,
    .uart_tx_o,
    .byte_mode_i,
    .byte_rx_valid_i,
    .byte_rx_data_i,
    .byte_rx_ready_o,
    .byte_tx_valid_o,
    .byte_tx_data_o,
    .byte_tx_ready_i,
    .port_valid_i,
    .port_ready_o,
    .port_write_i,
    .port_addr_i,
    .port_strb_i,
    .port_wdata_i,
    .port_answer_o,
    .port_status_o,
    .port_rdata_o,
    .irq_o,
    .idle_o,
    .broadcast_o (broadcast),
    .busy_i      (busy),
    .learn_need_i(learn_need),
    .flit_valid_o(to_mesh_valid),
    .flit_o      (to_mesh),
    .flit_ready_i(to_mesh_ready),
    .flit_valid_i(to_host_valid),
    .flit_i      (to_host),
    .flit_ready_o(to_host_ready),
    .link_busy_i (link_busy),
    .retire_o    (retire_host),
    .retire_any_o(host_any)
  );

  sm_mesh #(
    .MeshW(MeshW), .MeshH(MeshH), .Neurons(Neurons), .Synapses(Synapses), .Axons(Axons),
    .Fanouts(Fanouts), .Plastics(Plastics), .Lanes(Lanes), .WeightBits(WeightBits),
    .DecayBits(DecayBits),
    .DelayMax(DelayMax), .RouterDepth(RouterDepth), .LinkLatency(LinkLatency),
    .RouterLatency(RouterLatency), .CoreDepth(CoreDepth)
  ) u_mesh (
    .clk_i,
    .rst_ni          (reset_n),
    .broadcast_i     (broadcast),
    .busy_o          (busy),
    .learn_need_o    (learn_need),
    .host_valid_i    (to_mesh_valid),
    .host_flit_i     (to_mesh),
    .host_ready_o    (to_mesh_ready),
    .host_valid_o    (to_host_valid),
    .host_flit_o     (to_host),
    .host_ready_i    (to_host_ready),
    .host_link_busy_o(link_busy),
    .retire_o        (retire_tile),
    .retire_any_o    (tile_any)
  );

  if (Retire != 0) begin : gen_retire
    assign retire_host_o = retire_host;
    assign retire_any_o  = {host_any, tile_any};
    assign retire_tile_o = retire_tile;
  end else begin : gen_no_retire
    assign retire_host_o = '0;
    assign retire_any_o  = '0;
    for (genvar i = 0; i < Tiles; i++) begin : gen_tile
      assign retire_tile_o[i*sm_pkg::RetireTileWidth+:sm_pkg::RetireTileWidth] = '0;
    end
    logic unused_retire;
    assign unused_retire = ^{retire_host, host_any, tile_any, retire_tile};
  end

endmodule
