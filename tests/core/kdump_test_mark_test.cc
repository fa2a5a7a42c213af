// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/kdump_test_mark.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kdumpd {
namespace {

struct Row {
  std::string text;
  std::string_view status;  // "": it is none
  std::int64_t time;
};

TEST(KdumpTestMark, Says) {
  const std::vector<Row> rows{
      {"success kdump_test_id=1795000000-123456789\n", "success", 1'795'000'000},
      {"fail kdump_test_id=1795000000-123456789\n", "fail", 1'795'000'000},
      {"pending kdump_test_id=1795000000-1", "pending", 1'795'000'000},
      {"manual kdump_test_id=1795000000-1", "manual", 1'795'000'000},
      {"success", "success", 0},
      {"  success \n", "success", 0},
      {"success later words", "success", 0},
      {"success kdump_test_id=", "success", 0},
      {"success kdump_test_id=x-1", "success", 0},
      {"success kdump_test_id=-5", "success", 0},
      {"success kdump_test_id=99999999999999999999-1", "success", 0},
      {"success kdump_test_id=18446744073709551615-1", "success", 0},
      {"success\nfail\n", "success", 0},
      {"", "", 0},
      {"\n", "", 0},
      {"Success", "", 0},
      {"successful", "", 0},
      {"succes", "", 0},
      {"kdump_test_id=1795000000-1", "", 0},
      {std::string("success\0", 8), "", 0},
      {"\x1b[2J", "", 0},
  };
  for (const Row& row : rows) {
    const auto mark = ParseKdumpTestMark(row.text);
    EXPECT_EQ(mark ? Name(mark->status) : "", row.status) << row.text;
    EXPECT_EQ(mark ? mark->test_time : 0, row.time) << row.text;
    EXPECT_TRUE(mark || mark.error().message.find('\x1b') == std::string::npos);
  }
}

}  // namespace
}  // namespace kdumpd
