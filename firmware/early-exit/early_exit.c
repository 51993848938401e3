/* SPDX-License-Identifier: Apache-2.0 */
/* Early exit: runs samples step by step, and ends each as soon as its answer is sure
 * (docs/firmware.md). */
#include "early_exit.h"

#include "spikemesh.h"

struct pair {
  uint32_t steps, margin;
};

static uint8_t class_of[EARLY_EXIT_MOST_LABELS];
static uint32_t labels;  /* that have a class */
static uint32_t classes; /* one more than the highest */
static struct pair pairs[EARLY_EXIT_MOST_PAIRS];
static uint32_t pair_count;
static uint32_t spikes[EARLY_EXIT_MOST_CLASSES]; /* of the sample, by class */

static struct {
  uint64_t begin;
  uint32_t steps, filled, done;
  uint32_t next; /* index of the first spike-out entry that is not counted */
  int waits;     /* for entries */
} sample;

static void refuse(uint32_t fault, uint32_t value) {
  const uint32_t words[] = {fault, value};
  sm_mail_message(EARLY_EXIT_REFUSED, words, 2);
}

/* ---- settings. A command is always taken with all of its words, so that the next one is found. */

static void take_classes(void) {
  const uint32_t count = sm_mail_take();
  uint32_t word = 0;
  labels = classes = 0;
  for (uint32_t i = 0; i < count; ++i, word >>= 8) {
    if (i % 4 == 0) word = sm_mail_take();
    const uint8_t class = (uint8_t)word;
    if (i < EARLY_EXIT_MOST_LABELS) class_of[i] = class;
    if (class != EARLY_EXIT_NO_CLASS && class >= classes) classes = class + 1u;
  }
  if (count > EARLY_EXIT_MOST_LABELS) refuse(EARLY_EXIT_LABELS, count);
  else labels = count;
}

static void take_margins(void) {
  const uint32_t count = sm_mail_take();
  uint32_t last = 0;
  int good = count <= EARLY_EXIT_MOST_PAIRS;
  pair_count = 0;
  if (!good) refuse(EARLY_EXIT_PAIRS, count);
  for (uint32_t i = 0; i < count; ++i) {
    struct pair pair;
    pair.steps = sm_mail_take();
    pair.margin = sm_mail_take();
    if (!good) continue;
    good = pair.steps > last && pair.margin != 0;
    if (pair.steps <= last) refuse(EARLY_EXIT_ORDER, pair.steps);
    else if (pair.margin == 0) refuse(EARLY_EXIT_MARGIN, pair.steps);
    last = pair.steps;
    pairs[i] = pair;
  }
  if (good) pair_count = count;
}

/* ---- spikes */

/* Counts the entries of the spike-out ring up to index `last`. */
static void count_until(uint32_t last) {
  const uint32_t depth = sm_read(SM_REG_RING_OUT_DEPTH);
  for (; sample.next != last; ++sample.next) {
    const uint32_t entry = sm_read(SM_RING_OUT_BASE + 2 * (sample.next % depth) + 1);
    const uint32_t label = SM_GET(entry, ENTRY_PAYLOAD);
    if (label < labels && class_of[label] != EARLY_EXIT_NO_CLASS) ++spikes[class_of[label]];
  }
}

struct best {
  uint32_t class, margin;
};

/* The class with the most spikes, of equals the first; and how many it is ahead of the second. */
static struct best best(void) {
  uint32_t first = 0, second = 0, class = EARLY_EXIT_NO_ANSWER;
  for (uint32_t i = 0; i < classes; ++i) {
    if (spikes[i] > first) {
      second = first;
      first = spikes[i];
      class = i;
    } else if (spikes[i] > second) {
      second = spikes[i];
    }
  }
  return (struct best){class, first - second};
}

/* The margin with which a sample is sure after `steps` steps; 0: it cannot be yet. */
static uint32_t wanted(uint32_t steps) {
  uint32_t margin = 0;
  for (uint32_t i = 0; i < pair_count && pairs[i].steps <= steps; ++i) margin = pairs[i].margin;
  return margin;
}

static int sure(void) {
  const uint32_t margin = wanted(sample.done);
  return margin != 0 && best().margin >= margin;
}

/* ---- a sample */

