// SPDX-License-Identifier: Apache-2.0
// FIFO whose head shows in the same cycle as valid_o; least latency one cycle (docs/blocks/noc.md).
//
// ready_o and valid_o come from registers alone. A full FIFO is not ready even when it is popped in
// that cycle: there is no path from ready_i to ready_o. For deep ones, in block RAM and with two
// cycles of latency, see sm_fifo_ram.
module sm_fifo #(
  parameter int unsigned Width = 8,
  parameter int unsigned Depth = 2
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             valid_i,
  input  logic [Width-1:0] data_i,
  output logic             ready_o,
  output logic             valid_o,
  output logic [Width-1:0] data_o,
  input  logic             ready_i
);
  localparam int unsigned PointerBits = Depth > 1 ? $clog2(Depth) : 1;
  localparam logic [PointerBits-1:0] Last = PointerBits'(Depth - 1);

  // valid_q says "not empty", ready_q "not full": the handshake starts at a register, no count is
  // needed, and synthesis removes a FIFO that is never pushed, as those at the edges of a mesh.
  logic valid_q, ready_q;
  logic push, pop;
  logic [PointerBits-1:0] write_q, write_next, read_q, read_next;
  assign valid_o = valid_q;
  assign ready_o = ready_q;
  assign push = valid_i & ready_q;
  assign pop = valid_q & ready_i;
  assign write_next = write_q == Last ? '0 : write_q + PointerBits'(1);
  assign read_next = read_q == Last ? '0 : read_q + PointerBits'(1);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      ready_q <= 1'b1;
      write_q <= '0;
      read_q  <= '0;
    end else begin
      if (push) valid_q <= 1'b1;
      else if (pop && read_next == write_q) valid_q <= 1'b0;
      if (pop) ready_q <= 1'b1;
      else if (push && write_next == read_q) ready_q <= 1'b0;
      if (push) write_q <= write_next;
      if (pop) read_q <= read_next;
    end
  end

  if (Depth == 1) begin : gen_register
    logic [Width-1:0] data_q;
    assign data_o = data_q;
    always_ff @(posedge clk_i) begin
      if (push) data_q <= data_i;
    end
  end else begin : gen_ring
    logic [Width-1:0] mem[Depth];
    assign data_o = mem[read_q];
    always_ff @(posedge clk_i) begin
      if (push) mem[write_q] <= data_i;
    end
  end

`ifndef SYNTHESIS
  initial assert (Width >= 1 && Depth >= 1);
  // Never both full and empty; between the two the pointers differ.
  always_ff @(posedge clk_i) begin
    if (rst_ni && Depth > 1) assert ((valid_q && ready_q) == (write_q != read_q)) else $stop;
    if (rst_ni && Depth == 1) assert (valid_q != ready_q) else $stop;
  end
`endif
endmodule
