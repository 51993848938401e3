/* SPDX-License-Identifier: Apache-2.0 */
/* Self-test of a chip (docs/firmware.md). It goes through units: the links to and from each tile, the
 * links that carry spikes alone, each memory of each tile, the spike-in ring. A link that never takes
 * a flit keeps the mesh from ever being quiet again, which only a reset by the host ends: what is
 * known so far is therefore kept over a start, and the test goes on with the next unit. */
#pragma once

#include "monitor.h"
#include "spikemesh.h"

enum { kHostTile = 1 << 15, kFindings = 48, kFindingWords = 5, kWrongWords = 48, kRegions = 13 };

/* What is kept over a start. */
struct selftest {
  uint32_t magic;
  uint32_t unit;  /* the next one, or the one under way */
  uint32_t stage; /* of a unit: what it was about to find out */
  uint32_t hangs; /* the unit found that the mesh is no longer quiet */
  uint32_t words, links, findings, listed;
  uint32_t no_way_to[128], no_way_from[128]; /* a bit a tile, y * MeshW + x */
  uint32_t finding[kFindings][kFindingWords]; /* kind << 16 | words, words */
};
extern struct selftest selftest;

/* The chip. */
struct chip {
  uint32_t w, h, neurons, synapses, axons, fanouts, plastics, lanes, weight_bits, decay_bits, slots, ring;
};
extern struct chip chip;
void chip_read(void);

static inline uint32_t log2_of(uint32_t power) {
  uint32_t bits = 0;
  while (power > 1) power >>= 1, ++bits;
  return bits;
}
static inline uint32_t tile_name(uint32_t x, uint32_t y) { return SM_PUT(TILE_X, x) | SM_PUT(TILE_Y, y); }
static inline int tile_bit(const uint32_t* map, uint32_t x, uint32_t y) {
  const uint32_t at = y * chip.w + x;
  return (int)(map[at / 32] >> at % 32 & 1);
}
static inline void tile_mark(uint32_t* map, uint32_t x, uint32_t y) {
  const uint32_t at = y * chip.w + x;
  map[at / 32] |= 1u << at % 32;
}
static inline int tile_reached(uint32_t x, uint32_t y) {
  return !tile_bit(selftest.no_way_to, x, y) && !tile_bit(selftest.no_way_from, x, y);
}

/* A finding: told at once, and kept for the report. */
void found(uint32_t kind, const uint32_t* words, uint32_t count);
void found_link(uint32_t tile, uint32_t port, uint32_t defect, uint32_t ones, uint32_t zeros);

/* Units. They return 0 when the chip needs a reset before the next one. */
int test_tile_links(uint32_t x, uint32_t y);
int test_spike_link(uint32_t x, uint32_t y, uint32_t port);
void test_memory(uint32_t x, uint32_t y, uint32_t region);
void test_ring(void);
/* Says which bits no test of a memory reaches. */
void tell_unseen(void);
