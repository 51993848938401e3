/* SPDX-License-Identifier: Apache-2.0 */
/* Memories: March C- with values that the chip takes. */
#include "selftest.h"

/* A memory as the march sees it: words one after another, of which each keeps some bits. */
struct memory {
  uint32_t base;    /* byte address of word 0 */
  uint32_t words;
  uint32_t entry;   /* words of an entry, a power of two */
  uint32_t mask[8]; /* of a word of an entry: bits that change; a word without is left alone */
  uint32_t fixed[8]; /* and those that are 1 meanwhile */
};
/* A word that is wrong. */
struct wrong {
  uint32_t index, ones, zeros;
};
static struct wrong wrong[kWrongWords];
static uint32_t wrong_words, wrong_more;

static const uint32_t kBackgrounds[] = {0x0000FFFF, 0x00FF00FF, 0x0F0F0F0F, 0x33333333, 0x55555555, 0};

static uint32_t low(uint32_t bits) { return bits >= 32 ? ~0u : (1u << bits) - 1; }

/* Of a word with a list in a memory of `size` entries. */
static uint32_t list_bits(uint32_t size) {
  const uint32_t bits = log2_of(size);
  return low(bits) | low(bits + 1 > 16 ? 16 : bits + 1) << 16;
}

static uint32_t words_of(uint32_t region) {
  switch (region) {
    case SM_REGION_SYNAPSE: return chip.synapses;
    case SM_REGION_AXON:
    case SM_REGION_PRE_TRACE: return chip.axons;
    case SM_REGION_FANOUT: return chip.fanouts;
    case SM_REGION_NEURON: return 8 * chip.neurons;
    case SM_REGION_STATE: return 4 * chip.neurons;
    case SM_REGION_ACCUMULATOR: return chip.slots * chip.neurons;
    case SM_REGION_RULE: return 8 * SM_RULES;
    case SM_REGION_TABLE: return 2 * SM_RULES * SM_TRACE_STEPS;
    case SM_REGION_FANIN: return chip.plastics;
    case SM_REGION_LEARN:
    case SM_REGION_POST_TRACE: return chip.neurons;
    default: return 0; /* counters */
  }
}

/* Bits that word `word` of an entry keeps (docs/registers.md, docs/blocks/core.md). */
static uint32_t kept_bits(uint32_t region, uint32_t word) {
  const uint32_t factor = low(chip.decay_bits + 1), rows = chip.synapses / chip.lanes;
  const uint32_t neuron[] = {~0u, 0x1FFFFFFF, 0xFFFFFF, factor, factor, ~0u, factor, list_bits(chip.fanouts)};
  const uint32_t state[] = {~0u, 0xFFFFFF, ~0u, 0xFF};
  const uint32_t bounds = low(chip.weight_bits) * 0x10001u, rule[] = {~0u, 0x1FFFF, bounds, ~0u, ~0u, 0, 0, 0};
  switch (region) {
    case SM_REGION_SYNAPSE:
      return low(chip.weight_bits) | SM_PUT(SYNAPSE_DELAY, chip.slots - 1) | SM_PUT(SYNAPSE_PLASTIC, 1) |
             SM_PUT(SYNAPSE_TARGET, chip.neurons - 1);
    case SM_REGION_AXON:
      return (list_bits(rows) & (SM_PUT(AXON_FIRST, ~0u) | SM_PUT(AXON_GROUPS, ~0u))) | SM_PUT(AXON_PLASTIC, 1) |
             SM_PUT(AXON_RULE, 3);
    case SM_REGION_FANOUT: return low(27);
    case SM_REGION_NEURON: return neuron[word];
    case SM_REGION_STATE: return state[word];
    case SM_REGION_ACCUMULATOR: return low(SM_ACC_BITS);
    case SM_REGION_RULE: return rule[word];
    case SM_REGION_TABLE: return low(17);
    case SM_REGION_FANIN:
      return low(log2_of(rows)) | SM_PUT(FANIN_AXON, chip.axons - 1) | SM_PUT(FANIN_RULE, 3);
    case SM_REGION_LEARN: {
      const uint32_t bits = log2_of(chip.plastics / chip.lanes);
      return low(bits) | SM_PUT(LEARN_COUNT, low(bits + 1)) | SM_PUT(LEARN_RULE, 3);
    }
    default: return ~0u; /* traces */
  }
}

/* Words whose highest bit is a value of its own: 1.0, after which no other bit may be set. */
static uint32_t one_of(uint32_t region, uint32_t word) {
  if (region == SM_REGION_TABLE) return SM_FACTOR_ONE;
  const int factor = word == 3 || word == 4 || word == 6;
  return region == SM_REGION_NEURON && factor ? 1u << chip.decay_bits : 0;
}

/* Of a fan-out entry, those that may be set together: with `host`, any label. */
enum { kHostBit = SM_FANOUT_HOST_MASK << SM_FANOUT_HOST_SHIFT, kLabel = 0xFFFFFF };

