// SPDX-License-Identifier: Apache-2.0
// Word port: a master of the internal bus for those that address bytes (docs/blocks/bus.md).
//
// It takes an access of a word by ready/valid, maps its byte address to the bus, and answers it
// once, with a status, before it takes the next. WINDOW, FENCE and FAULT are its own. Parts of a
// word are refused: nothing is read for them, nothing written. It speaks no bus of others; who
// wants AXI4-Lite or a processor's port puts it in front.
module sm_word_port (
  input  logic                        clk_i,
  input  logic                        rst_ni,      // power-on: a soft reset leaves it alone
  // accesses
  input  logic                        valid_i,
  output logic                        ready_o,
  input  logic                        write_i,
  input  logic [31:0]                 addr_i,      // of bytes
  input  logic [3:0]                  strb_i,      // bytes to write; of no meaning in a read
  input  logic [31:0]                 wdata_i,
  output logic                        answer_o,    // for one cycle
  output sm_pkg::status_e             status_o,    // it and the data hold until the next is taken
  output logic [31:0]                 rdata_o,     // 0 unless a read was ok
  // bus, master side: the request holds until the answer
  output logic                        bus_valid_o,
  output sm_pkg::bus_request_t        bus_request_o,
  input  logic                        bus_answer_i,
  input  sm_pkg::status_e             bus_status_i,
  input  logic [31:0]                 bus_rdata_i,
  // step controller
  input  logic                        quiet_i,
  output logic                        fencing_o,   // it waits for quiet
  output sm_pkg::retire_port_t        retire_o
);

  localparam int unsigned TileBits   = sm_pkg::TileAddrBits + 2;  // of a byte address
  localparam int unsigned HostBits   = sm_pkg::AddrBits + 2;
  localparam int unsigned WindowBits = 15;  // of a tile, without `host`

  typedef enum logic [1:0] {Free, Ask, Fence, Answer} state_e;

  state_e          state_q, state_d;
  sm_pkg::status_e status_q, status_d;
  logic [31:0]     rdata_q, rdata_d;
  logic [15:0]     fence_q;  // cycles that it has waited for quiet

  // The access, from the cycle after it is taken.
  logic        write_q;
  logic [31:0] addr_q, wdata_q;
  logic        in_host, in_tile, whole, in_host_q, in_tile_q, whole_q, bus_valid_q;
  assign in_host = (addr_i >> HostBits) == (32'(sm_pkg::ByteHost) >> HostBits);
  assign in_tile = (addr_i >> TileBits) == (32'(sm_pkg::ByteTile) >> TileBits);
  assign whole   = (addr_i[1:0] == 2'd0) && (!write_i || (strb_i == 4'hF));
  always_ff @(posedge clk_i) begin
    if (state_q == Free) begin
      write_q   <= write_i;
      addr_q    <= addr_i;
      wdata_q   <= wdata_i;
      in_host_q <= in_host;
      in_tile_q <= in_tile;
      whole_q   <= whole;
    end
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni || bus_answer_i) bus_valid_q <= 1'b0;
    else if (state_q == Free) bus_valid_q <= valid_i && whole && (in_host || in_tile);
  end

  // ------------------------------------------------------------------------------------- the map
  logic                  is_window, is_fence, is_fault, is_fault_addr, own_ok;
  logic [WindowBits-1:0] window_q;
  sm_pkg::status_e       fault_q, verdict;
  logic [31:0]           fault_addr_q;

  assign is_window     = addr_q == 32'(sm_pkg::ByteWindow);
  assign is_fence      = addr_q == 32'(sm_pkg::ByteFence);
  assign is_fault      = addr_q == 32'(sm_pkg::ByteFault);
  assign is_fault_addr = addr_q == 32'(sm_pkg::ByteFaultAddress);

  always_comb begin
    verdict = sm_pkg::StatusOk;
    if (!whole_q) verdict = sm_pkg::StatusBadLength;
    else if (!(in_host_q || in_tile_q || is_window || is_fence || is_fault || is_fault_addr)) begin
      verdict = sm_pkg::StatusBadAddress;
    end else if (write_q && (is_fence || is_fault_addr)) verdict = sm_pkg::StatusReadOnly;
    else if (write_q && is_window && ((wdata_q >> WindowBits) != 32'd0)) begin
      verdict = sm_pkg::StatusBadValue;
    end
  end

  always_comb begin
    bus_request_o.write = write_q;
    bus_request_o.tile  = in_host_q ? 16'h8000 : {1'b0, window_q};
    bus_request_o.addr  = in_host_q ? addr_q[HostBits-1:2] :
                          sm_pkg::AddrBits'(addr_q[TileBits-1:2]);
    bus_request_o.data  = wdata_q;
  end

  // ---------------------------------------------------------------------------------- the states
  logic        give_up;
  logic [31:0] own_word;

  assign bus_valid_o = bus_valid_q;
  assign own_ok      = (state_q == Ask) && (verdict == sm_pkg::StatusOk);
  assign give_up     = fence_q == 16'(sm_pkg::MeshTimeout);

  always_comb begin
    own_word = 32'd0;
    if (is_window) own_word = 32'(window_q);
    else if (is_fault) own_word = 32'(fault_q);
    else if (is_fault_addr) own_word = fault_addr_q;
  end

  always_comb begin
    state_d  = state_q;
    status_d = status_q;
    rdata_d  = rdata_q;
    unique case (state_q)
      Free: if (valid_i) state_d = Ask;
      Ask: begin
        status_d = verdict;
        rdata_d  = (own_ok && !write_q) ? own_word : 32'd0;
        if (bus_valid_o) begin
          status_d = bus_status_i;
          rdata_d  = bus_rdata_i;
          if (bus_answer_i) state_d = Answer;
        end else if (own_ok && is_fence) begin
          state_d = Fence;
        end else begin
          state_d = Answer;
        end
      end
      Fence: begin
        if (quiet_i) begin
          state_d = Answer;
        end else if (give_up) begin
          status_d = sm_pkg::StatusTimeout;
          state_d  = Answer;
        end
      end
      default: state_d = Free;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q      <= Free;
      status_q     <= sm_pkg::StatusOk;
      rdata_q      <= 32'd0;
      fence_q      <= 16'd0;
      window_q     <= '0;
      fault_q      <= sm_pkg::StatusOk;
      fault_addr_q <= 32'd0;
    end else begin
      state_q  <= state_d;
      status_q <= status_d;
      rdata_q  <= rdata_d;
      fence_q  <= (state_q == Fence) ? fence_q + 16'd1 : 16'd0;
      if (own_ok && write_q && is_window) window_q <= WindowBits'(wdata_q);
      if (own_ok && write_q && is_fault) begin
        fault_q      <= sm_pkg::StatusOk;
        fault_addr_q <= 32'd0;
      end else if (answer_o && (status_q != sm_pkg::StatusOk) &&
                   (fault_q == sm_pkg::StatusOk)) begin
        fault_q      <= status_q;
        fault_addr_q <= addr_q;
      end
    end
  end

  assign ready_o   = state_q == Free;
  assign answer_o  = state_q == Answer;
  assign status_o  = status_q;
  assign rdata_o   = rdata_q;
  assign fencing_o = state_q == Fence;

  assign retire_o.valid  = answer_o && rst_ni;
  assign retire_o.status = status_q;
  assign retire_o.write  = write_q;
  assign retire_o.addr   = addr_q;
  assign retire_o.data   = write_q ? wdata_q : rdata_q;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) assert (!bus_answer_i || bus_valid_o);
  end
`endif

endmodule
