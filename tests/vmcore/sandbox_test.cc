// SPDX-License-Identifier: Apache-2.0
// The sandbox from inside: a child enters it and tries.
#include "daemon/vmcore/sandbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <functional>
#include <new>
#include <stdexcept>
#include <vector>

#include "daemon/core/text.h"
#include "daemon/core/unique_fd.h"
#include "tests/vmcore/in_child.h"
#include "tests/vmcore/system_calls.h"

namespace kdumpd {
namespace {

TEST(Sandbox, RefusesSystemCalls) {
  for (const SystemCall& call : SystemCalls()) {
    EXPECT_EQ(InChild(true, [&] { return Do(call); }), EPERM) << call.name;
  }
#ifdef SYS_vfork
  EXPECT_EQ(InChild(true, [] { return Do({"vfork", SYS_vfork, {}}); }), EPERM);
#endif
}

TEST(Sandbox, WhichAreNotRefusedOutside) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to whom little is refused";
  for (const SystemCall& call : SystemCalls()) {
    EXPECT_NE(InChild(false, [&] { return Do(call); }), EPERM) << call.name;
  }
}

// What is open stays open.
class SandboxFiles : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::pipe2(ends_, O_CLOEXEC), 0);
    in_.Reset(ends_[0]);
    out_.Reset(ends_[1]);
    char name[] = "/tmp/kdumpd-sandbox-XXXXXX";
    file_.Reset(::mkostemp(name, O_CLOEXEC));
    ASSERT_TRUE(file_);
    ::unlink(name);
    ASSERT_EQ(::pwrite(file_.get(), "dump", 4, 0), 4);
  }
  int ends_[2] = {-1, -1};
  UniqueFd in_, out_, file_;
};

TEST_F(SandboxFiles, WhatItsWorkNeedsIsLeft) {
  struct Row {
    const char* what;
    std::function<int()> work;
  };
  const auto check = [](bool good) { return good ? 0 : 1; };
  char bytes[4];
  const std::vector<Row> rows{
      {"read", [&] { return check(::read(file_.get(), bytes, 4) == 4 && bytes[0] == 'd'); }},
      {"pread", [&] { return check(::pread(file_.get(), bytes, 4, 0) == 4 && bytes[3] == 'p'); }},
      {"write to a pipe", [&] { return check(::write(out_.get(), "x", 1) == 1); }},
      {"size of a file",
       [&] { return check(::syscall(SYS_fstat, file_.get(), 0) < 0 && errno == EFAULT); }},
      {"close", [&] { return check(::close(out_.get()) == 0); }},
      {"small memory", [&] { return check(std::string(100, 'x').size() == 100); }},
      {"large memory", [&] { return check(std::vector<char>(64 << 20, 'x').back() == 'x'); }},
      {"memory that grows",
       [&] {
         std::string text;
         for (int i = 0; i < (1 << 20); ++i) text += 'x';
         return check(text.size() == 1 << 20);
       }},
      {"clock",
       [&] {
         timespec now{};
         return check(::syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now) == 0 && now.tv_sec > 0);
       }},
      {"exceptions",
       [&] {
         try {
           throw std::runtime_error("caught");
         } catch (const std::runtime_error&) {
           return 0;
         }
       }},
  };
  for (const Row& row : rows) EXPECT_EQ(InChild(true, row.work), 0) << row.what;
}

