// SPDX-License-Identifier: Apache-2.0
// stopwatch SECONDS MEBIBYTES INPUT OUTPUT PROGRAM [ARGUMENT...]: starts it with INPUT open as
// descriptor 3 ("-": none) and a pipe as standard output, whose bytes go to OUTPUT, and prints
// "wall CPU peak status": microseconds from before it is started until it is reaped, microseconds
// of CPU of it and its children, KiB of the largest of them, and its exit status, 128 + the signal,
// or 124 when its SECONDS were over. MEBIBYTES is its RLIMIT_AS; 0: none. It is small and linked
// statically, because what starts a program lends it its own peak memory (fs/exec.c: exec_mmap).
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t time_is_over;
static pid_t child;

static void Kill(int signal_number) {
  (void)signal_number;
  time_is_over = 1;
  kill(-child, SIGKILL);
}

static long long Microseconds(struct timeval value) {
  return value.tv_sec * 1000000LL + value.tv_usec;
}

static long long Now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

// In a process group of its own, so that whatever it started ends with it.
static int Start(const char* input, int output, char** program) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&files, 3);
  if (strcmp(input, "-") != 0) posix_spawn_file_actions_addopen(&files, 3, input, O_RDONLY, 0);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  return posix_spawn(&child, program[0], &files, &attributes, program, environ);
}

// Until everybody has closed the pipe.
static void Drain(int from, int to) {
  static char bytes[1 << 16];
  for (;;) {
    const ssize_t got = read(from, bytes, sizeof bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || write(to, bytes, (size_t)got) != got) return;
  }
}

int main(int count, char** words) {
  int ends[2];
  if (count < 6 || pipe2(ends, O_CLOEXEC) != 0) {
    fprintf(stderr, "usage: stopwatch SECONDS MEBIBYTES INPUT OUTPUT PROGRAM [ARGUMENT...]\n");
    return 64;
  }
  struct rlimit memory = {strtoull(words[2], NULL, 10) << 20, strtoull(words[2], NULL, 10) << 20};
  if (memory.rlim_cur > 0) setrlimit(RLIMIT_AS, &memory);
  signal(SIGALRM, Kill);
  const int output = open(words[4], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const long long begin = Now();
  const int error = Start(words[3], ends[1], words + 5);
  if (error != 0) {
    fprintf(stderr, "stopwatch: %s: %s\n", words[5], strerror(error));
    return 1;
  }
  alarm((unsigned)strtoul(words[1], NULL, 10));
  close(ends[1]);
  Drain(ends[0], output);
  int status = 0;
  struct rusage used;
  while (wait4(child, &status, 0, &used) < 0 && errno == EINTR) continue;
  const long long wall = Now() - begin;
  alarm(0);
  const int ended = time_is_over        ? 124
                    : WIFEXITED(status) ? WEXITSTATUS(status)
                                        : 128 + WTERMSIG(status);
  printf("%lld %lld %ld %d\n", wall, Microseconds(used.ru_utime) + Microseconds(used.ru_stime),
         used.ru_maxrss, ended);
  return 0;
}
