// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/dump.h"

#include <gtest/gtest.h>

namespace kdumpd {
namespace {

TEST(DumpTest, NamesAreTheContract) {
  constexpr std::string_view kNames[] = {"writing", "complete", "incomplete", "truncated",
                                         "damaged", "log_only", "unknown",    "gone"};
  for (int i = 0; i < kDumpStates; ++i) EXPECT_EQ(Name(static_cast<DumpState>(i)), kNames[i]);
  EXPECT_EQ(Name(DumpFormat::kNone), "none");
  EXPECT_EQ(Name(DumpFormat::kCompressedFile), "compressed_file");
  EXPECT_EQ(Name(DumpFormat::kOther), "other");
}

TEST(DumpTest, WhatTheWriterSaysOfItself) {
  for (const char* word :
       {"unfinished_name", "unfinished_copy", "readme_temporary", "readme_error"}) {
    EXPECT_TRUE(IsWritersWord(DumpState::kIncomplete, word)) << word;
    EXPECT_FALSE(IsWritersWord(DumpState::kTruncated, word)) << word;
  }
  EXPECT_FALSE(IsWritersWord(DumpState::kIncomplete, "incomplete_flag")) << "the bytes say it too";
}

TEST(DumpTest, RolesOfNames) {
  struct Row {
    std::string_view name;
    DumpRole role;
  };
  constexpr Row kRows[] = {
      {"vmcore", DumpRole::kVmcore},
      {"vmcore.flat", DumpRole::kVmcore},
      {"vmcore.202611220715", DumpRole::kVmcore},
      {"vmcore.202611220715.gz", DumpRole::kVmcore},
      {"vmcore.0", DumpRole::kVmcore},
      {"dump.202611220715", DumpRole::kVmcore},
      {"dump.202611220715.lz4", DumpRole::kVmcore},
      {"vmcore-incomplete", DumpRole::kVmcoreUnfinished},
      {"dump-incomplete", DumpRole::kVmcoreUnfinished},
      {"dump-incomplete.xz", DumpRole::kVmcoreUnfinished},
      {"vmcore-dmesg.txt", DumpRole::kDmesg},
      {"dmesg.202611220715", DumpRole::kDmesg},
      {"dmesg", DumpRole::kDmesg},
      {"dmesg.txt", DumpRole::kDmesg},
      {"vmcore-dmesg-incomplete.txt", DumpRole::kDmesgUnfinished},
      {"kexec-dmesg.log", DumpRole::kKexecDmesg},
      {"README.txt", DumpRole::kReadme},
      {"", DumpRole::kOther},
      {"vmcore.", DumpRole::kOther},
      {"vmcore.txt", DumpRole::kOther},
      {"vmcore.sha256", DumpRole::kOther},
      {"vmcore.0.txt", DumpRole::kOther},
      {"vmcore-creation.status", DumpRole::kOther},
      {"vmcores", DumpRole::kOther},
      {"VMCORE", DumpRole::kOther},
      {"vmcore\n", DumpRole::kOther},
      {"dump", DumpRole::kOther},
      {"dump.gz", DumpRole::kOther},
      {"dump.log", DumpRole::kOther},
      {"dmesg.old", DumpRole::kOther},
      {"kexec_cmd", DumpRole::kOther},
      {"kdump_lock", DumpRole::kOther},
      {"_usr_bin_dump.1000.crash", DumpRole::kOther},
      {"linux-image-6.8.0-202611220715.crash", DumpRole::kOther},
      {"opalcore", DumpRole::kOther},
  };
  for (const auto& row : kRows) EXPECT_EQ(RoleOf(row.name), row.role) << row.name;
}

TEST(DumpTest, StampsOfDirectories) {
  constexpr std::int64_t kMinute = 1'795'331'700, kSecond = kMinute + 3;  // 2026-11-22 07:15 UTC
  struct Row {
    std::string_view name;
    std::optional<std::int64_t> seconds;
  };
  const Row rows[] = {
      {"127.0.0.1-2026-11-22-07:15:03", kSecond},
      {"2001:db8::1-2026-11-22-07:15:03", kSecond},
      {"node-7.example-2026-11-22-07:15:03", kSecond},
      {"2026-11-22-07:15:03", kSecond},
      {"202611220715", kMinute},
      {"10.0.0.7-202611220715", kMinute},
      {"2026-11-22-07-15", kMinute},
      {"2026-11-22-07:15", kMinute},
      {"host-2026-11-22-07:15", kMinute},
      {"2024-02-29-00:00", 1'709'164'800},
      {"197001010000", 0},
      {"2026-11-22-07:15:60", kMinute + 60},
      {"2026-02-29-00:00", std::nullopt},
      {"196912312359", std::nullopt},
      {"202613220715", std::nullopt},
      {"202600220715", std::nullopt},
      {"202611000715", std::nullopt},
      {"202611222415", std::nullopt},
      {"202611220760", std::nullopt},
      {"2026-11-22-07:15:61", std::nullopt},
      {"-202611220715", std::nullopt},
      {"x202611220715", std::nullopt},
      {"20261122071", std::nullopt},
      {"2026112207151", std::nullopt},
      {"202611220715.new", std::nullopt},
      {"2026-11-22_07:15", std::nullopt},
      {"2026-11-22", std::nullopt},
      {"kdump-test-1795331703-123456789", std::nullopt},
      {"lost+found", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& row : rows) EXPECT_EQ(StampOf(row.name), row.seconds) << row.name;
}

TEST(Dump, SelfTests) {
  EXPECT_TRUE(IsSelfTest("kdump-test-1795331703-123456789"));
  for (const char* other :
       {"kdump-test-1795331703", "kdump-test-1795331703-", "kdump-test--1", "kdump-test-1-2-3",
        "kdump-test-1-2x", "kdump-test", "xkdump-test-1-2", "127.0.0.1-2026-11-22-07:15:03", ""}) {
    EXPECT_FALSE(IsSelfTest(other)) << other;
  }
}

DumpFile File(std::string name, std::uint64_t bytes = 100, std::int64_t mtime = 50) {
  return {.name = std::move(name), .regular = true, .bytes = bytes, .mtime = mtime};
}

DumpFile Probed(std::string name, DumpState state, std::string reason, std::uint64_t bytes = 100) {
  DumpFile file = File(std::move(name), bytes);
  file.probe = DumpProbe{DumpFormat::kKdump, state, std::move(reason), std::nullopt};
  return file;
}

DumpFile Whole(std::string name, std::uint64_t bytes = 100) {
  return Probed(std::move(name), DumpState::kComplete, "headers_checked", bytes);
}

DumpFile Irregular(std::string name) {
  return {.name = std::move(name), .regular = false, .bytes = 5, .mtime = 50};
}

constexpr std::string_view kTemporary =
    "Kernel crashdump\n\nThis file will be overwritten. If you can read it, the dump is likely "
    "incomplete.\n";
std::string Readme(std::string_view vmcore) {
  return "Kernel crashdump\n----------------\ndmesg status: saved successfully\nvmcore status: " +
         std::string(vmcore) + "\nKernel version: 6.4.0\n";
}

struct Picture {
  const char* name;
  std::string_view directory;
  std::vector<DumpFile> files;
  std::string readme;
  const char* expected;  // "<vmcore> <log> <state> <reason>", "none"
};

std::string Shown(const std::optional<Dump>& dump) {
  if (!dump) return "none";
  const auto or_dash = [](const std::string& text) { return text.empty() ? "-" : text; };
  return or_dash(dump->vmcore) + " " + or_dash(dump->log) + " " + std::string(Name(dump->state)) +
         " " + dump->reason;
}

constexpr std::string_view kRhel = "127.0.0.1-2026-11-22-07:15:03";
constexpr std::string_view kDebian = "202611220715";
constexpr std::string_view kSuse = "2026-11-22-07-15";

std::vector<Picture> RhelPictures() {
  return {
      {"RHEL, all well",
       kRhel,
       {Whole("vmcore"), File("vmcore-dmesg.txt"), File("kexec-dmesg.log")},
       "",
       "vmcore vmcore-dmesg.txt complete headers_checked"},
      {"RHEL, over ssh",
       kRhel,
       {Probed("vmcore.flat", DumpState::kComplete, "end_marker_found")},
       "",
       "vmcore.flat - complete end_marker_found"},
      {"RHEL, collector failed",
       kRhel,
       {Probed("vmcore-incomplete", DumpState::kComplete, "headers_checked"),
        File("vmcore-dmesg.txt"), File("kexec-dmesg.log")},
       "",
       "vmcore-incomplete vmcore-dmesg.txt incomplete unfinished_name"},
      {"RHEL, power lost while the log was written",
       kRhel,
       {File("vmcore-dmesg-incomplete.txt")},
       "",
       "- vmcore-dmesg-incomplete.txt log_only no_vmcore"},
      {"RHEL, dump failed before it began",
       kRhel,
       {File("kexec-dmesg.log")},
       "",
       "- kexec-dmesg.log log_only no_vmcore"},
      {"RHEL, directory only", kRhel, {}, "", "- - unknown no_dump_files"},
      {"a final name proves nothing",
       kRhel,
       {Probed("vmcore", DumpState::kTruncated, "metadata_cut")},
       "",
       "vmcore - truncated metadata_cut"},
      {"final before unfinished, even when it is worse",
       kRhel,
       {Whole("vmcore-incomplete", 900), Probed("vmcore", DumpState::kDamaged, "header_invalid")},
       "",
       "vmcore - damaged header_invalid"},
      {"ABRT's copy, left behind",
       "vmcore-127.0.0.1-2026-11-22-07:15:03.new",
       {Whole("vmcore")},
       "",
       "vmcore - incomplete unfinished_copy"},
      {"ABRT's copy, done",
       "vmcore-127.0.0.1-2026-11-22-07:15:03",
       {Whole("vmcore")},
       "",
       "vmcore - complete headers_checked"},
      {"kdumpctl test",
       "kdump-test-1795331703-1",
       {Whole("vmcore"), File("vmcore-creation.status")},
       "",
       "vmcore - complete headers_checked"},
  };
}

std::vector<Picture> DebianPictures() {
  return {
      {"Debian, all well",
       kDebian,
       {File("dmesg.202611220715"),
        Probed("dump.202611220715", DumpState::kComplete, "end_marker_found")},
       "",
       "dump.202611220715 dmesg.202611220715 complete end_marker_found"},
      {"Debian, makedumpfile failed in the pipe",
       kDebian,
       {File("dmesg.202611220715"), Probed("dump.202611220715", DumpState::kTruncated, "empty", 0)},
       "",
       "dump.202611220715 dmesg.202611220715 truncated empty"},
      {"Debian, disk full: the larger of two beginnings",
       kDebian,
       {Probed("vmcore-incomplete", DumpState::kTruncated, "empty", 0),
        Probed("dump-incomplete", DumpState::kTruncated, "end_marker_missing", 7'000'000)},
       "",
       "dump-incomplete - incomplete unfinished_name"},
      {"Debian, compressed",
       kDebian,
       {Probed("dump.202611220715.gz", DumpState::kUnknown, "compressed_container")},
       "",
       "dump.202611220715.gz - unknown compressed_container"},
      {"Debian, log only",
       kDebian,
       {File("dmesg.202611220715")},
       "",
       "- dmesg.202611220715 log_only no_vmcore"},
      {"Ubuntu's other objects",
       "apport",
       {File("kexec_cmd"), File("linux-image-6.8.crash")},
       "",
       "none"},
      {"a split set",
       kDebian,
       {Whole("vmcore.1", 900), Whole("vmcore.0"), Whole("vmcore.2", 800)},
       "",
       "vmcore.0 - complete split_set"},
      {"a split set, first part cut: a whole part speaks for none",
       kDebian,
       {Probed("vmcore.0", DumpState::kTruncated, "metadata_cut")},
       "",
       "vmcore.0 - truncated metadata_cut"},
  };
}

std::vector<Picture> SusePictures() {
  return {
      {"SUSE, all well",
       kSuse,
       {Whole("vmcore"), File("dmesg.txt"), File("README.txt")},
       Readme("saved successfully"),
       "vmcore dmesg.txt complete headers_checked"},
      {"SUSE, saved, and cut afterwards",
       kSuse,
       {Probed("vmcore", DumpState::kTruncated, "end_marker_missing")},
       Readme("saved successfully"),
       "vmcore - truncated end_marker_missing"},
      {"SUSE, temporary README left",
       kSuse,
       {Whole("vmcore"), File("dmesg")},
       std::string(kTemporary),
       "vmcore dmesg incomplete readme_temporary"},
      {"SUSE, temporary README alone",
       kSuse,
       {File("README.txt")},
       std::string(kTemporary),
       "- - incomplete readme_temporary"},
      {"SUSE, error",
       kSuse,
       {Whole("vmcore"), File("dmesg")},
       Readme("error while saving: 1"),
       "vmcore dmesg incomplete readme_error"},
      {"SUSE, error and nothing saved",
       kSuse,
       {File("dmesg")},
       Readme("error while saving"),
       "- dmesg incomplete readme_error"},
      {"SUSE, deleted",
       kSuse,
       {File("dmesg")},
       Readme("deleted (not enough space)"),
       "- dmesg log_only discarded"},
      {"SUSE, skipped", kSuse, {File("dmesg")}, Readme("skipped"), "- dmesg log_only skipped"},
      {"somebody's README",
       kSuse,
       {Whole("vmcore")},
       "Ticket 4711\n",
       "vmcore - complete headers_checked"},
  };
}

TEST(DumpTest, JudgesDirectories) {
  for (const auto& pictures : {RhelPictures(), DebianPictures(), SusePictures()}) {
    for (const auto& row : pictures) {
      EXPECT_EQ(Shown(JudgeDump(row.directory, row.files, row.readme, true)), row.expected)
          << row.name;
    }
  }
}

TEST(DumpTest, JudgesHostileAndBareFiles) {
  const Picture rows[] = {
      {"a link named vmcore",
       kRhel,
       {Irregular("vmcore")},
       "",
       "vmcore - unknown not_a_regular_file"},
      {"a link beside a file",
       kRhel,
       {Irregular("vmcore"), Whole("vmcore.flat")},
       "",
       "vmcore.flat - complete headers_checked"},
      {"a link named dmesg is no log",
       kRhel,
       {Whole("vmcore"), Irregular("vmcore-dmesg.txt")},
       "",
       "vmcore - complete headers_checked"},
      {"could not be opened", kRhel, {File("vmcore")}, "", "vmcore - unknown unreadable"},
      {"no dump at all", "backup", {File("notes")}, "", "none"},
      {"no dump, empty", "backup", {}, "", "none"},
      {"hostile name", "x\n\xff", {Whole("vmcore")}, "", "vmcore - complete headers_checked"},
      {"bare", "", {Whole("vmcore")}, "", "vmcore - complete headers_checked"},
      {"bare log is no dump", "", {File("dmesg.txt")}, "", "none"},
      {"bare apport report", "", {File("_usr_bin_x.0.crash")}, "", "none"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(Shown(JudgeDump(row.directory, row.files, row.readme, true)), row.expected)
        << row.name;
  }
}

TEST(DumpTest, WhatStillChangesIsBeingWritten) {
  for (const auto& pictures : {RhelPictures(), DebianPictures(), SusePictures()}) {
    for (const auto& row : pictures) {
      const auto dump = JudgeDump(row.directory, row.files, row.readme, false);
      ASSERT_EQ(dump.has_value(), row.expected != std::string("none")) << row.name;
      if (!dump) continue;
      EXPECT_EQ(dump->state, DumpState::kWriting) << row.name;
      EXPECT_EQ(dump->reason, "recent_change") << row.name;
    }
  }
}

TEST(DumpTest, CrashTimeFromHeaderThenStampThenFile) {
  std::vector<DumpFile> files = {Whole("vmcore"), File("kexec-dmesg.log", 1, 70)};
  const auto crash_time = [&](std::string_view directory) {
    return JudgeDump(directory, files, "", true)->crash_time;
  };
  EXPECT_FALSE(JudgeDump(kRhel, files, "", true)->dated) << "a name is no header";
  EXPECT_EQ(crash_time("saved"), 70);
  EXPECT_EQ(crash_time(kRhel), 1'795'331'703);
  files[0].probe->crash_time = 1'795'331'690;
  EXPECT_EQ(crash_time(kRhel), 1'795'331'690);
  EXPECT_TRUE(JudgeDump(kRhel, files, "", true)->dated);
}

TEST(DumpTest, SizesAndTimes) {
  const auto dump =
      JudgeDump(kRhel, {Whole("vmcore", 4000), File("vmcore-dmesg.txt", 30, 90)}, "", true);
  EXPECT_EQ(dump->directory, kRhel);
  EXPECT_EQ(dump->bytes, 4000U);
  EXPECT_EQ(dump->mtime, 90);
  EXPECT_EQ(dump->format, DumpFormat::kKdump);
  EXPECT_FALSE(dump->historic);
  const auto log_only = JudgeDump(kRhel, {File("vmcore-dmesg.txt", 30)}, "", true);
  EXPECT_EQ(log_only->bytes, 30U);
  EXPECT_EQ(log_only->format, DumpFormat::kNone);
}

// From the header's crash time to the last byte; a directory's stamp is the time of the capture.
TEST(DumpTest, HowLongTheCaptureTook) {
  struct Row {
    std::optional<std::int64_t> crash_time;
    std::int64_t mtime;
    std::int64_t seconds;
  };
  constexpr std::int64_t kCrash = 1'795'331'703;
  const Row rows[] = {{kCrash, kCrash + 90, 90},
                      {kCrash, kCrash, 0},
                      {kCrash, kCrash - 3600, 0},
                      {std::nullopt, kCrash + 90, 0}};
  for (const Row& row : rows) {
    DumpFile vmcore{"vmcore", true, 4096, row.mtime};
    vmcore.probe =
        DumpProbe{DumpFormat::kKdump, DumpState::kComplete, "headers_checked", row.crash_time};
    const DumpFile notes{"backtrace.txt", true, 10, kCrash + 86400};
    const auto dump = JudgeDump("127.0.0.1-2026-11-22-07:15:03", {vmcore, notes}, "", true);
    ASSERT_TRUE(dump);
    EXPECT_EQ(dump->capture_seconds, row.seconds);
  }
}

}  // namespace
}  // namespace kdumpd
