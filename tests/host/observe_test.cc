// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/observe.h"

#include <gtest/gtest.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>

#include <algorithm>

#include "tests/host/look.h"

namespace kdumpd {
namespace {

constexpr std::string_view kNode =
    R"(proc/cmdline: BOOT_IMAGE=(hd0,gpt2)/vmlinuz-5.14.0 crashkernel=256M
proc/1/mountinfo:
  20 1 253:0 / / rw shared:1 - xfs /dev/mapper/rhel-root rw
  21 20 259:2 / /boot rw - xfs /dev/nvme0n1p2 rw
  22 20 259:3 / /data rw - ext4 /dev/nvme0n1p3 rw
proc/iomem:
  00001000-3fffffff : System RAM
    10000000-1fffffff : Crash kernel
proc/meminfo:
  MemTotal:       1048576 kB
proc/sys/kernel/osrelease: 5.14.0
proc/sys/kernel/arch: ppc64le
proc/sys/kernel/random/boot_id: 6a21ff58-0f04-4a0a-9b0c-1f4e6f3a9f10
proc/sys/kernel/kexec_load_disabled: 0
proc/sys/kernel/kexec_load_limit_panic: -1
proc/sys/kernel/panic_on_oops: 1
proc/sys/kernel/panic: 10
sys/kernel/kexec_crash_loaded: 1
sys/kernel/kexec_crash_size: 268435456
etc/os-release: ID=rhel
etc/kdump.conf: path /var/crash
dev/null:
var/crash/
boot/initramfs-5.14.0kdump.img: 070701 and so on
)";

TEST(Observe, FillsEveryFieldOfAReadyNode) {
  const Tree tree(kNode);
  ObserveInput input;
  input.read_crash_size = true;
  input.units = Fact<std::vector<UnitState>>::Known({UnitState()}, "D-Bus");
  const Facts facts = LookAt(tree, input);
  EXPECT_EQ(facts.now, kLookTime);
  EXPECT_TRUE(facts.cmdline.Is("BOOT_IMAGE=(hd0,gpt2)/vmlinuz-5.14.0 crashkernel=256M"));
  EXPECT_TRUE(facts.kernel_release.Is("5.14.0"));
  EXPECT_TRUE(facts.architecture.Is("ppc64le"));
  EXPECT_TRUE(facts.boot_id.Is("6a21ff58-0f04-4a0a-9b0c-1f4e6f3a9f10"));
  EXPECT_TRUE(facts.sysfs.Is(true));
  EXPECT_TRUE(facts.crash_size.Is(256 << 20));
  EXPECT_EQ(facts.crash_size.source(), "/sys/kernel/kexec_crash_size");
  EXPECT_TRUE(facts.crash_loaded.Is(true));
  EXPECT_TRUE(facts.fadump.absent());
  ASSERT_TRUE(facts.iomem.known()) << facts.iomem.why();
  EXPECT_EQ(facts.iomem->CrashBytes(), 256U << 20);
  EXPECT_EQ(facts.meminfo.ValueOr({}).total, 1U << 30);
  EXPECT_TRUE(facts.kexec_load_disabled.Is(0));
  EXPECT_TRUE(facts.kexec_load_limit_panic.Is(-1));
  EXPECT_TRUE(facts.panic_on_oops.Is(1));
  EXPECT_TRUE(facts.panic_timeout.Is(10));
  EXPECT_EQ(facts.os.ValueOr({}).id, "rhel");
  EXPECT_EQ(facts.distribution, Distribution::kRhel);
  EXPECT_FALSE(facts.ostree);
  EXPECT_EQ(facts.units.ValueOr({}).size(), 1U);
  EXPECT_EQ(facts.config.source(), "/etc/kdump.conf");
  EXPECT_EQ(facts.mounts.ValueOr({}).size(), 3U);
  EXPECT_EQ(facts.target.ValueOr({}).live_path, "/var/crash");
  EXPECT_TRUE(facts.target_path.ValueOr({}).is_directory);
  EXPECT_TRUE(facts.target_device.absent());
  EXPECT_EQ(facts.initrd.ValueOr({}).magic, "cpio");
  EXPECT_EQ(facts.initrd.ValueOr({}).path, "/boot/initramfs-5.14.0kdump.img");
  EXPECT_GT(facts.initrd.ValueOr({}).bytes, 16U);
  EXPECT_GT(facts.initrd.ValueOr({}).mtime, 0);
  EXPECT_TRUE(facts.dumps.known()) << facts.dumps.why();
  EXPECT_EQ(facts.dumps.source(), "/var/crash");
  EXPECT_TRUE(facts.history.was_loaded);
  EXPECT_EQ(facts.history.armed_since, kLookTime);
}

// The kernel.

TEST(Observe, ReadsBothGenerationsOfSysfs) {
  struct Row {
    const char* picture;
    Fact<bool> loaded;
    Fact<std::uint64_t> size;
  };
  const std::vector<Row> rows{
      {"sys/kernel/kexec/crash_loaded: 1\nsys/kernel/kexec/crash_size: 4096",
       Fact<bool>::Known(true, "/sys/kernel/kexec/crash_loaded"),
       Fact<std::uint64_t>::Known(4096, "/sys/kernel/kexec/crash_size")},
      {"sys/kernel/kexec_crash_loaded: 0\nsys/kernel/kexec_crash_size: 0",
       Fact<bool>::Known(false, "/sys/kernel/kexec_crash_loaded"),
       Fact<std::uint64_t>::Known(0, "/sys/kernel/kexec_crash_size")},
      {"sys/kernel/mm/", Fact<bool>::Absent("/sys/kernel/kexec/crash_loaded"),
       Fact<std::uint64_t>::Absent("/sys/kernel/kexec/crash_size")},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.picture);
    const Facts facts = LookAtWithCrashSize(Tree(row.picture));
    EXPECT_TRUE(facts.sysfs.Is(true));
    EXPECT_EQ(facts.crash_loaded.known(), row.loaded.known());
    EXPECT_EQ(facts.crash_loaded.absent(), row.loaded.absent());
    EXPECT_EQ(facts.crash_loaded.value(), row.loaded.value());
    EXPECT_EQ(facts.crash_loaded.source(), row.loaded.source());
    EXPECT_EQ(facts.crash_size.absent(), row.size.absent());
    EXPECT_EQ(facts.crash_size.value(), row.size.value());
    EXPECT_EQ(facts.crash_size.source(), row.size.source());
  }
}

