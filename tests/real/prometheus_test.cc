// SPDX-License-Identifier: Apache-2.0
// A real Prometheus scrapes the real daemon, fires KdumpNotReady and resolves it.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "tests/support/daemon.h"

namespace kdumpd {
namespace {

using std::chrono::seconds;

// The shipped rules with every `for:` shortened: what they ask stays, only the patience goes.
std::string ImpatientRules() {
  const std::string rules = FileText(KDUMPD_SOURCE_DIR "/metrics/rules/kdumpd.rules.yaml");
  return std::regex_replace(rules, std::regex(R"(for: [0-9]+[smh])"), "for: 2s");
}

std::string Config(const std::string& target, const std::string& rules) {
  return "global: {scrape_interval: 1s, evaluation_interval: 1s}\n"
         "rule_files: ['" +
         rules +
         "']\n"
         "scrape_configs:\n"
         "- job_name: kdumpd\n"
         "  static_configs: [{targets: ['" +
         target + "'], labels: {node: node-1}}]\n";
}

// "" while it does not fire, else its state: pending or firing.
std::string AlertState(const std::string& url, const std::string& name) {
  const auto json = nlohmann::json::parse(HttpGet(url + "/api/v1/alerts").body, nullptr, false);
  if (json.is_discarded() || !json.contains("data")) return "no answer";
  for (const auto& alert : json["data"]["alerts"]) {
    if (alert["labels"]["alertname"] == name) return alert["state"];
  }
  return "";
}

TEST(RealPrometheus, FiresAndResolves) {
  const ScratchDirectory at;
  WriteReadyNode(at);
  Daemon daemon(at);
  ASSERT_NE(daemon.Url(), "") << daemon.process().Output();
  at.Write("rules.yaml", ImpatientRules());
  at.Write("prometheus.yaml", Config(daemon.Url().substr(7), (at.path() / "rules.yaml").string()));
  const Process prometheus(
      {"prometheus", "--config.file=" + (at.path() / "prometheus.yaml").string(),
       "--storage.tsdb.path=" + (at.path() / "tsdb").string(), "--web.listen-address=127.0.0.1:0",
       "--log.level=info"},
      at.path() / "prometheus.log");
  // "Listening on" address=[::]:PORT or 127.0.0.1:PORT
  std::string url;
  const std::regex listening(R"(Listening on" address=\S*:([0-9]+))");
  ASSERT_TRUE(Eventually([&] {
    std::smatch match;
    const std::string log = prometheus.Output();
    if (!std::regex_search(log, match, listening)) return false;
    url = "http://127.0.0.1:" + match[1].str();
    return HttpGet(url + "/-/ready").status == 200;
  })) << prometheus.Output();

  const auto verdict = [&] { return HttpGet(url + "/api/v1/query?query=kdump_armed").body; };
  ASSERT_TRUE(Eventually([&] { return verdict().find("\"1\"]") != std::string::npos; }))
      << verdict();
  EXPECT_EQ(AlertState(url, "KdumpNotReady"), "");

  at.Write("root/sys/kernel/kexec_crash_loaded", "0\n");
  EXPECT_TRUE(Eventually([&] { return AlertState(url, "KdumpNotReady") == "firing"; }, seconds(40)))
      << HttpGet(url + "/api/v1/alerts").body;
  EXPECT_TRUE(Eventually([&] { return AlertState(url, "KdumpCrashKernelNotLoaded") == "firing"; }));
  const std::string alerts = HttpGet(url + "/api/v1/alerts").body;
  EXPECT_NE(alerts.find("\"node\":\"node-1\""), std::string::npos) << alerts;

  at.Write("root/sys/kernel/kexec_crash_loaded", "1\n");
  EXPECT_TRUE(Eventually([&] { return AlertState(url, "KdumpNotReady").empty(); }, seconds(40)));

  daemon.process().Signal(SIGSTOP);  // a daemon that does not answer is down
  EXPECT_TRUE(Eventually([&] { return AlertState(url, "KdumpdDown") == "firing"; }, seconds(60)))
      << HttpGet(url + "/api/v1/alerts").body;
  daemon.process().Signal(SIGCONT);
  EXPECT_TRUE(Eventually([&] { return AlertState(url, "KdumpdDown").empty(); }, seconds(60)));
}

}  // namespace
}  // namespace kdumpd
