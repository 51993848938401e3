// SPDX-License-Identifier: Apache-2.0
// MeshW x MeshH tiles, their links, and the host link at the west port of tile (0,0)
// (docs/blocks/noc.md). Wiring only.
//
// The stages of a link belong to its receiving end: those towards a tile are in sm_tile, those
// towards the host are here, and the input buffer of the host tile is in the host tile. Tile (x, y)
// has the index y * MeshW + x in all vectors.
module sm_mesh #(
  parameter int unsigned MeshW       = 4,
  parameter int unsigned MeshH       = 4,
  parameter int unsigned Neurons     = 256,
  parameter int unsigned Synapses    = 8192,
  parameter int unsigned Axons       = 1024,
  parameter int unsigned Fanouts     = 1024,
  parameter int unsigned Plastics    = 2048,
  parameter int unsigned Lanes       = 1,
  parameter int unsigned WeightBits  = 16,
  parameter int unsigned DecayBits   = 12,
  parameter int unsigned DelayMax    = 15,
  parameter int unsigned RouterDepth = 4,
  parameter int unsigned LinkLatency = 1,
  parameter int unsigned RouterLatency = 1,
  parameter int unsigned CoreDepth   = 4
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,
  input  logic [sm_pkg::BroadcastWidth-1:0] broadcast_i,   // broadcast_t, as the tiles see it
  output logic [           MeshW*MeshH-1:0] busy_o,        // leaves of the quiet tree
  output logic [           MeshW*MeshH-1:0] learn_need_o,  // leaves of its twin
  input  logic                              host_valid_i,  // host link towards tile (0,0)
  input  sm_pkg::flit_t                     host_flit_i,
  output logic                              host_ready_o,
  output logic                              host_valid_o,  // host link towards the host tile
  output sm_pkg::flit_t                     host_flit_o,
  input  logic                              host_ready_i,
  output logic                              host_link_busy_o,  // a stage towards the host is full
  output logic [MeshW*MeshH*sm_pkg::RetireTileWidth-1:0] retire_o,  // retire_tile_t for each tile
  output logic [           MeshW*MeshH-1:0] retire_any_o   // some valid bit of this tile is set
);
  localparam int unsigned Tiles = MeshW * MeshH;
  localparam int unsigned P = sm_pkg::Ports;
  localparam int unsigned W = sm_pkg::FlitWidth;
  localparam int unsigned B = $bits(sm_pkg::PortLocal);
  localparam int unsigned North = 32'(sm_pkg::PortNorth);
  localparam int unsigned East = 32'(sm_pkg::PortEast);
  localparam int unsigned South = 32'(sm_pkg::PortSouth);
  localparam int unsigned West = 32'(sm_pkg::PortWest);

  // Of tile t and port p, at t * P + p: what the tile offers there (with what it wants at the next
  // router), and whether it takes what is offered to it.
  logic [Tiles*P-1:0] valid, ready;
  logic [Tiles*P*W-1:0] flit;
  logic [Tiles*P*B-1:0] want;
  logic [B-1:0] host_want;
  logic host_stage_ready;

  for (genvar y = 0; y < MeshH; y++) begin : gen_row
    for (genvar x = 0; x < MeshW; x++) begin : gen_column
      localparam int unsigned T = y * MeshW + x;
      logic [P-1:1] in_valid, out_ready;
      logic [P*W-1:W] in_flit;
      logic [P*B-1:B] in_want;

      if (y > 0) begin : gen_north
        assign in_valid[North] = valid[(T-MeshW)*P+South];
        assign in_flit[North*W+:W] = flit[((T-MeshW)*P+South)*W+:W];
        assign in_want[North*B+:B] = want[((T-MeshW)*P+South)*B+:B];
        assign out_ready[North] = ready[(T-MeshW)*P+South];
      end else begin : gen_north_edge
        assign in_valid[North] = 1'b0;
        assign in_flit[North*W+:W] = '0;
        assign in_want[North*B+:B] = '0;
        assign out_ready[North] = 1'b0;
      end
      if (x + 1 < MeshW) begin : gen_east
        assign in_valid[East] = valid[(T+1)*P+West];
        assign in_flit[East*W+:W] = flit[((T+1)*P+West)*W+:W];
        assign in_want[East*B+:B] = want[((T+1)*P+West)*B+:B];
        assign out_ready[East] = ready[(T+1)*P+West];
      end else begin : gen_east_edge
        assign in_valid[East] = 1'b0;
        assign in_flit[East*W+:W] = '0;
        assign in_want[East*B+:B] = '0;
        assign out_ready[East] = 1'b0;
      end
      if (y + 1 < MeshH) begin : gen_south
        assign in_valid[South] = valid[(T+MeshW)*P+North];
        assign in_flit[South*W+:W] = flit[((T+MeshW)*P+North)*W+:W];
        assign in_want[South*B+:B] = want[((T+MeshW)*P+North)*B+:B];
        assign out_ready[South] = ready[(T+MeshW)*P+North];
      end else begin : gen_south_edge
        assign in_valid[South] = 1'b0;
        assign in_flit[South*W+:W] = '0;
        assign in_want[South*B+:B] = '0;
        assign out_ready[South] = 1'b0;
      end
      if (x > 0) begin : gen_west
        assign in_valid[West] = valid[(T-1)*P+East];
        assign in_flit[West*W+:W] = flit[((T-1)*P+East)*W+:W];
        assign in_want[West*B+:B] = want[((T-1)*P+East)*B+:B];
        assign out_ready[West] = ready[(T-1)*P+East];
      end else if (y == 0) begin : gen_host
        assign in_valid[West] = host_valid_i;
        assign in_flit[West*W+:W] = host_flit_i;
        assign in_want[West*B+:B] = host_want;
        assign out_ready[West] = host_stage_ready;
      end else begin : gen_west_edge
        assign in_valid[West] = 1'b0;
        assign in_flit[West*W+:W] = '0;
        assign in_want[West*B+:B] = '0;
        assign out_ready[West] = 1'b0;
      end

      assign valid[T*P] = 1'b0;  // the local port is inside the tile
      assign ready[T*P] = 1'b0;
      assign flit[T*P*W+:W] = '0;
      assign want[T*P*B+:B] = '0;
      sm_tile #(
        .Neurons    (Neurons),
        .Synapses   (Synapses),
        .Axons      (Axons),
        .Fanouts    (Fanouts),
        .Plastics   (Plastics),
        .Lanes      (Lanes),
        .WeightBits (WeightBits),
        .DecayBits  (DecayBits),
        .DelayMax   (DelayMax),
        .RouterDepth(RouterDepth),
        .LinkLatency(LinkLatency),
        .RouterLatency(RouterLatency),
        .CoreDepth  (CoreDepth),
        .LookAhead  (1)
      ) u_tile (
        .clk_i,
        .rst_ni,
        .x_i         (sm_pkg::CoordBits'(x)),
        .y_i         (sm_pkg::CoordBits'(y)),
        .broadcast_i (broadcast_i),
        .busy_o      (busy_o[T]),
        .learn_need_o(learn_need_o[T]),
        .valid_i     (in_valid),
        .flit_i      (in_flit),
        .ready_o     (ready[T*P+1+:P-1]),
        .valid_o     (valid[T*P+1+:P-1]),
        .flit_o      (flit[(T*P+1)*W+:(P-1)*W]),
        .ready_i     (out_ready),
        .want_i      (in_want),
        .want_o      (want[(T*P+1)*B+:(P-1)*B]),
        .retire_o    (retire_o[T*sm_pkg::RetireTileWidth+:sm_pkg::RetireTileWidth]),
        .retire_any_o(retire_any_o[T])
      );
    end
  end

  sm_route u_host_route (
    .x_i   ('0),
    .y_i   ('0),
    .flit_i(host_flit_i),
    .want_o(host_want)
  );
  assign host_ready_o = ready[West];
  sm_link #(
    .Latency(LinkLatency)
  ) u_host_link (
    .clk_i,
    .rst_ni,
    .valid_i(valid[West]),
    .flit_i (flit[West*W+:W]),
    .ready_o(host_stage_ready),
    .valid_o(host_valid_o),
    .flit_o (host_flit_o),
    .ready_i(host_ready_i),
    .busy_o (host_link_busy_o)
  );

  // Nothing is routed over the other edges: their values are not used.
  logic unused_edges;
  assign unused_edges = ^{valid, ready, flit, want};
  sm_build_check #(.MeshW(MeshW), .MeshH(MeshH)) u_build_check ();

endmodule
