// SPDX-License-Identifier: Apache-2.0
#include "daemon/render/boots_json.h"

#include <gtest/gtest.h>

#include "daemon/core/capture_failure.h"
#include "daemon/render/crashes_text.h"
#include "daemon/render/render.h"
#include "tests/render/sample_boots.h"
#include "tests/render/schema_check.h"

namespace kdumpd {
namespace {

using Json = nlohmann::json;

TEST(BootsJson, SaysWhatTheStateSays) {
  const std::string text = BootsJson(BootsState());
  EXPECT_TRUE(text.ends_with("}\n"));
  const Json json = Json::parse(text);
  EXPECT_EQ(json["schema_version"], 1);
  EXPECT_EQ(json["node"], "node7");
  EXPECT_EQ(json["running"], Json::parse(R"({
      "boot_id": "6f3c1a524a1e4c559a6e3f2b8e1d7c90", "began": "2026-11-22T07:00:00Z",
      "armed": false, "armed_since": "2026-11-22T07:00:40Z"})"));
  EXPECT_EQ(json["decided"], true);
  ASSERT_EQ(json["boots"].size(), 3U);
  Json first = json["boots"][0];
  const Json cause = first["cause"];
  first.erase("cause");
  EXPECT_EQ(first, Json::parse(R"({
      "boot_id": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1", "began": "2026-11-21T20:58:23Z",
      "last_sign": "2026-11-22T06:58:23Z", "ended_by": "2026-11-22T07:00:00Z",
      "outcome": "missed", "confidence": "high", "reason": "hop_failed",
      "message": "it panicked while kdump was armed, and the capture kernel did not take over",
      "evidence": [
        {"source": "heartbeat",
         "says": "it was armed 2 min before the next boot; nothing announced the end"},
        {"source": "dumps", "says": "none of that time in /var/crash"}],
      "armed": true, "crash_id": "20261122t065823z-0123456789abcdef", "drill": null,
      "historic": false, "decided_at": "2026-11-22T07:03:20Z"})"));
  EXPECT_EQ(cause["code"], "hop_failed");
  EXPECT_EQ(cause["line"], "a panic record of an armed kernel");
  EXPECT_EQ(cause["meaning"], CaptureFailureOf("hop_failed")->meaning);
  EXPECT_EQ(cause["remedy"], CaptureFailureOf("hop_failed")->remedy);
  EXPECT_EQ(json["boots"][1]["drill"], "0123456789abcdef");
  EXPECT_EQ(json["boots"][1]["cause"], nullptr);
}

TEST(BootsJson, WhatIsNotKnownIsNull) {
  const Json unwatched = Json::parse(BootsJson(BootsState()))["boots"][2];
  for (const char* field :
       {"boot_id", "began", "last_sign", "armed", "cause", "crash_id", "drill"}) {
    EXPECT_TRUE(unwatched.at(field).is_null()) << field;
  }
  EXPECT_EQ(unwatched["evidence"], Json::array());
  EXPECT_EQ(unwatched["historic"], true);
  const Json none = Json::parse(BootsJson(State{}));
  EXPECT_EQ(none["boots"], nullptr);
  EXPECT_EQ(none["decided"], false);
  for (const auto& [name, value] : none["running"].items()) EXPECT_TRUE(value.is_null()) << name;
  State empty;
  empty.boots = std::make_shared<const std::vector<BootRecord>>();
  EXPECT_EQ(Json::parse(BootsJson(empty))["boots"], Json::array());
}

TEST(BootsJson, ACauseThatANewerDaemonFoundIsToldByItsCode) {
  BootRecord boot;
  boot.cause = "of_tomorrow";
  EXPECT_EQ(
      BootJson(boot)["cause"],
      Json::parse(R"({"code": "of_tomorrow", "line": null, "meaning": null, "remedy": null})"));
}

TEST(BootsJson, IsWhatIsPublished) {
  std::string documents = "[" + BootsJson(State{});
  for (const State& state : {BootsState(), HostileBootsState()})
    documents += "," + BootsJson(state);
  const auto [status, output] = CheckSchema("boots", documents + "]");
  if (status == 77) GTEST_SKIP() << "python3-jsonschema is not installed";
  EXPECT_EQ(status, 0) << output << documents;
}

TEST(BootsJson, HostileTextStaysText) {
  const State state = HostileBootsState();
  for (const std::string& text : {BootsJson(state), CrashesJson(state), StatusJson(state)}) {
    EXPECT_TRUE(Json::accept(text)) << text;  // refuses bytes that are no UTF-8
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\xff'), std::string::npos);
  }
}

TEST(StatusJson, HowTheLastBootEndedAndWhatCameOfTheLastDrill) {
  State state = BootsState();
  Json json = Json::parse(StatusJson(state));
  EXPECT_EQ(json["last_boot"], "missed");
  EXPECT_EQ(json["drill"], nullptr) << "nothing can be remembered";
  state.boots_decided = false;
  state.drills = std::make_shared<const Drills>();
  json = Json::parse(StatusJson(state));
  EXPECT_EQ(json["last_boot"], nullptr) << "the last one on record is an earlier one";
  EXPECT_EQ(json["drill"]["pending"], nullptr);
  EXPECT_EQ(json["drill"]["last"], nullptr);
  EXPECT_EQ(json["drill"]["enabled"], false);
  Drills drills = SampleDrills();
  drills.pending = drills.last->intent;
  state.drills = std::make_shared<const Drills>(drills);
  state.drill_enabled = true;
  json = Json::parse(StatusJson(state));
  EXPECT_EQ(json["drill"]["pending"], "0123456789abcdef");
  EXPECT_EQ(json["drill"]["last"], "passed");
  EXPECT_EQ(json["drill"]["enabled"], true);
}

// A crash that left no dump is in no listing of the dumps, whole or not.
TEST(CrashesJson, ACrashWithoutADump) {
  State state = BootsState();
  state.crashes = std::make_shared<const std::vector<CrashRecord>>(std::vector{MissedCrash()});
  for (const bool partial : {false, true}) {
    state.facts.dumps_partial = partial;
    const Json json = Json::parse(CrashesJson(state));
    EXPECT_EQ(json["total"], 3);
    const Json& crash = json["crashes"][0];
    EXPECT_EQ(crash["crash_time"], "2026-11-22T06:58:23Z");
    EXPECT_EQ(crash["dump_state"], "unknown");
    EXPECT_EQ(crash["reason"], "hop_failed");
    for (const char* field : {"directory", "vmcore", "log", "modified"}) {
      EXPECT_TRUE(crash.at(field).is_null()) << field;
    }
    const Json& record = crash["record"];
    EXPECT_EQ(record["capture"], "missed");
    EXPECT_EQ(record["ended_boot"], "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1");
    EXPECT_EQ(record["cause"]["code"], "hop_failed");
    EXPECT_EQ(record["pruned"], nullptr);
    EXPECT_EQ(record["drill"], nullptr);
  }
  const Crash crash{nullptr, &state.crashes->front()};
  const Json shown = Json::parse(CrashDocument(state, crash, nullptr));
  EXPECT_EQ(shown["boot"]["outcome"], "missed");
  EXPECT_EQ(shown["report"], nullptr);
  state.boots = nullptr;
  EXPECT_EQ(Json::parse(CrashDocument(state, crash, nullptr))["boot"], nullptr);
}

}  // namespace
}  // namespace kdumpd
