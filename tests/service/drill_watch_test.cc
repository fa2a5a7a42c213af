// SPDX-License-Identifier: Apache-2.0
// What comes of a drill, seen by the real daemon after the boot.
#include "daemon/drill_watch.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include "tests/support/node_life.h"

namespace kdumpd {
namespace {

using Json = nlohmann::json;

class DrillWatchTest : public testing::Test {
 protected:
  void SetUp() override {
    node_.Start();
    ASSERT_TRUE(node_.Watches());
  }
  // As `kdumpd drill start` leaves it immediately before it asks for the crash.
  void Ask() {
    const UniqueFd fd(open(node_.Path("state").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    auto store = DrillStore::Open(fd.get());
    DrillIntent intent;
    intent.id = "00112233445566aa";
    intent.node = "node-1";
    intent.boot_id = NodeLife::BootId(node_.boots());
    intent.requested_at = Now();
    ASSERT_TRUE(store->Begin(intent));
    intent.crash_at = Now();
    ASSERT_TRUE(store->MarkCrashing(intent));
  }
  void Back() {
    node_.Kill();
    node_.Boot(Now());
    node_.Start();
  }
  [[nodiscard]] Json Last() const {
    const Json file = Json::parse(FileText(node_.Path("state/drill.json")), nullptr, false);
    return file.is_object() ? file["last"] : Json();
  }
  bool Judged() {
    return Eventually([&] {
      return Last().is_object() && !std::filesystem::exists(node_.Path("state/drill.pending"));
    });
  }
  [[nodiscard]] std::string Metrics() { return node_.daemon().Get("/metrics").body; }

  NodeLife node_;
};

TEST_F(DrillWatchTest, ADrillThatWasCapturedHasPassedAndIsNoCrash) {
  Ask();
  node_.WriteDump(Now());
  Back();
  ASSERT_TRUE(Judged()) << node_.daemon().process().Output();
  EXPECT_EQ(Last()["result"], "passed") << Last();
  EXPECT_TRUE(node_.daemon().Shows("kdump_last_drill_success 1\n"));
  EXPECT_TRUE(node_.daemon().Shows("kdump_last_boot_outcome{outcome=\"captured\"} 1\n"));
  const std::string metrics = Metrics();
  EXPECT_EQ(NodeLife::Counted(metrics), 0);
  EXPECT_EQ(NodeLife::Unacknowledged(metrics), 0);
  EXPECT_EQ(metrics.find("\nkdump_last_crash_info{"), std::string::npos);
  EXPECT_EQ(metrics.find("\nkdump_last_crash_timestamp_seconds "), std::string::npos);
  EXPECT_NE(metrics.find("\nkdump_last_drill_timestamp_seconds "), std::string::npos);
  EXPECT_EQ(node_.LastBoot()["drill"], "00112233445566aa");
}

TEST_F(DrillWatchTest, ADrillThatWasLostHasFailedAndSaysMissed) {
  Ask();
  Back();
  ASSERT_TRUE(Judged()) << node_.daemon().process().Output();
  EXPECT_EQ(Last()["result"], "failed");
  EXPECT_EQ(Last()["reason"], "not_captured");
  EXPECT_TRUE(node_.daemon().Shows("kdump_last_drill_success 0\n"));
  EXPECT_TRUE(node_.daemon().Shows("kdump_last_boot_outcome{outcome=\"missed\"} 1\n"));
  EXPECT_EQ(NodeLife::Counted(Metrics()), 0);
}

TEST_F(DrillWatchTest, ADumpOfAnotherTimeIsNotTheDrills) {
  Ask();
  node_.WriteDump(Now() - 600);
  Back();
  ASSERT_TRUE(Judged()) << node_.daemon().process().Output();
  EXPECT_EQ(Last()["result"], "failed");
  EXPECT_EQ(Last()["reason"], "another_crash") << Last();
  EXPECT_TRUE(node_.daemon().Shows("kdump_unacknowledged_crashes 1\n"));
  // Nobody asked for it; it counts from the look after the verdict.
  EXPECT_TRUE(Eventually([&] { return NodeLife::Counted(Metrics()) == 1; }));
}

TEST_F(DrillWatchTest, KilledBetweenTheCrashAndTheVerdictItIsJudgedAll) {
  Ask();
  node_.WriteDump(Now());
  for (int i = 0; i < 6; ++i) {
    Back();
    std::this_thread::sleep_for(std::chrono::milliseconds(350 * i));
    node_.Kill();
    node_.Start();
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    if (i < 5) node_.Kill();
    if (i < 5) node_.Start();
  }
  ASSERT_TRUE(Judged()) << node_.daemon().process().Output();
  EXPECT_EQ(Last()["result"], "passed") << Last();
  EXPECT_EQ(NodeLife::Counted(Metrics()), 0);
}

}  // namespace
}  // namespace kdumpd
