// SPDX-License-Identifier: Apache-2.0
// Timer and watchdog of the management core (docs/blocks/management_core.md, "Timer and watchdog").
//
// It counts cycles of the core in the chip's clock. Who may write, and what a bite does, is
// sm_mgmt_regs.
module sm_mgmt_timer (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        tick_i,          // a cycle of the core ends
  input  logic        awake_i,         // the core runs and does not sleep: the watchdog counts
  input  logic        start_i,         // the core starts: no timer is set, the watchdog begins at 0
  input  logic        compare_lo_we_i,
  input  logic        compare_hi_we_i,
  input  logic        watchdog_we_i,
  input  logic        kick_i,
  input  logic [31:0] wdata_i,
  output logic [63:0] time_o,
  output logic [63:0] compare_o,
  output logic [31:0] watchdog_o,
  output logic [31:0] count_o,
  output logic        due_o,           // the timer interrupts, from a register
  output logic        never_o,         // the timer is not set
  output logic        bite_o           // the watchdog has waited long enough, from a register
);
  logic [63:0] time_q, compare_q;
  logic [31:0] watchdog_q, count_q;
  logic        due_q, bite_q, restart;

  // What is borrowed tells which is lower: a carry chain, and nothing beside it.
  logic [64:0] early;
  logic [32:0] awaited;
  assign early   = {1'b0, time_q} - {1'b0, compare_q};
  assign awaited = {1'b0, count_q} - {1'b0, watchdog_q};
  logic unused_differences;
  assign unused_differences = ^{early[63:0], awaited[31:0]};

  assign restart = start_i || watchdog_we_i || kick_i;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      time_q     <= 64'd0;
      compare_q  <= '1;
      watchdog_q <= 32'd0;
      count_q    <= 32'd0;
      due_q      <= 1'b0;
      bite_q     <= 1'b0;
    end else begin
      if (tick_i) time_q <= time_q + 64'd1;
      if (start_i) begin
        compare_q <= '1;
      end else begin
        if (compare_lo_we_i) compare_q[31:0] <= wdata_i;
        if (compare_hi_we_i) compare_q[63:32] <= wdata_i;
      end
      if (watchdog_we_i) watchdog_q <= wdata_i;
      if (restart) count_q <= 32'd0;
      else if (tick_i && awake_i) count_q <= count_q + 32'd1;
      due_q  <= !early[64] && !never_o;
      bite_q <= (watchdog_q != 32'd0) && !awaited[32] && !restart;
    end
  end

  assign time_o     = time_q;
  assign compare_o  = compare_q;
  assign watchdog_o = watchdog_q;
  assign count_o    = count_q;
  assign due_o      = due_q;
  assign never_o    = &compare_q;
  assign bite_o     = bite_q;

endmodule
