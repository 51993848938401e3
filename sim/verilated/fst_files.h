/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPIKEMESH_FST_FILES_H
#define SPIKEMESH_FST_FILES_H
/* Included ahead of GTKWave's fstapi.c (C, or C++ inside Verilator's verilated_fst_c.cpp), which keeps what it works
 * on in temporary files, grows them by a write whose failure it does not see, and maps them: on a full disk, the first
 * access to a page without a block ends the program with SIGBUS. Here, temporary files are kept in memory, and a
 * mapping that the file cannot back is made of memory. What then does not reach the FST is found when it is closed
 * (expect_whole_waves in sim/waves/waves.hpp). */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file without a name in memory, or tmpfile(). */
static FILE* spikemesh_fst_tmpfile(void) {
  const int fd = memfd_create("fst", MFD_CLOEXEC);
  FILE* file = fd < 0 ? tmpfile() : fdopen(fd, "w+b");
  if (file == NULL && fd >= 0) close(fd);
  return file;
}

/* Whether each byte of the mapping has its place in the file. */
static int spikemesh_fst_backed(size_t length, int fd, off_t from) {
  struct stat status;
  if (fstat(fd, &status) != 0 || status.st_size < from + (off_t)length) return 0;
  return status.st_blocks * 512 >= status.st_size || posix_fallocate(fd, from, (off_t)length) == 0;
}

static void* spikemesh_fst_mmap(void* address, size_t length, int protection, int flags, int fd, off_t from) {
  if (length == 0) return mmap(address, length, protection, flags, fd, from);
  if (spikemesh_fst_backed(length, fd, from)) return mmap(address, length, protection, flags, fd, from);
  char* memory = (char*)mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return memory;
  for (size_t done = 0; done < length;) {
    const ssize_t got = pread(fd, memory + done, length - done, from + (off_t)done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += (size_t)got;
  }
  return memory;
}

#define tmpfile() spikemesh_fst_tmpfile()
#define mmap(address, length, protection, flags, fd, from) \
  spikemesh_fst_mmap(address, length, protection, flags, fd, from)

#endif
