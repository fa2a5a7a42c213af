// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "daemon/core/capture_cmdline.h"
#include "tests/host/look.h"

namespace kdumpd {
namespace {

constexpr std::string_view kNode =
    R"(proc/cmdline: ro crashkernel=256M
proc/1/mountinfo:
  20 1 253:0 / / rw - xfs /dev/sda1 rw
  21 20 0:44 / /remote rw - nfs4 server:/x rw
proc/sys/kernel/osrelease: 6.12.0
proc/sys/kernel/arch: aarch64
proc/sys/kernel/random/boot_id: 6a21ff58-0f04-4a0a-9b0c-1f4e6f3a9f10
sys/kernel/kexec_crash_loaded: 1
etc/os-release: ID=rhel
etc/kdump.conf: path /var/crash
)";
constexpr std::string_view kText =
    "ffff800080000000 T _text\nffff800080010000 T _stext\nffff800080010010 t f\n";
constexpr std::string_view kVersion = "makedumpfile: version 1.7.6 (released on 1 Oct 2024)";

std::string Value(const Facts& facts, std::string_view key) {
  return std::string(SettingOf(facts.load_settings.ValueOr({}), key));
}

TEST(ObserveCapture, ReadsLoadSettings) {
  const Tree tree(kNode);
  EXPECT_TRUE(LookAt(tree).load_settings.absent());
  tree.Add(R"(etc/sysconfig/kdump:
  # comment
  KEXEC_ARGS="-s"
  KDUMP_COMMANDLINE_APPEND="nr_cpus=1"
  KDUMP_COMMANDLINE_APPEND+=" reset_devices"
)");
  const Facts facts = LookAt(tree);
  ASSERT_TRUE(facts.load_settings.known()) << facts.load_settings.why();
  EXPECT_EQ(facts.load_settings.source(), "/etc/sysconfig/kdump");
  EXPECT_EQ(Value(facts, "KEXEC_ARGS"), "-s");
  EXPECT_EQ(Value(facts, "KDUMP_COMMANDLINE_APPEND"), "nr_cpus=1 reset_devices");
  tree.Add("etc/os-release: ID=debian\n");
  EXPECT_TRUE(LookAt(tree).load_settings.absent());
  tree.Add("etc/os-release: ID=rhel\n");
  tree.Write("etc/sysconfig/kdump", std::string(70 << 10, 'x'));
  EXPECT_TRUE(LookAt(tree).load_settings.unreadable());
  tree.Remove("etc/sysconfig/kdump");
  tree.MakeDirectory("etc/sysconfig/kdump");
  EXPECT_TRUE(LookAt(tree).load_settings.unreadable());
}

TEST(ObserveCapture, ReadsTheLoadCommandOfDebian) {
  const Tree tree(kNode);
  tree.Add("var/crash/kexec_cmd: /sbin/kexec -p /v\n");
  EXPECT_TRUE(LookAt(tree).load_command.absent());
  tree.Add("etc/os-release: ID=debian\netc/default/kdump-tools: USE_KDUMP=1\n");
  EXPECT_TRUE(LookAt(tree).load_command.Is("/sbin/kexec -p /v\n"));
  tree.Add("etc/default/kdump-tools: KDUMP_COREDIR=/data\n");
  EXPECT_TRUE(LookAt(tree).load_command.absent());
  EXPECT_EQ(LookAt(tree).load_command.source(), "/data/kexec_cmd");
  // Where a dead server would stop us.
  tree.Add("etc/default/kdump-tools: KDUMP_COREDIR=/remote\nremote/kexec_cmd: x\n");
  EXPECT_TRUE(LookAt(tree).load_command.unreadable());
  tree.Add("etc/default/kdump-tools: KDUMP_COREDIR=crash\ncrash/kexec_cmd: x\n");
  EXPECT_TRUE(LookAt(tree).load_command.unreadable());
}

TEST(ObserveCapture, ReadsTheLayoutOfThisKernelOnce) {
  const Tree tree(kNode);
  EXPECT_TRUE(LookAt(tree).layout.absent());
  tree.Add("boot/config-6.12.0:\n  CONFIG_ARM64_4K_PAGES=y\n  CONFIG_ARM64_VA_BITS=52\n");
  Facts before = LookAt(tree);
  ASSERT_TRUE(before.layout.known()) << before.layout.why();
  EXPECT_EQ(before.layout.source(), "/boot/config-6.12.0");
  EXPECT_EQ(before.layout->page_bytes, 4096);
  EXPECT_EQ(before.layout->va_bits, 52);
  tree.Add("usr/lib/modules/6.12.0/config:\n  CONFIG_ARM64_VA_BITS=48\n");
  EXPECT_EQ(LookAt(tree).layout->va_bits, 48);
  ObserveInput input;
  input.before = &before;
  EXPECT_EQ(LookAt(tree, input).layout->va_bits, 52);
  before.kernel_release = Fact<std::string>::Known("6.1.0", "");
  EXPECT_EQ(LookAt(tree, input).layout->va_bits, 48);
  tree.Write("usr/lib/modules/6.12.0/config", std::string(513 << 10, 'x'));
  EXPECT_TRUE(LookAt(tree).layout.unreadable());
  tree.Add("proc/sys/kernel/arch: x86_64\n");
  EXPECT_TRUE(LookAt(tree).layout.absent());
}

TEST(ObserveCapture, FindsTheVersionAnywhereInTheProgram) {
  const Tree tree(kNode);
  EXPECT_TRUE(LookAt(tree).makedumpfile.absent());
  // Across the border of two steps, and at the end of what is read.
  for (const std::size_t at : {std::size_t{0}, std::size_t{(64 << 10) - 20},
                               std::size_t{(8 << 20) - 60}, std::size_t{(8 << 20) + (1 << 10)}}) {
    tree.Write("usr/bin/makedumpfile", std::string(at, '\0') + std::string(kVersion) + "\n");
    const Facts facts = LookAt(tree);
    ASSERT_TRUE(facts.makedumpfile.known()) << facts.makedumpfile.why();
    EXPECT_EQ(facts.makedumpfile->version, at > (8U << 20) ? "" : "1.7.6") << at;
    EXPECT_EQ(facts.makedumpfile->path, "/usr/bin/makedumpfile");
    EXPECT_EQ(facts.makedumpfile->bytes, at + kVersion.size() + 1);
    EXPECT_GT(facts.makedumpfile->mtime, 0);
  }
  tree.MakeDirectory("usr/sbin/makedumpfile");
  EXPECT_EQ(LookAt(tree).makedumpfile.ValueOr({}).path, "/usr/bin/makedumpfile");
  tree.Remove("usr/bin/makedumpfile");
  EXPECT_TRUE(LookAt(tree).makedumpfile.unreadable());
}

TEST(ObserveCapture, ReadsAProgramOnceWhileItIsTheSame) {
  const Tree tree(kNode);
  tree.Write("usr/sbin/makedumpfile", kVersion);
  Facts before = LookAt(tree);
  ASSERT_TRUE(before.makedumpfile.known());
  before.makedumpfile.value().version = "remembered";
  ObserveInput input;
  input.before = &before;
  EXPECT_EQ(LookAt(tree, input).makedumpfile->version, "remembered");
  ++before.makedumpfile.value().bytes;
  EXPECT_EQ(LookAt(tree, input).makedumpfile->version, "1.7.6");
  --before.makedumpfile.value().bytes;
  ++before.makedumpfile.value().mtime;
  EXPECT_EQ(LookAt(tree, input).makedumpfile->version, "1.7.6");
  --before.makedumpfile.value().mtime;
  before.makedumpfile.value().path = "/usr/bin/makedumpfile";
  EXPECT_EQ(LookAt(tree, input).makedumpfile->version, "1.7.6");
}

TEST(ObserveCapture, LooksForTextOncePerBoot) {
  const Tree tree(kNode);
  EXPECT_TRUE(LookAt(tree).text_symbol.absent());
  tree.Write("proc/kallsyms", kText);
  EXPECT_TRUE(LookAt(tree).text_symbol.Is(true));
  Facts before;
  before.text_symbol = Fact<bool>::Known(false, "");
  before.boot_id = Fact<std::string>::Known("6a21ff58-0f04-4a0a-9b0c-1f4e6f3a9f10", "");
  ObserveInput input;
  input.before = &before;
  EXPECT_TRUE(LookAt(tree, input).text_symbol.Is(false));
  before.boot_id = Fact<std::string>::Known("00000000-0f04-4a0a-9b0c-1f4e6f3a9f10", "");
  EXPECT_TRUE(LookAt(tree, input).text_symbol.Is(true));
  // Behind what is read.
  tree.Write("proc/kallsyms", std::string(256 << 10, '\n') + std::string(kText));
  EXPECT_TRUE(LookAt(tree).text_symbol.unreadable());
  tree.Remove("proc/kallsyms");
  tree.MakeDirectory("proc/kallsyms");
  EXPECT_TRUE(LookAt(tree).text_symbol.unreadable());
  tree.Add("proc/sys/kernel/arch: x86_64\n");
  EXPECT_TRUE(LookAt(tree).text_symbol.absent());
}

TEST(ObserveCapture, TouchesNothingWithoutTheMounts) {
  const Tree tree(kNode);
  tree.Add("etc/sysconfig/kdump: KEXEC_ARGS=-s\nboot/config-6.12.0: CONFIG_ARM64_VA_BITS=52\n");
  tree.Write("usr/sbin/makedumpfile", kVersion);
  tree.Write("proc/kallsyms", kText);
  tree.Remove("proc/1/mountinfo");
  const Facts facts = LookAt(tree);
  EXPECT_TRUE(facts.load_settings.unreadable());
  EXPECT_TRUE(facts.load_command.unreadable());
  EXPECT_TRUE(facts.layout.unreadable());
  EXPECT_TRUE(facts.makedumpfile.unreadable());
  EXPECT_TRUE(facts.text_symbol.Is(true));
}

}  // namespace
}  // namespace kdumpd
