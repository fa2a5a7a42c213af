// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/decrypt_main.h"

#include <gtest/gtest.h>
#include <pty.h>
#include <sys/stat.h>

#include "tests/support/age_files.h"

namespace kdumpd {
namespace {

int RunWith(std::vector<std::string> arguments) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  return RunDecrypt(pointers);
}

// What was said on standard error.
struct Said {
  int status;
  std::string errors;
};
Said RunAndListen(const std::vector<std::string>& arguments) {
  ::testing::internal::CaptureStderr();
  const int status = RunWith(arguments);
  return {status, ::testing::internal::GetCapturedStderr()};
}

class DecryptMainTest : public ::testing::Test {
 protected:
  DecryptMainTest() {
    tree_.Write("in.age", Sealed(PlanFile(tree_, text_)));
    tree_.Write("key", "# created: today\n# public key: age1\n\n  " + kIdentity + "\r\n");
    tree_.Write("other", kOtherIdentity);
  }
  [[nodiscard]] std::string At(std::string_view name) const {
    return tree_.path() + "/" + std::string(name);
  }
  [[nodiscard]] std::size_t Files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(tree_.path()), {}));
  }

  std::string text_ = Noise(100'000);
  TemporaryTree tree_;
};

TEST_F(DecryptMainTest, IntoAFileForNobodyElse) {
  tree_.Write("out", "what was there");
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"-i", At("key"), "-o", At("out"), At("in.age")},
           {"--identity=" + At("key"), At("in.age"), "--output", At("out")},
           {"-i", At("other"), "-i", At("key"), "--output=" + At("out"), "--", At("in.age")}}) {
    EXPECT_EQ(RunWith(arguments), 0);
    EXPECT_TRUE(FileText(At("out")) == text_);
    struct stat status{};
    ASSERT_EQ(::stat(At("out").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U);
    tree_.Write("out", "what was there");
  }
  EXPECT_EQ(Files(), 5U);
}

TEST_F(DecryptMainTest, WhatFailsLeavesWhatWasThere) {
  tree_.Write("out", "what was there");
  std::string damaged = FileText(At("in.age"));
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  tree_.Write("damaged.age", damaged);
  tree_.Write("no-key", "# nothing\n");
  tree_.Write("bad-key", "\n" + kIdentity.substr(0, 73) + "\n");
  tree_.Write("ssh-key", "-----BEGIN OPENSSH PRIVATE KEY-----\n");
  tree_.Write("large-key", std::string((1 << 20) + 1, '#'));
  struct Row {
    std::vector<std::string> arguments;
    std::string_view says;
  };
  const Row rows[] = {
      {{"-i", At("key"), At("damaged.age")}, "damaged.age: it is damaged or reordered in chunk 2"},
      {{"-i", At("other"), At("in.age")}, "none of the identities opens it"},
      {{"-i", At("key"), At("absent")}, "absent: No such file"},
      {{"-i", At("absent"), At("in.age")}, "absent: No such file"},
      {{"-i", At("no-key"), At("in.age")}, "no-key: it has no secret key"},
      {{"-i", At("bad-key"), At("in.age")}, "bad-key: line 2 is no age secret key: its checksum"},
      {{"-i", At("ssh-key"), At("in.age")}, "ssh-key: it is a key of another kind"},
      {{"-i", At("large-key"), At("in.age")}, "large-key: it has more than 1 MiB"},
      {{"-i", At("in.age"), At("in.age")}, "in.age: it is itself encrypted with age"},
      {{"-i", At("key"), tree_.path()}, "Is a directory"},
  };
  const std::size_t files = Files();
  for (const Row& row : rows) {
    std::vector<std::string> arguments = row.arguments;
    arguments.insert(arguments.end(), {"-o", At("out")});
    const Said said = RunAndListen(arguments);
    EXPECT_EQ(said.status, 1) << row.says;
    EXPECT_TRUE(said.errors.contains(row.says)) << said.errors;
    EXPECT_FALSE(said.errors.contains(kIdentity.substr(20, 20)));
    EXPECT_EQ(FileText(At("out")), "what was there");
    EXPECT_EQ(Files(), files) << row.says;
  }
}

TEST_F(DecryptMainTest, ADeviceIsNotReplaced) {
  ASSERT_EQ(::mkfifo(At("fifo").c_str(), 0600), 0);
  const Said said = RunAndListen({"-i", At("key"), "-o", At("fifo"), At("in.age")});
  EXPECT_EQ(said.status, 1);
  EXPECT_TRUE(said.errors.contains("is no regular file")) << said.errors;
}

TEST_F(DecryptMainTest, Usage) {
  const std::vector<std::string> rows[] = {
      {},
      {At("in.age")},
      {"-i"},
      {"-i", At("key"), "-o"},
      {"-i", At("key"), "--force"},
      {"-i", At("key"), At("in.age"), At("in.age")},
      {"-i", At("key"), "-o", "a", "-o", "b"},
  };
  for (const auto& arguments : rows) {
    const Said said = RunAndListen(arguments);
    EXPECT_EQ(said.status, 64) << said.errors;
    EXPECT_TRUE(said.errors.contains("usage: decrypt")) << said.errors;
  }
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(RunWith({"--help"}), 0);
  EXPECT_TRUE(::testing::internal::GetCapturedStdout().starts_with("usage: decrypt"));
}

// Standard input and output of this process, exchanged for a while.
class Exchanged {
 public:
  Exchanged(int standard, int by) : standard_(standard), kept_(::dup(standard)) {
    ::fflush(stdout);
    ::dup2(by, standard);
  }
  Exchanged(const Exchanged&) = delete;
  Exchanged& operator=(const Exchanged&) = delete;
  ~Exchanged() { ::dup2(kept_.get(), standard_); }

 private:
  int standard_;
  UniqueFd kept_;
};

TEST_F(DecryptMainTest, FromAndToAPipeline) {
  const UniqueFd in = MemoryFile(FileText(At("in.age"))), out = MemoryFile("");
  for (const auto& more : std::vector<std::vector<std::string>>{{}, {"-"}, {"-o", "-", "-"}}) {
    std::vector<std::string> arguments{"-i", At("key")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    ::lseek(in.get(), 0, SEEK_SET);
    ASSERT_EQ(::ftruncate(out.get(), 0), 0);
    ::lseek(out.get(), 0, SEEK_SET);
    int status = -1;
    {
      const Exchanged input(STDIN_FILENO, in.get()), output(STDOUT_FILENO, out.get());
      status = RunWith(arguments);
    }
    EXPECT_EQ(status, 0);
    std::string got(text_.size() + 1, '\0');
    EXPECT_EQ(::pread(out.get(), got.data(), got.size(), 0), static_cast<ssize_t>(text_.size()));
    got.pop_back();
    EXPECT_TRUE(got == text_);
  }
}

TEST_F(DecryptMainTest, NotToATerminalThatWasNotAskedFor) {
  int terminal = -1, its_side = -1;
  ASSERT_EQ(::openpty(&terminal, &its_side, nullptr, nullptr, nullptr), 0);
  const UniqueFd one(terminal), other(its_side);
  Said said;
  {
    const Exchanged output(STDOUT_FILENO, other.get());
    said = RunAndListen({"-i", At("key"), At("in.age")});
  }
  EXPECT_EQ(said.status, 1);
  EXPECT_TRUE(said.errors.contains("would go to a terminal")) << said.errors;
}

}  // namespace
}  // namespace kdumpd
