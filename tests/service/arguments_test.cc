// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/arguments.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/support/daemon.h"

namespace kdumpd {
namespace {

Arguments Parse(std::vector<const char*> words) {
  words.insert(words.begin(), "kdumpd");
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const Arguments arguments = ParseArguments(static_cast<int>(words.size()), words.data());
  testing::internal::GetCapturedStdout();
  testing::internal::GetCapturedStderr();
  return arguments;
}

TEST(Arguments, Verbs) {
  EXPECT_EQ(Parse({"run"}).verb, Verb::kRun);
  EXPECT_EQ(Parse({"check"}).verb, Verb::kCheck);
  EXPECT_EQ(Parse({"check", "--output", "json"}).output, Output::kJson);
  EXPECT_EQ(Parse({"check", "--output=prometheus"}).output, Output::kPrometheus);
  EXPECT_TRUE(Parse({"check", "--all"}).all);
  EXPECT_EQ(Parse({"check", "--explain", "crash_reservation"}).explain, "crash_reservation");
}

TEST(Arguments, InspectTakesPathsAsTheyAre) {
  const Arguments plain = Parse({"inspect", "a b", "-"});
  EXPECT_EQ(plain.verb, Verb::kInspect);
  EXPECT_EQ(plain.paths, (std::vector<std::string>{"a b", "-"}));
  EXPECT_EQ(plain.output, Output::kText);
  EXPECT_FALSE(plain.deep);
  EXPECT_FALSE(plain.dmesg);
  const Arguments all = Parse({"inspect", "--deep", "x,y", "--dmesg", "--output=json"});
  EXPECT_TRUE(all.deep);
  EXPECT_TRUE(all.dmesg);
  EXPECT_EQ(all.output, Output::kJson);
  EXPECT_EQ(all.paths, (std::vector<std::string>{"x,y"}));
  EXPECT_EQ(Parse({"inspect", "--", "-z"}).paths, (std::vector<std::string>{"-z"}));
  EXPECT_EQ(Parse({"inspect", "[a,b]"}).paths, (std::vector<std::string>{"./[a,b]"}));
  for (const auto& words : std::vector<std::vector<const char*>>{
           {"inspect"}, {"inspect", "--output", "prometheus", "x"}, {"inspect", "--all", "x"}}) {
    EXPECT_EQ(Parse(words).exit_status, kExitUsage);
  }
}

TEST(Arguments, CrashesHasVerbsOfItsOwn) {
  const Arguments list = Parse({"crashes", "list", "--output=json"});
  EXPECT_EQ(list.verb, Verb::kCrashes);
  EXPECT_EQ(list.crashes, CrashesVerb::kList);
  EXPECT_EQ(list.output, Output::kJson);
  const Arguments show = Parse({"crashes", "show", "2026"});
  EXPECT_EQ(show.crashes, CrashesVerb::kShow);
  EXPECT_EQ(show.ids, (std::vector<std::string>{"2026"}));
  const Arguments ack = Parse({"crashes", "ack", "2026", "2027"});
  EXPECT_EQ(ack.crashes, CrashesVerb::kAck);
  EXPECT_EQ(ack.ids, (std::vector<std::string>{"2026", "2027"}));
  EXPECT_TRUE(Parse({"crashes", "ack", "--all"}).all);
  EXPECT_EQ(Parse({"crashes", "ack", "--older-than", "7d"}).older_than_ms, 604'800'000);
  const Arguments prune = Parse({"crashes", "prune", "--dry-run"});
  EXPECT_EQ(prune.crashes, CrashesVerb::kPrune);
  EXPECT_TRUE(prune.dry_run);
  EXPECT_FALSE(Parse({"crashes", "prune"}).dry_run);
  for (const auto& words : std::vector<std::vector<const char*>>{{"crashes"},
                                                                 {"crashes", "show"},
                                                                 {"crashes", "show", "a", "b"},
                                                                 {"crashes", "ack"},
                                                                 {"crashes", "ack", "a", "--all"},
                                                                 {"crashes", "prune", "a"}}) {
    EXPECT_EQ(Parse(words).exit_status, kExitUsage);
    EXPECT_EQ(Parse(words).verb, Verb::kDone);
  }
}

TEST(Arguments, DrillHasVerbsOfItsOwn) {
  const Arguments start = Parse({"drill", "start", "--confirm", "node-1"});
  EXPECT_EQ(start.verb, Verb::kDrill);
  EXPECT_EQ(start.drill, DrillVerb::kStart);
  EXPECT_EQ(start.confirm, "node-1");
  EXPECT_FALSE(start.cordoned || start.force);
  const Arguments all = Parse({"drill", "start", "--cordoned", "--force", "--output=json"});
  EXPECT_TRUE(all.cordoned && all.force);
  EXPECT_EQ(all.output, Output::kJson);
  EXPECT_EQ(Parse({"drill", "status"}).drill, DrillVerb::kStatus);
  EXPECT_EQ(Parse({"drill", "cancel"}).drill, DrillVerb::kCancel);
  for (const auto& words : std::vector<std::vector<const char*>>{{"drill"},
                                                                 {"drill", "start", "node-1"},
                                                                 {"drill", "status", "--force"},
                                                                 {"drill", "cancel", "--force"},
                                                                 {"drill", "go"}}) {
    EXPECT_EQ(Parse(words).exit_status, kExitUsage);
    EXPECT_EQ(Parse(words).verb, Verb::kDone);
  }
}

TEST(Arguments, BootsTakesNoWordOfItsOwn) {
  EXPECT_EQ(Parse({"boots"}).verb, Verb::kBoots);
  EXPECT_FALSE(Parse({"boots"}).all);
  EXPECT_TRUE(Parse({"boots", "--all"}).all);
  EXPECT_EQ(Parse({"boots", "--output=json"}).output, Output::kJson);
  for (const auto& words : std::vector<std::vector<const char*>>{
           {"boots", "list"}, {"boots", "--output", "prometheus"}}) {
    EXPECT_EQ(Parse(words).exit_status, kExitUsage);
  }
}

TEST(Arguments, HelpIsNoErrorAndMistakesAreUsageErrors) {
  EXPECT_EQ(Parse({"--help"}).exit_status, 0);
  EXPECT_EQ(Parse({"--version"}).exit_status, 0);
  for (const std::vector<const char*>& words :
       std::vector<std::vector<const char*>>{{},
                                             {"walk"},
                                             {"run", "--nonsense"},
                                             {"check", "--output", "xml"},
                                             {"check", "--explain"}}) {
    const Arguments arguments = Parse(words);
    EXPECT_EQ(arguments.verb, Verb::kDone);
    EXPECT_EQ(arguments.exit_status, kExitUsage);
  }
}

TEST(Arguments, FlagsStandBeforeOrAfterTheVerb) {
  for (const auto& words : std::vector<std::vector<const char*>>{{"run", "--log.level=debug"},
                                                                 {"--log.level=debug", "run"}}) {
    const auto config = LoadConfig(Parse(words));
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->log_level, LogLevel::kDebug);
  }
}

TEST(Arguments, ARepeatedAddressIsAList) {
  const auto config =
      LoadConfig(Parse({"run", "--web.listen-address=:1", "--web.listen-address=[::1]:2"}));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->listen_addresses, (std::vector<std::string>{":1", "[::1]:2"}));
}

