// SPDX-License-Identifier: Apache-2.0
//
// The rule file, its unit tests, the runbooks, the README and the catalogue tell the same story.
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <string>
#include <vector>

#include "metrics/catalogue.h"
#include "tests/metrics/documents.h"

namespace kdumpd {
namespace {

struct Alert {
  std::string name, severity, summary, description, runbook_url;
  std::string wait = "0s";
};

std::string RuleFile() { return ReadDocument("metrics/rules/kdumpd.rules.yaml"); }

// "key: value" on a line of its own, with or without quotes.
bool Take(std::string_view line, std::string_view key, std::string& into) {
  line = Trim(line);
  if (!line.starts_with(key)) return false;
  line = Trim(line.substr(key.size()));
  if (!line.empty() && (line[0] == '"' || line[0] == '\'')) line = line.substr(1, line.size() - 2);
  into = line;
  return true;
}

std::vector<Alert> Alerts() {
  std::vector<Alert> alerts;
  std::string name;
  const std::string text = RuleFile();
  for (const std::string_view line : Lines(text)) {
    if (Take(line, "- alert:", name)) alerts.emplace_back().name = name;
    if (alerts.empty()) continue;
    Alert& alert = alerts.back();
    Take(line, "for:", alert.wait) || Take(line, "severity:", alert.severity) ||
        Take(line, "summary:", alert.summary) || Take(line, "description:", alert.description) ||
        Take(line, "runbook_url:", alert.runbook_url);
  }
  return alerts;
}

std::set<std::string> Matches(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  std::set<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), regex), end; match != end; ++match) {
    found.insert(match->str(1));
  }
  return found;
}

TEST(RulesTest, EveryAlertIsComplete) {
  const std::set<std::string> severities{"critical", "warning", "info"};
  const std::vector<Alert> alerts = Alerts();
  EXPECT_EQ(alerts.size(), 19U);
  for (const Alert& alert : alerts) {
    EXPECT_TRUE(severities.contains(alert.severity)) << alert.name;
    EXPECT_FALSE(alert.summary.empty()) << alert.name;
  }
}

TEST(RulesTest, EveryAlertNamesItsNodeAndItsRunbook) {
  for (const Alert& alert : Alerts()) {
    const bool named =
        alert.description.find("{{ or $labels.node $labels.instance ") != alert.description.npos;
    EXPECT_TRUE(named) << alert.name;
    EXPECT_EQ(alert.runbook_url,
              Cat("https://github.com/kdumpd/kdumpd/blob/main/docs/runbooks/", alert.name, ".md"));
  }
}

TEST(RulesTest, EveryAlertHasARunbookWithItsFourParts) {
  for (const Alert& alert : Alerts()) {
    const std::string text = ReadDocument(Cat("docs/runbooks/", alert.name, ".md"));
    EXPECT_TRUE(text.starts_with(Cat("# ", alert.name, "\n"))) << alert.name;
    std::size_t at = 0;
    for (const char* part :
         {"\n## Meaning\n", "\n## Impact\n", "\n## Diagnosis\n", "\n## Mitigation\n"}) {
      at = text.find(part, at);
      EXPECT_NE(at, std::string::npos) << alert.name << part;
    }
  }
}

// Both that it fires and that it does not.
TEST(RulesTest, EveryAlertHasAUnitTest) {
  const std::string text = ReadDocument("metrics/rules/kdumpd.rules.test.yaml");
  const auto fires = Matches(text, "alertname: (\\w+)\n +exp_alerts:\n");
  const auto silent = Matches(text, "alertname: (\\w+)\n +exp_alerts: \\[\\]\n");
  for (const Alert& alert : Alerts()) {
    EXPECT_TRUE(fires.contains(alert.name)) << alert.name;
    EXPECT_TRUE(silent.contains(alert.name)) << alert.name;
  }
}

TEST(RulesTest, RulesNameOnlyMetricsThatExist) {
  const std::string text = RuleFile();
  std::set<std::string> known = Matches(text, "record: ([\\w:]+)\n");
  known.insert("kube_node_info");  // kube-state-metrics
  for (const Metric& metric : kCatalogue) known.insert(std::string(metric.name));
  for (const std::string& name : Matches(text, "([\\w:]*\\b(?:kdumpd?|kube)_[\\w:]+)")) {
    EXPECT_TRUE(known.contains(name)) << name;
  }
}

TEST(RulesTest, RulesNameOnlyChecksAndVerdictsThatExist) {
  std::set<std::string> checks;
  for (const Check& check : Checks()) checks.insert(std::string(check.id));
  for (const std::string& id : Matches(RuleFile(), "check=\"(\\w+)\"")) {
    EXPECT_TRUE(checks.contains(id)) << id;
  }
  std::set<std::string> verdicts;
  for (int i = 0; i < kVerdicts; ++i) verdicts.insert(std::string(Name(static_cast<Verdict>(i))));
  for (const std::string& verdict : Matches(RuleFile(), "verdict=\"(\\w+)\"")) {
    EXPECT_TRUE(verdicts.contains(verdict)) << verdict;
  }
}

TEST(RulesTest, TheReadmeHasEveryAlert) {
  std::string table = "| alert | severity | for | meaning |\n|---|---|---|---|\n";
  for (const Alert& alert : Alerts()) {
    table += Cat("| [", alert.name, "](../docs/runbooks/", alert.name, ".md) | ", alert.severity,
                 " | ", alert.wait, " | ", alert.summary, " |\n");
  }
  EXPECT_EQ(Section(ReadDocument("metrics/README.md"), "alerts"), table);
}

}  // namespace
}  // namespace kdumpd
