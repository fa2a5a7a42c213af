// SPDX-License-Identifier: Apache-2.0
// The program as a whole, over a node of files: what starts, stops, survives and is said.
#include "daemon/service.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/daemon.h"

namespace kdumpd {
namespace {

class ServiceTest : public testing::Test {
 protected:
  ServiceTest() { WriteReadyNode(at_); }
  void WriteDump(const std::string& directory, const std::string& bytes) {
    at_.Write("root/var/crash/" + directory + "/vmcore", bytes);
  }
  std::size_t Lines(Daemon& daemon) {
    const std::string log = daemon.process().Output();
    return static_cast<std::size_t>(std::count(log.begin(), log.end(), '\n'));
  }
  ScratchDirectory at_;
};
using std::chrono::seconds;

// A complete flattened file: header, no records, end marker.
std::string Flattened() {
  std::string bytes = "makedumpfile";
  bytes.resize(16);
  bytes += std::string("\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1", 16);
  bytes.resize(4096);
  return bytes + std::string(16, '\xff');
}

TEST_F(ServiceTest, AReadyNodeIsReady) {
  Daemon daemon(at_);
  ASSERT_NE(daemon.Url(), "") << daemon.process().Output();
  EXPECT_TRUE(daemon.Shows("kdump_armed 1\n"));
  EXPECT_TRUE(daemon.Shows("kdump_crash_kernel_reserved_bytes 268435456\n"));
  EXPECT_TRUE(daemon.Shows("kdumpd_source_up{source=\"dbus\"} 0\n"))
      << "there is no bus in this tree";
  const auto json = nlohmann::json::parse(daemon.Get("/api/v1/readiness").body, nullptr, false);
  ASSERT_FALSE(json.is_discarded());
  EXPECT_EQ(json["verdict"], "ready") << json["message"];
  EXPECT_EQ(json["node"], "node-1");
  EXPECT_EQ(daemon.Get("/nowhere").status, 404);
}

TEST_F(ServiceTest, TheFirstLookIsQuick) {
  const auto began = std::chrono::steady_clock::now();
  Daemon daemon(at_);
  EXPECT_TRUE(daemon.Shows("kdump_verdict{verdict=\"ready\"} 1\n"));
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(10)) << "a bound, not a benchmark";
}

TEST_F(ServiceTest, LosingTheImageIsNoticedAndToldOnce) {
  Daemon daemon(at_);
  ASSERT_TRUE(daemon.Shows("kdump_crash_kernel_loaded 1\n"));
  at_.Write("root/sys/kernel/kexec_crash_loaded", "0\n");
  ASSERT_TRUE(daemon.Shows("kdump_verdict{verdict=\"not_ready\"} 1\n"));
  EXPECT_TRUE(
      daemon.Shows("kdump_check_problem{check=\"crash_kernel_loaded\",status=\"fail\"} 1\n"));
  const std::size_t lines = Lines(daemon);
  const auto looks = [&] { return daemon.Get("/api/v1/status").body; };
  const std::string before = looks();
  ASSERT_TRUE(Eventually([&] { return looks() != before; })) << "another look";
  EXPECT_LE(Lines(daemon), lines + 1) << daemon.process().Output();
  at_.Write("root/sys/kernel/kexec_crash_loaded", "1\n");
  EXPECT_TRUE(daemon.Shows("kdump_verdict{verdict=\"ready\"} 1\n"));
}

TEST_F(ServiceTest, ANewDumpIsACrashAndAnOldOneIsNot) {
  WriteDump("127.0.0.1-2026-01-02-03:04:05", Flattened());
  Daemon daemon(at_);
  ASSERT_TRUE(daemon.Shows("kdump_unacknowledged_crashes 0\n"));
  WriteDump("127.0.0.1-2026-11-22-07:15:03", Flattened());
  EXPECT_TRUE(daemon.Shows("kdump_unacknowledged_crashes 1\n"));
  EXPECT_TRUE(daemon.Shows("kdump_last_crash_timestamp_seconds 1795331703\n"));
  EXPECT_TRUE(daemon.Shows("kdump_vmcores{state=\"complete\"} 2\n"))
      << daemon.Get("/api/v1/crashes").body;
}

TEST_F(ServiceTest, WhatIsHistoricStaysHistoricOverARestart) {
  WriteDump("127.0.0.1-2026-01-02-03:04:05", Flattened());
  {
    Daemon daemon(at_);
    ASSERT_TRUE(daemon.Shows("kdump_unacknowledged_crashes 0\n"));
    daemon.process().Signal(SIGKILL);  // no chance to say goodbye
    ASSERT_EQ(daemon.process().Wait(), -SIGKILL);
  }
  WriteDump("127.0.0.1-2026-11-22-07:15:03", Flattened());  // the node crashed meanwhile
  Daemon daemon(at_);
  EXPECT_TRUE(daemon.Shows("kdump_unacknowledged_crashes 1\n"));
}

TEST_F(ServiceTest, ADumpThatGrowsIsBeingWritten) {
  Daemon daemon(at_, {"--observe.settle=3s"});
  ASSERT_TRUE(daemon.Shows("kdump_armed 1\n"));
  const std::string whole = Flattened();
  const auto file = at_.path() / "root/var/crash/127.0.0.1-2026-11-22-07:15:03/vmcore";
  std::filesystem::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary);
  bool seen_writing = false;
  for (std::size_t i = 0; i < whole.size(); i += 1028) {  // four pieces, a second apart
    out << whole.substr(i, 1028) << std::flush;
    seen_writing = daemon.Shows("kdump_vmcores{state=\"writing\"} 1\n", seconds(2)) || seen_writing;
    EXPECT_FALSE(
        daemon.Shows("kdump_vmcores{state=\"complete\"} 1\n", std::chrono::milliseconds(500)));
  }
  out.close();
  EXPECT_TRUE(seen_writing);
  EXPECT_TRUE(daemon.Shows("kdump_vmcores{state=\"complete\"} 1\n"));
  EXPECT_TRUE(daemon.Shows("kdump_vmcores{state=\"writing\"} 0\n"));
}

