// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/capture_log.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/tree.h"

namespace kdumpd {
namespace {

constexpr std::size_t kKiB = 1024;

class CaptureLog : public testing::Test {
 protected:
  [[nodiscard]] std::string Read(const std::string& dump = "d") const {
    const auto root = HostRoot::Open({tree_.path(), {}, {}});
    return ReadCaptureLog(*root, "/var/crash", dump);
  }
  [[nodiscard]] std::string Path(std::string_view name) const {
    return Cat(tree_.path(), "/var/crash/d/", name);
  }
  Tree tree_{"var/crash/d/vmcore-incomplete: x\n"};
};

TEST_F(CaptureLog, ItsText) {
  tree_.Add("var/crash/d/kexec-dmesg.log: saving vmcore failed\n");
  EXPECT_EQ(Read(), "saving vmcore failed\n");
}

TEST_F(CaptureLog, TheFinishedNameBeforeTheOther) {
  tree_.Add("var/crash/d/kexec-dmesg-incomplete.log: part\n");
  EXPECT_EQ(Read(), "part\n");
  tree_.Add("var/crash/d/kexec-dmesg.log: whole\n");
  EXPECT_EQ(Read(), "whole\n");
  tree_.Write("var/crash/d/kexec-dmesg.log", "");
  EXPECT_EQ(Read(), "part\n");
}

TEST_F(CaptureLog, NoneAndNothingElse) {
  EXPECT_EQ(Read(), "");
  tree_.Add("var/crash/d/vmcore-dmesg.txt: the crashed kernel\nvar/crash/d/kexec-dmesg.log2: x\n");
  EXPECT_EQ(Read(), "");
  EXPECT_EQ(Read("gone"), "");
  const auto root = HostRoot::Open({tree_.path(), {}, {}});
  EXPECT_EQ(ReadCaptureLog(*root, "/var/none", "d"), "");
}

// Debian 12 with MAKEDUMP_ARGS="-c -d 32": the whole dump.
TEST_F(CaptureLog, WhatMakedumpfileSaidInsteadOfADump) {
  const std::string refusal = "Dump_level(32) is invalid.\n\nmakedumpfile Failed.\n";
  tree_.Write("var/crash/d/dump.202611301917", refusal);
  EXPECT_EQ(Read(), refusal);
  tree_.Write("var/crash/d/dump.202611301917", std::string(4096, 'x') + refusal);
  EXPECT_EQ(Read(), "");
}

TEST_F(CaptureLog, ItsStartAndItsEnd) {
  const std::string whole = std::string(64 * kKiB, 'a') + std::string(448 * kKiB, 'b');
  tree_.Write("var/crash/d/kexec-dmesg.log", whole);
  EXPECT_EQ(Read(), whole);
  tree_.Write("var/crash/d/kexec-dmesg.log",
              std::string(64 * kKiB, 'a') + 'x' + std::string(448 * kKiB, 'b'));
  EXPECT_EQ(Read(), std::string(64 * kKiB, 'a') + '\n' + std::string(448 * kKiB, 'b'));
}

TEST_F(CaptureLog, AHugeFileWithoutBlocks) {
  tree_.Write("var/crash/d/kexec-dmesg.log", "first\n");
  constexpr off_t kSize = off_t{1} << 40;
  ASSERT_EQ(truncate(Path("kexec-dmesg.log").c_str(), kSize), 0);
  const std::string text = Read();
  EXPECT_EQ(text.size(), 512 * kKiB + 1);
  EXPECT_TRUE(text.starts_with("first\n"));
}

TEST_F(CaptureLog, NoLinkIsFollowed) {
  tree_.Add("etc/shadow: secret\nother/kexec-dmesg.log: secret\n");
  tree_.Link("/etc/shadow", "var/crash/d/kexec-dmesg.log");
  EXPECT_EQ(Read(), "");
  tree_.Link("../../other", "var/crash/linked");
  EXPECT_EQ(Read("linked"), "");
  // The crash directory itself may be one: that is the administrator's.
  tree_.Add("data/c/kexec-dmesg.log: text\n");
  tree_.Link("/data", "var/dumps");
  const auto root = HostRoot::Open({tree_.path(), {}, {}});
  EXPECT_EQ(ReadCaptureLog(*root, "/var/dumps", "c"), "text\n");
}

TEST_F(CaptureLog, NoOtherDirectoryIsNamed) {
  tree_.Add(
      "var/crash/kexec-dmesg.log: a\nvar/kexec-dmesg.log: b\nvar/crash/d/e/kexec-dmesg.log: c\n");
  for (const std::string name : {"", ".", "..", "d/e", "../crash", "/var", "d/"}) {
    EXPECT_EQ(Read(name), "") << name;
  }
  EXPECT_EQ(Read(std::string("d\0", 2)), "");
}

TEST_F(CaptureLog, NeitherFifoNorDirectoryNorAFileAsADumpDirectory) {
  ASSERT_EQ(mkfifo(Path("kexec-dmesg.log").c_str(), 0600), 0);
  EXPECT_EQ(Read(), "");  // and it does not wait for a writer
  tree_.Remove("var/crash/d/kexec-dmesg.log");
  tree_.MakeDirectory("var/crash/d/kexec-dmesg.log");
  EXPECT_EQ(Read(), "");
  tree_.Add("var/crash/file: x\n");
  EXPECT_EQ(Read("file"), "");
  ASSERT_EQ(mkfifo(Cat(tree_.path(), "/var/crash/fifo").c_str(), 0600), 0);
  EXPECT_EQ(Read("fifo"), "");
}

TEST_F(CaptureLog, NothingBelowAMountThatMayHang) {
  tree_.Add("var/crash/d/kexec-dmesg.log: text\n");
  auto root = HostRoot::Open({tree_.path(), {}, {}});
  root->Avoid({"/var/crash/d"});
  EXPECT_EQ(ReadCaptureLog(*root, "/var/crash", "d"), "");
}

}  // namespace
}  // namespace kdumpd
