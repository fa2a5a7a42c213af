// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "tests/host/look.h"

namespace kdumpd {
namespace {

constexpr std::string_view kNode = R"(proc/cmdline: quiet
proc/1/mountinfo:
  20 1 253:0 / / rw shared:1 - xfs /dev/mapper/rhel-root rw
  21 20 0:40 / /net rw - nfs4 server:/export rw
proc/sys/kernel/osrelease: 5.14.0
etc/os-release: ID=rhel
etc/kdump.conf: path /var/crash
etc/fstab: # nothing
usr/sbin/makedumpfile: binary
bin/sh: binary
var/crash/
)";

void SetTime(const Tree& tree, const std::string& name, std::int64_t time) {
  const timespec times[2] = {{time, 0}, {time, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, (tree.path() + '/' + name).c_str(), times, AT_SYMLINK_NOFOLLOW), 0);
}

void SetMode(const Tree& tree, const std::string& name, mode_t mode) {
  ASSERT_EQ(chmod((tree.path() + '/' + name).c_str(), mode), 0);
}

InputFile At(const Facts& facts, std::string_view path) {
  EXPECT_TRUE(facts.image_inputs.known()) << facts.image_inputs.why();
  for (const InputFile& file : facts.image_inputs.value()) {
    if (file.input.path == path) return file;
  }
  ADD_FAILURE() << "nobody looked at " << path;
  return {};
}

std::ptrdiff_t CountOf(const Facts& facts, InputRole role) {
  return std::ranges::count_if(facts.image_inputs.value(),
                               [&](const InputFile& file) { return file.input.role == role; });
}

TEST(ObserveImageInputs, MeasuresFiles) {
  const Tree tree(kNode);
  SetTime(tree, "etc/fstab", 1'800'000'000);
  SetMode(tree, "etc/fstab", 0640);
  const Facts facts = LookAt(tree);
  const InputFile fstab = At(facts, "/etc/fstab");
  EXPECT_TRUE(fstab.exists && fstab.regular);
  EXPECT_EQ(fstab.mtime, 1'800'000'000);
  EXPECT_EQ(fstab.mode, 0640U);
  EXPECT_EQ(fstab.bytes, 10U);
  EXPECT_EQ(fstab.problem, "");
  EXPECT_FALSE(At(facts, "/boot/vmlinuz-5.14.0").exists);
  EXPECT_TRUE(At(facts, "/usr/sbin/makedumpfile").exists) << "found in PATH";
}

TEST(ObserveImageInputs, TakesTheNewerOfLinkAndTarget) {
  const Tree tree(kNode);
  tree.Remove("etc/fstab");
  tree.Add("srv/fstab: x\netc/fstab -> /srv/fstab\n");
  SetTime(tree, "srv/fstab", 100);
  SetTime(tree, "etc/fstab", 200);
  EXPECT_EQ(At(LookAt(tree), "/etc/fstab").mtime, 200);
  SetTime(tree, "srv/fstab", 300);
  EXPECT_EQ(At(LookAt(tree), "/etc/fstab").mtime, 300);
  tree.Remove("srv/fstab");
  EXPECT_FALSE(At(LookAt(tree), "/etc/fstab").exists);
}

TEST(ObserveImageInputs, ReadsTheFirstLineOfScripts) {
  const Tree tree(kNode);
  tree.Add(
      "etc/kdump.conf:\n  kdump_pre /opt/pre\n  kdump_post /opt/post\n"
      "  extra_bins /opt/crlf /net/tool /opt/fifo /opt/bare\n"
      "opt/pre: #!/bin/sh -e\nopt/post: #!/bin/gone\nopt/crlf: #!/bin/sh\r\nopt/bare: #!sh\n");
  ASSERT_EQ(mkfifo((tree.path() + "/opt/fifo").c_str(), 0755), 0);
  const Facts facts = LookAt(tree);
  EXPECT_EQ(At(facts, "/opt/pre").interpreter, "/bin/sh");
  EXPECT_FALSE(At(facts, "/opt/pre").interpreter_missing);
  EXPECT_TRUE(At(facts, "/opt/post").interpreter_missing);
  EXPECT_TRUE(At(facts, "/opt/crlf").interpreter_missing);
  EXPECT_TRUE(At(facts, "/opt/bare").interpreter_missing);
  EXPECT_NE(At(facts, "/net/tool").problem, "") << "a dead server must not stop the look";
  const InputFile fifo = At(facts, "/opt/fifo");
  EXPECT_TRUE(fifo.exists);
  EXPECT_FALSE(fifo.regular);
  EXPECT_EQ(fifo.problem, "");
}

TEST(ObserveImageInputs, ListsHookDirectories) {
  const Tree tree(kNode);
  tree.Add(
      "etc/kdump/pre.d/20-b: #!/bin/sh\netc/kdump/pre.d/10-a: #!/bin/sh\n"
      "etc/kdump/pre.d/README: text\netc/kdump/pre.d/.hidden: #!/bin/sh\n"
      "etc/kdump/pre.d/gone -> /gone\netc/kdump/post.d/\netc/kdump/emergency.d: a file\n");
  for (const auto* name : {"10-a", "20-b", ".hidden"}) {
    SetMode(tree, Cat("etc/kdump/pre.d/", name), 0755);
  }
  const Facts facts = LookAt(tree);
  EXPECT_EQ(CountOf(facts, InputRole::kHookEntry), 4);
  EXPECT_TRUE(At(facts, "/etc/kdump/pre.d/10-a").input.tracked);
  EXPECT_EQ(At(facts, "/etc/kdump/pre.d/10-a").interpreter, "/bin/sh");
  EXPECT_FALSE(At(facts, "/etc/kdump/pre.d/README").input.tracked);
  EXPECT_FALSE(At(facts, "/etc/kdump/pre.d/gone").exists);
  EXPECT_EQ(At(facts, "/etc/kdump/post.d").problem, "");
  EXPECT_NE(At(facts, "/etc/kdump/emergency.d").problem, "") << "it is no directory";
}

TEST(ObserveImageInputs, BoundsDirectories) {
  const Tree tree(kNode);
  for (int i = 0; i < 128; ++i) tree.Write(Cat("etc/kdump/pre.d/", i), "");
  EXPECT_EQ(At(LookAt(tree), "/etc/kdump/pre.d").problem, "");
  for (int i = 128; i < 500; ++i) tree.Write(Cat("etc/kdump/pre.d/", i), "");
  const Facts facts = LookAt(tree);
  EXPECT_NE(At(facts, "/etc/kdump/pre.d").problem, "");
  EXPECT_LE(CountOf(facts, InputRole::kHookEntry), 129);
}

TEST(ObserveImageInputs, TellsGeneratedNamesFromWritten) {
  const Tree tree(kNode);
  tree.Write("etc/kdump.conf", "nfs server:/export\n");
  tree.Add(
      "etc/hosts: 127.0.0.1 localhost\nrun/resolv.conf: nameserver 10.0.0.1\n"
      "etc/resolv.conf -> ../run/resolv.conf\n"
      "etc/NetworkManager/system-connections/eth0.nmconnection: [connection]\n"
      "etc/NetworkManager/system-connections/ovs-if-br-ex.nmconnection: [connection]\n");
  Facts facts = LookAt(tree);
  EXPECT_FALSE(At(facts, "/etc/hosts").generated);
  EXPECT_TRUE(At(facts, "/etc/resolv.conf").generated);
  EXPECT_TRUE(At(facts, "/etc/NetworkManager/system-connections/eth0.nmconnection").exists);
  EXPECT_EQ(CountOf(facts, InputRole::kNetwork), 4);
  tree.Remove("etc/resolv.conf");
  tree.Add("etc/resolv.conf: # Generated by NetworkManager\n");
  EXPECT_TRUE(At(LookAt(tree), "/etc/resolv.conf").generated);
  tree.Write("etc/resolv.conf", "nameserver 10.0.0.1\n");
  EXPECT_FALSE(At(LookAt(tree), "/etc/resolv.conf").generated);
}

TEST(ObserveImageInputs, KnowsWhenItMayNotLook) {
  Tree tree(kNode);
  tree.Remove("etc/kdump.conf");
  EXPECT_TRUE(LookAt(tree).image_inputs.absent());
  tree.MakeDirectory("etc/kdump.conf");
  EXPECT_TRUE(LookAt(tree).image_inputs.unreadable());
  tree.Remove("etc/kdump.conf");
  tree.Write("etc/kdump.conf", "path /var/crash\n");
  EXPECT_TRUE(LookAt(tree).image_inputs.known());
  tree.Remove("proc/1/mountinfo");
  EXPECT_TRUE(LookAt(tree).image_inputs.unreadable());
}

TEST(ObserveImageInputs, SaysThatTheListIsClipped) {
  const Tree tree(kNode);
  std::string bins = "extra_bins";
  for (int i = 0; i < 1000; ++i) bins += Cat(" /opt/", i);
  tree.Write("etc/kdump.conf", bins + '\n');
  EXPECT_NE(At(LookAt(tree), "/etc/kdump.conf").problem, "");
}

}  // namespace
}  // namespace kdumpd
