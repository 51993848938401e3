/* SPDX-License-Identifier: Apache-2.0 */
/* Mailboxes: words in the last part of the data memory, absolute indices in registers. */
#include "spikemesh.h"

/* `which`: 2 for words to the core, 1 for words from it. */
static volatile uint32_t* slot(uint32_t which, uint32_t index) {
  const uint32_t words = sm_read(SM_REG_MGMT_DATA_WORDS);
  return sm_register(SM_MGMT_DATA_BASE + words - which * SM_MGMT_MAILBOX + index % SM_MGMT_MAILBOX);
}

uint32_t sm_mail_waiting(void) { return sm_read(SM_REG_MGMT_IN_WRITE) - sm_read(SM_REG_MGMT_IN_READ); }

uint32_t sm_mail_take(void) {
  while (sm_mail_waiting() == 0) sm_sleep(SM_IRQ_MAIL);
  const uint32_t index = sm_read(SM_REG_MGMT_IN_READ);
  const uint32_t word = *slot(2, index);
  sm_write(SM_REG_MGMT_IN_READ, index + 1);
  return word;
}

void sm_mail_put(uint32_t word) {
  const uint32_t index = sm_read(SM_REG_MGMT_OUT_WRITE);
  while (index - sm_read(SM_REG_MGMT_OUT_READ) >= SM_MGMT_MAILBOX) {
  }
  *slot(1, index) = word;
  sm_write(SM_REG_MGMT_OUT_WRITE, index + 1);
}
