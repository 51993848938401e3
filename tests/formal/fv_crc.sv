// SPDX-License-Identifier: Apache-2.0
// sm_crc32 over any byte after any CRC: equal to the CRC-32 of IEEE 802.3, bit after bit.
//
// And the receiver's question (docs/blocks/link.md): the register is the residue at the end exactly
// when the last four bytes are the CRC of all before, inverted, lowest byte first. With the right k
// bytes of these the register holds (CRC >> 8k) ^ right[k], so its upper k bytes are those of
// right[k]. One byte later the upper k + 1 bytes are those of right[k + 1] exactly when they were
// right before and the byte is the right one; right[4] is the residue.
module fv_crc (
  input logic [31:0] crc_i,
  input logic [7:0]  data_i
);
  (* anyconst *) logic [1:0] k;
  logic [31:0] want, got, right_1, right_2, right_3, right_4, right, next, upper;
  always_comb begin
    want = crc_i;
    for (int i = 0; i < 8; i++) begin
      if (want[0] != data_i[i]) want = (want >> 1) ^ 32'hEDB88320;
      else want = want >> 1;
    end
  end
  sm_crc32 u_crc (.crc_i, .data_i, .crc_o(got));
  sm_crc32 u_right_1 (.crc_i(32'd0), .data_i(8'hFF), .crc_o(right_1));
  sm_crc32 u_right_2 (.crc_i(right_1), .data_i(8'hFF), .crc_o(right_2));
  sm_crc32 u_right_3 (.crc_i(right_2), .data_i(8'hFF), .crc_o(right_3));
  sm_crc32 u_right_4 (.crc_i(right_3), .data_i(8'hFF), .crc_o(right_4));
  always_comb begin
    unique case (k)
      2'd0:    {right, next, upper} = {32'd0, right_1, 32'd0};
      2'd1:    {right, next, upper} = {right_1, right_2, 32'hFF000000};
      2'd2:    {right, next, upper} = {right_2, right_3, 32'hFFFF0000};
      default: {right, next, upper} = {right_3, right_4, 32'hFFFFFF00};
    endcase
    assert (got == want);
    assert (right_4 == 32'hDEBB20E3);
    assert ((((got ^ next) & {8'hFF, upper[31:8]}) == '0) ==
            (((crc_i ^ right) & upper) == '0 && (crc_i[7:0] ^ data_i) == (right[7:0] ^ 8'hFF)));
    cover (k == 2'd3 && got == 32'hDEBB20E3);
  end
endmodule
