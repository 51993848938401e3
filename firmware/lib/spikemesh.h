/* SPDX-License-Identifier: Apache-2.0 */
/* Library of the management core: the chip as its program sees it (docs/firmware.md).
 *
 * An access that the chip refuses stops the core, with cause, address and status in its registers;
 * no function here has to check one. Sub-word stores reach the data memory only. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "spikemesh_spec.h"

/* ---- registers of the host tile, by the word addresses of the generated header */

/* A word of the byte map. Tests that run a program on the host bring these two. */
#ifdef SM_ON_HOST
uint32_t sm_load(uint32_t address);
void sm_store(uint32_t address, uint32_t value);
#else
static inline uint32_t sm_load(uint32_t address) { return *(volatile uint32_t*)(uintptr_t)address; }
static inline void sm_store(uint32_t address, uint32_t value) {
  *(volatile uint32_t*)(uintptr_t)address = value;
}
#endif
static inline volatile uint32_t* sm_register(uint32_t word) {
  return (volatile uint32_t*)(uintptr_t)(SM_BYTE_HOST + 4u * word);
}
static inline uint32_t sm_read(uint32_t word) { return sm_load(SM_BYTE_HOST + 4u * word); }
static inline void sm_write(uint32_t word, uint32_t value) { sm_store(SM_BYTE_HOST + 4u * word, value); }

/* A field of a word of the specification: SM_GET(word, SYNAPSE_DELAY), SM_PUT(SYNAPSE_DELAY, 3). */
#define SM_GET(word, field) (((word) >> SM_##field##_SHIFT) & SM_##field##_MASK)
#define SM_PUT(field, value) (((uint32_t)(value) & SM_##field##_MASK) << SM_##field##_SHIFT)

/* Two registers that hold 64 bits of one number which may count. */
uint64_t sm_read64(uint32_t low_word, uint32_t high_word);

/* ---- the core itself */

/* Ends the program; the host reads `code` in STOP_STATUS. */
void sm_exit(int code) __attribute__((noreturn));
/* Time in cycles of the core. */
uint64_t sm_time(void);
/* The timer interrupts from `time` on, or never: UINT64_MAX. */
void sm_set_timer(uint64_t time);
/* The watchdog stops the core `cycles` after this, or after the last sm_kick; 0 means never. */
static inline void sm_set_watchdog(uint32_t cycles) { sm_write(SM_REG_MGMT_WATCHDOG, cycles); }
static inline void sm_kick(void) { sm_write(SM_REG_MGMT_KICK, 0); }
/* The core owns the run: it may write tiles and start steps. */
static inline int sm_owns_run(void) { return sm_read(SM_REG_MGMT_OWNER) == SM_MGMT_OWNER_CORE; }
/* The host gets the run back. */
static inline void sm_give_run_back(void) { sm_write(SM_REG_MGMT_OWNER, SM_MGMT_OWNER_HOST); }

/* A variable that keeps its value when the core is started again, also after a soft reset. It is
 * undefined after a program was loaded. */
#define SM_KEPT __attribute__((section(".noinit")))

/* ---- interrupts: what wakes or interrupts the core, as bits of its CSR mie */

enum sm_irq {
  SM_IRQ_TIMER = 1 << 7,
  SM_IRQ_RUN_DONE = 1 << 16, /* the run reached its step or was paused */
  SM_IRQ_SPIKES = 1 << 17,   /* the spike-out ring is not empty */
  SM_IRQ_MAIL = 1 << 18      /* a word from the host waits */
};
/* Sleeps until one of `irqs` is pending, and returns those that are. Nothing is interrupted, so that none comes and goes
 * just before the sleep begins, as it does before a wfi while its handler is on. */
uint32_t sm_sleep(uint32_t irqs);
/* From now on `irqs` call their handlers (0: none does). A program defines those that it wants:
 * SM_HANDLER(sm_irq_timer) { ... }; any other one stops the core as an exception does. */
void sm_interrupt_on(uint32_t irqs);
#ifdef SM_ON_HOST
#define SM_HANDLER(name) void name(void)
#else
#define SM_HANDLER(name) __attribute__((interrupt("machine"))) void name(void)
#endif
SM_HANDLER(sm_irq_timer);
SM_HANDLER(sm_irq_run_done);
SM_HANDLER(sm_irq_spikes);
SM_HANDLER(sm_irq_mail);

/* ---- mailbox: words to and from the host */

/* Words that wait. */
uint32_t sm_mail_waiting(void);
/* The next word from the host; sleeps until there is one. */
uint32_t sm_mail_take(void);
/* A word to the host; waits while the mailbox is full. */
void sm_mail_put(uint32_t word);
/* A message: a word with `kind` in bits 31..16 and the number of words that follow, then these. */
void sm_mail_message(uint32_t kind, const uint32_t* words, uint32_t count);
enum sm_mail_kind { SM_MAIL_LOG = 1 /* text, four bytes in a word, padded with zeros */ };
/* Text, which `spikemesh firmware log` prints. */
void sm_log(const char* text);
/* The same, followed by a number in decimal and by the end of the line. */
void sm_log_number(const char* text, int32_t number);

/* ---- steps, for a program that owns the run */

uint64_t sm_step(void);
static inline int sm_running(void) { return (int)SM_GET(sm_read(SM_REG_STATUS), RUN_STATUS_RUNNING); }
/* Runs until step `step`, with the tag that the host gave the image; returns at once. */
void sm_run_until(uint64_t step);
/* Sleeps until the run is over. */
void sm_wait_run(void);
/* The same, for at most so many cycles of the core: 0 if the run is not over then. Uses the timer. */
int sm_wait_run_for(uint32_t cycles);

/* ---- spikes, for a program that owns the run */

typedef struct sm_spike {
  uint32_t step;  /* low word */
  uint32_t label; /* of a recorded spike */
} sm_spike;
/* Entries that wait in the spike-out ring. */
uint32_t sm_spikes_waiting(void);
/* Takes the oldest entry of the ring; 0 when there is none. */
int sm_spike_take(sm_spike* spike);
/* A spike on an axon in step `step`; waits while the spike-in ring is full. */
void sm_spike_send(uint32_t step, uint32_t x, uint32_t y, uint32_t axon);

/* ---- tiles, for a program that owns the run. An access waits for the end of a run. */

/* The tile that the functions below mean. */
static inline void sm_tile(uint32_t x, uint32_t y) {
  sm_store(SM_BYTE_WINDOW, SM_PUT(TILE_X, x) | SM_PUT(TILE_Y, y));
}
/* The byte address of one of its words. */
static inline uint32_t sm_tile_address(uint32_t region, uint32_t index) {
  return SM_BYTE_TILE + 4u * (SM_PUT(TILE_ADDR_REGION, region) | SM_PUT(TILE_ADDR_INDEX, index));
}
static inline uint32_t sm_tile_read(uint32_t region, uint32_t index) {
  return sm_load(sm_tile_address(region, index));
}
static inline void sm_tile_write(uint32_t region, uint32_t index, uint32_t word) {
  sm_store(sm_tile_address(region, index), word);
}
/* Returns when all writes to tiles have landed. */
static inline void sm_fence(void) { (void)sm_load(SM_BYTE_FENCE); }
/* The weight of synapse word `index`. */
int32_t sm_weight(uint32_t index);
/* Changes the weight of synapse word `index` and leaves its other fields alone. */
void sm_set_weight(uint32_t index, int32_t weight);
