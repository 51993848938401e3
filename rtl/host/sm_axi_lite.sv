// SPDX-License-Identifier: Apache-2.0
// AXI4-Lite in front of the word port (docs/blocks/axi.md).
//
// It takes one write and one read at a time, hands them to the word port in turn, and answers each
// once. It knows no addresses: the byte map is sm_word_port's.
// The pins of the bus have the names of its specification, so that tools find them.
module sm_axi_lite #(
  parameter int unsigned ErrorReply = 1  // 0: each answer is OKAY, and FAULT alone tells
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  // AXI4-Lite
  // verilog_lint: waive-start port-name-suffix
  input  logic [27:0]     s_axi_awaddr,
  input  logic [2:0]      s_axi_awprot,
  input  logic            s_axi_awvalid,
  output logic            s_axi_awready,
  input  logic [31:0]     s_axi_wdata,
  input  logic [3:0]      s_axi_wstrb,
  input  logic            s_axi_wvalid,
  output logic            s_axi_wready,
  output logic [1:0]      s_axi_bresp,
  output logic            s_axi_bvalid,
  input  logic            s_axi_bready,
  input  logic [27:0]     s_axi_araddr,
  input  logic [2:0]      s_axi_arprot,
  input  logic            s_axi_arvalid,
  output logic            s_axi_arready,
  output logic [31:0]     s_axi_rdata,
  output logic [1:0]      s_axi_rresp,
  output logic            s_axi_rvalid,
  input  logic            s_axi_rready,
  // verilog_lint: waive-stop port-name-suffix
  // word port
  output logic            port_valid_o,
  input  logic            port_ready_i,
  output logic            port_write_o,
  output logic [31:0]     port_addr_o,
  output logic [3:0]      port_strb_o,
  output logic [31:0]     port_wdata_o,
  input  logic            port_answer_i,
  input  sm_pkg::status_e port_status_i,
  input  logic [31:0]     port_rdata_i
);

  localparam logic [1:0] Okay = 2'b00, SlvErr = 2'b10, DecErr = 2'b11;

  typedef enum logic [1:0] {Free, Ask, Wait} state_e;

  state_e      state_q, state_d;
  logic        open_q;    // not in reset: nothing is taken that a reset would lose
  logic        write_q;   // the access that is asked, or was asked last, is a write
  logic        aw_full_q, w_full_q, ar_full_q;
  logic [27:0] awaddr_q, araddr_q;
  logic [31:0] wdata_q;
  logic [3:0]  wstrb_q;
  logic        want_write, want_read, taken;
  logic [1:0]  resp;

  assign s_axi_awready = open_q && !aw_full_q;
  assign s_axi_wready  = open_q && !w_full_q;
  assign s_axi_arready = open_q && !ar_full_q;

  // An access begins when its answer will have a place to wait in.
  assign want_write = aw_full_q && w_full_q && !s_axi_bvalid;
  assign want_read  = ar_full_q && !s_axi_rvalid;
  assign taken      = (state_q == Ask) && port_ready_i;

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      Free:    if (want_write || want_read) state_d = Ask;
      Ask:     if (port_ready_i) state_d = Wait;
      default: if (port_answer_i) state_d = Free;
    endcase
  end

  always_comb begin
    resp = SlvErr;
    if ((port_status_i == sm_pkg::StatusOk) || (ErrorReply == 0)) resp = Okay;
    else if (port_status_i == sm_pkg::StatusBadAddress) resp = DecErr;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q      <= Free;
      open_q       <= 1'b0;
      write_q      <= 1'b0;
      aw_full_q    <= 1'b0;
      w_full_q     <= 1'b0;
      ar_full_q    <= 1'b0;
      s_axi_bvalid <= 1'b0;
      s_axi_rvalid <= 1'b0;
    end else begin
      state_q <= state_d;
      open_q  <= 1'b1;
      if (state_q == Free) write_q <= want_write && (!want_read || !write_q);
      if (s_axi_awvalid && s_axi_awready) aw_full_q <= 1'b1;
      else if (taken && write_q) aw_full_q <= 1'b0;
      if (s_axi_wvalid && s_axi_wready) w_full_q <= 1'b1;
      else if (taken && write_q) w_full_q <= 1'b0;
      if (s_axi_arvalid && s_axi_arready) ar_full_q <= 1'b1;
      else if (taken && !write_q) ar_full_q <= 1'b0;
      if ((state_q == Wait) && port_answer_i && write_q) s_axi_bvalid <= 1'b1;
      else if (s_axi_bready) s_axi_bvalid <= 1'b0;
      if ((state_q == Wait) && port_answer_i && !write_q) s_axi_rvalid <= 1'b1;
      else if (s_axi_rready) s_axi_rvalid <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (s_axi_awready) awaddr_q <= s_axi_awaddr;
    if (s_axi_arready) araddr_q <= s_axi_araddr;
    if (s_axi_wready) begin
      wdata_q <= s_axi_wdata;
      wstrb_q <= s_axi_wstrb;
    end
    if ((state_q == Wait) && port_answer_i && write_q) s_axi_bresp <= resp;
    if ((state_q == Wait) && port_answer_i && !write_q) begin
      s_axi_rresp <= resp;
      s_axi_rdata <= port_rdata_i;
    end
  end

  assign port_valid_o = state_q == Ask;
  assign port_write_o = write_q;
  assign port_addr_o  = {4'd0, write_q ? awaddr_q : araddr_q};
  assign port_strb_o  = wstrb_q;
  assign port_wdata_o = wdata_q;

  logic unused_prot;  // every access is allowed
  assign unused_prot = ^{s_axi_awprot, s_axi_arprot};

endmodule
