// SPDX-License-Identifier: Apache-2.0
// Interrupt output and its two registers, IRQ_PENDING and IRQ_MASK (docs/blocks/bus.md,
// "Interrupt").
//
// The output is a level, from a register. Who writes the registers, and checks what is written, is
// sm_host_regs.
module sm_irq (
  input  logic                clk_i,
  input  logic                rst_ni,        // power-on
  input  logic                soft_reset_i,  // the registers are reset, the output follows
  // what happens
  input  logic                run_i,         // a run begins, or goes on
  input  logic                run_ends_i,
  input  logic                spikes_i,      // the spike-out ring is not empty
  input  logic                error_i,       // an entry is late, bad or lost
  // registers
  input  logic                clear_i,       // what word_i names is cleared
  input  logic                mask_we_i,
  input  sm_pkg::interrupt_t  word_i,
  output sm_pkg::interrupt_t  pending_o,
  output sm_pkg::interrupt_t  mask_o,
  output logic                irq_o,
  output logic                moves_o,       // irq_o changes at the end of this cycle
  output sm_pkg::retire_irq_t retire_o
);
  logic               run_done_q, error_q, irq_q, irq_d;
  sm_pkg::interrupt_t mask_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || soft_reset_i) begin
      run_done_q <= 1'b0;
      error_q    <= 1'b0;
      mask_q     <= '0;
    end else begin
      if (run_i) run_done_q <= 1'b0;
      else if (run_ends_i) run_done_q <= 1'b1;
      else if (clear_i && word_i.run_done) run_done_q <= 1'b0;
      if (error_i) error_q <= 1'b1;
      else if (clear_i && word_i.error) error_q <= 1'b0;
      if (mask_we_i) mask_q <= word_i;
    end
  end
  logic unused_spikes;  // no write clears it
  assign unused_spikes = word_i.spikes;

  always_comb begin
    pending_o.run_done = run_done_q;
    pending_o.spikes   = spikes_i;
    pending_o.error    = error_q;
  end
  assign mask_o  = mask_q;
  assign irq_d   = (pending_o & mask_q) != '0;
  assign irq_o   = irq_q;
  assign moves_o = irq_d != irq_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) irq_q <= 1'b0;
    else irq_q <= irq_d;
  end

  assign retire_o.valid = moves_o && rst_ni;
  assign retire_o.level = irq_d;

endmodule
