// SPDX-License-Identifier: Apache-2.0
#include "metrics/process_metrics.h"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

// Positions in proc_pid_stat(5), counted from the state, which is field 3.
enum Field { kUtime = 14 - 3, kStime = 15 - 3, kStart = 22 - 3, kVsize = 23 - 3, kRss = 24 - 3 };

std::string ReadStat() {
  std::array<char, 4096> buffer;
  std::ifstream file("/proc/self/stat", std::ios::binary);
  file.read(buffer.data(), buffer.size());
  return std::string(buffer.data(), static_cast<std::size_t>(file.gcount()));
}

std::optional<double> OpenFds() {
  std::error_code error;
  std::filesystem::directory_iterator entry("/proc/self/fd", error);
  double count = -1;  // the one that looks is not counted
  while (!error && entry != std::filesystem::directory_iterator()) {
    ++count;
    entry.increment(error);
  }
  if (error) return std::nullopt;
  return count;
}

std::optional<double> MaxFds() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return static_cast<double>(limit.rlim_cur);
}

double Seconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// When the machine booted, to 10 ms, so that it stays the same from scrape to scrape. Not the btime
// of /proc/stat: reading that file sums every interrupt counter of every CPU.
double BootTime() {
  return std::round((Seconds(CLOCK_REALTIME) - Seconds(CLOCK_BOOTTIME)) * 100) / 100;
}

}  // namespace

std::optional<ProcessStat> ParseProcessStat(std::string_view text) {
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos || !text.ends_with('\n')) return std::nullopt;
  const std::vector<std::string_view> fields = Words(Trim(text.substr(name_end + 1)));
  if (fields.size() <= kRss) return std::nullopt;
  const auto user = ParseUnsigned(fields[kUtime]);
  const auto system = ParseUnsigned(fields[kStime]);
  const auto start = ParseUnsigned(fields[kStart]);
  const auto size = ParseUnsigned(fields[kVsize]);
  const auto resident = ParseUnsigned(fields[kRss]);
  if (!user || !system || !start || !size || !resident) return std::nullopt;
  return ProcessStat{*user + *system, *start, *size, *resident};
}

ProcessFigures ReadProcess() {
  ProcessFigures figures;
  figures.open_fds = OpenFds();
  figures.max_fds = MaxFds();
  const std::optional<ProcessStat> stat = ParseProcessStat(ReadStat());
  if (!stat) return figures;
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  figures.cpu_seconds = static_cast<double>(stat->cpu_ticks) / ticks;
  figures.resident_bytes =
      static_cast<double>(stat->resident_pages) * static_cast<double>(sysconf(_SC_PAGESIZE));
  figures.virtual_bytes = static_cast<double>(stat->virtual_bytes);
  figures.start_time = BootTime() + static_cast<double>(stat->start_ticks) / ticks;
  return figures;
}

}  // namespace kdumpd
