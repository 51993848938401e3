// SPDX-License-Identifier: Apache-2.0
// Spike-in ring and injector (docs/blocks/host_tile.md, "Spike-in ring").
//
// The host writes entries and moves RING_IN_WRITE; here the oldest entries are fetched ahead, and
// once a step has begun its spikes go to the host link. Clear and learning entries are for sm_step,
// which takes them before the step begins; it and the injector never pop in the same cycle. What
// the head is (late, of this step, a spike that can be delivered) stands in registers: it is
// compared while it becomes the head, and again in every cycle, as the step counter moves on.
module sm_ring_in #(
  parameter int unsigned MeshW  = 1,
  parameter int unsigned MeshH  = 1,
  parameter int unsigned Axons  = 64,
  parameter int unsigned RingIn = 64  // entries, a power of two
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,  // power-on and soft reset
  // bus: word access in the exec cycle, the read word in the next
  input  logic                      bus_we_i,
  input  logic                      bus_re_i,
  input  logic [$clog2(RingIn):0]   bus_addr_i,  // 2 * index + {0: step, 1: entry}
  input  logic [31:0]               bus_wdata_i,
  output logic [31:0]               bus_rdata_o,  // zero without a read in the last cycle
  input  logic                      write_we_i,  // RING_IN_WRITE takes bus_wdata_i
  output logic [31:0]               write_o,
  output logic [31:0]               read_o,
  // what is counted in this cycle
  output logic                      late_o,
  output logic                      bad_o,
  output logic                      inject_stall_o,
  // step controller
  input  logic                      start_i,  // the host tile sees the broadcast of a step
  input  logic [31:0]               step_i,
  input  logic                      next_step_i,  // step_i counts one at the end of this cycle
  output logic                      head_valid_o,
  output logic                      head_waits_o,
  output logic                      head_late_o,  // its step has passed
  output logic                      head_now_o,   // it is of this step
  output sm_pkg::entry_t            head_entry_o,
  input  logic                      head_pop_i,
  input  logic                      pop_late_i,
  input  logic                      pop_bad_i,
  // host link
  output logic                      injecting_o,
  output logic                      waiting_o,  // a step is held, and the host has the next entry
  output logic                      flit_valid_o,
  output sm_pkg::flit_t             flit_o,
  input  logic                      flit_ready_i,
  output sm_pkg::retire_ring_in_t   retire_o
);

  localparam int unsigned IndexBits = $clog2(RingIn);
  localparam int unsigned Prefetch  = 4;  // entries on their way from the memory to the head

  logic [31:0]        write_q, read_q;
  logic [IndexBits:0] fetched_q;  // of the absolute index as much as differences need
  logic [2:0]         ahead_q;    // entries fetched that have not become the head
  logic        read_valid_q, head_valid_q, injecting_q, held_q;
  logic        pop, fetch, load, inject_pop, inject_late, inject_bad, inject_hold, inject_end;

  // ------------------------------------------------------------------------------------ memories
  logic [IndexBits-1:0] raddr;
  logic [31:0]          step_rdata, entry_rdata;
  logic                 bus_step_q, bus_entry_q;  // the bus reads a step, an entry

  assign raddr = bus_re_i ? bus_addr_i[IndexBits:1] : fetched_q[IndexBits-1:0];

  sm_ram_1r1w #(.Width(32), .Depth(RingIn)) u_step_ram (
    .clk_i,
    .wr_en_i  (bus_we_i && !bus_addr_i[0]),
    .wr_addr_i(bus_addr_i[IndexBits:1]),
    .wr_data_i(bus_wdata_i),
    .rd_en_i  (fetch || bus_re_i),
    .rd_addr_i(raddr),
    .rd_data_o(step_rdata)
  );
  sm_ram_1r1w #(.Width(32), .Depth(RingIn)) u_entry_ram (
    .clk_i,
    .wr_en_i  (bus_we_i && bus_addr_i[0]),
    .wr_addr_i(bus_addr_i[IndexBits:1]),
    .wr_data_i(bus_wdata_i),
    .rd_en_i  (fetch || bus_re_i),
    .rd_addr_i(raddr),
    .rd_data_o(entry_rdata)
  );
  assign bus_rdata_o = (step_rdata & {32{bus_step_q}}) | (entry_rdata & {32{bus_entry_q}});

  // ------------------------------------------------------------------------------------ prefetch
  // The memory's output is an entry in the cycle after its fetch, and at other times the bus's.
  logic        next_valid, has_room;
  logic [31:0] next_step, next_entry;

  // fetched_q != write_q, found a cycle ahead: what moves write_q moves it forward.
  logic unfetched_q;
  assign fetch = unfetched_q && ahead_q != 3'(Prefetch) && !bus_re_i;

  sm_fifo #(.Width(64), .Depth(Prefetch)) u_prefetch (
    .clk_i,
    .rst_ni,
    .valid_i(read_valid_q),
    .data_i ({step_rdata, entry_rdata}),
    .ready_o(has_room),  // a fetch waits for room
    .valid_o(next_valid),
    .data_o ({next_step, next_entry}),
    .ready_i(load)
  );

  // ---------------------------------------------------------------------------------------- head
  // Whether an entry is late in the next cycle, from its signed distance to the step now. If the
  // step counts one then, the distance is one less: negative exactly if this one is zero, or
  // negative but not the most negative.
  function automatic logic is_late(input logic [31:0] distance, input logic counts);
    is_late = distance[31] != (counts && (distance[30:0] == 31'd0));
  endfunction

  logic [31:0]            step_q;
  sm_pkg::entry_t         entry_q, entry_d;
  sm_pkg::spike_payload_t spike, spike_d;
  logic                   stays_late, stays_now, comes_late, comes_now;
  logic                   exists;
  logic                   head_late_q, head_now_q, is_spike_q, is_control_q, is_hold_q;

  assign load         = next_valid && (!head_valid_q || pop) && !next_step_i;
  assign pop          = head_pop_i || inject_pop;
  assign head_valid_o = head_valid_q;
  assign head_waits_o = !head_valid_q && (ahead_q != 3'd0 || unfetched_q);
  assign head_late_o  = head_late_q;
  assign head_now_o   = head_now_q;
  assign head_entry_o = entry_q;

  // For the head that stays and for the one that comes, as who it is takes long to know. None comes
  // in a cycle in which the step counts.
  assign stays_late = is_late(step_q - step_i, next_step_i);
  assign stays_now  = step_q - step_i == {31'd0, next_step_i};
  logic [31:0] comes_ahead;
  logic        unused_ahead;
  assign comes_ahead  = next_step - step_i;
  assign comes_late   = comes_ahead[31];
  assign comes_now    = next_step == step_i;
  assign unused_ahead = ^comes_ahead[30:0];

  assign entry_d = next_entry;
  assign spike_d = entry_d.payload;
  assign exists  = ({1'b0, spike_d.x} < 7'(MeshW)) && ({1'b0, spike_d.y} < 7'(MeshH)) &&
                   ({1'b0, spike_d.axon} < 13'(Axons));

  // -------------------------------------------------------------------------------------- inject
  assign spike = entry_q.payload;
  always_comb begin
    flit_valid_o = 1'b0;
    inject_pop   = 1'b0;
    inject_late  = 1'b0;
    inject_bad   = 1'b0;
    inject_hold  = 1'b0;
    inject_end   = 1'b0;
    if (injecting_q && !head_valid_q) begin
      inject_end = !head_waits_o && !held_q;
    end else if (injecting_q && head_late_q) begin
      inject_pop  = 1'b1;
      inject_late = 1'b1;
    end else if (injecting_q && !head_now_q) begin
      inject_end = 1'b1;
    end else if (injecting_q) begin
      flit_valid_o = is_spike_q;
      inject_pop   = !is_spike_q || flit_ready_i;
      inject_late  = is_control_q;
      inject_hold  = is_hold_q;
      inject_bad   = !is_spike_q && !is_control_q && !is_hold_q;
    end
  end

  always_comb begin
    flit_o      = '0;
    flit_o.kind = sm_pkg::FlitKindSpike;
    flit_o.x    = spike.x;
    flit_o.y    = spike.y;
    flit_o.addr = sm_pkg::TileAddrBits'(spike.axon);
  end

  assign late_o         = pop_late_i || inject_late;
  assign bad_o          = pop_bad_i || inject_bad;
  assign inject_stall_o = flit_valid_o && !flit_ready_i;

  assign injecting_o = injecting_q;
  assign waiting_o   = injecting_q && held_q && !head_valid_q && !head_waits_o;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_q      <= 32'd0;
      fetched_q    <= '0;
      unfetched_q  <= 1'b0;
      ahead_q      <= 3'd0;
      read_valid_q <= 1'b0;
      read_q       <= 32'd0;
      head_valid_q <= 1'b0;
      injecting_q  <= 1'b0;
      held_q       <= 1'b0;
    end else begin
      if (write_we_i) write_q <= bus_wdata_i;
      if (fetch) fetched_q <= fetched_q + 1'b1;
      if (write_we_i) unfetched_q <= 1'b1;
      else if (fetch) unfetched_q <= fetched_q + 1'b1 != write_q[IndexBits:0];
      if (fetch && !load) ahead_q <= ahead_q + 3'd1;
      else if (load && !fetch) ahead_q <= ahead_q - 3'd1;
      read_valid_q <= fetch;
      if (pop) read_q <= read_q + 32'd1;
      if (load) head_valid_q <= 1'b1;
      else if (pop) head_valid_q <= 1'b0;
      if (start_i) injecting_q <= 1'b1;
      else if (inject_end) injecting_q <= 1'b0;
      if (start_i) held_q <= 1'b0;
      else if (pop) held_q <= inject_hold;
    end
  end

  // Of no meaning without head_valid_q.
  always_ff @(posedge clk_i) begin
    if (load) begin
      step_q       <= next_step;
      entry_q      <= entry_d;
      is_spike_q   <= entry_d.kind == sm_pkg::EntryKindSpike && exists;
      is_control_q <= entry_d.kind == sm_pkg::EntryKindClear ||
                      entry_d.kind == sm_pkg::EntryKindLearning;
      is_hold_q    <= entry_d.kind == sm_pkg::EntryKindHold;
    end
    head_late_q <= load ? comes_late : stays_late;
    head_now_q  <= load ? comes_now : stays_now;
  end

  // Not reset by a soft reset: the bus and its answers are not.
  always_ff @(posedge clk_i) begin
    bus_step_q  <= bus_re_i && !bus_addr_i[0];
    bus_entry_q <= bus_re_i && bus_addr_i[0];
  end

  assign write_o = write_q;
  assign read_o  = read_q;

  assign retire_o.valid = pop && rst_ni;
  assign retire_o.step  = step_q;
  assign retire_o.entry = entry_q;

  sm_build_check #(.RingIn(RingIn)) u_build_check ();
  logic unused_room;
  assign unused_room = has_room;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assert (!(head_pop_i && injecting_q));
      assert (!(head_pop_i && !head_valid_q));
      assert (!read_valid_q || has_room);
      assert (!write_we_i || bus_wdata_i != write_q);
      assert (unfetched_q == (fetched_q != write_q[IndexBits:0]));
      assert ((write_q - read_q) <= 32'(RingIn));
    end
  end
`endif

endmodule
