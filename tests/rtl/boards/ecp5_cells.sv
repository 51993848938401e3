// SPDX-License-Identifier: Apache-2.0
// Cells of the ECP5 that Yosys knows as black boxes only, for simulation (docs/boards.md): block
// RAM, multiplier and PLL, as far as the netlists of the boards use them; what is not modelled is
// refused at the start. All other cells are in cells_sim.v of Yosys.
`timescale 1ps / 1ps
/* verilator lint_off DECLFILENAME */
/* verilator lint_off UNUSED */
/* verilator lint_off WIDTH */
/* verilator lint_off BLKSEQ */

// Block RAM of 2048 times 9 bits. Words of 1, 2 and 4 bits leave the ninth bit alone. A port of 18
// bits has its write enables in the lowest address bits; one of 36 bits writes through port A and
// is read through port B, with the pins of both. A read gives what was there before a write.
module DP16KD #(
  parameter int    DATA_WIDTH_A = 18,
  parameter int    DATA_WIDTH_B = 18,
  parameter string REGMODE_A = "NOREG",
  parameter string REGMODE_B = "NOREG",
  parameter string RESETMODE = "SYNC",
  parameter string ASYNC_RESET_RELEASE = "SYNC",
  parameter string CSDECODE_A = "0b000",
  parameter string CSDECODE_B = "0b000",
  parameter string WRITEMODE_A = "NORMAL",
  parameter string WRITEMODE_B = "NORMAL",
  parameter string CLKAMUX = "CLKA",
  parameter string CLKBMUX = "CLKB",
  parameter string GSR = "ENABLED",
  parameter [319:0] INITVAL_00 = 320'd0, INITVAL_01 = 320'd0, INITVAL_02 = 320'd0,
  INITVAL_03 = 320'd0, INITVAL_04 = 320'd0, INITVAL_05 = 320'd0, INITVAL_06 = 320'd0,
  INITVAL_07 = 320'd0, INITVAL_08 = 320'd0, INITVAL_09 = 320'd0, INITVAL_0A = 320'd0,
  INITVAL_0B = 320'd0, INITVAL_0C = 320'd0, INITVAL_0D = 320'd0, INITVAL_0E = 320'd0,
  INITVAL_0F = 320'd0, INITVAL_10 = 320'd0, INITVAL_11 = 320'd0, INITVAL_12 = 320'd0,
  INITVAL_13 = 320'd0, INITVAL_14 = 320'd0, INITVAL_15 = 320'd0, INITVAL_16 = 320'd0,
  INITVAL_17 = 320'd0, INITVAL_18 = 320'd0, INITVAL_19 = 320'd0, INITVAL_1A = 320'd0,
  INITVAL_1B = 320'd0, INITVAL_1C = 320'd0, INITVAL_1D = 320'd0, INITVAL_1E = 320'd0,
  INITVAL_1F = 320'd0, INITVAL_20 = 320'd0, INITVAL_21 = 320'd0, INITVAL_22 = 320'd0,
  INITVAL_23 = 320'd0, INITVAL_24 = 320'd0, INITVAL_25 = 320'd0, INITVAL_26 = 320'd0,
  INITVAL_27 = 320'd0, INITVAL_28 = 320'd0, INITVAL_29 = 320'd0, INITVAL_2A = 320'd0,
  INITVAL_2B = 320'd0, INITVAL_2C = 320'd0, INITVAL_2D = 320'd0, INITVAL_2E = 320'd0,
  INITVAL_2F = 320'd0, INITVAL_30 = 320'd0, INITVAL_31 = 320'd0, INITVAL_32 = 320'd0,
  INITVAL_33 = 320'd0, INITVAL_34 = 320'd0, INITVAL_35 = 320'd0, INITVAL_36 = 320'd0,
  INITVAL_37 = 320'd0, INITVAL_38 = 320'd0, INITVAL_39 = 320'd0, INITVAL_3A = 320'd0,
  INITVAL_3B = 320'd0, INITVAL_3C = 320'd0, INITVAL_3D = 320'd0, INITVAL_3E = 320'd0,
  INITVAL_3F = 320'd0
) (
  input  DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5,
  DIA4, DIA3, DIA2, DIA1, DIA0,
  input  ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0,
  input  CEA, OCEA, CLKA, WEA, RSTA, CSA2, CSA1, CSA0,
  output DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5,
  DOA4, DOA3, DOA2, DOA1, DOA0,
  input  DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5,
  DIB4, DIB3, DIB2, DIB1, DIB0,
  input  ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0,
  input  CEB, OCEB, CLKB, WEB, RSTB, CSB2, CSB1, CSB0,
  output DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5,
  DOB4, DOB3, DOB2, DOB1, DOB0
);

  wire [17:0] dia = {DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7,
      DIA6, DIA5, DIA4, DIA3, DIA2, DIA1, DIA0};
  wire [13:0] ada = {ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2,
      ADA1, ADA0};
  wire [17:0] dib = {DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7,
      DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0};
  wire [13:0] adb = {ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2,
      ADB1, ADB0};

  logic [8:0]  memory[2048];
  logic [35:0] qa, qb;
  assign {DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5,
      DOA4, DOA3, DOA2, DOA1, DOA0} = (DATA_WIDTH_B == 36) ? qb[17:0] : qa[17:0];
  assign {DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5,
      DOB4, DOB3, DOB2, DOB1, DOB0} = (DATA_WIDTH_B == 36) ? qb[35:18] : qb[17:0];

  // Sixteen words of 18 bits in each INITVAL, 20 bits apart.
  localparam bit [20479:0] Initial = {INITVAL_3F, INITVAL_3E, INITVAL_3D, INITVAL_3C, INITVAL_3B,
      INITVAL_3A, INITVAL_39, INITVAL_38, INITVAL_37, INITVAL_36, INITVAL_35, INITVAL_34,
      INITVAL_33, INITVAL_32, INITVAL_31, INITVAL_30, INITVAL_2F, INITVAL_2E, INITVAL_2D,
      INITVAL_2C, INITVAL_2B, INITVAL_2A, INITVAL_29, INITVAL_28, INITVAL_27, INITVAL_26,
      INITVAL_25, INITVAL_24, INITVAL_23, INITVAL_22, INITVAL_21, INITVAL_20, INITVAL_1F,
      INITVAL_1E, INITVAL_1D, INITVAL_1C, INITVAL_1B, INITVAL_1A, INITVAL_19, INITVAL_18,
      INITVAL_17, INITVAL_16, INITVAL_15, INITVAL_14, INITVAL_13, INITVAL_12, INITVAL_11,
      INITVAL_10, INITVAL_0F, INITVAL_0E, INITVAL_0D, INITVAL_0C, INITVAL_0B, INITVAL_0A,
      INITVAL_09, INITVAL_08, INITVAL_07, INITVAL_06, INITVAL_05, INITVAL_04, INITVAL_03,
      INITVAL_02, INITVAL_01, INITVAL_00};

  initial begin
    if ((REGMODE_A != "NOREG") || (REGMODE_B != "NOREG")) $fatal(1, "DP16KD: output registers");
    if ((CSDECODE_A != "0b000") || (CSDECODE_B != "0b000")) $fatal(1, "DP16KD: chip selects");
    if ((CLKAMUX != "CLKA") || (CLKBMUX != "CLKB")) $fatal(1, "DP16KD: inverted clocks");
    if ((WRITEMODE_A == "WRITETHROUGH") || (WRITEMODE_B == "WRITETHROUGH")) begin
      $fatal(1, "DP16KD: writes that show at once");
    end
    if (DATA_WIDTH_A == 36 && DATA_WIDTH_B < 18) $fatal(1, "DP16KD: 36 bits to a narrow port");
    for (int i = 0; i < 2048; i++) memory[i] = Initial[(i/2)*20+(i%2)*9+:9];
  end

  always_ff @(posedge CLKA) begin
    if (RSTA) begin
      if (RESETMODE != "SYNC") $fatal(1, "DP16KD: an asynchronous reset");
      qa <= '0;
    end else if (CEA && (!WEA || (WRITEMODE_A == "READBEFOREWRITE"))) begin
      case (DATA_WIDTH_A)
        1: qa <= 36'(memory[ada[13:3]][ada[2:0]]);
        2: qa <= 36'(memory[ada[13:3]][{ada[2:1], 1'b0}+:2]);
        4: qa <= 36'(memory[ada[13:3]][{ada[2], 2'b00}+:4]);
        9: qa <= 36'(memory[ada[13:3]]);
        18: qa <= 36'({memory[{ada[13:4], 1'b1}], memory[{ada[13:4], 1'b0}]});
        default: qa <= {memory[{ada[13:5], 2'd3}], memory[{ada[13:5], 2'd2}],
                       memory[{ada[13:5], 2'd1}], memory[{ada[13:5], 2'd0}]};
      endcase
    end
    if (CEA && WEA) begin
      case (DATA_WIDTH_A)
        1: memory[ada[13:3]][ada[2:0]] <= dia[0];
        2: memory[ada[13:3]][{ada[2:1], 1'b0}+:2] <= dia[1:0];
        4: memory[ada[13:3]][{ada[2], 2'b00}+:4] <= dia[3:0];
        9: memory[ada[13:3]] <= dia[8:0];
        18: begin
          if (ada[0]) memory[{ada[13:4], 1'b0}] <= dia[8:0];
          if (ada[1]) memory[{ada[13:4], 1'b1}] <= dia[17:9];
        end
        36: begin
          if (ada[0]) memory[{ada[13:5], 2'd0}] <= dia[8:0];
          if (ada[1]) memory[{ada[13:5], 2'd1}] <= dia[17:9];
          if (ada[2]) memory[{ada[13:5], 2'd2}] <= dib[8:0];
          if (ada[3]) memory[{ada[13:5], 2'd3}] <= dib[17:9];
        end
        default: $fatal(1, "DP16KD: a write of this width");
      endcase
    end
  end

  always_ff @(posedge CLKB) begin
    if (RSTB) begin
      if (RESETMODE != "SYNC") $fatal(1, "DP16KD: an asynchronous reset");
      qb <= '0;
    end else if (CEB && (!WEB || (WRITEMODE_B == "READBEFOREWRITE"))) begin
      case (DATA_WIDTH_B)
        1: qb <= 36'(memory[adb[13:3]][adb[2:0]]);
        2: qb <= 36'(memory[adb[13:3]][{adb[2:1], 1'b0}+:2]);
        4: qb <= 36'(memory[adb[13:3]][{adb[2], 2'b00}+:4]);
        9: qb <= 36'(memory[adb[13:3]]);
        18: qb <= 36'({memory[{adb[13:4], 1'b1}], memory[{adb[13:4], 1'b0}]});
        default: qb <= {memory[{adb[13:5], 2'd3}], memory[{adb[13:5], 2'd2}],
                       memory[{adb[13:5], 2'd1}], memory[{adb[13:5], 2'd0}]};
      endcase
    end
    if (CEB && WEB) begin
      case (DATA_WIDTH_B)
        1: memory[adb[13:3]][adb[2:0]] <= dib[0];
        2: memory[adb[13:3]][{adb[2:1], 1'b0}+:2] <= dib[1:0];
        4: memory[adb[13:3]][{adb[2], 2'b00}+:4] <= dib[3:0];
        9: memory[adb[13:3]] <= dib[8:0];
        18: begin
          if (adb[0]) memory[{adb[13:4], 1'b0}] <= dib[8:0];
          if (adb[1]) memory[{adb[13:4], 1'b1}] <= dib[17:9];
        end
        default: $fatal(1, "DP16KD: a write of this width");
      endcase
    end
  end

endmodule

// Multiplier of 18 x 18 bits without registers.
module MULT18X18D #(
  parameter string REG_INPUTA_CLK = "NONE",
  parameter string REG_INPUTB_CLK = "NONE",
  parameter string REG_INPUTC_CLK = "NONE",
  parameter string REG_PIPELINE_CLK = "NONE",
  parameter string REG_OUTPUT_CLK = "NONE"
) (
  input  A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0,
  input  B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0,
  input  C17, C16, C15, C14, C13, C12, C11, C10, C9, C8, C7, C6, C5, C4, C3, C2, C1, C0,
  input  SIGNEDA, SIGNEDB, SOURCEA, SOURCEB, CLK0, CLK1, CLK2, CLK3, CE0, CE1, CE2, CE3,
  RST0, RST1, RST2, RST3,
  input  SRIA17, SRIA16, SRIA15, SRIA14, SRIA13, SRIA12, SRIA11, SRIA10, SRIA9, SRIA8, SRIA7,
  SRIA6, SRIA5, SRIA4, SRIA3, SRIA2, SRIA1, SRIA0,
  input  SRIB17, SRIB16, SRIB15, SRIB14, SRIB13, SRIB12, SRIB11, SRIB10, SRIB9, SRIB8, SRIB7,
  SRIB6, SRIB5, SRIB4, SRIB3, SRIB2, SRIB1, SRIB0,
  output SROA17, SROA16, SROA15, SROA14, SROA13, SROA12, SROA11, SROA10, SROA9, SROA8, SROA7,
  SROA6, SROA5, SROA4, SROA3, SROA2, SROA1, SROA0,
  output SROB17, SROB16, SROB15, SROB14, SROB13, SROB12, SROB11, SROB10, SROB9, SROB8, SROB7,
  SROB6, SROB5, SROB4, SROB3, SROB2, SROB1, SROB0,
  output ROA17, ROA16, ROA15, ROA14, ROA13, ROA12, ROA11, ROA10, ROA9, ROA8, ROA7, ROA6, ROA5,
  ROA4, ROA3, ROA2, ROA1, ROA0,
  output ROB17, ROB16, ROB15, ROB14, ROB13, ROB12, ROB11, ROB10, ROB9, ROB8, ROB7, ROB6, ROB5,
  ROB4, ROB3, ROB2, ROB1, ROB0,
  output ROC17, ROC16, ROC15, ROC14, ROC13, ROC12, ROC11, ROC10, ROC9, ROC8, ROC7, ROC6, ROC5,
  ROC4, ROC3, ROC2, ROC1, ROC0,
  output P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18,
  P17, P16, P15, P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0,
  output SIGNEDP
);

  wire [17:0] a = {A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0};
  wire [17:0] b = {B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0};
  wire [35:0] wide_a = {{18{SIGNEDA & a[17]}}, a};
  wire [35:0] wide_b = {{18{SIGNEDB & b[17]}}, b};
  assign {P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19,
      P18, P17, P16, P15, P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1,
    P0} = wide_a * wide_b;
  assign SIGNEDP = SIGNEDA | SIGNEDB;

  initial begin
    if ((REG_INPUTA_CLK != "NONE") || (REG_INPUTB_CLK != "NONE") || (REG_INPUTC_CLK != "NONE") ||
        (REG_PIPELINE_CLK != "NONE") || (REG_OUTPUT_CLK != "NONE")) begin
      $fatal(1, "MULT18X18D: registers");
    end
  end

  always_comb begin
    if (SOURCEA || SOURCEB) $fatal(1, "MULT18X18D: shifted inputs");
  end

endmodule

// PLL: CLKI / CLKI_DIV at the phase detector, fed back by CLKOP; VCO = that * CLKFB_DIV *
// CLKOP_DIV; CLKOS = VCO / CLKOS_DIV. It locks after LockEdges edges of CLKI at the same distance,
// and looks at nothing afterwards but RST. The limits are those of the data sheet (FPGA-DS-02012),
// in MHz.
module EHXPLLL #(
  parameter int    CLKI_DIV = 1,
  parameter int    CLKFB_DIV = 1,
  parameter int    CLKOP_DIV = 8,
  parameter int    CLKOS_DIV = 8,
  parameter string CLKOP_ENABLE = "ENABLED",
  parameter string CLKOS_ENABLE = "DISABLED",
  parameter string CLKOS2_ENABLE = "DISABLED",
  parameter string CLKOS3_ENABLE = "DISABLED",
  parameter int    CLKOP_CPHASE = 0,
  parameter int    CLKOS_CPHASE = 0,
  parameter string FEEDBK_PATH = "CLKOP",
  parameter string PLLRST_ENA = "DISABLED"
) (
  input  CLKI, CLKFB, PHASESEL1, PHASESEL0, PHASEDIR, PHASESTEP, PHASELOADREG, STDBY,
  PLLWAKESYNC,
  RST, ENCLKOP, ENCLKOS, ENCLKOS2, ENCLKOS3,
  output logic CLKOP, CLKOS,
  output CLKOS2, CLKOS3,
  output logic LOCK,
  output INTLOCK, REFCLK, CLKINTFB
);

  localparam int LockEdges = 12;

  assign {CLKOS2, CLKOS3, INTLOCK, REFCLK, CLKINTFB} = '0;

  realtime start, last, period;
  int      same;

  function automatic bit outside(input real mhz, input real low, input real high);
    outside = (mhz < 0.999 * low) || (mhz > 1.001 * high);
  endfunction

  initial begin
    CLKOP = 1'b0;
    CLKOS = 1'b0;
    LOCK = 1'b0;
    if (FEEDBK_PATH != "CLKOP") $fatal(1, "EHXPLLL: a feedback other than CLKOP");
    if ((CLKOS2_ENABLE != "DISABLED") || (CLKOS3_ENABLE != "DISABLED")) begin
      $fatal(1, "EHXPLLL: CLKOS2 and CLKOS3");
    end
  end

  always @(posedge CLKI) begin
    if ((RST && (PLLRST_ENA == "ENABLED")) || STDBY) begin
      same = 0;
      LOCK = 1'b0;
    end else if (!LOCK) begin
      if ((($realtime - last) - period < 2.0) && (period - ($realtime - last) < 2.0)) begin
        same = same + 1;
      end else begin
        same = 0;
        start = $realtime;
      end
      period = $realtime - last;
      last = $realtime;
      if (same == LockEdges) begin
        period = ($realtime - start) / LockEdges;  // edges are rounded to ps
        if (outside(1.0e6 / period, 8, 400)) $fatal(1, "EHXPLLL: CLKI must be 8..400 MHz");
        if (outside(1.0e6 / period / CLKI_DIV, 10, 400)) begin
          $fatal(1, "EHXPLLL: the phase detector must have 10..400 MHz");
        end
        if (outside(1.0e6 / period / CLKI_DIV * CLKFB_DIV * CLKOP_DIV, 400, 800)) begin
          $fatal(1, "EHXPLLL: the VCO must have 400..800 MHz");
        end
        LOCK = 1'b1;
      end
    end
  end

  // Edges are placed from the first one on, so that roundings do not add up.
  realtime begin_op, begin_os, half_op, half_os;
  int      edges_op, edges_os;
  always @(posedge LOCK) begin
    half_op = period * CLKI_DIV / CLKFB_DIV / 2.0;
    begin_op = $realtime;
    edges_op = 0;
    while (LOCK) begin
      edges_op = edges_op + 1;
      #(begin_op + edges_op * half_op - $realtime) CLKOP = !CLKOP;
    end
  end
  always @(posedge LOCK) begin
    half_os = period * CLKI_DIV * CLKOS_DIV / CLKFB_DIV / CLKOP_DIV / 2.0;
    begin_os = $realtime;
    edges_os = 0;
    while (LOCK && (CLKOS_ENABLE == "ENABLED")) begin
      edges_os = edges_os + 1;
      #(begin_os + edges_os * half_os - $realtime) CLKOS = !CLKOS;
    end
  end

endmodule
