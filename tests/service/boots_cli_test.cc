// SPDX-License-Identifier: Apache-2.0
// `kdumpd boots`, and `kdumpd crashes` about a crash that left no dump, on what a daemon has left.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "daemon/core/boot_ledger.h"
#include "daemon/core/text.h"
#include "daemon/host/boot_store.h"
#include "daemon/host/drill_store.h"
#include "daemon/host/record_store.h"
#include "tests/support/command.h"
#include "tests/support/daemon.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::int64_t kEnd = 1'795'331'703;                      // 2026-11-22T07:15:03Z
const std::string kRunning = "6f3c1a524a1e4c559a6e3f2b8e1d7c90";  // of WriteReadyNode()
const std::string kOld(32, 'a');

class BootsCli : public testing::Test {
 protected:
  BootsCli() {
    WriteReadyNode(at_);
    at_.Write("root/proc/stat", "cpu 1 2 3\nbtime 1795331800\n");
  }

  Said Run(const std::string& verb, const std::string& program = KDUMPD_BINARY) const {
    return Kdumpd(at_, verb, program);
  }
  [[nodiscard]] fs::path State() const { return at_.path() / "state"; }
  [[nodiscard]] UniqueFd StateFd() const {
    fs::create_directories(State());
    return UniqueFd(open(State().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }

  // A daemon was there while a boot ran that panicked, and in the one before it. `done`: it has
  // decided on both.
  void HaveBoots(bool done = true) const {
    const UniqueFd state = StateFd();
    auto store = BootStore::Open(state.get());
    ASSERT_TRUE(store);
    Heartbeat beat;
    beat.boot_id = done ? kRunning : kOld;
    ASSERT_TRUE(store->Beat(beat));
    BootRecord clean;
    clean.boot_id = std::string(32, 'b');
    clean.ended_by = kEnd - 90'000;
    clean.last_sign = clean.ended_by - 40;
    clean.outcome = BootOutcome::kClean;
    clean.confidence = Confidence::kHigh;
    clean.reason = "shutdown";
    clean.message = "it went down in order";
    ASSERT_TRUE(store->Record(clean));
    if (!done) return;
    ASSERT_TRUE(store->Record(Missed()));
    ASSERT_TRUE(store->Done(kRunning));
  }
  static BootRecord Missed() {
    BootRecord boot;
    boot.boot_id = kOld;
    boot.began = kEnd - 80'000;
    boot.last_sign = kEnd;
    boot.ended_by = kEnd + 97;
    boot.outcome = BootOutcome::kMissed;
    boot.confidence = Confidence::kHigh;
    boot.reason = "hop_failed";
    boot.message = "it panicked while kdump was armed, and the capture kernel did not take over";
    boot.evidence = {{"pstore", "a panic left dmesg-ramoops-0\x1b[2J"}};
    boot.armed = true;
    boot.cause = "hop_failed";
    boot.cause_line = "a panic record of an armed kernel";
    boot.decided_at = kEnd + 300;
    return boot;
  }
  // And the record of that crash.
  [[nodiscard]] std::string HaveMissedCrash() const {
    HaveBoots();
    const auto record = CrashWithoutDump(Missed(), {}, "machine");
    EXPECT_TRUE(record);
    auto store = RecordStore::Open(StateFd().get());
    EXPECT_TRUE(store && store->Write(*record));
    return record->id;
  }

  ScratchDirectory at_;
};

TEST_F(BootsCli, WhereNoDaemonHasRun) {
  for (const bool directory : {false, true}) {
    if (directory) (void)StateFd();
    const Said said = Run("boots");
    EXPECT_EQ(said.status, 0);
    EXPECT_EQ(said.err, "");
    EXPECT_TRUE(said.out.starts_with("node-1: up since 2026-11-22T07:16:40Z, armed\n")) << said.out;
    EXPECT_TRUE(said.out.ends_with(
        "\nnothing is on record of earlier boots: no daemon has watched this node\n"))
        << said.out;
    const Json json = Json::parse(Run("boots --output json").out, nullptr, false);
    EXPECT_EQ(json["boots"], nullptr);
    EXPECT_EQ(json["decided"], false);
    EXPECT_EQ(json["running"]["boot_id"], kRunning);
    EXPECT_EQ(json["running"]["began"], "2026-11-22T07:16:40Z");
    EXPECT_EQ(json["running"]["armed"], true);
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(State()), {}), 0) << "who looks writes nothing";
}

TEST_F(BootsCli, TheNewestInFullAndTheOthersInALine) {
  HaveBoots();
  const Said said = Run("boots");
  EXPECT_EQ(said.status, 0) << said.err;
  const auto lines = Lines(said.out);
  EXPECT_EQ(lines[1],
            "2026-11-22T07:15:03Z  missed  it panicked while kdump was armed, and the capture "
            "kernel did not take over");
  EXPECT_EQ(lines[2], "  confidence  high (hop_failed)");
  EXPECT_EQ(lines.back(), "2026-11-21T06:14:23Z  clean  it went down in order  -");
  EXPECT_NE(said.out.find("\n  evidence    pstore: a panic left dmesg-ramoops-0\\x1b[2J\n"),
            std::string::npos)
      << said.out;
  EXPECT_NE(said.out.find("\n  proof       a panic record of an armed kernel\n"),
            std::string::npos);
  EXPECT_EQ(said.out.find('\x1b'), std::string::npos);
  const std::string all = Run("boots --all").out;
  EXPECT_NE(all.find("\n  confidence  high (shutdown)\n"), std::string::npos) << all;
  const Json json = Json::parse(Run("boots --output json").out, nullptr, false);
  EXPECT_EQ(json["decided"], true);
  ASSERT_EQ(json["boots"].size(), 2U);
  EXPECT_EQ(json["boots"][0]["cause"]["code"], "hop_failed");
}

TEST_F(BootsCli, SaysWhenTheLastBootIsNotDecided) {
  HaveBoots(false);
  const Said said = Run("boots");
  EXPECT_EQ(said.status, 0);
  EXPECT_EQ(Lines(said.out)[1],
            "how the boot before this one ended is not decided yet; before that:");
  EXPECT_TRUE(Lines(said.out)[2].starts_with("2026-11-21T06:14:23Z  clean  ")) << said.out;
  EXPECT_EQ(Json::parse(Run("boots --output json").out)["decided"], false);
  // A drill is what it waits for.
  const UniqueFd state = StateFd();
  auto drills = DrillStore::Open(state.get());
  ASSERT_TRUE(drills);
  ASSERT_TRUE(drills->Begin({.id = "0123456789abcdef",
                             .node = "node-1",
                             .boot_id = kOld,
                             .requested_at = kEnd - 30,
                             .crash_at = kEnd,
                             .fingerprint = ""}));
  EXPECT_EQ(Lines(Run("boots").out)[1],
            "drill 0123456789abcdef is pending, requested 2026-11-22T07:14:33Z");
}

TEST_F(BootsCli, WhatCannotBeReadIsTold) {
  HaveBoots();
  at_.Write("state/boots.json", "{\"schema_version\": 99}");
  for (const char* verb : {"boots", "boots --output json"}) {
    const Said said = Run(verb);
    EXPECT_EQ(said.status, 1) << verb;
    EXPECT_NE(said.err.find("boots.json has schema 99, newer than our"), std::string::npos)
        << said.err;
    EXPECT_EQ(said.out.empty(), std::string_view(verb) == "boots") << said.out;
  }
  at_.Write("state/boots.json", "{");
  EXPECT_EQ(Run("boots").status, 1);
  EXPECT_TRUE(fs::exists(State() / "boots.json")) << "who looks moves nothing";
  // Of those that are on record all are told, whatever became of the heartbeat.
  fs::remove(State() / "boots.json");
  HaveBoots();
  at_.Write("state/heartbeat.json", "{");
  const Said said = Run("boots");
  EXPECT_EQ(said.status, 0);
  EXPECT_NE(said.err.find("heartbeat.json"), std::string::npos) << said.err;
  EXPECT_NE(said.out.find("not decided yet; before that:\n2026-11-22T07:15:03Z  missed"),
            std::string::npos)
      << said.out;
}

TEST_F(BootsCli, AnOrdinaryUserMayNotSee) {
  if (::geteuid() != 0) GTEST_SKIP() << "the state directory is ours";
  HaveBoots();
  fs::permissions(State(), fs::perms(0700));
  const fs::path program = at_.path() / "kdumpd";  // a build directory may be root's alone
  fs::copy_file(KDUMPD_BINARY, program);
  for (const fs::path& path : {at_.path(), program}) fs::permissions(path, fs::perms(0755));
  const Said said =
      Run("boots", Cat("setpriv --reuid=65534 --regid=65534 --clear-groups ", program.string()));
  EXPECT_EQ(said.status, 1);
  EXPECT_EQ(said.out, "");
  EXPECT_NE(said.err.find("Permission denied"), std::string::npos) << said.err;
}

TEST_F(BootsCli, SaysTheSameAsTheDaemon) {
  HaveBoots();
  Daemon daemon(at_);
  ASSERT_TRUE(daemon.Shows("kdump_last_boot_outcome{outcome=\"missed\"} 1\n"))
      << daemon.process().Output();
  Json its = Json::parse(daemon.Get("/api/v1/boots").body, nullptr, false);
  Json ours = Json::parse(Run("boots --output json").out, nullptr, false);
  EXPECT_EQ(its["decided"], true);
  EXPECT_NE(its["running"]["armed_since"], nullptr);
  for (Json* json : {&its, &ours}) {
    json->erase("time");
    (*json)["running"].erase("armed_since");
  }
  EXPECT_EQ(ours, its);
  EXPECT_EQ(Json::parse(daemon.Get("/api/v1/status").body)["last_boot"], "missed");
}

TEST_F(BootsCli, ACrashThatLeftNoDumpIsListedShownAndAcknowledged) {
  const std::string id = HaveMissedCrash();
  const std::string title =
      "it panicked while kdump was armed, and the capture kernel did not take over";
  const Said list = Run("crashes list");
  EXPECT_EQ(list.status, 0) << list.err;
  EXPECT_EQ(list.out, Cat("node-1: 1 crash, 1 not acknowledged (/var/crash)\n"
                          "2026-11-22T07:15:03Z  missed  NEW  unknown  ",
                          title, "  ", id, '\n'));
  const Json json = Json::parse(Run("crashes list --output json").out, nullptr, false);
  EXPECT_EQ(json["total"], 1);
  EXPECT_EQ(json["crashes"][0]["record"]["capture"], "missed");
  EXPECT_EQ(json["crashes"][0]["record"]["cause"]["code"], "hop_failed");

  const Said show = Run("crashes show " + id.substr(0, 9));
  EXPECT_EQ(show.status, 0) << show.err;
  EXPECT_TRUE(show.out.starts_with(Cat(title, "\n  id          ", id, '\n'))) << show.out;
  for (const char* row :
       {"\n  when        2026-11-22T07:15:03Z or later, before 2026-11-22T07:16:40Z\n",
        "\n  capture     missed (hop_failed), confidence high\n",
        "\n  evidence    pstore: a panic left dmesg-ramoops-0\\x1b[2J\n",
        "\n  cause       hop_failed: ", "\n  proof       a panic record", "\n  remedy      "}) {
    EXPECT_NE(show.out.find(row), std::string::npos) << row << " is not in\n" << show.out;
  }
  EXPECT_EQ(show.out.find("  path "), std::string::npos) << show.out;

  EXPECT_EQ(Run("crashes prune --retention.keep-newest=0").status, 0);
  const Said ack = Run("crashes ack --older-than 1m");
  EXPECT_EQ(ack.status, 0) << ack.err;
  EXPECT_EQ(ack.out, Cat("acknowledged ", id, "  ", title, '\n'));
  EXPECT_NE(Run("crashes list").out.find("  missed  acknowledged  "), std::string::npos);
  EXPECT_NE(Run("crashes ack " + id).out.find(" again; before "), std::string::npos);
}

TEST_F(BootsCli, TheDaemonKeepsACrashThatLeftNoDump) {
  const std::string id = HaveMissedCrash();
  Daemon daemon(at_);
  ASSERT_TRUE(daemon.Shows("kdump_unacknowledged_crashes 1\n")) << daemon.process().Output();
  const auto listed = [&] {
    return Json::parse(daemon.Get("/api/v1/crashes").body, nullptr, false)["crashes"];
  };
  ASSERT_EQ(listed().size(), 1U) << daemon.Get("/api/v1/crashes").body;
  EXPECT_EQ(listed()[0]["record"]["id"], id);
  EXPECT_EQ(listed()[0]["record"]["gone"], nullptr);
  EXPECT_EQ(Run("crashes ack " + id).status, 0);
  EXPECT_TRUE(daemon.Shows("kdump_unacknowledged_crashes 0\n"));
  EXPECT_EQ(listed()[0]["record"]["acknowledged_by"], "hand");
  EXPECT_EQ(listed()[0]["record"]["gone"], nullptr) << "what was never there does not go";
}

TEST_F(BootsCli, UsageErrors) {
  for (const char* verb : {"boots list", "boots --output prometheus", "boots --older-than 1d"}) {
    EXPECT_EQ(Run(verb).status, 64) << verb;
  }
  EXPECT_EQ(Run("boots --help").status, 0);
}

}  // namespace
}  // namespace kdumpd
