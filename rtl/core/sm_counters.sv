// SPDX-License-Identifier: Apache-2.0
// The counters of a tile (sm_pkg::counter_e): 32 bit, wrapping, cleared by reset only. Readers take
// differences.
module sm_counters #(
  parameter  int unsigned Lanes   = 1,
  localparam int unsigned SumBits = $clog2(Lanes + 1)
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic [Lanes-1:0] spikes_i,      // one bit a lane
  input  logic             packet_i,
  input  logic [Lanes-1:0] synapses_i,
  input  logic             emitted_i,
  input  logic             emit_stall_i,
  input  logic [Lanes-1:0] saturations_i,
  input  logic             update_i,
  input  logic [Lanes-1:0] weights_i,
  input  logic [Lanes-1:0] clips_min_i,
  input  logic [Lanes-1:0] clips_max_i,
  input  logic             read_i,        // the counter `index_i` is sampled in the next cycle
  input  logic [      3:0] index_i,
  output logic [     31:0] word_o         // zero when the last read was not of a counter
);
  localparam int unsigned N = 10;

  // Lanes that did it, in this cycle
  logic [SumBits-1:0] spikes, synapses, saturations, weights, clips_min, clips_max;
  always_comb begin
    spikes = '0;
    synapses = '0;
    saturations = '0;
    weights = '0;
    clips_min = '0;
    clips_max = '0;
    for (int unsigned l = 0; l < Lanes; l++) begin
      spikes = spikes + SumBits'(spikes_i[l]);
      synapses = synapses + SumBits'(synapses_i[l]);
      saturations = saturations + SumBits'(saturations_i[l]);
      weights = weights + SumBits'(weights_i[l]);
      clips_min = clips_min + SumBits'(clips_min_i[l]);
      clips_max = clips_max + SumBits'(clips_max_i[l]);
    end
  end

  logic [N*SumBits-1:0] add;
  assign add[sm_pkg::CounterSpikes*SumBits+:SumBits] = spikes;
  assign add[sm_pkg::CounterPackets*SumBits+:SumBits] = SumBits'(packet_i);
  assign add[sm_pkg::CounterSynapseEvents*SumBits+:SumBits] = synapses;
  assign add[sm_pkg::CounterEmitted*SumBits+:SumBits] = SumBits'(emitted_i);
  assign add[sm_pkg::CounterEmitStalls*SumBits+:SumBits] = SumBits'(emit_stall_i);
  assign add[sm_pkg::CounterSaturations*SumBits+:SumBits] = saturations;
  assign add[sm_pkg::CounterUpdates*SumBits+:SumBits] = SumBits'(update_i);
  assign add[sm_pkg::CounterWeightUpdates*SumBits+:SumBits] = weights;
  assign add[sm_pkg::CounterClipsMin*SumBits+:SumBits] = clips_min;
  assign add[sm_pkg::CounterClipsMax*SumBits+:SumBits] = clips_max;

  logic [N*32-1:0] count_q;
  logic [N-1:0] select_q;
  for (genvar n = 0; n < N; n++) begin : gen_counter
    logic [SumBits-1:0] more;
    assign more = add[n*SumBits+:SumBits];
    always_ff @(posedge clk_i) begin
      if (!rst_ni) count_q[n*32+:32] <= '0;
      else if (more != '0) count_q[n*32+:32] <= count_q[n*32+:32] + 32'(more);
    end
    always_ff @(posedge clk_i) begin
      if (!rst_ni) select_q[n] <= 1'b0;
      else select_q[n] <= read_i && index_i == 4'(n);
    end
  end

  always_comb begin
    word_o = '0;
    for (int unsigned n = 0; n < N; n++) word_o = word_o | (count_q[n*32+:32] & {32{select_q[n]}});
  end
endmodule
