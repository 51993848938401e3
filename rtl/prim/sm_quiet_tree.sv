// SPDX-License-Identifier: Apache-2.0
// Whether any leaf is busy: an OR tree with a register at each node (docs/blocks/step.md).
//
// Every leaf has the same number of registers to the root: root_o in cycle c says whether any leaf
// was busy in cycle c - Depth. What counts as busy, the leaves say themselves.
module sm_quiet_tree #(
  parameter int unsigned Leaves = 2,
  // Levels of registers: max(1, ceil(log(Leaves) / log(TreeFanIn)))
  parameter int unsigned Depth  = 1
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic [Leaves-1:0] busy_i,
  output logic              root_o
);

  localparam int unsigned FanIn = sm_pkg::TreeFanIn;
  localparam int unsigned Width = (Leaves + FanIn - 1) / FanIn * FanIn;  // what no node drives is 0

  logic [(Depth+1)*Width-1:0] level;  // Width bits a level, the leaves lowest

  assign level[Width-1:0] = Width'(busy_i);
  assign root_o           = level[Depth*Width];

  for (genvar l = 1; l <= Depth; l++) begin : gen_level
    localparam int unsigned Count = (Leaves + FanIn ** l - 1) / FanIn ** l;  // nodes of this level
    logic [Count-1:0] any_d, any_q;
    for (genvar i = 0; i < Count; i++) begin : gen_node
      assign any_d[i] = |level[(l-1)*Width+i*FanIn+:FanIn];
    end
    always_ff @(posedge clk_i) begin
      if (!rst_ni) any_q <= '0;
      else any_q <= any_d;
    end
    assign level[l*Width+:Width] = Width'(any_q);
  end

`ifndef SYNTHESIS
  initial assert ((Depth >= 1) && (Leaves >= 1) && (FanIn ** Depth >= Leaves));
`endif

endmodule
