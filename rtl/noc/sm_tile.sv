// SPDX-License-Identifier: Apache-2.0
// A tile: router, neuron core, and the stages of the four links that lead to it
// (docs/blocks/noc.md). Wiring only.
//
// Ports are indexed by sm_pkg::port_e; `local` is inside. Coordinates are inputs, so that one
// compiled module serves all tiles.
module sm_tile #(
  parameter  int unsigned Neurons     = 256,
  parameter  int unsigned Synapses    = 8192,
  parameter  int unsigned Axons       = 1024,
  parameter  int unsigned Fanouts     = 1024,
  parameter  int unsigned Plastics    = 2048,
  parameter  int unsigned Lanes       = 1,
  parameter  int unsigned WeightBits  = 16,
  parameter  int unsigned DecayBits   = 12,
  parameter  int unsigned DelayMax    = 15,
  parameter  int unsigned RouterDepth = 4,
  parameter  int unsigned LinkLatency = 1,
  parameter  int unsigned CoreDepth   = 4,
  localparam int unsigned FlitsHigh  = sm_pkg::Ports * sm_pkg::FlitWidth - 1
) (
  input  logic clk_i,
  input  logic rst_ni,
  // The code of equal tiles is shared only where no neighbour is folded into it: `public` keeps
  // these ports as they are.
  input  logic [sm_pkg::CoordBits-1:0] x_i /*verilator public_flat_rd*/,
  input  logic [sm_pkg::CoordBits-1:0] y_i /*verilator public_flat_rd*/,
  input  sm_pkg::broadcast_t           broadcast_i /*verilator public_flat_rd*/,
  output logic                         busy_o,  // leaf of the quiet tree
  output logic                         learn_need_o,

  input  logic [sm_pkg::Ports-1:1]                 valid_i /*verilator public_flat_rd*/,
  input  logic [FlitsHigh:sm_pkg::FlitWidth]       flit_i /*verilator public_flat_rd*/,
  output logic [sm_pkg::Ports-1:1]                 ready_o,
  output logic [sm_pkg::Ports-1:1]                 valid_o,
  output logic [FlitsHigh:sm_pkg::FlitWidth]       flit_o,
  input  logic [sm_pkg::Ports-1:1]                 ready_i /*verilator public_flat_rd*/,

  output sm_pkg::retire_tile_t retire_o,
  output logic                 retire_any_o  // some valid bit of retire_o is set
);
  /*verilator no_inline_module*/
  localparam int unsigned P = sm_pkg::Ports;
  localparam int unsigned W = sm_pkg::FlitWidth;

  // Into and out of the router
  logic [P-1:0] in_valid, in_ready, out_valid, out_ready;
  logic [P*W-1:0] in_flit, out_flit;
  logic [P-1:1] stage_busy;
  logic router_busy, core_busy;
  assign busy_o = router_busy || core_busy || stage_busy != '0;
  assign valid_o = out_valid[P-1:1];
  assign flit_o = out_flit[P*W-1:W];
  assign out_ready[P-1:1] = ready_i;

  for (genvar p = 1; p < P; p++) begin : gen_port
    sm_link #(
      .Latency(LinkLatency)
    ) u_link (
      .clk_i,
      .rst_ni,
      .valid_i(valid_i[p]),
      .flit_i (flit_i[p*W+:W]),
      .ready_o(ready_o[p]),
      .valid_o(in_valid[p]),
      .flit_o (in_flit[p*W+:W]),
      .ready_i(in_ready[p]),
      .busy_o (stage_busy[p])
    );
  end

  sm_router #(
    .RouterDepth(RouterDepth)
  ) u_router (
    .clk_i,
    .rst_ni,
    .x_i,
    .y_i,
    .valid_i(in_valid),
    .flit_i (in_flit),
    .ready_o(in_ready),
    .valid_o(out_valid),
    .flit_o (out_flit),
    .ready_i(out_ready),
    .busy_o (router_busy)
  );

  sm_pkg::retire_fire_t fire;
  sm_pkg::retire_write_t write;
  logic [sm_pkg::LanesMax*sm_pkg::RetireAccWidth-1:0] acc;
  logic [sm_pkg::LanesMax*sm_pkg::RetireWeightWidth-1:0] weight;
  sm_core #(
    .Neurons   (Neurons),
    .Synapses  (Synapses),
    .Axons     (Axons),
    .Fanouts   (Fanouts),
    .Plastics  (Plastics),
    .Lanes     (Lanes),
    .WeightBits(WeightBits),
    .DecayBits (DecayBits),
    .DelayMax  (DelayMax),
    .CoreDepth (CoreDepth)
  ) u_core (
    .clk_i,
    .rst_ni,
    .x_i,
    .y_i,
    .broadcast_i,
    .busy_o        (core_busy),
    .learn_need_o,
    .valid_i       (out_valid[sm_pkg::PortLocal]),
    .flit_i        (out_flit[sm_pkg::PortLocal*W+:W]),
    .ready_o       (out_ready[sm_pkg::PortLocal]),
    .valid_o       (in_valid[sm_pkg::PortLocal]),
    .flit_o        (in_flit[sm_pkg::PortLocal*W+:W]),
    .ready_i       (in_ready[sm_pkg::PortLocal]),
    .retire_fire_o (fire),
    .retire_acc_o  (acc),
    .retire_write_o(write),
    .retire_weight_o(weight)
  );

  // Retire: a flit was pushed into an input buffer of the router.
  logic [P-1:0] pushed;
  assign pushed = in_valid & in_ready & {P{rst_ni}};
  always_comb begin
    retire_o.flit_local = {pushed[sm_pkg::PortLocal], in_flit[sm_pkg::PortLocal*W+:W]};
    retire_o.flit_north = {pushed[sm_pkg::PortNorth], in_flit[sm_pkg::PortNorth*W+:W]};
    retire_o.flit_east = {pushed[sm_pkg::PortEast], in_flit[sm_pkg::PortEast*W+:W]};
    retire_o.flit_south = {pushed[sm_pkg::PortSouth], in_flit[sm_pkg::PortSouth*W+:W]};
    retire_o.flit_west = {pushed[sm_pkg::PortWest], in_flit[sm_pkg::PortWest*W+:W]};
    retire_o.fire = fire;
    {retire_o.acc3, retire_o.acc2, retire_o.acc1, retire_o.acc0} = acc;
    retire_o.write = write;
    {retire_o.weight3, retire_o.weight2, retire_o.weight1, retire_o.weight0} = weight;
  end
  localparam int unsigned A = sm_pkg::RetireAccWidth;  // the valid bit of a struct is its highest
  localparam int unsigned R = sm_pkg::RetireWeightWidth;
  assign retire_any_o = pushed != '0 || fire.valid || write.valid
      || acc[A-1] || acc[2*A-1] || acc[3*A-1] || acc[4*A-1]
      || weight[R-1] || weight[2*R-1] || weight[3*R-1] || weight[4*R-1];
endmodule
