// SPDX-License-Identifier: Apache-2.0
// Writes zeros to the memories that a clear names, one address a cycle, from 0 on
// (docs/blocks/core.md). Started in cycle u, it is busy in u + 1 .. u + len, with len the longest
// of the memories; users stop at the end of their own (sm_lane, sm_core). A mask that names none of
// a core's memories starts nothing.
module sm_sweep #(
  parameter int unsigned Neurons  = 256,
  parameter int unsigned Synapses = 8192,
  parameter int unsigned Axons    = 1024,
  parameter int unsigned Fanouts  = 1024,
  parameter int unsigned Plastics = 2048,
  parameter int unsigned Lanes    = 1,
  parameter int unsigned DelayMax = 15
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic                         start_i,
  input  logic [                  7:0] mask_i,       // bits: sm_pkg::clear_mask_e
  output logic                         starts_o,     // start_i, and there is something to do
  output logic                         membrane_o,   // while zeros are written, as the next three:
  output logic                         trace_o,
  output logic                         adaptation_o, // bits of the mask; `all` sets every one
  output logic                         all_o,
  output logic [sm_pkg::IndexBits-1:0] addr_o,
  output logic                         busy_o
);
  localparam int unsigned IndexBits = sm_pkg::IndexBits;
  localparam int unsigned Groups = Neurons / Lanes;
  localparam int unsigned Accs = (DelayMax + 1) * Groups;
  localparam int unsigned Rows = Synapses / Lanes;
  localparam int unsigned Longer = Axons > Fanouts ? Axons : Fanouts;
  localparam int unsigned Longest = Accs > Rows ? Accs : Rows;
  localparam int unsigned Traces = Axons > Groups ? Axons : Groups;
  localparam int unsigned Entries = Plastics / Lanes;
  localparam int unsigned Table = sm_pkg::Rules * 2 * sm_pkg::TraceSteps;
  localparam int unsigned Learning = Entries > Table ? Entries : Table;
  localparam int unsigned Static = Longest > Longer ? Longest : Longer;
  localparam int unsigned All = Static > Learning ? Static : Learning;
  localparam int unsigned Both = Accs > Traces ? Accs : Traces;

  logic all, membrane, trace, adaptation;
  assign all = mask_i[sm_pkg::ClearMaskAll];
  assign membrane = all || mask_i[sm_pkg::ClearMaskMembrane];
  assign trace = all || mask_i[sm_pkg::ClearMaskTrace];
  assign adaptation = all || mask_i[sm_pkg::ClearMaskAdaptation];
  assign starts_o = start_i && (membrane || trace || adaptation);

  logic [IndexBits-1:0] last_q;
  always_ff @(posedge clk_i) begin
    if (starts_o) begin
      addr_o <= '0;
      last_q <= all ? IndexBits'(All - 1) : membrane && trace ? IndexBits'(Both - 1)
          : membrane ? IndexBits'(Accs - 1) : trace ? IndexBits'(Traces - 1)
          : IndexBits'(Groups - 1);
    end else if (busy_o) begin
      addr_o <= addr_o + IndexBits'(1);
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_o <= 1'b0;
      membrane_o <= 1'b0;
      trace_o <= 1'b0;
      adaptation_o <= 1'b0;
      all_o <= 1'b0;
    end else if (starts_o) begin
      busy_o <= 1'b1;
      membrane_o <= membrane;
      trace_o <= trace;
      adaptation_o <= adaptation;
      all_o <= all;
    end else if (addr_o == last_q) begin
      busy_o <= 1'b0;
      membrane_o <= 1'b0;
      trace_o <= 1'b0;
      adaptation_o <= 1'b0;
      all_o <= 1'b0;
    end
  end

  logic unused_mask;
  assign unused_mask = ^mask_i;
endmodule
