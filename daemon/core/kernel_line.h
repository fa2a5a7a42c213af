// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kdumpd {

// One line of a kernel log, whoever printed it: dmesg (with --raw, --decode, --ctime), makedumpfile
// --dump-dmesg, vmcore-dmesg, a serial console, /dev/kmsg, journalctl -k, syslog.
struct KernelLine {
  std::string_view text;                 // the message, without prefix and trailing blanks
  std::string_view caller;               // "T1", "C3" where CONFIG_PRINTK_CALLER says; else ""
  std::optional<std::uint64_t> time_us;  // since boot
  bool user = false;  // somebody wrote it to /dev/kmsg or syslog: the facility is not the kernel's
  bool further = false;  // not the first line of its record: whatever it says, it quotes
  bool stamped = false;  // there was a prefix that says it is a line of a log

  [[nodiscard]] friend bool operator==(const KernelLine&, const KernelLine&) = default;
};

// At most the first kMaxKernelLine bytes count.
[[nodiscard]] KernelLine ParseKernelLine(std::string_view line);
inline constexpr std::size_t kMaxKernelLine = 4 << 10;

// How the first line of a boot begins: init/version.c.
inline constexpr std::string_view kBanner = "Linux version ";
// The release in such a line; "" in any other.
[[nodiscard]] std::string_view ReleaseInBanner(std::string_view message);

// A line without its "<pri>".
[[nodiscard]] std::string_view WithoutPriority(std::string_view line);

}  // namespace kdumpd
