// SPDX-License-Identifier: Apache-2.0
// Arithmetic of learning, one lane: a trace is read, and a weight changed or the trace bumped
// (docs/blocks/learn.md). A pipeline without a stall, from cycle k + 5 of a slot on; memories and
// addresses are in sm_plastic.
//
//   cycle   what
//   k+5     outputs of decay table and rule, into the input registers
//   k+6     value * factor
//   k+7     - x_target; or + unit, at most max
//   k+8     * amplitude; distance to the bound ahead. trace_o is valid
//   k+9     * distance, in two halves
//   k+10    sum, rounded; distances to the bounds ahead
//   k+11    weight_o is valid: w + change, clipped
module sm_stdp #(
  parameter int unsigned WeightBits = 16
) (
  input  logic                         clk_i,
  input  logic                         potentiate_i,  // else depress; these of cycle k + 5
  input  logic                         post_i,        // the trace is a post trace
  input  logic                         expired_i,     // the trace is older than its table
  input  logic                  [15:0] value_i,
  input  logic                  [16:0] factor_i,
  input  logic signed [WeightBits-1:0] weight_i,
  input  sm_pkg::rule0_t               rule0_i,
  input  sm_pkg::rule1_t               rule1_i,
  input  sm_pkg::rule2_t               rule2_i,
  input  sm_pkg::rule3_t               rule3_i,
  input  sm_pkg::rule4_t               rule4_i,
  output logic                  [15:0] trace_o,       // in cycle k + 8
  output logic        [WeightBits-1:0] weight_o,      // in cycle k + 11, as the next two
  output logic                         below_o,       // clipped to w_min
  output logic                         above_o        // clipped to w_max
);
  localparam int unsigned W = WeightBits;
  localparam int unsigned Carried = 3 * W;  // weight and its bounds

  // Weight and bounds, registered at the end of cycles k + 5 (lowest) .. k + 10
  logic [6*Carried-1:0] carry_q;
  always_ff @(posedge clk_i) begin
    carry_q <= {carry_q[5*Carried-1:0], W'(rule2_i.w_max), W'(rule2_i.w_min), weight_i};
  end

  // ------------------------------------------------------------------------------------------
  // 5: memory output, registered
  logic [15:0] value5, x_target5, unit5, max5;
  logic [16:0] factor5;
  logic signed [15:0] a5;
  logic soft5;
  always_ff @(posedge clk_i) begin
    value5 <= value_i;
    factor5 <= expired_i ? '0 : factor_i;
    a5 <= potentiate_i ? rule0_i.a_plus : rule0_i.a_minus;
    x_target5 <= potentiate_i ? rule1_i.x_target : '0;
    unit5 <= post_i ? rule4_i.post_unit : rule3_i.pre_unit;
    max5 <= post_i ? rule4_i.post_max : rule3_i.pre_max;
    soft5 <= rule1_i.soft_bound;
  end

  // ------------------------------------------------------------------------------------------
  // 6: the trace as it reads now; a factor is at most one, so it fits
  logic [32:0] read;
  logic [15:0] x6, x_target6, unit6, max6;
  logic signed [15:0] a6;
  logic soft6;
  assign read = 33'(value5) * 33'(factor5);
  always_ff @(posedge clk_i) begin
    x6 <= read[31:16];
    x_target6 <= x_target5;
    unit6 <= unit5;
    max6 <= max5;
    a6 <= a5;
    soft6 <= soft5;
  end

  // ------------------------------------------------------------------------------------------
  // 7: its distance to the target; what a bump makes of it
  logic [16:0] bumped;
  logic signed [16:0] x7;
  logic signed [15:0] a7;
  logic soft7;
  assign bumped = 17'(x6) + 17'(unit6);
  always_ff @(posedge clk_i) begin
    x7 <= 17'(x6) - 17'(x_target6);
    trace_o <= bumped > 17'(max6) ? max6 : bumped[15:0];
    a7 <= a6;
    soft7 <= soft6;
  end

  // ------------------------------------------------------------------------------------------
  // 8: amplitude; distance to the bound that it moves towards, at least 0. Where the product is
  // zero the direction does not matter.
  logic signed [W-1:0] weight7, w_min7, w_max7;
  logic signed [W:0] room;
  logic signed [32:0] product;
  logic signed [31:0] g8;
  logic [16:0] d8;
  logic rises;
  assign {w_max7, w_min7, weight7} = carry_q[2*Carried+:Carried];
  assign rises = a7[15] == x7[16];
  assign room = rises ? (W + 1)'(w_max7) - (W + 1)'(weight7) : (W + 1)'(weight7) - (W + 1)'(w_min7);
  assign product = 33'(a7) * 33'(x7);
  always_ff @(posedge clk_i) begin
    g8 <= product[31:0];
    d8 <= !soft7 ? 17'h1_0000 : room[W] ? '0 : 17'(room[W-1:0]);
  end

  // ------------------------------------------------------------------------------------------
  // 9, 10: the change
  logic [32:0] low9;
  logic signed [33:0] high9;
  logic signed [49:0] total;
  logic signed [16:0] change10;
  assign total = (50'(high9) <<< 16) + 50'(signed'({1'b0, low9})) + 50'sh0_8000_0000;
  always_ff @(posedge clk_i) begin
    low9 <= 33'(g8[15:0]) * 33'(d8);
    high9 <= 34'(signed'(g8[31:16])) * 34'(signed'({1'b0, d8}));
    change10 <= total[48:32];
  end

  // ------------------------------------------------------------------------------------------
  // 11: the new weight. It is clipped where the change is larger than the distance to the bound,
  // which is known a cycle ahead of the change: no sum is waited for.
  logic signed [W-1:0] weight9, w_min9, w_max9, weight10, w_min10, w_max10;
  logic signed [W:0] down10, up10;
  assign {w_max9, w_min9, weight9} = carry_q[4*Carried+:Carried];
  assign {w_max10, w_min10, weight10} = carry_q[5*Carried+:Carried];
  always_ff @(posedge clk_i) begin
    down10 <= (W + 1)'(w_min9) - (W + 1)'(weight9);
    up10 <= (W + 1)'(w_max9) - (W + 1)'(weight9);
  end
  logic signed [17:0] to_min, to_max;  // negative: beyond it
  assign to_min = 18'(change10) - 18'(down10);
  assign to_max = 18'(up10) - 18'(change10);
  assign below_o = to_min[17];
  assign above_o = !to_min[17] && to_max[17];
  assign weight_o = below_o ? w_min10 : above_o ? w_max10 : weight10 + W'(change10);

  logic unused_bits;
  assign unused_bits = ^{rule2_i, read[32], read[15:0], product[32], total[49], total[31:0],
                        to_min[16:0], to_max[16:0]};
endmodule
