// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/kdump_config.h"

// The command line that the capture kernel gets at the next load, by the rules of each family's own
// tool, and the system call that loads it.
namespace kdumpd {

struct CaptureLine {
  std::string text;
  std::vector<std::string> removed;   // words of the running kernel's that are left out
  std::vector<std::string> appended;  // words that are added
  bool replaced = false;              // the configuration names another line to begin with
};

// kdump-utils kdump-lib.sh prepare_cmdline. `settings`: /etc/sysconfig/kdump. What it adds for the
// hardware of the day (disable_cpu_apicid=, DRIVER.pretimeout=0) is left out.
[[nodiscard]] CaptureLine KdumpctlLine(std::string_view cmdline,
                                       const std::vector<ConfigSetting>& settings);
// Debian kdump-config kdump_load.
[[nodiscard]] CaptureLine KdumpToolsLine(std::string_view cmdline, const KdumpConfig& config);
// openSUSE kdump load.sh build_kdump_commandline.
[[nodiscard]] CaptureLine SuseLine(std::string_view cmdline, const KdumpConfig& config,
                                   std::string_view architecture);
// The value of --command-line="..." in a kexec command as kdump-config writes it down.
[[nodiscard]] std::optional<std::string> RecordedLine(std::string_view load_command);
// The options before it.
[[nodiscard]] std::string_view RecordedOptions(std::string_view load_command);

// The last value of `key`; "" when it is not set.
[[nodiscard]] std::string_view SettingOf(const std::vector<ConfigSetting>& settings,
                                         std::string_view key);

// Words at blanks outside double quotes, quotes kept.
[[nodiscard]] std::vector<std::string_view> QuotedWords(std::string_view text);
// What stands before the first '=' of such a word.
[[nodiscard]] std::string_view KeyOf(std::string_view word);

// kexec(8): kexec_file_load(2), kexec_load(2), or the second when the first does not work here.
enum class LoadCall { kFile, kTable, kEither };
// The last of -s, -c and -a; kexec_load(2) without one (kexec.c of kexec-tools 2.0.25).
[[nodiscard]] LoadCall LoadCallOf(std::string_view options);

}  // namespace kdumpd
