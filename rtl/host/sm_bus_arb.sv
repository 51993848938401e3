// SPDX-License-Identifier: Apache-2.0
// Arbiter of the internal bus: two masters, one request at a time (docs/blocks/host_tile.md,
// "Bus").
//
// A master holds its request until it is answered. The bus belongs to it until then; with two
// waiting the masters alternate. A single master pays no cycle. It does not look at addresses:
// sm_host_regs and sm_tile_port each know theirs.
module sm_bus_arb (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  // masters
  input  logic                        m0_valid_i,
  input  logic                        m0_write_i,
  input  sm_pkg::tile_t               m0_tile_i,
  input  logic [sm_pkg::AddrBits-1:0] m0_addr_i,
  input  logic [31:0]                 m0_wdata_i,
  output logic                        m0_answer_o,
  input  logic                        m1_valid_i,
  input  logic                        m1_write_i,
  input  sm_pkg::tile_t               m1_tile_i,
  input  logic [sm_pkg::AddrBits-1:0] m1_addr_i,
  input  logic [31:0]                 m1_wdata_i,
  output logic                        m1_answer_o,
  // slaves
  output logic                        valid_o,
  output logic                        write_o,
  output sm_pkg::tile_t               tile_o,
  output logic [sm_pkg::AddrBits-1:0] addr_o,
  output logic [31:0]                 wdata_o,
  input  logic                        answer_i
);

  logic busy_q;   // the owner waits for its answer
  logic owner_q;  // the master that had the bus last, or has it
  logic owner;

  always_comb begin
    if (busy_q) owner = owner_q;
    else if (m0_valid_i && m1_valid_i) owner = !owner_q;
    else owner = m1_valid_i;
  end

  assign valid_o     = owner ? m1_valid_i : m0_valid_i;
  assign write_o     = owner ? m1_write_i : m0_write_i;
  assign tile_o      = owner ? m1_tile_i : m0_tile_i;
  assign addr_o      = owner ? m1_addr_i : m0_addr_i;
  assign wdata_o     = owner ? m1_wdata_i : m0_wdata_i;
  assign m0_answer_o = answer_i && !owner;
  assign m1_answer_o = answer_i && owner;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_q  <= 1'b0;
      owner_q <= 1'b1;  // master 0 comes first
    end else begin
      busy_q <= valid_o && !answer_i;
      if (valid_o) owner_q <= owner;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assert (!answer_i || busy_q);
      assert (!busy_q || valid_o);
    end
  end
`endif

endmodule
