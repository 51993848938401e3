/* SPDX-License-Identifier: Apache-2.0 */
/* A program that does what the test asks for by mail: a command and its argument. */
#include "fixed.h"
#include "spikemesh.h"

enum command {
  kIllegal = 1,   /* an illegal instruction */
  kStore,         /* a word to byte address `argument` */
  kStoreByte,     /* a byte there */
  kLoad,          /* the word at byte address `argument`, by mail */
  kJump,          /* to byte address `argument` */
  kSpin,          /* for ever */
  kDoubleFault,   /* an exception without a handler */
  kSleep,         /* `argument` cycles by the timer: how long it was, and the interrupts, by mail */
  kStorm,         /* the timer interrupts without end */
  kRun,           /* a spike on axon 0, `argument` steps: spikes by mail */
  kSweep,         /* writes to all places from byte address `argument` on */
  kExit,          /* main returns `argument` */
  kSetWeight,     /* of synapse word 0; the old one by mail */
  kFixed,         /* some arithmetic by mail */
  kGiveBack,      /* the run to the host */
  kReadInRun      /* `argument` steps, and at once a word of a tile: the word and the steps by mail */
};

static volatile uint32_t interrupts;

SM_HANDLER(sm_irq_timer) {
  ++interrupts;
  if (interrupts < 0x40000000u) sm_set_timer(UINT64_MAX);
}

static void answer(uint32_t word) { sm_mail_put(word); }

static void sleep_for(uint32_t cycles) {
  const uint64_t begin = sm_time();
  interrupts = 0;
  sm_set_timer(begin + cycles);
  /* Not a wfi while the handler is on: an interrupt just before it would be over when the sleep begins. */
  sm_sleep(SM_IRQ_TIMER);
  sm_interrupt_on(SM_IRQ_TIMER);
  while (interrupts == 0) {
  }
  sm_interrupt_on(0);
  answer((uint32_t)(sm_time() - begin));
  answer(interrupts);
}

static void run_for(uint32_t steps) {
  const uint64_t first = sm_step();
  sm_spike_send((uint32_t)first, 0, 0, 0);
  sm_run_until(first + steps);
  sm_wait_run();
  answer((uint32_t)(sm_step() - first));
  answer(sm_spikes_waiting());
  for (sm_spike spike; sm_spike_take(&spike);) {
    answer(spike.step - (uint32_t)first);
    answer(spike.label);
  }
}

static void read_in_run(uint32_t steps) {
  const uint64_t first = sm_step();
  sm_tile(0, 0);
  sm_run_until(first + steps);
  answer((uint32_t)sm_weight(0));
  answer((uint32_t)(sm_step() - first));
}

static void set_weight(int32_t weight) {
  sm_tile(0, 0);
  answer((uint32_t)sm_weight(0));
  sm_set_weight(0, weight);
  sm_fence();
  answer((uint32_t)sm_weight(0));
}

static void fixed(void) {
  answer((uint32_t)sm_fixed_mul(SM_FIXED(-1.5), SM_FIXED(2.25)));
  answer((uint32_t)sm_fixed_div(SM_FIXED(1), SM_FIXED(-3)));
  answer((uint32_t)sm_fixed_add(SM_FIXED(32767), SM_FIXED(2)));
  answer((uint32_t)sm_fixed_div(SM_FIXED(-1), 0));
}

int main(void) {
  for (;;) {
    const uint32_t command = sm_mail_take(), argument = sm_mail_take();
    switch (command) {
      case kIllegal: __asm__ volatile(".globl probe_illegal\nprobe_illegal: .4byte 0xFFFFFFFF"); break;
      case kStore: *(volatile uint32_t*)argument = 1; break;
      case kStoreByte: *(volatile uint8_t*)argument = 1; break;
      case kLoad: answer(*(volatile uint32_t*)argument); break;
      case kJump: ((void (*)(void))argument)(); break;
      case kSpin:
        for (;;) {
        }
      case kDoubleFault: /* the vectors lie where nothing is: the exception of the exception */
        __asm__ volatile("csrw mtvec, %0\n.4byte 0xFFFFFFFF" : : "r"(0x00F00001u));
        break;
      case kSleep: sleep_for(argument); break;
      case kStorm:
        interrupts = 0x40000000u;
        sm_set_timer(0);
        sm_interrupt_on(SM_IRQ_TIMER);
        for (;;) {
        }
      case kRun: run_for(argument); break;
      case kSweep:
        for (uint32_t at = argument;; at += 4) *(volatile uint32_t*)at = at;
      case kExit: return (int)argument;
      case kSetWeight: set_weight((int32_t)argument); break;
      case kFixed: fixed(); break;
      case kGiveBack: sm_give_run_back(); break;
      case kReadInRun: read_in_run(argument); break;
      default: sm_log_number("probe: there is no command ", (int32_t)command); return -1;
    }
  }
}
