// SPDX-License-Identifier: Apache-2.0
// Accumulators of one lane, at {slot, group}, and the datapath that adds weights to them
// (sm_synapse; docs/blocks/core.md). Update reads and clears those of the slot that is due; Config
// and sweep come at a step boundary only. The synapse memory itself is in sm_lane.
module sm_accumulators #(
  parameter  int unsigned Neurons    = 256,
  parameter  int unsigned Lanes      = 1,
  parameter  int unsigned WeightBits = 16,
  parameter  int unsigned SlotBits   = 4,
  localparam int unsigned NeuronBits = $clog2(Neurons),
  localparam int unsigned Groups     = Neurons / Lanes,
  localparam int unsigned GroupBits  = $clog2(Groups),
  localparam int unsigned FlagBits   = Groups < 16 ? Groups : 16,
  localparam int unsigned FlagWords  = Groups / FlagBits,
  localparam int unsigned WordBits   = FlagWords > 1 ? $clog2(FlagWords) : 1,
  localparam int unsigned Accs       = Groups << SlotBits,
  localparam int unsigned AccBits    = $clog2(Accs)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  // Config and sweep
  input  logic                  write_i,
  input  logic                  read_i,
  input  logic [   AccBits-1:0] index_i,
  input  logic [sm_pkg::AccBits-1:0] word_i,                // zero in a sweep
  input  logic                  sweep_i,
  input  logic [   AccBits-1:0] sweep_addr_i,
  // Update
  input  logic [  SlotBits-1:0] slot_i,                // of this step
  input  logic [  SlotBits-1:0] begin_slot_i,          // of the flags that are read and taken
  input  logic                  flags_read_i,
  input  logic [  WordBits-1:0] flags_word_i,
  output logic [  FlagBits-1:0] flags_o,               // in the cycle after: not zero
  input  logic                  flags_take_i,
  input  logic [  WordBits-1:0] taken_word_i,
  output logic                  flags_busy_o,
  input  logic                  update_read_i,
  input  logic [ GroupBits-1:0] update_read_group_i,
  input  logic                  update_write_i,        // clears
  input  logic [ GroupBits-1:0] update_write_group_i,
  // Integrate
  input  logic [           3:0] synapse_valid_i,
  input  logic [WeightBits-1:0] weight_i,              // these three: with synapse_valid_i[0]
  input  logic [  SlotBits-1:0] delay_i,
  input  logic [NeuronBits-1:0] target_i,
  output logic                  deliver_o,             // an accumulator is written
  output logic [  SlotBits-1:0] deliver_slot_o,
  output logic [ GroupBits-1:0] deliver_group_o,
  output logic [          23:0] deliver_value_o,
  output logic [          23:0] acc_o                  // of the last read
);
  logic add_read;
  logic [SlotBits-1:0] add_slot;
  logic [GroupBits-1:0] add_group;
  sm_synapse #(
    .Lanes     (Lanes),
    .NeuronBits(NeuronBits),
    .WeightBits(WeightBits),
    .SlotBits  (SlotBits),
    .GroupBits (GroupBits)
  ) u_synapse (
    .clk_i, .rst_ni,
    .valid_i      (synapse_valid_i),
    .slot_i,
    .weight_i,
    .delay_i,
    .target_i,
    .read_o       (add_read),
    .read_slot_o  (add_slot),
    .read_group_o (add_group),
    .acc_i        (acc_o),
    .write_o      (deliver_o),
    .write_slot_o (deliver_slot_o),
    .write_group_o(deliver_group_o),
    .write_value_o(deliver_value_o)
  );

  localparam int unsigned Shift = $clog2(Groups);
  logic [AccBits-1:0] read_addr, write_addr;
  logic [23:0] write_data;
  always_comb begin
    // The group that Update visits comes late: what it comes from decides nothing here.
    read_addr = (AccBits'(slot_i) << Shift) | AccBits'(update_read_group_i);
    if (add_read) read_addr = (AccBits'(add_slot) << Shift) | AccBits'(add_group);
    else if (read_i) read_addr = index_i;
  end
  always_comb begin
    write_addr = sweep_i ? sweep_addr_i : index_i;
    write_data = word_i;
    if (update_write_i) begin
      write_addr = (AccBits'(slot_i) << Shift) | AccBits'(update_write_group_i);
      write_data = '0;
    end else if (deliver_o) begin
      write_addr = (AccBits'(deliver_slot_o) << Shift) | AccBits'(deliver_group_o);
      write_data = deliver_value_o;
    end
  end
  sm_ram_1r1w #(
    .Width(24),
    .Depth(Accs)
  ) u_ram (
    .clk_i,
    .wr_en_i  (update_write_i || deliver_o || write_i || sweep_i),
    .wr_addr_i(write_addr),
    .wr_data_i(write_data),
    .rd_en_i  (update_read_i || add_read || read_i),
    .rd_addr_i(read_addr),
    .rd_data_o(acc_o)
  );

  // ------------------------------------------------------------------------------------------
  // Flags: of deliveries, and of what Config writes
  localparam int unsigned WordShift = $clog2(FlagWords);
  localparam int unsigned SlotWords = FlagWords << SlotBits;
  localparam int unsigned SlotWordBits = $clog2(SlotWords);
  logic [1:0] written_q;
  logic [SlotWordBits-1:0] taken;
  logic sweep_in_flags;
  sm_within #(.Depth(SlotWords), .AddrBits(AccBits)) u_in_flags (
    .clk_i, .sweep_i, .addr_i(sweep_addr_i), .within_o(sweep_in_flags)
  );
  always_ff @(posedge clk_i) written_q <= {written_q[0], word_i != '0};
  assign taken = (SlotWordBits'(begin_slot_i) << WordShift) | SlotWordBits'(taken_word_i);
  sm_nonzero #(
    .Groups  (Groups),
    .SlotBits(SlotBits)
  ) u_nonzero (
    .clk_i, .rst_ni,
    .change_i    (add_read || write_i),
    .acc_i       (add_read ? read_addr : index_i),
    .nonzero_i   (deliver_o ? deliver_value_o != '0 : written_q[1]),
    .busy_o      (flags_busy_o),
    .read_i      (flags_read_i),
    .read_word_i ((SlotWordBits'(begin_slot_i) << WordShift) | SlotWordBits'(flags_word_i)),
    .flags_o,
    .clear_i     (flags_take_i || (sweep_i && sweep_in_flags)),
    .clear_word_i(sweep_i ? SlotWordBits'(sweep_addr_i) : taken)
  );

`ifndef SYNTHESIS
  // One user a port and cycle.
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assert (!(update_write_i && deliver_o)) else $stop;
      assert (!(deliver_o && (write_i || sweep_i))) else $stop;
      assert (!(add_read && (update_read_i || read_i))) else $stop;
    end
  end
`endif
endmodule
