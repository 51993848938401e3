// SPDX-License-Identifier: Apache-2.0
// Counters of the host tile: the registers STRETCHED to INJECT_STALLS (docs/blocks/host_tile.md).
//
// Each block says with one bit that it counts; here the counts are kept, in a memory. One counter
// after another is brought up to date there, a cycle each; what was counted meanwhile waits in a
// few bits of its own. A read takes the place of that turn, and adds what still waits: nobody can
// tell from outside. The memory is read in one cycle, and written in the next. The counters of a
// tile are in the sibling sm_counters.
module sm_host_counters (
  input  logic        clk_i,
  input  logic        rst_ni,        // power-on
  input  logic        soft_reset_i,  // for one cycle: all but those of the link are zero again
  input  logic [15:0] counted_i,     // a bit for each counter, at the low bits of its address
  input  logic        read_i,        // count_o holds it in the next cycle; in one of three at most
  input  logic [3:0]  slot_i,        // the low bits of its address
  output logic [31:0] count_o
);
  localparam int unsigned SlotBits = 4;
  localparam int unsigned Slots    = 1 << SlotBits;
  localparam int unsigned WaitBits = 4;
  localparam logic [SlotBits-1:0] First = SlotBits'(sm_pkg::RegStretched);
  localparam logic [SlotBits-1:0] Last  = SlotBits'(sm_pkg::RegInjectStalls);

  localparam logic [Slots-1:0] One  = Slots'(1);
  localparam logic [Slots-1:0] Link = One << SlotBits'(sm_pkg::RegFrames) |
                                      One << SlotBits'(sm_pkg::RegBadFrames) |
                                      One << SlotBits'(sm_pkg::RegRxOverflows) |
                                      One << SlotBits'(sm_pkg::RegFramingErrors);
  localparam logic [Slots-1:0] Used = Link | One << SlotBits'(sm_pkg::RegStretched) |
                                      One << SlotBits'(sm_pkg::RegLateEntries) |
                                      One << SlotBits'(sm_pkg::RegBadEntries) |
                                      One << SlotBits'(sm_pkg::RegRingOutLost) |
                                      One << SlotBits'(sm_pkg::RegRingOutStalls) |
                                      One << SlotBits'(sm_pkg::RegInjectStalls);

  // ------------------------------------------------------------------------------------------
  // Whose turn it is
  logic [SlotBits-1:0] turn_q, at, at_q;
  assign at = read_i ? slot_i : turn_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) turn_q <= First;
    else if (!read_i) turn_q <= turn_q == Last ? First : turn_q + SlotBits'(1);
    at_q <= at;
  end

  // ------------------------------------------------------------------------------------------
  // What waits, and whether the memory holds the count already: after a reset it counts as zero.
  logic [Slots*WaitBits-1:0] waiting;
  logic [Slots-1:0]          known;
  for (genvar n = 0; n < Slots; n++) begin : gen_slot
    if (Used[n]) begin : gen_counter
      logic turn, known_q, counted_q;  // counted_q: in the last cycle
      logic [WaitBits-1:0] wait_q;
      assign turn = at == SlotBits'(n);
      assign waiting[n*WaitBits+:WaitBits] = wait_q + WaitBits'(counted_q);
      assign known[n] = known_q;
      always_ff @(posedge clk_i) begin
        if (!rst_ni || (soft_reset_i && !Link[n])) begin
          counted_q <= 1'b0;
          wait_q    <= '0;
          known_q   <= 1'b0;
        end else begin
          counted_q <= counted_i[n];
          wait_q    <= turn ? '0 : waiting[n*WaitBits+:WaitBits];
          if (turn) known_q <= 1'b1;
        end
      end
`ifndef SYNTHESIS
      // A turn comes every ten cycles, but for those in which a read does: every 15 at most.
      always_ff @(posedge clk_i) begin
        if (rst_ni) assert (!counted_q || wait_q != '1) else $stop;
      end
`endif
    end else begin : gen_none
      assign waiting[n*WaitBits+:WaitBits] = '0;
      assign known[n] = 1'b0;
      logic unused_counted;
      assign unused_counted = counted_i[n];
    end
  end

  // ------------------------------------------------------------------------------------------
  // The count, and what is added to it a cycle later. A counter whose turn comes again at once is
  // taken from there.
  logic [31:0]         mem[Slots];
  logic [31:0]         old_q;
  logic                old_known_q;
  logic [WaitBits-1:0] more_q;
  assign count_o = (old_known_q ? old_q : 32'd0) + 32'(more_q);
  always_ff @(posedge clk_i) begin
    old_q       <= (at == at_q) ? count_o : mem[at];
    old_known_q <= known[at];
    more_q      <= waiting[at*WaitBits+:WaitBits];
    mem[at_q] <= count_o;
  end

`ifndef SYNTHESIS
  // The turns go through all counters, and through nothing else.
  initial assert (sm_pkg::RegInjectStalls - sm_pkg::RegStretched == 24'd9);
`endif
endmodule
