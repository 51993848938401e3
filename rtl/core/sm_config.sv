// SPDX-License-Identifier: Apache-2.0
// Config: takes write and read flits, one at a time, and turns them into accesses of the core's
// memories (docs/blocks/core.md).
//
// A write accepted in cycle a is done in a + 1, one a cycle. A read accepted in cycle a reads in a
// + 1, gets its word in a + 2, offers the reply from a + 3 on, and takes nothing else until the
// reply is accepted. Which memory a word is in is decided where the memories are (sm_lane,
// sm_core). Errors of address are the bridge's: nothing is refused here.
module sm_config (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  input  logic [ sm_pkg::CoordBits-1:0] x_i,       // of this tile
  input  logic [ sm_pkg::CoordBits-1:0] y_i,
  output logic                          ready_o,   // a write or a read would be accepted
  input  logic                          accept_i,  // only with ready_o
  input  sm_pkg::flit_t                 flit_i,
  output logic                          busy_o,
  input  logic                          clear_i,   // data_o becomes zero, for a sweep: all is idle

  output logic                          write_o,
  output logic                          read_o,
  output logic [sm_pkg::RegionBits-1:0] region_o,
  output logic [ sm_pkg::IndexBits-1:0] index_o,
  output logic [                  31:0] data_o,
  input  logic [                  31:0] word_i,    // two cycles after read_o

  output logic                          valid_o,
  output sm_pkg::flit_t                 flit_o,
  input  logic                          reply_ready_i
);
  logic write_q, read_q, output_q, word_q, valid_q;
  logic [sm_pkg::TileAddrBits-1:0] addr_q;
  logic [31:0] data_q;
  sm_pkg::tile_addr_t addr;
  assign addr = addr_q;
  assign ready_o = !read_q && !output_q && !word_q && !valid_q;
  assign busy_o = write_q || !ready_o;
  assign write_o = write_q;
  assign read_o = read_q;
  assign region_o = addr.region;
  assign index_o = addr.index;
  assign data_o = data_q;
  assign valid_o = valid_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_q <= 1'b0;
      read_q <= 1'b0;
      output_q <= 1'b0;
      word_q <= 1'b0;
      valid_q <= 1'b0;
    end else begin
      write_q <= accept_i && flit_i.kind == sm_pkg::FlitKindWrite;
      read_q <= accept_i && flit_i.kind == sm_pkg::FlitKindRead;
      output_q <= read_q;
      word_q <= output_q;
      if (word_q) valid_q <= 1'b1;
      else if (reply_ready_i) valid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (clear_i) begin
      data_q <= '0;
    end else if (accept_i) begin
      addr_q <= flit_i.addr;
      data_q <= flit_i.data;
    end else if (word_q) begin
      data_q <= word_i;
    end
  end

  always_comb begin
    flit_o = '0;
    flit_o.kind = sm_pkg::FlitKindReply;
    flit_o.mode = sm_pkg::DestModeUnicast;
    flit_o.host = 1'b1;
    flit_o.x = x_i;
    flit_o.y = y_i;
    flit_o.addr = addr_q;
    flit_o.data = data_q;
  end

  logic unused_flit;
  assign unused_flit = ^{flit_i.mode, flit_i.host, flit_i.x, flit_i.y};

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) assert (!accept_i || ready_o) else $stop;
    if (rst_ni && clear_i) assert (!accept_i && !busy_o) else $stop;
  end
`endif
endmodule
