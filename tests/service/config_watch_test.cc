// SPDX-License-Identifier: Apache-2.0
#include "daemon/config_watch.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/tree.h"

namespace kdumpd {
namespace {

struct Row {
  std::string_view what;
  std::function<void(Config&)> change;
  bool restart;
};

TEST(Adopt, TakesOverWhatMayChangeAndSaysWhatMayNot) {
  const std::vector<Row> rows{
      {"nothing", [](Config&) {}, false},
      {"policy", [](Config& c) { c.policy.load_lost_grace_seconds = 1; }, false},
      {"weights", [](Config& c) { c.policy.weights["panic_on_oops"] = Weight::kIgnore; }, false},
      {"interval", [](Config& c) { c.observe_interval_ms = 1000; }, false},
      {"settle", [](Config& c) { c.settle_ms = 1000; }, false},
      {"crash directory", [](Config& c) { c.crash_directory = "/srv"; }, false},
      {"log", [](Config& c) { c.log_level = LogLevel::kDebug, c.log_format = LogFormat::kJson; },
       false},
      {"listen", [](Config& c) { c.listen_addresses = {":1"}; }, true},
      {"telemetry path", [](Config& c) { c.telemetry_path = "/m"; }, true},
      {"state", [](Config& c) { c.state_directory = "/srv"; }, true},
      {"rootfs", [](Config& c) { c.path.rootfs = "/host"; }, true},
      {"sysfs", [](Config& c) { c.path.sysfs = "/host/sys"; }, true},
      {"bus", [](Config& c) { c.bus_socket = "/run/bus"; }, true},
      {"node", [](Config& c) { c.node = "other"; }, true},
  };
  for (const Row& row : rows) {
    Config running;
    Config next;
    row.change(next);
    EXPECT_EQ(Adopt(running, next), row.restart) << row.what;
    EXPECT_EQ(running == next, !row.restart) << row.what;
  }
}

// Waits for the kernel to say that there was something, and whether the file is another one.
bool Noticed(ConfigWatch& watch) {
  return Eventually([&] { return watch.Drain(); }) && watch.Changed();
}

TEST(ConfigWatch, NoticesEditsReplacementsAndSwappedLinks) {
  const Tree tree("config.yaml: a\n..1/x: b\n..2/x: c\n");
  auto watch = ConfigWatch::Create(tree.path() + "/config.yaml");
  ASSERT_TRUE(watch) << watch.error().message;
  EXPECT_FALSE(watch->Changed());
  tree.Write("config.yaml", "another length\n");
  EXPECT_TRUE(Noticed(*watch)) << "edited";
  EXPECT_FALSE(watch->Changed()) << "told once";
  tree.Write("config.new", "replaced\n");
  std::filesystem::rename(tree.path() + "/config.new", tree.path() + "/config.yaml");
  EXPECT_TRUE(Noticed(*watch)) << "renamed over";
  std::filesystem::remove(tree.path() + "/config.yaml");
  EXPECT_TRUE(Noticed(*watch)) << "gone";
  tree.Link("..data/x", "config.yaml");
  tree.Link("..1", "..data");
  EXPECT_TRUE(Noticed(*watch)) << "a link";
  tree.Link("..2", "..tmp");
  std::filesystem::rename(tree.path() + "/..tmp", tree.path() + "/..data");
  EXPECT_TRUE(Noticed(*watch)) << "the link's link swapped, as a ConfigMap is";
}

TEST(ConfigWatch, OtherFilesBesideItAreNoChange) {
  const Tree tree("config.yaml: a\n");
  auto watch = ConfigWatch::Create(tree.path() + "/config.yaml");
  ASSERT_TRUE(watch);
  tree.Write("config.yaml.swp", "b\n");
  ASSERT_TRUE(Eventually([&] { return watch->Drain(); }));
  EXPECT_FALSE(watch->Changed());
}

TEST(ConfigWatch, AFileWhoseDirectoryIsNotThereIsNoError) {
  const Tree tree("x/\n");
  auto watch = ConfigWatch::Create(tree.path() + "/etc/kdumpd/config.yaml");
  ASSERT_TRUE(watch) << watch.error().message;
  EXPECT_FALSE(watch->Changed());
}

}  // namespace
}  // namespace kdumpd