TEST(Observe, ReadsTheCrashSizeOnlyWhenAsked) {
  const Tree tree(kNode);
  ObserveInput input;
  EXPECT_TRUE(LookAt(tree, input).crash_size.unreadable());
  input.crash_size_before = Fact<std::uint64_t>::Known(7, "before");
  EXPECT_TRUE(LookAt(tree, input).crash_size.Is(7));
  input.read_crash_size = true;
  EXPECT_TRUE(LookAt(tree, input).crash_size.Is(256 << 20));
}

TEST(Observe, SeesWithoutReadingThatAKernelHasNoCrashSize) {
  Tree tree(kNode);
  tree.Remove("sys/kernel/kexec_crash_size");
  ObserveInput input;
  input.crash_size_before = Fact<std::uint64_t>::Known(7, "before");
  EXPECT_TRUE(LookAt(tree, input).crash_size.absent());
  tree.Remove("sys");
  EXPECT_TRUE(LookAt(tree, input).crash_size.unreadable()) << "no /sys is no answer";
}

TEST(Observe, KnowsNothingWithoutProc) {
  for (const bool empty : {true, false}) {
    SCOPED_TRACE(empty ? "empty" : "missing");
    Tree tree(kNode);
    tree.Remove("proc");
    if (empty) tree.MakeDirectory("proc");
    const Facts facts = LookAt(tree);
    EXPECT_TRUE(facts.cmdline.unreadable());
    EXPECT_TRUE(facts.kernel_release.unreadable());
    EXPECT_TRUE(facts.architecture.unreadable());
    EXPECT_TRUE(facts.boot_id.unreadable());
    EXPECT_TRUE(facts.iomem.unreadable());
    EXPECT_TRUE(facts.meminfo.unreadable());
    EXPECT_TRUE(facts.kexec_load_disabled.unreadable());
    EXPECT_TRUE(facts.kexec_load_limit_panic.unreadable());
    EXPECT_TRUE(facts.panic_on_oops.unreadable());
    EXPECT_TRUE(facts.panic_timeout.unreadable());
    EXPECT_TRUE(facts.mounts.unreadable());
    EXPECT_TRUE(facts.target.unreadable());
    EXPECT_TRUE(facts.target_path.unreadable());
    EXPECT_TRUE(facts.target_space.unreadable());
    EXPECT_TRUE(facts.target_device.unreadable());
    EXPECT_TRUE(facts.initrd.unreadable());
    EXPECT_TRUE(facts.dumps.unreadable());
    EXPECT_TRUE(facts.crash_loaded.Is(true)) << "/sys is there";
  }
}

