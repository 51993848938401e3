// SPDX-License-Identifier: Apache-2.0
// Emit: each neuron that fired becomes one packet for each entry of its fan-out list, neurons
// ascending, list order (docs/blocks/core.md). Holds the spike list that Update fills; it is
// emptied before the step ends, but its words stay for the Learn phase (sm_learn).
//
// The offer is the output of the fan-out memory itself, which holds until the next read. The next
// neuron is looked for, up to its pointer at the output of its memory, while the entries of the one
// before are sent. The fan-out memory and the lists' memory are outside (sm_core, sm_lane).
module sm_emit #(
  parameter  int unsigned Neurons   = 256,
  parameter  int unsigned Fanouts   = 1024,
  parameter  int unsigned Lanes     = 1,
  localparam int unsigned Groups    = Neurons / Lanes,
  localparam int unsigned GroupBits = $clog2(Groups),
  localparam int unsigned FirstBits = $clog2(Fanouts),
  localparam int unsigned CountBits = FirstBits + 1
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  input  logic                           open_i,            // the core is OPEN, the list complete
  input  logic                           begin_i,           // an Update begins
  input  logic                           push_i,
  input  logic [          GroupBits-1:0] push_group_i,
  input  logic [              Lanes-1:0] push_mask_i,
  output logic                           busy_o,
  output logic                           pointer_read_o,
  output logic [          GroupBits-1:0] pointer_group_o,
  input  logic [    Lanes*FirstBits-1:0] pointer_first_i,   // from the cycle after it on
  input  logic [    Lanes*CountBits-1:0] pointer_count_i,
  input  logic [              Lanes-1:0] pointer_some_i,    // the count is not 0
  input  logic [              Lanes-1:0] plastic_i,         // as these: they can learn
  output logic                           plastic_o,         // such a neuron fired
  // the same list once more, for the Learn phase
  input  logic                           replay_i,          // read its next entry
  output logic                           replay_more_o,
  output logic [          GroupBits-1:0] list_group_o,      // in the cycle after replay_i
  output logic [              Lanes-1:0] list_mask_o,
  output logic                           fanout_read_o,
  output logic [          FirstBits-1:0] fanout_addr_o,
  input  logic [sm_pkg::FanoutWidth-1:0] fanout_i,          // of the last read
  output logic                           valid_o,
  output sm_pkg::flit_t                  flit_o,
  input  logic                           ready_i
);
  typedef enum logic [1:0] {
    Fetch,  // also while there is nothing to fetch
    Pick,
    Point,
    Load
  } state_e;
  state_e state_q, state_d;

  // ------------------------------------------------------------------------------------------
  // Spike list
  localparam int unsigned ListBits = $clog2(Groups + 1);
  logic [ListBits-1:0] listed_q;
  logic [ListBits-1:0] replay_left_q;
  logic [GroupBits-1:0] write_q, read_q, replay_q, list_group;
  logic [Lanes-1:0] list_mask;
  logic fetch;
  assign list_group_o = list_group;
  assign list_mask_o = list_mask;
  assign replay_more_o = replay_left_q != '0;
  assign fetch = state_q == Fetch && open_i && listed_q != '0;
  sm_ram_1r1w #(
    .Width(GroupBits + Lanes),
    .Depth(Groups)
  ) u_list (
    .clk_i,
    .wr_en_i  (push_i),
    .wr_addr_i(write_q),
    .wr_data_i({push_group_i, push_mask_i}),
    .rd_en_i  (fetch || replay_i),
    .rd_addr_i(replay_i ? replay_q : read_q),
    .rd_data_o({list_group, list_mask})
  );
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      listed_q <= '0;
      write_q <= '0;
      read_q <= '0;
    end else begin
      if (push_i) begin
        listed_q <= listed_q + ListBits'(1);
        write_q <= write_q == GroupBits'(Groups - 1) ? '0 : write_q + GroupBits'(1);
      end else if (fetch) begin
        listed_q <= listed_q - ListBits'(1);
        read_q <= read_q == GroupBits'(Groups - 1) ? '0 : read_q + GroupBits'(1);
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      replay_left_q <= '0;
      replay_q <= '0;
    end else if (begin_i) begin
      replay_left_q <= '0;
      replay_q <= write_q;
    end else if (push_i) begin
      replay_left_q <= replay_left_q + ListBits'(1);
    end else if (replay_i) begin
      replay_left_q <= replay_left_q - ListBits'(1);
      replay_q <= replay_q == GroupBits'(Groups - 1) ? '0 : replay_q + GroupBits'(1);
    end
  end

  // ------------------------------------------------------------------------------------------
  // The lowest lane that is left
  logic [GroupBits-1:0] group_q;
  logic [Lanes-1:0] mask_q, lowest;
  logic [FirstBits-1:0] first;
  logic [CountBits-1:0] count;
  always_comb begin
    logic seen;
    seen = 1'b0;
    lowest = '0;
    first = '0;
    count = '0;
    for (int unsigned l = 0; l < Lanes; l++) begin
      lowest[l] = mask_q[l] && !seen;
      seen = seen || mask_q[l];
      first = first | (pointer_first_i[l*FirstBits+:FirstBits] & {FirstBits{lowest[l]}});
      count = count | (pointer_count_i[l*CountBits+:CountBits] & {CountBits{lowest[l]}});
    end
  end

  // ------------------------------------------------------------------------------------------
  // States of the search, and the neuron whose entries are sent
  logic [FirstBits-1:0] next_q;
  logic [CountBits-1:0] left_q;
  logic valid_q, read, free, leave, take;
  assign read = left_q != '0 && (!valid_q || ready_i);
  assign free = left_q == '0 || (read && left_q == CountBits'(1));
  assign leave = state_q == Load && ((pointer_some_i & lowest) == '0 || free);
  // What is free takes a list without a look at it, as it comes late from a block RAM: an empty one
  // leaves it free.
  assign take = state_q == Load && free;

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      Fetch: if (fetch) state_d = Pick;
      Pick: state_d = Point;
      Point: state_d = Load;
      default: if (leave) state_d = mask_q != lowest ? Point : Fetch;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= Fetch;
      left_q <= '0;
      valid_q <= 1'b0;
    end else begin
      state_q <= state_d;
      if (take) left_q <= count;
      else if (read) left_q <= left_q - CountBits'(1);
      if (read) valid_q <= 1'b1;
      else if (ready_i) valid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_q == Pick) begin
      group_q <= list_group;
      mask_q <= list_mask;
    end else if (leave) begin
      mask_q <= mask_q & ~lowest;
    end
    if (take) next_q <= first;
    else if (read) next_q <= next_q + FirstBits'(1);
  end

  assign plastic_o = state_q == Load && (plastic_i & lowest) != '0;
  assign pointer_read_o = state_q == Point;
  assign pointer_group_o = group_q;
  assign fanout_read_o = read;
  assign fanout_addr_o = next_q;
  assign busy_o = listed_q != '0 || state_q != Fetch || left_q != '0 || valid_q;

  // ------------------------------------------------------------------------------------------
  // The offer
  sm_pkg::fanout_t entry;
  assign entry = fanout_i;
  assign valid_o = valid_q;
  always_comb begin
    flit_o = '0;
    flit_o.kind = sm_pkg::FlitKindSpike;
    flit_o.mode = entry.mode;
    flit_o.host = entry.host;
    flit_o.x = entry.x;
    flit_o.y = entry.y;
    flit_o.addr = sm_pkg::TileAddrBits'(entry.axon);
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni && replay_i) assert (replay_more_o && !fetch) else $stop;
    if (rst_ni && push_i) assert (!open_i && 32'(listed_q) < Groups) else $stop;
    if (rst_ni && state_q == Load) assert (mask_q != '0) else $stop;
  end
`endif
endmodule
