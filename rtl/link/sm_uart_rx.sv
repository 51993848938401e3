// SPDX-License-Identifier: Apache-2.0
// UART receiver, 8N1, least significant bit first (docs/blocks/link.md).
//
// Samples once in the middle of each bit, from a counter that the start edge restarts. It does not
// buffer: a byte shows for the one cycle in which its stop bit is sampled, and nobody can make it
// wait. Sibling: sm_uart_tx.
module sm_uart_rx (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        pin_i,            // asynchronous
  input  logic [15:0] divisor_i,        // clock cycles a bit, taken when a start edge is seen
  output logic        valid_o,          // data_o is a byte, for this cycle
  output logic [7:0]  data_o,
  output logic        framing_error_o,  // a byte is dropped in this cycle: its stop bit is low
  output logic        idle_o            // nothing is under way and the pin was high
);

  typedef enum logic [2:0] {Idle, Start, Data, Stop, Wait} state_e;

  state_e      state_q, state_d;
  (* ASYNC_REG = "TRUE" *) logic pin_q, rx_q;  // the pin is not of this clock
  logic [15:0] divisor_q, divisor_d;
  logic [15:0] count_q, count_from;  // cycles to the next sample
  logic [2:0]  bit_q, bit_d;
  logic [7:0]  data_q, data_d;
  logic        sample;

  assign sample = count_q == 16'd0;
  assign idle_o = (state_q == Idle) && pin_q && rx_q;
  assign data_o = data_q;

  always_comb begin
    state_d         = state_q;
    divisor_d       = divisor_q;
    count_from      = sample ? divisor_q : count_q;
    bit_d           = bit_q;
    data_d          = data_q;
    valid_o         = 1'b0;
    framing_error_o = 1'b0;
    unique case (state_q)
      Idle: begin
        divisor_d  = divisor_i;
        count_from = {1'b0, divisor_i[15:1]};
        bit_d      = 3'd0;
        if (!rx_q) state_d = Start;
      end
      Start: begin
        if (sample && rx_q) state_d = Idle;
        else if (sample) state_d = Data;
      end
      Data: begin
        if (sample) begin
          data_d = {rx_q, data_q[7:1]};
          bit_d  = bit_q + 3'd1;
          if (bit_q == 3'd7) state_d = Stop;
        end
      end
      Stop: begin
        valid_o         = sample && rx_q;
        framing_error_o = sample && !rx_q;
        if (sample && rx_q) state_d = Idle;
        else if (sample) state_d = Wait;
      end
      Wait: begin
        if (rx_q) state_d = Idle;
      end
      default: state_d = Idle;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      pin_q     <= 1'b1;
      rx_q      <= 1'b1;
      state_q   <= Idle;
      divisor_q <= 16'd0;
      count_q   <= 16'd0;
      bit_q     <= 3'd0;
      data_q    <= 8'd0;
    end else begin
      pin_q     <= pin_i;
      rx_q      <= pin_q;
      state_q   <= state_d;
      divisor_q <= divisor_d;
      count_q   <= count_from - 16'd1;
      bit_q     <= bit_d;
      data_q    <= data_d;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) assert (divisor_i >= 16'(sm_pkg::UartDivisorMin));
  end
`endif

endmodule
