// SPDX-License-Identifier: Apache-2.0
// `kdumpd crashes` as a person types it, beside a running daemon and without one.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "daemon/core/text.h"
#include "tests/support/command.h"
#include "tests/support/crash_logs.h"
#include "tests/support/daemon.h"
#include "tests/support/machine_with_log.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const std::string kHistoric = "10.0.0.12-2025-01-02-03:04:05.old";
const std::string kDump = "127.0.0.1-2026-11-22-08:06:51";
const std::string kLog = "127.0.0.1-2026-11-21-01:02:03";
const std::string kTitle = "NULL pointer dereference in blkq_submit [blkq]";

class CrashesCli : public testing::Test {
 protected:
  CrashesCli() { WriteReadyNode(at_); }

  Said Crashes(const std::string& arguments, const std::string& program = KDUMPD_BINARY) const {
    return Kdumpd(at_, "crashes " + arguments, program);
  }
  [[nodiscard]] Json List() const {
    const Said said = Crashes("list --output json");
    return Json::parse(said.out, nullptr, false);
  }
  // The crash in a directory, as the list has it; null when it is not there.
  [[nodiscard]] Json Listed(const std::string& directory) const {
    const Json list = List();
    for (const Json& crash : list["crashes"]) {
      if (crash["directory"] == directory) return crash;
    }
    return {};
  }
  [[nodiscard]] std::string IdOf(const std::string& directory) const {
    const Json crash = Listed(directory);
    return crash.is_object() && crash["record"].is_object() ? crash["record"]["id"] : "";
  }
  [[nodiscard]] bool Inspected(const std::string& directory) const {
    return Eventually([&] {
      const Json crash = Listed(directory);
      return crash.is_object() && crash["record"].is_object() &&
             crash["record"]["inspection"] == "done";
    });
  }

  // Each of another crash.
  void WriteDump(const std::string& directory) const {
    Machine machine = MachineWithLog("x86_64", "ring", SampleLog());
    machine.crash_time += static_cast<std::int64_t>(directory.size());
    at_.Write("root/var/crash/" + directory + "/vmcore", KdumpDump(machine));
  }
  void WriteLog(const std::string& directory) const {
    at_.Write("root/var/crash/" + directory + "/vmcore-dmesg.txt", At(12, kNullX86));
  }
  [[nodiscard]] fs::path Crash(const std::string& directory) const {
    return at_.path() / "root/var/crash" / directory;
  }
  [[nodiscard]] fs::path Record(const std::string& name) const {
    return at_.path() / "state/crashes" / name;
  }

  // A daemon has seen one historic dump, a new one and a log; then it has ended.
  void HaveRecords() {
    WriteDump(kHistoric);
    Daemon daemon(at_);
    ASSERT_TRUE(Eventually([&] { return daemon.Get("/readyz").status == 200; }));
    ASSERT_TRUE(Eventually([&] { return fs::exists(at_.path() / "state/boot.json"); }));
    WriteDump(kDump);
    WriteLog(kLog);
    ASSERT_TRUE(Inspected(kDump) && Inspected(kLog)) << daemon.process().Output();
    daemon.process().Signal(SIGTERM);
    ASSERT_EQ(daemon.process().Wait(), 0);
  }

  ScratchDirectory at_;
};

TEST_F(CrashesCli, WithoutADaemonThatEverRan) {
  EXPECT_EQ(Crashes("list").out, "node-1: no crashes, without records (/var/crash)\n");
  WriteDump(kDump);
  const Said list = Crashes("list");
  EXPECT_EQ(list.status, 0);
  EXPECT_EQ(list.err, "");
  EXPECT_TRUE(list.out.starts_with("node-1: 1 crash, without records (/var/crash)\n2026-11-22T"))
      << list.out;
  EXPECT_NE(list.out.find("  no record  -  " + kDump + "/vmcore  -\n"), std::string::npos)
      << list.out;
  EXPECT_EQ(Listed(kDump)["record"], Json());
  const Said all = Crashes("ack --all");
  EXPECT_EQ(all.status, 0);
  EXPECT_EQ(all.out, "nothing to acknowledge\n");
  for (const char* verb : {"ack 2026", "show 2026"}) {
    const Said said = Crashes(verb);
    EXPECT_EQ(said.status, 1) << verb;
    EXPECT_EQ(said.out, "") << verb;
    EXPECT_EQ(said.err,
              "kdumpd: no crash on record has the id 2026; kdumpd crashes list shows them\n");
  }
  const Said prune = Crashes("prune --retention.keep-newest=0");
  EXPECT_EQ(prune.status, 0);
  EXPECT_TRUE(prune.out.starts_with("removed 0 dumps; 1 stays\n")) << prune.out;
  EXPECT_TRUE(fs::exists(Crash(kDump) / "vmcore"));
  EXPECT_FALSE(fs::exists(at_.path() / "state")) << "nothing of it makes a state directory";
}

