// SPDX-License-Identifier: Apache-2.0
// Walks the groups of neurons through Update, one a cycle (docs/blocks/core.md). Starting in cycle
// u it reads group g in u + 1 + g and writes it back in u + 7 + g; it is busy up to and including
// the last write. The arithmetic is in sm_neuron, one for each lane; when to start is decided in
// sm_phase.
module sm_update #(
  parameter  int unsigned Neurons   = 256,
  parameter  int unsigned Lanes     = 1,
  localparam int unsigned Groups    = Neurons / Lanes,
  localparam int unsigned GroupBits = $clog2(Groups)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 start_i,
  input  logic                 due_i,          // with start_i: adaptive thresholds decay
  output logic                 busy_o,
  output logic                 due_o,          // held for the whole of Update
  output logic                 read_o,
  output logic [GroupBits-1:0] read_group_o,
  output logic [          5:0] valid_o,        // bit k: k + 1 cycles past a read; bit 5: write back
  output logic [GroupBits-1:0] write_group_o,

  input  logic [    Lanes-1:0] changed_i,      // with valid_o[5], as the next two
  input  logic [    Lanes-1:0] adapted_i,
  output logic                 done_o,         // the last group is written back
  output logic                 changed_o,      // with done_o: some neuron changed
  output logic                 adapted_o       // with done_o: some adaptive threshold is not zero
);
  localparam logic [GroupBits-1:0] Last = GroupBits'(Groups - 1);
  logic changed_q, adapted_q;
  assign done_o = valid_o[5] && write_group_o == Last;
  assign changed_o = changed_q || changed_i != '0;
  assign adapted_o = adapted_q || adapted_i != '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_o <= 1'b0;
      read_o <= 1'b0;
      valid_o <= '0;
    end else begin
      if (start_i) busy_o <= 1'b1;
      else if (done_o) busy_o <= 1'b0;
      if (start_i) read_o <= 1'b1;
      else if (read_group_o == Last) read_o <= 1'b0;
      valid_o <= {valid_o[4:0], read_o};
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      due_o <= due_i;
      read_group_o <= '0;
      write_group_o <= '0;
      changed_q <= 1'b0;
      adapted_q <= 1'b0;
    end else begin
      if (read_o) read_group_o <= read_group_o + GroupBits'(1);
      if (valid_o[5]) begin
        write_group_o <= write_group_o + GroupBits'(1);
        changed_q <= changed_o;
        adapted_q <= adapted_o;
      end
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) assert (!(start_i && busy_o)) else $stop;
  end
`endif
endmodule
