// SPDX-License-Identifier: Apache-2.0
// `kdumpd drill` as a person types it.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "daemon/core/text.h"
#include "tests/render/schema_check.h"
#include "tests/support/drill_cli.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// The intent is on disk, with the time of the crash, before the crash is asked for.
TEST_F(DrillCli, AsksForTheCrashOnceItIsOnRecord) {
  Process drill(Command(kAllForced + " --output json"), at_.path() / "drill");
  ASSERT_TRUE(Eventually([&] { return fs::exists(State("drill.pending")); })) << drill.Output();
  EXPECT_EQ(Pending()["crash_at"], 0) << "the countdown runs";
  EXPECT_EQ(Trigger(), "");
  ASSERT_TRUE(Eventually([&] { return !Trigger().empty(); }, std::chrono::seconds(60)))
      << drill.Output();
  drill.Signal(SIGKILL);  // as a crash does
  EXPECT_EQ(drill.Wait(), -SIGKILL);
  EXPECT_EQ(Trigger(), "c");
  const Json pending = Pending();
  EXPECT_EQ(pending["node"], "node-1");
  EXPECT_EQ(pending["boot_id"], "6f3c1a524a1e4c559a6e3f2b8e1d7c90");
  EXPECT_GT(pending["crash_at"], pending["requested_at"]);
  EXPECT_EQ(pending["fingerprint"].get<std::string>().size(), 16U);
  EXPECT_LE(fs::last_write_time(State("drill.pending")),
            fs::last_write_time(at_.path() / "root/proc/sysrq-trigger"));
  const std::string output = drill.Output();
  const auto begin = output.find('{');
  const Json json = Json::parse(output.substr(begin, output.find('\n', begin) - begin));
  EXPECT_EQ(json["started"], true);
  EXPECT_EQ(json["pending"]["id"], pending["id"]);
  EXPECT_EQ(json["refusals"][0]["reason"], "daemon_not_running") << "what was overruled";
  // Another one waits for its result.
  const Said second = Drill(kAllForced);
  EXPECT_EQ(second.status, 1);
  EXPECT_NE(second.text.find("  pending: drill "), std::string::npos) << second.text;
  EXPECT_EQ(Trigger(), "c");
}

// On a terminal the name is asked for; what the shell prints is typed on it.
TEST_F(DrillCli, AsksForTheNameOnATerminal) {
  if (!fs::exists("/usr/bin/script")) GTEST_SKIP() << "no script(1)";
  const auto typed = [this](const std::string& shell) {
    // exec: whether a shell stands between us and the terminal's ^C is not left to $SHELL.
    std::string command = "exec";
    for (const std::string& word : Command("start --force")) command += " " + word;
    Process process(
        {"sh", "-c",
         Cat("(", shell, ") | SHELL=/bin/sh /usr/bin/script -qec '", command, "' /dev/null")},
        at_.path() / "terminal");
    const auto status = process.Wait(std::chrono::seconds(60));
    return Said{status.value_or(-1), process.Output()};
  };
  const Said other = typed("echo node-2; sleep 1");
  EXPECT_NE(other.text.find("Type its name to go on: "), std::string::npos) << other.text;
  EXPECT_NE(other.text.find("other_node"), std::string::npos) << other.text;
  EXPECT_EQ(other.status, 1) << other.text;
  const Said right = typed(Cat("echo node-1; while ! [ -e ", State("drill.pending").string(),
                               " ]; do sleep 0.1; done; printf '\\003'; sleep 1"));
  EXPECT_NE(right.text.find("cancelled by a signal"), std::string::npos) << right.text;
  EXPECT_EQ(right.status, 1) << right.text;
  const std::string look = Cat("while ! grep -q 'Type its name' ",
                               (at_.path() / "terminal").string(), "; do sleep 0.1; done; ");
  const Said late =
      typed(Cat(look, "echo 0 > ", (at_.path() / "root/proc/sys/kernel/panic").string(),
                "; echo node-1; sleep 1"));
  EXPECT_NE(late.text.find("kernel.panic is 0"), std::string::npos)
      << "it was another one when it was asked for: " << late.text;
  at_.Write("c.yaml", "{}");
  const Said disabled = typed("echo node-1; sleep 1");
  EXPECT_EQ(disabled.text.find("Type its name"), std::string::npos) << "for nothing";
  EXPECT_NE(disabled.text.find("not_enabled"), std::string::npos) << disabled.text;
  EXPECT_EQ(Trigger(), "");
}

