// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/sandbox.h"

#include <grp.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <new>
#include <optional>
#include <system_error>

#include "daemon/core/sanitized.h"
#include "daemon/core/text.h"
#include "daemon/core/unique_fd.h"

namespace kdumpd {
namespace {

using Notes = std::vector<std::string>;

std::string Because(std::string_view what, int number) {
  return Cat(what, ": ", std::generic_category().message(number));
}

std::unexpected<Error> MustHold(std::string_view what, int number) {
  if (number == ENOMEM) throw std::bad_alloc();
  return Fail(ErrorCode::kPermission, Because(what, number));
}

// What this kernel can forbid, and nothing is allowed. Rights by ABI version: Documentation/
// userspace-api/landlock.rst; numbers, because headers are older than kernels.
void DenyPaths(Notes& notes) {
  struct Rights {  // struct landlock_ruleset_attr: grew with ABI 4 and 6, zeros are always taken
    std::uint64_t files, network, scoped;
  };
  constexpr std::array<Rights, 6> kByAbi{{
      {0x1fff, 0, 0},      // 1: execute, read, write, remove, make
      {0x3fff, 0, 0},      // 2: refer
      {0x7fff, 0, 0},      // 3: truncate
      {0x7fff, 0x3, 0},    // 4: bind and connect TCP
      {0xffff, 0x3, 0},    // 5: ioctl of devices
      {0xffff, 0x3, 0x3},  // 6: abstract sockets, signals
  }};
  constexpr unsigned kVersion = 1;  // LANDLOCK_CREATE_RULESET_VERSION
  const long abi = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, kVersion);
  if (abi < 1) return notes.push_back(Because("landlock", errno));
  const Rights& rights = kByAbi[std::min<std::size_t>(abi, kByAbi.size()) - 1];
  const UniqueFd rules(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &rights, sizeof rights, 0)));
  if (!rules || ::syscall(SYS_landlock_restrict_self, rules.get(), 0) != 0) {
    notes.push_back(Because("landlock", errno));
  }
}

// Capabilities first out of the bounding set, as long as we may; all of them at the end, as
// becoming nobody needs some. Neither matters much once no system call is left that asks for one.
void DropPrivileges(Notes& notes) {
  constexpr uid_t kNobody = 65534;
  int capability = 0;
  while (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0) ++capability;
  if (errno != EINVAL) notes.push_back(Because("bounding set", errno));  // else: no more of them
  (void)::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (::geteuid() == 0) {
    if (::setgroups(0, nullptr) != 0) notes.push_back(Because("groups", errno));
    if (::setresgid(kNobody, kNobody, kNobody) != 0) notes.push_back(Because("group", errno));
    if (::setresuid(kNobody, kNobody, kNobody) != 0) notes.push_back(Because("user", errno));
  }
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  const std::array<__user_cap_data_struct, 2> none{};
  if (::syscall(SYS_capset, &header, none.data()) != 0) {
    notes.push_back(Because("capabilities", errno));
  }
}

struct Limit {
  std::string_view name;
  decltype(RLIMIT_AS) resource;
  std::optional<std::uint64_t> soft;  // nothing: as it is
  std::uint64_t hard;
};

Result<void> SetLimits(const SandboxLimits& limits) {
  using Soft = std::optional<std::uint64_t>;
  const Limit rows[] = {
      {"memory", RLIMIT_AS, kSanitized ? Soft() : limits.memory_bytes, limits.memory_bytes},
      {"CPU time", RLIMIT_CPU, limits.cpu_seconds == 0 ? Soft() : limits.cpu_seconds,
       limits.cpu_seconds + 1},  // SIGXCPU, and SIGKILL when that does not end it
      {"file size", RLIMIT_FSIZE, 0, 0},
      {"descriptors", RLIMIT_NOFILE, kSanitized ? Soft() : 0, 0},
      {"processes", RLIMIT_NPROC, 0, 0},
      {"core", RLIMIT_CORE, 0, 0},
  };
  for (const Limit& row : rows) {
    rlimit limit{};
    if (!row.soft) continue;
    if (::getrlimit(row.resource, &limit) != 0) return MustHold(row.name, errno);
    limit.rlim_max = std::min<rlim_t>(limit.rlim_max, row.hard);  // may already be lower
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, *row.soft);
    if (::setrlimit(row.resource, &limit) != 0) return MustHold(row.name, errno);
  }
  return {};
}

