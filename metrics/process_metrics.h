// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kdumpd {

// proc_pid_stat(5), the fields that process_* need.
struct ProcessStat {
  std::uint64_t cpu_ticks = 0;    // user and system, of _SC_CLK_TCK a second
  std::uint64_t start_ticks = 0;  // after boot
  std::uint64_t virtual_bytes = 0;
  std::uint64_t resident_pages = 0;
};
// Nothing for anything but one whole line. The program's name may hold blanks and parentheses.
[[nodiscard]] std::optional<ProcessStat> ParseProcessStat(std::string_view text);

// The values of process_*; none where it could not be read.
struct ProcessFigures {
  std::optional<double> cpu_seconds;
  std::optional<double> resident_bytes;
  std::optional<double> virtual_bytes;
  std::optional<double> open_fds;
  std::optional<double> max_fds;     // none: unlimited
  std::optional<double> start_time;  // seconds since the epoch
};
// Of this process, from /proc/self, getrlimit and the clocks. Any thread.
[[nodiscard]] ProcessFigures ReadProcess();

}  // namespace kdumpd
