// SPDX-License-Identifier: Apache-2.0
// The routing table of docs/blocks/noc.md: which output the head of an input buffer asks for. No
// state. XY order never turns from Y back to X, so no cycle of waiting buffers can form.
module sm_route (
  input  logic [sm_pkg::CoordBits-1:0] x_i,
  input  logic [sm_pkg::CoordBits-1:0] y_i,
  input  logic                         valid_i,
  input  sm_pkg::flit_t                flit_i,
  output logic [    sm_pkg::Ports-1:0] want_o   // one-hot, zero without valid_i
);
  always_comb begin
    want_o = '0;
    if (flit_i.host) begin
      if (x_i == '0 && y_i != '0) want_o[sm_pkg::PortNorth] = valid_i;
      else want_o[sm_pkg::PortWest] = valid_i;
    end else if (flit_i.x != x_i) begin
      if (flit_i.x > x_i) want_o[sm_pkg::PortEast] = valid_i;
      else want_o[sm_pkg::PortWest] = valid_i;
    end else if (flit_i.y != y_i) begin
      if (flit_i.y > y_i) want_o[sm_pkg::PortSouth] = valid_i;
      else want_o[sm_pkg::PortNorth] = valid_i;
    end else begin
      want_o[sm_pkg::PortLocal] = valid_i;
    end
  end

  logic unused_payload;
  assign unused_payload = ^{flit_i.kind, flit_i.mode, flit_i.addr, flit_i.data};
endmodule