TEST_F(CrashesCli, BesideTheDaemon) {
  WriteDump(kHistoric);
  Daemon daemon(at_);
  ASSERT_TRUE(daemon.Shows("kdump_unacknowledged_crashes 0\n")) << daemon.process().Output();
  WriteLog(kLog);
  ASSERT_TRUE(Inspected(kLog)) << daemon.process().Output();
  ASSERT_TRUE(daemon.Shows("kdump_unacknowledged_crashes 1\n"));
  const std::string id = IdOf(kLog);

  const Said list = Crashes("list");
  EXPECT_EQ(list.status, 0);
  EXPECT_TRUE(list.out.starts_with("node-1: 2 crashes, 1 not acknowledged (/var/crash)\n"))
      << list.out;
  EXPECT_NE(list.out.find("log_only  NEW       null_dereference  " + kTitle + "  " + id + "\n"),
            std::string::npos)
      << list.out;
  EXPECT_NE(list.out.find("  historic  -                 " + kHistoric + "/vmcore  "),
            std::string::npos)
      << list.out;
  // Says the same as the daemon, save when it looked.
  EXPECT_TRUE(Eventually([&] {
    Json ours = List(), its = Json::parse(daemon.Get("/api/v1/crashes").body, nullptr, false);
    ours.erase("time");
    its.erase("time");
    return ours == its;
  })) << List()
      << "\n"
      << daemon.Get("/api/v1/crashes").body;

  const Said ack = Crashes("ack " + id.substr(0, 12));
  EXPECT_EQ(ack.status, 0) << ack.err;
  EXPECT_EQ(ack.out, "acknowledged " + id + "  " + kTitle +
                         "\nthe running daemon takes it at its next look\n");
  EXPECT_EQ(Listed(kLog)["record"]["acknowledged_by"], "hand") << "at once";
  EXPECT_TRUE(daemon.Shows("kdump_unacknowledged_crashes 0\n")) << "and the daemon has taken it";
  EXPECT_FALSE(fs::exists(Record(id + ".ack")));
  const Said again = Crashes("ack " + id);
  EXPECT_EQ(again.status, 0);
  EXPECT_NE(again.out.find(" again; before "), std::string::npos) << again.out;

  const Said prune = Crashes("prune --retention.keep-newest=0");
  EXPECT_EQ(prune.status, 0) << prune.err;
  EXPECT_TRUE(prune.out.starts_with("removed 1 dump, ")) << prune.out;
  EXPECT_FALSE(fs::exists(Crash(kLog)));
  EXPECT_TRUE(fs::exists(Crash(kHistoric) / "vmcore"));
  EXPECT_NE(Crashes("list").out.find("  pruned  "), std::string::npos);
  EXPECT_TRUE(Eventually([&] { return !fs::exists(Record(id + ".pruned")); })) << "taken";
  const Json record = Json::parse(FileText(Record(id + ".json")), nullptr, false);
  EXPECT_GT(record["pruned_at"], 0);
  EXPECT_GT(record["gone_at"], 0);
  EXPECT_TRUE(daemon.Shows("kdump_crashes_total{")) << "still counted";
}

