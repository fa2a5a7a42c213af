// SPDX-License-Identifier: Apache-2.0
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <limits>

#include "daemon/core/load_history.h"
#include "daemon/core/text.h"
#include "daemon/host/directory_names.h"
#include "daemon/host/observe_parts.h"

namespace kdumpd {
namespace {

using Generations = std::array<std::string_view, 2>;  // the newest first

// Documentation/ABI/testing/sysfs-kernel-kexec-kdump (v6.19) and what it made obsolete.
constexpr Generations kCrashLoaded{"/sys/kernel/kexec/crash_loaded",
                                   "/sys/kernel/kexec_crash_loaded"};
constexpr Generations kCrashSize{"/sys/kernel/kexec/crash_size", "/sys/kernel/kexec_crash_size"};
// Documentation/ABI/testing/sysfs-kernel-fadump (v5.5) and what it made obsolete.
constexpr Generations kFadumpEnabled{"/sys/kernel/fadump/enabled", "/sys/kernel/fadump_enabled"};
constexpr Generations kFadumpRegistered{"/sys/kernel/fadump/registered",
                                        "/sys/kernel/fadump_registered"};
constexpr std::string_view kFadumpReserved = "/sys/kernel/fadump/mem_reserved";

constexpr std::size_t kIomemLimit = 4 << 20;
constexpr std::string_view kMemory = "/sys/devices/system/memory";
constexpr std::string_view kBlockSize = "/sys/devices/system/memory/block_size_bytes";
constexpr std::size_t kMaxBlocks = 1 << 20;  // 128 TiB of the smallest blocks

Fact<Fadump> ReadFadump(const KernelFiles& sys) {
  const Fact<bool> enabled = Flag(sys.Read(kFadumpEnabled));
  if (!enabled.known()) return Fact<Fadump>::Like(enabled);
  const Fact<bool> registered = Flag(sys.Read(kFadumpRegistered));
  const Fact<std::uint64_t> reserved = Unsigned(sys.Read(kFadumpReserved));
  if (registered.unreadable()) return Fact<Fadump>::Like(registered);
  if (reserved.unreadable()) return Fact<Fadump>::Like(reserved);
  return Fact<Fadump>::Known({.enabled = enabled.value(),
                              .registered = registered.ValueOr(false),
                              .reserved_bytes = reserved.ValueOr(0)},
                             enabled.source());
}

bool IsMemoryBlock(std::string_view name) {
  constexpr std::string_view kPrefix = "memory";
  return name.starts_with(kPrefix) && ParseUnsigned(name.substr(kPrefix.size())).has_value();
}

// drivers/base/memory.c: one directory per block, the size in hex.
Fact<std::uint64_t> ReadMemoryBlocks(const HostRoot& root, const KernelFiles& sys) {
  using Bytes = Fact<std::uint64_t>;
  const Fact<std::string> text = sys.Read(kBlockSize);
  if (!text.known()) return Bytes::Like(text);
  const auto size = ParseUnsigned(text.value(), 16);
  if (!size) {
    return Bytes::Unreadable(text.source(), Cat("\"", Printable(text.value(), 64),
                                                "\": expected a number in hexadecimal"));
  }
  const auto blocks = CountNames(root, kMemory, IsMemoryBlock, kMaxBlocks);
  if (!blocks) return Bytes::Unreadable(std::string(kMemory), blocks.error().message);
  if (*blocks > 0 && *size > std::numeric_limits<std::uint64_t>::max() / *blocks) {
    return Bytes::Unreadable(text.source(),
                             Cat(*blocks, " memory blocks of ", *size, " bytes: expected less"));
  }
  return Bytes::Known(*size * *blocks, std::string(kMemory));
}

// /proc/sys/kernel/arch is what uname -m says, since v6.1 (kernel/utsname_sysctl.c).
Fact<std::string> ReadArchitecture(const KernelFiles& proc) {
  auto text = proc.Read("/proc/sys/kernel/arch");
  if (!text.absent()) return text;
  utsname names{};
  if (uname(&names) != 0) return Fact<std::string>::Unreadable("uname", "uname failed");
  return Fact<std::string>::Known(names.machine, "uname -m");
}

void ReadProc(const HostRoot& root, Facts& facts) {
  const KernelFiles proc(root, "/proc");
  facts.cmdline = proc.ReadAlways("/proc/cmdline");
  facts.kernel_release = proc.ReadAlways("/proc/sys/kernel/osrelease");
  facts.architecture = ReadArchitecture(proc);
  facts.boot_id = proc.ReadAlways("/proc/sys/kernel/random/boot_id");
  facts.iomem = Parsed<MemoryMap>(proc.Read("/proc/iomem", kIomemLimit), ParseIomem);
  facts.meminfo = Parsed<Meminfo>(proc.ReadAlways("/proc/meminfo"), ParseMeminfo);
  facts.kexec_load_disabled = Signed(proc.Read("/proc/sys/kernel/kexec_load_disabled"));
  facts.kexec_load_limit_panic = Signed(proc.Read("/proc/sys/kernel/kexec_load_limit_panic"));
  facts.panic_on_oops = Signed(proc.ReadAlways("/proc/sys/kernel/panic_on_oops"));
  facts.panic_timeout = Signed(proc.ReadAlways("/proc/sys/kernel/panic"));
}

void ReadSys(const HostRoot& root, const ObserveInput& input, Facts& facts) {
  const KernelFiles sys(root, "/sys/kernel");
  facts.sysfs = sys.Listed();
  facts.crash_loaded = Flag(sys.Read(kCrashLoaded));
  // The read takes the kexec lock, and a panic that finds it taken skips kdump
  // (kernel/kexec_core.c crash_get_memory_size, __crash_kexec).
  facts.crash_size =
      input.read_crash_size ? Unsigned(sys.Read(kCrashSize)) : input.crash_size_before;
  // Looking whether it is there takes no lock, and a kernel without it can be told at once.
  const auto there = [&](std::string_view path) { return root.Stat(path).has_value(); };
  if (!input.read_crash_size && std::ranges::none_of(kCrashSize, there)) {
    facts.crash_size = sys.NotThere<std::uint64_t>(kCrashSize.front());
  }
  facts.fadump = ReadFadump(sys);
  facts.memory_blocks_bytes = facts.iomem.known()
                                  ? Fact<std::uint64_t>::Unreadable(
                                        std::string(kMemory), "not looked at: /proc/iomem says it")
                                  : ReadMemoryBlocks(root, sys);
}

}  // namespace

void ObserveKernel(const HostRoot& root, const ObserveInput& input, Facts& facts) {
  ReadProc(root, facts);
  ReadSys(root, input, facts);
  facts.history =
      NextHistory(input.history_before, TakesOver(facts.crash_loaded, facts.fadump), input.now);
}

Fact<bool> TakesOverNow(const HostRoot& root) {
  const KernelFiles sys(root, "/sys/kernel");
  return TakesOver(Flag(sys.Read(kCrashLoaded)), ReadFadump(sys));
}

}  // namespace kdumpd
