// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "daemon/render/render.h"
#include "tests/render/sample_boots.h"
#include "tests/render/schema_check.h"

namespace kdumpd {
namespace {

using Json = nlohmann::json;

TEST(ReadinessJson, SaysWhatTheStateSays) {
  const std::string text = ReadinessJson(SampleState());
  EXPECT_TRUE(text.ends_with("}\n"));
  const Json json = Json::parse(text);
  EXPECT_EQ(json["schema_version"], 1);
  EXPECT_EQ(json["node"], "node7");
  EXPECT_EQ(json["time"], "2026-11-22T07:15:03Z");
  EXPECT_EQ(json["verdict"], "not_ready");
  EXPECT_EQ(json["reason"], "crash_kernel_loaded");
  EXPECT_EQ(json["message"], "no capture kernel is loaded");
  EXPECT_EQ(json["armed"], false);
  EXPECT_EQ(json["configured"], true);
  EXPECT_EQ(json["distribution"], "rhel");
  EXPECT_EQ(json["kernel_release"], "5.14.0-503.el9.x86_64");
  ASSERT_EQ(json["checks"].size(), 5U);
  EXPECT_EQ(json["checks"][2], Json::parse(R"({
      "id": "crash_kernel_loaded", "scope": "armed", "policy": "require", "status": "fail",
      "reason": "a_code", "message": "no capture kernel is loaded",
      "evidence": [{"source": "/sys/kernel/kexec_crash_loaded", "value": "0"},
                   {"source": "kdump.service", "value": "ActiveState=active/exited"}],
      "remedy": "systemctl restart kdump; journalctl -b -u kdump",
      "why": "It matters.", "rule": "kernel/panic.c", "docs": "docs/checks.md#crash_kernel_loaded"})"));
  EXPECT_EQ(json["checks"][1]["policy"], "ignore");
  EXPECT_EQ(json["checks"][1]["remedy"], nullptr);
  EXPECT_EQ(json["checks"][4]["status"], "not_applicable");
  EXPECT_EQ(json["numbers"]["memory_bytes"], 34'359'738'368);
  EXPECT_EQ(json["numbers"]["reserved_bytes"], 268'435'456);
  EXPECT_EQ(json["numbers"]["target_free_bytes"], 85'899'345'920);
  const Json& numbers = json["numbers"];
  EXPECT_EQ(numbers["dump_size_estimate_bytes"]["p95"], 3'221'225'472);
  EXPECT_EQ(numbers["dump_size_estimate_method"], "learned from 2 dumps on this node");
  EXPECT_EQ(numbers["dump_duration_estimate_seconds"], Json::parse(R"({"p50": 48, "p95": 180})"));
  EXPECT_EQ(numbers["dump_duration_estimate_method"],
            "boot and waits 35 to 120 s, then lzo to a disk");
  EXPECT_EQ(numbers["needed_bytes"], 167'772'160);
  EXPECT_EQ(numbers["needed_source"], "kernel 45 MiB + 3 x initramfs 33 MiB + 16 MiB to run");
}

TEST(ReadinessJson, WhatIsNotKnownIsNull) {
  const Json json = Json::parse(ReadinessJson(State{}));
  for (const char* field : {"node", "reason", "armed", "configured", "armed_since",
                            "kernel_release", "architecture", "target"}) {
    EXPECT_TRUE(json.at(field).is_null()) << field;
  }
  for (const auto& [name, value] : json["numbers"].items()) {
    EXPECT_TRUE(value.is_null() || value.is_object()) << name;
  }
  EXPECT_TRUE(json["numbers"]["dump_size_estimate_bytes"]["p50"].is_null());
  EXPECT_TRUE(json["numbers"]["dump_duration_estimate_seconds"]["p50"].is_null());
  EXPECT_EQ(json["verdict"], "unknown");
}

TEST(ReadinessJson, ZeroIsNotNull) {
  State state;
  state.readiness.numbers.reserved_bytes = 0;
  state.readiness.armed = false;
  const Json json = Json::parse(ReadinessJson(state));
  EXPECT_EQ(json["numbers"]["reserved_bytes"], 0);
  EXPECT_EQ(json["armed"], false);
}

TEST(CrashesJson, EveryDumpInItsOrder) {
  const Json json = Json::parse(CrashesJson(SampleState()));
  EXPECT_EQ(json["crash_directory"], "/var/crash");
  EXPECT_EQ(json["problem"], nullptr);
  EXPECT_EQ(json["clipped"], false);
  ASSERT_EQ(json["crashes"].size(), 2U);
  EXPECT_EQ(json["crashes"][0], Json::parse(R"({
      "id": "20261120t010203z-c950c29f861857a6",
      "directory": "127.0.0.1-2026-11-20-01:02:03", "vmcore": "vmcore", "log": "vmcore-dmesg.txt",
      "bytes": 1610612736, "crash_time": "2026-11-20T01:02:03Z", "modified": "2026-11-20T01:03:03Z",
      "format": "kdump", "dump_state": "complete", "reason": "headers_checked",
      "historic": true, "self_test": false, "record": null})"));
  EXPECT_EQ(json["crashes"][1]["dump_state"], "truncated");
}

// A record beside its dump, one of a dump that is gone, and one that no look has come to yet.
State RecordedState() {
  State state = SampleState();
  std::vector<CrashRecord> records(3);
  const Dump& dump = state.facts.dumps.value()[1];
  records[0].id = CrashId("machine", dump.directory, dump.crash_time);
  records[0].directory = dump.directory;
  records[0].vmcore = dump.vmcore;
  records[0].crash_time = dump.crash_time;
  records[0].sealed_at = dump.crash_time + 90;
  records[0].state = DumpState::kTruncated;
  records[0].inspection = InspectionState::kDone;
  records[0].attempts = 2;
  records[0].category = CrashCategory::kSysrq;
  records[0].title = "sysrq: crash\x1b[2J";
  records[0].ended_boot = std::string(32, 'a');
  records[0].cause = "no_space";
  records[0].cause_line = "cp: error writing: No space left on device";
  records[0].counted = CountedAs{CrashCategory::kSysrq, Capture::kPartial};
  records[1].id = CrashId("machine", dump.directory, 5);
  records[1].directory = dump.directory;  // the same place, an earlier crash
  records[1].vmcore = dump.vmcore;
  records[1].crash_time = 5;
  records[1].gone_at = dump.crash_time;
  records[2].id = CrashId("machine", "unseen", 6);
  records[2].directory = "unseen";
  records[2].vmcore = "vmcore";
  state.crashes = std::make_shared<const std::vector<CrashRecord>>(records);
  return state;
}

TEST(CrashesJson, WhatIsRememberedOfEach) {
  const State state = RecordedState();
  const std::vector<CrashRecord>& records = *state.crashes;
  const Json json = Json::parse(CrashesJson(state));
  EXPECT_EQ(json["total"], 3);
  ASSERT_EQ(json["crashes"].size(), 3U);
  EXPECT_EQ(json["crashes"][0]["record"], nullptr);
  const Json& record = json["crashes"][1]["record"];
  EXPECT_EQ(record["id"], records[0].id);
  EXPECT_EQ(record["inspection"], "done");
  EXPECT_EQ(record["attempts"], 2);
  EXPECT_EQ(record["failure"], nullptr);
  EXPECT_EQ(record["category"], "sysrq");
  EXPECT_EQ(record["capture"], "partial");
  EXPECT_EQ(record["acknowledged"], nullptr);
  EXPECT_EQ(record["gone"], nullptr);
  EXPECT_EQ(record["cause"]["line"], "cp: error writing: No space left on device");
  EXPECT_EQ(std::string(record["title"]).find('\x1b'), std::string::npos);
  EXPECT_EQ(json["crashes"][2]["record"]["id"], records[1].id);
  EXPECT_EQ(json["crashes"][2]["dump_state"], "gone");
  EXPECT_FALSE(json["crashes"][2]["record"]["gone"].is_null());
}

TEST(CrashesJson, NotKnownIsNullAndNoneIsEmpty) {
  using Dumps = Fact<std::vector<Dump>>;
  State state = SampleState();
  state.facts.dumps = Dumps::Unreadable("/var/crash", "Permission denied");
  Json json = Json::parse(CrashesJson(state));
  EXPECT_EQ(json["crashes"], nullptr);
  EXPECT_EQ(json["problem"], "Permission denied");
  EXPECT_EQ(json["crash_directory"], nullptr);

  Target target;
  target.live_path = "/srv/crash";
  state.facts.target = Fact<Target>::Known(target, "/etc/kdump.conf");
  state.facts.dumps = Dumps::Absent("/srv/crash");
  json = Json::parse(CrashesJson(state));
  EXPECT_EQ(json["crashes"], Json::array());
  EXPECT_EQ(json["crash_directory"], "/srv/crash");

  state.facts.dumps = Dumps::Known({}, "/var/crash");
  EXPECT_EQ(Json::parse(CrashesJson(state))["crashes"], Json::array());
}

TEST(CrashesJson, ADumpWithoutDirectoryFilesOrTime) {
  State state = SampleState();
  state.facts.dumps = Fact<std::vector<Dump>>::Known({Dump{}}, "/var/crash");
  state.facts.dumps_clipped = true;
  const Json json = Json::parse(CrashesJson(state));
  EXPECT_EQ(json["clipped"], true);
  for (const char* field : {"directory", "vmcore", "log", "crash_time", "modified", "reason"}) {
    EXPECT_TRUE(json["crashes"][0].at(field).is_null()) << field;
  }
}

TEST(CrashesJson, DifferentNamesStayDifferent) {
  State state = SampleState();
  auto& dumps = state.facts.dumps.value();
  dumps[0].directory = "a\xff";
  dumps[1].directory = "a\\xff";
  const Json json = Json::parse(CrashesJson(state));
  EXPECT_EQ(json["crashes"][0]["directory"], "a\\xff");
  EXPECT_EQ(json["crashes"][1]["directory"], "a\\x5cxff");
}

TEST(StatusJson, SaysWhatTheStateSays) {
  const Json json = Json::parse(StatusJson(SampleState()));
  EXPECT_EQ(json["version"], "0.1.0");
  EXPECT_EQ(json["uptime_seconds"], 3600);
  EXPECT_EQ(json["started"], "2026-11-22T06:15:03Z");
  EXPECT_EQ(json["sources"], Json::parse(R"([{"name": "procfs", "up": true, "problem": null},
      {"name": "dbus", "up": false, "problem": "timed out"}])"));
  EXPECT_EQ(json["observe"]["count"], 10);
  EXPECT_EQ(json["observe"]["seconds"], 0.5);
  EXPECT_EQ(json["observe"]["durations"][0],
            Json::parse(R"({"up_to_seconds": 0.005, "count": 7})"));
  EXPECT_EQ(json["observe"]["durations"][5], Json::parse(R"({"up_to_seconds": null, "count": 2})"));
  EXPECT_EQ(json["config_last_reload_successful"], true);
  EXPECT_EQ(json["last_crash_time"], nullptr);
}

TEST(StatusJson, AClockThatWentBackGivesNoNegativeUptime) {
  State state = SampleState();
  state.started_at = state.now + 100;
  EXPECT_EQ(Json::parse(StatusJson(state))["uptime_seconds"], 0);
}

TEST(Schema, EveryDocumentIsWhatIsPublished) {
  State unreadable;
  unreadable.facts.dumps = Fact<std::vector<Dump>>::Unreadable("/var/crash", "a reason");
  const std::vector<State> states{SampleState(),      HostileState(),  State{},
                                  unreadable,         RecordedState(), BootsState(),
                                  HostileBootsState()};
  const std::pair<const char*, std::string (*)(const State&)> rows[] = {
      {"readiness", &ReadinessJson}, {"crashes", &CrashesJson}, {"status", &StatusJson}};
  for (const auto& [schema, render] : rows) {
    std::string documents;
    for (const State& state : states) documents += (documents.empty() ? "[" : ",") + render(state);
    const auto [status, output] = CheckSchema(schema, documents + "]");
    if (status == 77) GTEST_SKIP() << "python3-jsonschema is not installed";
    EXPECT_EQ(status, 0) << schema << ": " << output << documents;
  }
}

TEST(Schema, AFieldThatIsNotPublishedIsFound) {
  Json json = Json::parse(ReadinessJson(SampleState()));
  json["checks"][0]["colour"] = "blue";
  const auto [status, output] = CheckSchema("readiness", "[" + json.dump() + "]");
  if (status == 77) GTEST_SKIP() << "python3-jsonschema is not installed";
  EXPECT_EQ(status, 1);
  EXPECT_NE(output.find("colour"), std::string::npos) << output;
}

TEST(Json, HostileTextStaysTextInEveryDocument) {
  const State state = HostileState();
  for (const std::string& text : {ReadinessJson(state), CrashesJson(state), StatusJson(state)}) {
    EXPECT_TRUE(Json::accept(text)) << text;  // refuses bytes that are no UTF-8
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\xff'), std::string::npos);
  }
  EXPECT_EQ(Json::parse(ReadinessJson(state))["message"],
            "<script>alert('x')</script>\"&\\x1b[2J\\x0a\\xff\\");
}

TEST(CrashesJson, ManyDumpsInBoundedText) {
  State state = SampleState();
  auto& dumps = state.facts.dumps.value();
  for (const std::size_t count : {1'000U, 1'001U, 10'000U}) {
    dumps.resize(1);
    dumps.resize(count, dumps[0]);
    const std::string text = CrashesJson(state);
    const Json json = Json::parse(text);
    EXPECT_EQ(json["crashes"].size(), 1'000U);
    EXPECT_EQ(json["total"], count);
    EXPECT_EQ(json["clipped"], count > 1'000) << count;
    EXPECT_LT(text.size(), 400'000U);
  }
}

TEST(CrashesJson, AListThatIsNotWholeSaysSo) {
  State state = SampleState();
  EXPECT_EQ(Json::parse(CrashesJson(state))["clipped"], false);
  state.facts.dumps_partial = true;
  EXPECT_EQ(Json::parse(CrashesJson(state))["clipped"], true);
  state.facts.dumps_partial = false;
  state.facts.dumps_clipped = true;
  EXPECT_EQ(Json::parse(CrashesJson(state))["clipped"], true);
}

}  // namespace
}  // namespace kdumpd
