// SPDX-License-Identifier: Apache-2.0
// Crashes and what is remembered of them, seen through the real daemon and the real helper over a
// scratch node.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <regex>

#include "daemon/core/record_plan.h"
#include "daemon/core/text.h"
#include "daemon/host/dump_scanner.h"
#include "daemon/host/record_store.h"
#include "tests/support/crash_metrics.h"
#include "tests/support/daemon.h"
#include "tests/support/machine_with_log.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr std::int64_t kFirstCrash = 1'795'334'808;  // 2026-11-22T08:06:48Z

class CrashLedgerTest : public testing::Test {
 protected:
  CrashLedgerTest() {
    WriteReadyNode(at_);
    at_.Write("root/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
  }
  [[nodiscard]] fs::path Crash() const { return at_.path() / "root/var/crash"; }
  [[nodiscard]] fs::path State() const { return at_.path() / "state"; }

  // A machine that was asked to crash, `n` seconds after the first one.
  [[nodiscard]] std::string DumpBytes(int n = 0) const {
    Machine machine = machine_;
    machine.crash_time = kFirstCrash + n;
    return KdumpDump(machine);
  }
  static std::string Directory(int n) {
    return Cat("127.0.0.1-2026-11-22-08:", 10 + n / 60, ":", n % 60 / 10, n % 10);
  }
  void WriteDump(int n) const { WriteDump(n, DumpBytes(n)); }
  void WriteDump(int n, const std::string& bytes) const {
    at_.Write("root/var/crash/" + Directory(n) + "/vmcore", bytes);
  }

  static Json Crashes(Daemon& daemon) {
    return Json::parse(daemon.Get("/api/v1/crashes").body, nullptr, false);
  }
  // Every dump is settled, and whatever is to be inspected has been.
  static bool IsQuiet(Daemon& daemon, std::size_t dumps) {
    const Json json = Crashes(daemon);
    if (json.is_discarded() || !json["crashes"].is_array()) return false;
    if (json["crashes"].size() != dumps) return false;
    return std::ranges::all_of(json["crashes"], [](const Json& crash) {
      const Json& record = crash["record"];
      const bool waits = !crash["historic"] && !crash["self_test"] && record.is_null();
      return crash["dump_state"] != "writing" && !waits &&
             (record.is_null() || record["inspection"] == "done" ||
              record["inspection"] == "gave_up");
    });
  }
  static bool Quiet(Daemon& daemon, std::size_t dumps, seconds limit = seconds(25)) {
    return Eventually([&] { return IsQuiet(daemon, dumps); }, limit);
  }
  static std::string Unacknowledged(const std::string& metrics) {
    std::smatch match;
    const std::regex row("\nkdump_unacknowledged_crashes ([0-9]+)\n");
    return std::regex_search(metrics, match, row) ? match[1].str() : "absent";
  }
  void Stop(Daemon& daemon) const {
    daemon.process().Signal(SIGTERM);
    EXPECT_EQ(daemon.process().Wait(), 0) << daemon.process().Output();
  }
  // As if the last attempts were long ago.
  void ForgetWhenTried() const {
    for (const auto& entry : fs::directory_iterator(State() / "crashes")) {
      const std::string text = FileText(entry.path());
      std::ofstream(entry.path()) << std::regex_replace(text, std::regex("\"tried_at\": [0-9]+"),
                                                        "\"tried_at\": 1");
    }
  }
  // What a kill has left of each record.
  void CountPictures(std::map<std::string, int>& hits) const {
    for (const auto& entry : fs::directory_iterator(State() / "crashes")) {
      const std::string name = entry.path().filename();
      const Json json = Json::parse(FileText(entry.path()), nullptr, false);
      if (!name.ends_with(".json")) {
        ++hits[json.is_object() ? "a whole temporary file" : "part of a temporary file"];
      } else if (json.is_object()) {
        ++hits[Cat(std::string(json["inspection"]), " after ", json["attempts"].dump(),
                   std::string_view(" attempts"))];
      } else {
        ADD_FAILURE() << name << " is no record";
      }
    }
  }
  // A kdumpd with that script as its helper.
  [[nodiscard]] std::string Beside(const std::string& script) const {
    fs::create_directories(at_.path() / "bin");
    fs::copy_file(KDUMPD_BINARY, at_.path() / "bin/kdumpd", fs::copy_options::skip_existing);
    at_.Write("bin/kdumpd-inspect", "#!/bin/sh\n" + script + "\n");
    fs::permissions(at_.path() / "bin/kdumpd-inspect", fs::perms::owner_all);
    return at_.path() / "bin/kdumpd";
  }

  const Machine machine_ = MachineWithLog("x86_64", "ring", SampleLog());
  ScratchDirectory at_;
};

constexpr char kCaptured[] = "kdump_crashes_total{category=\"sysrq\",capture=\"captured\"} 1\n";

TEST_F(CrashLedgerTest, AWholeDumpIsToldOf) {
  Daemon daemon(at_);
  ASSERT_TRUE(daemon.Shows("kdump_unacknowledged_crashes 0\n")) << daemon.process().Output();
  WriteDump(0);
  ASSERT_TRUE(Eventually([&] {
    const Json json = Crashes(daemon);
    return json["crashes"].size() == 1 && json["crashes"][0]["record"].is_object();
  })) << daemon.process().Output();
  ASSERT_TRUE(daemon.Shows(kCaptured)) << daemon.process().Output();
  const std::string metrics = daemon.Get("/metrics").body;
  const Json crash = Crashes(daemon)["crashes"][0];
  const Json& record = crash["record"];
  EXPECT_TRUE(IsCrashId(std::string(record["id"]))) << record["id"];
  EXPECT_TRUE(std::string(record["id"]).starts_with("20261122t080648z-")) << record["id"];
  EXPECT_EQ(crash["dump_state"], "complete");
  EXPECT_EQ(record["inspection"], "done");
  EXPECT_EQ(record["attempts"], 1);
  EXPECT_EQ(record["category"], "sysrq");
  EXPECT_EQ(record["capture"], "captured");
  EXPECT_FALSE(record["title"].is_null());
  EXPECT_FALSE(record["signature"].is_null());
  EXPECT_EQ(record["kernel_release"], "6.1.0-1-test");
  EXPECT_EQ(record["acknowledged"], nullptr);
  const std::string info =
      Cat("kdump_last_crash_info{signature=\"", std::string(record["signature"]),
          "\",category=\"sysrq\",capture=\"captured\",kernel=\"6.1.0-1-test\"} 1\n");
  EXPECT_NE(metrics.find(info), std::string::npos) << metrics;
  EXPECT_NE(metrics.find("kdump_unacknowledged_crashes 1\n"), std::string::npos);
  EXPECT_NE(metrics.find(Cat("kdump_last_crash_timestamp_seconds ", kFirstCrash, "\n")),
            std::string::npos);
  const std::string log = daemon.process().Output();
  EXPECT_NE(log.find("msg=\"crash\" id="), std::string::npos) << log;
  EXPECT_NE(log.find("category=sysrq"), std::string::npos) << log;
}

TEST_F(CrashLedgerTest, ADumpThatIsCutIsTruncatedWhateverItsHeaderSays) {
  const std::string whole = DumpBytes();
  Daemon daemon(at_);
  ASSERT_TRUE(daemon.Shows("kdump_unacknowledged_crashes 0\n"));
  WriteDump(0, whole.substr(0, whole.size() - 1));
  at_.Write("root/var/crash/" + Directory(0) + "/vmcore-dmesg.txt",
            "[    0.000000] Linux version 6.1.0\n[  123.456345] sysrq: Trigger a crash\n"
            "[  123.457345] Kernel panic - not syncing: sysrq triggered crash\n");
  ASSERT_TRUE(Quiet(daemon, 1)) << daemon.process().Output();
  const Json crash = Crashes(daemon)["crashes"][0];
  EXPECT_EQ(crash["dump_state"], "truncated") << crash;
  EXPECT_EQ(crash["record"]["capture"], "partial") << crash;
  EXPECT_EQ(crash["record"]["category"], "sysrq") << crash;
  const std::string metrics = daemon.Get("/metrics").body;
  EXPECT_NE(metrics.find("kdump_crashes_total{category=\"sysrq\",capture=\"partial\"} 1\n"),
            std::string::npos);
  EXPECT_NE(metrics.find("kdump_vmcores{state=\"truncated\"} 1\n"), std::string::npos);
}

TEST_F(CrashLedgerTest, ADumpThatKillsTheHelperThreeTimesIsGivenUp) {
  const std::string program = Beside("kill -SEGV $$");
  {
    Daemon first(at_);
    ASSERT_TRUE(first.Shows("kdump_unacknowledged_crashes 0\n"));
    Stop(first);
  }
  WriteDump(0);
  std::string log;
  for (int attempt = 1; attempt <= 3; ++attempt) {
    Daemon daemon(at_, {}, "kdumpd.log", program);
    const char* state = attempt < 3 ? "failed" : "gave_up";
    ASSERT_TRUE(Eventually([&] {
      const Json json = Crashes(daemon);
      return json.is_object() && json["crashes"].size() == 1 &&
             json["crashes"][0]["record"].is_object() &&
             json["crashes"][0]["record"]["inspection"] == state &&
             json["crashes"][0]["record"]["attempts"] == attempt;
    })) << attempt
        << Crashes(daemon) << daemon.process().Output();
    if (attempt == 3) {
      EXPECT_TRUE(
          daemon.Shows("kdump_crashes_total{category=\"unknown\",capture=\"unverified\"} 1\n"));
      EXPECT_EQ(Crashes(daemon)["crashes"][0]["record"]["failure"], "inspector_signal");
      EXPECT_TRUE(daemon.Shows("kdump_unacknowledged_crashes 1\n"));
    }
    Stop(daemon);
    log = daemon.process().Output();
    ForgetWhenTried();
  }
  EXPECT_NE(log.find("level=warn msg=\"crash not inspected\" id="), std::string::npos) << log;
  Daemon daemon(at_);  // with a helper that would do
  ASSERT_TRUE(Quiet(daemon, 1));
  EXPECT_EQ(Crashes(daemon)["crashes"][0]["record"]["inspection"], "gave_up");
  EXPECT_EQ(CountedCrashes(daemon.Get("/metrics").body), 1) << "once";
}

TEST_F(CrashLedgerTest, AHelperThatIsMissingIsNoAttempt) {
  {
    Daemon first(at_);
    ASSERT_TRUE(first.Shows("kdump_unacknowledged_crashes 0\n"));
    Stop(first);
  }
  const std::string program = Beside("");
  fs::permissions(at_.path() / "bin/kdumpd-inspect", fs::perms::owner_read);
  WriteDump(0);
  Daemon daemon(at_, {}, "kdumpd.log", program);
  ASSERT_TRUE(Eventually([&] {
    const Json json = Crashes(daemon);
    return json.is_object() && json["crashes"].size() == 1 &&
           json["crashes"][0]["record"].is_object() &&
           json["crashes"][0]["record"]["failure"] == "inspector_missing";
  })) << Crashes(daemon);
  EXPECT_EQ(Crashes(daemon)["crashes"][0]["record"]["attempts"], 0);
  EXPECT_TRUE(daemon.Shows("kdump_unacknowledged_crashes 1\n")) << "it is a crash all the same";
  fs::remove(at_.path() / "bin/kdumpd-inspect");
  fs::copy_file(KDUMPD_BINARY "-inspect", at_.path() / "bin/kdumpd-inspect");
  EXPECT_TRUE(daemon.Shows(kCaptured)) << daemon.process().Output();
}

// What happens between two starts, with two dumps: what the second daemon counts.
TEST_F(CrashLedgerTest, NoRowInventsACrash) {
  struct Row {
    const char* name;
    std::function<void()> before;   // the first start
    std::function<void()> between;  // the two
    std::size_t dumps;
    int counted;
    const char* unacknowledged;
    std::size_t records;
  };
  const fs::path backup = at_.path() / "backup";
  const auto two = [&] { WriteDump(0), WriteDump(1); };
  const auto copy = [](const fs::path& from, const fs::path& to) {
    fs::remove_all(to);
    fs::copy(from, to, fs::copy_options::recursive);
  };
  const Row rows[] = {
      {"old dumps at install", two, [] {}, 2, 0, "0", 0},
      {"restarted", [] {}, [] {}, 2, 2, "2", 2},
      {"state wiped", [] {}, [&] { fs::remove_all(State()); }, 2, 0, "0", 0},
      {"boot.json lost", [] {}, [&] { fs::remove(State() / "boot.json"); }, 2, 2, "2", 2},
      {"records lost", [] {}, [&] { fs::remove_all(State() / "crashes"); }, 2, 2, "2", 2},
      {"backup of before the crashes", [] {}, [&] { copy(backup, State()); }, 2, 2, "2", 2},
      {"clock set back: files of the future", [] {},
       [&] {
         for (const auto& entry : fs::recursive_directory_iterator(Crash())) {
           fs::last_write_time(entry, fs::file_time_type::clock::now() + std::chrono::hours(99));
         }
       },
       2, 2, "2", 2},
      {"upgraded: a field is not there yet", [] {},
       [&] {
         for (const auto& entry : fs::directory_iterator(State() / "crashes")) {
           const std::string text = FileText(entry.path());
           std::ofstream(entry.path()) << std::regex_replace(
               text, std::regex("\n *\"(dated|pruned_at)\": [a-z0-9]+(,)"), "");
         }
       },
       2, 2, "2", 2},
      {"downgraded: the records are newer", [] {},
       [&] {
         for (const auto& entry : fs::directory_iterator(State() / "crashes")) {
           const std::string text = FileText(entry.path());
           std::ofstream(entry.path())
               << std::regex_replace(text, std::regex("\"schema_version\": 1,\n \"id\""),
                                     "\"schema_version\": 9,\n \"id\"");
         }
       },
       2, 0, "0", 0},
      {"dumps copied and moved", [] {},
       [&] {
         fs::copy(Crash() / Directory(0), Crash() / "copy", fs::copy_options::recursive);
         fs::rename(Crash() / Directory(1), Crash() / "moved");
       },
       3, 2, "2", 2},
  };
  std::printf("%-38s %8s %16s %8s\n", "", "counted", "unacknowledged", "records");
  for (const Row& row : rows) {
    fs::remove_all(Crash());
    fs::create_directories(Crash());
    fs::remove_all(State());
    row.before();
    {
      Daemon daemon(at_);
      ASSERT_TRUE(daemon.Shows("kdump_unacknowledged_crashes 0\n")) << daemon.process().Output();
      copy(State(), backup);
      if (fs::is_empty(Crash())) two();
      ASSERT_TRUE(Quiet(daemon, 2)) << row.name << Crashes(daemon) << daemon.process().Output();
      Stop(daemon);
    }
    row.between();
    Daemon daemon(at_);
    EXPECT_TRUE(Eventually([&] {
      const Json json = Crashes(daemon);
      const bool writing = Cat(json.dump()).find("\"writing\"") != std::string::npos;
      if (!json.is_object() || json["crashes"].size() != row.dumps || writing) return false;
      const auto records = std::ranges::count_if(
          json["crashes"], [](const Json& crash) { return crash["record"].is_object(); });
      const std::string metrics = daemon.Get("/metrics").body;
      return static_cast<std::size_t>(records) == row.records &&
             CountedCrashes(metrics) == row.counted &&
             Unacknowledged(metrics) == row.unacknowledged;
    })) << row.name
        << Crashes(daemon) << daemon.Get("/metrics").body;
    const std::string metrics = daemon.Get("/metrics").body;
    std::printf("%-38s %8d %16s %8zu\n", row.name, CountedCrashes(metrics),
                Unacknowledged(metrics).c_str(), row.records);
  }
}

TEST_F(CrashLedgerTest, TwoAtOnce) {
  Daemon first(at_);
  ASSERT_TRUE(first.Shows("kdump_unacknowledged_crashes 0\n")) << first.process().Output();
  Daemon second(at_, {}, "second.log");
  WriteDump(0);
  EXPECT_EQ(second.process().Wait(), 1) << second.process().Output();
  EXPECT_NE(second.process().Output().find("another kdumpd holds it"), std::string::npos)
      << second.process().Output();
  EXPECT_TRUE(first.Shows(kCaptured)) << first.process().Output();
  EXPECT_TRUE(first.Shows("kdump_unacknowledged_crashes 1\n"));
}

TEST_F(CrashLedgerTest, KilledAtAnyMoment) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(Cat("seed ", seed));
  std::mt19937 random(seed);
  {
    Daemon first(at_);
    ASSERT_TRUE(first.Shows("kdump_unacknowledged_crashes 0\n"));
    Stop(first);
  }
  // An inspection of a small dump is over before anybody hits it.
  const std::string slow = Beside("sleep 0.1; exec " KDUMPD_BINARY "-inspect \"$@\"");
  int dumps = 0, rounds = 0, most = 0;
  std::map<std::string, int> hits;
  const auto end = steady_clock::now() + seconds(15);
  for (; steady_clock::now() < end; ++rounds) {
    // Some are being written, some were settled when the daemon came.
    for (int i = 0; rounds % 10 == 0 && i < 10; ++i) WriteDump(dumps++);
    Daemon daemon(at_, {}, "kdumpd.log", rounds % 2 == 0 ? slow : KDUMPD_BINARY);
    const bool longer = rounds % 10 == 9;
    const auto death = steady_clock::now() + milliseconds(longer ? 1000 : 20 + random() % 300);
    while (steady_clock::now() < death) std::this_thread::sleep_for(milliseconds(1));
    if (longer) {
      const int counted = CountedCrashes(daemon.Get("/metrics").body);
      EXPECT_LE(counted, dumps);
      EXPECT_GE(counted, most) << "a counter never falls";
      most = std::max(most, counted);
    }
    daemon.process().Signal(SIGKILL);
    ASSERT_EQ(daemon.process().Wait(), -SIGKILL) << daemon.process().Output();
    CountPictures(hits);
    if (rounds % 3 == 0) ForgetWhenTried();
  }
  ForgetWhenTried();
  Daemon daemon(at_);
  ASSERT_TRUE(Quiet(daemon, static_cast<std::size_t>(dumps), seconds(90)))
      << Crashes(daemon) << daemon.process().Output();
  EXPECT_TRUE(Eventually([&] { return CountedCrashes(daemon.Get("/metrics").body) == dumps; }))
      << daemon.Get("/metrics").body;
  EXPECT_TRUE(daemon.Shows(Cat("kdump_unacknowledged_crashes ", dumps, "\n")));
  int files = 0;
  for (const auto& entry : fs::directory_iterator(State() / "crashes")) {
    EXPECT_TRUE(entry.path().string().ends_with(".json")) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, dumps);
  std::printf("%d rounds, %d dumps; files found after a kill:\n", rounds, dumps);
  for (const auto& [picture, count] : hits) std::printf("  %-40s %5d\n", picture.c_str(), count);
}

