// SPDX-License-Identifier: Apache-2.0
#include "daemon/render/redacted_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace kdumpd {
namespace {

using Json = nlohmann::json;

TEST(RedactedReport, WhatTheKernelSaidAndNothingElse) {
  const Json before = {
      {"id", "20261122t080648z-044e6dd6629c717c"},
      {"node", "n1"},
      {"record", {{"signature", "v1-b0e5e9768f32bd7e"}, {"title", "oops of 10.1.2.3"}}},
      {"report",
       {{"build_id", "3b43fad5034874490492495d552c0af6a5fab235"},
        {"crash",
         {{"last_lines", {"[    1.0] mail to a@b.example", "[    1.1] RAX: ffff888012345678"}},
          {"pid", 7}}}}}};
  const Json after = Json::parse(RedactedReport(before.dump()), nullptr, false);
  ASSERT_TRUE(after.is_object());
  EXPECT_EQ(after["id"], before["id"]);
  EXPECT_EQ(after["node"], before["node"]);
  EXPECT_EQ(after["record"]["signature"], before["record"]["signature"]);
  EXPECT_EQ(after["report"]["build_id"], before["report"]["build_id"]);
  EXPECT_EQ(after["report"]["crash"]["pid"], 7);
  EXPECT_EQ(after["record"]["title"], "oops of [ipv4]");
  const std::string lines = after["report"]["crash"]["last_lines"].dump();
  EXPECT_EQ(lines.find("ffff8880"), std::string::npos) << lines;
  EXPECT_EQ(lines.find("@"), std::string::npos) << lines;
}

TEST(RedactedReport, WhatIsNoReportIsRedactedWhole) {
  EXPECT_EQ(RedactedReport("from 10.1.2.3 {"), "from [ipv4] {");
}

}  // namespace
}  // namespace kdumpd
