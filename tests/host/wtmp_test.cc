// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/wtmp.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <utmp.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>

#include "tests/support/as_nobody.h"
#include "tests/support/tree.h"

namespace kdumpd {
namespace {

constexpr std::int64_t kDay = 1'700'000'000;

// A record as systemd-update-utmp writes it: of a boot, or with the user "shutdown".
utmp RecordOf(short type, const char* user, std::int64_t time) {
  utmp record{};
  record.ut_type = type;
  std::memcpy(record.ut_line, "~", 1);
  std::memcpy(record.ut_id, "~~", 2);
  std::memcpy(record.ut_user, user, std::min(std::strlen(user), sizeof record.ut_user));
  std::memcpy(record.ut_host, "6.1.0-18", 8);
  record.ut_tv.tv_sec = static_cast<decltype(record.ut_tv.tv_sec)>(time);
  return record;
}
utmp Boot(std::int64_t time) { return RecordOf(BOOT_TIME, "reboot", time); }
utmp Shutdown(std::int64_t time) { return RecordOf(RUN_LVL, "shutdown", time); }

// Their bytes as updwtmp(3) of this C library writes them.
std::string File(const std::vector<utmp>& records) {
  const Tree tree("");
  const std::string name = Cat(tree.path(), "/wtmp");
  tree.Write("wtmp", "");
  for (const utmp& record : records) ::updwtmp(name.c_str(), &record);
  std::ifstream in(name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string Told(const Tree& tree) {
  const auto root = HostRoot::Open({.rootfs = tree.path(), .procfs = "", .sysfs = ""});
  const auto fact = ReadWtmp(*root);
  EXPECT_EQ(fact.source(), "/var/log/wtmp");
  if (!fact.known()) return fact.absent() ? "absent" : Cat("unreadable: ", fact.why());
  std::string told;
  for (const WtmpRecord& record : fact.value()) {
    told += Cat(told.empty() ? "" : " ", record.kind == WtmpRecord::Kind::kBoot ? "boot" : "down",
                record.time - kDay);
  }
  return told;
}
std::string ToldOf(const std::string& bytes) {
  const Tree tree("");
  tree.Write("var/log/wtmp", bytes);
  return Told(tree);
}

TEST(Wtmp, Records) {
  utmp of_no_type = Boot(kDay);
  of_no_type.ut_type = 77;
  const utmp unended = RecordOf(RUN_LVL, std::string(sizeof(utmp::ut_user), 's').c_str(), kDay);
  struct Row {
    const char* what;
    std::vector<utmp> records;
    const char* told;
  };
  const std::vector<Row> rows{
      {"an empty file", {}, ""},
      {"in order", {Boot(kDay), Shutdown(kDay + 50), Boot(kDay + 60)}, "boot0 down50 boot60"},
      {"a boot that ended without a word", {Boot(kDay), Boot(kDay + 60)}, "boot0 boot60"},
      {"a clock that went back", {Boot(kDay + 9), Boot(kDay)}, "boot9 boot0"},
      {"a runlevel", {RecordOf(RUN_LVL, "runlevel", kDay)}, ""},
      {"a person who is called so", {RecordOf(USER_PROCESS, "shutdown", kDay)}, ""},
      {"a person who leaves", {RecordOf(DEAD_PROCESS, "", kDay)}, ""},
      {"one letter short", {RecordOf(RUN_LVL, "shutdow", kDay)}, ""},
      {"one letter long", {RecordOf(RUN_LVL, "shutdowns", kDay)}, ""},
      {"a name that fills its field", {unended}, ""},
      {"no such type", {of_no_type}, ""},
      {"no time", {Boot(0), Shutdown(0)}, ""},
      {"among others",
       {RecordOf(NEW_TIME, "", kDay), Boot(kDay), RecordOf(LOGIN_PROCESS, "LOGIN", kDay),
        RecordOf(USER_PROCESS, "root", kDay), Shutdown(kDay + 1), utmp{}},
       "boot0 down1"},
  };
  for (const Row& row : rows) EXPECT_EQ(ToldOf(File(row.records)), row.told) << row.what;
}

TEST(Wtmp, DamagedFiles) {
  const std::string two = File({Boot(kDay), Shutdown(kDay + 1)});
  ASSERT_EQ(two.size(), 2 * sizeof(utmp));
#if defined(__x86_64__)
  EXPECT_EQ(sizeof(utmp), 384U);
#elif defined(__aarch64__)
  EXPECT_EQ(sizeof(utmp), 400U);
#endif
  EXPECT_EQ(ToldOf("x"), "");
  EXPECT_EQ(ToldOf(std::string(100'000, '\xff')), "");
  EXPECT_EQ(ToldOf(std::string(100'000, '\0')), "");
  EXPECT_EQ(ToldOf(two.substr(0, two.size() - 1)), "boot0");
  EXPECT_EQ(ToldOf(two + "x"), "boot0 down1");
  // All of a file is records; what is shifted by a byte is none.
  EXPECT_EQ(ToldOf("x" + two), "");
}

TEST(Wtmp, OnlyTheNewestOfALargeFile) {
  const std::string one = File({Boot(kDay)});
  const std::string last = File({Shutdown(kDay + 1), Boot(kDay + 2)});
  const std::string others((2048 - 2) * sizeof(utmp), '\0');
  EXPECT_EQ(ToldOf(one + others + last), "down1 boot2");
  EXPECT_EQ(ToldOf(one + others.substr(sizeof(utmp)) + last + "half"), "boot0 down1 boot2");

  const Tree tree("");  // far larger than anything that fits
  tree.Write("var/log/wtmp", "");
  ASSERT_EQ(::truncate(Cat(tree.path(), "/var/log/wtmp").c_str(), off_t{1} << 40), 0);
  EXPECT_EQ(Told(tree), "");
}

TEST(Wtmp, NotAFile) {
  EXPECT_EQ(Told(Tree("var/log/")), "absent");
  EXPECT_EQ(Told(Tree("etc/")), "absent");
  EXPECT_TRUE(Told(Tree("var/log/wtmp/")).starts_with("unreadable: reading /var/log/wtmp: "));
  const Tree pipe("var/log/");
  ASSERT_EQ(::mkfifo(Cat(pipe.path(), "/var/log/wtmp").c_str(), 0600), 0);
  EXPECT_TRUE(Told(pipe).starts_with("unreadable: "));
  const Tree away("var/log/wtmp -> /etc/wtmp");  // resolves inside
  away.Write("etc/wtmp", File({Boot(kDay)}));
  EXPECT_EQ(Told(away), "boot0");
}

TEST(Wtmp, NotOurs) {
  const Tree tree("var/log/");
  tree.Write("var/log/wtmp", File({Boot(kDay)}));
  std::filesystem::permissions(tree.path(), std::filesystem::perms(0755));
  ASSERT_EQ(::chmod(Cat(tree.path(), "/var/log/wtmp").c_str(), 0600), 0);
  const AsNobody nobody;
  EXPECT_EQ(Told(tree), "unreadable: reading /var/log/wtmp: Permission denied");
}

// last(1) reads the same file, the newest first: "reboot   system boot  ...", "shutdown ...".
TEST(Wtmp, AgreesWithLast) {
  if (std::system("last --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "no last(1)";
  const Tree tree("");
  tree.Write("var/log/wtmp", File({Boot(kDay), RecordOf(RUN_LVL, "runlevel", kDay + 1),
                                   RecordOf(USER_PROCESS, "root", kDay + 2), Boot(kDay + 60),
                                   Shutdown(kDay + 100), Boot(kDay + 130)}));
  const auto close = [](std::FILE* pipe) { ::pclose(pipe); };
  const std::unique_ptr<std::FILE, decltype(close)> pipe(::popen(
      Cat("TZ=UTC last -x --time-format iso -f ", tree.path(), "/var/log/wtmp").c_str(), "r"));
  std::string said;
  for (char line[256]; std::fgets(line, sizeof line, pipe.get()) != nullptr;) {
    const std::string_view text = line;
    const auto at = text.find("2023-11-14T22:");
    if (at == text.npos) continue;
    const std::string kind = text.starts_with("reboot")     ? "boot"
                             : text.starts_with("shutdown") ? "down"
                                                            : "";
    if (!kind.empty()) said.insert(0, Cat(kind, " ", text.substr(at, 19), "\n"));
  }
  std::string ours;
  const auto root = HostRoot::Open({.rootfs = tree.path(), .procfs = "", .sysfs = ""});
  const auto fact = ReadWtmp(*root);
  for (const WtmpRecord& record : fact.value()) {
    char time[32];
    const time_t seconds = record.time;
    tm utc{};
    std::strftime(time, sizeof time, "%FT%T", ::gmtime_r(&seconds, &utc));
    ours += Cat(record.kind == WtmpRecord::Kind::kBoot ? "boot" : "down", " ", time, "\n");
  }
  EXPECT_EQ(said, ours);
  EXPECT_EQ(std::ranges::count(ours, '\n'), 4);
}

}  // namespace
}  // namespace kdumpd
