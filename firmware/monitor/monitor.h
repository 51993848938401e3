/* SPDX-License-Identifier: Apache-2.0 */
/* Commands and messages of the program monitor (docs/firmware.md). Program, host
 * (host/src/machine/self_test.cpp) and tests include this. */
#pragma once

/* Commands, each followed by its arguments. */
enum monitor_command {
  MONITOR_PEEK = 1, /* tile as in a frame, address: MONITOR_ANSWER {word} */
  MONITOR_POKE,     /* tile, address, word: MONITOR_ANSWER {} */
  MONITOR_RUN,      /* steps: MONITOR_ANSWER {low word of the step} */
  MONITOR_TEST,     /* the self-test from its begin, on a chip that was reset */
  MONITOR_RESUME,   /* the same from where it was, after a reset */
  MONITOR_REPORT,   /* what the last test found, again */
  MONITOR_QUIT      /* the program ends, with 0 */
};

/* Messages. A tile is as in a frame; the host tile has the spike-in ring. */
enum monitor_message {
  MONITOR_MEMORY = 2, /* tile, address, bits that are always 1, bits that are always 0 */
  MONITOR_LINK,       /* tile that sends, port, monitor_defect, bits: as above, or axon bits that err */
  MONITOR_SKIPPED,    /* tile that cannot be tested, as no link leads to it, or from it, any more */
  MONITOR_MORE,       /* tile, region: more words are wrong than were listed; their number */
  MONITOR_RESET,      /* the host shall reset the chip, start this program and send MONITOR_RESUME */
  MONITOR_UNSEEN,     /* region, word of an entry, bits that no legal value sets */
  MONITOR_ANSWER,
  MONITOR_DONE /* words and links that were tested; findings */
};
enum monitor_defect { MONITOR_NEVER_READY, MONITOR_LOST, MONITOR_STUCK, MONITOR_AXONS };
