// SPDX-License-Identifier: Apache-2.0
// The counters of a tile (sm_pkg::counter_e): 32 bit, wrapping, cleared by reset only. Readers take
// differences. What is counted is decided in sm_core.
//
// The counts are in a memory, and one counter after another is brought up to date there, a cycle
// each; what was counted meanwhile waits in a few bits of its own. A read takes the place of that
// turn, and adds what still waits: nobody can tell from outside.
module sm_counters #(
  parameter int unsigned Lanes = 1
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  sm_pkg::counted_t             counted_i,  // one bit a lane for each counter
  input  logic                         hold_i,     // a read may come in the next cycle
  input  logic                         read_i,     // counter `index_i` is sampled
  input  logic [sm_pkg::IndexBits-1:0] index_i,
  output logic [31:0]                  word_o      // two cycles after read_i; else zero
);
  localparam int unsigned N = sm_pkg::Counters;
  localparam int unsigned TurnBits = $clog2(N);
  localparam int unsigned SumBits = $clog2(Lanes + 1);
  // A turn comes every N cycles, but for those in which a read does.
  localparam int unsigned WaitBits = $clog2((N + 2) * Lanes + 1);
  localparam logic [TurnBits-1:0] Last = TurnBits'(N - 1);

  // ------------------------------------------------------------------------------------------
  // Whose turn it is: its count is read in one cycle, and written in the next. In the first turn
  // after a reset the memory counts as zero.
  logic [TurnBits-1:0] turn_q, read_turn, turn1_q;
  logic first_q, first1_q, write_q, select_q, due;
  assign due = !hold_i && !read_i;
  assign read_turn = read_i ? TurnBits'(index_i) : turn_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      turn_q <= '0;
      first_q <= 1'b1;
      write_q <= 1'b0;
      select_q <= 1'b0;
    end else begin
      if (due) turn_q <= turn_q == Last ? '0 : turn_q + TurnBits'(1);
      if (due && turn_q == Last) first_q <= 1'b0;
      write_q <= due;
      select_q <= read_i && index_i < sm_pkg::IndexBits'(N);
    end
  end
  always_ff @(posedge clk_i) begin
    turn1_q <= read_turn;
    first1_q <= first_q;
  end

  // ------------------------------------------------------------------------------------------
  // What waits
  logic [N*sm_pkg::LanesMax-1:0] counted;
  logic [N*WaitBits-1:0] wait_q;
  logic [WaitBits-1:0] waiting, more_q;
  assign counted = counted_i;
  for (genvar n = 0; n < N; n++) begin : gen_counter
    logic [SumBits-1:0] more;
    logic turn;
    assign turn = due && turn_q == TurnBits'(n);
    always_comb begin
      more = '0;
      for (int unsigned l = 0; l < Lanes; l++) begin
        more = more + SumBits'(counted[n*sm_pkg::LanesMax+l]);
      end
    end
    always_ff @(posedge clk_i) begin
      if (!rst_ni) wait_q[n*WaitBits+:WaitBits] <= '0;
      else wait_q[n*WaitBits+:WaitBits] <= (turn ? '0 : wait_q[n*WaitBits+:WaitBits])
          + WaitBits'(more);
    end
  end
  always_comb begin
    waiting = '0;
    for (int unsigned n = 0; n < N; n++) begin
      if (read_turn == TurnBits'(n)) waiting = wait_q[n*WaitBits+:WaitBits];
    end
  end

  logic [31:0] count, sum;
  always_ff @(posedge clk_i) more_q <= waiting;
  assign sum = (first1_q ? '0 : count) + 32'(more_q);
  sm_ram_1r1w #(
    .Width(32),
    .Depth(N)
  ) u_count (
    .clk_i,
    .wr_en_i  (write_q),
    .wr_addr_i(turn1_q),
    .wr_data_i(sum),
    .rd_en_i  (due || read_i),
    .rd_addr_i(read_turn),
    .rd_data_o(count)
  );
  always_ff @(posedge clk_i) begin
    if (!select_q) word_o <= '0;
    else word_o <= sum;
  end

  logic unused_bits;
  assign unused_bits = ^{counted, index_i};

`ifndef SYNTHESIS
  logic hold_q;
  always_ff @(posedge clk_i) begin
    hold_q <= rst_ni && hold_i;
    if (rst_ni) assert (!read_i || (hold_q && !first_q)) else $stop;
  end
`endif
endmodule
