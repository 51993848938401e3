/* SPDX-License-Identifier: Apache-2.0 */
/* Fixed point: signed numbers with 16 bits before and 16 behind the point. Results that do not fit
 * are the largest or smallest number. */
#pragma once

#include <stdint.h>

typedef int32_t sm_fixed;
#define SM_FIXED(number) ((sm_fixed)((number) * 65536.0 + ((number) < 0 ? -0.5 : 0.5)))

static inline sm_fixed sm_fixed_clip(int64_t wide) {
  if (wide > INT32_MAX) return INT32_MAX;
  return wide < INT32_MIN ? INT32_MIN : (sm_fixed)wide;
}
static inline sm_fixed sm_fixed_add(sm_fixed a, sm_fixed b) { return sm_fixed_clip((int64_t)a + b); }
/* Toward zero, as decay does (docs/arithmetic.md). */
static inline sm_fixed sm_fixed_mul(sm_fixed a, sm_fixed b) { return sm_fixed_clip((int64_t)a * b / 65536); }
/* Toward zero; x / 0 is the largest number of the sign of x. */
static inline sm_fixed sm_fixed_div(sm_fixed a, sm_fixed b) {
  if (b == 0) return a < 0 ? INT32_MIN : INT32_MAX;
  return sm_fixed_clip((int64_t)a * 65536 / b);
}
static inline int32_t sm_fixed_whole(sm_fixed a) { return a / 65536; }
