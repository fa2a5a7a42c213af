// SPDX-License-Identifier: Apache-2.0
// What `kdumpd drill start` refuses for.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/drill_cli.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;

TEST_F(DrillCli, RefusesWithoutLeaveOfTheConfiguration) {
  at_.Write("c.yaml", "log: {level: info}\n");
  ExpectRefused(kAllForced, "not_enabled");
  at_.Write("c.yaml", "drill: {enabled: false}\n");
  ExpectRefused(kAllForced, "not_enabled");
  at_.Write("c.yaml", "drill.enabled: perhaps\n");
  EXPECT_EQ(Drill(kAllForced).status, 64);
  EXPECT_EQ(Drill(kAllForced + " --drill.enabled=true").status, 64) << "no flag does";
}

TEST_F(DrillCli, RefusesWithoutTheNameOfTheNode) {
  ExpectRefused("start --force", "not_confirmed");
  ExpectRefused("start --force --confirm node-2", "other_node");
}

TEST_F(DrillCli, RefusesOnANodeThatIsNotArmed) {
  at_.Write("root/sys/kernel/kexec_crash_loaded", "0\n");
  ExpectRefused(kAllForced, "not_armed");
  fs::remove(at_.path() / "root/sys/kernel/kexec_crash_loaded");
  fs::remove_all(at_.path() / "root/sys");
  ExpectRefused(kAllForced, "armed_unknown");
}

TEST_F(DrillCli, RefusesWhereTheNodeWouldHang) {
  at_.Write("root/proc/sys/kernel/panic", "0\n");
  ExpectRefused(kAllForced, "panic_timeout");
  fs::remove(at_.path() / "root/proc/sys/kernel/panic");
  ExpectRefused(kAllForced, "panic_timeout_unknown");
}

TEST_F(DrillCli, RefusesOnKubernetesUntilItIsCordoned) {
  fs::create_directories(at_.path() / "root/var/lib/kubelet");
  at_.Write("root/var/lib/kubelet/config.yaml", "kind: KubeletConfiguration\n");
  ExpectRefused(kAllForced, "not_cordoned");
  const Said cordoned = Drill("start --confirm node-2 --cordoned");
  EXPECT_EQ(cordoned.status, 1);
  EXPECT_EQ(cordoned.text.find("not_cordoned"), std::string::npos) << cordoned.text;
}

TEST_F(DrillCli, RefusesBesideATestOfKdumpctl) {
  at_.Write("root/var/lib/kdump/vmcore-creation.status", "pending kdump_test_id=1795000000-5\n");
  ExpectRefused(kAllForced, "kdumpctl_test_pending");
}

TEST_F(DrillCli, RefusesWithoutTheIdOfTheBoot) {
  at_.Write("root/proc/sys/kernel/random/boot_id", "?\n");
  ExpectRefused(kAllForced, "no_boot_id");
}

TEST_F(DrillCli, WantsForceForTheRest) {
  ExpectRefused("start --confirm node-1", "daemon_not_running");
  at_.Write("root/proc/sys/kernel/panic_on_oops", "0\n");
  ExpectRefused("start --confirm node-1", "panic_on_oops");
}

TEST_F(DrillCli, RefusesInACaptureKernel) {
  at_.Write("root/proc/vmcore", "");
  const Said said = Drill(kAllForced);
  EXPECT_EQ(said.status, 1);
  EXPECT_NE(said.text.find("this is a capture kernel"), std::string::npos) << said.text;
  EXPECT_EQ(Trigger(), "");
}

}  // namespace
}  // namespace kdumpd
