// SPDX-License-Identifier: Apache-2.0
#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

void Oops(Facts& facts, std::int64_t value) {
  facts.panic_on_oops = Fact<std::int64_t>::Known(value, "/proc/sys/kernel/panic_on_oops");
}
void Timeout(Facts& facts, std::int64_t value) {
  facts.panic_timeout = Fact<std::int64_t>::Known(value, "/proc/sys/kernel/panic");
}

TEST(ChecksTrigger, PanicOnOops) {
  const std::string_view check = "panic_on_oops";
  ExpectRows({
      {"1", [](Facts& f) { Oops(f, 1); }, check, Status::kPass, "panics"},
      {"2", [](Facts& f) { Oops(f, 2); }, check, Status::kPass, "panics"},
      {"0", [](Facts& f) { Oops(f, 0); }, check, Status::kFail, "continues"},
      {"unreadable", [](Facts& f) { f.panic_on_oops = Locked<std::int64_t>("sysctl"); }, check,
       Status::kUnknown, "unreadable"},
  });
}

TEST(ChecksTrigger, PanicTimeout) {
  const std::string_view check = "panic_timeout";
  ExpectRows({
      {"10", [](Facts& f) { Timeout(f, 10); }, check, Status::kPass, "reboots"},
      {"-1", [](Facts& f) { Timeout(f, -1); }, check, Status::kPass, "reboots"},
      {"0", [](Facts& f) { Timeout(f, 0); }, check, Status::kWarn, "hangs"},
      {"absent", [](Facts& f) { f.panic_timeout = Fact<std::int64_t>::Absent("sysctl"); }, check,
       Status::kUnknown, "absent"},
  });
}

}  // namespace
}  // namespace kdumpd
