// SPDX-License-Identifier: Apache-2.0
// Second half of decay(x, k) of docs/arithmetic.md for a signed x of StateBits: from the products
// of its parts with k, low = x[Low-1:0] * k and high = x[..:Low] * k, trunc_toward_zero(x * k /
// 2^DecayBits). No state.
//
// That is the floor, and one more where x is negative and a fraction was cut off. The high part has
// no bit below 2^Low, so the fraction is that of the low part alone. The result fits StateBits, so
// the sum may wrap on its way.
module sm_decay #(
  parameter  int unsigned DecayBits   = 12,
  parameter  int unsigned Low         = 17,
  localparam int unsigned Bits        = sm_pkg::StateBits,
  localparam int unsigned LowProduct  = Low + DecayBits + 1,
  localparam int unsigned HighProduct = Bits - Low + DecayBits + 1
) (
  input  logic        [ LowProduct-1:0] low_i,
  input  logic signed [HighProduct-1:0] high_i,
  input  logic                          negative_i,
  output logic signed [       Bits-1:0] y_o
);
  logic up;
  assign up = negative_i && low_i[DecayBits-1:0] != '0;
  assign y_o = Bits'(low_i[LowProduct-1:DecayBits]) + (Bits'(high_i) << (Low - DecayBits))
      + Bits'(up);
endmodule
