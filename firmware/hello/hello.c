/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest program: says who it is, and adds up what it is sent. A zero ends it. */
#include "spikemesh.h"

int main(void) {
  sm_log("hello from the management core\n");
  uint32_t sum = 0;
  for (uint32_t word; (word = sm_mail_take()) != 0;) sum += word;
  sm_log_number("sum ", (int32_t)sum);
  return (int)sum;
}
