// SPDX-License-Identifier: Apache-2.0
// Look-ahead routing: which output a flit will ask for at the next router, for each output by which
// it may leave this one (docs/blocks/noc.md, "Look-ahead"). No state.
//
// It knows what XY order leaves open: a flit on its way along Y never turns back to X. Its sibling
// sm_route tells what a flit asks for here, whatever way it came.
module sm_ahead #(
  localparam int unsigned PortBits = $bits(sm_pkg::PortLocal)
) (
  input  sm_pkg::flit_t                     flit_i,
  input  logic [sm_pkg::CoordBits-1:0]      y_i,           // of this router
  input  logic [sm_pkg::CoordBits-1:0]      east_x_i,      // of its neighbours
  input  logic [sm_pkg::CoordBits-1:0]      west_x_i,
  input  logic [sm_pkg::CoordBits-1:0]      south_y_i,
  input  logic [sm_pkg::CoordBits-1:0]      north_y_i,
  input  logic                              west_turns_i,  // a flit to the host turns north there
  input  logic                              north_ends_i,  // it turns to the host link there
  output logic [sm_pkg::Ports*PortBits-1:0] want_o         // by output of this router
);
  logic [PortBits-1:0] along_y, by_north, by_east, by_south, by_west;
  logic [sm_pkg::CoordBits-1:0] y;
  logic south;
  assign y = flit_i.y;
  always_comb begin
    south = 1'b0;  // bit by bit, as in sm_route
    for (int unsigned b = 0; b < sm_pkg::CoordBits; b++) if (y[b] != y_i[b]) south = y[b];
  end
  always_comb begin
    if (flit_i.y == y_i) along_y = sm_pkg::PortLocal;
    else if (south) along_y = sm_pkg::PortSouth;
    else along_y = sm_pkg::PortNorth;

    by_east = flit_i.x == east_x_i ? along_y : sm_pkg::PortEast;
    by_south = flit_i.y == south_y_i ? sm_pkg::PortLocal : sm_pkg::PortSouth;
    if (flit_i.host) begin
      by_west = west_turns_i ? sm_pkg::PortNorth : sm_pkg::PortWest;
      by_north = north_ends_i ? sm_pkg::PortWest : sm_pkg::PortNorth;
    end else begin
      by_west = flit_i.x == west_x_i ? along_y : sm_pkg::PortWest;
      by_north = flit_i.y == north_y_i ? sm_pkg::PortLocal : sm_pkg::PortNorth;
    end
  end
  assign want_o[sm_pkg::PortLocal*PortBits+:PortBits] = '0;
  assign want_o[sm_pkg::PortNorth*PortBits+:PortBits] = by_north;
  assign want_o[sm_pkg::PortEast*PortBits+:PortBits] = by_east;
  assign want_o[sm_pkg::PortSouth*PortBits+:PortBits] = by_south;
  assign want_o[sm_pkg::PortWest*PortBits+:PortBits] = by_west;

  logic unused_payload;
  assign unused_payload = ^{flit_i.kind, flit_i.mode, flit_i.addr, flit_i.data};
endmodule
