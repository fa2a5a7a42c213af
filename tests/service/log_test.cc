// SPDX-License-Identifier: Apache-2.0
#include "daemon/log.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace kdumpd {
namespace {

constexpr const char* kTime = "2026-11-22T07:15:03.123Z";

TEST(Log, Logfmt) {
  EXPECT_EQ(LogLine(LogFormat::kLogfmt, LogLevel::kWarn, kTime, "verdict",
                    {{"verdict", "not_ready"}, {"why", "no kernel is loaded"}, {"was", ""}}),
            "time=2026-11-22T07:15:03.123Z level=warn msg=\"verdict\" verdict=not_ready "
            "why=\"no kernel is loaded\" was=\"\"");
}

// A dump directory's name is hostile: it must not be able to forge a line or a field.
TEST(Log, HostileValuesStayInTheirField) {
  const std::string line = LogLine(LogFormat::kLogfmt, LogLevel::kInfo, kTime, "dump",
                                   {{"dump", "x\" level=error\nmsg=\"forged\x1b[31m\xff"}});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_NE(line.find(R"(dump="x\" level=error\\x0amsg=\"forged\\x1b[31m\\xff")"),
            std::string::npos)
      << line;
}

TEST(Log, Json) {
  const std::string line =
      LogLine(LogFormat::kJson, LogLevel::kError, kTime, "a \"quoted\" message",
              {{"path", "C:\\x\ny\xff"}, {"empty", ""}});
  const auto json = nlohmann::json::parse(line, nullptr, false);
  ASSERT_FALSE(json.is_discarded()) << line;
  EXPECT_EQ(json["level"], "error");
  EXPECT_EQ(json["msg"], "a \"quoted\" message");
  EXPECT_EQ(json["path"], "C:\\x5cx\\x0ay\\xff");
  EXPECT_EQ(json["empty"], "");
}

TEST(Log, LongValuesAreClipped) {
  const std::string line =
      LogLine(LogFormat::kLogfmt, LogLevel::kInfo, kTime, "m", {{"k", std::string(100'000, ' ')}});
  EXPECT_LT(line.size(), 1200u);
}

}  // namespace
}  // namespace kdumpd
