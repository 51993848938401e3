// SPDX-License-Identifier: Apache-2.0
// Sink of the host link: input buffer and spike-out ring (docs/blocks/host_tile.md).
//
// Spikes become entries of the ring, replies go to sm_tile_port as they come. Whether a full ring
// stalls the mesh or loses its oldest entry is the register RING_OUT_POLICY of sm_host_regs.
module sm_ring_out #(
  parameter int unsigned RouterDepth = 2,
  parameter int unsigned RingOut     = 64  // entries, a power of two
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,  // power-on and soft reset
  // host link
  input  logic                      flit_valid_i,
  input  sm_pkg::flit_t             flit_i,
  output logic                      flit_ready_o,
  output logic                      busy_o,  // the input buffer holds a flit
  // replies, popped in the cycle in which they show
  output logic                      reply_o,
  output sm_pkg::flit_t             reply_flit_o,
  // bus: read in the exec cycle, the word in the next
  input  logic                      bus_re_i,
  input  logic [$clog2(RingOut):0]  bus_addr_i,  // 2 * index + {0: step, 1: entry}
  output logic [31:0]               bus_rdata_o,  // zero without a read in the last cycle
  input  logic                      read_we_i,   // RING_OUT_READ takes bus_wdata_i
  input  logic [31:0]               bus_wdata_i,
  input  sm_pkg::ring_policy_e      policy_i,
  input  logic [31:0]               step_i,
  output logic                      push_o,      // write_o moves in this cycle
  output logic [31:0]               write_o,
  output logic [31:0]               read_o,
  // what is counted in this cycle
  output logic                      lose_o,
  output logic                      stall_o,
  output sm_pkg::retire_flit_t      retire_flit_o,
  output sm_pkg::retire_ring_out_t  retire_o
);

  localparam int unsigned IndexBits = $clog2(RingOut);

  logic [31:0] write_q, read_q;
  logic        head_valid, is_spike, room, push, lose, pop;

  sm_pkg::flit_t  head;
  sm_pkg::entry_t entry;

  logic [sm_pkg::FlitWidth-1:0] head_bits;

  sm_fifo #(.Width(sm_pkg::FlitWidth), .Depth(RouterDepth)) u_buffer (
    .clk_i,
    .rst_ni,
    .valid_i(flit_valid_i),
    .data_i (flit_i),
    .ready_o(flit_ready_o),
    .valid_o(head_valid),
    .data_o (head_bits),
    .ready_i(pop)
  );
  assign head   = head_bits;
  assign busy_o = head_valid;

  assign is_spike = head.kind == sm_pkg::FlitKindSpike;
  // The indices differ by RingOut at most: as much of them as that needs.
  assign room     = write_q[IndexBits:0] != (read_q[IndexBits:0] ^ (IndexBits + 1)'(RingOut));
  assign push     = head_valid && is_spike && (room || (policy_i == sm_pkg::RingPolicyOverwrite));
  assign lose     = push && !room;
  assign pop      = head_valid && (!is_spike || push);

  assign reply_o      = head_valid && (head.kind == sm_pkg::FlitKindReply);
  assign reply_flit_o = head;

  // ------------------------------------------------------------------------------------ memories
  logic [31:0] step_rdata, entry_rdata;
  logic        bus_step_q, bus_entry_q;  // the bus reads a step, an entry
  sm_pkg::spike_payload_t label;

  always_comb begin
    label.y       = head.y;
    label.x       = head.x;
    label.axon    = sm_pkg::AxonBits'(head.addr);
    entry         = '0;
    entry.kind    = sm_pkg::EntryKindSpike;
    entry.payload = label;
  end

  sm_ram_1r1w #(.Width(32), .Depth(RingOut)) u_step_ram (
    .clk_i,
    .wr_en_i  (push && rst_ni),
    .wr_addr_i(write_q[IndexBits-1:0]),
    .wr_data_i(step_i),
    .rd_en_i  (bus_re_i),
    .rd_addr_i(bus_addr_i[IndexBits:1]),
    .rd_data_o(step_rdata)
  );
  sm_ram_1r1w #(.Width(32), .Depth(RingOut)) u_entry_ram (
    .clk_i,
    .wr_en_i  (push && rst_ni),
    .wr_addr_i(write_q[IndexBits-1:0]),
    .wr_data_i(entry),
    .rd_en_i  (bus_re_i),
    .rd_addr_i(bus_addr_i[IndexBits:1]),
    .rd_data_o(entry_rdata)
  );
  assign bus_rdata_o = (step_rdata & {32{bus_step_q}}) | (entry_rdata & {32{bus_entry_q}});

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_q <= 32'd0;
      read_q  <= 32'd0;
    end else begin
      if (push) write_q <= write_q + 32'd1;
      if (read_we_i) read_q <= bus_wdata_i;
      else if (lose) read_q <= read_q + 32'd1;
    end
  end

  // Not reset by a soft reset: the bus and its answers are not.
  always_ff @(posedge clk_i) begin
    bus_step_q  <= bus_re_i && !bus_addr_i[0];
    bus_entry_q <= bus_re_i && bus_addr_i[0];
  end

  assign push_o  = push;
  assign write_o = write_q;
  assign read_o  = read_q;
  assign lose_o  = lose;
  assign stall_o = head_valid && is_spike && !push;

  assign retire_flit_o.valid = flit_valid_i && flit_ready_o && rst_ni;
  assign retire_flit_o.flit  = flit_i;
  assign retire_o.valid      = push && rst_ni;
  assign retire_o.step       = step_i;
  assign retire_o.entry      = entry;

  sm_build_check #(.RingOut(RingOut)) u_build_check ();

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) assert ((write_q - read_q) <= 32'(RingOut));
  end
`endif

endmodule
