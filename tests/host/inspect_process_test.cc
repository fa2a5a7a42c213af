// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/inspect_process.h"

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <map>
#include <vector>

#include "daemon/core/text.h"
#include "tests/host/temporary_tree.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;

std::vector<int> OpenDescriptors() {
  std::vector<int> open;
  for (int fd = 0; fd < 256; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) open.push_back(fd);
  }
  return open;
}

// Stand-ins for the helper are small shell scripts. Nothing of them is left when a test ends: no
// descriptor, no process.
class InspectProcessTest : public testing::Test {
 protected:
  void SetUp() override {
    tree_.Write("dump", "the dump");
    dump_.Reset(::open((fs::path(tree_.path()) / "dump").c_str(), O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE(dump_);
    before_ = OpenDescriptors();
  }
  void TearDown() override {
    EXPECT_EQ(OpenDescriptors(), before_);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
  }

  std::string Program(const std::string& script) {
    const fs::path program = fs::path(tree_.path()) / "program";
    tree_.Write("program", "#!/bin/sh\n" + script + "\n");
    fs::permissions(program, fs::perms::owner_all);
    return program;
  }
  InspectOutcome Run(const std::string& script, const std::vector<int>& files,
                     const InspectRequest& request = {}, int stall_ms = 20'000) {
    said_.clear();
    auto process = InspectProcess::Start(Program(script), files, request);
    if (!process) return {"", "not started", process.error().message};
    return WaitFor(
        *process,
        {.progress = [&](const ProgressFrame& p) { said_ += Cat(p.done, "/", p.total, " "); },
         .log = [&](std::string_view lines) { said_ += lines; }},
        stall_ms);
  }
  InspectOutcome Run(const std::string& script) { return Run(script, {dump_.get()}); }

  TemporaryTree tree_;
  UniqueFd dump_;
  std::vector<int> before_;
  std::string said_;
};

TEST_F(InspectProcessTest, EndsInEveryWayThereIs) {
  struct Row {
    const char* what;
    const char* script;
    const char* facts;
    const char* reason;
    const char* detail;
  };
  const Row rows[] = {
      {"answers", R"(printf 'F\0\0\0\2{}')", "{}", "", ""},
      {"answers in pieces", R"(printf 'F\0\0'; sleep 0.05; printf '\0\2{'; sleep 0.05; printf '}')",
       "{}", "", ""},
      {"progress, log, facts",
       R"(printf 'P\0\0\0\20\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\2L\0\0\0\2a\nL\0\0\0\4b\nc\nF\0\0\0\2{}')",
       "{}", "", ""},
      {"says nothing", "exit 0", "", "inspector_garbled", "it ended without an answer"},
      {"an empty answer", R"(printf 'F\0\0\0\0')", "", "inspector_garbled",
       "it ended without an answer"},
      {"other words", "echo hello", "", "inspector_garbled", "a frame of type 104"},
      {"two answers", R"(printf 'F\0\0\0\2{}F\0\0\0\2{}')", "", "inspector_garbled",
       "bytes after the facts"},
      {"ends within a frame", R"(printf 'F\0\0\0\2{')", "", "inspector_garbled",
       "it ended within a frame"},
      {"too large a frame, and goes on", R"(printf 'F\0\4\0\1'; while :; do :; done)", "",
       "inspector_garbled", "a frame 'F' of 262145 bytes, more than 262144"},
      {"progress backwards", R"(printf 'P\0\0\0\20\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\2F\0\0\0\2{}')",
       "", "inspector_garbled", "progress of 3 of 2"},
      {"half a log line", R"(printf 'L\0\0\0\1aF\0\0\0\2{}')", "", "inspector_garbled",
       "log without its line end"},
      {"an empty log frame", R"(printf 'L\0\0\0\0F\0\0\0\2{}')", "", "inspector_garbled",
       "log without its line end"},
      {"log without end", R"(while :; do printf 'L\0\1\0\0'; head -c 65535 /dev/zero; echo; done)",
       "", "inspector_garbled", "more log than 32 MiB"},
      {"closes its output and goes on", R"(printf 'F\0\0\0\2{}'; exec sleep 60 >/dev/null)", "",
       "inspector_garbled", "it closed its output and went on"},
      {"answers and fails", R"(printf 'F\0\0\0\2{}'; exit 1)", "", "inspector_failed",
       "exit status 1"},
      {"no sandbox", "exit 71", "", "inspector_failed",
       "exit status 71: it could not confine itself"},
      {"no memory", "exit 72", "", "inspector_memory", "it needs more memory than it may have"},
      {"killed as the kernel does", "kill -KILL $$", "", "inspector_memory",
       "killed by signal 9 (SIGKILL)"},
      {"segmentation fault", R"(printf 'F\0\0\0\2{'; kill -SEGV $$)", "", "inspector_signal",
       "killed by signal 11 (SIGSEGV)"},
      {"answers and is killed", R"(printf 'F\0\0\0\2{}'; kill -ABRT $$)", "", "inspector_signal",
       "killed by signal 6 (SIGABRT)"},
  };
  for (const Row& row : rows) {
    const InspectOutcome outcome = Run(row.script);
    EXPECT_EQ(outcome.facts, row.facts) << row.what;
    EXPECT_EQ(outcome.reason, row.reason) << row.what;
    EXPECT_EQ(outcome.detail, row.detail) << row.what;
  }
}

TEST_F(InspectProcessTest, SpinsUntilItsTimeIsOver) {
  const auto outcome = Run("ulimit -S -t 1; while :; do :; done");
  EXPECT_EQ(outcome.reason, "inspector_cpu");
  EXPECT_EQ(outcome.detail, "killed by signal 24 (SIGXCPU)");
}

TEST_F(InspectProcessTest, ProgressAndLogComeInOrder) {
  EXPECT_EQ(Run(R"(printf 'P\0\0\0\20\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\2L\0\0\0\2a\n')"
                R"(;printf 'L\0\0\0\4b\nc\nF\0\0\0\2{}')")
                .reason,
            "");
  EXPECT_EQ(said_, "1/2 a\nb\nc\n");
}

TEST_F(InspectProcessTest, MuchLogIsTaken) {
  const auto outcome = Run(
      R"(i=0; while [ $i -lt 100 ]; do printf 'L\0\1\0\0'; head -c 65535 /dev/zero; echo; i=$((i+1)); done
printf 'F\0\0\0\2{}')");
  EXPECT_EQ(outcome.facts, "{}") << outcome.detail;
  EXPECT_EQ(said_.size(), 100 * kMaxLogFrame);
}

TEST_F(InspectProcessTest, SilentForTooLong) {
  const auto began = std::chrono::steady_clock::now();
  const auto outcome = Run("exec sleep 60", {dump_.get()}, {}, 50);
  EXPECT_EQ(outcome.reason, "inspector_timeout");
  EXPECT_EQ(outcome.detail, "silent for 50 ms");
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(30));
}

TEST_F(InspectProcessTest, StepDoesNotWait) {
  auto process = InspectProcess::Start(Program("exec sleep 60"), std::vector{dump_.get()}, {});
  ASSERT_TRUE(process) << process.error().message;
  EXPECT_FALSE(process->Step({}));
  InspectProcess moved = std::move(*process);
  EXPECT_FALSE(moved.Step({}));
}

TEST_F(InspectProcessTest, AfterItsEndThereIsNoMore) {
  auto process =
      InspectProcess::Start(Program(R"(printf 'F\0\0\0\2{}')"), std::vector{dump_.get()}, {});
  ASSERT_TRUE(process) << process.error().message;
  EXPECT_EQ(WaitFor(*process, {}, 20'000).facts, "{}");
  EXPECT_EQ(WaitFor(*process, {}, 20'000).reason, "inspector_failed");
}

// What of us a program sees: its script says lines as a log.
std::string Says(const std::string& script) {
  return "text=$(" + script + R"sh(
)
size=$(printf '%s\n' "$text" | wc -c)
printf "L\\0\\0\\$(printf '%03o' $((size / 256)))\\$(printf '%03o' $((size % 256)))"
printf '%s\n' "$text"
printf 'F\0\0\0\2{}')sh";
}

TEST_F(InspectProcessTest, IsAskedAsRequested) {
  const auto outcome = Run(Says("echo \"$*\""), {dump_.get(), dump_.get()},
                           {.level = CheckLevel::kPages,
                            .log_bytes = 1048576,
                            .cpu_seconds = 0,
                            .memory_bytes = 16777216});
  EXPECT_EQ(said_,
            "--level=pages --log-bytes=1048576 --files=2 --memory-bytes=16777216 --cpu-seconds=0\n")
      << outcome.detail;
}

// Signals 32 and 33 are the C library's own, which ignores them in what it starts.
TEST_F(InspectProcessTest, KnowsNothingOfUs) {
  const UniqueFd leak(::open("/dev/zero", O_RDONLY));  // not close-on-exec
  const UniqueFd high(::fcntl(leak.get(), F_DUPFD, 100));
  ::signal(SIGUSR1, SIG_IGN);
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t blocked, old;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &blocked, &old);
  EXPECT_EQ(Run(Says("readlink /proc/self/fd/0; readlink /proc/$$/fd/2; cat /proc/self/fd/3; echo; "
                     "ls -l /proc/$$/fd | grep -c zero; grep -E 'Sig(Blk|Ign)' /proc/$$/status | "
                     "sed s/180000000$/000000000/; "
                     "tr '\\0' '\\n' </proc/$$/environ; ps -o pgid= -p $$ | grep -c -w $$"))
                .reason,
            "");
  ::sigprocmask(SIG_SETMASK, &old, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::signal(SIGUSR1, SIG_DFL);
  EXPECT_EQ(said_,
            "/dev/null\n/dev/null\nthe dump\n0\nSigBlk:\t0000000000000000\n"
            "SigIgn:\t0000000000000000\n1\n");
}

// Whatever numbers ours have, the child has them in order.
TEST_F(InspectProcessTest, FilesMayHaveAnyNumbers) {
  std::map<int, char> names;
  std::vector<UniqueFd> open;
  std::vector<int> files;
  for (const char name : {'a', 'b', 'c'}) {
    tree_.Write(std::string(1, name), std::string(1, name));
    open.emplace_back(
        ::open((fs::path(tree_.path()) / std::string(1, name)).c_str(), O_RDONLY | O_CLOEXEC));
    files.push_back(open.back().get());
    names[files.back()] = name;
  }
  ASSERT_LT(files.front(), 6) << "low enough to be in the way";
  do {
    std::string expected;
    for (const int fd : files) expected += names[fd];
    const auto outcome = Run(Says("cat /proc/$$/fd/3 /proc/$$/fd/4 /proc/$$/fd/5"), files);
    EXPECT_EQ(outcome.reason, "") << outcome.detail;
    EXPECT_EQ(said_, expected + '\n');
  } while (std::ranges::next_permutation(files).found);
}

TEST_F(InspectProcessTest, WhatCannotBeStarted) {
  const std::vector<int> one{dump_.get()};
  EXPECT_FALSE(InspectProcess::Start("/nonexistent/kdumpd-inspect", one, {}));
  EXPECT_EQ(InspectProcess::Start(tree_.path(), one, {}).error().code, ErrorCode::kPermission);
  EXPECT_EQ(InspectProcess::Start(Program("exit 0"), {}, {}).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(
      InspectProcess::Start(Program("exit 0"), std::vector<int>(257, dump_.get()), {}).error().code,
      ErrorCode::kInvalid);
  EXPECT_FALSE(InspectProcess::Start(Program("exit 0"), std::vector{-1}, {}));
}

TEST(InspectProgram, IsBesideThisProgramOrInstalled) {
  const fs::path self = fs::read_symlink("/proc/self/exe");
  const auto program = InspectProgram();
  if (program) {
    EXPECT_TRUE(program->ends_with("/kdumpd-inspect")) << *program;
    EXPECT_EQ(::access(program->c_str(), X_OK), 0);
    return;
  }
  EXPECT_EQ(program.error().code, ErrorCode::kNotFound);
  EXPECT_NE(program.error().message.find(self.parent_path() / "kdumpd-inspect"), std::string::npos);
  EXPECT_NE(program.error().message.find(KDUMPD_LIBEXEC "/kdumpd-inspect"), std::string::npos);
}

}  // namespace
}  // namespace kdumpd
