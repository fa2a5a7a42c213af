// SPDX-License-Identifier: Apache-2.0
#include "daemon/render/inspection_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "daemon/core/inspect_wire.h"
#include "tests/render/schema_check.h"
#include "tests/support/inspections.h"

namespace kdumpd {
namespace {

using Json = nlohmann::json;

TEST(InspectionJson, SaysWhatWasFound) {
  const std::string text = InspectionJson(WholeInspection(), "/var/crash/x/vmcore");
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_EQ(Json::parse(text), Json::parse(R"json({
      "schema_version": 1, "path": "/var/crash/x/vmcore", "format": "kdump",
      "container": "flattened", "bytes": 1765720, "compression": "zlib", "header_version": 6,
      "dump_level": 31, "page_size": 4096, "erased": false,
      "split": {"start_pfn": 0, "end_pfn": 73693, "parts": 2},
      "state": "complete", "reason": "data_end_matches",
      "detail": "the data end where the file ends",
      "check": {"level": "sampled", "needs_bytes": 1765720, "pages": 2646, "pages_checked": 64,
                "pages_bad": 0},
      "architecture": "x86_64", "kernel_release": "6.1.0-56-cloud-amd64",
      "kernel_version": "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)",
      "node": "kdump-fast", "build_id": "9134668f05823501af165f3b4d630500a2a2267d",
      "crash_time": "2026-11-22T08:06:48Z", "cpus": 2, "translation": null,
      "log": {"kind": "ring", "reason": null, "detail": null, "records": 412, "dropped_older": 0,
              "lost": 0, "first_sequence": 0, "uptime_seconds": 23.456789},
      "hardware": null, "crash": null, "signature": null
})json"));
}

TEST(InspectionJson, SaysWhatCrashed) {
  const Json json = Json::parse(InspectionJson(CrashedInspection()));
  EXPECT_EQ(json["hardware"], "QEMU Standard PC (i440FX + PIIX, 1996), BIOS 1.16.2 04/01/2014");
  EXPECT_EQ(json["crash"], Json::parse(R"json({
      "category": "soft_lockup", "fatal": true, "title": "soft lockup in trig [crashme]",
      "reason": "watchdog: BUG: soft lockup - CPU#1 stuck for 23s! [init:17]",
      "panic_message": "softlockup: hung tasks", "at_seconds": 13.242113, "task": "init",
      "pid": 17, "cpu": 1, "function": "trig", "module": "crashme",
      "kernel_release": "6.1.0-56-cloud-amd64",
      "taint": {"letters": "OE", "meanings": ["a module from outside the tree",
                                              "an unsigned module"]},
      "oopses": 2,
      "frames": [
        {"function": "trig", "module": "crashme", "offset": 760, "reliable": true,
         "instruction_pointer": true, "context": "task"},
        {"function": "timer_fn", "module": null, "offset": 16, "reliable": false,
         "instruction_pointer": false, "context": "irq"},
        {"function": "full_proxy_write", "module": null, "offset": 83, "reliable": true,
         "instruction_pointer": false, "context": "task"}],
      "modules": ["virtio_blk", "crashme(OE)"],
      "last_lines": ["[    4.842968] crashme: softlockup",
        "[   13.242113] watchdog: BUG: soft lockup - CPU#1 stuck for 23s! [init:17]"]
})json"));
  EXPECT_EQ(json["signature"], Json::parse(R"json({
      "version": 1, "hash": "v1-0123456789abcdef", "basis": "frames",
      "pre_image": "soft_lockup\ntrig [crashme]\nfull_proxy_write\n"
})json"));
}

// The answer of the helper has a bound.
TEST(InspectionJson, TheLargestFitsIntoAFrame) {
  EXPECT_LT(InspectionJson(HostileInspection(), std::string(9000, '"')).size(), kMaxFactsFrame);
}

TEST(InspectionJson, WhatIsNotKnownIsNull) {
  const Json json = Json::parse(InspectionJson(Inspection{}));
  for (const char* key : {"path", "container", "compression", "header_version", "dump_level",
                          "page_size", "split", "detail", "architecture", "kernel_release",
                          "kernel_version", "node", "build_id", "crash_time", "cpus"}) {
    EXPECT_TRUE(json.at(key).is_null()) << key;
  }
  EXPECT_TRUE(json["check"]["needs_bytes"].is_null());
  EXPECT_TRUE(json["log"]["kind"].is_null());
  EXPECT_TRUE(json["log"]["uptime_seconds"].is_null());
  EXPECT_EQ(json["state"], "unknown");
}

TEST(InspectionJson, LinesOfTheLogAndHostilePaths) {
  const std::vector<std::string> lines{"<6>[    0.000000] \"a\"", "<6>[    0.000001] \\x1b"};
  const Json json = Json::parse(InspectionJson(WholeInspection(), "a\x1b\xff/vmcore", lines));
  EXPECT_EQ(json["log_lines"], Json(lines));
  EXPECT_EQ(json["path"], "a\\x1b\\xff/vmcore");
  EXPECT_EQ(Json::parse(InspectionJson(WholeInspection(), "x", {}))["log_lines"], Json::array());
  EXPECT_FALSE(Json::parse(InspectionJson(WholeInspection(), "x")).contains("log_lines"));
}

TEST(InspectionJson, SeveralStandInOneDocument) {
  const std::string text = std::string(kInspectionsBegin) + InspectionJson(WholeInspection(), "a") +
                           "," + InspectionJson(TruncatedInspection(), "b") +
                           std::string(kInspectionsEnd);
  const Json json = Json::parse(text);
  EXPECT_EQ(json["schema_version"], 1);
  EXPECT_EQ(json["inspections"][1]["path"], "b");
}

TEST(InspectionJson, IsWhatIsPublished) {
  std::string documents;
  for (const Inspection& sample : InspectionSamples()) {
    documents += (documents.empty() ? "[" : ",") + InspectionJson(sample, "a\xff");
  }
  documents += "," + InspectionJson(WholeInspection(), "", std::vector<std::string>{"a line"});
  const auto [status, output] = CheckSchema("inspection", documents + "]");
  if (status == 77) GTEST_SKIP() << "python3-jsonschema is not installed";
  EXPECT_EQ(status, 0) << output << documents;
}

TEST(ParseInspection, GivesBackWhatWasWrittenSanitized) {
  for (const Inspection& sample : InspectionSamples()) {
    Inspection want = sample;
    Sanitize(want);
    const std::string text = InspectionJson(sample, "a path is not part of it");
    const auto parsed = ParseInspection(text);
    ASSERT_TRUE(parsed) << parsed.error().message << text;
    EXPECT_EQ(*parsed, want) << text;
    EXPECT_EQ(InspectionJson(*parsed), InspectionJson(sample));
  }
}

// What is put in the place of the value at `pointer`, and what comes of it.
struct Row {
  const char* pointer;
  const char* value;
  bool taken;
};
constexpr Row kRows[] = {
    {"/schema_version", "1", true},
    {"/schema_version", "2", false},
    {"/schema_version", "\"1\"", false},
    {"/schema_version", "null", false},
    {"/state", "\"complete\"", true},
    {"/state", "\"complet\"", false},
    {"/state", "null", false},
    {"/state", "1", false},
    {"/format", "\"log\"", true},
    {"/format", "\"logs\"", false},
    {"/reason", "null", true},
    {"/reason", "[]", false},
    {"/bytes", "18446744073709551615", true},
    {"/bytes", "18446744073709551616", false},
    {"/bytes", "-1", false},
    {"/bytes", "1.5", false},
    {"/bytes", "1e3", false},
    {"/bytes", "\"1\"", false},
    {"/bytes", "true", false},
    {"/dump_level", "2147483647", true},
    {"/dump_level", "2147483648", false},
    {"/dump_level", "-5", true},
    {"/cpus", "4294967295", true},
    {"/cpus", "4294967296", false},
    {"/page_size", "-9223372036854775808", false},
    {"/erased", "true", true},
    {"/erased", "null", true},
    {"/erased", "1", false},
    {"/split", "null", true},
    {"/split", "[]", false},
    {"/split/parts", "-1", false},
    {"/check", "null", false},  // it has the level
    {"/check/level", "\"pages\"", true},
    {"/check/level", "\"page\"", false},
    {"/check/pages", "{}", false},
    {"/crash_time", "\"2026-11-22T08:06:48Z\"", true},
    {"/crash_time", "\"2026-02-29T08:06:48Z\"", false},
    {"/crash_time", "\"2026-11-22T24:06:48Z\"", false},
    {"/crash_time", "\"2026-11-22T08:60:48Z\"", false},
    {"/crash_time", "\"2026-11-22T08:06:48+00:00\"", false},
    {"/crash_time", "\"2026-11-22T08:06:48\"", false},
    {"/crash_time", "\"2026-1x-22T08:06:48Z\"", false},
    {"/crash_time", "1795334808", false},
    {"/log", "null", true},
    {"/log", "\"none\"", false},
    {"/log/uptime_seconds", "12", true},
    {"/log/uptime_seconds", "1e13", true},
    {"/log/uptime_seconds", "1e14", false},
    {"/log/uptime_seconds", "-0.5", false},
    {"/log/uptime_seconds", "\"1\"", false},
    {"/log/records", "1e400", false},
    {"/crash", "null", true},
    {"/crash", "[]", false},
    {"/crash", "\"sysrq\"", false},
    {"/crash/category", "\"oom\"", true},
    {"/crash/category", "\"out_of_memory\"", false},
    {"/crash/category", "null", false},
    {"/crash/pid", "-1", true},  // and then not known
    {"/crash/pid", "1.5", false},
    {"/crash/cpu", "-1", false},
    {"/crash/fatal", "1", false},
    {"/crash/at_seconds", "-1", false},
    {"/crash/frames", "null", true},
    {"/crash/frames", "{}", false},
    {"/crash/frames", "[1]", false},
    {"/crash/frames/0/context", "\"irq\"", true},
    {"/crash/frames/0/context", "\"softirq\"", false},
    {"/crash/frames/0/offset", "-1", false},
    {"/crash/modules", "[\"a\", null]", false},
    {"/crash/last_lines", "[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\"]", true},
    {"/crash/last_lines", "[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]", false},
    {"/crash/taint", "\"OE\"", false},
    {"/signature", "null", true},
    {"/signature/hash", "\"v1-0123456789abcdeg\"", true},  // and then none
    {"/signature/hash", "1", false},
    {"/signature/version", "\"1\"", false},
    {"/node", "7", false},
    {"/node", "{\"a\": 1}", false},
};

TEST(ParseInspection, RefusesWhatIsNoSuchDocument) {
  for (const Row& row : kRows) {
    Json json = Json::parse(InspectionJson(CrashedInspection()));
    json[Json::json_pointer(row.pointer)] = "THE VALUE";
    std::string text = json.dump();
    text.replace(text.find("\"THE VALUE\""), 11, row.value);
    const auto parsed = ParseInspection(text);
    EXPECT_EQ(parsed.has_value(), row.taken) << row.pointer << ' ' << row.value;
    EXPECT_TRUE(parsed || parsed.error().code == ErrorCode::kInvalid);
  }
}

TEST(ParseInspection, UnknownFieldsAndRepeatedOnesDoNotMatter) {
  std::string text = InspectionJson(WholeInspection());
  text.back() = ',';
  text += R"("colour": {"a": [1, 2]}, "node": "again"})";
  const auto parsed = ParseInspection(text);
  ASSERT_TRUE(parsed) << parsed.error().message;
  Inspection want = WholeInspection();
  want.node = "again";
  EXPECT_EQ(*parsed, want);
}

TEST(ParseInspection, NoLengthDepthOrShapeBreaksIt) {
  const std::string good = InspectionJson(WholeInspection());
  const auto with = [&](const std::string& value) {
    return good.substr(0, good.size() - 1) + ",\"x\":" + value + "}";
  };
  const std::string deepest = std::string(7, '[') + std::string(7, ']');
  EXPECT_TRUE(ParseInspection(with(deepest)));
  EXPECT_FALSE(ParseInspection(with("[" + deepest + "]")));
  EXPECT_FALSE(ParseInspection(std::string(200'000, '[')));
  EXPECT_TRUE(
      ParseInspection(with("\"" + std::string(64, '[') + "\\\"" + std::string(64, '[') + "\"")));
  const std::string bound(256 * 1024 - good.size(), ' ');
  EXPECT_TRUE(ParseInspection(good + bound));
  EXPECT_FALSE(ParseInspection(good + bound + ' '));
  for (const char* text : {"", "null", "1", "[]", "{}", "\"x\"", "{", "nul", "\xff",
                           "{\"a\":\"\xff\"}", "{\"schema_version\":1}"}) {
    EXPECT_FALSE(ParseInspection(text)) << text;
  }
  for (std::size_t i = 0; i < good.size(); ++i) {
    EXPECT_FALSE(ParseInspection(std::string_view(good).substr(0, i))) << i;
  }
}

}  // namespace
}  // namespace kdumpd
