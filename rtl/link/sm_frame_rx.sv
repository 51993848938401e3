// SPDX-License-Identifier: Apache-2.0
// Takes a frame apart: SLIP, CRC, header, data words (docs/blocks/link.md, "RECEIVE").
//
// It pops bytes while enable_i is set and reports the end of a good frame for one cycle. Header and
// byte count then stand until the next byte is popped. It does not judge what the frame says: the
// bridge does. Sibling: sm_frame_tx.
module sm_frame_rx #(
  parameter int unsigned FrameWords = 32
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  input  logic                          enable_i,
  input  logic                          valid_i,
  input  logic [7:0]                    data_i,
  output logic                          ready_o,
  output logic                          frame_o,        // a good frame ends in this cycle
  output logic [8*sm_pkg::FrameHeader-1:0] header_o,    // of the last frame, first byte lowest
  output logic [12:0]                   bytes_o,        // of the last frame, CRC included
  output logic                          buffer_we_o,    // data word to the frame buffer
  output logic [$clog2(FrameWords)-1:0] buffer_waddr_o,
  output logic [31:0]                   buffer_wdata_o,
  output logic                          bad_frame_o     // another one ends in this cycle
);

  localparam logic [12:0] HeaderBytes = 13'(sm_pkg::FrameHeader);
  localparam logic [12:0] LeastBytes  = 13'(sm_pkg::FrameHeader + sm_pkg::CrcBytes);
  localparam logic [12:0] MostBytes   = 13'h1FFF;
  localparam logic [31:0] Residue     = 32'hDEBB20E3;

  logic [12:0] count_q, bytes_q, body;
  logic [31:0] crc_q, crc_next;
  logic        escape_q, bad_q;
  logic [8*sm_pkg::FrameHeader-1:0] header_q;
  logic [23:0] word_q;

  logic       pop, is_end, is_escape, take, bad_escape, ended, good;
  logic [7:0] raw;

  assign ready_o   = enable_i;
  assign pop       = enable_i && valid_i;
  assign is_end    = pop && (data_i == 8'(sm_pkg::SlipEnd));
  assign is_escape = pop && !escape_q && (data_i == 8'(sm_pkg::SlipEsc));

  // what a byte stands for
  always_comb begin
    raw        = data_i;
    bad_escape = 1'b0;
    if (escape_q) begin
      unique case (data_i)
        8'(sm_pkg::SlipEscEnd): raw = 8'(sm_pkg::SlipEnd);
        8'(sm_pkg::SlipEscEsc): raw = 8'(sm_pkg::SlipEsc);
        default: bad_escape = 1'b1;
      endcase
    end
  end

  assign take  = pop && !is_end && !is_escape && !bad_escape;
  assign ended = is_end && (count_q != 13'd0);
  assign good  = (count_q >= LeastBytes) && (crc_q == Residue) && !bad_q && !escape_q;

  sm_crc32 u_crc (.crc_i(crc_q), .data_i(raw), .crc_o(crc_next));

  // byte 10 + 4i + k is byte k of word i
  assign body           = count_q - HeaderBytes;
  assign buffer_we_o    = take && (count_q >= HeaderBytes) && (body[1:0] == 2'd3) &&
                          ((body[12:2] >> $clog2(FrameWords)) == 11'd0);
  assign buffer_waddr_o = body[2+:$clog2(FrameWords)];
  assign buffer_wdata_o = {raw, word_q};

  assign frame_o     = ended && good;
  assign bad_frame_o = ended && !good;
  assign header_o    = header_q;
  assign bytes_o     = bytes_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      count_q  <= 13'd0;
      bytes_q  <= 13'd0;
      crc_q    <= '1;
      escape_q <= 1'b0;
      bad_q    <= 1'b0;
      header_q <= '0;
      word_q   <= 24'd0;
    end else if (is_end) begin
      count_q  <= 13'd0;
      crc_q    <= '1;
      escape_q <= 1'b0;
      bad_q    <= 1'b0;
      bytes_q  <= count_q;
    end else if (pop) begin
      escape_q <= is_escape;
      bad_q    <= bad_q || bad_escape;
      if (take) begin
        crc_q  <= crc_next;
        word_q <= {raw, word_q[23:8]};
        if (count_q != MostBytes) count_q <= count_q + 13'd1;
        if (count_q < HeaderBytes) header_q <= {raw, header_q[8*sm_pkg::FrameHeader-1:8]};
      end
    end
  end

  sm_build_check #(.FrameWords(FrameWords)) u_build_check ();

endmodule
