// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "daemon/core/facts.h"

namespace kdumpd {

inline constexpr std::int64_t kTestNow = 1'795'000'000;  // 2026-11-18T11:06:40Z

inline void SetKnob(Facts& facts, Knob knob, std::int64_t value) {
  facts.knobs[static_cast<std::size_t>(knob)] =
      Fact<std::int64_t>::Known(value, std::string(PathOf(knob)));
}
inline void DropKnob(Facts& facts, Knob knob) {
  facts.knobs[static_cast<std::size_t>(knob)] =
      Fact<std::int64_t>::Absent(std::string(PathOf(knob)));
}
inline void LockKnob(Facts& facts, Knob knob) {
  facts.knobs[static_cast<std::size_t>(knob)] =
      Fact<std::int64_t>::Unreadable(std::string(PathOf(knob)), "Permission denied");
}

// The knobs and devices of a machine whose faults become panics.
inline void FillMachine(Facts& facts) {
  constexpr std::pair<Knob, std::int64_t> kHealthy[] = {
      {Knob::kOopsLimit, 10000},
      {Knob::kWarnLimit, 0},
      {Knob::kOopsCount, 0},
      {Knob::kWarnCount, 0},
      {Knob::kSoftlockupPanic, 1},
      {Knob::kWatchdog, 1},
      {Knob::kWatchdogThreshold, 10},
      {Knob::kHardlockupPanic, 1},
      {Knob::kNmiWatchdog, 1},
      {Knob::kHungTaskPanic, 0},
      {Knob::kHungTaskTimeout, 120},
      {Knob::kPanicOnRcuStall, 1},
      {Knob::kMaxRcuStallToPanic, 0},
      {Knob::kUnknownNmiPanic, 1},
      {Knob::kPanicOnUnrecoveredNmi, 1},
      {Knob::kPanicOnIoNmi, 1},
      {Knob::kPanicOnWarn, 0},
      {Knob::kPanicOnOom, 0},
      {Knob::kSysrq, 1},
      {Knob::kPostNotifiers, 0},
      {Knob::kPanicPrint, 0},
      {Knob::kFtraceDumpOnOops, 0},
      {Knob::kKptrRestrict, 1},
      {Knob::kTainted, 0},
  };
  for (const auto& [knob, value] : kHealthy) SetKnob(facts, knob, value);
  DropKnob(facts, Knob::kSoftdogSoftPanic);
  facts.modules = Fact<std::vector<KernelModule>>::Known(
      {{"ipmi_si", 81920}, {"iTCO_wdt", 16384}, {"nvme", 57344}, {"xfs", 2375680}},
      "/proc/modules");
  facts.trust = Fact<Trust>::Known({"none", false}, "/sys/kernel/security/lockdown");
  facts.consoles =
      Fact<std::vector<Console>>::Known({{.name = "ttyS0", .enabled = true, .preferred = true},
                                         {.name = "tty0", .enabled = true, .preferred = false}},
                                        "/proc/consoles");
  facts.pstore = Fact<std::vector<PstoreRecord>>::Known({}, "/sys/fs/pstore");
  facts.watchdogs = Fact<std::vector<Watchdog>>::Known({{.name = "watchdog0",
                                                         .identity = "iTCO_wdt",
                                                         .state = "inactive",
                                                         .timeout_seconds = 30,
                                                         .bootstatus = 0,
                                                         .pretimeout_governor = ""}},
                                                       "/sys/class/watchdog");
  facts.ipmi_device = Fact<bool>::Known(true, "/dev/ipmi0");
}

// What stands behind the target: an LVM volume on a local disk.
inline void FillTargetDetails(Facts& facts) {
  BlockDevice device;
  device.number = "253:0";
  device.udev = true;
  device.fs_type = "xfs";
  device.fs_usage = "filesystem";
  device.links = {"disk/by-uuid/8c3cbd7b-3f5a-4d6b-9d54-4b8e6d7b3f3a", "mapper/rhel-root"};
  device.dm_uuid = "LVM-aLdxJ9SsRZ6wnMc8HIbYEpWZyZPmDZgfH0Yg3M9vtrkUiDNlBfoeGmSYFjgkWlZ3";
  device.dm_name = "rhel-root";
  device.bytes = 200ULL << 30;
  device.stack = {{"dm-0", "lvm"}, {"nvme0n1p3", "part"}, {"nvme0n1", "disk"}};
  facts.target_block = Fact<BlockDevice>::Known(device, "/sys/dev/block/253:0");
  facts.target_ssh = Fact<SshTarget>::Absent("/dev/mapper/rhel-root");
  facts.selinux_label =
      Fact<std::string>::Known("system_u:object_r:kdump_crash_t:s0", "/var/crash");
  facts.nameservers =
      Fact<std::vector<std::string>>::Known({"192.0.2.53", "192.0.2.54"}, "/etc/resolv.conf");
  facts.known_names = Fact<std::vector<std::string>>::Known(
      {"localhost", "node1.example.com", "node1"}, "/etc/hosts");
}

// A RHEL 9 server with 64 GiB where all is well. Each test changes one thing.
inline Facts ReadyHost() {
  constexpr std::uint64_t kGiB = 1ULL << 30;
  constexpr std::uint64_t kMiB = 1ULL << 20;
  Facts facts;
  facts.now = kTestNow;
  facts.cmdline = Fact<std::string>::Known(
      "BOOT_IMAGE=(hd0,gpt2)/vmlinuz-5.14.0-427.el9.x86_64 root=/dev/mapper/rhel-root ro "
      "crashkernel=1G-4G:192M,4G-64G:256M,64G-:512M",
      "/proc/cmdline");
  facts.kernel_release =
      Fact<std::string>::Known("5.14.0-427.el9.x86_64", "/proc/sys/kernel/osrelease");
  facts.architecture = Fact<std::string>::Known("x86_64", "uname -m");
  facts.boot_id = Fact<std::string>::Known("6f3c1a52-4a1e-4c55-9a6e-3f2b8e1d7c90",
                                           "/proc/sys/kernel/random/boot_id");
  facts.sysfs = Fact<bool>::Known(true, "/sys/kernel");
  facts.crash_size = Fact<std::uint64_t>::Known(256 * kMiB, "/sys/kernel/kexec_crash_size");
  facts.crash_loaded = Fact<bool>::Known(true, "/sys/kernel/kexec_crash_loaded");
  facts.fadump = Fact<Fadump>::Absent("/sys/kernel/fadump");
  facts.iomem =
      Fact<MemoryMap>::Known({32 * kGiB, {{0x67000000, 0x76ffffff}}, 45 * kMiB}, "/proc/iomem");
  facts.iommu = Fact<bool>::Known(false, "/sys/class/iommu");
  Meminfo memory;
  memory.total = 31 * kGiB;
  memory.free = 20 * kGiB;
  memory.cached = 4 * kGiB;
  memory.anon_pages = 4 * kGiB;
  memory.slab = 1 * kGiB;
  memory.page_tables = 64 * kMiB;
  facts.meminfo = Fact<Meminfo>::Known(memory, "/proc/meminfo");
  const std::string sysctl = "/proc/sys/kernel/";
  facts.kexec_load_disabled = Fact<std::int64_t>::Known(0, sysctl + "kexec_load_disabled");
  facts.kexec_load_limit_panic = Fact<std::int64_t>::Known(-1, sysctl + "kexec_load_limit_panic");
  facts.panic_on_oops = Fact<std::int64_t>::Known(1, sysctl + "panic_on_oops");
  facts.panic_timeout = Fact<std::int64_t>::Known(10, sysctl + "panic");
  facts.sysctl_files = Fact<std::vector<SysctlSetting>>::Known(
      {{"kernel.panic", "10", "/etc/sysctl.d/kdump.conf"},
       {"kernel.sysrq", "1", "/usr/lib/sysctl.d/50-default.conf"}},
      "/etc/sysctl.d");
  FillMachine(facts);

  facts.os = Fact<OsRelease>::Known({"rhel", "fedora", "", "9.4", "Red Hat Enterprise Linux 9.4"},
                                    "/etc/os-release");
  facts.distribution = Distribution::kRhel;
  UnitState unit;
  unit.name = "kdump.service";
  unit.load_state = "loaded";
  unit.active_state = "active";
  unit.sub_state = "exited";
  unit.result = "success";
  unit.unit_file_state = "enabled";
  unit.state_change_usec = static_cast<std::uint64_t>(kTestNow - 3600) * 1'000'000;
  unit.active_enter_usec = unit.state_change_usec;
  facts.units = Fact<std::vector<UnitState>>::Known({unit}, "org.freedesktop.systemd1");
  facts.config = Fact<KdumpConfig>::Known(
      ParseKdumpConfig(ConfigDialect::kKdumpConf,
                       "path /var/crash\ncore_collector makedumpfile -l --message-level 7 -d 31\n"),
      "/etc/kdump.conf");
  facts.load_settings = Fact<std::vector<ConfigSetting>>::Known(
      {{21, "KDUMP_COMMANDLINE", ""},
       {26, "KDUMP_COMMANDLINE_REMOVE",
        "hugepages hugepagesz slub_debug quiet log_buf_len swiotlb hugetlb_cma "
        "ignition.firstboot"},
       {30, "KDUMP_COMMANDLINE_APPEND",
        "irqpoll nr_cpus=1 reset_devices cgroup_disable=memory mce=off numa=off "
        "udev.children-max=2 panic=10 acpi_no_memhotplug transparent_hugepage=never nokaslr "
        "hest_disable novmcoredd cma=0 hugetlb_cma=0"},
       {37, "KEXEC_ARGS", "-s"}},
      "/etc/sysconfig/kdump");
  facts.load_command = Fact<std::string>::Absent("/var/crash/kexec_cmd");
  facts.layout = Fact<KernelLayout>::Absent("");
  facts.makedumpfile = Fact<Program>::Known(
      {"/usr/sbin/makedumpfile", "1.7.6", 431112, kTestNow - 86400}, "/usr/sbin/makedumpfile");
  facts.text_symbol = Fact<bool>::Absent("");

  Mount root;
  root.point = "/";
  root.root = "/";
  root.fstype = "xfs";
  root.source = "/dev/mapper/rhel-root";
  root.options = "rw,relatime";
  root.super_options = "rw";
  root.device_number = "253:0";
  facts.mounts = Fact<std::vector<Mount>>::Known({root}, "/proc/1/mountinfo");
  Target target;
  target.fstype = "xfs";
  target.mount = root;
  target.spec = root.source;
  target.live_path = "/var/crash";
  target.path_on_device = "/var/crash";
  target.device_number = root.device_number;
  facts.target = Fact<Target>::Known(target, "/etc/kdump.conf");
  facts.target_path =
      Fact<PathFacts>::Known({true, true, false, "/var/crash", 040755}, "/var/crash");
  facts.target_space = Fact<Space>::Known({200 * kGiB, 120 * kGiB}, "/var/crash");
  facts.target_device = Fact<bool>::Absent("");
  FillTargetDetails(facts);
  facts.selinux_label =
      Fact<std::string>::Known("system_u:object_r:kdump_crash_t:s0", "/var/crash");
  facts.next_boot = Fact<NextBoot>::Known(
      {facts.cmdline.value(), "/vmlinuz-5.14.0-427.el9.x86_64",
       "/boot/loader/entries/4f1c-5.14.0-427.el9.x86_64.conf", "Red Hat Enterprise Linux 9.4"},
      "/boot/loader/entries/4f1c-5.14.0-427.el9.x86_64.conf");
  facts.initrd = Fact<InitrdFile>::Known(
      {"/boot/initramfs-5.14.0-427.el9.x86_64kdump.img", 33 * kMiB, kTestNow - 86400, "gzip"},
      "/boot/initramfs-5.14.0-427.el9.x86_64kdump.img");
  const auto input = [](std::string_view path, InputRole role) {
    InputFile file;
    file.input = {std::string(path), role, true, false, {}};
    file.exists = true;
    file.regular = role != InputRole::kHookDirectory;
    file.mode = 0644;
    file.bytes = 512;
    file.mtime = kTestNow - 30LL * 86400;
    return file;
  };
  facts.image_inputs = Fact<std::vector<InputFile>>::Known(
      {input("/etc/kdump.conf", InputRole::kConfig), input("/etc/fstab", InputRole::kFstab),
       input("/etc/sysconfig/kdump", InputRole::kLoadSettings),
       input("/etc/kdump/pre.d", InputRole::kHookDirectory),
       input("/etc/kdump/post.d", InputRole::kHookDirectory)},
      "/etc/kdump.conf");
  facts.dumps = Fact<std::vector<Dump>>::Known({}, "/var/crash");
  facts.history = {true, 0, kTestNow - 3600};
  return facts;
}

}  // namespace kdumpd
