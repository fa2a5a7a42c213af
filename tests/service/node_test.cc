// SPDX-License-Identifier: Apache-2.0
#include "daemon/node.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/support/daemon.h"

namespace kdumpd {
namespace {

TEST(Node, TheDistributionDecidesWhichUnitsAreWatched) {
  const ScratchDirectory at;
  Config config;
  config.path.rootfs = at.path();
  const auto root = HostRoot::Open(config.path);
  ASSERT_TRUE(root);
  EXPECT_EQ(UnitsOfNode(config, *root).units,
            (std::vector<std::string>{"kdump.service", "kdump-tools.service"}));
  at.Write("usr/lib/os-release", "ID=sles\n");
  EXPECT_EQ(UnitsOfNode(config, *root).units,
            (std::vector<std::string>{"kdump.service", "kdump-early.service"}));
  at.Write("etc/os-release", "ID=debian\n");
  EXPECT_EQ(UnitsOfNode(config, *root).units, std::vector<std::string>{"kdump-tools.service"});
}

TEST(Node, TheBusIsTheNodesOwn) {
  const ScratchDirectory at;
  Config config;
  config.path.rootfs = at.path();
  const auto root = HostRoot::Open(config.path);
  ASSERT_TRUE(root);
  EXPECT_EQ(UnitsOfNode(config, *root).address,
            BusAddressOf(at.path().string() + "/run/dbus/system_bus_socket"));
  config.bus_socket = "/elsewhere";
  EXPECT_EQ(UnitsOfNode(config, *root).address, BusAddressOf("/elsewhere"));
}

TEST(Node, Name) {
  Config config;
  setenv("NODE_NAME", "worker-7", 1);
  EXPECT_EQ(NodeName(config), "worker-7");
  config.node = "chosen";
  EXPECT_EQ(NodeName(config), "chosen");
  unsetenv("NODE_NAME");
  config.node = "";
  EXPECT_FALSE(NodeName(config).empty());
}

TEST(Node, CaptureKernel) {
  const ScratchDirectory at;
  at.Write("proc/cmdline", "");
  const auto root = HostRoot::Open({at.path(), "", ""});
  ASSERT_TRUE(root);
  EXPECT_FALSE(InCaptureKernel(*root));
  at.Write("proc/vmcore", "");
  EXPECT_TRUE(InCaptureKernel(*root));
}

}  // namespace
}  // namespace kdumpd
