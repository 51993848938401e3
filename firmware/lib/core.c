/* SPDX-License-Identifier: Apache-2.0 */
/* The core itself: header of the image, end, exceptions, time, interrupts. */
#include "spikemesh.h"

extern const char sm_image_word[]; /* of link.ld */
__attribute__((section(".sm_header"), used)) static const uintptr_t header[] = {
    SM_MGMT_IMAGE_MAGIC, SM_MGMT_ABI, SM_MGMT_HASH, (uintptr_t)sm_image_word};

#define CSR_READ(name)                                    \
  ({                                                      \
    uint32_t value_;                                      \
    __asm__ volatile("csrr %0, " #name : "=r"(value_));   \
    value_;                                               \
  })
#define CSR_WRITE(name, value) __asm__ volatile("csrw " #name ", %0" : : "r"(value) : "memory")
enum { kMie = 1 << 3 /* of mstatus */ };

void sm_exit(int code) {
  sm_write(SM_REG_MGMT_EXIT, (uint32_t)code);
  for (;;) __asm__ volatile("wfi");
}

/* No stack: the exception may be that there is none. */
__attribute__((noreturn, weak)) void sm_trap(void) {
  sm_write(SM_REG_MGMT_STOP_PC, CSR_READ(mepc));
  sm_write(SM_REG_MGMT_STOP_ADDRESS, CSR_READ(mtval));
  sm_write(SM_REG_MGMT_TRAP, CSR_READ(mcause));
  for (;;) __asm__ volatile("wfi");
}

void sm_unexpected(void) { sm_trap(); }
void sm_irq_timer(void) __attribute__((weak, alias("sm_unexpected")));
void sm_irq_run_done(void) __attribute__((weak, alias("sm_unexpected")));
void sm_irq_spikes(void) __attribute__((weak, alias("sm_unexpected")));
void sm_irq_mail(void) __attribute__((weak, alias("sm_unexpected")));

uint64_t sm_read64(uint32_t low_word, uint32_t high_word) {
  for (;;) {
    const uint32_t high = sm_read(high_word), low = sm_read(low_word);
    if (sm_read(high_word) == high) return (uint64_t)high << 32 | low;
  }
}

uint64_t sm_time(void) { return sm_read64(SM_REG_MGMT_TIME_LO, SM_REG_MGMT_TIME_HI); }

void sm_set_timer(uint64_t time) {
  sm_write(SM_REG_MGMT_COMPARE_HI, 0xFFFFFFFFu); /* no early interrupt in between */
  sm_write(SM_REG_MGMT_COMPARE_LO, (uint32_t)time);
  sm_write(SM_REG_MGMT_COMPARE_HI, (uint32_t)(time >> 32));
}

uint32_t sm_sleep(uint32_t irqs) {
  const uint32_t status = CSR_READ(mstatus), enabled = CSR_READ(mie);
  uint32_t pending;
  CSR_WRITE(mstatus, status & ~(uint32_t)kMie);
  CSR_WRITE(mie, irqs);
  do {
    __asm__ volatile("wfi" : : : "memory");
    pending = CSR_READ(mip) & irqs;
  } while (pending == 0);
  CSR_WRITE(mie, enabled);
  CSR_WRITE(mstatus, status);
  return pending;
}

void sm_interrupt_on(uint32_t irqs) {
  CSR_WRITE(mie, irqs);
  if (irqs != 0) {
    __asm__ volatile("csrsi mstatus, 8" : : : "memory");
  } else {
    __asm__ volatile("csrci mstatus, 8" : : : "memory");
  }
}
