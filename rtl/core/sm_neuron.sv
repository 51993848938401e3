// SPDX-License-Identifier: Apache-2.0
// Update of one neuron: the arithmetic of docs/arithmetic.md as a pipeline. One neuron may enter
// each cycle; nothing stalls.
//
//   cycle after the read   valid_i   what
//   1                      0         memory outputs, into registers (of sm_lane but for one)
//   2                      1         multiply; accumulator << gain
//   3                      2         decays, rounded towards zero; + bias
//   4                      3         I clipped; threshold and its distance to the decayed V
//   5                      4         V clipped; compare; adapt + step
//   6                      5         the outputs are valid; reset of V by the spike
//
// A factor is split so that each part fits an 18 x 18 multiplier, whose product is registered
// before it is summed. No neuron lives here: the memories are in sm_lane, the walk over the groups
// is in sm_update.
module sm_neuron #(
  parameter int unsigned DecayBits = 12
) (
  input logic       clk_i,
  input logic [5:0] valid_i,  // bit k: a neuron is k + 1 cycles past the read of its memories

  input logic                     due_i,      // adaptive thresholds decay in this step
  input sm_pkg::neuron0_t         neuron0_i,  // the words of the neuron: with valid_i[1],
  input sm_pkg::neuron1_t         neuron1_i,
  input sm_pkg::neuron2_t         neuron2_i,
  input sm_pkg::neuron3_t         neuron3_i,
  input sm_pkg::neuron4_t         neuron4_i,
  input sm_pkg::neuron5_t         neuron5_i,
  input sm_pkg::neuron6_t         neuron6_i,  // but for this one, with valid_i[0]
  input sm_pkg::state0_t          state0_i,   // its state, with valid_i[1]
  input sm_pkg::state1_t          state1_i,
  input sm_pkg::state2_t          state2_i,
  input sm_pkg::state3_t          state3_i,
  input logic signed       [23:0] acc_i,

  output sm_pkg::state0_t state0_o,   // its new state
  output sm_pkg::state1_t state1_o,
  output sm_pkg::state2_t state2_o,
  output sm_pkg::state3_t state3_o,
  output logic            fired_o,
  output logic            changed_o,  // state changed, accumulator not zero, or fired
  output logic            clipped_o,  // counts as one saturation
  output logic            decaying_o  // its adaptive threshold changes in a step in which it decays
);
  localparam int unsigned K = DecayBits + 1;  // bits of a decay factor
  localparam int unsigned Low = 17;           // bits of a factor's lower parts: 18 with their sign
  localparam int unsigned LowProduct = Low + K;
  localparam int unsigned HighProduct = 24 - Low + K;
  localparam logic [K-1:0] NoDecay = {1'b1, {DecayBits{1'b0}}};

  // ------------------------------------------------------------------------------------------
  // 1: memory outputs are registered (sm_lane), but for the factor of the adaptive threshold, which
  // is one where it does not decay
  logic signed [23:0] theta1, v_reset1, bias1, v1, i1, acc1;
  logic [7:0] refractory1, left1;
  logic [3:0] gain1;
  logic subtract1, decays1;
  logic [31:0] adapt_step1;
  logic [K-1:0] decay_i1, decay_v1, decay_adapt1;
  logic [39:0] adapt1;
  assign theta1 = neuron0_i.theta;
  assign refractory1 = neuron0_i.refractory;
  assign v_reset1 = neuron1_i.v_reset;
  assign gain1 = neuron1_i.gain;
  assign subtract1 = neuron1_i.subtract;
  assign bias1 = neuron2_i.bias;
  assign decay_i1 = K'(neuron3_i.decay_i);
  assign decay_v1 = K'(neuron4_i.decay_v);
  assign adapt_step1 = neuron5_i.adapt_step;
  assign v1 = state0_i.v;
  assign left1 = state0_i.refractory;
  assign i1 = state1_i.i;
  assign adapt1 = {state3_i.adapt_high, state2_i.adapt_low};
  assign acc1 = acc_i;
  always_ff @(posedge clk_i) begin
    if (valid_i[0]) begin
      decays1 <= K'(neuron6_i.decay_adapt) < NoDecay;
      decay_adapt1 <= due_i ? K'(neuron6_i.decay_adapt) : NoDecay;
    end
  end

  // ------------------------------------------------------------------------------------------
  // 2: multiply
  logic [LowProduct-1:0] i_low2, v_low2, adapt_mid2, adapt_low;
  logic [Low:0] adapt_low2;  // its fraction is cut off
  assign adapt_low = LowProduct'(adapt1[Low-1:0]) * LowProduct'(decay_adapt1);
  logic signed [HighProduct-1:0] i_high2, v_high2;
  logic [6+K-1:0] adapt_high2;
  logic signed [38:0] input2;
  logic signed [23:0] theta2, v_reset2, bias2, v2, i2;
  logic [7:0] refractory2, left2;
  logic subtract2, changed2, decays2;
  logic [31:0] adapt_step2;
  always_ff @(posedge clk_i) begin
    if (valid_i[1]) begin
      i_low2 <= LowProduct'(i1[Low-1:0]) * LowProduct'(decay_i1);
      i_high2 <= HighProduct'(signed'(i1[23:Low])) * HighProduct'(signed'({1'b0, decay_i1}));
      v_low2 <= LowProduct'(v1[Low-1:0]) * LowProduct'(decay_v1);
      v_high2 <= HighProduct'(signed'(v1[23:Low])) * HighProduct'(signed'({1'b0, decay_v1}));
      adapt_low2 <= adapt_low[LowProduct-1:DecayBits];
      adapt_mid2 <= LowProduct'(adapt1[2*Low-1:Low]) * LowProduct'(decay_adapt1);
      adapt_high2 <= (6 + K)'(adapt1[39:2*Low]) * (6 + K)'(decay_adapt1);
      input2 <= 39'(acc1) <<< gain1;
      // Below one, a decay makes any adaptive threshold smaller.
      changed2 <= acc1 != '0 || left1 != '0 || (adapt1 != '0 && !decay_adapt1[K-1]);
      theta2 <= theta1;
      v_reset2 <= v_reset1;
      bias2 <= bias1;
      refractory2 <= refractory1;
      subtract2 <= subtract1;
      decays2 <= decays1;
      adapt_step2 <= adapt_step1;
      v2 <= v1;
      left2 <= left1;
      i2 <= i1;
    end
  end

  // ------------------------------------------------------------------------------------------
  // 3: decays
  logic signed [23:0] i_decayed, v_decayed, i_decayed3, v_decayed3;
  sm_decay #(
    .DecayBits(DecayBits),
    .Low      (Low)
  ) u_decay_i (
    .low_i     (i_low2),
    .high_i    (i_high2),
    .negative_i(i2[23]),
    .y_o       (i_decayed)
  );
  sm_decay #(
    .DecayBits(DecayBits),
    .Low      (Low)
  ) u_decay_v (
    .low_i     (v_low2),
    .high_i    (v_high2),
    .negative_i(v2[23]),
    .y_o       (v_decayed)
  );
  logic [39:0] adapt3;
  logic signed [39:0] input3;
  logic signed [23:0] theta3, v_reset3, v3, i3;
  logic [7:0] refractory3, left3;
  logic subtract3, changed3, decays3;
  logic [31:0] adapt_step3;
  always_ff @(posedge clk_i) begin
    if (valid_i[2]) begin
      i_decayed3 <= i_decayed;
      v_decayed3 <= v_decayed;
      adapt3 <= 40'(adapt_low2) + (40'(adapt_mid2) << (Low - DecayBits))
          + (40'(adapt_high2) << (2 * Low - DecayBits));
      input3 <= 40'(input2) + 40'(bias2);
      changed3 <= changed2;
      theta3 <= theta2;
      v_reset3 <= v_reset2;
      refractory3 <= refractory2;
      subtract3 <= subtract2;
      decays3 <= decays2;
      adapt_step3 <= adapt_step2;
      v3 <= v2;
      left3 <= left2;
      i3 <= i2;
    end
  end

  // ------------------------------------------------------------------------------------------
  // 4: I; V > theta + adapt is I > (theta + adapt) - decayed V, which spares the comparison the sum
  // that makes V.
  logic signed [40:0] i_sum;
  logic signed [23:0] i_new;
  logic i_clipped;
  logic signed [25:0] threshold;
  assign i_sum = 41'(i_decayed3) + 41'(input3);
  sm_saturate #(
    .Width(41)
  ) u_saturate_i (
    .x_i      (i_sum),
    .y_o      (i_new),
    .clipped_o(i_clipped)
  );
  assign threshold = 26'(theta3) + signed'({2'b0, adapt3[39:16]});
  logic signed [23:0] i4, i_old4, v_decayed4;
  logic signed [25:0] threshold4;
  logic signed [26:0] distance4;
  logic [39:0] adapt4;
  logic signed [23:0] theta4, v_reset4, v4;
  logic [7:0] refractory4, left4;
  logic subtract4, changed4, clipped4, decays4;
  logic [31:0] adapt_step4;
  always_ff @(posedge clk_i) begin
    if (valid_i[3]) begin
      i4 <= i_new;
      clipped4 <= i_clipped;
      threshold4 <= threshold;
      distance4 <= 27'(theta3) + signed'({3'b0, adapt3[39:16]}) - 27'(v_decayed3);
      i_old4 <= i3;
      v_decayed4 <= v_decayed3;
      adapt4 <= adapt3;
      changed4 <= changed3;
      theta4 <= theta3;
      v_reset4 <= v_reset3;
      refractory4 <= refractory3;
      subtract4 <= subtract3;
      decays4 <= decays3;
      adapt_step4 <= adapt_step3;
      v4 <= v3;
      left4 <= left3;
    end
  end

  // ------------------------------------------------------------------------------------------
  // 5: V and the spike. Clipping V down never hides a spike; clipping it up does so only from 2^23
  // - 1 on.
  logic signed [24:0] v_sum;
  logic signed [23:0] v_new;
  logic [40:0] adapt_sum;
  logic held, v_clipped;
  assign v_sum = 25'(v_decayed4) + 25'(i4);
  sm_saturate #(
    .Width(25)
  ) u_saturate_v (
    .x_i      (v_sum),
    .y_o      (v_new),
    .clipped_o(v_clipped)
  );
  assign adapt_sum = 41'(adapt4) + 41'(adapt_step4);
  assign held = left4 != '0;
  logic signed [23:0] v5, v_old5, i5, theta5, v_reset5;
  logic [7:0] refractory5, left5;
  logic [39:0] adapt5, adapt_sum5;
  logic fired5, subtract5, changed5, clipped5, adapt_clipped5, decaying5, raised5;
  always_ff @(posedge clk_i) begin
    if (valid_i[4]) begin
      v5 <= held ? v4 : v_new;
      fired5 <= !held && 27'(i4) > distance4 && threshold4 < 26'sh07F_FFFF;
      left5 <= held ? left4 - 8'd1 : '0;
      adapt_sum5 <= adapt_sum[40] ? '1 : adapt_sum[39:0];
      adapt_clipped5 <= adapt_sum[40];
      decaying5 <= decays4 && adapt4 != '0;
      raised5 <= decays4 && adapt_step4 != '0;
      clipped5 <= clipped4 || (!held && v_clipped);
      changed5 <= changed4 || i4 != i_old4;
      v_old5 <= v4;
      i5 <= i4;
      theta5 <= theta4;
      v_reset5 <= v_reset4;
      refractory5 <= refractory4;
      subtract5 <= subtract4;
      adapt5 <= adapt4;
    end
  end

  // ------------------------------------------------------------------------------------------
  // 6: what is written back
  logic signed [24:0] reduced;
  logic signed [23:0] v_reduced;
  logic reduced_clipped;
  assign reduced = 25'(v5) - 25'(theta5);
  sm_saturate #(
    .Width(25)
  ) u_saturate_reduced (
    .x_i      (reduced),
    .y_o      (v_reduced),
    .clipped_o(reduced_clipped)
  );
  assign fired_o = fired5;
  assign state0_o.v = !fired5 ? v5 : subtract5 ? v_reduced : v_reset5;
  assign state0_o.refractory = fired5 ? refractory5 : left5;
  assign state1_o.i = i5;
  assign {state3_o.adapt_high, state2_o.adapt_low} = fired5 ? adapt_sum5 : adapt5;
  assign changed_o = changed5 || fired5 || v5 != v_old5;
  assign clipped_o = clipped5 || (fired5 && (adapt_clipped5 || (subtract5 && reduced_clipped)));
  assign decaying_o = decaying5 || (fired5 && raised5);

  logic unused_bits;
  assign unused_bits = ^{valid_i[5], adapt_low[DecayBits-1:0], neuron3_i, neuron4_i, neuron6_i};
endmodule