TEST_F(CrashesCli, WithoutTheDaemon) {
  HaveRecords();
  const std::string id = IdOf(kDump), log = IdOf(kLog);
  ASSERT_TRUE(!id.empty() && !log.empty());
  const Said list = Crashes("list");
  EXPECT_TRUE(list.out.starts_with("node-1: 3 crashes, 2 not acknowledged (/var/crash)\n"))
      << list.out;
  const Said ack = Crashes("ack " + id);
  EXPECT_EQ(ack.status, 0) << ack.err;
  EXPECT_EQ(ack.out.find("daemon"), std::string::npos) << ack.out;
  EXPECT_FALSE(fs::exists(Record(id + ".ack"))) << "taken at once";
  EXPECT_EQ(Json::parse(FileText(Record(id + ".json")))["acknowledged_by"], "hand");
  EXPECT_EQ(Crashes("ack --older-than 9999d").out, "nothing to acknowledge\n");
  const Said all = Crashes("ack --all --output json");
  EXPECT_EQ(all.status, 0);
  EXPECT_EQ(Json::parse(all.out)["acknowledged"], Json::array({log}));
  EXPECT_EQ(Json::parse(all.out)["pending"], false);
  EXPECT_EQ(Crashes("ack --all").out, "nothing to acknowledge\n");

  fs::remove_all(Crash(kDump));
  EXPECT_NE(Crashes("list").out.find("  gone "), std::string::npos) << Crashes("list").out;
  const Said show = Crashes("show " + id);
  EXPECT_EQ(show.status, 0);
  EXPECT_NE(show.out.find("  path        gone since "), std::string::npos) << show.out;
  EXPECT_NE(show.out.find("; it was /var/crash/" + kDump + "/vmcore\n"), std::string::npos);
  EXPECT_EQ(Json::parse(FileText(Record(id + ".json")))["gone_at"], 0)
      << "who looks writes nothing";
}

TEST_F(CrashesCli, AcknowledgesWhatIsOlder) {
  HaveRecords();
  // By the time of the crash: what is a year ahead of it is older than nothing.
  std::string text = FileText(Record(IdOf(kLog) + ".json"));
  const auto at = text.find("\"crash_time\": ") + 14;
  text.replace(at, text.find(',', at) - at, "1000000000");
  at_.Write("state/crashes/" + IdOf(kLog) + ".json", text);
  const Said said = Crashes("ack --older-than 3650d");
  EXPECT_EQ(said.status, 0) << said.err;
  EXPECT_TRUE(said.out.starts_with("acknowledged " + IdOf(kLog))) << said.out;
  EXPECT_EQ(Lines(said.out).size(), 1U) << said.out;
}

TEST_F(CrashesCli, ShowsWhatCrashedAndWhatIsRemembered) {
  HaveRecords();
  const std::string id = IdOf(kLog);
  const Said said = Crashes("show " + id);
  EXPECT_EQ(said.status, 0) << said.err;
  EXPECT_TRUE(said.out.starts_with(kTitle + "\n  id          " + id +
                                   "\n  path        /var/crash/" + kLog + "/vmcore-dmesg.txt, "))
      << said.out;
  for (const char* row :
       {"\n  inspection  done, 1 attempt\n", "\n  ack         not yet: kdumpd crashes ack 2026",
        "\n  reason      BUG: kernel NULL pointer dereference, address: ",
        "\n  frames      blkq_submit.isra.0 [blkq]\n", "\n  signature   v1-"}) {
    EXPECT_NE(said.out.find(row), std::string::npos) << row << " is not in\n" << said.out;
  }
  EXPECT_EQ(said.out.find('\x1b'), std::string::npos);
  const Json json = Json::parse(Crashes("show " + id + " --output json").out, nullptr, false);
  EXPECT_EQ(json["schema_version"], 1);
  EXPECT_EQ(json["id"], id);
  EXPECT_EQ(json["directory"], kLog);
  EXPECT_EQ(json["record"]["inspection"], "done");
  EXPECT_EQ(json["report"]["crash"]["title"], kTitle);
}

