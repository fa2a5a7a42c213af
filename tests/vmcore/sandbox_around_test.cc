// SPDX-License-Identifier: Apache-2.0
// Entering the sandbox where others have confined us before: what could not be had and does not
// matter is told, what must hold is insisted on.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/text.h"
#include "daemon/core/unique_fd.h"
#include "daemon/vmcore/sandbox.h"
#include "tests/vmcore/in_child.h"

namespace kdumpd {
namespace {

struct Rule {
  long number;
  std::uint32_t error;
  std::optional<std::uint32_t> first_argument = std::nullopt;  // only with this one
};
// As a container's filter does it.
void Refuse(const std::vector<Rule>& rules) {
  std::vector<sock_filter> code;
  const std::uint32_t low_half = std::endian::native == std::endian::big ? 4 : 0;
  for (const Rule& rule : rules) {
    const auto skip = static_cast<std::uint8_t>(rule.first_argument ? 3 : 1);
    code.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
    code.push_back(
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(rule.number), 0, skip));
    if (rule.first_argument) {
      code.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                              static_cast<std::uint32_t>(offsetof(seccomp_data, args)) + low_half));
      code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, *rule.first_argument, 0, 1));
    }
    code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | rule.error));
  }
  code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog program{.len = static_cast<std::uint16_t>(code.size()), .filter = code.data()};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

// As `CapabilityBoundingSet=` leaves root.
void DropCapabilities() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  const __user_cap_data_struct none[2]{};
  ::syscall(SYS_capset, &header, none);
}

// Its notes, or "refused: " and the error; then whether a system call is refused inside.
std::string Enter(const std::function<void()>& before) {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd in(ends[0]);
  UniqueFd out(ends[1]);
  const auto enter = [&] {
    before();
    const auto entered = EnterSandbox({});
    std::string text = entered ? "" : "refused: " + entered.error().message;
    for (const std::string& note : entered.value_or(std::vector<std::string>())) {
      if (!note.starts_with("memory: ")) text += note + "; ";
    }
    if (entered && (::syscall(SYS_getppid) >= 0 || errno != EPERM)) text += "not confined";
    return ::write(out.get(), text.data(), text.size()) < 0 ? 1 : 0;
  };
  EXPECT_EQ(InChild(false, enter), 0);
  out.Reset();
  std::string text(4096, '\0');
  const ssize_t size = ::read(in.get(), text.data(), text.size());
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

TEST(SandboxAround, WhatCouldNotBeHadIsTold) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, who has something to lose";
  const bool landlock = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, 1) >= 1;
  if (!landlock) GTEST_SKIP() << "this kernel has no Landlock";
  struct Row {
    const char* what;
    std::function<void()> before;
    const char* text;
  };
  const std::vector<Row> rows{
      {"as we are", [] {}, ""},
      {"an ordinary user", [] { (void)::setresuid(1000, 1000, 1000); },
       "bounding set: Operation not permitted; "},
      {"root without capabilities", DropCapabilities,
       "bounding set: Operation not permitted; groups: Operation not permitted; "
       "group: Operation not permitted; user: Operation not permitted; "},
      {"an older kernel", [] { Refuse({{SYS_landlock_create_ruleset, ENOSYS}}); },
       "landlock: Function not implemented; "},
      {"Landlock built in and off", [] { Refuse({{SYS_landlock_create_ruleset, EOPNOTSUPP}}); },
       "landlock: Operation not supported; "},
      {"a container's filter", [] { Refuse({{SYS_landlock_restrict_self, EPERM}}); },
       "landlock: Operation not permitted; "},
      {"no capset", [] { Refuse({{SYS_capset, EPERM}}); },
       "capabilities: Operation not permitted; "},
      {"no seccomp(2): prctl(2) does the same", [] { Refuse({{SYS_seccomp, ENOSYS}}); }, ""},
      {"limits are lower already",
       [] {
         const rlimit limit{1 << 27, 1 << 27};
         if (!kSanitized) ::setrlimit(RLIMIT_AS, &limit);
       },
       ""},
  };
  for (const Row& row : rows) {
    // The thread sanitizer's own thread keeps its capabilities, and the C library wants all alike.
    if (kSanitized && row.before.target<void (*)()>() != nullptr) continue;
    EXPECT_EQ(Enter(row.before), row.text) << row.what;
  }
}

TEST(SandboxAround, WhatMustHoldIsInsistedOn) {
  struct Row {
    const char* what;
    std::vector<Rule> rules;
    const char* text;
  };
  const std::vector<Row> rows{
      {"new privileges",
       {{SYS_prctl, EPERM, PR_SET_NO_NEW_PRIVS}},
       "refused: no new privileges: Operation not permitted"},
      {"no limits",
       {{SYS_prlimit64, EPERM}},
       kSanitized ? "refused: CPU time: Operation not permitted"
                  : "refused: memory: Operation not permitted"},
      {"no filter",
       {{SYS_seccomp, ENOSYS}, {SYS_prctl, EACCES, PR_SET_SECCOMP}},
       "refused: seccomp: Permission denied"},
  };
  for (const Row& row : rows) EXPECT_EQ(Enter([&] { Refuse(row.rules); }), row.text) << row.what;
}

}  // namespace
}  // namespace kdumpd
