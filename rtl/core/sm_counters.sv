// SPDX-License-Identifier: Apache-2.0
// The counters of a tile (sm_pkg::counter_e): 32 bit, wrapping, cleared by reset only. Readers take
// differences. What is counted is decided in sm_core.
module sm_counters (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  sm_pkg::counted_t             counted_i,  // one bit a lane for each counter
  input  logic                         read_i,     // counter `index_i` is sampled in the next cycle
  input  logic [sm_pkg::IndexBits-1:0] index_i,
  output logic [31:0]                  word_o      // zero when the last read was not of a counter
);
  localparam int unsigned N = sm_pkg::Counters;
  localparam int unsigned Lanes = sm_pkg::LanesMax;
  localparam int unsigned SumBits = $clog2(Lanes + 1);

  logic [N*Lanes-1:0] counted;
  logic [N*32-1:0] count_q;
  logic [N-1:0] select_q;
  assign counted = counted_i;
  for (genvar n = 0; n < N; n++) begin : gen_counter
    logic [Lanes-1:0] lanes;
    logic [SumBits-1:0] more;
    assign lanes = counted[n*Lanes+:Lanes];
    always_comb begin
      more = '0;
      for (int unsigned l = 0; l < Lanes; l++) more = more + SumBits'(lanes[l]);
    end
    always_ff @(posedge clk_i) begin
      if (!rst_ni) count_q[n*32+:32] <= '0;
      else if (more != '0) count_q[n*32+:32] <= count_q[n*32+:32] + 32'(more);
    end
    always_ff @(posedge clk_i) begin
      if (!rst_ni) select_q[n] <= 1'b0;
      else select_q[n] <= read_i && index_i == sm_pkg::IndexBits'(n);
    end
  end

  always_comb begin
    word_o = '0;
    for (int unsigned n = 0; n < N; n++) word_o = word_o | (count_q[n*32+:32] & {32{select_q[n]}});
  end
endmodule
