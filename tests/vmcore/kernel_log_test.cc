// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/kernel_log.h"

#include <gtest/gtest.h>

#include "tests/support/log_maker.h"
#include "tests/support/log_memory.h"

namespace kdumpd {
namespace {

using namespace std::string_literals;

constexpr std::uint64_t kBase = 0xc000000001000000;

TEST(AppendLines, AsDmesgRawPrints) {
  const struct {
    LogRecord record;
    std::string lines;
  } rows[] = {
      {{0, 0, 0, 6, "Linux version"}, "<6>[    0.000000] Linux version\n"},
      {{0, 999, 0, 0, "a"}, "<0>[    0.000000] a\n"},
      {{0, 1'000, 0, 7, "a"}, "<7>[    0.000001] a\n"},
      {{0, 5'924'778'999, 0, 4, "a"}, "<4>[    5.924778] a\n"},
      {{0, 99'999'999'999'999, 0, 4, "a"}, "<4>[99999.999999] a\n"},
      {{0, 100'000'000'000'000, 0, 4, "a"}, "<4>[100000.000000] a\n"},
      {{0, ~std::uint64_t{0}, 0, 4, "a"}, "<4>[18446744073.709551] a\n"},
      {{0, 0, 1, 6, "systemd[1]: x"}, "<14>[    0.000000] systemd[1]: x\n"},
      {{0, 0, 255, 7, "a"}, "<2047>[    0.000000] a\n"},
      {{0, 0, 0, 6, ""}, "<6>[    0.000000] \n"},
      {{0, 0, 0, 6, "a\nb"}, "<6>[    0.000000] a\n<6>[    0.000000] b\n"},
      {{0, 0, 0, 6, "a\n"}, "<6>[    0.000000] a\n<6>[    0.000000] \n"},
      {{0, 0, 0, 6, "\tindented ~"}, "<6>[    0.000000] \tindented ~\n"},
      {{0, 0, 0, 6, "a\0b\x1b[31m\r\v\x1f\x7f"s},
       "<6>[    0.000000] a\\x00b\\x1b[31m\\x0d\\x0b\\x1f\\x7f\n"},
      {{0, 0, 0, 6, "\xc3\xa4\xff"}, "<6>[    0.000000] \\xc3\\xa4\\xff\n"},
  };
  std::string all, expected;
  for (const auto& row : rows) {
    std::string lines;
    AppendLines(row.record, lines);
    EXPECT_EQ(lines, row.lines);
    AppendLines(row.record, all);
    expected += row.lines;
  }
  EXPECT_EQ(all, expected);
}

TEST(ReadKernelLog, WhicheverVmcoreinfoNames) {
  const std::vector<LogLine> lines = {{"one", 1'000'000}, {"two", 2'000'000}};
  const struct {
    std::string kind;
    LogImage image;
  } rows[] = {{"ring", MakeLogRing(lines, kBase, Endian::kBig)},
              {"records", MakeLogRecords(lines, kBase, Endian::kBig)}};
  for (const auto& row : rows) {
    LogMemory memory;
    memory.image = row.image;
    memory.endian = Endian::kBig;
    const KernelLog log = memory.Read();
    EXPECT_EQ(log.facts.kind, row.kind);
    ASSERT_EQ(log.records.size(), 2U);
    EXPECT_EQ(log.records[1].text, "two");
    EXPECT_EQ(log.facts.uptime_us, 2'000U);
  }
  LogMemory none;
  none.image.vmcoreinfo = "OSRELEASE=2.6.32\nSYMBOL(log_end)=ffffffff81000000\n";
  const KernelLog log = none.Read();
  EXPECT_EQ(log.facts.kind, "");
  EXPECT_EQ(log.facts.reason, "log_symbols_missing");
}

// More than kMaxLog cannot be asked for.
TEST(ReadKernelLog, LimitsAreClamped) {
  const std::string text(32'000, 'x');
  for (const bool ring : {true, false}) {
    const std::vector<LogLine> lines(600, LogLine{text});
    LogMemory memory;
    memory.image = ring ? MakeLogRing(lines, kBase, Endian::kLittle, 25, 10)
                        : MakeLogRecords(lines, kBase, Endian::kLittle, 32 << 20);
    const KernelLog log = memory.Read({~std::uint64_t{0}, ~std::uint64_t{0}});
    EXPECT_EQ(log.records.size(), kMaxLog.text_bytes / text.size());
    EXPECT_EQ(log.facts.dropped_older, 600 - log.records.size());
  }
}

}  // namespace
}  // namespace kdumpd
