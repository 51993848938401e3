// SPDX-License-Identifier: Apache-2.0
// Whether a sweep, which counts addresses from 0 on, is still within a memory of Depth words
// (sm_sweep). Found a cycle ahead, so that no compare stands before a write port.
module sm_within #(
  parameter int unsigned Depth    = 16,
  parameter int unsigned AddrBits = 8
) (
  input  logic                clk_i,
  input  logic                sweep_i,  // at least one cycle lies between two sweeps
  input  logic [AddrBits-1:0] addr_i,   // with sweep_i
  output logic                within_o  // with sweep_i: addr_i is below Depth
);
  localparam int unsigned Bits = $clog2(Depth);
  localparam logic [Bits-1:0] Last = Bits'(Depth - 1);
  always_ff @(posedge clk_i) within_o <= !sweep_i || (within_o && addr_i[Bits-1:0] != Last);

  logic unused_addr;
  assign unused_addr = ^addr_i;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (sweep_i) assert (within_o == (32'(addr_i) < Depth)) else $stop;
  end
`endif
endmodule
