// SPDX-License-Identifier: Apache-2.0
#include "metrics/catalogue.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "daemon/core/text.h"
#include "metrics/render.h"
#include "tests/metrics/documents.h"
#include "tests/metrics/states.h"

namespace kdumpd {
namespace {

TEST(CatalogueTest, NamesAreThereOnce) {
  std::set<std::string_view> names;
  for (const Metric& metric : kCatalogue) {
    EXPECT_TRUE(names.insert(metric.name).second) << metric.name;
  }
}

TEST(CatalogueTest, NamesSayWhatTheyAre) {
  for (const Metric& metric : kCatalogue) {
    const std::string_view prefix = metric.name.substr(0, metric.name.find('_'));
    EXPECT_TRUE(prefix == "kdump" || prefix == "kdumpd" || prefix == "process") << metric.name;
    EXPECT_EQ(metric.name.ends_with("_total"), metric.kind == MetricKind::kCounter) << metric.name;
  }
}

TEST(CatalogueTest, HelpIsOneSentenceThatNeedsNoEscape) {
  for (const Metric& metric : kCatalogue) {
    EXPECT_TRUE(metric.help.ends_with('.')) << metric.name;
    EXPECT_EQ(metric.help.find_first_of("\\\n|"), std::string_view::npos) << metric.name;
  }
}

std::size_t CountSeries(const std::string& text, std::string_view name) {
  std::size_t count = 0;
  for (const std::string_view line : Lines(text)) {
    if (!line.starts_with(name)) continue;
    std::string_view rest = line.substr(name.size());
    for (const std::string_view suffix : {"_bucket", "_sum", "_count"}) {
      if (rest.starts_with(suffix)) rest.remove_prefix(suffix.size());
    }
    if (rest.starts_with('{') || rest.starts_with(' ')) ++count;
  }
  return count;
}

// What is computed from the table is what is really printed, row by row and in sum.
TEST(CatalogueTest, TheWorstNodeStaysBelowTheLimit) {
  const State state = WorstState();
  const std::string text = RenderMetrics(&state, "0.1.0");
  std::size_t sum = 0;
  for (const std::string_view line : Lines(text)) sum += line.starts_with('#') ? 0 : 1;
  EXPECT_EQ(sum, WorstCaseSeries()) << text;
  EXPECT_LE(WorstCaseSeries(), kMostSeries);
  for (const Metric& metric : kCatalogue) {
    if (metric.per != PerNode::kOnce) continue;
    EXPECT_EQ(CountSeries(text, metric.name), metric.series) << metric.name;
  }
}

TEST(CatalogueTest, TheReadmeHasEveryMetric) {
  std::string table = "| metric | type | labels | meaning |\n|---|---|---|---|\n";
  for (const Metric& metric : kCatalogue) {
    std::string labels;
    for (const std::string_view label : metric.labels) {
      if (label.empty()) continue;
      labels += Cat(std::string_view(labels.empty() ? "" : ", "), '`', label, '`');
    }
    constexpr std::array<std::string_view, 3> kKinds{"gauge", "counter", "histogram"};
    table += Cat("| `", metric.name, "` | ", kKinds[static_cast<std::size_t>(metric.kind)], " | ",
                 labels, std::string_view(labels.empty() ? "" : " "), "| ", metric.help, " |\n");
  }
  EXPECT_EQ(Section(ReadDocument("metrics/README.md"), "metrics"), table);
}

}  // namespace
}  // namespace kdumpd
