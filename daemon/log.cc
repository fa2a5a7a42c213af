// SPDX-License-Identifier: Apache-2.0
#include "daemon/log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <ctime>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMaxValue = 1024;  // bytes of one value

std::string_view Name(LogLevel level) {
  constexpr std::array<std::string_view, 4> kNames{"debug", "info", "warn", "error"};
  return kNames[static_cast<std::size_t>(level)];
}

// Printable text holds no control characters and no bare backslash, so quotes are all that is left.
std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : Printable(text, kMaxValue)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string Logfmt(std::string_view text) {
  const bool plain = !text.empty() && text.find_first_not_of(
                                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789._-/:@+%") == std::string_view::npos;
  return plain ? std::string(text.substr(0, kMaxValue)) : Quoted(text);
}

std::string Now() {
  const auto now =
      std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto since_epoch = now.time_since_epoch().count();
  const std::time_t seconds = since_epoch / 1000;
  std::tm tm{};
  gmtime_r(&seconds, &tm);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", tm.tm_year + 1900, tm.tm_mon + 1,
                     tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, since_epoch % 1000);
}

}  // namespace

std::string LogLine(LogFormat format, LogLevel level, std::string_view time,
                    std::string_view message, LogFields fields) {
  if (format == LogFormat::kJson) {
    std::string line =
        fmt::format(R"({{"time":"{}","level":"{}","msg":{})", time, Name(level), Quoted(message));
    for (const auto& [key, value] : fields)
      line += fmt::format(",{}:{}", Quoted(key), Quoted(value));
    return line + '}';
  }
  std::string line = fmt::format("time={} level={} msg={}", time, Name(level), Quoted(message));
  for (const auto& [key, value] : fields) line += fmt::format(" {}={}", key, Logfmt(value));
  return line;
}

void Log::Write(LogLevel level, std::string_view message, LogFields fields) const {
  if (level < level_) return;
  const std::string line = LogLine(format_, level, Now(), message, fields) + '\n';
  // A log that cannot be written must not stop the daemon.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace kdumpd
