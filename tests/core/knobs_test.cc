// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/knobs.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace kdumpd {
namespace {

TEST(Knobs, EachLiesInAFileOfItsOwn) {
  std::set<std::string_view> paths;
  for (std::size_t i = 0; i < kKnobs; ++i) {
    const std::string_view path = PathOf(static_cast<Knob>(i));
    EXPECT_TRUE(path.starts_with("/proc/sys/") || path.starts_with("/sys/")) << path;
    EXPECT_TRUE(paths.insert(path).second) << path;
  }
}

TEST(Knobs, AreWhereTheKernelPutsThem) {
  EXPECT_EQ(PathOf(Knob::kOopsLimit), "/proc/sys/kernel/oops_limit");
  EXPECT_EQ(PathOf(Knob::kOopsCount), "/sys/kernel/oops_count");
  EXPECT_EQ(PathOf(Knob::kPanicOnOom), "/proc/sys/vm/panic_on_oom");
  EXPECT_EQ(PathOf(Knob::kPostNotifiers),
            "/sys/module/kernel/parameters/crash_kexec_post_notifiers");
  EXPECT_EQ(PathOf(Knob::kSoftdogSoftPanic), "/sys/module/softdog/parameters/soft_panic");
}

}  // namespace
}  // namespace kdumpd
