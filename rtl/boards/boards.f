// SPDX-License-Identifier: Apache-2.0
// What stands around the chip on boards, after ../chip.f.
boards/sm_reset.sv
boards/sm_stretch.sv
boards/sm_ecp5_clock.sv
boards/sm_board.sv
boards/sm_ulx3s.sv
boards/sm_colorlight_i9.sv