// A file system of its own for the state; none when that is not allowed.
class StateMount {
 public:
  StateMount(const fs::path& at, unsigned long flags) : at_(at) {
    fs::create_directories(at);
    mounted_ = mount("tmpfs", at.c_str(), "tmpfs", flags, "size=64k") == 0;
  }
  StateMount(const StateMount&) = delete;
  StateMount& operator=(const StateMount&) = delete;
  ~StateMount() {
    if (mounted_) umount2(at_.c_str(), MNT_DETACH);
  }
  [[nodiscard]] bool mounted() const { return mounted_; }

 private:
  fs::path at_;
  bool mounted_ = false;
};

TEST_F(CrashLedgerTest, AFullDiskUnderTheState) {
  const StateMount disk(State(), 0);
  if (!disk.mounted()) GTEST_SKIP() << "may not mount";
  Daemon daemon(at_);
  ASSERT_TRUE(daemon.Shows("kdump_unacknowledged_crashes 0\n")) << daemon.process().Output();
  ASSERT_TRUE(daemon.Shows("kdumpd_source_up{source=\"state\"} 1\n"));
  std::ofstream(State() / "filler") << std::string(200'000, 'x');
  WriteDump(0);
  EXPECT_TRUE(daemon.Shows("kdumpd_source_up{source=\"state\"} 0\n")) << daemon.process().Output();
  EXPECT_TRUE(daemon.Shows("kdump_verdict{verdict=\"ready\"} 1\n"));
  EXPECT_TRUE(daemon.Shows("kdump_unacknowledged_crashes 1\n")) << "it crashed all the same";
  EXPECT_EQ(CountedCrashes(daemon.Get("/metrics").body), 0) << "not before it is on disk";
  EXPECT_NE(daemon.process().Output().find("No space left"), std::string::npos);
  fs::remove(State() / "filler");
  EXPECT_TRUE(daemon.Shows(kCaptured)) << daemon.process().Output();
  EXPECT_TRUE(daemon.Shows("kdumpd_source_up{source=\"state\"} 1\n"));
  EXPECT_TRUE(daemon.Shows("kdump_unacknowledged_crashes 1\n"));
}

TEST_F(CrashLedgerTest, AReadOnlyState) {
  const StateMount disk(State(), MS_RDONLY);
  if (!disk.mounted()) GTEST_SKIP() << "may not mount";
  Daemon daemon(at_);
  EXPECT_TRUE(daemon.Shows("kdumpd_source_up{source=\"state\"} 0\n")) << daemon.process().Output();
  EXPECT_TRUE(daemon.Shows("kdump_verdict{verdict=\"ready\"} 1\n"));
  WriteDump(0);
  EXPECT_TRUE(daemon.Shows("kdump_unacknowledged_crashes 1\n"));
}

TEST_F(CrashLedgerTest, AThousandDumpsOnRecord) {
  constexpr int kDumps = 1000;
  {
    Daemon first(at_);
    ASSERT_TRUE(first.Shows("kdump_unacknowledged_crashes 0\n"));
    Stop(first);
  }
  for (int i = 0; i < kDumps; ++i) {
    const std::string file = "root/var/crash/" + Directory(i) + "/vmcore";
    at_.Write(file, "no dump");
    fs::last_write_time(at_.path() / file, fs::file_time_type::clock::now() - seconds(3600 + i));
  }
  DumpScanner scanner;
  const auto root = HostRoot::Open({at_.path() / "root", "", ""});
  ASSERT_TRUE(root);
  constexpr std::int64_t kLater = 4'000'000'000;
  const auto list = scanner.Look(*root, "/var/crash", {.now = kLater, .settle_seconds = 1});
  ASSERT_TRUE(list);
  ASSERT_EQ(list->dumps.size(), static_cast<std::size_t>(kDumps));
  const UniqueFd state(open(State().c_str(), O_RDONLY | O_DIRECTORY));
  auto store = *RecordStore::Open(state.get());
  Inspection found;
  found.wholeness.state = DumpState::kDamaged;
  for (CrashRecord& record :
       PlanRecords({{}, list->dumps, true, "0123456789abcdef0123456789abcdef", 1'800'000'000})) {
    BeginInspection(record, 1'800'000'000);
    TakeInspection(found, record);
    ASSERT_TRUE(store.Write(record, R"({"schema_version":1})"));
  }
  const auto start = steady_clock::now();
  Daemon daemon(at_);
  ASSERT_TRUE(Eventually([&] { return daemon.Get("/readyz").status == 200; }));
  const auto first = std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
  EXPECT_TRUE(daemon.Shows("kdump_crashes_total{category=\"unknown\",capture=\"partial\"} 1000\n"));
  ASSERT_TRUE(Quiet(daemon, kDumps)) << daemon.process().Output();
  std::smatch match;
  const std::string status = FileText(Cat("/proc/", daemon.process().pid(), "/status"));
  ASSERT_TRUE(std::regex_search(status, match, std::regex("RssAnon:\\s+([0-9]+)")));
  std::printf("1,000 dumps on record: first verdict after %d ms, RssAnon %s KiB\n",
              static_cast<int>(first.count()), match[1].str().c_str());
  EXPECT_EQ(daemon.process().Output().find("msg=\"crash"), std::string::npos) << "nothing is new";
}

}  // namespace
}  // namespace kdumpd
