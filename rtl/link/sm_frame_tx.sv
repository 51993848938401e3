// SPDX-License-Identifier: Apache-2.0
// Puts a reply together: SLIP, header, data words, CRC (docs/blocks/link.md, "SEND").
//
// Starts in the first cycle of enable_i, which the bridge holds until done_o; header and data must
// not change meanwhile. Sibling: sm_frame_rx.
module sm_frame_tx #(
  parameter int unsigned FrameWords = 32
) (
  input  logic                             clk_i,
  input  logic                             rst_ni,
  input  logic                             enable_i,
  input  logic [8*sm_pkg::ReplyHeader-1:0] header_i,        // first byte lowest
  input  logic [$clog2(FrameWords):0]      words_i,         // data words that follow the header
  output logic                             buffer_re_o,
  output logic [$clog2(FrameWords)-1:0]    buffer_raddr_o,
  input  logic [31:0]                      buffer_rdata_i,
  output logic                             valid_o,
  output logic [7:0]                       data_o,
  input  logic                             ready_i,
  output logic                             done_o           // the last byte is accepted now
);

  localparam int unsigned WordBits   = $clog2(FrameWords);
  localparam logic [3:0]  HeaderLast = 4'(sm_pkg::ReplyHeader - 1);

  typedef enum logic [2:0] {Begin, Header, Load, Data, Crc, Finish} state_e;

  state_e            state_q, state_d;
  logic [3:0]        index_q, index_d;  // byte of header, word or CRC
  logic [WordBits:0] word_q, word_d;
  logic              escape_q, escape_d;
  logic [31:0]       data_q;             // the word under way
  logic [31:0]       crc_q, crc_d, crc_next, crc_sent;
  logic [7:0]        raw_q, follows;     // the byte under way, without its escape; the next
  logic              last, special, accepted, step;

  // The byte that follows is found while this one waits.
  assign crc_sent = ~crc_q;
  assign last     = index_q == ((state_q == Header) ? HeaderLast : 4'd3);
  always_comb begin
    follows = 8'(sm_pkg::SlipEnd);
    unique case (state_q)
      Begin:   follows = 8'(header_i);
      Header:  follows = last ? 8'(~crc_next) : header_i[{index_q + 4'd1, 3'd0}+:8];
      Load:    follows = 8'(buffer_rdata_i);
      Data:    follows = last ? 8'(~crc_next) : data_q[{index_q[1:0] + 2'd1, 3'd0}+:8];
      Crc:     if (!last) follows = crc_sent[{index_q[1:0] + 2'd1, 3'd0}+:8];
      default: ;
    endcase
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) raw_q <= 8'(sm_pkg::SlipEnd);
    else if (step || (state_q == Load)) raw_q <= follows;
  end

  assign special  = ((raw_q == 8'(sm_pkg::SlipEnd)) || (raw_q == 8'(sm_pkg::SlipEsc))) &&
                    (state_q != Begin) && (state_q != Finish);
  assign valid_o  = enable_i && (state_q != Load);
  assign accepted = valid_o && ready_i;
  assign step     = accepted && !(special && !escape_q);  // the raw byte is through
  assign done_o   = step && (state_q == Finish);

  always_comb begin
    data_o = raw_q;
    if (special && !escape_q) data_o = 8'(sm_pkg::SlipEsc);
    else if (special && (raw_q == 8'(sm_pkg::SlipEnd))) data_o = 8'(sm_pkg::SlipEscEnd);
    else if (special) data_o = 8'(sm_pkg::SlipEscEsc);
  end

  sm_crc32 u_crc (.crc_i(crc_q), .data_i(raw_q), .crc_o(crc_next));

  // The next word is read beside the byte before it, and taken from the memory's output in Load.
  assign buffer_re_o    = enable_i && ((state_q == Header) || (state_q == Data));
  assign buffer_raddr_o = (state_q == Data) ? word_q[WordBits-1:0] + 1'b1 : '0;
  always_ff @(posedge clk_i) begin
    if (state_q == Load) data_q <= buffer_rdata_i;
  end

  always_comb begin
    state_d  = state_q;
    index_d  = index_q;
    word_d   = word_q;
    escape_d = escape_q;
    crc_d    = crc_q;
    if (accepted) escape_d = special && !escape_q;
    if (step) index_d = index_q + 4'd1;
    unique case (state_q)
      Begin: begin
        word_d  = '0;
        index_d = 4'd0;
        crc_d   = '1;
        if (step) state_d = Header;
      end
      Header: begin
        if (step) crc_d = crc_next;
        if (step && last) begin
          index_d = 4'd0;
          if (words_i == '0) state_d = Crc;
          else state_d = Load;
        end
      end
      Load: if (enable_i) state_d = Data;
      Data: begin
        if (step) crc_d = crc_next;
        if (step && last) begin
          index_d = 4'd0;
          word_d  = word_q + 1'b1;
          if (word_d == words_i) state_d = Crc;
          else state_d = Load;
        end
      end
      Crc: if (step && last) state_d = Finish;
      Finish: if (step) state_d = Begin;
      default: state_d = Begin;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q  <= Begin;
      index_q  <= 4'd0;
      word_q   <= '0;
      escape_q <= 1'b0;
      crc_q    <= '1;
    end else begin
      state_q  <= state_d;
      index_q  <= index_d;
      word_q   <= word_d;
      escape_q <= escape_d;
      crc_q    <= crc_d;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) assert (enable_i || (state_q == Begin));
  end
`endif

endmodule
