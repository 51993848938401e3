// SPDX-License-Identifier: Apache-2.0
// Indices of one mailbox of the management core (docs/blocks/management_core.md, "Mailboxes").
//
// They are absolute and move forward only. The words lie in the data memory; who may write which
// index is decided in sm_mgmt_regs. Where wdata_i lies between the two is looked at in each cycle
// for the next one; it holds from two cycles before a write on.
module sm_mgmt_mailbox (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [31:0] wdata_i,
  input  logic        write_we_i,
  input  logic        read_we_i,
  output logic [31:0] write_o,       // after the newest word
  output logic [31:0] read_o,        // the oldest word that was not taken
  output logic        write_fits_o,  // wdata_i of the cycle before may be written
  output logic        read_fits_o,
  output logic        holds_o        // a word that was not taken
);
  localparam int unsigned WordBits = $clog2(sm_mgmt_pkg::MgmtMailbox);
  if (sm_mgmt_pkg::MgmtMailbox != (1 << WordBits)) begin : gen_mailbox
    $error("MgmtMailbox must be a power of two");
  end

  logic [31:0] write_q, read_q, write_ahead, read_ahead;
  logic        behind_write_q, at_write_q, behind_read_q, at_read_q, too_many_q;
  logic        write_moves, read_moves, holds_q;

  assign write_ahead = wdata_i - write_q;
  assign read_ahead  = wdata_i - read_q;  // words that the mailbox would hold
  always_ff @(posedge clk_i) begin
    behind_write_q <= write_ahead[31];
    at_write_q     <= write_ahead == 32'd0;
    behind_read_q  <= read_ahead[31];
    at_read_q      <= read_ahead == 32'd0;
    // More than MgmtMailbox.
    too_many_q     <= ((read_ahead >> (WordBits + 1)) != 32'd0) ||
                      (read_ahead[WordBits] && (read_ahead[WordBits-1:0] != '0));
  end

  assign write_moves  = !behind_write_q && !at_write_q;
  assign read_moves   = !behind_read_q && !at_read_q;
  assign write_fits_o = !write_moves || !too_many_q;
  assign read_fits_o  = !read_moves || !write_moves;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_q <= 32'd0;
      read_q  <= 32'd0;
      holds_q <= 1'b0;
    end else begin
      if (write_we_i && write_moves) begin
        write_q <= wdata_i;
        holds_q <= 1'b1;
      end
      if (read_we_i && read_moves) begin
        read_q  <= wdata_i;
        holds_q <= !at_write_q;
      end
    end
  end

  assign write_o = write_q;
  assign read_o  = read_q;
  assign holds_o = holds_q;

endmodule
