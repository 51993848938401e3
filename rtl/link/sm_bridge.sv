// SPDX-License-Identifier: Apache-2.0
// Frame bridge: executes one frame after another on the internal bus and replies
// (docs/blocks/link.md).
//
// It is a master of the bus and knows nothing of addresses but which of them lie in the mesh:
// before it replies to a frame that wrote there, it waits until the mesh is quiet. Bytes come and
// go by ready/valid; where from and where to, sm_host decides.
module sm_bridge #(
  parameter int unsigned FrameWords = 32
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  // bytes
  input  logic              rx_valid_i,
  input  logic [7:0]        rx_data_i,
  output logic              rx_ready_o,
  output logic              tx_valid_o,
  output logic [7:0]        tx_data_o,
  input  logic              tx_ready_i,
  // bus, master side: the request holds until the answer
  output logic              bus_valid_o,
  output logic              bus_write_o,
  output sm_pkg::tile_t     bus_tile_o,
  output logic [sm_pkg::AddrBits-1:0] bus_addr_o,
  output logic [31:0]       bus_wdata_o,
  input  logic              bus_answer_i,
  input  sm_pkg::status_e   bus_status_i,
  input  logic [31:0]       bus_rdata_i,
  // step controller
  input  logic              quiet_i,
  output logic              fencing_o,  // it waits for quiet
  // status
  output logic              receiving_o,
  output logic              frame_o,      // a good frame ends in this cycle
  output logic              bad_frame_o   // another one does
);

  localparam int unsigned WordBits    = $clog2(FrameWords);
  localparam logic [12:0] EmptyBytes  = 13'(sm_pkg::FrameHeader + sm_pkg::CrcBytes);

  typedef enum logic [2:0] {Receive, Check, Load, Request, Fence, Send} state_e;

  state_e          state_q, state_d;
  sm_pkg::status_e status_q, status_d;
  logic [15:0]     done_q, done_d;  // words executed, and so the index of the word under way
  logic [15:0]     fence_q;

  // ---------------------------------------------------------------------------------- the frame
  logic                             frame_good;
  sm_pkg::request_t                 header;
  logic [12:0]                      frame_bytes;
  logic                             is_read, is_write, last_word_q;

  assign frame_o    = frame_good;
  assign bus_tile_o = header.tile;
  assign is_read    = header.command == sm_pkg::CommandRead;
  assign is_write   = header.command == sm_pkg::CommandWrite;

  logic                rx_we, buffer_we, buffer_re, tx_re;
  logic [WordBits-1:0] rx_waddr, buffer_waddr, buffer_raddr, tx_raddr;
  logic [31:0]         rx_wdata, buffer_wdata, buffer_rdata;

  sm_frame_rx #(.FrameWords(FrameWords)) u_frame_rx (
    .clk_i,
    .rst_ni,
    .enable_i      (receiving_o),
    .valid_i       (rx_valid_i),
    .data_i        (rx_data_i),
    .ready_o       (rx_ready_o),
    .frame_o       (frame_good),
    .header_o      (header),
    .bytes_o       (frame_bytes),
    .buffer_we_o   (rx_we),
    .buffer_waddr_o(rx_waddr),
    .buffer_wdata_o(rx_wdata),
    .bad_frame_o
  );

  // One write port: the frame's data, or what a read brought. One read port: words to write, or to
  // send.
  logic read_ok;
  assign read_ok      = (state_q == Request) && is_read && bus_answer_i &&
                        (bus_status_i == sm_pkg::StatusOk);
  assign buffer_we    = rx_we || read_ok;
  assign buffer_waddr = receiving_o ? rx_waddr : done_q[WordBits-1:0];
  assign buffer_wdata = receiving_o ? rx_wdata : bus_rdata_i;
  assign buffer_re    = (state_q == Load) || tx_re;
  assign buffer_raddr = (state_q == Load) ? done_q[WordBits-1:0] : tx_raddr;

  sm_ram_1r1w #(.Width(32), .Depth(FrameWords)) u_buffer (
    .clk_i,
    .wr_en_i  (buffer_we),
    .wr_addr_i(buffer_waddr),
    .wr_data_i(buffer_wdata),
    .rd_en_i  (buffer_re),
    .rd_addr_i(buffer_raddr),
    .rd_data_o(buffer_rdata)
  );

  // -------------------------------------------------------------------------------- bus request
  assign bus_valid_o = state_q == Request;
  assign bus_write_o = is_write;
  assign bus_addr_o  = header.address + sm_pkg::AddrBits'(done_q);
  assign bus_wdata_o = buffer_rdata;

  // -------------------------------------------------------------------------------------- reply
  logic                             sent;
  sm_pkg::reply_t                   reply;
  logic [WordBits:0]                reply_words;

  always_comb begin
    reply.command  = sm_pkg::ReplyCommandWidth'(header.command);
    reply.is_reply = 1'b1;
    reply.version  = sm_pkg::ReplyVersionWidth'(sm_pkg::Version);
    reply.number   = header.number;
    reply.tile     = header.tile;
    reply.address  = header.address;
    reply.length   = header.length;
    reply.status   = status_q;
    reply.reserved = '0;
    reply.done     = done_q;
  end
  assign reply_words = (is_read && (status_q == sm_pkg::StatusOk)) ? (WordBits + 1)'(header.length)
                                                                   : '0;

  sm_frame_tx #(.FrameWords(FrameWords)) u_frame_tx (
    .clk_i,
    .rst_ni,
    .enable_i      (state_q == Send),
    .header_i      (reply),
    .words_i       (reply_words),
    .buffer_re_o   (tx_re),
    .buffer_raddr_o(tx_raddr),
    .buffer_rdata_i(buffer_rdata),
    .valid_o       (tx_valid_o),
    .data_o        (tx_data_o),
    .ready_i       (tx_ready_i),
    .done_o        (sent)
  );

  // --------------------------------------------------------------------------------- the states
  assign fencing_o   = state_q == Fence;
  assign receiving_o = state_q == Receive;

  // The header stands still for the CRC at least, before its frame ends, and the words executed for
  // a cycle before the bus answers: what follows from them is found a cycle ahead.
  logic        bad_command_q, bad_length_q;
  logic [12:0] bytes_wanted_q;
  always_ff @(posedge clk_i) begin
    bad_command_q  <= (header.version != sm_pkg::RequestVersionWidth'(sm_pkg::Version)) ||
                      !(is_read || is_write);
    bad_length_q   <= (header.length == 16'd0) || (header.length > 16'(FrameWords));
    bytes_wanted_q <= EmptyBytes + (is_write ? 13'(header.length) << 2 : 13'd0);
    last_word_q    <= (done_q + 16'd1) == header.length;
  end

  sm_pkg::status_e verdict;
  always_comb begin
    verdict = sm_pkg::StatusOk;
    if (bad_command_q) verdict = sm_pkg::StatusBadCommand;
    else if (bad_length_q || (frame_bytes != bytes_wanted_q)) verdict = sm_pkg::StatusBadLength;
  end

  always_comb begin
    state_d  = state_q;
    status_d = status_q;
    done_d   = done_q;
    unique case (state_q)
      Receive: if (frame_good) state_d = Check;
      Check: begin
        status_d = verdict;
        done_d   = 16'd0;
        if (verdict != sm_pkg::StatusOk) state_d = Send;
        else if (is_write) state_d = Load;
        else state_d = Request;
      end
      Load: state_d = Request;
      Request: begin
        if (bus_answer_i) begin
          status_d = bus_status_i;
          if (bus_status_i == sm_pkg::StatusOk) done_d = done_q + 16'd1;
          if ((bus_status_i == sm_pkg::StatusOk) && !last_word_q) begin
            if (is_write) state_d = Load;
          end else if (is_write && !bus_tile_o.host &&
                       ((bus_status_i == sm_pkg::StatusOk) || (done_q != 16'd0))) begin
            state_d = Fence;
          end else begin
            state_d = Send;
          end
        end
      end
      Fence: begin
        if (quiet_i) begin
          state_d = Send;
        end else if (fence_q == 16'(sm_pkg::MeshTimeout)) begin
          status_d = sm_pkg::StatusTimeout;
          state_d  = Send;
        end
      end
      Send: if (sent) state_d = Receive;
      default: state_d = Receive;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q  <= Receive;
      status_q <= sm_pkg::StatusOk;
      done_q   <= 16'd0;
    end else begin
      state_q  <= state_d;
      status_q <= status_d;
      done_q   <= done_d;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || (state_q != Fence)) fence_q <= 16'd0;
    else fence_q <= fence_q + 16'd1;
  end

`ifndef SYNTHESIS
  logic asked_q;
  always_ff @(posedge clk_i) begin
    asked_q <= rst_ni && (state_q == Request) && !bus_answer_i;
    if (rst_ni) assert (!bus_answer_i || ((state_q == Request) && asked_q));
  end
`endif

endmodule