TEST(Observe, KnowsNothingWithoutSys) {
  for (const char* const left : {"", "sys/", "sys/kernel/"}) {
    SCOPED_TRACE(left);
    Tree tree(kNode);
    tree.Remove("sys");
    tree.Add(left);
    const Facts facts = LookAtWithCrashSize(tree);
    EXPECT_TRUE(facts.sysfs.unreadable());
    EXPECT_TRUE(facts.crash_loaded.unreadable());
    EXPECT_TRUE(facts.crash_size.unreadable());
    EXPECT_TRUE(facts.fadump.unreadable());
    EXPECT_FALSE(facts.crash_loaded.why().empty());
    EXPECT_TRUE(facts.meminfo.known()) << "/proc is there";
  }
}

TEST(Observe, TellsAnOldKernelFromABlindEye) {
  Tree tree(kNode);
  tree.Remove("proc/sys/kernel/kexec_load_limit_panic");  // since v6.3
  tree.Remove("proc/sys/kernel/panic");                   // every Linux has it
  tree.Add("proc/sys/kernel/kexec_load_disabled: maybe\nproc/sys/kernel/panic_on_oops: 1 1");
  const Facts facts = LookAt(tree);
  EXPECT_TRUE(facts.kexec_load_limit_panic.absent());
  EXPECT_TRUE(facts.panic_timeout.unreadable());
  EXPECT_EQ(facts.kexec_load_disabled.why(), "\"maybe\": expected a number");
  EXPECT_TRUE(facts.panic_on_oops.unreadable());
}

TEST(Observe, TakesOnlyZeroAndOneForAFlag) {
  for (const char* const text : {"2", "-1", "yes", "", "01"}) {
    SCOPED_TRACE(text);
    const Tree tree(kNode);
    tree.Write("sys/kernel/kexec_crash_loaded", text);
    EXPECT_TRUE(LookAt(tree).crash_loaded.unreadable());
  }
}

TEST(Observe, AsksTheRunningKernelForItsArchitectureBeforeItHadAFile) {
  Tree tree(kNode);
  tree.Remove("proc/sys/kernel/arch");
  utsname names{};
  ASSERT_EQ(uname(&names), 0);
  EXPECT_TRUE(LookAt(tree).architecture.Is(names.machine));
}

TEST(Observe, CountsMemoryBlocksOnlyWithoutIomem) {
  Tree tree(kNode);
  tree.Add(R"(sys/devices/system/memory/block_size_bytes: 8000000
sys/devices/system/memory/memory0/
sys/devices/system/memory/memory12/
sys/devices/system/memory/memory/
sys/devices/system/memory/memory1x/
sys/devices/system/memory/probe:
)");
  EXPECT_TRUE(LookAt(tree).memory_blocks_bytes.unreadable()) << "/proc/iomem says it";
  tree.Add("proc/iomem:\n  00000000-00000000 : System RAM\n    00000000-00000000 : Crash kernel\n");
  EXPECT_TRUE(LookAt(tree).iomem.unreadable());
  EXPECT_TRUE(LookAt(tree).memory_blocks_bytes.Is(2 * 0x8000000));
  tree.Add("sys/devices/system/memory/block_size_bytes: ffffffffffffffff\n");
  EXPECT_TRUE(LookAt(tree).memory_blocks_bytes.unreadable());
  tree.Add("sys/devices/system/memory/block_size_bytes: 8g\n");
  EXPECT_TRUE(LookAt(tree).memory_blocks_bytes.unreadable());
  tree.Remove("sys/devices");
  EXPECT_TRUE(LookAt(tree).memory_blocks_bytes.absent());
}