TEST_F(CrashesCli, AnUnambiguousBeginningIsEnough) {
  HaveRecords();
  const std::string id = IdOf(kDump);
  EXPECT_EQ(Crashes("show " + id.substr(0, 15)).out, Crashes("show " + id).out);
  const Said two = Crashes("show 2026");
  EXPECT_EQ(two.status, 1);
  EXPECT_TRUE(two.err.starts_with("kdumpd: 3 ids begin with 2026: 2026")) << two.err;
  EXPECT_TRUE(Crashes("ack 2026").err.starts_with("kdumpd: 2 ids begin with 2026: 2026"))
      << "what has no record is acknowledged by nobody";
  EXPECT_EQ(Crashes("ack 2026").status, 1);
  for (const char* other : {"2027", "../../etc/passwd", "\"$(printf 'a\\033[2J')\"", "''"}) {
    const Said said = Crashes(Cat("show ", other));
    EXPECT_EQ(said.status, 1) << other;
    EXPECT_EQ(said.err.find('\x1b'), std::string::npos);
  }
  // One that is not there spoils the whole request.
  EXPECT_EQ(Crashes("ack " + id + " 2027").status, 1);
  EXPECT_EQ(Listed(kDump)["record"]["acknowledged"], Json());
}

TEST_F(CrashesCli, NamesAreShownAndNotObeyed) {
  const std::string hostile = "a\x1b[2J\nb\xff-2026-11-20-01:02:03";
  const std::string shown = "a\\x1b[2J\\x0ab\\xff-2026-11-20-01:02:03";
  WriteDump(hostile + "x");  // historic
  Daemon daemon(at_);
  ASSERT_TRUE(daemon.Shows("kdump_unacknowledged_crashes 0\n"));
  WriteLog(hostile);
  ASSERT_TRUE(Inspected(shown)) << List() << daemon.process().Output();
  const std::string id = IdOf(shown);
  const Said ack = Crashes("ack " + id);
  EXPECT_EQ(ack.status, 0) << ack.err;
  for (const char* verb : {"list", "show ", "prune --dry-run"}) {
    const Said said = Crashes(*verb == 's' ? verb + id : verb);
    EXPECT_EQ(said.status, 0) << verb;
    EXPECT_NE(said.out.find("a\\x1b[2J\\x0ab\\xff-2026"), std::string::npos) << said.out;
    EXPECT_EQ((said.out + said.err).find('\x1b'), std::string::npos) << verb;
    EXPECT_EQ((said.out + said.err).find('\xff'), std::string::npos) << verb;
  }
  const Said prune = Crashes("prune --retention.keep-newest=1 --retention.max-bytes=0");
  EXPECT_EQ(prune.status, 0) << prune.err;
  EXPECT_FALSE(fs::exists(Crash(hostile)));
  EXPECT_TRUE(fs::exists(Crash(hostile + "x")));
}

TEST_F(CrashesCli, PruneSaysWhatAndWhyAndDoesNoMore) {
  HaveRecords();
  const std::string dump = IdOf(kDump), log = IdOf(kLog);
  const std::string limits = "prune --retention.keep-newest=0 --retention.max-age=1m";
  Said said = Crashes(limits + " --dry-run");
  EXPECT_EQ(said.status, 0);
  EXPECT_TRUE(said.out.starts_with("would remove 0 dumps; 3 stay\n")) << said.out;
  EXPECT_NE(said.out.find("nobody has acknowledged it, though 1 dump is newer"), std::string::npos)
      << said.out;
  EXPECT_EQ(Crashes("ack --all").status, 0);
  at_.Write("root/var/crash/" + kLog + "/notes.txt", "mine");
  said = Crashes(limits + " --dry-run");
  EXPECT_TRUE(said.out.starts_with("would remove 1 dump, ")) << said.out;
  EXPECT_NE(said.out.find("it holds notes.txt, which no dump writer makes"), std::string::npos);
  EXPECT_TRUE(fs::exists(Crash(kDump) / "vmcore")) << "nothing was removed";
  const Json json = Json::parse(Crashes(limits + " --dry-run --output json").out, nullptr, false);
  EXPECT_EQ(json["dry_run"], true);
  ASSERT_EQ(json["dumps"].size(), 3U);
  for (const Json& decision : json["dumps"]) {
    EXPECT_EQ(decision["remove"], decision["id"] == dump) << decision;
    EXPECT_EQ(decision["reason"], decision["id"] == dump  ? "keep_newest"
                                  : decision["id"] == log ? "obstacle"
                                                          : "historic");
  }
  said = Crashes(limits);
  EXPECT_EQ(said.status, 0) << said.err;
  EXPECT_FALSE(fs::exists(Crash(kDump)));
  EXPECT_TRUE(fs::exists(Crash(kLog) / "vmcore-dmesg.txt"));
  EXPECT_TRUE(fs::exists(Crash(kHistoric) / "vmcore"));
  const Json record = Json::parse(FileText(Record(dump + ".json")));
  EXPECT_GT(record["pruned_at"], 0) << "taken at once";
  EXPECT_NE(Crashes("show " + dump).out.find("  path        removed by retention "),
            std::string::npos);
}

