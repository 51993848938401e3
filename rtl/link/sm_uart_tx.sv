// SPDX-License-Identifier: Apache-2.0
// UART transmitter, 8N1, least significant bit first (docs/blocks/link.md).
//
// A byte accepted in cycle b is on the pin in cycles b+1 .. b+10*divisor, and the next one may be
// accepted in the last of them, so that bytes follow without a gap. It does not buffer.
// Sibling: sm_uart_rx.
module sm_uart_tx (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [15:0] divisor_i,  // clock cycles a bit, taken when a byte is accepted
  input  logic        valid_i,
  input  logic [7:0]  data_i,
  output logic        ready_o,    // idle
  output logic        pin_o
);

  logic        busy_q, pin_q;
  logic [15:0] divisor_q;
  logic [15:0] count_q;   // cycles left of the bit on the pin, but one
  logic [8:0]  shift_q;   // stop bit and data still to come
  logic [3:0]  left_q;    // bits still to come
  logic [15:0] count_from;
  logic        accept, next_bit, last_cycle;

  assign ready_o    = !busy_q;
  assign pin_o      = pin_q;
  assign accept     = valid_i && ready_o;
  assign next_bit   = busy_q && (count_q == 16'd0);
  assign last_cycle = busy_q && (left_q == 4'd0) && (count_q == 16'd1);
  // What the counter goes down from.
  always_comb begin
    count_from = count_q;
    if (accept) count_from = divisor_i;
    else if (next_bit) count_from = divisor_q;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_q    <= 1'b0;
      pin_q     <= 1'b1;
      divisor_q <= 16'd0;
      count_q   <= 16'd0;
      shift_q   <= 9'd0;
      left_q    <= 4'd0;
    end else if (accept) begin
      busy_q    <= 1'b1;
      pin_q     <= 1'b0;
      divisor_q <= divisor_i;
      count_q   <= count_from - 16'd1;
      shift_q   <= {1'b1, data_i};
      left_q    <= 4'd9;
    end else if (next_bit) begin
      pin_q     <= shift_q[0];
      shift_q   <= {1'b1, shift_q[8:1]};
      left_q    <= left_q - 4'd1;
      count_q   <= count_from - 16'd1;
    end else if (busy_q) begin
      count_q   <= count_from - 16'd1;
      busy_q    <= !last_cycle;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) assert (divisor_i >= 16'(sm_pkg::UartDivisorMin));
  end
`endif

endmodule
