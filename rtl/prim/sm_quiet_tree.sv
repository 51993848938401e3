// SPDX-License-Identifier: Apache-2.0
// Whether any leaf is busy: an OR tree with Latency registers at each node (docs/blocks/step.md).
//
// Every leaf has the same number of registers to the root: root_o in cycle c says whether any leaf
// was busy in cycle c - Levels * Latency. What counts as busy, the leaves say themselves.
module sm_quiet_tree #(
  parameter int unsigned Leaves  = 2,
  parameter int unsigned FanIn   = 4,
  parameter int unsigned Levels  = 1,  // max(1, ceil(log(Leaves) / log(FanIn)))
  parameter int unsigned Latency = 1
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic [Leaves-1:0] busy_i,
  output logic              root_o
);

  localparam int unsigned Width = (Leaves + FanIn - 1) / FanIn * FanIn;  // what no node drives is 0

  logic [(Levels+1)*Width-1:0] level;  // Width bits a level, the leaves lowest

  assign level[Width-1:0] = Width'(busy_i);
  assign root_o           = level[Levels*Width];

  for (genvar l = 1; l <= Levels; l++) begin : gen_level
    localparam int unsigned Count = (Leaves + FanIn ** l - 1) / FanIn ** l;  // nodes of this level
    logic [Count-1:0] any_d;
    logic [Latency*Count-1:0] any_q;  // the newest lowest
    for (genvar i = 0; i < Count; i++) begin : gen_node
      assign any_d[i] = |level[(l-1)*Width+i*FanIn+:FanIn];
    end
    always_ff @(posedge clk_i) begin
      if (!rst_ni) any_q <= '0;
      else any_q <= (Latency * Count)'({any_q, any_d});
    end
    assign level[l*Width+:Width] = Width'(any_q[Latency*Count-1-:Count]);
  end

`ifndef SYNTHESIS
  initial assert ((Levels >= 1) && (Latency >= 1) && (FanIn >= 2) && (FanIn ** Levels >= Leaves));
`endif

endmodule
