// SPDX-License-Identifier: Apache-2.0
// Memory with one write port and one read port of one cycle, written so that every FPGA infers
// block RAM.
//
// rd_data_o holds while rd_en_i is low. A read of the word that is written in the same cycle gives
// the old word in simulation and is undefined in a block RAM (no_rw_check): users forward it, or do
// not use what they read then. There is no reset: a word is undefined until it is written (sm_sweep
// clears the memories of a core). For a memory whose head shows in the same cycle see sm_fifo; for
// a FIFO in block RAM see sm_fifo_ram.
module sm_ram_1r1w #(
  parameter  int unsigned Width    = 8,
  parameter  int unsigned Depth    = 16,
  localparam int unsigned AddrBits = Depth > 1 ? $clog2(Depth) : 1
) (
  input  logic                clk_i,
  input  logic                wr_en_i,
  input  logic [AddrBits-1:0] wr_addr_i,
  input  logic [   Width-1:0] wr_data_i,
  input  logic                rd_en_i,
  input  logic [AddrBits-1:0] rd_addr_i,
  output logic [   Width-1:0] rd_data_o
);
  (* no_rw_check *) logic [Width-1:0] mem[Depth];

  always_ff @(posedge clk_i) begin
    if (wr_en_i) mem[wr_addr_i] <= wr_data_i;
  end

  always_ff @(posedge clk_i) begin
    if (rd_en_i) rd_data_o <= mem[rd_addr_i];
  end

`ifndef SYNTHESIS
  initial begin
    assert (Width >= 1);
    assert (Depth >= 1);
  end
  // An address beyond the last word is a bug of the user (a depth need not be a power of two).
  always_ff @(posedge clk_i) begin
    if (wr_en_i) assert (32'(wr_addr_i) < Depth) else $stop;
    if (rd_en_i) assert (32'(rd_addr_i) < Depth) else $stop;
  end
`endif
endmodule