/* The host has read the ring up to `index`, so these entries can be given up once they are counted. */
static void give_up(uint32_t index) {
  const uint32_t read = sm_read(SM_REG_RING_OUT_READ);
  if (index - read > sm_read(SM_REG_RING_OUT_WRITE) - read) {
    refuse(EARLY_EXIT_NOT_OUT, index);
    return;
  }
  /* The host may have been as far when the sample began. */
  if ((int32_t)(index - sample.next) > 0) count_until(index);
  sm_write(SM_REG_RING_OUT_READ, index);
}

static void serve(void);

/* Runs until `steps` steps of the sample are over; 0 if the host has stopped the run before. The
 * spike-out ring may be full meanwhile, until the host says that it has read. */
static int step_to(uint32_t steps) {
  sm_run_until(sample.begin + steps);
  while (sm_running()) {
    if (sm_mail_waiting() != 0) serve();
    else sm_sleep(SM_IRQ_RUN_DONE | SM_IRQ_MAIL);
  }
  if (sm_step() != sample.begin + steps) return 0;
  sample.done = steps;
  count_until(sm_read(SM_REG_RING_OUT_WRITE));
  return 1;
}

/* Where the sample has to be looked at next. */
static uint32_t next_stop(void) {
  uint32_t stop = sample.done + 1;
  if (pair_count == 0) stop = sample.steps;
  else if (stop < pairs[0].steps) stop = pairs[0].steps;
  return stop < sample.filled ? stop : sample.filled;
}

static void go_on(void) {
  sample.waits = 0;
  while (sample.done < sample.filled && !sure()) {
    if (step_to(next_stop())) continue;
    sm_give_run_back();
    refuse(EARLY_EXIT_STOPPED, sample.done);
    return;
  }
  sample.waits = sample.done < sample.steps && !sure();
  sm_give_run_back();
  if (sample.waits) {
    sm_mail_message(EARLY_EXIT_WANTS, &sample.done, 1);
    return;
  }
  const struct best answer = best();
  const uint32_t words[] = {answer.class, sample.done, answer.margin, sample.next};
  sm_mail_message(EARLY_EXIT_ANSWER, words, 4);
}

/* The step counter goes on to the begin of the sample: entries of steps that the last one did not
 * run are late then, and the chip drops them. */
static void begin_sample(void) {
  const uint32_t low = sm_mail_take(), high = sm_mail_take();
  const uint32_t steps = sm_mail_take(), filled = sm_mail_take();
  if (steps == 0 || filled > steps) {
    refuse(EARLY_EXIT_STEPS, steps == 0 ? steps : filled);
    return;
  }
  if (!sm_owns_run()) {
    refuse(EARLY_EXIT_NOT_OWNER, steps);
    return;
  }
  sample.begin = (uint64_t)high << 32 | low;
  sample.steps = steps;
  sample.filled = filled;
  sample.done = 0;
  sample.next = sm_read(SM_REG_RING_OUT_WRITE);
  for (uint32_t i = 0; i < classes; ++i) spikes[i] = 0;
  sm_write(SM_REG_STEP_LO, low);
  sm_write(SM_REG_STEP_HI, high);
  go_on();
}

static void fill(void) {
  const uint32_t filled = sm_mail_take();
  if (!sample.waits) {
    refuse(EARLY_EXIT_NO_SAMPLE, filled);
  } else if (filled <= sample.filled) {
    refuse(EARLY_EXIT_FEWER, filled);
  } else if (filled > sample.steps) {
    refuse(EARLY_EXIT_STEPS, filled);
  } else if (!sm_owns_run()) {
    refuse(EARLY_EXIT_NOT_OWNER, filled);
  } else {
    sample.filled = filled;
    go_on();
  }
}

/* A command while steps run; the host only tells what it has read then. */
static void serve(void) {
  const uint32_t command = sm_mail_take();
  if (command == EARLY_EXIT_TAKEN) give_up(sm_mail_take());
  else refuse(EARLY_EXIT_UNKNOWN, command);
}

int main(void) {
  for (;;) {
    const uint32_t command = sm_mail_take();
    switch (command) {
      case EARLY_EXIT_CLASSES: take_classes(); break;
      case EARLY_EXIT_MARGINS: take_margins(); break;
      case EARLY_EXIT_SAMPLE: begin_sample(); break;
      case EARLY_EXIT_FILLED: fill(); break;
      case EARLY_EXIT_TAKEN: (void)sm_mail_take(); break; /* the sample has ended meanwhile */
      case EARLY_EXIT_QUIT: return 0;
      default: refuse(EARLY_EXIT_UNKNOWN, command);
    }
  }
}
