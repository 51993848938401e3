// SPDX-License-Identifier: Apache-2.0
// Integrate of one lane: the words that its synapse memory gives are added to accumulators, one a
// cycle, without a stall.
//
//   cycle after the read of the word   valid_i   what
//   1                                  0         memory output, registered
//   2                                  1         read of accumulator {(slot + delay) mod S, group}
//   3                                  2         memory output, registered
//   4                                  3         add and write
//
// A sum that an operation one or two cycles ahead is about to write, or writes, is taken from that
// operation. Older ones are in the memory by then. Nothing here knows of rows: sm_integrate walks
// them.
module sm_synapse #(
  parameter  int unsigned Lanes      = 1,
  parameter  int unsigned NeuronBits = 8,
  parameter  int unsigned WeightBits = 16,
  parameter  int unsigned SlotBits   = 4,
  parameter  int unsigned GroupBits  = 8
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic [            3:0] valid_i,
  input  logic [   SlotBits-1:0] slot_i,    // of the step
  input  logic [ WeightBits-1:0] weight_i,
  input  logic [   SlotBits-1:0] delay_i,   // 0: the word is empty
  input  logic [ NeuronBits-1:0] target_i,
  output logic                   read_o,
  output logic [   SlotBits-1:0] read_slot_o,
  output logic [  GroupBits-1:0] read_group_o,
  input  logic [           23:0] acc_i,
  output logic                   write_o,
  output logic [   SlotBits-1:0] write_slot_o,
  output logic [  GroupBits-1:0] write_group_o,
  output logic [           23:0] write_value_o
);
  localparam int unsigned A = SlotBits + GroupBits;
  // The lane replaces the low bits of the target.
  logic [NeuronBits-1:0] target_group;
  assign target_group = target_i >> $clog2(Lanes);

  // 1: the word
  logic signed [WeightBits-1:0] weight1;
  logic [SlotBits-1:0] delay1;
  logic [GroupBits-1:0] group1;
  always_ff @(posedge clk_i) begin
    weight1 <= weight_i;
    delay1 <= delay_i;
    group1 <= GroupBits'(target_group);
  end

  // 2: the accumulator's address
  logic [A-1:0] addr2;
  logic signed [WeightBits-1:0] weight2;
  logic active2;
  assign read_o = valid_i[1] && delay1 != '0;
  assign read_slot_o = slot_i + delay1;
  assign read_group_o = group1;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) active2 <= 1'b0;
    else active2 <= read_o;
    if (read_o) begin
      addr2 <= {read_slot_o, group1};
      weight2 <= weight1;
    end
  end

  // 3: the accumulator. The operation two cycles ahead has just written its sum (registers 4); the
  // one a cycle ahead makes its own in this very cycle, and it is taken in the next.
  logic [A-1:0] addr3, addr4;
  logic signed [WeightBits-1:0] weight3;
  logic active3, active4, follows3;
  logic [23:0] acc3, sum4;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) active3 <= 1'b0;
    else active3 <= active2;
    if (active2) begin
      addr3 <= addr2;
      weight3 <= weight2;
      acc3 <= active4 && addr4 == addr2 ? sum4 : acc_i;
      follows3 <= active3 && addr3 == addr2;
    end
  end

  // 4: add and write; the sum wraps.
  assign write_o = active3;
  assign {write_slot_o, write_group_o} = addr3;
  assign write_value_o = (follows3 ? sum4 : acc3) + 24'(weight3);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) active4 <= 1'b0;
    else active4 <= active3;
    if (active3) begin
      addr4 <= addr3;
      sum4 <= write_value_o;
    end
  end

  logic unused_bits;
  assign unused_bits = ^{target_group, valid_i[0], valid_i[3:2]};  // stages 3 and 4 have `active`

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) assert ((!active2 || valid_i[2]) && (!active3 || valid_i[3])) else $stop;
  end
`endif
endmodule
