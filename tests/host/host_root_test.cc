// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/host_root.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/host/temporary_tree.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;

HostRoot Root(const TemporaryTree& tree) {
  auto root = HostRoot::Open({.rootfs = tree.path(), .procfs = "", .sysfs = ""});
  EXPECT_TRUE(root) << root.error().message;
  return *std::move(root);
}

// "text" or "!<code>".
std::string Outcome(const HostRoot& root, std::string_view path) {
  const auto text = root.Read(path);
  return text ? *text : "!" + std::to_string(static_cast<int>(text.error().code));
}
constexpr std::string_view kNotFound = "!1", kInvalid = "!5", kUnreachable = "!4";

// A node whose links try everything.
void MakeTree(const TemporaryTree& tree) {
  tree.Write("etc/release", "node");
  tree.Write("srv/data/file", "data");
  tree.Write("proc/self-text", "inner proc");
  tree.Link("/etc/release", "absolute");
  tree.Link("etc/release", "relative");
  tree.Link("../../../../etc/release", "etc/climbing");
  tree.Link("/../../etc/release", "climbing-absolute");
  tree.Link("/srv/data", "var-crash");
  tree.Link("/var-crash", "twice");
  tree.Link("loop-b", "loop-a");
  tree.Link("loop-a", "loop-b");
  tree.Link(tree.path() + "-outside", "outside");
  tree.Link("/nowhere", "dangling");
  for (int i = 0; i <= 40; ++i) {  // hop-0 needs 1 link, hop-40 needs 41
    tree.Link(i == 0 ? "/etc/release" : "hop-" + std::to_string(i - 1), "hop-" + std::to_string(i));
  }
}

struct PathRow {
  std::string_view path;
  std::string_view outcome;
};
constexpr PathRow kPaths[] = {
    {"/etc/release", "node"},
    {"//etc/./release", "node"},
    {"/etc/../etc/release", "node"},
    {"/../../etc/release", "node"},
    {"/absolute", "node"},
    {"/relative", "node"},
    {"/etc/climbing", "node"},
    {"/climbing-absolute", "node"},
    {"/var-crash/file", "data"},
    {"/twice/file", "data"},
    {"/twice/../data/file", "data"},  // '..' of where the link leads
    {"/hop-39", "node"},
    {"/hop-40", kInvalid},
    {"/loop-a", kInvalid},
    {"/loop-a/x", kInvalid},
    {"/outside", kNotFound},
    {"/dangling", kNotFound},
    {"/missing", kNotFound},
    {"/etc/release/below", kNotFound},
    {"/etc", kInvalid},
    {"/", kInvalid},
    {"etc/release", kInvalid},
    {"", kInvalid},
    {std::string_view("/etc/release\0x", 14), kInvalid},
};

TEST(HostRootTest, ResolvesInsideTheRoot) {
  const TemporaryTree tree;
  MakeTree(tree);
  std::ofstream(tree.path() + "-outside") << "must not be seen";
  const HostRoot root = Root(tree);
  for (const auto& [path, outcome] : kPaths) EXPECT_EQ(Outcome(root, path), outcome) << path;
  fs::remove(tree.path() + "-outside");
}

// As on a kernel before 5.6 (ENOSYS) or below an older container runtime's filter (EPERM).
bool ForbidOpenat2(unsigned number) {
  sock_filter program[] = {
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_openat2},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | number},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
  };
  const sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0 &&
         syscall(SYS_openat2, -1, "", nullptr, 0) == -1 && errno == static_cast<int>(number);
}

// Runs `body` in a child, so that what it gives up stays given up there. 0 is success.
int InChild(const std::function<bool()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body() ? 0 : 1);
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

TEST(HostRootTest, WithoutOpenat2TheWalkGivesTheSameAnswers) {
  const TemporaryTree tree;
  MakeTree(tree);
  for (const unsigned number : {ENOSYS, EPERM}) {
    EXPECT_EQ(InChild([&] {
                if (!ForbidOpenat2(number)) return false;
                const HostRoot root = Root(tree);
                return std::ranges::all_of(kPaths, [&](const PathRow& row) {
                  return Outcome(root, row.path) == row.outcome;
                });
              }),
              0);
  }
}

