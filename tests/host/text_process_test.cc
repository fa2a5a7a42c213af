// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/text_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>

#include "daemon/core/text.h"
#include "tests/host/temporary_tree.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;

int OpenDescriptors() {
  int open = 0;
  for (int fd = 0; fd < 256; ++fd) open += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
  return open;
}

// Nothing of a program is left when a test ends: no descriptor, no process.
class TextProcessTest : public testing::Test {
 protected:
  void SetUp() override { before_ = OpenDescriptors(); }
  void TearDown() override {
    EXPECT_EQ(OpenDescriptors(), before_);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
  }

  std::string Program(const std::string& script) const {
    const fs::path program = fs::path(tree_.path()) / "program";
    tree_.Write("program", "#!/bin/sh\n" + script + "\n");
    fs::permissions(program, fs::perms::owner_all);
    return program;
  }
  std::string Run(const std::string& script, int total_ms = 20'000, std::size_t most = 2 << 20,
                  std::vector<std::string> arguments = {}) const {
    auto process = TextProcess::Start(Program(script), std::move(arguments), most);
    if (!process) return "not started: " + process.error().message;
    const auto said = WaitFor(*process, total_ms);
    return said ? *said
                : Cat("error ", static_cast<int>(said.error().code), ": ", said.error().message);
  }

  TemporaryTree tree_;
  int before_ = 0;
};

TEST_F(TextProcessTest, EndsInEveryWayThereIs) {
  struct Row {
    const char* what;
    const char* script;
    const char* said;
  };
  const Row rows[] = {
      {"a text", "echo hello", "hello\n"},
      {"nothing", "exit 0", ""},
      {"in pieces", "printf a; sleep 0.05; printf b", "ab"},
      {"errors are nobody's", "echo a; echo b >&2", "a\n"},
      {"fails", "echo hello; exit 1", "error 8: exit status 1"},
      {"killed", "echo hello; kill -BUS $$", "error 8: killed by signal 7 (SIGBUS)"},
      {"closes its output and goes on", "exec sleep 60 >/dev/null",
       "error 8: it closed its output and went on"},
      {"says what it is asked", "echo \"$#: $*\"; env | grep -v PWD= | wc -l", "3: a b c  d\n"},
  };
  for (const Row& row : rows) {
    const std::string said = Run(row.script, 20'000, 2 << 20, {"a", "b", "c  d"});
    EXPECT_TRUE(said.starts_with(row.said)) << row.what << ": " << said;
  }
}

TEST_F(TextProcessTest, NoMoreThanItMaySay) {
  EXPECT_EQ(Run("printf 12345678", 20'000, 8), "12345678");
  EXPECT_EQ(Run("printf 123456789", 20'000, 8), "error 3: it says more than 8 B");
  EXPECT_EQ(Run("cat /dev/zero"), "error 3: it says more than 2 MiB");
  EXPECT_EQ(Run("head -c 2097152 /dev/zero").size(), 2U << 20);
}

TEST_F(TextProcessTest, TakesTooLong) {
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(Run("exec sleep 60", 50), "error 6: not done within 50 ms");
  EXPECT_EQ(Run("while :; do echo; sleep 0.01; done", 100), "error 6: not done within 100 ms");
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(30));
}

TEST_F(TextProcessTest, StepDoesNotWaitAndDroppingItEndsIt) {
  auto process = TextProcess::Start(Program("exec sleep 60"), {});
  ASSERT_TRUE(process) << process.error().message;
  EXPECT_FALSE(process->Step());
  TextProcess moved = std::move(*process);
  EXPECT_FALSE(moved.Step());
}

TEST_F(TextProcessTest, AfterItsEndThereIsNoMore) {
  auto process = TextProcess::Start(Program("echo a"), {});
  ASSERT_TRUE(process) << process.error().message;
  EXPECT_EQ(WaitFor(*process, 20'000), "a\n");
  EXPECT_EQ(WaitFor(*process, 20'000).error().message, "it has ended already");
}

TEST_F(TextProcessTest, WhatCannotBeStarted) {
  EXPECT_FALSE(TextProcess::Start("/nonexistent/program", {}));
  EXPECT_EQ(TextProcess::Start(tree_.path(), {}).error().code, ErrorCode::kPermission);
}

}  // namespace
}  // namespace kdumpd
