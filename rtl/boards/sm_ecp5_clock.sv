// SPDX-License-Identifier: Apache-2.0
// 48 MHz from 25 MHz on an ECP5 (docs/boards.md).
//
// 48 MHz is 48 * 1, 16 * 3 and 4 * 12 MHz, so that a UART has these rates exactly. One PLL gets
// there only with 5 MHz at its phase detector, below the 10 MHz of the data sheet. So there are
// two: 25 MHz * 24 / 10 = 60 MHz (VCO 600 MHz), then 60 MHz / 5 * 40 / 10 = 48 MHz (VCO 480 MHz).
module sm_ecp5_clock (
  input  logic clk_25mhz_i,
  output logic clk_48mhz_o,
  output logic locked_o      // asynchronous
);

  logic clk_60mhz, feedback_60, feedback_48, locked_60;

  // The feedback is CLKOP, 25 MHz; CLKOS is the clock.
  (* ICP_CURRENT = "12", LPF_RESISTOR = "8" *) EHXPLLL #(
    .CLKI_DIV(1),
    .CLKFB_DIV(1),
    .CLKOP_DIV(24),
    .CLKOP_CPHASE(23),
    .CLKOS_ENABLE("ENABLED"),
    .CLKOS_DIV(10),
    .CLKOS_CPHASE(23),
    .FEEDBK_PATH("CLKOP")
  ) u_pll_60 (
    .CLKI(clk_25mhz_i),
    .CLKFB(feedback_60),
    .PHASESEL1(1'b0),
    .PHASESEL0(1'b0),
    .PHASEDIR(1'b1),
    .PHASESTEP(1'b1),
    .PHASELOADREG(1'b1),
    .STDBY(1'b0),
    .PLLWAKESYNC(1'b0),
    .RST(1'b0),
    .ENCLKOP(1'b0),
    .ENCLKOS(1'b0),
    .ENCLKOS2(1'b0),
    .ENCLKOS3(1'b0),
    .CLKOP(feedback_60),
    .CLKOS(clk_60mhz),
    .CLKOS2(),
    .CLKOS3(),
    .LOCK(locked_60),
    .INTLOCK(),
    .REFCLK(),
    .CLKINTFB()
  );

  // The feedback is CLKOP, 12 MHz. It starts anew when the first one has found its clock.
  (* ICP_CURRENT = "12", LPF_RESISTOR = "8" *) EHXPLLL #(
    .CLKI_DIV(5),
    .CLKFB_DIV(1),
    .CLKOP_DIV(40),
    .CLKOP_CPHASE(39),
    .CLKOS_ENABLE("ENABLED"),
    .CLKOS_DIV(10),
    .CLKOS_CPHASE(39),
    .FEEDBK_PATH("CLKOP"),
    .PLLRST_ENA("ENABLED")
  ) u_pll_48 (
    .CLKI(clk_60mhz),
    .CLKFB(feedback_48),
    .PHASESEL1(1'b0),
    .PHASESEL0(1'b0),
    .PHASEDIR(1'b1),
    .PHASESTEP(1'b1),
    .PHASELOADREG(1'b1),
    .STDBY(1'b0),
    .PLLWAKESYNC(1'b0),
    .RST(!locked_60),
    .ENCLKOP(1'b0),
    .ENCLKOS(1'b0),
    .ENCLKOS2(1'b0),
    .ENCLKOS3(1'b0),
    .CLKOP(feedback_48),
    .CLKOS(clk_48mhz_o),
    .CLKOS2(),
    .CLKOS3(),
    .LOCK(locked_o),
    .INTLOCK(),
    .REFCLK(),
    .CLKINTFB()
  );

endmodule
