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
#include "tests/support/node_look.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;
using Json = NodeJson;

const fs::path kHosts = fs::path(KDUMPD_SOURCE_DIR) / "tests" / "hosts";

std::vector<std::string> HostNames() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kHosts)) {
    if (entry.is_directory()) names.push_back(entry.path().filename());
  }
  std::ranges::sort(names);
  return names;
}

// Three tests look at each node, which is made of a hundred files.
const State& LookOnce(const std::string& host) {
  static std::map<std::string, State> looks;
  const auto found = looks.find(host);
  if (found != looks.end()) return found->second;
  return looks.emplace(host, FirstLook(NodeFolder(kHosts, host))).first->second;
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
    EXPECT_TRUE(checks.contains(id))
        << "expect.json says nothing about it: " << check["status"] << check["reason"];
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
  const NodeFolder node(kHosts, GetParam());
  const State& state = LookOnce(GetParam());
  const Json& expect = node.expect();
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
  const std::string now = RenderStateMetrics(LookOnce(GetParam()));
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
constexpr std::string_view kNoDestinations =
    "a node's folder has no configuration of kdumpd's: checks_uploads_test has";
constexpr Impossible kImpossible[] = {
    {"crash_load_lost", "unknown",
     "a look that cannot see the flag leaves the history as it was, and the history is known"},
    {"upload_encryption", "pass", kNoDestinations},
    {"upload_encryption", "problem", kNoDestinations},
    {"upload_encryption", "unknown", kNoDestinations},
};

// "problem" for warn and fail, which differ by policy and degree.
std::string_view Column(std::string_view status) {
  return status == "warn" || status == "fail" ? "problem" : status;
}

TEST(HostsTogether, ShowEachCheckInEachStatus) {
  std::map<std::string_view, std::map<std::string_view, int>> seen;
  for (const std::string& host : HostNames()) {
    for (const Finding& finding : LookOnce(host).readiness.findings) {
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