TEST(Arguments, FlagThenEnvironmentThenFile) {
  const ScratchDirectory at;
  at.Write("c.yaml", "log: {level: error, format: json}\nobserve: {interval: 30s}\n");
  const std::string file = "--config.file=" + (at.path() / "c.yaml").string();
  setenv("KDUMPD_LOG_LEVEL", "warn", 1);
  setenv("KDUMPD_OBSERVE_INTERVAL", "20s", 1);
  setenv("KDUMPD_WEB_LISTEN_ADDRESS", ":1, :2", 1);
  const auto config = LoadConfig(Parse({"run", file.c_str(), "--log.level=debug"}));
  for (const char* name :
       {"KDUMPD_LOG_LEVEL", "KDUMPD_OBSERVE_INTERVAL", "KDUMPD_WEB_LISTEN_ADDRESS"}) {
    unsetenv(name);
  }
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->log_level, LogLevel::kDebug);
  EXPECT_EQ(config->observe_interval_ms, 20'000);
  EXPECT_EQ(config->log_format, LogFormat::kJson);
  EXPECT_EQ(config->listen_addresses, (std::vector<std::string>{":1", ":2"}));
}

TEST(Arguments, ANamedFileMustBeThere) {
  const auto config = LoadConfig(Parse({"run", "--config.file=/nonexistent/kdumpd.yaml"}));
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().message.find("/nonexistent/kdumpd.yaml"), std::string::npos)
      << config.error().message;
}

}  // namespace
}  // namespace kdumpd