TEST_F(SandboxFiles, Limits) {
  const SandboxLimits small{.memory_bytes = 64 << 20, .cpu_seconds = 3};
  const auto write = [&] { return ::write(file_.get(), "x", 1) < 0 ? errno : 0; };
  EXPECT_EQ(InChild(true, write, small), -SIGXFSZ);
  EXPECT_EQ(InChild(false, write), 0);
  ::signal(SIGXFSZ, SIG_IGN);
  EXPECT_EQ(InChild(true, write, small), EFBIG);
  ::signal(SIGXFSZ, SIG_DFL);

  if (kSanitized) return;
  const auto map = [] {
    return ::mmap(nullptr, 128 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
               ? errno
               : 0;
  };
  const auto allocate = [] {
    try {
      return std::vector<char>(128 << 20).empty() ? 1 : 0;
    } catch (const std::bad_alloc&) {
      return ENOMEM;
    }
  };
  EXPECT_EQ(InChild(true, map, small), ENOMEM);
  EXPECT_EQ(InChild(true, allocate, small), ENOMEM);
  EXPECT_EQ(InChild(true, map), 0) << "the limit is what was asked for";
}

TEST(Sandbox, WithoutMemoryItIsNotEntered) {
  if (kSanitized) GTEST_SKIP() << "memory is not limited";
  const auto enter = [] {
    const rlimit limit{4096, 4096};
    ::setrlimit(RLIMIT_AS, &limit);
    while (::malloc(16) != nullptr) {
    }
    try {
      return EnterSandbox({}) ? 0 : 1;
    } catch (const std::bad_alloc&) {
      return ENOMEM;
    }
  };
  EXPECT_EQ(InChild(false, enter), ENOMEM);
}

// The kernel's own account of the process, opened before, read after.
std::string StatusAfter(const SandboxLimits& limits, const char* file) {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd in(ends[0]);
  UniqueFd out(ends[1]);
  EXPECT_EQ(InChild(false,
                    [&] {
                      const int fd = ::open(file, O_RDONLY | O_CLOEXEC);
                      if (!EnterSandbox(limits)) return kNoSandbox;
                      char text[8192];
                      const ssize_t size = ::pread(fd, text, sizeof text, 0);
                      return size > 0 && ::write(out.get(), text, static_cast<std::size_t>(size)) ==
                                             size
                                 ? 0
                                 : 1;
                    }),
            0);
  out.Reset();
  std::string text(8192, '\0');
  const ssize_t size = ::read(in.get(), text.data(), text.size());
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

TEST(Sandbox, NothingIsLeftToLose) {
  const std::string status = StatusAfter({}, "/proc/self/status");
  for (const char* line : {"NoNewPrivs:\t1\n", "Seccomp:\t2\n", "CapPrm:\t0000000000000000\n",
                           "CapEff:\t0000000000000000\n", "CapInh:\t0000000000000000\n",
                           "CapAmb:\t0000000000000000\n"}) {
    EXPECT_NE(status.find(line), std::string::npos) << line << status;
  }
  if (::geteuid() != 0) return;
  for (const char* line : {"Uid:\t65534\t65534\t65534\t65534\n", "Groups:\t \n",
                           "Gid:\t65534\t65534\t65534\t65534\n", "CapBnd:\t0000000000000000\n"}) {
    EXPECT_NE(status.find(line), std::string::npos) << line << status;
  }
}

TEST(Sandbox, LimitsAsTheKernelCountsThem) {
  const std::string text =
      StatusAfter({.memory_bytes = 123 << 20, .cpu_seconds = 7}, "/proc/self/limits");
  const auto limit = [&](const std::string& name) {
    const auto at = text.find("\nMax " + name + ' ');
    if (at == std::string::npos) return text;
    std::string words;
    for (const auto word : Words(std::string_view(text).substr(at + 5 + name.size(), 42))) {
      words += Cat(word, ' ');
    }
    return words;
  };
  EXPECT_EQ(limit("cpu time"), "7 8 ");
  EXPECT_EQ(limit("file size"), "0 0 ");
  EXPECT_EQ(limit("processes"), "0 0 ");
  EXPECT_EQ(limit("core file size"), "0 0 ");
  if (!kSanitized) {
    EXPECT_EQ(limit("open files"), "0 0 ");
    EXPECT_EQ(limit("address space"), "128974848 128974848 ");
  }
}

}  // namespace
}  // namespace kdumpd
