// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/next_state.h"
#include "daemon/host/observe.h"
#include "tests/host/temporary_tree.h"
#include "tests/support/node_folder.h"

// One look at a node folder.
namespace kdumpd {

inline UnitState UnitOf(const NodeJson& json, std::int64_t now) {
  ExpectKeys(json, {"name", "load_state", "active_state", "sub_state", "result", "unit_file_state",
                    "condition_result", "condition_seconds_ago", "exec_main_status",
                    "state_change_seconds_ago"});
  const auto ago = json.value("state_change_seconds_ago", std::int64_t{0});
  UnitState unit;
  unit.name = json.value("name", "");
  unit.load_state = json.value("load_state", "");
  unit.active_state = json.value("active_state", "");
  unit.sub_state = json.value("sub_state", "");
  unit.result = json.value("result", "");
  unit.unit_file_state = json.value("unit_file_state", "");
  unit.condition_result = json.value("condition_result", true);
  unit.exec_main_status = json.value("exec_main_status", 0);
  unit.state_change_usec = static_cast<std::uint64_t>(now - ago) * 1'000'000;
  if (const auto looked = json.value("condition_seconds_ago", std::int64_t{0}); looked > 0) {
    unit.condition_usec = static_cast<std::uint64_t>(now - looked) * 1'000'000;
  }
  if (unit.active_state == "active") unit.active_enter_usec = unit.state_change_usec;
  return unit;
}

inline Fact<std::vector<UnitState>> UnitsOf(const NodeJson& json, std::int64_t now) {
  using Units = Fact<std::vector<UnitState>>;
  constexpr const char* kSource = "org.freedesktop.systemd1";
  if (json.contains("bus")) return Units::Unreadable(kSource, json.value("bus", ""));
  Units units = Units::Known({}, kSource);
  for (const NodeJson& unit : json.value("units", NodeJson::array())) {
    units.value().push_back(UnitOf(unit, now));
  }
  return units;
}

inline ObserveInput InputOf(const NodeJson& json) {
  ExpectKeys(json, {"base", "without", "not_said", "changed_seconds_ago", "devices", "modes",
                    "selinux_label", "now", "units", "bus", "space", "history"});
  ObserveInput input;
  input.now = ParseTime(json.value("now", ""));
  input.units = UnitsOf(json, input.now);
  input.read_crash_size = MayReadCrashSize(input.units, /*units_awaited=*/false);
  if (json.contains("history")) {
    const NodeJson& history = json["history"];
    ExpectKeys(history, {"was_loaded", "lost_since_seconds_ago"});
    input.history_before.was_loaded = history.value("was_loaded", false);
    const auto ago = history.value("lost_since_seconds_ago", std::int64_t{0});
    if (ago > 0) input.history_before.lost_since = input.now - ago;
  }
  return input;
}

// The first look at a node that this process takes, published. statvfs is a system call and no
// file: what it says stands in units.json, and counts where it was asked and answered.
inline State LookAt(const NodeFolder& node, const std::filesystem::path& rootfs) {
  HostRoot::Paths paths;
  paths.rootfs = rootfs;
  auto root = HostRoot::Open(paths);
  if (!root) {
    ADD_FAILURE() << root.error().message;
    return {};
  }
  Look look;
  look.facts = Observe(*root, InputOf(node.node()));
  // An extended attribute is no file either, and not every file system keeps this one.
  const Fact<PathFacts>& path = look.facts.target_path;
  const bool asked = path.known() && path->is_directory && !look.facts.selinux_label.absent();
  if (asked && node.node().contains("selinux_label")) {
    look.facts.selinux_label =
        Fact<std::string>::Known(node.node()["selinux_label"], look.facts.target->live_path);
  }
  if (look.facts.target_space.known() && node.node().contains("space")) {
    const NodeJson& space = node.node()["space"];
    ExpectKeys(space, {"free_bytes", "total_bytes"});
    look.facts.target_space.value() = {.total_bytes = space.value("total_bytes", std::uint64_t{0}),
                                       .free_bytes = space.value("free_bytes", std::uint64_t{0})};
  }
  look.readiness = Evaluate(look.facts, Policy{});
  look.duration_seconds = 0.004;
  return NextState(nullptr, std::move(look));
}

inline State FirstLook(const NodeFolder& node) {
  const TemporaryTree tree;
  node.Compose(tree.path());
  State state = LookAt(node, tree.path());
  EXPECT_EQ(state.facts.target_space.known(), node.node().contains("space"))
      << "units.json needs \"space\" exactly when the target can be measured: "
      << state.facts.target_space.why();
  return state;
}

}  // namespace kdumpd
