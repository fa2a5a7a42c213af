// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <vector>

namespace kdumpd {

struct SystemCall {
  const char* name;
  long number;
  std::vector<long> arguments;
};
inline const long kData = reinterpret_cast<long>("x");

// As it is called, each answers something else than EPERM to whoever is not confined.
inline std::vector<SystemCall> SystemCalls() {
  const long parent = ::getpid();
  const long out = 1;
  return {
#ifdef SYS_open
      {"open", SYS_open, {reinterpret_cast<long>("/"), O_RDONLY}},
      {"stat", SYS_stat, {reinterpret_cast<long>("/"), 0}},
      {"fork", SYS_fork, {}},
      {"pipe", SYS_pipe, {0}},
      {"unlink", SYS_unlink, {0}},
#endif
      {"openat", SYS_openat, {AT_FDCWD, reinterpret_cast<long>("/"), O_RDONLY}},
      {"openat2", SYS_openat2, {AT_FDCWD, reinterpret_cast<long>("/"), 0, 0}},
      {"open for writing", SYS_openat, {AT_FDCWD, reinterpret_cast<long>("/dev/null"), O_WRONLY}},
      {"socket", SYS_socket, {AF_UNIX, SOCK_STREAM, 0}},
      {"socketpair", SYS_socketpair, {AF_UNIX, SOCK_STREAM, 0, 0}},
      {"connect", SYS_connect, {out, 0, 0}},
      {"clone", SYS_clone, {SIGCHLD, 0, 0, 0, 0}},
      {"clone3", SYS_clone3, {0, 0}},
      {"execve", SYS_execve, {0, 0, 0}},
      {"execveat", SYS_execveat, {-1, 0, 0, 0, 0}},
      {"ptrace", SYS_ptrace, {PTRACE_TRACEME, 0, 0, 0}},
      {"read another's memory", SYS_process_vm_readv, {parent, 0, 0, 0, 0, 0}},
      {"kill the parent", SYS_kill, {parent, 0}},
      {"signal the parent", SYS_tgkill, {parent, parent, 0}},
      {"dumpable again", SYS_prctl, {PR_SET_DUMPABLE, 1, 0, 0, 0}},
      {"another filter", SYS_seccomp, {0, 1, 0}},
      {"user root again", SYS_setuid, {0}},
      {"group root again", SYS_setgid, {0}},
      {"capabilities", SYS_capset, {0, 0}},
      {"higher limits", SYS_prlimit64, {0, RLIMIT_CORE, 0, 0}},
      {"namespace", SYS_unshare, {0}},
      {"descriptor twice", SYS_dup, {out}},
      {"descriptor flags", SYS_fcntl, {out, F_GETFD}},
      {"device control", SYS_ioctl, {out, 0, 0}},
      {"shorten a file", SYS_ftruncate, {-1, 0}},
      {"file in memory", SYS_memfd_create, {kData, 0}},
      {"directory", SYS_chdir, {reinterpret_cast<long>("/")}},
      {"attributes", SYS_fchmod, {-1, 0}},
      {"link", SYS_symlinkat, {kData, -1, kData}},
      {"rename", SYS_renameat2, {-1, kData, -1, kData, 0}},
      {"mapping for code",
       SYS_mmap,
       {0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0}},
      {"code where data were", SYS_mprotect, {0, 4096, PROT_READ | PROT_EXEC}},
      {"shared memory", SYS_shmget, {IPC_PRIVATE, 0, 0}},
      {"timer", SYS_timer_create, {CLOCK_MONOTONIC, 0, 0}},
      {"sleep", SYS_clock_nanosleep, {CLOCK_MONOTONIC, 0, 0, 0}},
  };
}

inline int Do(const SystemCall& call) {
  std::vector<long> a = call.arguments;
  a.resize(6);
  return ::syscall(call.number, a[0], a[1], a[2], a[3], a[4], a[5]) < 0 ? errno : 0;
}

}  // namespace kdumpd
