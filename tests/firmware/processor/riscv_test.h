/* SPDX-License-Identifier: Apache-2.0 */
/* The environment of riscv-tests on the management core: how a test begins and ends. It ends at `end`
   with its number in gp: 1 when it passed, and 2 * (number of the case) + 1 otherwise. */
#ifndef SPIKEMESH_RISCV_TEST_H
#define SPIKEMESH_RISCV_TEST_H

#define RVTEST_RV32U .macro init; .endm
#define RVTEST_RV32M .macro init; .endm
#define TESTNUM gp
#define EXTRA_DATA

#define RVTEST_CODE_BEGIN                                                  \
  .section .text.init, "ax";                                               \
  .option push;                                                            \
  .option norvc;                                                           \
  .rept 32;                                                                \
  j unexpected;                                                            \
  .endr;                                                                   \
  j _start;                                                                \
  .option pop;                                                             \
  unexpected: li gp, 1337;                                                 \
  j finish;                                                                \
  .globl _start;                                                           \
  _start: init;                                                            \
  li gp, 0

#define RVTEST_CODE_END unimp

#define RVTEST_PASS                                                        \
  li gp, 1;                                                                \
  j finish
#define RVTEST_FAIL                                                        \
  slli gp, gp, 1;                                                          \
  ori gp, gp, 1;                                                           \
  j finish

#define RVTEST_DATA_BEGIN                                                  \
  .text;                                                                   \
  .globl end;                                                              \
  finish: mv gp, gp;                                                       \
  end: j end;                                                              \
  .data;                                                                   \
  .balign 16
#define RVTEST_DATA_END

#endif
