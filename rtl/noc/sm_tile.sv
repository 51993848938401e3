// SPDX-License-Identifier: Apache-2.0
// A tile: router, neuron core, and the stages in front of the router, those of the four links that
// lead to it among them (docs/blocks/noc.md). Wiring only.
//
// Ports are indexed by sm_pkg::port_e; `local` is inside. Coordinates are inputs, so that one
// compiled module serves all tiles. The ports of a tile and of its router are those that another
// make has as well. With LookAhead, tiles also tell each other what each flit wants (sm_switch).
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
  parameter  int unsigned RouterLatency = 1,
  parameter  int unsigned CoreDepth   = 4,
  parameter  int unsigned LookAhead   = 0,
  localparam int unsigned FlitsHigh  = sm_pkg::Ports * sm_pkg::FlitWidth - 1,
  localparam int unsigned PortBits   = $bits(sm_pkg::PortLocal)
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
  // With LookAhead: what each flit wants here, and at the next router.
  input  logic [sm_pkg::Ports*PortBits-1:PortBits] want_i /*verilator public_flat_rd*/,
  output logic [sm_pkg::Ports*PortBits-1:PortBits] want_o,

  output sm_pkg::retire_tile_t retire_o,
  output logic                 retire_any_o  // some valid bit of retire_o is set
);
  /*verilator no_inline_module*/
  localparam int unsigned P = sm_pkg::Ports;
  localparam int unsigned W = sm_pkg::FlitWidth;

  sm_build_check #(
    .Neurons(Neurons), .Synapses(Synapses), .Axons(Axons), .Fanouts(Fanouts), .Plastics(Plastics),
    .Lanes(Lanes), .WeightBits(WeightBits), .DecayBits(DecayBits), .DelayMax(DelayMax),
    .RouterDepth(RouterDepth), .LinkLatency(LinkLatency), .RouterLatency(RouterLatency),
    .CoreDepth(CoreDepth)
  ) u_build_check ();

  // Into and out of the router
  logic [P-1:0] in_valid, in_ready, out_valid, out_ready;
  logic [P*W-1:0] in_flit, out_flit;
  logic [P-1:0] stage_busy;
  logic core_valid, core_ready;  // out of the core
  logic [W-1:0] core_flit;
  logic [PortBits-1:0] core_want, local_want;
  logic router_busy, core_busy;
  assign busy_o = router_busy || core_busy || stage_busy != '0;
  assign valid_o = out_valid[P-1:1];
  assign flit_o = out_flit[P*W-1:W];
  assign out_ready[P-1:1] = ready_i;

  if (LookAhead == 0) begin : gen_alone
    for (genvar p = 1; p < P; p++) begin : gen_port
      sm_link #(
        .Latency(LinkLatency + RouterLatency - 1)
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
    logic unused_want;
    assign unused_want = ^{want_i, local_want};
    assign want_o = '0;
  end else begin : gen_ahead
    logic [P*PortBits-1:0] in_want, out_want;
    for (genvar p = 1; p < P; p++) begin : gen_port
      sm_link #(
        .Latency(LinkLatency + RouterLatency - 1),
        .Width  (PortBits + W)
      ) u_link (
        .clk_i,
        .rst_ni,
        .valid_i(valid_i[p]),
        .flit_i ({want_i[p*PortBits+:PortBits], flit_i[p*W+:W]}),
        .ready_o(ready_o[p]),
        .valid_o(in_valid[p]),
        .flit_o ({in_want[p*PortBits+:PortBits], in_flit[p*W+:W]}),
        .ready_i(in_ready[p]),
        .busy_o (stage_busy[p])
      );
    end

    assign in_want[sm_pkg::PortLocal*PortBits+:PortBits] = local_want;
    sm_switch #(
      .RouterDepth(RouterDepth)
    ) u_switch (
      .clk_i,
      .rst_ni,
      .x_i,
      .y_i,
      .valid_i(in_valid),
      .flit_i (in_flit),
      .want_i (in_want),
      .ready_o(in_ready),
      .valid_o(out_valid),
      .flit_o (out_flit),
      .want_o (out_want),
      .ready_i(out_ready),
      .busy_o (router_busy)
    );
    logic unused_local;  // the core is the end of the way
    assign unused_local = ^out_want[sm_pkg::PortLocal*PortBits+:PortBits];
    assign want_o = out_want[P*PortBits-1:PortBits];
  end

  sm_link #(
    .Latency(RouterLatency),
    .Width  (PortBits + W)
  ) u_local (
    .clk_i,
    .rst_ni,
    .valid_i(core_valid),
    .flit_i ({core_want, core_flit}),
    .ready_o(core_ready),
    .valid_o(in_valid[sm_pkg::PortLocal]),
    .flit_o ({local_want, in_flit[sm_pkg::PortLocal*W+:W]}),
    .ready_i(in_ready[sm_pkg::PortLocal]),
    .busy_o (stage_busy[sm_pkg::PortLocal])
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
    .valid_o       (core_valid),
    .flit_o        (core_flit),
    .want_o        (core_want),
    .ready_i       (core_ready),
    .retire_fire_o (fire),
    .retire_acc_o  (acc),
    .retire_write_o(write),
    .retire_weight_o(weight)
  );

  // Retire: a flit was pushed into an input buffer of the router.
  logic [P-1:0] pushed;
  sm_pkg::retire_flit_t from_local, from_north, from_east, from_south, from_west;
  assign pushed = in_valid & in_ready & {P{rst_ni}};
  assign from_local.valid = pushed[sm_pkg::PortLocal];
  assign from_local.flit = in_flit[sm_pkg::PortLocal*W+:W];
  assign from_north.valid = pushed[sm_pkg::PortNorth];
  assign from_north.flit = in_flit[sm_pkg::PortNorth*W+:W];
  assign from_east.valid = pushed[sm_pkg::PortEast];
  assign from_east.flit = in_flit[sm_pkg::PortEast*W+:W];
  assign from_south.valid = pushed[sm_pkg::PortSouth];
  assign from_south.flit = in_flit[sm_pkg::PortSouth*W+:W];
  assign from_west.valid = pushed[sm_pkg::PortWest];
  assign from_west.flit = in_flit[sm_pkg::PortWest*W+:W];

  sm_pkg::retire_acc_t acc0, acc1, acc2, acc3;
  sm_pkg::retire_weight_t weight0, weight1, weight2, weight3;
  assign {acc3, acc2, acc1, acc0} = acc;
  assign {weight3, weight2, weight1, weight0} = weight;
  always_comb begin
    retire_o.flit_local = from_local;
    retire_o.flit_north = from_north;
    retire_o.flit_east = from_east;
    retire_o.flit_south = from_south;
    retire_o.flit_west = from_west;
    retire_o.fire = fire;
    retire_o.acc0 = acc0;
    retire_o.acc1 = acc1;
    retire_o.acc2 = acc2;
    retire_o.acc3 = acc3;
    retire_o.write = write;
    retire_o.weight0 = weight0;
    retire_o.weight1 = weight1;
    retire_o.weight2 = weight2;
    retire_o.weight3 = weight3;
  end
  assign retire_any_o = pushed != '0 || fire.valid || write.valid
      || acc0.valid || acc1.valid || acc2.valid || acc3.valid
      || weight0.valid || weight1.valid || weight2.valid || weight3.valid;
endmodule