TEST_F(ServiceTest, ADirectoryThatDisappearsIsAFinding) {
  Daemon daemon(at_);
  ASSERT_TRUE(daemon.Shows("kdump_armed 1\n"));
  std::filesystem::remove(at_.path() / "root/var/crash");
  EXPECT_TRUE(
      daemon.Shows("kdump_check_problem{check=\"target_path_exists\",status=\"warn\"} 1\n"));
  std::filesystem::create_directories(at_.path() / "root/var/crash");
  EXPECT_TRUE(daemon.Shows("kdump_verdict{verdict=\"ready\"} 1\n"));
}

TEST_F(ServiceTest, OneDaemonForOneStateDirectory) {
  Daemon first(at_);
  ASSERT_NE(first.Url(), "");
  Daemon second(at_, {}, "second.log");
  EXPECT_EQ(second.process().Wait(), 1);
  EXPECT_NE(second.process().Output().find("another kdumpd holds it"), std::string::npos)
      << second.process().Output();
}

TEST_F(ServiceTest, WithoutAStateDirectoryItStillJudges) {
  at_.Write("state", "a file where the directory should be");
  WriteDump("127.0.0.1-2026-01-02-03:04:05", Flattened());
  Daemon daemon(at_);
  EXPECT_TRUE(daemon.Shows("kdump_verdict{verdict=\"ready\"} 1\n")) << daemon.process().Output();
  EXPECT_TRUE(daemon.Shows("kdumpd_source_up{source=\"state\"} 0\n"));
  EXPECT_TRUE(daemon.Shows("kdump_unacknowledged_crashes 0\n")) << "silent rather than sorry";
}

TEST_F(ServiceTest, NotInACaptureKernel) {
  at_.Write("root/proc/vmcore", "");
  Daemon daemon(at_);
  EXPECT_EQ(daemon.process().Wait(), 1);
  EXPECT_NE(daemon.process().Output().find("/proc/vmcore exists"), std::string::npos);
}