// An argument without PROT_EXEC: what was data is never run.
constexpr scmp_arg_cmp kNotExecutable{2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0};
#ifdef __s390__
constexpr unsigned kMmapChecks = 0;  // its arguments are in memory, where no filter looks
#else
constexpr unsigned kMmapChecks = 1;
#endif

struct Call {
  int number;  // of libseccomp: negative where this architecture has no such call
  unsigned checks = 0;
};
constexpr Call kAllowed[] = {
    {SCMP_SYS(pread64)},
    {SCMP_SYS(write)},
    {SCMP_SYS(read)},
    {SCMP_SYS(readv)},
    {SCMP_SYS(preadv)},
    {SCMP_SYS(writev)},
    {SCMP_SYS(fstat)},
    {SCMP_SYS(fstat64)},
    {SCMP_SYS(close)},
    {SCMP_SYS(brk)},
#ifndef __i386__  // the same there, and its C library uses mmap2
    {SCMP_SYS(mmap), kMmapChecks},
#endif
    {SCMP_SYS(mmap2), 1},
    {SCMP_SYS(mprotect), 1},
    {SCMP_SYS(munmap)},
    {SCMP_SYS(mremap)},
    {SCMP_SYS(madvise)},
    {SCMP_SYS(futex)},
    {SCMP_SYS(futex_time64)},
    {SCMP_SYS(clock_gettime)},
    {SCMP_SYS(clock_gettime64)},
    {SCMP_SYS(getrandom)},
    {SCMP_SYS(rt_sigreturn)},
    {SCMP_SYS(sigreturn)},
    {SCMP_SYS(rt_sigprocmask)},
    {SCMP_SYS(sched_yield)},
    {SCMP_SYS(exit)},
    {SCMP_SYS(exit_group)},
};
// What the run time of a sanitizer asks for in addition.
constexpr Call kAllowedToSanitizers[] = {
    {SCMP_SYS(sigaltstack)}, {SCMP_SYS(getpid)}, {SCMP_SYS(gettid)}, {SCMP_SYS(pipe2)}};

Result<void> RefuseSystemCalls() {
  const std::unique_ptr<void, decltype(&seccomp_release)> filter(
      seccomp_init(SCMP_ACT_ERRNO(EPERM)), &seccomp_release);
  if (!filter) return MustHold("seccomp", ENOMEM);
  // The kernel's own errors, not ECANCELED for all of them (libseccomp 2.5).
  (void)seccomp_attr_set(filter.get(), SCMP_FLTATR_API_SYSRAWRC, 1);
  int error = 0;
  const auto allow = [&](const Call& call) {
    if (call.number < 0 || error != 0) return;
    error = seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, call.number, call.checks,
                                   &kNotExecutable);
  };
  std::ranges::for_each(kAllowed, allow);
  if (kSanitized) std::ranges::for_each(kAllowedToSanitizers, allow);
  if (error == 0) error = seccomp_load(filter.get());
  if (error != 0) return MustHold("seccomp", -error);
  return {};
}

}  // namespace

// Landlock needs a descriptor, and no new privileges before it; libseccomp needs memory; becoming
// another user makes a process dumpable again where fs.suid_dumpable says so.
Result<std::vector<std::string>> EnterSandbox(const SandboxLimits& limits) {
  Notes notes;
  if (kSanitized) notes.emplace_back("memory: not limited, pipes allowed: built with sanitizers");
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return MustHold("no new privileges", errno);
  }
  DenyPaths(notes);
  DropPrivileges(notes);
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) notes.push_back(Because("dumpable", errno));
  if (const auto set = SetLimits(limits); !set) return std::unexpected(set.error());
  if (const auto set = RefuseSystemCalls(); !set) return std::unexpected(set.error());
  return notes;
}

}  // namespace kdumpd
