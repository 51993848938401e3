// SPDX-License-Identifier: Apache-2.0
// Spike-in ring and injector (docs/blocks/host_tile.md, "Spike-in ring").
//
// The host writes entries and moves RING_IN_WRITE; here the oldest entry is fetched ahead, and once
// a step has begun its spikes go to the host link. Clear and learning entries are for sm_step,
// which takes them before the step begins; it and the injector never pop in the same cycle.
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
  output logic [31:0]               bus_rdata_o,
  input  logic                      write_we_i,  // RING_IN_WRITE takes bus_wdata_i
  output logic [31:0]               write_o,
  output logic [31:0]               read_o,
  output logic [31:0]               late_o,          // counters
  output logic [31:0]               bad_o,
  output logic [31:0]               inject_stalls_o,
  // step controller
  input  logic                      start_i,  // the host tile sees the broadcast of a step
  input  logic [31:0]               step_i,
  output logic                      head_valid_o,
  output logic                      head_waits_o,
  output logic [31:0]               head_step_o,
  output sm_pkg::entry_t            head_entry_o,
  input  logic                      head_pop_i,
  input  logic                      head_late_i,
  input  logic                      head_bad_i,
  // host link
  output logic                      injecting_o,
  output logic                      flit_valid_o,
  output sm_pkg::flit_t             flit_o,
  input  logic                      flit_ready_i,
  output sm_pkg::retire_ring_in_t   retire_o
);

  localparam int unsigned IndexBits = $clog2(RingIn);

  logic [31:0] write_q, fetched_q, read_q;
  logic        head_valid_q, injecting_q;
  logic [31:0] late_q, bad_q, inject_stalls_q;
  logic        pop, fetch, unfetched, inject_pop, inject_late, inject_bad, inject_end;

  // ------------------------------------------------------------------------------------ memories
  logic [IndexBits-1:0] raddr;
  logic [31:0]          step_rdata, entry_rdata;
  logic                 bus_entry_q;  // the word that the bus reads is an entry

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
  assign bus_rdata_o = bus_entry_q ? entry_rdata : step_rdata;

  // ---------------------------------------------------------------------------------------- head
  // The head is the memory's output in the cycle after its fetch, then the copy taken in that
  // cycle, because a bus read changes the output.
  logic        fresh_q;
  logic [31:0] step_q, entry_q;

  assign unfetched    = write_q != fetched_q;
  assign pop          = head_pop_i || inject_pop;
  assign fetch        = unfetched && (!head_valid_q || pop) && !bus_re_i;
  assign head_valid_o = head_valid_q;
  assign head_waits_o = !head_valid_q && unfetched;
  assign head_step_o  = fresh_q ? step_rdata : step_q;
  assign head_entry_o = fresh_q ? entry_rdata : entry_q;

  // -------------------------------------------------------------------------------------- inject
  logic [31:0] distance;
  logic        exists;
  sm_pkg::spike_payload_t spike;

  assign distance = head_step_o - step_i;
  assign spike    = head_entry_o.payload;
  assign exists   = ({1'b0, spike.x} < 7'(MeshW)) && ({1'b0, spike.y} < 7'(MeshH)) &&
                    ({1'b0, spike.axon} < 13'(Axons));

  always_comb begin
    flit_valid_o = 1'b0;
    inject_pop   = 1'b0;
    inject_late  = 1'b0;
    inject_bad   = 1'b0;
    inject_end   = 1'b0;
    if (injecting_q && !head_valid_q) begin
      inject_end = !unfetched;
    end else if (injecting_q && distance[31]) begin
      inject_pop  = 1'b1;
      inject_late = 1'b1;
    end else if (injecting_q && (distance != 32'd0)) begin
      inject_end = 1'b1;
    end else if (injecting_q) begin
      unique case (head_entry_o.kind)
        sm_pkg::EntryKindClear, sm_pkg::EntryKindLearning: begin
          inject_pop  = 1'b1;
          inject_late = 1'b1;
        end
        sm_pkg::EntryKindSpike: begin
          flit_valid_o = exists;
          inject_pop   = !exists || flit_ready_i;
          inject_bad   = !exists;
        end
        default: begin
          inject_pop = 1'b1;
          inject_bad = 1'b1;
        end
      endcase
    end
  end

  always_comb begin
    flit_o      = '0;
    flit_o.kind = sm_pkg::FlitKindSpike;
    flit_o.x    = spike.x;
    flit_o.y    = spike.y;
    flit_o.addr = sm_pkg::TileAddrBits'(spike.axon);
  end

  assign injecting_o = injecting_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_q         <= 32'd0;
      fetched_q       <= 32'd0;
      read_q          <= 32'd0;
      head_valid_q    <= 1'b0;
      fresh_q         <= 1'b0;
      step_q          <= 32'd0;
      entry_q         <= 32'd0;
      injecting_q     <= 1'b0;
      late_q          <= 32'd0;
      bad_q           <= 32'd0;
      inject_stalls_q <= 32'd0;
    end else begin
      if (write_we_i) write_q <= bus_wdata_i;
      if (fetch) fetched_q <= fetched_q + 32'd1;
      if (pop) read_q <= read_q + 32'd1;
      if (fetch) head_valid_q <= 1'b1;
      else if (pop) head_valid_q <= 1'b0;
      fresh_q <= fetch;
      if (fresh_q) step_q <= step_rdata;
      if (fresh_q) entry_q <= entry_rdata;
      if (start_i) injecting_q <= 1'b1;
      else if (inject_end) injecting_q <= 1'b0;
      if (head_late_i || inject_late) late_q <= late_q + 32'd1;
      if (head_bad_i || inject_bad) bad_q <= bad_q + 32'd1;
      if (flit_valid_o && !flit_ready_i) inject_stalls_q <= inject_stalls_q + 32'd1;
    end
  end

  // Not reset by a soft reset: the bus and its answers are not.
  always_ff @(posedge clk_i) begin
    if (bus_re_i) bus_entry_q <= bus_addr_i[0];
  end

  assign write_o         = write_q;
  assign read_o          = read_q;
  assign late_o          = late_q;
  assign bad_o           = bad_q;
  assign inject_stalls_o = inject_stalls_q;

  assign retire_o.valid = pop && rst_ni;
  assign retire_o.step  = head_step_o;
  assign retire_o.entry = head_entry_o;

  sm_build_check #(.RingIn(RingIn)) u_build_check ();

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assert (!(head_pop_i && injecting_q));
      assert (!(head_pop_i && !head_valid_q));
      assert ((write_q - read_q) <= 32'(RingIn));
    end
  end
`endif

endmodule
