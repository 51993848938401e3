// SPDX-License-Identifier: Apache-2.0
// The management core on the bus: rights, registers, access to its memories
// (docs/blocks/management_core.md). What stops it is sm_mgmt_stop.
//
// A request is taken here when it is for a place of the management core or when who asks has no
// right to it. What tells is taken down in the cycle in which the request is seen, and holds until
// the answer. The other slaves see it as well, and drop it in the next cycle.
module sm_mgmt_regs #(
  parameter int unsigned Program = 4096,
  parameter int unsigned Data    = 2048,
  parameter int unsigned Divide  = 2
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,        // power-on or soft
  // bus, slave side
  input  logic                          valid_i,
  input  sm_pkg::bus_request_t          request_i,
  input  logic [1:0]                    master_i,
  output logic                          drop_o,        // the others drop what they have seen
  input  logic                          answered_i,    // by whichever slave
  input  sm_pkg::status_e               answered_status_i,
  output logic                          answer_o,
  output sm_pkg::status_e               status_o,
  output logic [31:0]                   rdata_o,
  // the core, from registers of its clock
  input  logic                          asleep_i,
  input  logic                          double_fault_i,
  input  logic [31:0]                   pc_i,
  input  logic [31:0]                   trap_pc_i,
  input  logic [31:0]                   trap_addr_i,
  input  logic                          in_reset_i,
  input  logic                          tick_i,
  // its accesses
  input  logic                          fails_i,
  input  sm_pkg::status_e               fails_status_i,
  input  logic [31:0]                   fails_addr_i,
  input  logic                          port_idle_i,
  output logic                          go_o,          // the core is not in reset
  output logic                          owner_o,       // the core owns the run
  // its memories
  output logic                          memory_ask_o,
  output logic                          memory_write_o,
  output logic                          memory_program_o,
  output logic [15:0]                   memory_addr_o,
  output logic [31:0]                   memory_wdata_o,
  input  logic                          memory_done_i,
  input  logic [31:0]                   memory_rdata_i,
  // the run
  input  logic                          run_i,
  input  logic                          run_ends_i,
  input  logic                          spikes_i,
  output logic                          irq_timer_o,
  output logic [sm_mgmt_pkg::MgmtInterruptWidth-1:0] irq_o,
  input  logic                          irq_moves_i,   // the core sees other levels yet
  output logic                          idle_o         // nothing happens here until a request comes
);
  localparam int unsigned B = sm_mgmt_pkg::RegisterBits;

  // --------------------------------------------------------------------------------- whose request
  sm_pkg::tile_t               tile;
  logic [sm_pkg::AddrBits-1:0] addr;
  logic                        by_core, guarded, writes, never, owner_only;
  logic                        in_regs, in_program, in_data;
  logic                        under_way_q, run, owner;

  assign tile    = request_i.tile;
  assign addr    = request_i.addr;
  assign by_core = master_i == sm_pkg::BusMasterCore;
  sm_mgmt_rights u_rights (
    .request_i,
    .by_core_i   (by_core),
    .guarded_o   (guarded),
    .writes_o    (writes),
    .never_o     (never),
    .owner_only_o(owner_only)
  );
  localparam int unsigned RegsSize    = $clog2(sm_mgmt_pkg::MgmtRegistersWords);
  localparam int unsigned ProgramSize = $clog2(sm_mgmt_pkg::MgmtProgramWords);
  localparam int unsigned DataSize    = $clog2(sm_mgmt_pkg::MgmtDataWords);
  logic plain_host;
  assign plain_host = tile.host && (tile.x == '0) && (tile.y == '0) && (tile.reserved == '0);
  assign in_regs    = (32'(addr) >> RegsSize) ==
                      (32'(sm_mgmt_pkg::MgmtRegistersBase) >> RegsSize);
  assign in_program = (32'(addr) >> ProgramSize) ==
                      (32'(sm_mgmt_pkg::MgmtProgramBase) >> ProgramSize);
  assign in_data    = (32'(addr) >> DataSize) ==
                      (32'(sm_mgmt_pkg::MgmtDataBase) >> DataSize);

  // From the cycle after the request is seen, until its answer.
  logic        write_q, by_core_q, guarded_q, writes_q, never_q, owner_only_q, owns_q;
  logic        plain_host_q, in_regs_q, in_program_q, in_data_q, at_regs, at_program;
  logic [15:0] index_q;
  logic [31:0] wdata_q;
  logic        denied, mine;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) under_way_q <= 1'b0;
    else under_way_q <= valid_i && !answered_i;
    if (!under_way_q) begin
      write_q      <= request_i.write;
      by_core_q    <= by_core;
      guarded_q    <= guarded;
      writes_q     <= writes;
      never_q      <= never;
      owner_only_q <= owner_only;
      owns_q       <= by_core == owner;
      plain_host_q <= plain_host;
      in_regs_q    <= in_regs;
      in_program_q <= in_program;
      in_data_q    <= in_data;
      index_q      <= 16'(addr);
      wdata_q      <= request_i.data;
    end
  end
  assign denied = (writes_q && never_q) ||
                  ((guarded_q || (writes_q && owner_only_q)) && !owns_q);
  assign mine   = denied || (plain_host_q && (in_regs_q || in_program_q || in_data_q));
  assign drop_o = under_way_q && mine;

  assign at_regs    = plain_host_q && in_regs_q;
  assign at_program = plain_host_q && in_program_q;

  // ------------------------------------------------------------------------------------ the states
  typedef enum logic [2:0] {Free, Exec, Judge, Set, Memory, Release, Answer} state_e;
  state_e state_q, state_d;

  // Of an access to a register, Exec finds what hangs on its index and its value, Judge reads or
  // decides, and Set writes.
  logic            exec, set, loads;
  sm_pkg::status_e verdict, sentence, status_q;
  logic [31:0]     value, rdata_q;
  assign exec  = state_q == Exec;
  assign set   = state_q == Set;
  // No read of a register is refused, and one of none gives 0.
  assign loads = !write_q && ((state_q == Judge) || (memory_ask_o && memory_done_i));

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      Free: if (valid_i && !under_way_q) state_d = Exec;
      Exec: begin
        state_d = Answer;
        if (!mine) state_d = Free;
        else if (at_regs) state_d = Judge;
        else if (verdict == sm_pkg::StatusOk) state_d = Memory;
      end
      Judge: state_d = (write_q && (sentence == sm_pkg::StatusOk)) ? Set : Answer;
      Set: state_d = Answer;
      Memory: if (memory_done_i) state_d = Release;
      Release: if (!memory_done_i) state_d = Answer;
      default: state_d = Free;
    endcase
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q  <= Free;
      status_q <= sm_pkg::StatusOk;
      rdata_q  <= 32'd0;
    end else begin
      state_q <= state_d;
      if (exec) status_q <= verdict;
      else if (state_q == Judge) status_q <= sentence;
      if (state_q == Free) rdata_q <= 32'd0;
      else if (loads) rdata_q <= at_regs ? value : memory_rdata_i;
    end
  end
  assign answer_o = state_q == Answer;
  assign status_o = status_q;
  assign rdata_o  = rdata_q;

  assign memory_ask_o     = state_q == Memory;
  assign memory_write_o   = write_q;
  assign memory_program_o = at_program;
  assign memory_addr_o    = index_q;
  assign memory_wdata_o   = wdata_q;

  // --------------------------------------------------------------------------- timer and mailboxes
  logic [B-1:0] index;
  assign index = index_q[B-1:0];

  // Which register it is, from Judge on.
  logic [sm_mgmt_pkg::Registers-1:0] at_q;
  always_ff @(posedge clk_i) begin
    for (int unsigned r = 0; r < sm_mgmt_pkg::Registers; r++) at_q[r] <= index == B'(r);
  end

  logic [63:0] time_now, compare;
  logic [31:0] watchdog, watched, in_write, in_read, out_write, out_read, tile_writes_q;
  logic        due, unset, bite, start;
  sm_mgmt_timer u_timer (
    .clk_i, .rst_ni,
    .tick_i,
    .awake_i        (run && !asleep_i),
    .start_i        (start),
    .compare_lo_we_i(set && at_q[sm_mgmt_pkg::RegCompareLo]),
    .compare_hi_we_i(set && at_q[sm_mgmt_pkg::RegCompareHi]),
    .watchdog_we_i  (set && at_q[sm_mgmt_pkg::RegWatchdog]),
    .kick_i         (set && at_q[sm_mgmt_pkg::RegKick]),
    .wdata_i        (wdata_q),
    .time_o         (time_now),
    .compare_o      (compare),
    .watchdog_o     (watchdog),
    .count_o        (watched),
    .due_o          (due),
    .never_o        (unset),
    .bite_o         (bite)
  );

  logic in_write_fits, in_read_fits, in_holds, out_write_fits, out_read_fits, unused_out_holds;
  sm_mgmt_mailbox u_in (
    .clk_i, .rst_ni,
    .wdata_i     (wdata_q),
    .write_we_i  (set && at_q[sm_mgmt_pkg::RegInWrite]),
    .read_we_i   (set && at_q[sm_mgmt_pkg::RegInRead]),
    .write_o     (in_write),
    .read_o      (in_read),
    .write_fits_o(in_write_fits),
    .read_fits_o (in_read_fits),
    .holds_o     (in_holds)
  );
  sm_mgmt_mailbox u_out (
    .clk_i, .rst_ni,
    .wdata_i     (wdata_q),
    .write_we_i  (set && at_q[sm_mgmt_pkg::RegOutWrite]),
    .read_we_i   (set && at_q[sm_mgmt_pkg::RegOutRead]),
    .write_o     (out_write),
    .read_o      (out_read),
    .write_fits_o(out_write_fits),
    .read_fits_o (out_read_fits),
    .holds_o     (unused_out_holds)
  );

  // ---------------------------------------------------------------------------------------- checks
  // Of all but registers.
  logic known;
  always_comb begin
    if (at_program) known = (index_q >> $clog2(Program)) == 16'd0;
    else known = (index_q >> $clog2(Data)) == 16'd0;
  end
  always_comb begin
    verdict = sm_pkg::StatusOk;
    if (denied) begin
      verdict = sm_pkg::StatusRefused;
    end else if (!known) begin
      verdict = sm_pkg::StatusBadAddress;
    end else if (write_q && at_program) begin
      if (by_core_q) verdict = sm_pkg::StatusRefused;
      else if (run) verdict = sm_pkg::StatusRunning;
    end
  end

  // Of a register. In Exec: what the index and the value say.
  logic        writable, of_host, of_core, takes_run, too_large;
  logic        writable_q, barred_q, takes_run_q, too_large_q, starts_q, halts_q;
  logic [31:0] control_q;  // of the last start
  always_comb begin
    writable  = 1'b1;
    of_host   = 1'b0;  // the other one may never write it
    of_core   = 1'b0;
    takes_run = 1'b0;
    too_large = 1'b0;
    unique case (index)
      sm_mgmt_pkg::RegControl, sm_mgmt_pkg::RegInWrite, sm_mgmt_pkg::RegOutRead: of_host = 1'b1;
      sm_mgmt_pkg::RegOwner: begin
        takes_run = wdata_q == 32'd1;
        too_large = wdata_q > 32'd1;
      end
      sm_mgmt_pkg::RegWatchdog: ;
      sm_mgmt_pkg::RegStopPc, sm_mgmt_pkg::RegStopAddress, sm_mgmt_pkg::RegExit,
      sm_mgmt_pkg::RegTrap, sm_mgmt_pkg::RegCompareLo, sm_mgmt_pkg::RegCompareHi,
      sm_mgmt_pkg::RegKick, sm_mgmt_pkg::RegInRead, sm_mgmt_pkg::RegOutWrite: of_core = 1'b1;
      sm_mgmt_pkg::RegIrqPending: begin
        of_core   = 1'b1;
        too_large = (wdata_q >> sm_mgmt_pkg::MgmtInterruptWidth) != 32'd0;
      end
      default: writable = 1'b0;
    endcase
  end
  always_ff @(posedge clk_i) begin
    writable_q  <= writable;
    barred_q    <= by_core_q ? of_host : of_core;
    takes_run_q <= takes_run;
    too_large_q <= too_large;
    starts_q    <= (index == sm_mgmt_pkg::RegControl) && (wdata_q != 32'd0) &&
                   (wdata_q != control_q);
    halts_q     <= (index == sm_mgmt_pkg::RegControl) && (wdata_q == 32'd0);
  end

  // In Judge. What was on its way when the core stopped is refused; the host gives the run and
  // takes it, the core gives it back.
  logic refused, misfit;
  assign refused = barred_q || ((by_core_q || takes_run_q) && !run) ||
                   (by_core_q && takes_run_q && !owner);
  assign misfit  = too_large_q || (at_q[sm_mgmt_pkg::RegInWrite] && !in_write_fits) ||
                   (at_q[sm_mgmt_pkg::RegInRead] && !in_read_fits) ||
                   (at_q[sm_mgmt_pkg::RegOutWrite] && !out_write_fits) ||
                   (at_q[sm_mgmt_pkg::RegOutRead] && !out_read_fits);
  always_comb begin
    sentence = sm_pkg::StatusOk;
    if (at_q == '0) sentence = sm_pkg::StatusBadAddress;
    else if (!write_q) sentence = sm_pkg::StatusOk;
    else if (!writable_q) sentence = sm_pkg::StatusReadOnly;
    else if (refused) sentence = sm_pkg::StatusRefused;
    else if (starts_q && run) sentence = sm_pkg::StatusRunning;
    else if (misfit) sentence = sm_pkg::StatusBadValue;
  end

  // ------------------------------------------------------------------------------ starts and stops
  sm_mgmt_pkg::mgmt_stop_e cause;
  logic [31:0]             stop_pc, stop_addr, stop_status;
  logic                    resting;

  assign start = set && starts_q;
  sm_mgmt_stop u_stop (
    .clk_i, .rst_ni,
    .start_i       (start),
    .fails_i,
    .fails_status_i,
    .fails_addr_i,
    .double_fault_i,
    .trap_pc_i,
    .trap_addr_i,
    .bite_i        (bite),
    .host_stops_i  (set && halts_q),
    .exits_i       (set && at_q[sm_mgmt_pkg::RegExit]),
    .traps_i       (set && at_q[sm_mgmt_pkg::RegTrap]),
    .pc_we_i       (set && at_q[sm_mgmt_pkg::RegStopPc]),
    .addr_we_i     (set && at_q[sm_mgmt_pkg::RegStopAddress]),
    .owner_we_i    (set && at_q[sm_mgmt_pkg::RegOwner]),
    .wdata_i       (wdata_q),
    .pc_i,
    .in_reset_i,
    .port_idle_i,
    .run_o         (run),
    .go_o,
    .resting_o     (resting),
    .owner_o       (owner),
    .cause_o       (cause),
    .stop_pc_o     (stop_pc),
    .stop_addr_o   (stop_addr),
    .stop_status_o (stop_status)
  );
  assign owner_o = owner;

  // ------------------------------------------------------------------------------- other registers
  logic                         run_done_q, run_began_q;  // run_began_q: a cycle ago
  sm_mgmt_pkg::mgmt_interrupt_t pending, written;
  assign written = sm_mgmt_pkg::MgmtInterruptWidth'(wdata_q);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      tile_writes_q <= 32'd0;
      control_q     <= 32'd0;
      run_done_q    <= 1'b0;
    end else begin
      if (answered_i && by_core_q && write_q && !tile.host &&
          (answered_status_i == sm_pkg::StatusOk)) begin
        tile_writes_q <= tile_writes_q + 32'd1;
      end
      if (start) control_q <= wdata_q;
      if (start) run_done_q <= 1'b0;
      else if (run_ends_i) run_done_q <= 1'b1;
      else if (run_began_q) run_done_q <= 1'b0;
      else if (set && at_q[sm_mgmt_pkg::RegIrqPending] && written.run_done) run_done_q <= 1'b0;
    end
  end
  always_ff @(posedge clk_i) run_began_q <= rst_ni && run_i;
  always_comb begin
    pending.run_done = run_done_q;
    pending.spikes   = spikes_i;
    pending.mail     = in_holds;
  end
  logic unused_written;  // levels: no write clears them
  assign unused_written = ^{written.spikes, written.mail};

  sm_mgmt_pkg::mgmt_status_t status;
  assign status.running = run;
  assign status.asleep  = asleep_i && run;
  always_comb begin
    value = 32'd0;
    unique case (1'b1)
      at_q[sm_mgmt_pkg::RegAbi]: value = 32'(sm_mgmt_pkg::MgmtAbi);
      at_q[sm_mgmt_pkg::RegHash]: value = 32'(sm_mgmt_pkg::MgmtHash);
      at_q[sm_mgmt_pkg::RegDivide]: value = 32'(Divide);
      at_q[sm_mgmt_pkg::RegProgramWords]: value = 32'(Program);
      at_q[sm_mgmt_pkg::RegDataWords]: value = 32'(Data);
      at_q[sm_mgmt_pkg::RegControl]: value = control_q;
      at_q[sm_mgmt_pkg::RegStatus]: value = 32'(status);
      at_q[sm_mgmt_pkg::RegOwner]: value = {31'd0, owner};
      at_q[sm_mgmt_pkg::RegStopCause]: value = 32'(cause);
      at_q[sm_mgmt_pkg::RegStopPc]: value = stop_pc;
      at_q[sm_mgmt_pkg::RegStopAddress]: value = stop_addr;
      at_q[sm_mgmt_pkg::RegStopStatus]: value = stop_status;
      at_q[sm_mgmt_pkg::RegTimeLo]: value = time_now[31:0];
      at_q[sm_mgmt_pkg::RegTimeHi]: value = time_now[63:32];
      at_q[sm_mgmt_pkg::RegCompareLo]: value = compare[31:0];
      at_q[sm_mgmt_pkg::RegCompareHi]: value = compare[63:32];
      at_q[sm_mgmt_pkg::RegWatchdog]: value = watchdog;
      at_q[sm_mgmt_pkg::RegKick]: value = watched;
      at_q[sm_mgmt_pkg::RegIrqPending]: value = 32'(pending);
      at_q[sm_mgmt_pkg::RegInWrite]: value = in_write;
      at_q[sm_mgmt_pkg::RegInRead]: value = in_read;
      at_q[sm_mgmt_pkg::RegOutWrite]: value = out_write;
      at_q[sm_mgmt_pkg::RegOutRead]: value = out_read;
      at_q[sm_mgmt_pkg::RegTileWrites]: value = tile_writes_q;
      default: ;  // none, EXIT and TRAP are 0
    endcase
  end

  // -------------------------------------------------------------------- interrupts, and what rests
  // A core that sleeps may be about to wake for two of its cycles after an interrupt changed.
  logic [1:0] settle_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) settle_q <= 2'd0;
    else if (irq_moves_i || !asleep_i) settle_q <= 2'd3;
    else if (tick_i && (settle_q != 2'd0)) settle_q <= settle_q - 2'd1;
  end
  assign irq_timer_o = due;
  assign irq_o       = pending;
  // Nothing happens here until a request comes or the timer is due.
  logic sleeps, still;
  assign sleeps = asleep_i && (settle_q == 2'd0) && !irq_moves_i;
  assign still  = (state_q == Free) && !run_began_q && port_idle_i &&
                  (run ? sleeps : resting);
  assign idle_o = still && (unset || !run);

`ifndef SYNTHESIS
  // What the next cycle tells, for who has to know it in this one: the model of the bus.
  logic takes, takes_q;
  assign takes = under_way_q ? mine : (writes && never) ||
                                      ((guarded || (writes && owner_only)) &&
                                       (by_core != owner)) ||
                                      (plain_host && (in_regs || in_program || in_data));
  always_ff @(posedge clk_i) begin
    takes_q <= takes;
    if (rst_ni && under_way_q) assert (drop_o == takes_q) else $stop;
  end
`endif

endmodule
