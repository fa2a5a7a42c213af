// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/record_json.h"

#include <gtest/gtest.h>

#include <string>

namespace kdumpd {
namespace {

CrashRecord FullRecord() {
  CrashRecord record;
  record.id = CrashId("machine", "127.0.0.1-2026-11-22-07:15:03", 1'795'331'703);
  record.directory = "127.0.0.1-2026-11-22-07:15:03";
  record.vmcore = "vmcore";
  record.log = "vmcore-dmesg.txt";
  record.crash_time = 1'795'331'703;
  record.dated = true;
  record.sealed_at = 1'795'331'800;
  record.mark = {.device = 5, .inode = UINT64_MAX, .bytes = 1'234'567, .mtime = -1};
  record.state = DumpState::kTruncated;
  record.reason = "data_cut";
  record.inspection = InspectionState::kGaveUp;
  record.attempts = 3;
  record.failure = "inspector_signal";
  record.tried_at = 1'795'331'900;
  record.category = CrashCategory::kSysrq;
  record.title = "sysrq: \"Trigger\" a crash";
  record.signature = "0123456789abcdef";
  record.kernel_release = "6.1.0-1-test";
  record.counted = CountedAs{CrashCategory::kSysrq, Capture::kPartial};
  record.acknowledged_at = 1'795'332'000;
  record.acknowledged_by = "hand";
  record.gone_at = 1'795'332'100;
  record.pruned_at = 1'795'332'100;
  record.historic = true;
  record.uploads["empty"] = {};
  record.uploads["central"] = {
      .state = UploadState::kVerified,
      .mark = record.mark,
      .problem = UploadProblem::kThrottled,
      .message = "HTTP status 503",
      .attempts = 4,
      .deaths = 1,
      .queued_at = 5,
      .tried_at = 6,
      .next_at = 7,
      .failing_since = 8,
      .verified_at = 9,
      .boot = "boot",
      .report_sent = true,
      .asked = true,
      .sent = 10,
      .bytes = 11,
      .duplicate_of = "other",
      .place = "s3://bucket/" + std::string(700, 'p'),
      .objects = {
          {"vmcore.age", {UploadProof::kReadBack, 1, UINT64_MAX, "aa", "bb", "etag-2", 12}}}};
  return record;
}

TEST(RecordJsonTest, WhatIsWrittenIsRead) {
  CrashRecord bare;
  bare.id = CrashId("", "", 0);
  for (const CrashRecord& record : {FullRecord(), bare}) {
    for (const char* report : {"", "{}", R"({"dump":{"bytes":1},"list":[1,2]})"}) {
      const ParsedRecord parsed = ParseRecord(RecordJson(record, report));
      EXPECT_EQ(parsed.schema, 1U);
      ASSERT_TRUE(parsed.record);
      EXPECT_EQ(*parsed.record, record);
      EXPECT_EQ(parsed.report, report);
    }
  }
}

TEST(RecordJsonTest, NamesMayHoldAnyByte) {
  std::string every;
  for (int c = 1; c < 256; ++c) {
    if (c != '/') every += static_cast<char>(c);
  }
  for (const std::string& name :
       {every, std::string("%41"), std::string("\xff\xfe"), std::string("a\nb"), std::string("..."),
        std::string(255, 'x'), std::string()}) {
    CrashRecord record = FullRecord();
    record.directory = record.vmcore = record.log = name;
    const ParsedRecord parsed = ParseRecord(RecordJson(record, ""));
    ASSERT_TRUE(parsed.record) << name;
    EXPECT_EQ(*parsed.record, record);
  }
}

TEST(RecordJsonTest, HostileTextIsCleanedWhenRead) {
  CrashRecord record = FullRecord();
  record.title = "\x1b[2J\xff\"}\n,";
  record.kernel_release = std::string(5000, 'x');
  const ParsedRecord parsed = ParseRecord(RecordJson(record, ""));
  ASSERT_TRUE(parsed.record);
  EXPECT_EQ(parsed.record->title.find_first_of("\x1b\n\xff"), std::string::npos);
  EXPECT_LE(parsed.record->kernel_release.size(), 256U);
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(RecordJsonTest, OneFieldThatIsNotWhatItMustBeSpoilsAll) {
  const std::string good = RecordJson(FullRecord(), "{}");
  const struct {
    const char *from, *to;
  } rows[] = {
      {R"("schema_version": 1)", R"("schema_version": 0)"},
      {R"("schema_version": 1)", R"("schema_version": "1")"},
      {R"("schema_version": 1)", R"("schema_version": -1)"},
      {R"("schema_version": 1,)", ""},
      {R"("id": "2026)", R"("id": "2026/)"},
      {R"("directory": "127)", R"("directory": "../127)"},
      {R"("vmcore": "vmcore")", R"("vmcore": "..")"},
      {R"("vmcore": "vmcore")", R"("vmcore": ".")"},
      {R"("vmcore": "vmcore")", R"("vmcore": "%2f")"},
      {R"("vmcore": "vmcore")", R"("vmcore": "%00")"},
      {R"("vmcore": "vmcore")", R"("vmcore": "%4")"},
      {R"("vmcore": "vmcore")", R"("vmcore": "%zz")"},
      {R"("vmcore": "vmcore")", R"("vmcore": null)"},
      {R"("dated": true)", R"("dated": 1)"},
      {R"("attempts": 3)", R"("attempts": -3)"},
      {R"("attempts": 3)", R"("attempts": 3.5)"},
      {R"("attempts": 3)", R"("attempts": 4294967296)"},
      {R"("attempts": 3)", R"("attempts": "3")"},
      {R"("mtime": -1)", R"("mtime": 18446744073709551615)"},
      {R"("mtime": -1)", R"("mtime": null)"},
      {R"("dump_state": "truncated")", R"("dump_state": "fine")"},
      {R"("inspection": "gave_up")", R"("inspection": "gave up")"},
      {R"("category": "sysrq")", R"("category": "other")"},
      {R"("capture": "partial")", R"("capture": "")"},
      {R"("title": )", R"("title": 1, "was": )"},
      {R"("gone_at": )", R"("went_at": )"},
      {R"("pruned_at": 1)", R"("pruned_at": "x", "more": 1)"},
      {R"("mark": {)", R"("mark": [], "was": {)"},
      {"\n}\n", "\n"},
  };
  ASSERT_TRUE(ParseRecord(good).record);
  for (const auto& row : rows) {
    EXPECT_FALSE(ParseRecord(Replaced(good, row.from, row.to)).record) << row.to;
  }
  for (const char* text : {"", "{", "[]", "null", "1", "{}", "\0\0\0\0"}) {
    EXPECT_EQ(ParseRecord(text).schema, 0U) << text;
    EXPECT_FALSE(ParseRecord(text).record) << text;
  }
}

TEST(RecordJsonTest, OfOtherVersions) {
  const std::string good = RecordJson(FullRecord(), "{}");
  const ParsedRecord newer =
      ParseRecord(Replaced(good, "\"schema_version\": 1", "\"schema_version\": 7"));
  EXPECT_EQ(newer.schema, 7U);
  EXPECT_FALSE(newer.record);
  const ParsedRecord more = ParseRecord(Replaced(good, "\"dated\"", "\"more\": {}, \"dated\""));
  ASSERT_TRUE(more.record) << "a field of later additions";
  EXPECT_EQ(*more.record, FullRecord());
  const ParsedRecord older = ParseRecord(Replaced(good, "\"dated\": true,", ""));
  ASSERT_TRUE(older.record) << "a field that is added later";
  EXPECT_FALSE(older.record->dated);
}

}  // namespace
}  // namespace kdumpd
