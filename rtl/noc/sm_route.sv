// SPDX-License-Identifier: Apache-2.0
// The routing table of docs/blocks/noc.md: which output of the router at (x, y) a flit asks for. No
// state. XY order never turns from Y back to X, so no cycle of waiting buffers can form. Its
// sibling sm_ahead tells what a flit asks for at the next router.
module sm_route #(
  localparam int unsigned PortBits = $bits(sm_pkg::PortLocal)
) (
  input  logic [sm_pkg::CoordBits-1:0] x_i,
  input  logic [sm_pkg::CoordBits-1:0] y_i,
  input  sm_pkg::flit_t                flit_i,
  output logic [         PortBits-1:0] want_o
);
  // Bit by bit: over so few, a carry chain would take longer.
  logic [sm_pkg::CoordBits-1:0] x, y;
  logic east, south;
  assign x = flit_i.x;
  assign y = flit_i.y;
  always_comb begin
    east = 1'b0;
    south = 1'b0;
    for (int unsigned b = 0; b < sm_pkg::CoordBits; b++) begin
      if (x[b] != x_i[b]) east = x[b];
      if (y[b] != y_i[b]) south = y[b];
    end
  end

  always_comb begin
    if (flit_i.host) begin
      want_o = x_i == '0 && y_i != '0 ? sm_pkg::PortNorth : sm_pkg::PortWest;
    end else if (flit_i.x != x_i) begin
      want_o = east ? sm_pkg::PortEast : sm_pkg::PortWest;
    end else if (flit_i.y != y_i) begin
      want_o = south ? sm_pkg::PortSouth : sm_pkg::PortNorth;
    end else begin
      want_o = sm_pkg::PortLocal;
    end
  end

  logic unused_payload;
  assign unused_payload = ^{flit_i.kind, flit_i.mode, flit_i.addr, flit_i.data};
endmodule