TEST(HostRootTest, ProcAndSysMayBeElsewhere) {
  const TemporaryTree tree, proc, sys;
  MakeTree(tree);
  proc.Write("cmdline", "outer proc");
  proc.Link("/etc/release", "to-node");
  proc.Link("../etc/release", "up");
  sys.Write("devices/a/state", "on");
  sys.Link("../devices/a", "class/a");
  tree.Link("../proc/cmdline", "etc/mtab");
  const auto root =
      HostRoot::Open({.rootfs = tree.path(), .procfs = proc.path(), .sysfs = sys.path()});
  ASSERT_TRUE(root);
  constexpr PathRow kRows[] = {
      {"/proc/cmdline", "outer proc"}, {"/proc/self-text", kNotFound},  // hidden by the other /proc
      {"/proc/to-node", "node"},       {"/proc/up", "node"},
      {"/etc/mtab", "outer proc"},     {"/sys/devices/a/state", "on"},
      {"/sys/class/a/state", "on"},    {"/sys/../proc/cmdline", "outer proc"},
      {"/process", kNotFound},         {"/etc/proc/cmdline", kNotFound},
  };
  for (const auto& [path, outcome] : kRows) EXPECT_EQ(Outcome(*root, path), outcome) << path;
  EXPECT_EQ(root->Stat("/sys/class/a")->resolved, "/sys/devices/a");
  EXPECT_EQ(root->Stat("/sys")->resolved, "/sys");
}

TEST(HostRootTest, NeverStepsOnAvoidedMounts) {
  const TemporaryTree tree;
  tree.Write("mnt/x/crash/file", "remote");
  tree.Write("mnt/xy/file", "local");
  tree.Write("proc/sys/fs/binfmt_misc/status", "enabled");
  tree.Link("/mnt/x/crash", "var-crash");
  tree.Link("../mnt", "etc/up");
  HostRoot root = Root(tree);
  root.Avoid({"/mnt/x/", "/proc/sys/fs/binfmt_misc", "/"});
  constexpr PathRow kRows[] = {
      {"/mnt/x", kUnreachable},
      {"/mnt/x/crash/file", kUnreachable},
      {"/mnt/x/missing", kUnreachable},
      {"/mnt/xy/../x/crash/file", kUnreachable},
      {"/mnt/x/../xy/file", kUnreachable},  // even to leave it, one has to touch it
      {"/var-crash/file", kUnreachable},
      {"/etc/up/x/crash/file", kUnreachable},
      {"/proc/sys/fs/binfmt_misc/status", kUnreachable},
      {"/mnt/xy/file", "local"},
      {"/etc/up/xy/file", "local"},
  };
  for (const auto& [path, outcome] : kRows) EXPECT_EQ(Outcome(root, path), outcome) << path;
  EXPECT_EQ(root.OpenDirectory("/var-crash").error().message,
            "reading /var-crash: /mnt/x/crash is on or below /mnt/x, which may hang (not touched)");
  EXPECT_EQ(root.OpenPath("/mnt/x").error().code, ErrorCode::kUnreachable);
  EXPECT_EQ(root.Stat("/mnt/x").error().code, ErrorCode::kUnreachable);
  root.Avoid({});
  EXPECT_EQ(Outcome(root, "/var-crash/file"), "remote");
}

