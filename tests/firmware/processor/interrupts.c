/* SPDX-License-Identifier: Apache-2.0 */
/* Computes with all registers, and mixes every result into a state, while interrupts of all kinds come
   and go. What it computes does not depend on them. */
#include "spikemesh.h"

#define ROUNDS 12

uint32_t state[64];
volatile uint32_t taken[4];  /* timer, run_done, spikes, mail */
static uint32_t numbers[96];

static uint32_t seed = 1;
static uint32_t draw(void) {
  seed ^= seed << 13;
  seed ^= seed >> 17;
  seed ^= seed << 5;
  return seed;
}

SM_HANDLER(sm_irq_timer) {
  static uint32_t again = 7;
  ++taken[0];
  again = again * 1103515245u + 12345u;
  sm_set_timer(sm_time() + 40 + (again >> 20) % 500);
}
SM_HANDLER(sm_irq_run_done) {
  ++taken[1];
  sm_write(SM_REG_MGMT_IRQ_PENDING, 1);
}
SM_HANDLER(sm_irq_spikes) { ++taken[2]; }
SM_HANDLER(sm_irq_mail) {
  ++taken[3];
  sm_mail_take();
}

static void mix(uint32_t place, uint32_t value) {
  state[place % 64] = (state[place % 64] << 7 | state[place % 64] >> 25) ^ value;
}

static void sort(void) {
  for (int i = 1; i < 96; ++i) {
    const uint32_t value = numbers[i];
    int j = i;
    for (; j > 0 && numbers[j - 1] > value; --j) numbers[j] = numbers[j - 1];
    numbers[j] = value;
  }
}

static uint32_t depth(uint32_t n) { return n < 2 ? n : depth(n - 1) + depth(n - 2); }

int main(void) {
  sm_set_timer(sm_time() + 100);
  sm_interrupt_on(SM_IRQ_TIMER | SM_IRQ_RUN_DONE | SM_IRQ_SPIKES | SM_IRQ_MAIL);
  for (uint32_t round = 0; round < ROUNDS; ++round) {
    for (int i = 0; i < 96; ++i) numbers[i] = draw();
    sort();
    for (uint32_t i = 0; i < 96; ++i) {
      mix(i, numbers[i]);
      mix(i + 7, numbers[i] / (numbers[95 - i] | 1));
      mix(i + 13, (uint32_t)(((uint64_t)numbers[i] * numbers[(i + 31) % 96]) >> 32));
      ((uint8_t*)state)[draw() % sizeof state] ^= (uint8_t)round;
    }
    mix(round, depth(9));
  }
  sm_interrupt_on(0);
  uint32_t sum = 0;
  for (uint32_t i = 0; i < 64; ++i) sum = sum * 31 + state[i];
  return (int)(sum & 0x7fffffff);
}
