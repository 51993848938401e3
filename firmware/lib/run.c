/* SPDX-License-Identifier: Apache-2.0 */
/* The run: steps, spikes, weights. */
#include "spikemesh.h"

uint64_t sm_step(void) { return sm_read64(SM_REG_STEP_LO, SM_REG_STEP_HI); }

void sm_run_until(uint64_t step) {
  sm_write(SM_REG_RUN_UNTIL_LO, (uint32_t)step);
  sm_write(SM_REG_RUN_UNTIL_HI, (uint32_t)(step >> 32));
  sm_write(SM_REG_RUN_TAG, sm_read(SM_REG_IMAGE_TAG)); /* run_done falls with it */
}

void sm_wait_run(void) {
  while (sm_running()) sm_sleep(SM_IRQ_RUN_DONE);
}

int sm_wait_run_for(uint32_t cycles) {
  sm_set_timer(sm_time() + cycles);
  while (sm_running() && !(sm_sleep(SM_IRQ_RUN_DONE | SM_IRQ_TIMER) & SM_IRQ_TIMER)) {
  }
  sm_set_timer(UINT64_MAX);
  return !sm_running();
}

uint32_t sm_spikes_waiting(void) { return sm_read(SM_REG_RING_OUT_WRITE) - sm_read(SM_REG_RING_OUT_READ); }

int sm_spike_take(sm_spike* spike) {
  if (sm_spikes_waiting() == 0) return 0;
  const uint32_t index = sm_read(SM_REG_RING_OUT_READ), at = 2 * (index % sm_read(SM_REG_RING_OUT_DEPTH));
  spike->step = sm_read(SM_RING_OUT_BASE + at);
  spike->label = SM_GET(sm_read(SM_RING_OUT_BASE + at + 1), ENTRY_PAYLOAD);
  sm_write(SM_REG_RING_OUT_READ, index + 1);
  return 1;
}

void sm_spike_send(uint32_t step, uint32_t x, uint32_t y, uint32_t axon) {
  const uint32_t index = sm_read(SM_REG_RING_IN_WRITE), depth = sm_read(SM_REG_RING_IN_DEPTH);
  while (index - sm_read(SM_REG_RING_IN_READ) >= depth) {
  }
  const uint32_t payload = SM_PUT(SPIKE_PAYLOAD_AXON, axon) | SM_PUT(SPIKE_PAYLOAD_X, x) | SM_PUT(SPIKE_PAYLOAD_Y, y);
  sm_write(SM_RING_IN_BASE + 2 * (index % depth), step);
  sm_write(SM_RING_IN_BASE + 2 * (index % depth) + 1, SM_PUT(ENTRY_PAYLOAD, payload) | SM_PUT(ENTRY_KIND, SM_ENTRY_KIND_SPIKE));
  sm_write(SM_REG_RING_IN_WRITE, index + 1);
}

int32_t sm_weight(uint32_t index) {
  return (int16_t)SM_GET(sm_tile_read(SM_REGION_SYNAPSE, index), SYNAPSE_WEIGHT);
}

void sm_set_weight(uint32_t index, int32_t weight) {
  const uint32_t others = sm_tile_read(SM_REGION_SYNAPSE, index) & ~SM_PUT(SYNAPSE_WEIGHT, SM_SYNAPSE_WEIGHT_MASK);
  sm_tile_write(SM_REGION_SYNAPSE, index, others | SM_PUT(SYNAPSE_WEIGHT, weight));
}
