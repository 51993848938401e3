// SPDX-License-Identifier: Apache-2.0
// One byte of the CRC-32 of IEEE 802.3, reflected, as zlib has it; combinational.
//
// It holds no register: the frame receiver and the frame sender keep their own, start it with all
// ones, and invert it (sender) or compare it with the residue (receiver).
module sm_crc32 (
  input  logic [31:0] crc_i,
  input  logic [7:0]  data_i,
  output logic [31:0] crc_o
);

  localparam logic [31:0] Polynomial = 32'hEDB88320;

  always_comb begin
    crc_o = crc_i ^ {24'd0, data_i};
    for (int i = 0; i < 8; i++) begin
      crc_o = {1'b0, crc_o[31:1]} ^ (crc_o[0] ? Polynomial : 32'd0);
    end
  end

endmodule
