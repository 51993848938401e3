/* SPDX-License-Identifier: Apache-2.0 */
/* Stops a sample when the answer is sure (docs/firmware.md). The output neurons of a class send
 * spikes; the answer is the class with the most, and it is sure when it is so many ahead of the
 * second one as the step demands. Program and host (host/src/machine/early_exit.cpp) include this. */
#pragma once

/* Commands, each followed by its arguments. */
enum early_exit_command {
  EARLY_EXIT_CLASSES = 1, /* number of labels; the class of each, four to a word, or EARLY_EXIT_NO_CLASS */
  EARLY_EXIT_MARGINS,     /* number of pairs; pairs of steps of a sample, and margin from then on */
  EARLY_EXIT_SAMPLE,      /* first step, low and high word; steps; of them those that are filled */
  EARLY_EXIT_FILLED,      /* steps of the sample whose entries are in the spike-in ring by now */
  EARLY_EXIT_TAKEN,       /* index of the first spike-out entry that the host has not read */
  EARLY_EXIT_QUIT         /* the program ends, with 0 */
};

/* Messages. The host has the run before it can read the first two. */
enum early_exit_message {
  EARLY_EXIT_ANSWER = 2, /* class or EARLY_EXIT_NO_ANSWER; steps that were run; margin; RING_OUT_WRITE */
  EARLY_EXIT_WANTS,      /* steps that were run: the entries of the next ones are missing */
  EARLY_EXIT_REFUSED     /* early_exit_fault; the value */
};

/* What is wrong with a command, which then had no effect. */
enum early_exit_fault {
  EARLY_EXIT_UNKNOWN,  /* there is no such command */
  EARLY_EXIT_LABELS,   /* more labels than EARLY_EXIT_MOST_LABELS */
  EARLY_EXIT_PAIRS,    /* more pairs than EARLY_EXIT_MOST_PAIRS */
  EARLY_EXIT_ORDER,    /* steps that do not ascend */
  EARLY_EXIT_MARGIN,   /* a margin of 0, with which a sample without a spike would be sure */
  EARLY_EXIT_STEPS,    /* a sample without steps, or with more filled steps than steps */
  EARLY_EXIT_NOT_OWNER, /* the host did not give the run to the core */
  EARLY_EXIT_NO_SAMPLE, /* no sample waits for entries */
  EARLY_EXIT_FEWER,    /* no more steps are filled than before */
  EARLY_EXIT_NOT_OUT,  /* the spike-out ring does not hold this entry */
  EARLY_EXIT_STOPPED,  /* the run was stopped after so many steps: the sample has no answer */
  EARLY_EXIT_FAULTS    /* how many there are */
};

#define EARLY_EXIT_MOST_LABELS 2048u
#define EARLY_EXIT_MOST_PAIRS 64u
#define EARLY_EXIT_MOST_CLASSES 255u
#define EARLY_EXIT_NO_CLASS 255u
#define EARLY_EXIT_NO_ANSWER 0xFFFFFFFFu
