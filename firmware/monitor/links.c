/* SPDX-License-Identifier: Apache-2.0 */
/* Links: those that lead to a tile and from it to the host, by what passes on them; the others by
 * spikes between neighbours (docs/firmware.md). Requests go along row 0 and then down a column,
 * replies along a row to column 0 and then up: the links to and from a tile are the last of two ways
 * whose other links were tested before. Each result is wanted of several words, so that a bad bit in
 * a memory is not taken for a bad link. */
#include "selftest.h"

enum {
  kPatience = 1 << 20, /* cycles of the core for a run of a few steps */
  kBias = 0x600000,    /* fires in each step, also with one bit lost */
  kTries = 3
};
/* Of a unit: what it was finding out when the core stopped. */
enum { kStageForward = 1, kStageReturn, kStageData };

static int run(uint32_t steps) {
  sm_run_until(sm_step() + steps);
  if (sm_wait_run_for(kPatience)) return 1;
  selftest.hangs = 1;
  return 0;
}

static void neuron_word(uint32_t neuron, uint32_t field, uint32_t word) {
  sm_tile_write(SM_REGION_NEURON, 8 * neuron + field, word);
}

static uint32_t spikes_on_axon(uint32_t x, uint32_t y, uint32_t axon, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) sm_spike_send((uint32_t)sm_step(), x, y, axon);
  return count;
}

/* ---- to a tile: spikes that walk long rows make their step long, whatever the way back does */

/* 1: they arrive; 0: they do not, or the step has no end. */
static int spikes_arrive(uint32_t x, uint32_t y, uint32_t axon) {
  const uint32_t rows = chip.synapses / chip.lanes, most = rows > 4096 ? 4096 : rows;
  const uint32_t spikes = chip.ring < 32 ? chip.ring - 1 : 31, period = 4 * spikes + 64;
  if (spikes * most / 2 <= period) return 1; /* too short a walk to tell */
  sm_tile(x, y);
  sm_tile_write(SM_REGION_AXON, axon, SM_PUT(AXON_GROUPS, most | most / 2));
  sm_write(SM_REG_PERIOD, period);
  const uint32_t stretched = sm_read(SM_REG_STRETCHED);
  spikes_on_axon(x, y, axon, spikes);
  const int ended = run(2);
  if (!ended) return 0;
  sm_write(SM_REG_PERIOD, 0);
  sm_tile_write(SM_REGION_AXON, axon, 0);
  return sm_read(SM_REG_STRETCHED) != stretched;
}

/* ---- from a tile: a spike to the host, and a word that is read */

/* 1: it came. 0: it did not, or the step has no end. */
static int spike_returns(void) {
  neuron_word(0, 2, kBias);
  neuron_word(0, 7, SM_PUT(NEURON7_COUNT, 1));
  sm_tile_write(SM_REGION_FANOUT, 0, SM_PUT(FANOUT_HOST, 1));
  if (!run(1)) return 0;
  int came = 0;
  for (sm_spike spike; sm_spike_take(&spike);) came = 1;
  neuron_word(0, 2, 0);
  neuron_word(0, 7, 0);
  sm_tile_write(SM_REGION_FANOUT, 0, 0);
  return came;
}

/* ---- data: the same bits are wrong in words of two memories */

static void write_words(uint32_t word) {
  for (uint32_t i = 0; i < SM_RULES; ++i) {
    neuron_word(i, 5, word);
    sm_tile_write(SM_REGION_RULE, 8 * i, word);
  }
}

static uint32_t read_words(uint32_t flip) {
  uint32_t all = ~0u;
  for (uint32_t i = 0; i < SM_RULES; ++i) {
    all &= sm_tile_read(SM_REGION_NEURON, 8 * i + 5) ^ flip;
    all &= sm_tile_read(SM_REGION_RULE, 8 * i) ^ flip;
  }
  return all;
}

/* Bits that the way back makes 1: what a reset made 0 was never on the way to the tile. */
static uint32_t ones_of_return(void) {
  uint32_t all = ~0u;
  for (uint32_t i = 1; i < 4; ++i) all &= sm_tile_read(SM_REGION_STATE, 4 * (chip.neurons - i) + 2);
  return all;
}

/* A bit that is lost on the way to the tile, but that the tile makes itself: two spikes add half of
 * it each to the adaptive threshold. Bit 0 is the parity of spikes that arrived. */
static int return_loses(uint32_t x, uint32_t y, uint32_t bit) {
  if (bit == 0) {
    const uint32_t before = sm_tile_read(SM_REGION_COUNTER, SM_COUNTER_PACKETS);
    spikes_on_axon(x, y, 2, 1);
    run(1);
    return sm_tile_read(SM_REGION_COUNTER, SM_COUNTER_PACKETS) % 2 == before % 2;
  }
  sm_write(SM_REG_ADAPT_PERIOD, 31); /* and it does not decay meanwhile */
  neuron_word(1, 5, 1u << (bit - 1));
  neuron_word(1, 2, kBias);
  run(2);
  const uint32_t threshold = sm_tile_read(SM_REGION_STATE, 4 + 2);
  sm_write(SM_REG_ADAPT_PERIOD, 0);
  return (threshold >> bit & 1) == 0;
}