// Nobody has seen what came later: it stays, whoever wrote it, until somebody says so once more.
TEST_F(CrashesCli, PruneKeepsWhatChangedSinceItWasAcknowledged) {
  HaveRecords();
  const std::string dump = IdOf(kDump), prune = "prune --retention.keep-newest=0";
  ASSERT_EQ(Crashes("ack --all").status, 0);
  const std::string beside = "root/var/crash/" + kDump + "/vmcore-incomplete";
  at_.Write(beside, "of another crash");
  Said said = Crashes(prune);
  EXPECT_NE(said.out.find("it holds vmcore-incomplete as well, which is not what was inspected"),
            std::string::npos)
      << said.out;
  fs::remove(at_.path() / beside);
  at_.Write("root/var/crash/" + kDump + "/vmcore-dmesg.txt", "of another crash");
  said = Crashes(prune);
  EXPECT_NE(said.out.find("vmcore-dmesg.txt has changed since it was acknowledged; kdumpd crashes "
                          "ack " +
                          dump + " says that this was seen too"),
            std::string::npos)
      << said.out;
  ASSERT_TRUE(fs::exists(Crash(kDump) / "vmcore"));
  std::this_thread::sleep_for(std::chrono::seconds(1));  // a second is the unit of both
  ASSERT_EQ(Crashes("ack " + dump).status, 0);
  said = Crashes(prune);
  EXPECT_EQ(said.status, 0) << said.out << said.err;
  EXPECT_FALSE(fs::exists(Crash(kDump)));
}

// A node without a clock stamps every crash alike: the next one comes into the same directory.
TEST_F(CrashesCli, AnotherCrashInTheSameDirectoryIsNotAcknowledged) {
  HaveRecords();
  ASSERT_EQ(Crashes("ack --all").status, 0);
  {
    Daemon daemon(at_);
    ASSERT_TRUE(daemon.Shows("kdump_unacknowledged_crashes 0\n")) << daemon.process().Output();
    WriteDump(kLog);
    ASSERT_TRUE(daemon.Shows("kdump_unacknowledged_crashes 1\n")) << daemon.process().Output();
    ASSERT_TRUE(Inspected(kLog));
  }
  EXPECT_EQ(Crashes("prune --retention.keep-newest=0").status, 0);
  EXPECT_TRUE(fs::exists(Crash(kLog) / "vmcore"));
  EXPECT_FALSE(fs::exists(Crash(kDump)));
}

TEST_F(CrashesCli, WithoutLimitsNothingGoes) {
  HaveRecords();
  EXPECT_EQ(Crashes("ack --all").status, 0);
  const Said said = Crashes("prune");
  EXPECT_EQ(said.status, 0);
  EXPECT_TRUE(said.out.starts_with("removed 0 dumps; 3 stay\n")) << said.out;
  EXPECT_TRUE(said.err.starts_with("kdumpd: no limit is set")) << said.err;
}

