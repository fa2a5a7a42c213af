// SPDX-License-Identifier: Apache-2.0
// A node is a folder: tests/hosts/README.md. The whole line runs over each of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/next_state.h"
#include "daemon/core/text.h"
#include "daemon/host/observe.h"
#include "daemon/render/render.h"
#include "metrics/render.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

const fs::path kHosts = fs::path(KDUMPD_SOURCE_DIR) / "tests" / "hosts";

std::vector<std::string> HostNames() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kHosts)) {
    if (entry.is_directory()) names.push_back(entry.path().filename());
  }
  std::ranges::sort(names);
  return names;
}

std::string ReadAll(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return (std::stringstream() << file.rdbuf()).str();
}

Json ReadJson(const std::string& host, std::string_view file) {
  Json json = Json::parse(ReadAll(kHosts / host / file), nullptr, /*allow_exceptions=*/false);
  EXPECT_TRUE(json.is_object()) << host << '/' << file << " is no JSON object";
  return json.is_object() ? json : Json::object();
}

// A key that nothing reads is a mistake in the folder.
void ExpectKeys(const Json& object, const std::set<std::string_view>& keys) {
  for (const auto& [key, value] : object.items()) {
    EXPECT_TRUE(keys.contains(key)) << "unknown key " << key;
  }
}

std::int64_t ParseTime(const std::string& text) {
  std::tm time{};
  const char* end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &time);
  EXPECT_TRUE(end != nullptr && *end == '\0') << "no time: " << text;
  return timegm(&time);
}