/* The links to and from the tile; the bits of each that are always 1, or always 0. */
static int test_data(uint32_t x, uint32_t y, uint32_t to[2], uint32_t from[2]) {
  write_words(0);
  const uint32_t ones = read_words(0);
  write_words(~0u);
  const uint32_t zeros = read_words(~0u);
  write_words(0);
  if ((ones | zeros) == 0) return 1;
  from[0] = ones & ones_of_return();
  to[0] = ones & ~from[0];
  for (uint32_t bit = 0; bit < 32; ++bit) {
    if ((zeros >> bit & 1) == 0) continue;
    (return_loses(x, y, bit) ? from : to)[1] |= 1u << bit;
  }
  return 0;
}

/* ---- the two links of a tile */

struct link {
  uint32_t x, y, port, tile;
};

/* The link over which requests come, and the one over which replies leave. */
static struct link link_to(uint32_t x, uint32_t y) {
  if (x == 0 && y == 0) return (struct link){0, 0, SM_PORT_EAST, kHostTile};
  if (y > 0) return (struct link){x, y - 1, SM_PORT_SOUTH, tile_name(x, y - 1)};
  return (struct link){x - 1, 0, SM_PORT_EAST, tile_name(x - 1, 0)};
}
static struct link link_from(uint32_t x, uint32_t y) {
  return (struct link){x, y, x > 0 || y == 0 ? SM_PORT_WEST : SM_PORT_NORTH, tile_name(x, y)};
}
static int way_back_is_whole(uint32_t x, uint32_t y) {
  if (x == 0 && y == 0) return 1;
  return x > 0 ? !tile_bit(selftest.no_way_from, x - 1, y) : !tile_bit(selftest.no_way_from, x, y - 1);
}

static int broken(uint32_t x, uint32_t y, int to, uint32_t defect) {
  const struct link link = to ? link_to(x, y) : link_from(x, y);
  tile_mark(to ? selftest.no_way_to : selftest.no_way_from, x, y);
  found_link(link.tile, link.port, defect, 0, 0);
  return 0;
}

static int stuck(uint32_t x, uint32_t y, int to, const uint32_t bits[2]) {
  const struct link link = to ? link_to(x, y) : link_from(x, y);
  if ((bits[0] | bits[1]) == 0) return 1;
  tile_mark(to ? selftest.no_way_to : selftest.no_way_from, x, y);
  if (bits[0] != 0) found_link(link.tile, link.port, MONITOR_STUCK, bits[0], 0);
  if (bits[1] != 0) found_link(link.tile, link.port, MONITOR_STUCK, 0, bits[1]);
  return 0;
}

/* After the way to the tile; returns 0 for a reset. */
static int test_return(uint32_t x, uint32_t y) {
  sm_tile(x, y);
  selftest.stage = kStageReturn;
  ++selftest.links;
  if (!spike_returns() && selftest.hangs) return broken(x, y, 0, MONITOR_NEVER_READY);
  selftest.stage = kStageData; /* a reply that does not come stops the core */
  uint32_t to[2] = {0, 0}, from[2] = {0, 0};
  if (test_data(x, y, to, from)) return 1;
  stuck(x, y, 1, to);
  stuck(x, y, 0, from);
  return 0;
}

int test_tile_links(uint32_t x, uint32_t y) {
  const struct link before = link_to(x, y);
  const int host = before.tile == kHostTile;
  switch (selftest.stage) { /* the core was stopped, as the mesh did not answer */
    case kStageForward: return broken(x, y, 1, MONITOR_NEVER_READY);
    case kStageReturn: return broken(x, y, 0, MONITOR_NEVER_READY);
    case kStageData: return broken(x, y, 0, MONITOR_LOST);
    default: break;
  }
  if (!host && tile_bit(selftest.no_way_to, before.x, before.y)) {
    tile_mark(selftest.no_way_to, x, y);
    tile_mark(selftest.no_way_from, x, y);
    return 1;
  }
  selftest.stage = kStageForward;
  ++selftest.links;
  int arrives = 0;
  for (uint32_t axon = 0; axon < 2 && !arrives && !selftest.hangs; ++axon) arrives = spikes_arrive(x, y, axon);
  if (!arrives) return broken(x, y, 1, selftest.hangs ? MONITOR_NEVER_READY : MONITOR_LOST);
  if (way_back_is_whole(x, y)) return test_return(x, y);
  tile_mark(selftest.no_way_from, x, y);
  return 1;
}

/* ---- links that carry spikes alone: spikes on axons in which each bit is 0 and 1 */

enum { kPatterns = 16 };

