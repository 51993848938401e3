// SPDX-License-Identifier: Apache-2.0
// Indices of one mailbox of the management core (docs/blocks/management_core.md, "Mailboxes").
//
// They are absolute and move forward only. The words lie in the data memory; who may write which
// index is decided in sm_mgmt_regs.
module sm_mgmt_mailbox (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [31:0] wdata_i,
  input  logic        write_we_i,
  input  logic        read_we_i,
  output logic [31:0] write_o,       // after the newest word
  output logic [31:0] read_o,        // the oldest word that was not taken
  output logic        write_fits_o,  // wdata_i may be written to it
  output logic        read_fits_o,
  output logic        holds_o        // a word that was not taken
);
  logic [31:0] write_q, read_q, write_ahead, read_ahead;
  logic        write_moves, read_moves;

  assign write_ahead  = wdata_i - write_q;
  assign read_ahead   = wdata_i - read_q;  // words that the mailbox would hold
  assign write_moves  = $signed(write_ahead) > 0;
  assign read_moves   = $signed(read_ahead) > 0;
  assign write_fits_o = !write_moves || (read_ahead <= 32'(sm_mgmt_pkg::MgmtMailbox));
  assign read_fits_o  = !read_moves || ($signed(write_ahead) <= 0);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_q <= 32'd0;
      read_q  <= 32'd0;
    end else begin
      if (write_we_i && write_moves) write_q <= wdata_i;
      if (read_we_i && read_moves) read_q <= wdata_i;
    end
  end

  assign write_o = write_q;
  assign read_o  = read_q;
  assign holds_o = write_q != read_q;

endmodule
