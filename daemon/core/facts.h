// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/core/capture_facts.h"
#include "daemon/core/dump.h"
#include "daemon/core/fact.h"
#include "daemon/core/history_facts.h"
#include "daemon/core/image_inputs.h"
#include "daemon/core/kdump_config.h"
#include "daemon/core/kdump_test_mark.h"
#include "daemon/core/knobs.h"
#include "daemon/core/memory.h"
#include "daemon/core/next_boot.h"
#include "daemon/core/profile.h"
#include "daemon/core/sysctl_files.h"
#include "daemon/core/target.h"
#include "daemon/core/target_facts.h"
#include "daemon/core/unit_state.h"

namespace kdumpd {

// Firmware-assisted dump, ppc64le: Documentation/arch/powerpc/firmware-assisted-dump.rst.
struct Fadump {
  bool enabled = false;
  bool registered = false;
  std::uint64_t reserved_bytes = 0;
};

struct PathFacts {
  bool exists = false;
  bool is_directory = false;
  bool elsewhere = false;  // the path leads through a symlink onto another mount
  std::string resolved;    // after symlinks, inside the root
  std::uint32_t mode = 0;
};

struct Space {
  std::uint64_t total_bytes = 0;
  std::uint64_t free_bytes = 0;  // to an unprivileged writer (f_bavail)
};

struct InitrdFile {
  std::string path;
  std::uint64_t bytes = 0;
  std::int64_t mtime = 0;
  std::string magic;  // gzip, xz, zstd, lz4, bzip2, cpio, squashfs; "" for none of them
};

// What this daemon remembers of the capture kernel in this boot: a fold over what it saw.
struct LoadHistory {
  bool was_loaded = false;  // seen loaded at least once in this boot
  std::int64_t lost_since =
      0;  // seconds since the epoch of the first look that found it gone; 0: not
  std::int64_t armed_since =
      0;  // seconds since the epoch of the first look that found it loaded; 0: not
};

// Everything one look at the node found. Plain data; nothing in here is judged yet.
struct Facts {
  std::int64_t now = 0;  // seconds since the epoch, when the look began

  // The kernel.
  Fact<std::string> cmdline;
  Fact<std::string> kernel_release;
  Fact<std::string> architecture;  // as uname -m
  Fact<std::string> boot_id;
  Fact<bool> sysfs;                // whether /sys/kernel can be listed at all
  Fact<std::uint64_t> crash_size;  // bytes; read rarely, carried over between looks
  Fact<bool> crash_loaded;
  Fact<Fadump> fadump;  // absent: no such firmware
  Fact<MemoryMap> iomem;
  Fact<bool> iommu;  // /sys/class/iommu has an entry; absent: a kernel without
  Fact<std::uint64_t> memory_blocks_bytes;  // memory blocks x block size; only without iomem
  Fact<Meminfo> meminfo;
  Fact<std::int64_t> kexec_load_disabled;
  Fact<std::int64_t> kexec_load_limit_panic;
  Fact<std::int64_t> panic_on_oops;
  Fact<std::int64_t> panic_timeout;  // kernel.panic, seconds
  Knobs knobs;
  [[nodiscard]] const Fact<std::int64_t>& At(Knob knob) const {
    return knobs[static_cast<std::size_t>(knob)];
  }
  Fact<std::vector<KernelModule>> modules;
  Fact<bool> text_symbol;  // `_text` in /proc/kallsyms; looked at on aarch64 only
  Fact<Trust> trust;
  Fact<std::vector<Console>> consoles;
  Fact<std::vector<PstoreRecord>> pstore;
  Fact<std::vector<Watchdog>> watchdogs;
  Fact<bool> ipmi_device;  // /dev/ipmi0 is there

  // The distribution and its service.
  Fact<OsRelease> os;
  Distribution distribution = Distribution::kOther;
  bool ostree = false;                 // booted from an OSTree deployment
  bool kubernetes = false;             // a kubelet keeps its state here
  Fact<std::vector<UnitState>> units;  // of the profile; unreadable: the bus did not answer
  Fact<KdumpConfig> config;
  // RHEL family: /etc/sysconfig/kdump, which kdumpctl sources for the load. Absent elsewhere.
  Fact<std::vector<ConfigSetting>> load_settings;
  Fact<std::string> load_command;  // kdump-tools: the last kexec command, /var/crash/kexec_cmd
  Fact<std::vector<SysctlSetting>> sysctl_files;  // what a boot will set, the winner of each key
  Fact<NextBoot> next_boot;
  Fact<KernelLayout> layout;
  Fact<Program> makedumpfile;

  // The target.
  Fact<std::vector<Mount>> mounts;  // of PID 1
  Fact<Target> target;
  Fact<PathFacts> target_path;
  Fact<Space> target_space;
  Fact<bool> target_device;                    // an explicit device: is its node there
  Fact<BlockDevice> target_block;              // the device below the target; absent for none
  Fact<SshTarget> target_ssh;                  // absent: the target is not ssh
  Fact<std::string> selinux_label;             // of the dump directory; absent: no SELinux
  Fact<std::vector<std::string>> nameservers;  // of /etc/resolv.conf
  Fact<std::vector<std::string>> known_names;  // of /etc/hosts

  Fact<InitrdFile> initrd;
  std::vector<std::string> initrd_looked_at;
  Fact<std::vector<InputFile>> image_inputs;
  Fact<KdumpTestMark> kdump_test;  // absent: `kdumpctl test` has left none

  // The crash directory.
  Fact<std::vector<Dump>> dumps;
  bool dumps_clipped = false;  // more entries than we list
  bool dumps_partial = false;  // the looks that follow will list more

  LoadHistory history;
};

}  // namespace kdumpd
