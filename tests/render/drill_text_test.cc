// SPDX-License-Identifier: Apache-2.0
#include "daemon/render/drill_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/render/schema_check.h"
#include "tests/support/sample_drill.h"

namespace kdumpd {
namespace {

using Json = nlohmann::json;

DrillRecord Passed() {
  DrillRecord record = Record(DrillResult::kPassed);
  record.message = "the dump is whole, written 40 s after the crash";
  return record;
}

State Node() {
  State state;
  state.now = 1'795'000'300;
  state.node = "node-1";
  return state;
}

DrillAnswer Answer(const char* action) {
  DrillAnswer answer;
  answer.action = action;
  return answer;
}

DrillAnswer Refused() {
  DrillAnswer answer = Answer("start");
  answer.refusals = {{"not_enabled", "drills are not enabled", "drill.enabled: true", true},
                     {"panic_on_oops", "an oops kills one task", "", false}};
  return answer;
}

TEST(DrillText, Status) {
  DrillAnswer answer = Answer("status");
  answer.due = "never";
  EXPECT_EQ(DrillStatusText(Node(), answer, false),
            "node-1: no drill on record\n"
            "  due         yes: none has passed on this node\n");
  answer.drills.last = answer.drills.last_pass = Passed();
  answer.due = "";
  EXPECT_EQ(DrillStatusText(Node(), answer, false),
            "node-1: the last drill passed: the dump is whole, written 40 s after the crash\n"
            "  last        2026-11-18T11:06:46Z, passed (captured), drill 0123456789abcdef\n"
            "  times       dump after 40 s, armed again after 3 min\n"
            "  crash       20261118t110646z-0123456789abcdef\n"
            "  due         no\n");
  EXPECT_NE(DrillStatusText(Node(), answer, true).find("\033[32mpassed"), std::string::npos);
}

TEST(DrillText, StatusOfAFailureSinceAPass) {
  DrillAnswer answer = Answer("status");
  answer.drills.last_pass = Passed();
  answer.drills.last = Passed();
  answer.drills.last->result = DrillResult::kFailed;
  answer.drills.last->reason = "not_captured";
  answer.drills.last->message = "the node crashed, and no dump was kept";
  answer.drills.last->crash_id = "";
  answer.drills.last->dump_seconds = answer.drills.last->back_seconds = 0;
  answer.due = "changed";
  EXPECT_EQ(DrillStatusText(Node(), answer, false),
            "node-1: the last drill is failed: the node crashed, and no dump was kept\n"
            "  last        2026-11-18T11:06:46Z, failed (not_captured), drill 0123456789abcdef\n"
            "  last pass   2026-11-18T11:06:46Z, passed (captured), drill 0123456789abcdef\n"
            "  due         yes: kernel, initramfs, configuration or reservation changed since the "
            "last pass\n");
}

TEST(DrillText, StatusOfAPendingOne) {
  DrillAnswer answer = Answer("status");
  State state = Node();
  state.facts.kdump_test = Fact<KdumpTestMark>::Known(
      {KdumpTestMark::Status::kFail, 0, 1'795'000'100}, "vmcore-creation.status");
  answer.drills.pending = Passed().intent;
  EXPECT_EQ(DrillStatusText(state, answer, false),
            "node-1: a drill is pending\n"
            "  pending     0123456789abcdef, requested 2026-11-18T11:06:40Z, crash asked for "
            "2026-11-18T11:06:46Z\n"
            "  kdumpctl    fail, 2026-11-18T11:08:20Z\n"
            "  due         no\n");
}

TEST(DrillText, WhyThereIsNone) {
  DrillAnswer answer = Refused();
  EXPECT_EQ(DrillRefusedText(Node(), answer, false),
            "node-1: no drill, because\n"
            "  not_enabled: drills are not enabled\n"
            "    -> drill.enabled: true\n"
            "and, unless --force:\n"
            "  panic_on_oops: an oops kills one task\n");
  answer.refusals.erase(answer.refusals.begin());
  EXPECT_EQ(DrillRefusedText(Node(), answer, false),
            "node-1: no drill, because\n"
            "  panic_on_oops: an oops kills one task\n"
            "--force starts it all the same\n");
}

TEST(DrillText, WhatForceDoes) {
  EXPECT_TRUE(MayStart({}, false));
  EXPECT_FALSE(MayStart(Refused().refusals, false));
  EXPECT_FALSE(MayStart(Refused().refusals, true)) << "one of them is hard";
  EXPECT_FALSE(MayStart({{"a", "", "", false}}, false));
  EXPECT_TRUE(MayStart({{"a", "", "", false}}, true));
}

TEST(DrillText, IsShownAndNotObeyed) {
  DrillAnswer answer = Answer("status");
  answer.drills.last = Passed();
  answer.drills.last->message = "\x1b[2J\xff";
  answer.refusals = {{"other_node", "\x1b[2J", "\x1b[2J", true}};
  for (const std::string& text :
       {DrillStatusText(Node(), answer, false), DrillRefusedText(Node(), answer, false),
        DrillJson(Node(), answer)}) {
    EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
    EXPECT_EQ(text.find('\xff'), std::string::npos) << text;
  }
}

TEST(DrillJson, SaysWhatIsOnRecord) {
  DrillAnswer answer = Answer("status");
  answer.drills = {Passed().intent, Passed(), Passed()};
  answer.due = "changed";
  const Json json = Json::parse(DrillJson(Node(), answer));
  EXPECT_EQ(json["node"], "node-1");
  EXPECT_EQ(json["action"], "status");
  EXPECT_EQ(json["due"], "changed");
  EXPECT_EQ(json["kdumpctl_test"], nullptr);
  EXPECT_EQ(json["pending"], Json::parse(R"({"id": "0123456789abcdef", "node": "node-1",
      "requested_at": "2026-11-18T11:06:40Z", "crash_at": "2026-11-18T11:06:46Z"})"));
  EXPECT_EQ(json["last"]["result"], "passed");
  EXPECT_EQ(json["last"]["dump_seconds"], 40);
  EXPECT_EQ(json["last"], json["last_pass"]);
}

TEST(DrillJson, IsWhatItsSchemaSays) {
  std::string documents = "[" + DrillJson(Node(), Refused());
  DrillAnswer full = Answer("cancel");
  full.drills = {Passed().intent, Passed(), Passed()};
  full.due = "never";
  full.cancelled = "0123456789abcdef";
  full.problem = "none";
  State state = Node();
  state.facts.kdump_test =
      Fact<KdumpTestMark>::Known({KdumpTestMark::Status::kManual, 5, 6}, "status");
  documents += "," + DrillJson(state, full);
  full.drills.pending->crash_at = 0;
  full.drills.last->dump_seconds = 0;
  for (int i = 0; i < kDrillResults; ++i) {
    full.drills.last->result = static_cast<DrillResult>(i);
    documents += "," + DrillJson(State{}, full);
  }
  const auto [status, output] = CheckSchema("drill", documents + "]");
  if (status == 77) GTEST_SKIP() << "no python3-jsonschema";
  EXPECT_EQ(status, 0) << output;
}

}  // namespace
}  // namespace kdumpd