TEST_F(ServiceTest, ABadReloadKeepsTheOldConfiguration) {
  at_.Write("config.yaml", "policy: {checks: {panic_timeout: ignore}}\n");
  at_.Write("root/proc/sys/kernel/panic", "0\n");
  Daemon daemon(at_, {"--config.file=" + (at_.path() / "config.yaml").string()});
  ASSERT_TRUE(daemon.Shows("kdump_verdict{verdict=\"ready\"} 1\n")) << daemon.process().Output();
  at_.Write("config.yaml", "policy: {checks: {panic_timeout: never, nonsense: ignore}}\n");
  daemon.process().Signal(SIGHUP);
  ASSERT_TRUE(daemon.Shows("kdumpd_config_last_reload_successful 0\n"));
  EXPECT_TRUE(daemon.Shows("kdump_verdict{verdict=\"ready\"} 1\n")) << "the last good one counts";
  const std::string log = daemon.process().Output();
  EXPECT_NE(log.find("panic_timeout"), std::string::npos) << log;
  EXPECT_NE(log.find("nonsense"), std::string::npos) << "both mistakes at once";
  at_.Write("config.yaml", "policy: {checks: {panic_timeout: require}}\n");
  daemon.process().Signal(SIGHUP);
  EXPECT_TRUE(daemon.Shows("kdumpd_config_last_reload_successful 1\n"));
  EXPECT_TRUE(daemon.Shows("kdump_verdict{verdict=\"degraded\"} 1\n"));
}

// As the kubelet updates a mounted ConfigMap: config.yaml -> ..data/config.yaml, ..data -> a
// directory with a time in its name, renamed over the old one. Nobody sends a signal.
TEST_F(ServiceTest, ASwappedConfigMapIsRead) {
  namespace fs = std::filesystem;
  at_.Write("root/proc/sys/kernel/panic", "0\n");
  const fs::path mount = at_.path() / "config";
  const auto swap = [&](const std::string& directory, const std::string& text) {
    at_.Write("config/" + directory + "/config.yaml", text);
    fs::create_symlink(directory, mount / "..data_tmp");
    fs::rename(mount / "..data_tmp", mount / "..data");
  };
  swap("..2026_11_22_07_15_03", "policy: {checks: {panic_timeout: ignore}}\n");
  fs::create_symlink("..data/config.yaml", mount / "config.yaml");
  Daemon daemon(at_, {"--config.file=" + (mount / "config.yaml").string()});
  ASSERT_TRUE(daemon.Shows("kdump_verdict{verdict=\"ready\"} 1\n")) << daemon.process().Output();
  swap("..2026_11_22_07_20_00", "policy: {checks: {panic_timeout: prefer}}\n");
  EXPECT_TRUE(daemon.Shows("kdump_verdict{verdict=\"degraded\"} 1\n")) << daemon.process().Output();
  swap("..2026_11_22_07_25_00", "policy: {checks: {panic_timeout: always}}\n");
  EXPECT_TRUE(daemon.Shows("kdumpd_config_last_reload_successful 0\n")) << "a bad one is told";
  EXPECT_TRUE(daemon.Shows("kdump_verdict{verdict=\"degraded\"} 1\n")) << "and the old one stays";
  swap("..2026_11_22_07_30_00", "policy: {checks: {panic_timeout: ignore}}\n");
  EXPECT_TRUE(daemon.Shows("kdumpd_config_last_reload_successful 1\n"));
  EXPECT_TRUE(daemon.Shows("kdump_verdict{verdict=\"ready\"} 1\n"));
}

TEST_F(ServiceTest, AnEditedConfigurationFileIsRead) {
  at_.Write("root/proc/sys/kernel/panic", "0\n");
  at_.Write("config.yaml", "policy: {checks: {panic_timeout: ignore}}\n");
  Daemon daemon(at_, {"--config.file=" + (at_.path() / "config.yaml").string()});
  ASSERT_TRUE(daemon.Shows("kdump_verdict{verdict=\"ready\"} 1\n")) << daemon.process().Output();
  at_.Write("config.yaml", "policy: {checks: {panic_timeout: prefer}}\n");
  EXPECT_TRUE(daemon.Shows("kdump_verdict{verdict=\"degraded\"} 1\n")) << daemon.process().Output();
}

