/* SPDX-License-Identifier: Apache-2.0 */
/* Monitor: tests the chip, tells what it found, and serves the host (docs/firmware.md). */
#include "selftest.h"

enum { kMagic = 0x4D4F4E31 };

SM_KEPT struct selftest selftest;
struct chip chip;

void chip_read(void) {
  const uint32_t mesh = sm_read(SM_REG_MESH);
  chip.w = SM_GET(mesh, MESH_W);
  chip.h = SM_GET(mesh, MESH_H);
  chip.neurons = sm_read(SM_REG_NEURONS);
  chip.synapses = sm_read(SM_REG_SYNAPSES);
  chip.axons = sm_read(SM_REG_AXONS);
  chip.fanouts = sm_read(SM_REG_FANOUTS);
  chip.plastics = sm_read(SM_REG_PLASTICS);
  chip.lanes = sm_read(SM_REG_LANES);
  chip.weight_bits = sm_read(SM_REG_WEIGHT_BITS);
  chip.decay_bits = sm_read(SM_REG_DECAY_BITS);
  chip.slots = sm_read(SM_REG_DELAY_MAX) + 1;
  chip.ring = sm_read(SM_REG_RING_IN_DEPTH);
}

void found(uint32_t kind, const uint32_t* words, uint32_t count) {
  sm_mail_message(kind, words, count);
  if (kind != MONITOR_SKIPPED) ++selftest.findings;
  if (selftest.listed == kFindings) return;
  uint32_t* const kept = selftest.finding[selftest.listed++];
  kept[0] = kind << 16 | count;
  for (uint32_t i = 0; i < count; ++i) kept[i + 1] = words[i];
}

void found_link(uint32_t tile, uint32_t port, uint32_t defect, uint32_t ones, uint32_t zeros) {
  const uint32_t words[] = {tile, port, defect << 16, ones | zeros};
  uint32_t told[] = {words[0], words[1], words[2], words[3]};
  if (defect == MONITOR_STUCK) told[2] |= zeros != 0; /* bit 0: the bits are 0, else 1 */
  found(MONITOR_LINK, told, 4);
}

static void report(void) {
  for (uint32_t i = 0; i < selftest.listed; ++i)
    sm_mail_message(selftest.finding[i][0] >> 16, &selftest.finding[i][1], selftest.finding[i][0] & 0xFFFF);
  const uint32_t done[] = {selftest.words, selftest.links, selftest.findings};
  sm_mail_message(MONITOR_DONE, done, 3);
}

/* Returns 0 when the chip has to be reset before the next unit. */
static int test_unit(uint32_t unit) {
  const uint32_t tiles = chip.w * chip.h;
  if (unit < tiles) return test_tile_links(unit / chip.h, unit % chip.h);
  unit -= tiles;
  if (unit < 2 * tiles) {
    const uint32_t x = unit / 2 % chip.w, y = unit / 2 / chip.w;
    return test_spike_link(x, y, unit % 2 ? SM_PORT_NORTH : SM_PORT_EAST);
  }
  unit -= 2 * tiles;
  if (unit == 0) return 0; /* the memories begin as a reset leaves them */
  --unit;
  if (unit == tiles * kRegions) {
    test_ring();
  } else {
    test_memory(unit / kRegions % chip.w, unit / kRegions / chip.w, unit % kRegions);
  }
  return 1;
}

/* From the unit that comes next to the end, or to the next reset. */
static void test(void) {
  const uint32_t units = chip.w * chip.h * (3 + kRegions) + 2;
  while (selftest.unit < units) {
    const int goes_on = test_unit(selftest.unit);
    selftest.stage = selftest.hangs = 0;
    ++selftest.unit;
    if (goes_on) continue;
    sm_mail_message(MONITOR_RESET, NULL, 0);
    return;
  }
  const uint32_t done[] = {selftest.words, selftest.links, selftest.findings};
  sm_mail_message(MONITOR_DONE, done, 3);
}

static void begin(void) {
  uint32_t* const words = (uint32_t*)&selftest;
  for (uint32_t i = 0; i < sizeof selftest / 4; ++i) words[i] = 0;
  selftest.magic = kMagic;
  tell_unseen();
  test();
}

static void answer(uint32_t word, uint32_t count) { sm_mail_message(MONITOR_ANSWER, &word, count); }

static uint32_t peek(uint32_t tile, uint32_t address) {
  if (tile & kHostTile) return sm_read(address);
  sm_tile(SM_GET(tile, TILE_X), SM_GET(tile, TILE_Y));
  return sm_load(SM_BYTE_TILE + 4 * address);
}

static void poke(uint32_t tile, uint32_t address, uint32_t word) {
  if (tile & kHostTile) {
    sm_write(address, word);
    return;
  }
  sm_tile(SM_GET(tile, TILE_X), SM_GET(tile, TILE_Y));
  sm_store(SM_BYTE_TILE + 4 * address, word);
  sm_fence();
}

static void serve(uint32_t command) {
  uint32_t word[3] = {0, 0, 0};
  const uint32_t words = command == MONITOR_PEEK ? 2 : command == MONITOR_POKE ? 3 : command == MONITOR_RUN;
  for (uint32_t i = 0; i < words; ++i) word[i] = sm_mail_take();
  const int known = selftest.magic == kMagic; /* and not what the memory held */
  switch (command) {
    case MONITOR_PEEK: answer(peek(word[0], word[1]), 1); break;
    case MONITOR_POKE:
      poke(word[0], word[1], word[2]);
      answer(0, 0);
      break;
    case MONITOR_RUN:
      sm_run_until(sm_step() + word[0]);
      sm_wait_run();
      answer((uint32_t)sm_step(), 1);
      break;
    case MONITOR_TEST: begin(); break;
    case MONITOR_RESUME:
      if (known) test();
      else sm_log("monitor: there is no test to resume\n");
      break;
    case MONITOR_REPORT:
      if (known) report();
      else sm_log("monitor: nothing was tested yet\n");
      break;
    default: sm_log_number("monitor: there is no command ", (int32_t)command);
  }
}

int main(void) {
  chip_read();
  sm_log("monitor: ready\n");
  for (uint32_t command; (command = sm_mail_take()) != MONITOR_QUIT;) serve(command);
  return 0;
}