TEST(Observe, ReadsFirmwareAssistedDump) {
  Tree tree(kNode);
  tree.Add(
      "sys/kernel/kexec_crash_loaded: 0\nsys/kernel/fadump_enabled: 1\n"
      "sys/kernel/fadump_registered: 1\n");
  Facts facts = LookAt(tree);
  ASSERT_TRUE(facts.fadump.known()) << facts.fadump.why();
  EXPECT_TRUE(facts.fadump->enabled && facts.fadump->registered);
  EXPECT_EQ(facts.fadump->reserved_bytes, 0U);
  EXPECT_EQ(facts.history.armed_since, kLookTime) << "the firmware takes over";
  EXPECT_EQ(facts.initrd_looked_at.front(), "/boot/initramfs-5.14.0.img");

  tree.Add(
      "sys/kernel/fadump/enabled: 1\nsys/kernel/fadump/registered: 0\n"
      "sys/kernel/fadump/mem_reserved: 1073741824\n");
  facts = LookAt(tree);
  ASSERT_TRUE(facts.fadump.known()) << facts.fadump.why();
  EXPECT_FALSE(facts.fadump->registered);
  EXPECT_EQ(facts.fadump->reserved_bytes, 1U << 30);

  tree.Add("sys/kernel/fadump/registered: ?\n");
  EXPECT_TRUE(LookAt(tree).fadump.unreadable());
}

// The distribution.

TEST(Observe, FindsTheDistributionsFiles) {
  Tree tree(kNode);
  tree.Remove("etc/os-release");
  tree.Add("usr/lib/os-release: ID=debian\netc/default/kdump-tools: USE_KDUMP=1\n");
  Facts facts = LookAt(tree);
  EXPECT_EQ(facts.os.source(), "/usr/lib/os-release");
  EXPECT_EQ(facts.distribution, Distribution::kDebian);
  EXPECT_EQ(facts.config.source(), "/etc/default/kdump-tools");
  EXPECT_EQ(facts.config.ValueOr({}).dialect, ConfigDialect::kKdumpTools);

  tree.Remove("usr/lib/os-release");
  facts = LookAt(tree);
  EXPECT_TRUE(facts.os.absent());
  EXPECT_EQ(facts.distribution, Distribution::kOther);
}

TEST(Observe, TakesAnEmptyEtcForNobodys) {
  Tree tree(kNode);
  tree.Remove("etc/kdump.conf");
  EXPECT_TRUE(LookAt(tree).config.absent()) << "/etc has other files";
  for (const bool empty : {true, false}) {
    SCOPED_TRACE(empty ? "empty" : "missing");
    tree.Remove("etc");
    if (empty) tree.MakeDirectory("etc");
    EXPECT_TRUE(LookAt(tree).config.unreadable());
    EXPECT_TRUE(LookAt(tree).target.unreadable());
  }
}

TEST(Observe, KnowsAnOstreeDeployment) {
  Tree tree(kNode);
  EXPECT_FALSE(LookAt(tree).ostree);
  tree.Add("run/ostree-booted:\n");
  EXPECT_TRUE(LookAt(tree).ostree);
  tree.Remove("run");
  tree.Add("proc/cmdline: quiet ostree=/ostree/boot.1/rhcos/1f/0\n");
  EXPECT_TRUE(LookAt(tree).ostree);
}

TEST(Observe, TellsNoConfigurationFromOneItCannotRead) {
  Tree tree(kNode);
  tree.Write("etc/kdump.conf", std::string(64 << 10, '#'));
  EXPECT_TRUE(LookAt(tree).config.known());
  tree.Write("etc/kdump.conf", std::string((64 << 10) + 1, '#'));
  Facts facts = LookAt(tree);
  EXPECT_TRUE(facts.config.unreadable());
  EXPECT_TRUE(facts.target.unreadable());
  EXPECT_TRUE(facts.dumps.unreadable());

  tree.Remove("etc/kdump.conf");
  facts = LookAt(tree);
  EXPECT_TRUE(facts.config.absent());
  EXPECT_TRUE(facts.target.absent());
  EXPECT_TRUE(facts.target_path.absent());
  EXPECT_EQ(facts.dumps.source(), "/var/crash") << "dumps of an earlier configuration";
  EXPECT_TRUE(facts.dumps.known());
}

}  // namespace
}  // namespace kdumpd
