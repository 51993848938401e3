// SPDX-License-Identifier: Apache-2.0
// Reset of a board for the chip: begins at once, ends in step with the clock (docs/boards.md).
//
// The request may come at any time, also while there is no clock yet. The reset ends 16 clock
// cycles after the request has ended. It does not filter a button that bounces: it restarts.
module sm_reset (
  input  logic clk_i,
  input  logic request_ni,  // asynchronous
  output logic rst_no
);

  localparam int unsigned Cycles = 16;  // two of them for the synchronizer

  (* ASYNC_REG = "TRUE" *) logic [1:0] sync_q;
  logic [Cycles-3:0] held_q;

  always_ff @(posedge clk_i or negedge request_ni) begin
    if (!request_ni) begin
      sync_q <= '0;
      held_q <= '0;
    end else begin
      sync_q <= {sync_q[0], 1'b1};
      held_q <= (held_q << 1) | (Cycles - 2)'(sync_q[1]);
    end
  end

  assign rst_no = held_q[Cycles-3];

endmodule
