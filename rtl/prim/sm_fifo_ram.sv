// SPDX-License-Identifier: Apache-2.0
// Buffer of Depth words in block RAM (docs/blocks/link.md, "Receive buffer").
//
// A word pushed in cycle c can be popped in c+2 at the earliest; then one a cycle each way. The
// word that shows stands in a register: it comes from the memory, which is read ahead all the time,
// or, if it was pushed last, from a copy. For short buffers whose word must show in the next cycle
// take the sibling sm_fifo.
module sm_fifo_ram #(
  parameter int unsigned Width = 8,
  parameter int unsigned Depth = 256  // a power of two
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             valid_i,
  input  logic [Width-1:0] data_i,
  output logic             ready_o,  // fewer than Depth words were pushed and not popped
  output logic             valid_o,
  output logic [Width-1:0] data_o,
  input  logic             ready_i,
  output logic             empty_o   // every word pushed was popped
);

  localparam int unsigned IndexWidth = $clog2(Depth);

  logic [IndexWidth:0] write_q, fetched_q, fetched_d, read_q;
  logic                out_valid_q;
  logic [Width-1:0]    last_q, out_q, rdata;  // last_q: what was pushed last
  logic                push, pop, fetch;

  // They differ by Depth at most.
  assign ready_o = write_q != (read_q ^ (IndexWidth + 1)'(Depth));
  assign valid_o = out_valid_q;
  assign data_o  = out_q;
  assign empty_o = write_q == read_q;
  assign push    = valid_i && ready_o;
  assign pop     = out_valid_q && ready_i;
  assign fetch   = (write_q != fetched_q) && (!out_valid_q || pop);

  assign fetched_d = fetched_q + (IndexWidth + 1)'(fetch);

  sm_ram_1r1w #(.Width(Width), .Depth(Depth)) u_ram (
    .clk_i,
    .wr_en_i  (push),
    .wr_addr_i(write_q[IndexWidth-1:0]),
    .wr_data_i(data_i),
    .rd_en_i  (rst_ni),
    .rd_addr_i(fetched_d[IndexWidth-1:0]),
    .rd_data_o(rdata)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_q     <= '0;
      fetched_q   <= '0;
      read_q      <= '0;
      out_valid_q <= 1'b0;
    end else begin
      if (push) write_q <= write_q + 1'b1;
      fetched_q <= fetched_d;
      if (pop) read_q <= read_q + 1'b1;
      if (fetch) out_valid_q <= 1'b1;
      else if (pop) out_valid_q <= 1'b0;
    end
  end

  // What the memory gives was read in the last cycle: it had all words then but the last.
  always_ff @(posedge clk_i) begin
    if (push) last_q <= data_i;
    if (fetch) out_q <= (write_q == (fetched_q + 1'b1)) ? last_q : rdata;
  end

`ifndef SYNTHESIS
  initial assert ((Depth >= 2) && ((Depth & (Depth - 1)) == 0));
  always_ff @(posedge clk_i) begin
    if (rst_ni) assert ((write_q - read_q) <= (IndexWidth + 1)'(Depth));
  end
`endif

endmodule