TEST_F(DrillCli, ANodeThatDoesNotCrashIsCancelled) {
  const Said said = Drill(kAllForced);
  EXPECT_EQ(said.status, 1);
  EXPECT_EQ(Trigger(), "c");
  EXPECT_NE(said.text.find("crashes on purpose in 5 s; Ctrl-C cancels\n5 4 3 2 1\n"),
            std::string::npos)
      << said.text;
  EXPECT_NE(said.text.find("still runs; the drill is cancelled"), std::string::npos) << said.text;
  EXPECT_FALSE(fs::exists(State("drill.pending")));
}

TEST_F(DrillCli, ASignalInTheCountdownCancels) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    Process drill(Command(kAllForced), at_.path() / "drill");
    ASSERT_TRUE(Eventually([&] { return drill.Output().find("\n5 ") != std::string::npos; }))
        << drill.Output();
    ASSERT_TRUE(fs::exists(State("drill.pending")));
    drill.Signal(signal);
    EXPECT_EQ(drill.Wait(), 1) << drill.Output();
    EXPECT_NE(drill.Output().find("cancelled by a signal"), std::string::npos) << drill.Output();
    EXPECT_FALSE(fs::exists(State("drill.pending")));
    EXPECT_EQ(Trigger(), "");
  }
}

TEST_F(DrillCli, SomebodyElseCancelsInTheCountdown) {
  Process drill(Command(kAllForced), at_.path() / "drill");
  ASSERT_TRUE(Eventually([&] { return fs::exists(State("drill.pending")); })) << drill.Output();
  EXPECT_EQ(Drill("cancel").status, 0);
  EXPECT_EQ(drill.Wait(std::chrono::seconds(60)), 1);
  EXPECT_NE(drill.Output().find("somebody else has cancelled the drill"), std::string::npos)
      << drill.Output();
  EXPECT_EQ(Trigger(), "");
}

// A pipe that nobody reads holds us up when the crash is about to be asked for.
TEST_F(DrillCli, SomebodyElseCancelsWhileNobodyReadsOurOutput) {
  std::string command = "head -c 65536 /dev/zero; exec";
  for (const std::string& word : Command(kAllForced + " --output json")) command += " " + word;
  const std::string go = (at_.path() / "go").string();
  Process drill(
      {"sh", "-c",
       Cat("(", command, ") | (while ! [ -e ", go, " ]; do sleep 0.1; done; cat >/dev/null)")},
      at_.path() / "drill");
  ASSERT_TRUE(
      Eventually([&] { return fs::exists(State("drill.pending")) && Pending()["crash_at"] != 0; },
                 std::chrono::seconds(60)))
      << drill.Output();
  EXPECT_EQ(Drill("cancel").status, 0);
  at_.Write("go", "");
  EXPECT_TRUE(drill.Wait(std::chrono::seconds(60)).has_value());
  EXPECT_NE(drill.Output().find("somebody else has cancelled the drill"), std::string::npos)
      << drill.Output();
  EXPECT_EQ(Trigger(), "");
}

TEST_F(DrillCli, WhatIsUnloadedInTheCountdownDoesNotCrash) {
  Process drill(Command(kAllForced), at_.path() / "drill");
  ASSERT_TRUE(Eventually([&] { return fs::exists(State("drill.pending")); })) << drill.Output();
  at_.Write("root/sys/kernel/kexec_crash_loaded", "0\n");
  EXPECT_EQ(drill.Wait(std::chrono::seconds(60)), 1);
  EXPECT_NE(drill.Output().find("nothing would take over any more"), std::string::npos)
      << drill.Output();
  EXPECT_EQ(Trigger(), "");
  EXPECT_FALSE(fs::exists(State("drill.pending")));
}