/* Which bits change in a pass: in the second one those that may not be set with the others. */
static void choose(struct memory* memory, uint32_t region, int second) {
  for (uint32_t word = 0; word < memory->entry; ++word) {
    const uint32_t kept = kept_bits(region, word), one = one_of(region, word);
    memory->mask[word] = second ? one : kept & ~one;
    memory->fixed[word] = 0;
    if (region != SM_REGION_FANOUT) continue;
    memory->mask[word] = second ? (uint32_t)kHostBit : kLabel;
    memory->fixed[word] = second ? 0 : kHostBit;
  }
}

static void note(uint32_t index, uint32_t expected, uint32_t got) {
  const uint32_t ones = got & ~expected, zeros = expected & ~got;
  uint32_t at = 0;
  while (at < wrong_words && wrong[at].index != index) ++at;
  if (at == kWrongWords) {
    ++wrong_more;
    return;
  }
  if (at == wrong_words) wrong[wrong_words++] = (struct wrong){index, 0, 0};
  wrong[at].ones |= ones;
  wrong[at].zeros |= zeros;
}

/* One element of a march: up or down, each word is read (and was `before`), and then written. The
 * values are `background` or, inverted, its complement, as far as the word keeps them. */
struct element {
  uint8_t down, reads, read_inverted, writes, write_inverted;
};

static void go(const struct memory* memory, uint32_t background, const struct element* element) {
  const uint32_t was = element->read_inverted ? ~background : background;
  const uint32_t will = element->write_inverted ? ~background : background;
  for (uint32_t i = 0; i < memory->words; ++i) {
    const uint32_t index = element->down ? memory->words - 1 - i : i, word = index & (memory->entry - 1);
    const uint32_t mask = memory->mask[word], fixed = memory->fixed[word];
    if (mask == 0) continue;
    if (element->reads) {
      const uint32_t got = sm_load(memory->base + 4 * index), expected = (was & mask) | fixed;
      if (got != expected) note(index, expected, got);
    }
    if (element->writes) sm_store(memory->base + 4 * index, (will & mask) | fixed);
  }
}

static void march(const struct memory* memory, uint32_t background) {
  static const struct element kMarchCMinus[] = {{0, 0, 0, 1, 0}, {0, 1, 0, 1, 1}, {0, 1, 1, 1, 0},
                                                {1, 1, 0, 1, 1}, {1, 1, 1, 1, 0}, {0, 1, 0, 0, 0}};
  for (uint32_t i = 0; i < sizeof kMarchCMinus / sizeof *kMarchCMinus; ++i) go(memory, background, &kMarchCMinus[i]);
}

static void tell_wrong(uint32_t tile, uint32_t address) {
  for (uint32_t i = 0; i < wrong_words; ++i) {
    const uint32_t words[] = {tile, address + wrong[i].index, wrong[i].ones, wrong[i].zeros};
    found(MONITOR_MEMORY, words, 4);
  }
  if (wrong_more == 0) return;
  const uint32_t more[] = {tile, address, wrong_more};
  found(MONITOR_MORE, more, 3);
}

static void march_all(struct memory* memory, uint32_t region) {
  for (uint32_t i = 0; i < sizeof kBackgrounds / 4; ++i) {
    choose(memory, region, 0);
    march(memory, kBackgrounds[i]);
  }
  choose(memory, region, 1);
  uint32_t any = 0;
  for (uint32_t word = 0; word < memory->entry; ++word) any |= memory->mask[word];
  if (any != 0) march(memory, 0);
}

void test_memory(uint32_t x, uint32_t y, uint32_t region) {
  const uint32_t tile = tile_name(x, y);
  const int stopped = selftest.stage != 0; /* the tile answered before, and does not now */
  if (stopped || (region == 0 && !tile_reached(x, y))) found(MONITOR_SKIPPED, &tile, 1);
  if (stopped) tile_mark(selftest.no_way_from, x, y);
  if (!tile_reached(x, y)) return;
  selftest.stage = 1;
  const uint32_t entry = region == SM_REGION_NEURON || region == SM_REGION_RULE ? 8 : region == SM_REGION_STATE ? 4 : 1;
  struct memory memory = {sm_tile_address(region, 0), words_of(region), entry, {0}, {0}};
  wrong_words = wrong_more = 0;
  sm_tile(x, y);
  if (memory.words != 0) march_all(&memory, region);
  selftest.words += memory.words;
  tell_wrong(tile, SM_PUT(TILE_ADDR_REGION, region));
}

void test_ring(void) {
  struct memory memory = {SM_BYTE_HOST + 4 * SM_RING_IN_BASE, 2 * chip.ring, 1, {~0u}, {0}};
  wrong_words = wrong_more = 0;
  for (uint32_t i = 0; i < sizeof kBackgrounds / 4; ++i) march(&memory, kBackgrounds[i]);
  selftest.words += memory.words;
  tell_wrong(kHostTile, SM_RING_IN_BASE);
}

void tell_unseen(void) {
  const uint32_t words[] = {SM_REGION_FANOUT, 0, SM_PUT(FANOUT_MODE, 3)};
  sm_mail_message(MONITOR_UNSEEN, words, 3);
}
