# SPDX-License-Identifier: Apache-2.0
# Vectors and start of a program of the management core (docs/firmware.md). Ibex begins 0x80 behind
# its boot address and takes exception and interrupt i at 4 * i.
  .section .vectors, "ax"
  .option push
  .option norvc
  .globl sm_vectors
sm_vectors:
  j sm_trap            # 0: exceptions
  .rept 6
  j sm_unexpected
  .endr
  j sm_irq_timer       # 7
  .rept 8
  j sm_unexpected
  .endr
  j sm_irq_run_done    # 16
  j sm_irq_spikes      # 17
  j sm_irq_mail        # 18
  .rept 13
  j sm_unexpected
  .endr
  j sm_start           # 0x80; the header of the image follows (link.ld)
  .option pop

  .section .text.sm_start, "ax"
  .globl sm_start
sm_start:
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  la sp, sm_stack_top
  la a0, sm_data_image
  la a1, sm_data_first
  la a2, sm_data_last
1:
  bgeu a1, a2, 2f
  lw t0, 0(a0)
  sw t0, 0(a1)
  addi a0, a0, 4
  addi a1, a1, 4
  j 1b
2:
  la a1, sm_bss_first
  la a2, sm_bss_last
3:
  bgeu a1, a2, 4f
  sw zero, 0(a1)
  addi a1, a1, 4
  j 3b
4:
  call main
  call sm_exit         # with what main returned