TEST_F(DrillCli, KilledInTheCountdownItStaysPendingUntilItIsCancelled) {
  {
    Process drill(Command(kAllForced), at_.path() / "drill");
    ASSERT_TRUE(Eventually([&] { return fs::exists(State("drill.pending")); })) << drill.Output();
    drill.Signal(SIGKILL);
    EXPECT_EQ(drill.Wait(), -SIGKILL);
  }
  const std::string id = Pending()["id"];
  EXPECT_EQ(Trigger(), "");
  EXPECT_EQ(AsJson("status")["pending"]["id"], id);
  EXPECT_EQ(AsJson("status")["pending"]["crash_at"], nullptr);
  const Said status = Drill("status");
  EXPECT_EQ(status.status, 0);
  EXPECT_TRUE(status.text.starts_with("node-1: a drill is pending\n  pending     " + id))
      << status.text;
  EXPECT_EQ(Drill(kAllForced).status, 1);
  const Said cancel = Drill("cancel");
  EXPECT_EQ(cancel.status, 0);
  EXPECT_EQ(cancel.text, "cancelled drill " + id + "\n");
  EXPECT_FALSE(fs::exists(State("drill.pending")));
  EXPECT_EQ(Drill("cancel").text, "no drill is pending\n");
  EXPECT_EQ(Drill("cancel").status, 0);
}

TEST_F(DrillCli, StatusWithoutAnythingWritesNothing) {
  const Said said = Drill("status");
  EXPECT_EQ(said.status, 0);
  EXPECT_EQ(said.text,
            "node-1: no drill on record\n  due         yes: none has passed on this node\n");
  EXPECT_EQ(Drill("cancel").text, "no drill is pending\n");
  EXPECT_FALSE(fs::exists(at_.path() / "state"));
  at_.Write("root/var/lib/kdump/vmcore-creation.status", "success kdump_test_id=1795000000-5\n");
  EXPECT_EQ(AsJson("status")["due"], nullptr) << "kdumpctl test has passed";
  EXPECT_EQ(AsJson("status")["kdumpctl_test"]["status"], "success");
}

TEST_F(DrillCli, AnIntentThatDoesNotParse) {
  at_.Write("state/drill.pending", "{");
  const Said start = Drill(kAllForced);
  EXPECT_EQ(start.status, 1) << "something is there, whatever it is";
  EXPECT_NE(start.text.find("drill.pending is there already"), std::string::npos) << start.text;
  EXPECT_EQ(Trigger(), "");
  EXPECT_EQ(Drill("status").status, 0);
  EXPECT_TRUE(fs::exists(State("drill.pending"))) << "who only looks moves nothing";
  const Said cancel = Drill("cancel");
  EXPECT_NE(cancel.text.find("set aside as drill.pending.corrupt"), std::string::npos)
      << cancel.text;
  EXPECT_FALSE(fs::exists(State("drill.pending")));
}

// Beside the daemon nothing is to be forced: it will judge the result.
TEST_F(DrillCli, KnowsWhetherTheDaemonRuns) {
  Daemon daemon(at_);
  ASSERT_TRUE(Eventually([&] { return daemon.Get("/readyz").status == 200; }));
  const Json json = AsJson("start --confirm node-2");
  ASSERT_EQ(json["refusals"].size(), 1U) << json;
  EXPECT_EQ(json["refusals"][0]["reason"], "other_node");
  daemon.process().Signal(SIGTERM);
  EXPECT_EQ(daemon.process().Wait(), 0);
  EXPECT_EQ(AsJson("start --confirm node-2")["refusals"].size(), 2U);
}

TEST_F(DrillCli, ItsJsonIsWhatTheSchemaSays) {
  std::string documents = "[";
  for (const char* verb : {"start", "status", "cancel"}) {
    const Json json = AsJson(verb);
    ASSERT_TRUE(json.is_object()) << verb;
    EXPECT_EQ(json["action"], verb);
    documents += (documents.size() > 1 ? "," : "") + json.dump();
  }
  const auto [status, output] = CheckSchema("drill", documents + "]");
  if (status == 77) GTEST_SKIP() << "no python3-jsonschema";
  EXPECT_EQ(status, 0) << output;
}

}  // namespace
}  // namespace kdumpd
