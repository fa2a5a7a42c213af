// SPDX-License-Identifier: Apache-2.0
#include "metrics/exposition.h"

#include <gtest/gtest.h>

#include <limits>
#include <locale>
#include <string>

namespace kdumpd {
namespace {

constexpr std::size_t kBytes = Row("kdump_vmcore_bytes");
constexpr std::size_t kInfo = Row("kdump_node_info");

std::string LastLine(std::string text) {
  text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

struct Number {
  double value;
  const char* text;
};

// Whole numbers are exact up to 10^16; beyond, 16 digits of them.
constexpr Number kNumbers[] = {
    {0, "0"},
    {1, "1"},
    {100'000, "100000"},
    {1'000'000, "1000000"},
    {16'777'217, "16777217"},
    {268'435'456, "268435456"},
    {1'763'800'000, "1763800000"},
    {1'763'800'000.125, "1763800000.125"},
    {274'877'906'944, "274877906944"},
    {9'007'199'254'740'991, "9007199254740991"},
    {9.999999999999998e15, "9999999999999998"},
    {18'446'744'073'709'551'615.0, "1.844674407370955e+19"},
    {0.005, "0.005"},
};

TEST(ExpositionTest, PrintsNumbersExactly) {
  for (const Number& row : kNumbers) {
    Exposition out;
    out.Add(kBytes, row.value);
    EXPECT_EQ(LastLine(out.Text()), std::string("kdump_vmcore_bytes ") + row.text);
  }
}

TEST(ExpositionTest, WhatHasNoValueHasNoFamily) {
  for (const std::optional<double> value :
       {std::optional<double>(), std::optional(std::numeric_limits<double>::quiet_NaN()),
        std::optional(std::numeric_limits<double>::infinity())}) {
    Exposition out;
    out.Add(kBytes, value);
    EXPECT_EQ(out.Text(), "");
  }
  Exposition out;
  ObserveHistogram histogram;
  histogram.sum_seconds = std::numeric_limits<double>::quiet_NaN();
  out.AddHistogram(Row("kdumpd_observe_duration_seconds"), histogram);
  EXPECT_EQ(out.Text(), "");
}

TEST(ExpositionTest, FamiliesComeInTheOrderOfTheCatalogue) {
  Exposition out;
  out.Add(kBytes, 2);
  out.Add(Row("kdump_armed"), 1);
  EXPECT_LT(out.Text().find("\nkdump_armed 1\n"), out.Text().find("\nkdump_vmcore_bytes 2\n"));
}

TEST(ExpositionTest, BucketsAreCumulative) {
  Exposition out;
  out.AddHistogram(Row("kdumpd_observe_duration_seconds"),
                   {.counts = {1, 2, 0, 0, 0, 4}, .sum_seconds = 1.5});
  const std::string text = out.Text();
  EXPECT_NE(text.find("_bucket{le=\"0.005\"} 1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("_bucket{le=\"2\"} 3\n"), std::string::npos) << text;
  EXPECT_NE(text.find("_bucket{le=\"+Inf\"} 7\n"), std::string::npos) << text;
  EXPECT_NE(text.find("_count 7\n"), std::string::npos) << text;
  EXPECT_NE(text.find("_sum 1.5\n"), std::string::npos) << text;
}

struct Hostile {
  std::string value;
  std::string printed;
};

TEST(ExpositionTest, HostileLabelValuesStayInTheirQuotes) {
  const Hostile rows[] = {
      {"6.1.0-28-amd64", "6.1.0-28-amd64"},
      {"a\"} 1\nkdump_armed 1", "a\\\"} 1\\\\x0akdump_armed 1"},
      {"back\\slash", "back\\\\x5cslash"},
      {std::string("nul\0", 4), "nul\\\\x00"},
      {"bad\xff\xc3", "bad\\\\xff\\\\xc3"},
      {"größe", "größe"},
      {std::string(61, 'k'), std::string(61, 'k')},
      {std::string(62, 'k'), std::string(61, 'k') + "…"},
      {std::string(100'000, 'k'), std::string(61, 'k') + "…"},
  };
  for (const Hostile& row : rows) {
    Exposition out;
    out.Add(kInfo, {"", row.value}, 1);
    EXPECT_EQ(LastLine(out.Text()),
              "kdump_node_info{distribution=\"\",kernel=\"" + row.printed + "\"} 1");
  }
}

struct German : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

TEST(ExpositionTest, TheLocaleChangesNothing) {
  Exposition out;
  out.Add(kBytes, 1'763'800'000.125);
  out.AddHistogram(Row("kdumpd_observe_duration_seconds"),
                   {.counts = {1'234'567, 0, 0, 0, 0, 0}, .sum_seconds = 1.5});
  const std::string plain = out.Text();
  const std::locale before =
      std::locale::global(std::locale(std::locale::classic(), new German));  // the locale owns it
  const std::string german = out.Text();
  std::locale::global(before);
  EXPECT_EQ(german, plain);
}

}  // namespace
}  // namespace kdumpd
