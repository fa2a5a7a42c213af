// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace kdumpd {

enum class LogLevel { kDebug, kInfo, kWarn, kError };
enum class LogFormat { kLogfmt, kJson };

using LogFields = std::initializer_list<std::pair<std::string_view, std::string>>;

// One line, without its newline: `time=... level=info msg="..." key=value`, or the same as JSON.
// Values are printable and quoted where they need it.
[[nodiscard]] std::string LogLine(LogFormat format, LogLevel level, std::string_view time,
                                  std::string_view message, LogFields fields);

// Writes lines to stderr, each with one write(2). Only Service and main hold one.
class Log {
 public:
  void Configure(LogLevel level, LogFormat format) {
    level_ = level;
    format_ = format;
  }
  void Debug(std::string_view message, LogFields fields = {}) const {
    Write(LogLevel::kDebug, message, fields);
  }
  void Info(std::string_view message, LogFields fields = {}) const {
    Write(LogLevel::kInfo, message, fields);
  }
  void Warn(std::string_view message, LogFields fields = {}) const {
    Write(LogLevel::kWarn, message, fields);
  }
  void Error(std::string_view message, LogFields fields = {}) const {
    Write(LogLevel::kError, message, fields);
  }

 private:
  void Write(LogLevel level, std::string_view message, LogFields fields) const;
  LogLevel level_ = LogLevel::kInfo;
  LogFormat format_ = LogFormat::kLogfmt;
};

}  // namespace kdumpd