UnitState UnitOf(const Json& json, std::int64_t now) {
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

Fact<std::vector<UnitState>> UnitsOf(const Json& json, std::int64_t now) {
  using Units = Fact<std::vector<UnitState>>;
  constexpr const char* kSource = "org.freedesktop.systemd1";
  if (json.contains("bus")) return Units::Unreadable(kSource, json.value("bus", ""));
  Units units = Units::Known({}, kSource);
  for (const Json& unit : json.value("units", Json::array())) {
    units.value().push_back(UnitOf(unit, now));
  }
  return units;
}

ObserveInput InputOf(const Json& json) {
  ExpectKeys(json, {"now", "units", "bus", "space", "history"});
  ObserveInput input;
  input.now = ParseTime(json.value("now", ""));
  input.units = UnitsOf(json, input.now);
  input.read_crash_size = MayReadCrashSize(input.units, /*units_awaited=*/false);
  if (json.contains("history")) {
    const Json& history = json["history"];
    ExpectKeys(history, {"was_loaded", "lost_since_seconds_ago"});
    input.history_before.was_loaded = history.value("was_loaded", false);
    const auto ago = history.value("lost_since_seconds_ago", std::int64_t{0});
    if (ago > 0) input.history_before.lost_since = input.now - ago;
  }
  return input;
}

// The first look at a node that this process takes, published. statvfs is a system call and no
// file: what it says stands in units.json, and counts where it was asked and answered.
State FirstLook(const std::string& host) {
  const Json json = ReadJson(host, "units.json");
  HostRoot::Paths paths;
  paths.rootfs = kHosts / host / "root";
  auto root = HostRoot::Open(paths);
  if (!root) {
    ADD_FAILURE() << root.error().message;
    return {};
  }
  Look look;
  look.facts = Observe(*root, InputOf(json));
  EXPECT_EQ(look.facts.target_space.known(), json.contains("space"))
      << "units.json needs \"space\" exactly when the target can be measured: "
      << look.facts.target_space.why();
  if (look.facts.target_space.known() && json.contains("space")) {
    const Json& space = json["space"];
    ExpectKeys(space, {"free_bytes", "total_bytes"});
    look.facts.target_space.value() = {.total_bytes = space.value("total_bytes", std::uint64_t{0}),
                                       .free_bytes = space.value("free_bytes", std::uint64_t{0})};
  }
  look.readiness = Evaluate(look.facts, Policy{});
  look.duration_seconds = 0.004;
  return NextState(nullptr, std::move(look));
}

// What `expected` names must be so in `actual`; what it leaves out may be anything.
void ExpectWithin(const Json& expected, const Json& actual, const std::string& where) {
  for (const auto& [key, value] : expected.items()) {
    EXPECT_EQ(actual.value(key, Json("(missing)")), value) << where << '.' << key;
  }
}

Json CheckById(const Json& published, const std::string& id) {
  for (const Json& check : published["checks"]) {
    if (check["id"] == id) return check;
  }
  return Json::object();
}

void ExpectChecks(const Json& expect, const Json& published) {
  const Json checks = expect.value("checks", Json::object());
  for (const Json& check : published["checks"]) {
    const std::string id = check["id"];
    SCOPED_TRACE(id + ": " + check.value("message", ""));
    EXPECT_TRUE(checks.contains(id)) << "expect.json says nothing about it";
    ExpectWithin(checks.value(id, Json::object()), check, id);
    EXPECT_TRUE(check["status"] != "fail" || check["remedy"].is_string()) << "no remedy";
  }
  for (const auto& [id, row] : checks.items()) {
    EXPECT_FALSE(CheckById(published, id).empty()) << "there is no check " << id;
    ExpectKeys(row, {"status", "reason"});
  }
  const Json remedies = expect.value("remedies", Json::object());
  for (const auto& [id, part] : remedies.items()) {
    const Json check = CheckById(published, id);
    const std::string remedy = check["remedy"].is_string() ? check["remedy"] : Json("");
    EXPECT_NE(remedy.find(part.get<std::string>()), std::string::npos) << id << ": " << remedy;
  }
}

void ExpectCrashes(const Json& expected, const State& state) {
  const Json crashes = Json::parse(CrashesJson(state))["crashes"];
  ASSERT_EQ(crashes.size(), expected.size());
  for (std::size_t i = 0; i < crashes.size(); ++i) {
    ExpectWithin(expected[i], crashes[i], Cat("crashes[", i, "]"));
  }
}

class Hosts : public ::testing::TestWithParam<std::string> {};

TEST_P(Hosts, AreJudgedAsExpected) {
  const State state = FirstLook(GetParam());
  const Json expect = ReadJson(GetParam(), "expect.json");
  ExpectKeys(expect, {"verdict", "reason", "armed", "configured", "checks", "remedies", "numbers",
                      "target", "crashes"});
  const Json published = Json::parse(ReadinessJson(state));
  for (const char* key : {"verdict", "reason", "armed", "configured"}) {
    EXPECT_EQ(published[key], expect.value(key, Json("(missing)")))
        << key << ": " << published["message"];
  }
  ExpectChecks(expect, published);
  ExpectWithin(expect.value("numbers", Json::object()), published["numbers"], "numbers");
  ExpectWithin(expect.value("target", Json::object()), published["target"], "target");
  if (expect.contains("crashes")) ExpectCrashes(expect["crashes"], state);
}

// Lines that only one of the two texts has, "-" for the old and "+" for the new one.
std::string Difference(const std::string& before, const std::string& after) {
  const auto only = [](std::string_view sign, const std::string& in, const std::string& other) {
    const auto lines = Lines(other);
    const std::set<std::string_view> others(lines.begin(), lines.end());
    std::string text;
    for (const auto line : Lines(in)) {
      if (!others.contains(line)) text += Cat(sign, line, '\n');
    }
    return text;
  };
  return only("-", before, after) + only("+", after, before);
}

TEST_P(Hosts, AreExposedAsExpected) {
  const fs::path path = kHosts / GetParam() / "expect.prom";
  const std::string before = ReadAll(path);
  const std::string now = RenderStateMetrics(FirstLook(GetParam()));
  if (before == now) return;
  if (std::getenv("KDUMPD_UPDATE_HOSTS") != nullptr) {  // NOLINT(concurrency-mt-unsafe)
    std::ofstream(path, std::ios::binary) << now;
  }
  FAIL() << GetParam() << "/expect.prom (KDUMPD_UPDATE_HOSTS=1 rewrites it):\n"
         << Difference(before, now);
}

std::string TestName(const ::testing::TestParamInfo<std::string>& host) {
  std::string name = host.param;
  std::ranges::replace(name, '-', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Node, Hosts, ::testing::ValuesIn(HostNames()), TestName);

struct Impossible {
  std::string_view check;
  std::string_view status;
  std::string_view why;
};
constexpr Impossible kImpossible[] = {
    {"crash_load_lost", "unknown",
     "a look that cannot see the flag leaves the history as it was, and the history is known"},
};

// "problem" for warn and fail, which differ by policy and degree.
std::string_view Column(std::string_view status) {
  return status == "warn" || status == "fail" ? "problem" : status;
}

TEST(HostsTogether, ShowEachCheckInEachStatus) {
  std::map<std::string_view, std::map<std::string_view, int>> seen;
  for (const std::string& host : HostNames()) {
    for (const Finding& finding : FirstLook(host).readiness.findings) {
      ++seen[finding.id][Column(Name(finding.status))];
    }
  }
  for (const Check& check : Checks()) {
    std::cout << check.id << ':';
    for (const std::string_view status : {"pass", "problem", "unknown", "not_applicable"}) {
      const int hosts = seen[check.id][status];
      std::cout << ' ' << status << ' ' << hosts;
      if (status == "not_applicable") continue;
      const bool impossible = std::ranges::any_of(kImpossible, [&](const Impossible& row) {
        return row.check == check.id && row.status == status;
      });
      EXPECT_NE(hosts > 0, impossible) << check.id << " " << status;
    }
    std::cout << '\n';
  }
}

}  // namespace
}  // namespace kdumpd