static uint32_t patterns(uint32_t axon[kPatterns]) {
  const uint32_t bits = log2_of(chip.axons);
  const uint32_t room = chip.neurons / chip.lanes < chip.fanouts ? chip.neurons / chip.lanes : chip.fanouts;
  uint32_t count = 0;
  axon[count++] = 0;
  for (uint32_t bit = 0; bit < bits && count < room; ++bit) axon[count++] = 1u << bit;
  if (count < room && bits > 1) axon[count++] = chip.axons - 1;
  return count;
}

/* Pattern j walks one group, whose word in lane 0 adds 1 to the accumulator of neuron j * Lanes. */
static void set_receiver(uint32_t x, uint32_t y, const uint32_t* axon, uint32_t count) {
  sm_tile(x, y);
  for (uint32_t j = 0; j < count; ++j) {
    sm_tile_write(SM_REGION_AXON, axon[j], SM_PUT(AXON_FIRST, j) | SM_PUT(AXON_GROUPS, 1));
    sm_tile_write(SM_REGION_SYNAPSE, j * chip.lanes,
                  SM_PUT(SYNAPSE_WEIGHT, 1) | SM_PUT(SYNAPSE_DELAY, 1) | SM_PUT(SYNAPSE_TARGET, j * chip.lanes));
  }
}

/* Bit j: pattern j arrived in the step before. The accumulators are 0 again. */
static uint32_t arrived(uint32_t x, uint32_t y, uint32_t count) {
  const uint32_t slot = (uint32_t)(sm_step() % chip.slots);
  uint32_t bits = 0;
  sm_tile(x, y);
  for (uint32_t j = 0; j < count; ++j) {
    const uint32_t at = slot * chip.neurons + j * chip.lanes;
    bits |= (uint32_t)(sm_tile_read(SM_REGION_ACCUMULATOR, at) == 1) << j;
    sm_tile_write(SM_REGION_ACCUMULATOR, at, 0);
  }
  return bits;
}

/* What the host sends over links that were tested; spikes that wait in the ring would hold a step. */
static uint32_t from_host(uint32_t x, uint32_t y, const uint32_t* axon, uint32_t count) {
  uint32_t bits = 0;
  for (uint32_t j = 0; j < count; ++j) {
    spikes_on_axon(x, y, axon[j], 1);
    if (run(1)) bits |= arrived(x, y, count) & 1u << j;
  }
  return bits;
}

/* The same from neuron `neuron` of tile (x, y). */
static int send_all(uint32_t x, uint32_t y, const struct link* to, const uint32_t* axon, uint32_t count, uint32_t neuron) {
  const uint32_t first = neuron * count % chip.fanouts;
  sm_tile(x, y);
  for (uint32_t j = 0; j < count; ++j)
    sm_tile_write(SM_REGION_FANOUT, (first + j) % chip.fanouts,
                  SM_PUT(FANOUT_AXON, axon[j]) | SM_PUT(FANOUT_X, to->x) | SM_PUT(FANOUT_Y, to->y));
  neuron_word(neuron, 7, SM_PUT(NEURON7_FIRST, first) | SM_PUT(NEURON7_COUNT, count));
  neuron_word(neuron, 2, kBias);
  if (!run(1)) return 0;
  neuron_word(neuron, 2, 0);
  neuron_word(neuron, 7, 0);
  return 1;
}

int test_spike_link(uint32_t x, uint32_t y, uint32_t port) {
  const struct link to = {port == SM_PORT_EAST ? x + 1 : x, port == SM_PORT_EAST ? y : y - 1, 0, 0};
  const int is = port == SM_PORT_EAST ? y > 0 && x + 1 < chip.w : y > 0 && x > 0;
  uint32_t axon[kPatterns];
  const uint32_t count = patterns(axon);
  if (!is || !tile_reached(x, y) || !tile_reached(to.x, to.y)) return 1;
  if (selftest.stage != 0) { /* the core was stopped: it is the only link that was not tested before */
    found_link(tile_name(x, y), port, MONITOR_NEVER_READY, 0, 0);
    return 0;
  }
  selftest.stage = kStageData;
  ++selftest.links;
  set_receiver(to.x, to.y, axon, count);
  const uint32_t expected = from_host(to.x, to.y, axon, count);
  uint32_t came = 0;
  for (uint32_t neuron = 0; neuron < kTries && came != expected && !selftest.hangs; ++neuron)
    if (send_all(x, y, &to, axon, count, neuron)) came |= arrived(to.x, to.y, count) & expected;
  if (selftest.hangs) {
    found_link(tile_name(x, y), port, MONITOR_NEVER_READY, 0, 0);
    return 0;
  }
  if (came == 0 && expected != 0) found_link(tile_name(x, y), port, MONITOR_LOST, 0, 0);
  uint32_t bits = 0;
  for (uint32_t j = 0; j < count; ++j)
    if (((expected & ~came) >> j & 1) != 0) bits |= axon[j];
  if (came != 0 && bits != 0) found_link(tile_name(x, y), port, MONITOR_AXONS, bits, 0);
  return 1;
}