TEST_F(ServiceTest, OtherFilesBesideTheConfigurationAreNoReload) {
  at_.Write("config.yaml", "log: {level: info}\n");
  Daemon daemon(at_, {"--config.file=" + (at_.path() / "config.yaml").string()});
  ASSERT_TRUE(daemon.Shows("kdump_verdict{verdict=\"ready\"} 1\n"));
  const auto reloads = [&] {
    const std::string log = daemon.process().Output();
    int count = 0;
    for (auto at = log.find("configuration reloaded"); at != std::string::npos;
         at = log.find("configuration reloaded", at + 1))
      ++count;
    return count;
  };
  at_.Write("config.yaml.bak", "nonsense\n");
  at_.Write("config.yaml", "log: {level: info}\n#\n");  // comes after the other in the queue
  ASSERT_TRUE(Eventually([&] { return reloads() > 0; })) << daemon.process().Output();
  at_.Write("config.yaml.bak", "more nonsense\n");
  daemon.process().Signal(SIGHUP);
  ASSERT_TRUE(Eventually([&] { return reloads() > 1; }));
  EXPECT_EQ(reloads(), 2);
}

// The first asks it to stop; whoever sends a second one is not made to wait.
TEST_F(ServiceTest, ASecondSigtermEndsItAtOnce) {
  Daemon daemon(at_);
  ASSERT_NE(daemon.Url(), "");
  daemon.process().Signal(SIGTERM);
  daemon.process().Signal(SIGTERM);
  EXPECT_TRUE(daemon.process().Wait(seconds(5)).has_value());
}

TEST_F(ServiceTest, MistakesAtStartAreAllToldAndAreUsageErrors) {
  at_.Write("config.yaml", "log: {level: loud}\n");
  Daemon daemon(at_, {"--config.file=" + (at_.path() / "config.yaml").string()});
  EXPECT_EQ(daemon.process().Wait(), 64);
  EXPECT_NE(daemon.process().Output().find("log.level: expected debug, info, warn or error"),
            std::string::npos);
}

TEST_F(ServiceTest, SigtermStopsItInTime) {
  Daemon daemon(at_);
  ASSERT_NE(daemon.Url(), "");
  daemon.process().Signal(SIGTERM);
  EXPECT_EQ(daemon.process().Wait(seconds(5)), 0);
}

struct CheckRun {
  std::string file, text;  // one change to the ready node
  int status;
  std::string says;
};

TEST_F(ServiceTest, CheckExitsWithTheVerdict) {
  const std::vector<CheckRun> runs{
      {"root/etc/os-release", "ID=rhel\nVERSION_ID=9.4\n", 0, "ready"},
      {"root/proc/sys/kernel/panic", "0\n", 1, "degraded"},
      {"root/sys/kernel/kexec_crash_loaded", "0\n", 2, "not_ready"},
      {"root/sys/kernel/kexec_crash_loaded", "maybe\n", 3, "unknown"},
  };
  for (const CheckRun& run : runs) {
    at_.Write(run.file, run.text);
    Process check({KDUMPD_BINARY, "check", "--output", "json",
                   "--path.rootfs=" + (at_.path() / "root").string(),
                   "--path.state=" + (at_.path() / "state").string()},
                  at_.path() / "check.json");
    EXPECT_EQ(check.Wait(), run.status) << run.file << "=" << run.text;
    const auto json = nlohmann::json::parse(check.Output(), nullptr, false);
    ASSERT_FALSE(json.is_discarded()) << check.Output();
    EXPECT_EQ(json["verdict"], run.says) << json["message"];
  }
}

TEST_F(ServiceTest, CheckExplains) {
  const std::vector<std::string> base{KDUMPD_BINARY, "check",
                                      "--path.rootfs=" + (at_.path() / "root").string()};
  const auto run = [&](const std::string& id, int status, const std::string& says) {
    std::vector<std::string> arguments = base;
    arguments.insert(arguments.end(), {"--explain", id});
    Process check(arguments, at_.path() / "explain.txt");
    EXPECT_EQ(check.Wait(), status) << id;
    EXPECT_NE(check.Output().find(says), std::string::npos) << check.Output();
  };
  run("crash_reservation", 0, "256 MiB reserved");
  run("crash_reservatio", 64, "no check is called 'crash_reservatio'");
}

}  // namespace
}  // namespace kdumpd