TEST_F(CrashesCli, WhatIsDamagedIsTold) {
  HaveRecords();
  const std::string dump = IdOf(kDump), log = IdOf(kLog);
  at_.Write("state/crashes/" + dump + ".json", "{");
  std::string text = FileText(Record(log + ".json"));
  text.replace(text.find("\"report\": "), 10, "\"report\": {}, \"was\": ");
  at_.Write("state/crashes/" + log + ".json", text);
  const Said list = Crashes("list");
  EXPECT_NE(list.err.find(dump + ".json: it does not parse; not read"), std::string::npos)
      << list.err;
  EXPECT_TRUE(fs::exists(Record(dump + ".json"))) << "who looks moves nothing";
  const Said show = Crashes("show " + log);
  EXPECT_EQ(show.status, 0);
  EXPECT_TRUE(show.err.starts_with("kdumpd: the stored report is not shown: ")) << show.err;
  EXPECT_TRUE(show.out.starts_with(kTitle + "\n  id          " + log + "\n")) << show.out;
}

TEST_F(CrashesCli, AnOrdinaryUserSeesWhatHeMaySee) {
  HaveRecords();
  const fs::path program = at_.path() / "kdumpd";  // a build directory may be root's alone
  fs::copy_file(KDUMPD_BINARY, program);
  for (const fs::path& path : {at_.path(), program}) fs::permissions(path, fs::perms(0755));
  std::string command = program;
  if (::geteuid() == 0) command = "setpriv --reuid=65534 --regid=65534 --clear-groups " + command;
  const Said list = Crashes("list", command);
  if (::geteuid() != 0) GTEST_SKIP() << "the state directory is ours";
  EXPECT_EQ(list.status, 1);
  EXPECT_NE(list.out.find(kDump + "/vmcore"), std::string::npos) << list.out << list.err;
  EXPECT_NE(list.err.find("Permission denied"), std::string::npos) << list.err;
  for (const char* verb :
       {"ack --all", "ack 2026", "show 2026", "prune --retention.keep-newest=0"}) {
    const Said said = Crashes(verb, command);
    EXPECT_EQ(said.status, 1) << verb;
    EXPECT_NE(said.err.find("Permission denied"), std::string::npos) << verb << said.err;
  }
}

TEST_F(CrashesCli, TheDaemonAcknowledgesByAge) {
  HaveRecords();
  const std::string id = IdOf(kLog);
  std::string text = FileText(Record(id + ".json"));
  const auto at = text.find("\"sealed_at\": ") + 13;
  text.replace(at, text.find(',', at) - at, "1000000000");
  at_.Write("state/crashes/" + id + ".json", text);
  Daemon daemon(at_, {"--crashes.acknowledge-after=1d"});
  ASSERT_TRUE(daemon.Shows("kdump_unacknowledged_crashes 1\n")) << daemon.process().Output();
  EXPECT_EQ(Listed(kLog)["record"]["acknowledged_by"], "age");
  EXPECT_EQ(Listed(kDump)["record"]["acknowledged_by"], Json());
}

TEST_F(CrashesCli, UsageErrors) {
  for (const char* arguments :
       {"", "lists", "list extra", "list --all", "list --output prometheus", "show",
        "show 2026 2027", "ack", "ack --all 2026", "ack --all --older-than 1d",
        "ack --older-than 5", "ack --older-than yesterday", "prune --all",
        "prune --retention.keep-newest=-1", "prune --retention.max-bytes=5GB",
        "prune --retention.max-age=10"}) {
    const Said said = Crashes(arguments);
    EXPECT_EQ(said.status, 64) << arguments;
    EXPECT_EQ(said.out, "") << arguments;
    EXPECT_NE(said.err, "") << arguments;
  }
  EXPECT_EQ(Crashes("--help").status, 0);
  EXPECT_EQ(Crashes("ack --help").status, 0);
}

TEST_F(CrashesCli, WhoStopsReadingIsNoFault) {
  Process process({"sh", "-c",
                   Cat("{ ", KDUMPD_BINARY, " crashes list --path.rootfs=", at_.path().string(),
                       "/root --path.state=", at_.path().string(), "/state; echo $? >",
                       at_.path().string(), "/status; } | true")},
                  at_.path() / "shell");
  EXPECT_EQ(process.Wait(), 0);
  EXPECT_EQ(FileText(at_.path() / "status"), "0\n");
}

}  // namespace
}  // namespace kdumpd