TEST(HostRootTest, OpensFilesAndDirectoriesOnly) {
  const TemporaryTree tree;
  tree.Write("file", "text");
  ASSERT_EQ(mkfifo((tree.path() + "/fifo").c_str(), 0600), 0);
  const int socket_fd = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  (tree.path() + "/socket").copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(bind(socket_fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  close(socket_fd);
  const HostRoot root = Root(tree);
  const auto file = [&](std::string_view path) { return root.OpenFile(path).error(); };
  EXPECT_EQ(file("/fifo").message, "reading /fifo: it is a FIFO, not a regular file");
  EXPECT_EQ(file("/fifo").code, ErrorCode::kInvalid);
  EXPECT_EQ(file("/socket").message, "reading /socket: it is a socket, not a regular file");
  EXPECT_EQ(file("/").message, "reading /: it is a directory, not a regular file");
  EXPECT_EQ(root.OpenDirectory("/file").error().message,
            "reading /file: it is a regular file, not a directory");
  EXPECT_TRUE(root.OpenDirectory("/"));
  EXPECT_TRUE(S_ISFIFO(root.Stat("/fifo")->status.st_mode));
  const auto opened = root.OpenFile("/file");
  const int flags = fcntl(opened->get(), F_GETFL);
  EXPECT_EQ(flags & (O_ACCMODE | O_NONBLOCK), O_RDONLY | O_NONBLOCK);
  EXPECT_EQ(fcntl(opened->get(), F_GETFD), FD_CLOEXEC);
}

TEST(HostRootTest, DevicesAreNeverOpened) {
  const auto root = HostRoot::Open({});
  ASSERT_TRUE(root);
  EXPECT_EQ(root->Read("/dev/null").error().message,
            "reading /dev/null: it is a character device, not a regular file");
}

TEST(HostRootTest, ReadsUpToTheLimit) {
  const TemporaryTree tree;
  const HostRoot root = Root(tree);
  for (const std::size_t size : {0, 1, 4095, 4096, 4097, 8192, 100'000}) {
    const std::string text(size, 'x');
    tree.Write("file", text);
    EXPECT_EQ(root.Read("/file", size), text);
    EXPECT_EQ(root.Read("/file", size + 1), text);
    if (size == 0) continue;
    const auto over = root.Read("/file", size - 1);
    ASSERT_FALSE(over) << size;
    EXPECT_EQ(over.error().code, ErrorCode::kTooLarge);
  }
  EXPECT_EQ(root.Read("/file", 1024).error().message, "reading /file: larger than 1 KiB");
}

TEST(HostRootTest, ReadsKernelFilesThatReportNoSize) {
  const auto root = HostRoot::Open({});
  ASSERT_TRUE(root);
  EXPECT_EQ(root->Stat("/proc/version")->status.st_size, 0);
  EXPECT_NE(root->Read("/proc/version")->find("Linux"), std::string::npos);
  EXPECT_FALSE(root->Read("/proc/self/status")->empty());  // /proc/self is a link
  EXPECT_GT(root->Read("/proc/self/smaps", 4 << 20)->size(), 4096U);
}

TEST(HostRootTest, MagicLinksLeadNowhereSpecial) {
  const TemporaryTree tree;
  tree.Write("etc/release", "node");
  const auto root = HostRoot::Open({.rootfs = tree.path(), .procfs = "/proc", .sysfs = ""});
  ASSERT_TRUE(root);
  // The kernel's jump would leave the tree; the link's text "/" stays in it.
  EXPECT_EQ(Outcome(*root, "/proc/self/root/etc/release"), "node");
  EXPECT_EQ(Outcome(*root, "/proc/self/exe"), kNotFound);
}

TEST(HostRootTest, SaysWhereItWentWrong) {
  const TemporaryTree tree;
  tree.Write("etc/release", "node");
  tree.Link("/boot/vmlinuz-6.1", "vmlinuz");
  const HostRoot root = Root(tree);
  EXPECT_EQ(root.Read("/missing").error().message, "reading /missing: No such file or directory");
  EXPECT_EQ(root.Read("/vmlinuz").error().message,
            "reading /vmlinuz: /boot: No such file or directory");
  EXPECT_EQ(root.Read("/etc/release/x").error().message, "reading /etc/release/x: Not a directory");
  EXPECT_EQ(root.Read("/a\nb").error().message, "reading /a\\x0ab: No such file or directory");
  EXPECT_EQ(root.Read("/" + std::string(5000, 'x')).error().code, ErrorCode::kInvalid);
  std::string deep;
  for (int i = 0; i < 129; ++i) {
    deep += "/d";
    fs::create_directory(tree.path() + deep);
  }
  EXPECT_TRUE(root.Stat(deep));
  EXPECT_EQ(root.Stat(deep + "/..").error().code, ErrorCode::kInvalid);  // a walk holds 128 at most
}

TEST(HostRootTest, NoPermissionIsNotAbsence) {
  const TemporaryTree tree;
  tree.Write("secret", "x");
  tree.Write("closed/file", "x");
  fs::permissions(tree.path(), fs::perms::all);
  fs::permissions(tree.path() + "/secret", fs::perms::none);
  fs::permissions(tree.path() + "/closed", fs::perms::none);
  EXPECT_EQ(InChild([&] {
              if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) return false;
              const HostRoot root = Root(tree);
              const auto secret = root.Read("/secret");
              return !secret && secret.error().code == ErrorCode::kPermission &&
                     secret.error().message == "reading /secret: Permission denied" &&
                     root.Read("/closed/file").error().code == ErrorCode::kPermission &&
                     root.OpenDirectory("/closed").error().code == ErrorCode::kPermission &&
                     root.Stat("/secret");
            }),
            0);
  fs::permissions(tree.path() + "/closed", fs::perms::owner_all);
}

TEST(HostRootTest, NeedsItsDirectories) {
  const TemporaryTree tree;
  tree.Write("file", "x");
  const std::string missing = tree.path() + "/missing";
  const auto root = HostRoot::Open({.rootfs = missing, .procfs = "", .sysfs = ""});
  ASSERT_FALSE(root);
  EXPECT_EQ(root.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(root.error().message, "opening " + missing + ": No such file or directory");
  EXPECT_FALSE(HostRoot::Open({.rootfs = tree.path(), .procfs = missing, .sysfs = ""}));
  EXPECT_FALSE(HostRoot::Open({.rootfs = tree.path(), .procfs = "", .sysfs = missing}));
  EXPECT_FALSE(HostRoot::Open({.rootfs = tree.path() + "/file", .procfs = "", .sysfs = ""}));
  EXPECT_FALSE(HostRoot::Open({.rootfs = "", .procfs = "", .sysfs = ""}));
}

}  // namespace
}  // namespace kdumpd
