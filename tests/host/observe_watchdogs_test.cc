// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/host/look.h"

namespace kdumpd {
namespace {

constexpr std::string_view kNode = R"(proc/cmdline: quiet
proc/1/mountinfo: 20 1 253:0 / / rw shared:1 - xfs /dev/mapper/rhel-root rw
proc/sys/kernel/osrelease: 5.14.0
sys/kernel/kexec_crash_loaded: 1
)";
constexpr std::string_view kDevice = R"(sys/class/watchdog/watchdog0 -> ../../devices/pci/watchdog0
sys/devices/pci/watchdog0/identity: iTCO_wdt
sys/devices/pci/watchdog0/state: active
sys/devices/pci/watchdog0/timeout: 30
sys/devices/pci/watchdog0/bootstatus: 32
sys/devices/pci/watchdog0/pretimeout_governor: panic
)";

TEST(ObserveWatchdogs, AKernelWithout) {
  const Tree tree(kNode);
  EXPECT_TRUE(LookAt(tree).watchdogs.absent());
  tree.MakeDirectory("sys/class/watchdog");
  const Facts facts = LookAt(tree);
  ASSERT_TRUE(facts.watchdogs.known());
  EXPECT_TRUE(facts.watchdogs->empty());
}

TEST(ObserveWatchdogs, SaysWhatSysfsSays) {
  const Tree tree(kNode);
  tree.Add(kDevice);
  // The device itself: whoever opened it would wait, and on a real one arm it.
  tree.MakeDirectory("dev");
  ASSERT_EQ(mkfifo((tree.path() + "/dev/watchdog0").c_str(), 0600), 0);
  const Facts facts = LookAt(tree);
  ASSERT_TRUE(facts.watchdogs.known()) << facts.watchdogs.why();
  ASSERT_EQ(facts.watchdogs->size(), 1u);
  const Watchdog& watchdog = facts.watchdogs->front();
  EXPECT_EQ(watchdog.name, "watchdog0");
  EXPECT_EQ(watchdog.identity, "iTCO_wdt");
  EXPECT_EQ(watchdog.state, "active");
  EXPECT_EQ(watchdog.timeout_seconds, 30);
  EXPECT_EQ(watchdog.bootstatus, 32);
  EXPECT_EQ(watchdog.pretimeout_governor, "panic");
  EXPECT_EQ(facts.watchdogs.source(), "/sys/class/watchdog");
}

// Without CONFIG_WATCHDOG_SYSFS nobody knows whether one is active or ended the last boot.
TEST(ObserveWatchdogs, AKernelThatShowsNoAttributes) {
  const Tree tree(kNode);
  tree.MakeDirectory("sys/class/watchdog/watchdog0");
  const Facts facts = LookAt(tree);
  EXPECT_TRUE(facts.watchdogs.unreadable());
  EXPECT_EQ(facts.watchdogs.source(), "/sys/class/watchdog/watchdog0/identity");
}

TEST(ObserveWatchdogs, NotEachHasATimeoutAndAGovernor) {
  const Tree tree(kNode);
  tree.Add(kDevice);
  tree.Remove("sys/devices/pci/watchdog0/timeout");
  tree.Remove("sys/devices/pci/watchdog0/pretimeout_governor");
  const Facts facts = LookAt(tree);
  ASSERT_TRUE(facts.watchdogs.known()) << facts.watchdogs.why();
  EXPECT_EQ(facts.watchdogs->front().timeout_seconds, 0);
  EXPECT_EQ(facts.watchdogs->front().pretimeout_governor, "");
}

TEST(ObserveWatchdogs, OnlyNumberedNamesInTheirOrder) {
  const Tree tree(kNode);
  for (const std::string_view name : {"watchdog1", "watchdog0", "watchdogx", "watchdog", "dog"}) {
    const std::string place = Cat("sys/class/watchdog/", name);
    tree.Add(
        Cat(place, "/identity: ", name, '\n', place, "/state: active\n", place, "/bootstatus: 0"));
  }
  const Facts facts = LookAt(tree);
  ASSERT_TRUE(facts.watchdogs.known());
  ASSERT_EQ(facts.watchdogs->size(), 2u);
  EXPECT_EQ(facts.watchdogs.value()[0].identity, "watchdog0");
  EXPECT_EQ(facts.watchdogs.value()[1].identity, "watchdog1");
}

TEST(ObserveWatchdogs, AreBounded) {
  const Tree tree(kNode);
  for (int i = 0; i < 20; ++i) {
    const std::string place = Cat("sys/class/watchdog/watchdog", i);
    tree.Add(Cat(place, "/identity: one\n", place, "/state: inactive\n", place, "/bootstatus: 0"));
  }
  EXPECT_EQ(LookAt(tree).watchdogs.ValueOr({}).size(), 16u);
}

TEST(ObserveWatchdogs, OneThatCannotBeReadIsNotAPass) {
  struct Row {
    std::string_view change;
    std::string_view source;
  };
  const std::vector<Row> rows{
      {"bootstatus: x", "/sys/class/watchdog/watchdog0/bootstatus"},
      {"timeout:", "/sys/class/watchdog/watchdog0/timeout"},
      {"state/", "/sys/class/watchdog/watchdog0/state"},
  };
  for (const Row& row : rows) {
    const Tree tree(kNode);
    tree.Add(kDevice);
    const std::string name(row.change.substr(0, row.change.find_first_of(":/")));
    tree.Remove(Cat("sys/devices/pci/watchdog0/", name));
    tree.Add(Cat("sys/devices/pci/watchdog0/", row.change));
    const Facts facts = LookAt(tree);
    EXPECT_TRUE(facts.watchdogs.unreadable()) << row.change;
    EXPECT_EQ(facts.watchdogs.source(), row.source);
  }
  const Tree tree(kNode);
  tree.Add("sys/class/watchdog: a file");
  EXPECT_TRUE(LookAt(tree).watchdogs.unreadable());
}

}  // namespace
}  // namespace kdumpd
